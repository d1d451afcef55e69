/** The tools of a trace and their calls, row by row: fetched by windows, with the way to the whole of their long texts. */
import { getTools, toolTexts } from '../../api/client';
import type { ToolsRow, ToolsWindow } from '../../api/types';
import type { Texts } from '../../lib/texts';
import { cutByRow } from '../../lib/transcript';
import { Windowed, type Window } from '../../state/windowed.svelte';

const AROUND = 100;
const MOST_ROWS = 500;

/** A row, and its long texts. */
export interface PlacedRow {
  row: ToolsRow;
  texts: Texts;
}

type Answer = ToolsWindow & { placed: PlacedRow[] };

export class ToolRows extends Windowed<PlacedRow, Answer> {
  constructor(
    private readonly traceId: string,
    /** Called when an answer says where the row is that was asked for. */
    moved: (row: number) => void,
  ) {
    super(
      moved,
      () => null,
      AROUND,
      MOST_ROWS,
    );
  }

  /** What all rows make together; null until that is known. */
  get sums(): Omit<ToolsWindow, 'rows'> | null {
    return this.answer;
  }

  protected override async ask(asked: Window, signal?: AbortSignal): Promise<Answer> {
    const { value, cut } = await getTools(this.traceId, asked, signal);
    const byRow = cutByRow(cut);
    return { ...value, placed: value.rows.map((row, i) => ({ row, texts: toolTexts(this.traceId, row.key, byRow.get(i) ?? {}) })) };
  }

  protected override take(answer: Answer): void {
    answer.placed.forEach((placed, i) => this.keep(answer.from + i, placed));
  }

  protected override placeOf(_name: string, answer: Answer): number | undefined {
    return answer.found ?? undefined;
  }
}
