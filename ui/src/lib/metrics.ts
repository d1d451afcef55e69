// Metrics as panels: one per name, in it a line per series, its numbers gathered into as many steps as fit the screen.
import type { Metrics, MetricSeries } from '../api/types';
import { bytes, count, duration } from './format';

/** What a panel's numbers are: all of a step together, their mean, or how much there was last. */
export type Drawn = 'sum' | 'mean' | 'level';

/** What is shown of all metrics; null = all. */
export interface MetricFilter {
  model: string | null;
  endpoint: string | null;
  service: string | null;
}

/** A stretch of time in steps, in seconds since 1970. */
export interface Steps {
  from: number;
  step: number;
  count: number;
}

/** The numbers of one series. */
export interface Line {
  /** What tells it from the others of its panel. */
  name: string;
  /** A value per step; null where nothing came. */
  values: (number | null)[];
  /** How many numbers there were. */
  count: number;
  sum: number;
  /** The largest, when known. */
  max: number | null;
  last: number | null;
}

/** All series of one name. */
export interface Panel {
  name: string;
  unit: string;
  drawn: Drawn;
  lines: Line[];
  /** The largest value of a step; for sums, of all lines together. */
  top: number;
}

const DURATIONS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

/** Steps that are whole slices and at most `most` of them, ending with the slice `now_s` is in. */
export function stepsOf(now_s: number, range_s: number, slice_s: number, most: number): Steps {
  const per = Math.max(1, Math.ceil(range_s / slice_s / Math.max(1, most)));
  const step = per * slice_s;
  const end = (Math.floor(now_s / step) + 1) * step;
  const count = Math.max(1, Math.ceil(range_s / step));
  return { from: end - count * step, step, count };
}

/** The panels, by name. A series without a number in sight is left out. */
export function panelsOf(metrics: Metrics, filter: MetricFilter, steps: Steps): Panel[] {
  const byName = new Map<string, MetricSeries[]>();
  for (const series of metrics.series) {
    const { model, endpoint, service } = series.about;
    const fits = (asked: string | null, is: string | null) => asked === null || asked === is;
    if (!fits(filter.model, model) || !fits(filter.endpoint, endpoint) || !fits(filter.service, service)) continue;
    const key = `${series.name}\n${series.unit}\n${series.is_level}`;
    byName.set(key, [...(byName.get(key) ?? []), series]);
  }
  const panels: Panel[] = [];
  for (const all of byName.values()) {
    const first = all[0]!;
    const drawn: Drawn = first.is_level ? 'level' : first.unit in DURATIONS ? 'mean' : 'sum';
    const names = namesOf(all);
    const lines = all.map((series, i) => lineOf(series, names[i]!, drawn, steps)).filter((line) => line.count > 0);
    if (lines.length === 0) continue;
    lines.sort((a, b) => b.sum - a.sum || a.name.localeCompare(b.name));
    panels.push({ name: first.name, unit: first.unit, drawn, lines, top: topOf(lines, drawn, steps.count) });
  }
  return panels;
}

/** What can be chosen, each once, by name. */
export function choicesOf(metrics: Metrics, of: keyof MetricFilter): string[] {
  const all = metrics.series.map((series) => series.about[of]).filter((each) => each !== null);
  return [...new Set(all)].sort();
}

/** A value as a person reads it. */
export function valueText(value: number, unit: string): string {
  const ns = DURATIONS[unit];
  if (ns !== undefined) return duration(value * ns);
  if (unit === 'By') return bytes(value);
  if (unit === '1' || unit === '' || unit.startsWith('{')) return Number.isInteger(value) || Math.abs(value) >= 1000 ? count(Math.round(value)) : String(Number(value.toPrecision(3)));
  return `${Number(value.toPrecision(4))} ${unit}`;
}

/** A unit as a person reads it; empty when the numbers say it themselves. */
export function unitText(unit: string): string {
  if (unit in DURATIONS || unit === 'By' || unit === '1') return '';
  const bare = /^\{(.+)\}$/.exec(unit)?.[1];
  return bare === undefined ? unit : bare.endsWith('s') ? bare : `${bare}s`;
}

/** Names that tell series apart: model and endpoint, then whatever labels differ. */
function namesOf(all: MetricSeries[]): string[] {
  const keys = new Set(all.flatMap((series) => Object.keys(series.labels)));
  const differs = [...keys].filter((key) => new Set(all.map((series) => series.labels[key])).size > 1).sort();
  return all.map((series) => {
    const { model, endpoint, service } = series.about;
    const told = [model, endpoint].filter((each) => each !== null);
    const said = new Set([model, endpoint, service]);
    const rest = differs.filter((key) => series.labels[key] !== undefined && !said.has(series.labels[key]!)).map((key) => `${key}=${series.labels[key]}`);
    const services = new Set(all.map((each) => each.about.service));
    const where = services.size > 1 && service !== null ? [service] : [];
    return [...told, ...where, ...rest].join(' · ') || 'all';
  });
}

function lineOf(series: MetricSeries, name: string, drawn: Drawn, steps: Steps): Line {
  const sums: number[] = new Array(steps.count).fill(0);
  const counts: number[] = new Array(steps.count).fill(0);
  const lasts: number[] = new Array(steps.count).fill(0);
  const line: Line = { name, values: [], count: 0, sum: 0, max: null, last: null };
  for (const point of series.points) {
    const at = Math.floor((point.time_unix - steps.from) / steps.step);
    if (at < 0 || at >= steps.count || point.count === 0) continue;
    sums[at]! += point.sum;
    counts[at]! += point.count;
    lasts[at] = point.last;
    line.count += point.count;
    line.sum += point.sum;
    line.last = point.last;
    if (point.max !== null) line.max = Math.max(line.max ?? -Infinity, point.max);
  }
  line.values = counts.map((n, i) => (n === 0 ? null : drawn === 'sum' ? sums[i]! : drawn === 'mean' ? sums[i]! / n : lasts[i]!));
  return line;
}

function topOf(lines: Line[], drawn: Drawn, steps: number): number {
  let top = 0;
  for (let i = 0; i < steps; i += 1) {
    const values = lines.map((line) => line.values[i] ?? 0);
    top = Math.max(top, drawn === 'sum' ? values.reduce((a, b) => a + Math.max(0, b), 0) : Math.max(...values));
  }
  return top;
}
