/** The rows of a transcript: fetched by windows, with the way to the whole of their long texts. */
import { findInConversation, getConversation, rowTexts } from '../../api/client';
import type { Found, TranscriptWindow } from '../../api/types';
import type { Texts } from '../../lib/texts';
import { cutByRow, type TranscriptRow } from '../../lib/transcript';
import { Windowed, type Moved, type Window } from '../../state/windowed.svelte';

/** Rows of a transcript are tall: fewer of them are asked for at once than of a timeline. */
const AROUND = 40;
const MOST_ROWS = 200;

/** A row, where it stands, and its long texts. */
export interface PlacedRow {
  index: number;
  row: TranscriptRow;
  texts: Texts;
}

type Answer = TranscriptWindow & { placed: PlacedRow[] };

export class Transcript extends Windowed<PlacedRow, Answer> {
  constructor(
    private readonly traceId: string,
    /** Called when an answer says where the row is that was asked for. */
    moved: (row: number, why: Moved) => void,
    /** The key of the row to hold on to while rows change by themselves. */
    anchor: () => string | null,
  ) {
    super(moved, anchor, AROUND, MOST_ROWS);
  }

  /** Messages in all; null until that is known. */
  get messages(): number | null {
    return this.answer?.messages ?? null;
  }

  /** The rows in which words stand. */
  find(words: string, signal: AbortSignal): Promise<Found> {
    return findInConversation(this.traceId, words, signal);
  }

  protected override async ask(asked: Window, signal?: AbortSignal): Promise<Answer> {
    const { value, cut } = await getConversation(this.traceId, asked, signal);
    const byRow = cutByRow(cut);
    const placed = value.rows.map((row, i) => ({ index: value.from + i, row, texts: rowTexts(this.traceId, row.key, byRow.get(i) ?? {}) }));
    return { ...value, placed };
  }

  protected override take(answer: Answer): void {
    for (const placed of answer.placed) this.keep(placed.index, placed);
  }

  protected override placeOf(_name: string, answer: Answer): number | undefined {
    return answer.found ?? undefined;
  }
}
