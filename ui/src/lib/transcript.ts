// What the rows of a transcript say to those who draw them and walk through them.
import type { Answer, TranscriptRow as Row } from '../api/types';
import { messageText, valueText } from './message';

export type { Answer };
export type TranscriptRow = Row;
export type CallRow = Extract<Row, { row: 'call' }>;
export type ScopeRow = Extract<Row, { row: 'scope' }>;
export type StepRow = Extract<Row, { row: 'step' }>;

/** Sorts the cut texts of a window by its rows; their pointers then lead into the row. */
export function cutByRow(cut: Record<string, number>): Map<number, Record<string, number>> {
  const rows = new Map<number, Record<string, number>>();
  for (const [pointer, bytes] of Object.entries(cut)) {
    const [, index, rest] = /^\/rows\/(\d+)(\/.*)$/.exec(pointer) ?? [];
    if (index === undefined || rest === undefined) continue;
    const row = rows.get(Number(index)) ?? {};
    row[rest] = bytes;
    rows.set(Number(index), row);
  }
  return rows;
}

/** How wide the column of who speaks is, in pixels: in nested agents little is left of the name. */
export function gutter(depth: number): number {
  return depth === 0 ? 88 : depth === 1 ? 82 : 28;
}

/** Whether someone speaks in a row. */
export function isTurn({ row }: TranscriptRow): boolean {
  return row === 'message' || row === 'frame' || row === 'error' || row === 'step';
}

/** The first span that executed a tool call of the row. */
export function executedIn(row: TranscriptRow | undefined): string | null {
  if (row?.row !== 'message') return null;
  for (const part of row.message.parts) if (part.show === 'call' && part.call.executed_by) return part.call.executed_by;
  return null;
}

/** What a row is, in a few words, for who does not see it. */
export function rowLabel(row: TranscriptRow): string {
  switch (row.row) {
    case 'scope':
      return `${row.kind}: ${row.name}`;
    case 'call':
      return `call ${row.number} of ${row.of}`;
    case 'frame':
    case 'message':
      return `message of the ${row.message.role}`;
    case 'tools':
      return 'tools offered';
    case 'history':
      return 'earlier messages';
    case 'value':
      return row.title;
    case 'step':
      return `${row.kind}: ${row.name}${row.alike > 1 ? `, ${row.alike} alike` : ''}`;
    case 'error':
      return 'error';
    case 'missing':
      return 'text not captured';
    case 'cut':
      return 'cut short by the sender';
    case 'silent':
      return 'no answer';
  }
}

/** What a row says, as text. */
export function rowText(row: TranscriptRow): string {
  switch (row.row) {
    case 'scope':
      return row.name;
    case 'call':
      return row.model ? `${row.name} ${row.model}` : row.name;
    case 'frame':
    case 'message':
      return messageText(row.message.parts);
    case 'tools':
      return valueText(row.tools);
    case 'value':
      return valueText(row.value);
    case 'step':
      return [row.name, row.input, row.output].filter((value) => value !== null).map(valueText).join('\n');
    case 'error':
      return [row.error.type, row.error.message, row.error.stacktrace].filter(Boolean).join('\n');
    default:
      return '';
  }
}
