/** The keys of the timeline. */
import type { DrawnRow } from '../../api/packed';
import type { Command } from '../../state/commands.svelte';
import { keyed } from '../../state/keys';
import type { Rows } from './rows.svelte';
import type { Zoom } from './zoom.svelte';

export interface Hands {
  rows: Rows;
  zoom: Zoom;
  /** Selects a row and brings it into view. */
  go(row: DrawnRow | undefined): void;
  /** What is looked at: a row that comes later is gone to only from there. */
  place(): string;
  selected(): DrawnRow | undefined;
  cursor_ns(): number | null;
  /** Rows of a screen. */
  page(): number;
  /** The span that should stay in place while rows fold. */
  anchor(): string | null;
  toggleCritical(): void;
  inspect(): void;
}

const ZOOM_STEP = 0.7;
/** The part of what is shown by which A and D move. */
const PAN_STEP = 0.2;

export function timelineCommands(hands: Hands): Command[] {
  const { rows, zoom, go } = hands;

  /** Goes to a row that may have to be fetched first, unless somebody went elsewhere meanwhile. */
  function later(found: Promise<DrawnRow | undefined>): void {
    const from = hands.place();
    found.then(
      (row) => hands.place() === from && go(row),
      () => {},
    );
  }
  function goTo(row: number): void {
    later(rows.reach(Math.max(0, Math.min(rows.total - 1, row))));
  }
  function step(by: number): void {
    const from = hands.selected();
    goTo(from ? from.row + by : by > 0 ? 0 : rows.total - 1);
  }
  function open(): void {
    const row = hands.selected();
    if (!row) return step(1);
    if (row.children > 0 && !row.expanded) rows.fold(row, false);
    else if (row.children > 0) go(rows.at(row.row + 1));
  }
  function shut(): void {
    const row = hands.selected();
    if (!row) return;
    if (row.children > 0 && row.expanded) rows.fold(row, true);
    else go(rows.parentOf(row));
  }
  function sibling(by: 1 | -1): void {
    const row = hands.selected();
    if (!row) return step(by);
    later(rows.walk(row.row, by, (each) => each.depth <= row.depth).then((next) => (next?.depth === row.depth ? next : undefined)));
  }
  function fit(): void {
    const row = hands.selected();
    const { t0, t1 } = zoom.range;
    const fitted = row && row.start_ns >= t0 && row.start_ns + row.duration_ns <= t1 && row.duration_ns > (t1 - t0) * 0.75;
    if (row && !fitted && row.duration_ns < zoom.end_ns * 0.75) zoom.around(row.start_ns, row.duration_ns);
    else zoom.fit();
  }
  function middle(): number {
    const { t0, t1 } = zoom.range;
    const row = hands.selected();
    const at = hands.cursor_ns() ?? (row ? row.start_ns + row.duration_ns / 2 : (t0 + t1) / 2);
    return at >= t0 && at <= t1 ? at : (t0 + t1) / 2;
  }
  const across = () => zoom.range.t1 - zoom.range.t0;

  return [
    keyed('timeline.down', () => step(1)),
    keyed('timeline.up', () => step(-1)),
    keyed('timeline.open', open),
    keyed('timeline.shut', shut),
    keyed('timeline.page-down', () => step(hands.page())),
    keyed('timeline.page-up', () => step(-hands.page())),
    keyed('timeline.first', () => goTo(0)),
    keyed('timeline.last', () => goTo(rows.total - 1)),
    keyed('timeline.below', () => {
      const row = hands.selected();
      if (row) void rows.unfoldBelow(row);
    }),
    keyed('timeline.fold-all', () => rows.foldAll(hands.anchor())),
    keyed('timeline.unfold-all', () => rows.unfoldAll(hands.anchor())),
    keyed('timeline.next-sibling', () => sibling(1)),
    keyed('timeline.previous-sibling', () => sibling(-1)),
    keyed('timeline.inspect', hands.inspect),
    keyed('timeline.in', () => zoom.by(middle(), ZOOM_STEP)),
    keyed('timeline.out', () => zoom.by(middle(), 1 / ZOOM_STEP)),
    keyed('timeline.left', () => zoom.panBy(-across() * PAN_STEP)),
    keyed('timeline.right', () => zoom.panBy(across() * PAN_STEP)),
    keyed('timeline.fit', fit),
    keyed('timeline.critical', hands.toggleCritical),
  ];
}
