/** The only converter between the API's nanosecond strings and what a person reads. */

const NS_PER_MS = 1_000_000n;

/** Milliseconds since 1970 of a nanosecond string; 0 when it is not a number. */
export function unixMs(nanos: string): number {
  try {
    return Number(BigInt(nanos) / NS_PER_MS);
  } catch {
    return 0;
  }
}

/** Nanoseconds from `from` to `to`, both nanosecond strings; exact up to 104 days. */
export function nanosBetween(from: string, to: string): number {
  try {
    return Number(BigInt(to) - BigInt(from));
  } catch {
    return 0;
  }
}

/** A moment in full: `2026-11-20 14:02:56.123456789 +01:00`, `… UTC`. */
export function moment(nanos: string, utc: boolean): string {
  const ms = unixMs(nanos);
  const date = new Date(ms);
  const fraction = fractionOf(nanos);
  const offset_min = utc ? 0 : -date.getTimezoneOffset();
  const shifted = new Date(ms + offset_min * 60_000).toISOString();
  const sign = offset_min < 0 ? '-' : '+';
  const zone = utc ? 'UTC' : `${sign}${two(Math.floor(Math.abs(offset_min) / 60))}:${two(Math.abs(offset_min) % 60)}`;
  return `${shifted.slice(0, 10)} ${shifted.slice(11, 19)}.${fraction} ${zone}`;
}

/** When a thing began, in a few signs: `14:02` of today, `11-20 14:02` of this year, else `2025-11-20`. */
export function when(nanos: string, utc: boolean, now_ms: number): string {
  const at = moment(nanos, utc);
  const now = moment(`${Math.trunc(now_ms)}000000`, utc);
  const clock = at.slice(11, 16);
  if (at.slice(0, 10) === now.slice(0, 10)) return clock;
  return at.slice(0, 4) === now.slice(0, 4) ? `${at.slice(5, 10)} ${clock}` : at.slice(0, 10);
}

function fractionOf(nanos: string): string {
  try {
    return (BigInt(nanos) % 1_000_000_000n).toString().padStart(9, '0');
  } catch {
    return '000000000';
  }
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}
