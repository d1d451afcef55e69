/** Draws the waterfall of a few dozen rows on a canvas, in pixels of the page. */
import type { DrawnRow } from '../../api/packed';
import { duration } from '../../lib/format';
import { toX, type Range } from '../../lib/scale';
import type { Paint } from './paint';
import { labelOf, LEAST_PX, placeBar, ROW_PX, shorter, sideOf, type Bar, type Label } from './place';

export interface Picture {
  rows: (DrawnRow | undefined)[];
  /** How high a row is, in pixels. */
  row_px: number;
  /** How far down the grid lines reach, in pixels. */
  height: number;
  range: Range;
  width: number;
  paint: Paint;
  critical: boolean;
  /** Where the grid lines stand, in nanoseconds. */
  ticks: number[];
  /** Where the clock of a running trace stands; null when it does not run. */
  now_ns: number | null;
}

const FADE_PX = 10;
const STOP_SIGN = 'M5.3 2h5.4L14 5.3v5.4L10.7 14H5.3L2 10.7V5.3ZM6 6l4 4M10 6l-4 4';

/** How much higher a row is drawn than as designed: what is in it keeps its size and its middle, whatever the row's height. */
const lift = ({ row_px }: Picture) => (ROW_PX.comfortable - row_px) / 2;

export function drawRows(ctx: CanvasRenderingContext2D, picture: Picture): void {
  const { rows, paint, range, width } = picture;
  // All text is of one font; naming it costs more than writing a label.
  ctx.font = paint.font;
  ctx.textBaseline = 'middle';
  ctx.fillStyle = paint.line;
  for (const at of picture.ticks) ctx.fillRect(Math.round(toX(range, width, at)), 0, 1, picture.height);
  if (picture.now_ns !== null && picture.now_ns >= range.t0 && picture.now_ns <= range.t1) {
    ctx.fillStyle = paint.live;
    ctx.fillRect(Math.round(toX(range, width, picture.now_ns)), 0, 1, picture.height);
  }
  const up = lift(picture);
  rows.forEach((row, index) => {
    if (row) drawRow(ctx, picture, row, index * picture.row_px - up);
  });
}

function drawRow(ctx: CanvasRenderingContext2D, picture: Picture, row: DrawnRow, y: number): void {
  // Nobody knows when a span was that never came.
  if (row.missing) return;
  const { paint, range, width } = picture;
  const bar = placeBar(row, range, width);
  if (bar.out !== 'no') return drawAway(ctx, picture, row, bar, y);
  drawBar(ctx, picture, row, bar, y);
  drawBelow(ctx, picture, row, y);
  if (picture.critical) {
    ctx.fillStyle = paint.ink2;
    // Under the bar, and above the row's edge.
    const under = y + 21 - lift(picture);
    for (const [from, to] of row.critical) {
      const x = Math.max(0, toX(range, width, from));
      const end = Math.min(width, toX(range, width, to));
      // Pieces too short to see would make a parent's line a row of dots.
      if (end >= 0 && x <= width && (end - x >= 1 || bar.width <= 4)) ctx.fillRect(x, under, Math.max(1, end - x), 2);
    }
  }
  drawLabel(ctx, picture, row, bar, y);
}

function drawBar(ctx: CanvasRenderingContext2D, picture: Picture, row: DrawnRow, bar: Bar, y: number): void {
  const { paint, range, width } = picture;
  const failed = row.status === 'error';
  const parent = row.children > 0 && row.first_chunk_ns === null && !failed && !(row.alike > 0 && row.expanded);
  const top = y + (parent ? 9 : 6);
  const tall = parent ? 6 : 12;
  let x = bar.x;
  let wide = bar.width;
  if (row.first_chunk_ns !== null && row.first_chunk_ns > 0) {
    const notch = toX(range, width, row.start_ns + row.first_chunk_ns);
    const until = Math.min(notch, bar.x + bar.width);
    if (until > x) {
      stripes(ctx, paint.wait(row.kind, failed), x, top, until - x, tall);
      wide = Math.max(0, bar.x + bar.width - until);
      x = until;
    }
    if (wide > 0) rounded(ctx, paint.bar(row.kind, failed), x, top, wide, tall, paint.edge);
    if (notch >= 0 && notch <= width) {
      ctx.fillStyle = paint.ink;
      ctx.fillRect(Math.round(notch) - 1, y + 3, 2, 18);
    }
    return;
  }
  const colour = parent ? paint.parent(row.kind, failed) : paint.bar(row.kind, failed);
  if (row.running && wide > FADE_PX && picture.now_ns !== null) {
    const end = x + wide;
    const fade = ctx.createLinearGradient(end - FADE_PX, 0, end, 0);
    fade.addColorStop(0, colour);
    fade.addColorStop(1, paint.ground);
    rounded(ctx, colour, x, top, wide - FADE_PX, tall, 'transparent');
    ctx.fillStyle = fade;
    ctx.fillRect(end - FADE_PX, top, FADE_PX, tall);
  } else rounded(ctx, colour, x, top, wide, tall, paint.edge);
}

