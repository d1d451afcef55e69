/**
 * A browser cannot lay out a million rows: past some tens of millions of pixels heights are cut, and past 2^24 positions are no
 * longer whole. A pane of rows that is taller than that scrolls faster than its scroll bar.
 */
const MOST_PX = 12_000_000;

export interface Tall {
  /** How high the pane is laid out. */
  height: number;
  /** How many pixels of rows one pixel of the scroll bar stands for. */
  factor: number;
  /** The furthest the rows can be scrolled. */
  end: number;
}

export function layOut(rows_px: number, view_px: number): Tall {
  const end = Math.max(0, rows_px - view_px);
  if (rows_px <= MOST_PX) return { height: rows_px, factor: 1, end };
  return { height: MOST_PX, factor: end / (MOST_PX - view_px), end };
}
