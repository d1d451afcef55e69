/** What many traces took together: what can be shared, which columns there are, and the filter that shows one total's traces. */
import type { Total, TotalsBy, TotalsOrder } from '../api/types';

export const TOTALS_BY: { by: TotalsBy; title: string; none: string }[] = [
  { by: 'session', title: 'Session', none: 'no session' },
  { by: 'user', title: 'User', none: 'no user' },
  { by: 'model', title: 'Model', none: 'not recorded' },
  { by: 'day', title: 'Day', none: 'no time' },
  { by: 'service', title: 'Service', none: 'no service' },
  { by: 'name', title: 'Name', none: 'unnamed' },
  { by: 'tag', title: 'Tag', none: 'no tag' },
  { by: 'experiment', title: 'Experiment', none: 'no experiment' },
];

export interface TotalsColumn {
  order: TotalsOrder;
  title: string;
  /** What the title leaves out. */
  what?: string;
  /** null = unknown. */
  of(total: Total): number | null;
}

export const TOTALS_COLUMNS: TotalsColumn[] = [
  { order: 'traces', title: 'traces', of: (total) => total.traces },
  { order: 'failed', title: 'failed', what: 'Traces that ended in an error', of: (total) => total.failed },
  { order: 'calls', title: 'model calls', of: (total) => total.llm_calls },
  { order: 'duration', title: 'time', what: 'The durations of the traces, summed up', of: (total) => total.duration_ns },
  { order: 'input', title: 'input', of: (total) => total.usage?.input_tokens ?? null },
  { order: 'output', title: 'output', of: (total) => total.usage?.output_tokens ?? null },
  { order: 'tokens', title: 'tokens', of: (total) => total.usage?.total_tokens ?? null },
  { order: 'cost', title: 'cost', of: (total) => total.cost_usd },
];

/** What an address names, else the first. */
export function totalsBy(word: string): TotalsBy {
  return TOTALS_BY.find(({ by }) => by === word)?.by ?? 'session';
}

/** The order an address names; where it names none, the engine says which it is. */
export function totalsOrder(word: string): TotalsOrder | undefined {
  return word === 'latest' ? word : TOTALS_COLUMNS.find(({ order }) => order === word)?.order;
}

/** The filter, so narrowed that only the traces of one total are let through. */
export function narrowed(filter: string, by: TotalsBy | 'provider', key: string | null): string {
  const none = by === 'day' ? 'time<1970-01-02' : `-${by}:*`;
  const one = (key: string): string => (by === 'day' ? `time:${key}` : `${by}="${key.replace(/["\\]/g, '\\$&')}"`);
  const term = key === null ? none : one(key);
  const before = filter.trim();
  if (before === term || before.endsWith(` ${term}`)) return before;
  return before === '' ? term : `${before} ${term}`;
}

/** The filter for a total: those by model are told apart by who provides it. */
export function narrowedTo(filter: string, by: TotalsBy, { key, provider }: Total): string {
  const narrow = narrowed(filter, by, key);
  return by === 'model' && provider !== null ? narrowed(narrow, 'provider', provider) : narrow;
}

/** How much of the largest a value is, from 0 to 1; too little to be seen is 0. */
export function share(value: number | null, largest: number): number {
  const part = value === null || largest <= 0 ? 0 : Math.min(1, value / largest);
  return part < 0.01 ? 0 : part;
}
