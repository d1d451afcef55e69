/** The trace list in groups, each with what its traces took together. */
import type { TraceRow } from '../api/types';
import { isCostPartial } from './format';

export const GROUPINGS = ['none', 'session', 'service', 'user', 'experiment'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface Group {
  /** What the traces share; null = they have none. */
  value: string | null;
  /** The traces, newest first. */
  rows: TraceRow[];
  errors: number;
  /** From the earliest start to the latest end of any of them would count their pauses: this is the sum. */
  duration_ns: number;
  /** null = none of them reported any. */
  tokens: number | null;
  /** null = unknown. */
  cost_usd: number | null;
  /** Whether the cost of some is unknown. */
  partial: boolean;
}

export type ListItem = { group: Group; folded: boolean } | { group: null; row: TraceRow };

function valueOf(row: TraceRow, by: Grouping): string | null {
  if (by === 'session') return row.summary.session_id;
  if (by === 'user') return row.summary.user_id;
  if (by === 'experiment') {
    const { experiment } = row.summary.metadata;
    return typeof experiment === 'string' ? experiment : null;
  }
  return row.summary.services[0] ?? null;
}

function tokensOf({ summary: { usage } }: TraceRow): number | null {
  return usage?.total_tokens ?? null;
}

/** The rows whose calls others tell of, too: of an agent's two accounts of a session, that with fewer tokens, as in the totals. */
function toldAgain(rows: TraceRow[]): Set<TraceRow> {
  const told = new Map<string, [TraceRow[], TraceRow[]]>();
  for (const row of rows) {
    if (!row.told_twice) continue;
    const accounts = told.get(row.told_twice.of) ?? [[], []];
    told.set(row.told_twice.of, accounts);
    accounts[row.told_twice.in_records ? 0 : 1].push(row);
  }
  const tokens = (rows: TraceRow[]): number => rows.reduce((sum, row) => sum + (tokensOf(row) ?? 0), 0);
  return new Set([...told.values()].flatMap(([records, spans]) => (records.length === 0 || spans.length === 0 ? [] : tokens(records) >= tokens(spans) ? spans : records)));
}

/** The rows in groups, in the order of each group's newest trace; folded groups show only their head. */
export function grouped(rows: TraceRow[], by: Grouping, folded: ReadonlySet<string>): ListItem[] {
  if (by === 'none') return rows.map((row) => ({ group: null, row }));
  const groups = new Map<string | null, Group>();
  const again = toldAgain(rows);
  for (const row of rows) {
    const value = valueOf(row, by);
    const group = groups.get(value) ?? { value, rows: [], errors: 0, duration_ns: 0, tokens: null, cost_usd: null, partial: false };
    groups.set(value, group);
    const { usage, cost_usd, status, duration_ns } = row.summary;
    const tokens = tokensOf(row);
    group.rows.push(row);
    group.errors += status === 'error' ? 1 : 0;
    group.duration_ns += duration_ns;
    if (again.has(row)) continue;
    if (tokens !== null) group.tokens = (group.tokens ?? 0) + tokens;
    if (cost_usd !== null) group.cost_usd = (group.cost_usd ?? 0) + cost_usd;
    group.partial ||= isCostPartial(row.summary) || (cost_usd === null && usage !== null);
  }
  return [...groups.values()].flatMap((group) => {
    const isFolded = folded.has(groupKey(group));
    const head: ListItem = { group, folded: isFolded };
    return isFolded ? [head] : [head, ...group.rows.map((row): ListItem => ({ group: null, row }))];
  });
}

/** A group's name among the keys of rows, which are trace ids. */
export function groupKey(group: Group): string {
  return group.value === null ? 'group' : `group ${group.value}`;
}

/** How many of `starts` (milliseconds) fall into each of `count` equal parts of a stretch. */
export function arrivals(starts: number[], [from, to]: [number, number], count: number): number[] {
  const parts = new Array<number>(count).fill(0);
  const span = Math.max(1, to - from);
  for (const start of starts) {
    const at = Math.max(0, Math.min(count - 1, Math.floor(((start - from) / span) * count)));
    parts[at] = (parts[at] ?? 0) + 1;
  }
  return parts;
}

/** The ids from one row to another, both within, in the order shown. */
export function between(ids: string[], from: string, to: string): string[] {
  const [a, b] = [ids.indexOf(from), ids.indexOf(to)];
  if (a < 0 || b < 0) return b < 0 ? [] : [to];
  return ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}
