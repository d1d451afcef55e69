/** For what stretch of time, and how finely, the engine sums up what is drawn of many spans at once. */
import type { Range } from '../../lib/scale';

export interface Stretch {
  from_ns: number;
  to_ns: number;
  /** How many pieces of it can be told apart. */
  pieces: number;
}

/** The whole trace, whatever its length, as finely as a window is wide. */
export const WHOLE: Stretch = { from_ns: 0, to_ns: 0, pieces: 0 };

/** A stretch is asked for with so much of it again on each side, so that moving a little needs nothing new. */
const MARGIN = 0.5;
/** Zooming in further than this makes the pieces too coarse. */
const FINEST = 0.2;

export function stretchFor(range: Range, width: number): Stretch {
  const margin = (range.t1 - range.t0) * MARGIN;
  const from_ns = Math.max(0, Math.floor(range.t0 - margin));
  const to_ns = Math.ceil(range.t1 + margin);
  return { from_ns, to_ns, pieces: Math.max(1, Math.round(((to_ns - from_ns) / (range.t1 - range.t0)) * width)) };
}

/** Whether what was asked for a stretch is good enough to draw a range. */
export function covers(stretch: Stretch, range: Range): boolean {
  const shown = range.t1 - range.t0;
  return stretch.pieces > 0 && stretch.from_ns <= Math.max(0, range.t0) && stretch.to_ns >= range.t1 && shown >= (stretch.to_ns - stretch.from_ns) * FINEST;
}
