/** A stretch of a trace's clock and its place on the screen. All times are nanoseconds from the trace's start. */
export interface Range {
  t0: number;
  t1: number;
}

/** No zoom is narrower than this. */
export const LEAST_NS = 100;

/** The pixel of a time. */
export function toX(range: Range, width: number, ns: number): number {
  return ((ns - range.t0) / (range.t1 - range.t0)) * width;
}

/** The time of a pixel. */
export function toNs(range: Range, width: number, x: number): number {
  return range.t0 + (x / Math.max(1, width)) * (range.t1 - range.t0);
}

/** Keeps a stretch inside `0..end` and wide enough. */
export function clampRange(range: Range, end: number): Range {
  const span = Math.min(Math.max(range.t1 - range.t0, LEAST_NS), Math.max(end, LEAST_NS));
  const t0 = Math.min(Math.max(0, range.t0), Math.max(0, end - span));
  return { t0, t1: t0 + span };
}

/** Zooms by `factor` (over 1 = out) with `at` staying where it is. */
export function zoomAt(range: Range, at: number, factor: number, end: number): Range {
  const place = (at - range.t0) / (range.t1 - range.t0);
  const span = Math.max(LEAST_NS, (range.t1 - range.t0) * factor);
  const t0 = at - place * span;
  return clampRange({ t0, t1: t0 + span }, end);
}

/** Moves a stretch without changing its width. */
export function pan(range: Range, by_ns: number, end: number): Range {
  return clampRange({ t0: range.t0 + by_ns, t1: range.t1 + by_ns }, end);
}

const SECOND = 1e9;
const LONG_STEPS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map((s) => s * SECOND);

/** The least round step that is at least `ns`: 1, 2 or 5 of a power of ten, or whole minutes and hours. */
export function roundStep(ns: number): number {
  if (ns > 30 * SECOND) {
    const long = LONG_STEPS.find((step) => step >= ns);
    if (long) return long;
  }
  const power = 10 ** Math.floor(Math.log10(Math.max(1, ns)));
  const digit = [1, 2, 5, 10].find((each) => each * power >= ns * (1 - 1e-9)) ?? 10;
  const step = digit * power;
  return step === 100 * SECOND || step === 50 * SECOND ? 60 * SECOND : step;
}

/** Round times to mark on a ruler, at least `least_px` apart. */
export function ticks(range: Range, width: number, least_px: number): { step: number; at: number[] } {
  const span = range.t1 - range.t0;
  const step = roundStep((span / Math.max(1, width)) * least_px);
  const at: number[] = [];
  for (let n = Math.max(0, Math.ceil(range.t0 / step - 1e-9)); n * step <= range.t1 && at.length < 200; n += 1) at.push(n * step);
  return { step, at };
}

/** An end for a clock that still runs: round, so that it seldom moves, and with room ahead. */
export function roomyEnd(ns: number): number {
  const wanted = Math.max(ns * 1.06, LEAST_NS);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const digit = [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9, 10].find((each) => each * power >= wanted) ?? 10;
  return digit * power;
}

/** Whole per cents that sum to 100, or to 0 when all are 0. */
export function wholePercents(fractions: number[]): number[] {
  const sum = fractions.reduce((a, b) => a + b, 0);
  if (sum <= 0) return fractions.map(() => 0);
  const exact = fractions.map((each) => (each / sum) * 100);
  const floor = exact.map(Math.floor);
  const left = 100 - floor.reduce((a, b) => a + b, 0);
  const order = exact.map((each, i) => ({ i, rest: each - Math.floor(each) })).sort((a, b) => b.rest - a.rest);
  for (const { i } of order.slice(0, left)) floor[i] = (floor[i] ?? 0) + 1;
  return floor;
}

/** A round top for an axis with about three lines, and the distance between them: one of `digits` times a power of ten. */
export function axisOf(top: number, digits = [1, 2, 2.5, 5, 10]): { top: number; step: number } {
  if (!(top > 0)) return { top: 1, step: 1 };
  const rough = top / 3;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = digits.map((digit) => digit * size).find((each) => each >= rough * (1 - 1e-9)) ?? size * 10;
  return { step, top: Math.ceil(top / step - 1e-9) * step };
}
