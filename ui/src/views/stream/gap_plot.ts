// Draws the pauses between chunks: a bar at the moment each chunk arrived, as high as the pause before it.
import type { StreamView } from '../../api/types';
import { duration } from '../../lib/format';
import { axisOf } from '../../lib/scale';
import { gapBars, plotTop, type GapBar, type Replay } from '../../lib/replay';

/** Room round the plot, in CSS pixels. */
export const ROOM = { left: 40, right: 84, top: 20, bottom: 22 };

export interface Palette {
  bar: string;
  slow: string;
  ink: string;
  ink2: string;
  ink3: string;
  line: string;
  axis: string;
  ground: string;
  warning: string;
  lost: string;
  font: string;
}

/** Reads the colours of the theme. */
export function paletteOf(element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return {
    bar: value('--kind-llm'), slow: value('--mark-warning'), ink: value('--ink'), ink2: value('--ink-2'), ink3: value('--ink-3'),
    line: value('--line'), axis: value('--line-2'), ground: value('--bg-1'), warning: value('--warning'), lost: value('--warning-bg'),
    font: `11px ${value('--sans')}`,
  };
}

export interface Plot {
  width: number;
  height: number;
  stream: StreamView;
  replay: Replay;
  at_ns: number;
  bars: GapBar[];
}

/** The bars of a plot this wide. */
export function barsFor(replay: Replay, stream: StreamView, width: number): GapBar[] {
  const inner = Math.max(1, width - ROOM.left - ROOM.right);
  return gapBars(replay, stream, inner, replay.at_ns.length > inner / 3 ? 2 : 1);
}

/** Draws a plot; the context is scaled to CSS pixels. */
export function drawPlot(c: CanvasRenderingContext2D, plot: Plot, palette: Palette): void {
  const { width, height, stream, replay, at_ns, bars } = plot;
  const inner = Math.max(1, width - ROOM.left - ROOM.right);
  const bottom = height - ROOM.bottom;
  const tall = bottom - ROOM.top;
  const { top, step } = axis(plotTop(stream));
  const x = (ns: number) => ROOM.left + (replay.end_ns > 0 ? (ns / replay.end_ns) * inner : 0);
  const y = (ns: number) => bottom - Math.min(1, ns / top) * tall;
  c.font = palette.font;
  c.textBaseline = 'middle';

  c.fillStyle = palette.ink3;
  c.strokeStyle = palette.line;
  c.lineWidth = 1;
  for (let ns = 0; ns <= top * 1.001; ns += step) {
    line(c, ROOM.left, Math.round(y(ns)) + 0.5, ROOM.left + inner, Math.round(y(ns)) + 0.5);
    c.textAlign = 'right';
    c.fillText(inUnit(ns, unitOf(top), step), ROOM.left - 6, y(ns));
  }
  drawTime(c, replay, inner, x, bottom, palette);
  const first_ns = stream.time_to_first_chunk_ns;
  if (replay.known_from_ns > 0) drawLost(c, x(0), x(replay.known_from_ns), ROOM.top, bottom, palette);
  else if (first_ns !== null) drawWait(c, x(0), x(first_ns), bottom, palette);

  const wide = Math.max(1, Math.min(3, (inner / Math.max(1, replay.at_ns.length)) * 0.6));
  for (const bar of bars) {
    const here = replay.at_ns[bar.item]! <= at_ns;
    c.globalAlpha = here ? 1 : 0.36;
    c.fillStyle = bar.slow || bar.stall ? palette.slow : palette.bar;
    const barTop = y(bar.gap_ns);
    c.fillRect(ROOM.left + bar.x - wide / 2, barTop, wide, Math.max(1, bottom - barTop));
  }
  c.globalAlpha = 1;
  if (replay.known_from_ns === 0 && first_ns !== null) sayWait(c, x(0), x(first_ns), bottom, ROOM.left + inner, first_ns, palette);
  drawStalls(c, bars, top, inner, palette);

  if (replay.at_ns.length > 1) {
    const labels: [number, string][] = [[stream.gaps.p95_ns, 'p95'], [stream.gaps.p50_ns, 'p50']];
    let above = -100;
    for (const [ns, name] of labels) {
      if (ns > top) continue;
      c.strokeStyle = palette.ink3;
      c.setLineDash([1, 2]);
      line(c, ROOM.left, Math.round(y(ns)) + 0.5, ROOM.left + inner, Math.round(y(ns)) + 0.5);
      c.setLineDash([]);
      c.fillStyle = palette.ink3;
      c.textAlign = 'left';
      above = Math.max(y(ns), above + 14);
      c.fillText(`${name} ${duration(ns)}`, ROOM.left + inner + 6, above);
    }
  }
  c.fillStyle = palette.ink;
  c.fillRect(Math.round(x(at_ns)) - 0.5, 2, 1.5, bottom - 2);
}

