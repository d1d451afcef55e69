// The columns of the ledger and the arithmetic behind each of its numbers.
import type { Ledger, LedgerRow, Usage } from '../api/types';

export type Column = 'input' | 'cached' | 'written' | 'output' | 'reasoning' | 'total' | 'cost';

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
export function totalOf(ledger: Ledger, column: Column): number | null {
  return column === 'cost' ? ledger.cost_usd : amount(ledger.total, column);
}

/** The columns in which anybody reported anything; input, output and total always. */
export function columnsOf(ledger: Ledger): ColumnHead[] {
  return COLUMNS.filter(
    ({ id }) => id === 'input' || id === 'output' || id === 'total' || id === 'cost' || ledger.rows.some((row) => reported(row, id) !== null),
  );
}

/** Why a number is not a number: nobody told, or there is nothing to tell. */
export function absence(row: LedgerRow, column: Column): 'unknown' | 'none' {
  const head = COLUMNS.find(({ id }) => id === column);
  if (column === 'cost') return row.cost_missing || row.counted === 'not_reported' ? 'unknown' : 'none';
  return head?.within === null && row.counted !== 'repeats_children' ? 'unknown' : 'none';
}

/** Where a number of a row was read from. */
export function sourceOf(row: LedgerRow, column: Column): string | null {
  return column === 'cost' ? row.cost_source : row.source;
}

/** A line of a sum: one call, or several of one name that told the same number. */
export interface Addend {
  /** The first of them. */
  span_id: string;
  name: string;
  /** Their numbers in the table. */
  numbers: number[];
  value: number;
  times: number;
}

/** A number taken apart. */
export interface Arithmetic {
  /** What is added, in the table's order. */
  addends: Addend[];
  sum: number | null;
  /** Rows that would be added and told no number. */
  silent: LedgerRow[];
  /** Rows that told a number that is not added. */
  leftOut: LedgerRow[];
}

/** Takes the total of a column apart. */
export function arithmetic(ledger: Ledger, column: Column): Arithmetic {
  const numbers = callNumbers(ledger);
  const addends = new Map<string, Addend>();
  const silent: LedgerRow[] = [];
  const leftOut: LedgerRow[] = [];
  // Ancestors of the row at hand whose number is in the sum: what is below them is in it too.
  const above: LedgerRow[] = [];
  for (const row of ledger.rows) {
    while (above.length > 0 && above[above.length - 1]!.depth >= row.depth) above.pop();
    const value = counted(row, column);
    const inside = above.length > 0;
    if (value !== null) above.push(row);
    if (value !== null) {
      const number = numbers.get(row.span_id);
      const same = addends.get(`${value} ${row.name}`);
      if (same) same.times += 1;
      else addends.set(`${value} ${row.name}`, { span_id: row.span_id, name: row.name, numbers: [], value, times: 1 });
      if (number !== undefined) addends.get(`${value} ${row.name}`)?.numbers.push(number);
    } else if (reported(row, column) !== null) leftOut.push(row);
    else if (column === 'cost' ? row.cost_missing : !inside && numbers.has(row.span_id)) silent.push(row);
  }
  return { addends: [...addends.values()], sum: totalOf(ledger, column), silent, leftOut };
}

/** Numbers as a person lists them: `1–3, 5`. */
export function spans(numbers: number[]): string {
  const out: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let j = i;
    while (j + 1 < numbers.length && numbers[j + 1] === numbers[j]! + 1) j++;
    out.push(j > i + 1 ? `${numbers[i]}–${numbers[j]}` : numbers.slice(i, j + 1).join(', '));
    i = j + 1;
  }
  return out.length > 8 ? `${out.slice(0, 8).join(', ')}, …` : out.join(', ');
}

/** Numbers the calls from 1 in order of time: rows that count, or told nothing, and have no row below them. */
export function callNumbers(ledger: Ledger): Map<string, number> {
  const calls = ledger.rows.filter((row, i) => (row.counted === 'counted' || row.counted === 'not_reported') && (ledger.rows[i + 1]?.depth ?? 0) <= row.depth);
  calls.sort((a, b) => a.start_ns - b.start_ns);
  return new Map(calls.map((row, i) => [row.span_id, i + 1]));
}
