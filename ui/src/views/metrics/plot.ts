// Draws a panel of metrics: what is counted as stacked bars, durations and levels as dots with lines between neighbours.
import { moment } from '../../lib/time';
import { valueText, type Panel, type Steps } from '../../lib/metrics';
import { axisOf } from '../../lib/scale';

/** Room round the plot, in CSS pixels. */
export const ROOM = { left: 56, right: 12, top: 10, bottom: 20 };

/** How many series have a colour of their own. */
export const COLOURS = 6;

/** Beyond this a time of day is not enough, in seconds. */
export const DAY_S = 86_400;

export interface Palette {
  lines: string[];
  others: string;
  ink: string;
  ink3: string;
  line: string;
  font: string;
}

/** Reads the colours of the theme. */
export function paletteOf(element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return {
    lines: Array.from({ length: COLOURS }, (_, i) => value(`--series-${i + 1}`)),
    others: value('--kind-other'),
    ink: value('--ink'),
    ink3: value('--ink-3'),
    line: value('--line'),
    font: `11px ${value('--sans')}`,
  };
}

/** Draws a panel; the context is scaled to CSS pixels. `at` is the step under the pointer. */
export function drawPanel(c: CanvasRenderingContext2D, panel: Panel, steps: Steps, at: number | null, utc: boolean, palette: Palette): void {
  const { clientWidth: width, clientHeight: height } = c.canvas;
  const inner = Math.max(1, width - ROOM.left - ROOM.right);
  const bottom = height - ROOM.bottom;
  const axis = axisOf(panel.top);
  const wide = inner / steps.count;
  const x = (step: number) => ROOM.left + (step + 0.5) * wide;
  const y = (value: number) => bottom - (value / axis.top) * (bottom - ROOM.top);
  c.font = palette.font;
  c.textBaseline = 'middle';
  c.lineWidth = 1;
  c.textAlign = 'right';
  for (let value = 0; value <= axis.top * 1.001; value += axis.step) {
    const row = Math.round(y(value)) + 0.5;
    c.strokeStyle = palette.line;
    stroke(c, [[ROOM.left, row], [ROOM.left + inner, row]]);
    c.fillStyle = palette.ink3;
    c.fillText(value === 0 ? '0' : valueText(value, panel.unit), ROOM.left - 8, row);
  }
  drawTimes(c, steps, inner, bottom, utc, palette);
  const colour = (i: number) => palette.lines[i] ?? palette.others;
  if (panel.drawn === 'sum') {
    const below: number[] = new Array(steps.count).fill(0);
    panel.lines.forEach((line, i) => {
      c.fillStyle = colour(i);
      line.values.forEach((value, step) => {
        if (value === null || value <= 0) return;
        const bar = Math.max(1, wide - (wide > 4 ? 1 : 0));
        const [from, to] = [y(below[step]!), y(below[step]! + value)];
        c.fillRect(x(step) - bar / 2, to, bar, Math.max(1, from - to));
        below[step]! += value;
      });
    });
  } else {
    panel.lines.forEach((line, i) => drawLine(c, line.values, x, y, colour(i)));
  }
  if (at !== null) {
    c.fillStyle = palette.ink;
    c.globalAlpha = 0.5;
    c.fillRect(Math.round(x(at)) - 0.5, ROOM.top, 1, bottom - ROOM.top);
    c.globalAlpha = 1;
  }
}

/** A line joins neighbours only: nothing is known of the time between. */
function drawLine(c: CanvasRenderingContext2D, values: (number | null)[], x: (step: number) => number, y: (value: number) => number, colour: string): void {
  c.strokeStyle = colour;
  c.fillStyle = colour;
  c.lineWidth = 1.5;
  let run: [number, number][] = [];
  values.forEach((value, step) => {
    if (value === null) {
      stroke(c, run);
      run = [];
      return;
    }
    run.push([x(step), y(value)]);
    c.beginPath();
    c.arc(x(step), y(value), 2, 0, 2 * Math.PI);
    c.fill();
  });
  stroke(c, run);
}

/** A time on the axis, with its day where there are several. */
function timeText(time_s: number, range_s: number, utc: boolean): string {
  return moment(`${time_s}000000000`, utc).slice(range_s > DAY_S ? 5 : 11, 16);
}

function drawTimes(c: CanvasRenderingContext2D, steps: Steps, inner: number, bottom: number, utc: boolean, palette: Palette): void {
  const range = steps.count * steps.step;
  const room = range > DAY_S ? 104 : 72;
  const every = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200].find((s) => (s / range) * inner >= room) ?? DAY_S;
  c.fillStyle = palette.ink3;
  c.textAlign = 'center';
  for (let time = Math.ceil(steps.from / every) * every; time < steps.from + range; time += every) {
    const x = ROOM.left + ((time - steps.from) / range) * inner;
    if (x > ROOM.left + room / 4 && x < ROOM.left + inner - room / 2) c.fillText(timeText(time, range, utc), x, bottom + 11);
  }
}

function stroke(c: CanvasRenderingContext2D, points: [number, number][]): void {
  if (points.length < 2) return;
  c.beginPath();
  points.forEach(([x, y], i) => (i === 0 ? c.moveTo(x, y) : c.lineTo(x, y)));
  c.stroke();
}