/** The unit in which values up to `ns` are written. */
export function unitOf(ns: number): { name: string; ns: number } {
  return ns < 1e6 ? { name: 'µs', ns: 1e3 } : ns < 1e9 ? { name: 'ms', ns: 1e6 } : { name: 's', ns: 1e9 };
}

function inUnit(ns: number, unit: { ns: number }, step: number): string {
  return (ns / unit.ns).toFixed(Math.max(0, Math.ceil(-Math.log10(step / unit.ns) - 1e-9)));
}

/** The top of the axis of the plot. */
export function topOf(stream: StreamView): number {
  return axis(plotTop(stream)).top;
}

/** The axis of a time. */
const axis = (ns: number) => axisOf(ns, [1, 2, 4, 5, 10]);

function drawTime(c: CanvasRenderingContext2D, replay: Replay, inner: number, x: (ns: number) => number, bottom: number, palette: Palette): void {
  const { step } = axis((replay.end_ns * 3 * 90) / inner);
  const unit = unitOf(replay.end_ns);
  c.fillStyle = palette.ink3;
  for (let ns = 0; ns < replay.end_ns; ns += step) {
    c.textAlign = ns === 0 ? 'left' : 'center';
    if (x(ns) < x(replay.end_ns) - 12) c.fillText(`${inUnit(ns, unit, step)} ${unit.name}`, x(ns), bottom + 12);
  }
}

function drawWait(c: CanvasRenderingContext2D, from: number, to: number, bottom: number, palette: Palette): void {
  c.fillStyle = palette.bar;
  c.globalAlpha = 0.18;
  c.fillRect(from, ROOM.top, to - from, bottom - ROOM.top);
  c.globalAlpha = 1;
  c.fillStyle = palette.ink;
  c.fillRect(to - 0.75, ROOM.top, 1.5, bottom - ROOM.top);
}

/** Says how long the wait was: in the middle of it, where no bar stands; where that is too narrow, above the bars. */
function sayWait(c: CanvasRenderingContext2D, from: number, to: number, bottom: number, edge: number, ns: number, palette: Palette): void {
  const label = `first chunk ${duration(ns)}`;
  const width = c.measureText(label).width;
  const inside = to - from >= width + 16;
  c.textAlign = 'left';
  c.fillStyle = palette.ink;
  if (!inside) {
    c.fillRect(to - 0.75, 4, 1.5, ROOM.top - 4);
    c.fillText(label, Math.max(from, Math.min(to + 6, edge - width)), ROOM.top / 2);
    return;
  }
  // The words of a stall stand at the top.
  const [x, y] = [to - 6 - width, (ROOM.top + bottom) / 2];
  c.fillStyle = palette.ground;
  c.globalAlpha = 0.8;
  c.fillRect(x - 2, y - 7, width + 4, 14);
  c.globalAlpha = 1;
  c.fillStyle = palette.ink;
  c.fillText(label, x, y);
}

function drawLost(c: CanvasRenderingContext2D, from: number, to: number, top: number, bottom: number, palette: Palette): void {
  c.save();
  c.beginPath();
  c.rect(from, top, to - from, bottom - top);
  c.clip();
  c.fillStyle = palette.lost;
  c.fillRect(from, top, to - from, bottom - top);
  c.strokeStyle = palette.slow;
  c.globalAlpha = 0.4;
  for (let x = from - (bottom - top); x < to; x += 8) line(c, x, bottom, x + (bottom - top), top);
  c.restore();
  if (to - from < 96) return;
  const middle = (from + to) / 2;
  c.textAlign = 'center';
  const width = c.measureText('times unknown').width + 12;
  c.fillStyle = palette.lost;
  c.fillRect(middle - width / 2, (top + bottom) / 2 - 9, width, 18);
  c.fillStyle = palette.warning;
  c.fillText('times unknown', middle, (top + bottom) / 2);
}

/** Pauses that reach over the top are cut there and say how long they were. */
function drawStalls(c: CanvasRenderingContext2D, bars: GapBar[], top: number, inner: number, palette: Palette): void {
  let free = -100;
  for (const bar of bars) {
    if (bar.gap_ns <= top) continue;
    const x = ROOM.left + bar.x;
    c.fillStyle = palette.ground;
    c.fillRect(x - 4, ROOM.top + 6, 8, 2);
    const label = duration(bar.gap_ns);
    const width = c.measureText(label).width;
    const left = Math.min(x + 5, ROOM.left + inner - width);
    if (left < free) continue;
    c.fillStyle = palette.warning;
    c.textAlign = 'left';
    c.fillText(label, left, ROOM.top + 7);
    free = left + width + 6;
  }
}

function line(c: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  c.beginPath();
  c.moveTo(x0, y0);
  c.lineTo(x1, y1);
  c.stroke();
}
