/**
 * Numbers as a person reads them: three figures and one unit, the same everywhere. The exact value belongs in a tip
 * and in what is copied.
 */

const LOCALE = 'en-US';
const price = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 6 });
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const fixed = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(
  (digits) => new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

/** A number and its unit, so that the unit can be set small and grey. */
export interface Measure {
  value: string;
  unit: string;
}

const THIN = '\u202f';

function places(value: number, digits: number): string {
  return (fixed[digits] ?? whole).format(value);
}

/** Three significant figures for a value in 1..1000. */
function three(value: number): string {
  const size = Math.abs(value);
  return places(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}

/** A duration of `ns` nanoseconds: `130 µs`, `84.0 ms`, `7.93 s`, `2 m 05 s`, `1 h 04 m`. */
export function durationParts(ns: number): Measure {
  const size = Math.abs(ns);
  const sign = ns < 0 ? '−' : '';
  if (size < 999.5) return { value: sign + whole.format(size), unit: 'ns' };
  if (size < 999_500) return { value: sign + micro(size / 1e3), unit: 'µs' };
  if (size < 999_500_000) return { value: sign + three(size / 1e6), unit: 'ms' };
  if (size < 59_995_000_000) return { value: sign + three(size / 1e9), unit: 's' };
  const seconds = Math.round(size / 1e9);
  if (seconds < 3600) return { value: `${sign}${Math.floor(seconds / 60)} m ${two(seconds % 60)}`, unit: 's' };
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return { value: `${sign}${Math.floor(minutes / 60)} h ${two(minutes % 60)}`, unit: 'm' };
  const hours = Math.round(minutes / 60);
  return { value: `${sign}${whole.format(Math.floor(hours / 24))} d ${two(hours % 24)}`, unit: 'h' };
}

/** Whole microseconds read better than `130.0 µs` above 10. */
function micro(us: number): string {
  return us >= 9.995 ? whole.format(us) : places(us, 2);
}

export function duration(ns: number): string {
  const { value, unit } = durationParts(ns);
  return `${value} ${unit}`;
}

/** All digits: `7,930,123,456 ns`. */
export function exactDuration(ns: number): string {
  return `${whole.format(ns)} ns`;
}

/** A place on the trace's clock, as fine as `step` nanoseconds: `5.390 s`, `120 ms`, `23 m 38.1 s`. */
export function offset(ns: number, step: number): string {
  const size = Math.max(Math.abs(ns), step);
  if (size >= 60e9) return longOffset(ns, step);
  // A step of a tenth of a unit is read in that unit, so that a ruler does not change units on its way.
  const [unit, scale] = size < 1e3 && step < 100 ? ['ns', 1] : size < 1e6 && step < 1e5 ? ['µs', 1e3] : size < 1e9 && step < 1e8 ? ['ms', 1e6] : ['s', 1e9];
  return `${ns === 0 ? '0' : places(ns / scale, digitsFor(step, scale))} ${unit}`;
}

/** How many places show a difference of `step` where 1 is `scale`. */
function digitsFor(step: number, scale: number): number {
  return Math.min(6, Math.max(0, Math.ceil(-Math.log10(step / scale) - 1e-9)));
}

function longOffset(ns: number, step: number): string {
  if (ns === 0) return '0 s';
  const digits = digitsFor(step, 1e9);
  const unit = 10 ** digits;
  const total = Math.round((Math.abs(ns) / 1e9) * unit) / unit;
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = `${total % 60 < 9.9999995 ? '0' : ''}${places(total % 60, digits)}`;
  const sign = ns < 0 ? '−' : '';
  if (hours === 0) return `${sign}${minutes} m ${seconds} s`;
  return step >= 60e9 ? `${sign}${hours} h ${two(minutes)} m` : `${sign}${hours} h ${two(minutes)} m ${seconds} s`;
}

/** A count, exact up to 99,999, then three figures: `8.21 M`. */
export function count(n: number): string {
  const size = Math.abs(n);
  if (size <= 99_999) return whole.format(n);
  if (size < 999_500) return `${three(n / 1e3)}${THIN}k`;
  if (size < 999_500_000) return `${three(n / 1e6)}${THIN}M`;
  return `${three(n / 1e9)}${THIN}G`;
}

export const tokens = count;

/** All digits. */
export function exact(n: number): string {
  return whole.format(n);
}

/** US dollars in a list: `$10.84`, `$0.0118`, `<$0.0001`. */
export function money(usd: number): string {
  if (usd === 0) return '$0';
  const size = Math.abs(usd);
  if (size < 0.0001) return `${usd < 0 ? '>−' : '<'}$0.0001`;
  return `${usd < 0 ? '−' : ''}$${places(size, size >= 1 ? 2 : 4)}`;
}

/**
 * How many places amounts that stand below each other have: three figures of the smallest, and where `sum` is what they add up to
 * so many that it is their sum as it is written, too.
 */
export function moneyPlaces(parts: number[], sum: number | null = null): number {
  const sizes = parts.map(Math.abs).filter((size) => size > 0);
  const fewest = sizes.length === 0 ? 4 : Math.max(4, Math.min(10, 2 - Math.floor(Math.log10(Math.min(...sizes)))));
  const written = (usd: number, places: number) => Math.round(usd * 10 ** places);
  for (let places = fewest; sum !== null && places <= 10; places++) {
    if (parts.reduce((all, usd) => all + written(usd, places), 0) === written(sum, places)) return places;
  }
  return fewest;
}

/** US dollars where the arithmetic is read: so many places, or five or six for small sums. */
export function exactMoney(usd: number, at?: number): string {
  if (usd === 0) return '$0';
  const size = Math.abs(usd);
  if (at !== undefined) return `${usd < 0 ? '−' : ''}$${places(size, at)}`;
  if (size < 0.000001) return `${usd < 0 ? '>−' : '<'}$0.000001`;
  const digits = size >= 1 ? 4 : size >= 0.0001 ? 5 : 6;
  return `${usd < 0 ? '−' : ''}$${places(size, digits)}`;
}

/** What a million tokens cost, in US dollars: as many places as it has, at least two. */
export function rate(usd: number): string {
  return `$${price.format(usd)}`;
}

/** Whether a trace's cost leaves calls out of which nobody knows what they cost. */
export function isCostPartial(summary: { counts: { calls_without_cost: number } }): boolean {
  return summary.counts.calls_without_cost > 0;
}

/** Whether a trace has tokens and a cost that nobody told; one that called no model, or whose calls all failed, has none. */
export function isUsageUnknown(summary: { usage: unknown; counts: { llm_calls_without_usage: number } }): boolean {
  return summary.usage === null && summary.counts.llm_calls_without_usage > 0;
}

/** Bytes in steps of 1,000: `412 KB`, `5.2 MB`. */
export function bytes(n: number): string {
  if (n < 1000) return `${whole.format(n)} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = n / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${places(value, value >= 99.95 ? 0 : 1)} ${units[unit] ?? ''}`;
}

const utf8 = new TextEncoder();

/** How many bytes a text takes, as the engine counts them. */
export function bytesOf(text: string): number {
  return utf8.encode(text).length;
}

/** A fraction as whole per cent: `95 %`. */
export function percent(fraction: number): string {
  return `${whole.format(fraction * 100)}${THIN}%`;
}

/** How long ago: `now`, `4 s`, `1 min`, `3 h`, `2 d`. Both in milliseconds. */
export function ago(then_ms: number, now_ms: number): string {
  const seconds = Math.max(0, Math.floor((now_ms - then_ms) / 1000));
  if (seconds < 2) return 'now';
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${whole.format(Math.floor(hours / 24))} d`;
}

/** Cuts an identifier in the middle so that both ends stay: `call_tqyH…rfcej`. */
export function cutMiddle(text: string, keep = 15): string {
  if (text.length <= keep) return text;
  const tail = Math.floor((keep - 1) / 2);
  return `${text.slice(0, keep - 1 - tail)}…${text.slice(text.length - tail)}`;
}

/** Which calls are shown where those before are not: `calls 1,761 to 2,000 of 2,000`; nothing where all are. */
export function stretch(first: number, last: number): string {
  return first > 1 ? `calls ${exact(first)} to ${exact(last)} of ${exact(last)}` : '';
}

/** `1 call`, `34 calls`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
