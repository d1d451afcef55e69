// The columns of the ledger and the arithmetic behind each of its numbers.
import type { Column, LedgerRow, LedgerWindow, Usage } from '../api/types';
import { isVectors } from './kind';

export type { Column };

export interface ColumnHead {
  id: Column;
  title: string;
  /** What the column's tokens are part of. */
  within: 'input' | 'output' | null;
}

export const COLUMNS: ColumnHead[] = [
  { id: 'input', title: 'input', within: null },
  { id: 'cached', title: 'cached', within: 'input' },
  { id: 'written', title: 'written', within: 'input' },
  { id: 'output', title: 'output', within: null },
  { id: 'reasoning', title: 'reasoning', within: 'output' },
  { id: 'total', title: 'total', within: null },
  { id: 'cost', title: 'cost', within: null },
];

const FIELDS: Record<Exclude<Column, 'cost'>, keyof Usage> = {
  input: 'input_tokens',
  cached: 'cache_read_tokens',
  written: 'cache_write_tokens',
  output: 'output_tokens',
  reasoning: 'reasoning_tokens',
  total: 'total_tokens',
};

/** A number of a usage; `null` = not reported. */
export function amount(usage: Usage | null, column: Exclude<Column, 'cost'>): number | null {
  return usage?.[FIELDS[column]] ?? null;
}

/** What a row reported in a column. */
export function reported(row: LedgerRow, column: Column): number | null {
  return column === 'cost' ? row.cost_usd : amount(row.usage, column);
}

/** What of it is in the total. */
export function counted(row: LedgerRow, column: Column): number | null {
  if (column === 'cost') return row.cost_added;
  return amount(row.added, column);
}

/** The number under a column. */
export function totalOf(ledger: LedgerWindow, column: Column): number | null {
  return column === 'cost' ? ledger.cost_usd : amount(ledger.total, column);
}

/** The columns in which anybody reported anything; input, output, total and cost always. */
export function columnsOf(ledger: LedgerWindow): ColumnHead[] {
  return COLUMNS.filter(({ id }) => ledger.columns.includes(id));
}

/** Why a number is not a number: nobody told, or there is nothing to tell. */
export function absence(row: LedgerRow, column: Column): 'unknown' | 'none' {
  const head = COLUMNS.find(({ id }) => id === column);
  if (column === 'cost') return row.cost_missing ? 'unknown' : 'none';
  // A call that failed, or of which a span above tells: what it cost would be missing else.
  if (row.counted === 'not_reported' && row.cost_usd === null && !row.cost_missing) return 'none';
  if (column === 'output' && isVectors(row.kind, reported(row, 'output'))) return 'none';
  return head?.within === null && row.counted !== 'repeats_children' ? 'unknown' : 'none';
}

/** Where a number of a row was read from. */
export function sourceOf(row: LedgerRow, column: Column): string | null {
  return column === 'cost' ? row.cost_source : row.source;
}

/** Stretches of numbers as a person lists them: `1–3, 5`. */
export function stretches(numbers: [number, number][]): string {
  const words = numbers.map(([from, to]) => (to > from + 1 ? `${from}–${to}` : to > from ? `${from}, ${to}` : `${from}`));
  return words.length > 8 ? `${words.slice(0, 8).join(', ')}, …` : words.join(', ');
}