/** What is hidden below a folded row, errors last, so that nothing hides them. */
function drawBelow(ctx: CanvasRenderingContext2D, picture: Picture, row: DrawnRow, y: number): void {
  const { paint, range, width } = picture;
  for (const failed of [false, true]) {
    for (const bucket of row.buckets) {
      if (bucket.error !== failed) continue;
      const x = toX(range, width, bucket.from_ns);
      const end = toX(range, width, bucket.to_ns);
      if (end < 0 || x > width) continue;
      const from = Math.max(0, x);
      ctx.fillStyle = paint.bar(bucket.kind, failed);
      ctx.fillRect(from, y + 7, Math.max(LEAST_PX, Math.min(width, end) - from), 10);
    }
  }
}

function rounded(ctx: CanvasRenderingContext2D, colour: string, x: number, y: number, width: number, height: number, edge: string): void {
  ctx.fillStyle = colour;
  // What is this narrow is drawn on whole pixels: between two of them it would be a shadow.
  if (width < 4) ctx.fillRect(Math.round(x), y, width, height);
  else {
    ctx.beginPath();
    ctx.roundRect(x, y, width, height, 2);
    ctx.fill();
  }
  if (edge !== 'transparent' && width >= 3) {
    ctx.strokeStyle = edge;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.roundRect(x + 0.5, y + 0.5, width - 1, height - 1, width < 4 ? 0 : 1.5);
    ctx.stroke();
  }
}

function stripes(ctx: CanvasRenderingContext2D, colour: string, x: number, y: number, width: number, height: number): void {
  ctx.fillStyle = colour;
  ctx.beginPath();
  for (let at = x; at < x + width; at += 4) ctx.rect(at, y, Math.min(2, x + width - at), height);
  ctx.fill();
}

function drawLabel(ctx: CanvasRenderingContext2D, picture: Picture, row: DrawnRow, bar: Bar, y: number): void {
  for (const label of shorter(labelOf(row))) if (drawWords(ctx, picture, label, row.status === 'error', bar, y)) return;
}

/** Draws a label beside its bar; false = there is no room. */
function drawWords(ctx: CanvasRenderingContext2D, picture: Picture, label: Label, failed: boolean, bar: Bar, y: number): boolean {
  const { paint, width } = picture;
  const words: [text: string, colour: string][] = [];
  if (label.error) words.push([label.error, paint.error]);
  words.push([label.time, failed ? paint.ink3 : paint.ink2]);
  if (label.tokens) words.push([label.tokens, paint.ink3]);
  const icon = failed ? 16 : 0;
  const need = icon + words.reduce((sum, [text]) => sum + measure(ctx, text, paint.font) + 4, 4);
  const side = sideOf(bar, width, need);
  if (side === 'nowhere') return false;
  let x = side === 'right' ? bar.x + bar.width + 5 : bar.x - 5 - need;
  ctx.clearRect(x, y + 4, need, 16);
  x += 3;
  if (icon) {
    ctx.save();
    ctx.translate(x, y + 6);
    ctx.scale(0.75, 0.75);
    ctx.strokeStyle = paint.error;
    ctx.lineWidth = 1.6;
    ctx.stroke((stopSign ??= new Path2D(STOP_SIGN)));
    ctx.restore();
    x += icon;
  }
  for (const [text, colour] of words) {
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y + 12.5);
    x += measure(ctx, text, paint.font) + 4;
  }
  return true;
}

/** A span outside of the zoom: its start, and an arrow to where it is. */
function drawAway(ctx: CanvasRenderingContext2D, picture: Picture, row: DrawnRow, bar: Bar, y: number): void {
  const { paint, width } = picture;
  const at = duration(row.start_ns);
  const text = bar.out === 'before' ? `‹ ${at}` : `${at} ›`;
  const need = measure(ctx, text, paint.font);
  const x = bar.out === 'before' ? 6 : width - 6 - need;
  ctx.clearRect(x - 3, y + 4, need + 6, 16);
  ctx.fillStyle = row.status === 'error' ? paint.error : paint.ink3;
  ctx.fillText(text, x, y + 12.5);
}

const widths = new Map<string, number>();
let stopSign: Path2D | undefined;

/** How wide a text is in the font that the context has. */
function measure(ctx: CanvasRenderingContext2D, text: string, font: string): number {
  const key = font + text;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > 5_000) widths.clear();
    widths.set(key, (width = ctx.measureText(text).width));
  }
  return width;
}
