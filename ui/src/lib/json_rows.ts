// A JSON value as the rows of a tree: only what is open is walked, and a long container is served in pages.
import { readJson } from './exact_json';
import { bytesOf } from './format';
import { pointerTo } from './pointer';

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

export interface JsonRow {
  /** Place in the value; the rows of an open text share the text's own. */
  pointer: string;
  depth: number;
  /** The key or index; `null` for the value itself and for lines of a text. */
  key: string | number | null;
  kind: JsonKind | 'line' | 'more';
  /** What is drawn after the key: a value, a container in brief, a line of a text, how many are not drawn. */
  text: string;
  /** Can be opened. */
  opens: boolean;
  open: boolean;
  /** Children of a container, bytes of a text. */
  size: number;
}

/** Children of a container drawn at once. */
export const PAGE = 100;
/** Characters of a text drawn in its row; more opens into lines. */
export const TEXT_LIMIT = 160;
const LINE_LIMIT = 200;
/** Rows in all: an open million is walked page by page, never at once. */
export const ROW_LIMIT = 20_000;

/** Which containers and texts are open, and how many children of each are drawn. */
export interface Opened {
  open: ReadonlySet<string>;
  pages: ReadonlyMap<string, number>;
}

/** The kind of a JSON value. */
export function kindOf(value: unknown): JsonKind {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'object' ? 'object' : type === 'bigint' ? 'number' : type === 'string' || type === 'number' || type === 'boolean' ? type : 'string';
}

/** The rows to draw; `bare` leaves out the row of the value itself while it is open. */
export function jsonRows(value: unknown, opened: Opened, bare = false): JsonRow[] {
  const rows: JsonRow[] = [];
  const walk = (value: unknown, pointer: string, key: string | number | null, depth: number): void => {
    if (rows.length >= ROW_LIMIT) return;
    const row = rowOf(value, pointer, key, depth, opened.open.has(pointer));
    rows.push(row);
    if (!row.open) return;
    if (typeof value === 'string') {
      for (const line of lines(value, LINE_LIMIT)) {
        if (rows.length >= ROW_LIMIT) return;
        rows.push({ ...row, key: null, depth: depth + 1, kind: 'line', text: line, opens: false, open: false });
      }
      return;
    }
    const entries = childrenOf(value);
    const shown = Math.min(entries.count, opened.pages.get(pointer) ?? PAGE);
    for (let i = 0; i < shown; i++) {
      const [childKey, child] = entries.at(i);
      walk(child, pointerTo(pointer, childKey), childKey, depth + 1);
    }
    if (shown < entries.count) {
      rows.push({
        pointer, depth: depth + 1, key: null, kind: 'more', opens: true, open: false, size: entries.count - shown, text: '',
      });
    }
  };
  walk(value, '', null, 0);
  if (!bare || !rows[0]?.open || rows[0].kind === 'string') return rows;
  return rows.slice(1).map((row) => ({ ...row, depth: row.depth - 1 }));
}

function rowOf(value: unknown, pointer: string, key: string | number | null, depth: number, isOpen: boolean): JsonRow {
  const kind = kindOf(value);
  const base = { pointer, depth, key, kind };
  if (kind === 'object' || kind === 'array') {
    const size = childrenOf(value).count;
    return { ...base, text: size === 0 || !isOpen ? brief(value) : '', opens: size > 0, open: isOpen && size > 0, size };
  }
  if (kind === 'string') {
    const text = String(value);
    const opens = text.length > TEXT_LIMIT || text.includes('\n');
    const shown = opens ? JSON.stringify(text.slice(0, TEXT_LIMIT)).slice(0, -1) + '…"' : JSON.stringify(text);
    return { ...base, text: isOpen && opens ? '' : shown, opens, open: isOpen && opens, size: bytesOf(text) };
  }
  return { ...base, text: String(value ?? null), opens: false, open: false, size: 0 };
}

/** How many children a value has. */
export function childCount(value: unknown): number {
  return value !== null && typeof value === 'object' ? childrenOf(value).count : 0;
}

/** The children of a container, by number. */
function childrenOf(value: unknown): { count: number; at(i: number): [string | number, unknown] } {
  if (Array.isArray(value)) return { count: value.length, at: (i) => [i, value[i]] };
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  return { count: keys.length, at: (i) => [keys[i]!, record[keys[i]!]] };
}

/** A value on one line, cut to about `limit` characters. */
export function brief(value: unknown, limit = 120): string {
  let out = '';
  const write = (value: unknown, depth: number): void => {
    if (out.length > limit) return;
    const kind = kindOf(value);
    if (kind === 'string') out += JSON.stringify(String(value).slice(0, limit));
    else if (kind === 'array') {
      out += '[';
      const items = value as unknown[];
      for (let i = 0; i < items.length && out.length <= limit; i++) {
        if (i > 0) out += ', ';
        if (depth > 3) out += '…';
        else write(items[i], depth + 1);
      }
      out += ']';
    } else if (kind === 'object') {
      out += '{';
      let first = true;
      for (const key in value as object) {
        if (out.length > limit) break;
        out += first ? ' ' : ', ';
        first = false;
        out += `${JSON.stringify(key)}: `;
        if (depth > 3) out += '…';
        else write((value as Record<string, unknown>)[key], depth + 1);
      }
      out += first ? '}' : ' }';
    } else out += String(value ?? null);
  };
  write(value, 0);
  return out.length > limit ? out.slice(0, limit) + '…' : out;
}

/** The containers that are open at first: the levels that fit in `rows` rows, outermost first. */
export function openAtFirst(value: unknown, rows: number): Set<string> {
  const open = new Set<string>();
  let level: [string, unknown][] = [['', value]];
  let drawn = 1;
  while (level.length > 0) {
    const next: [string, unknown][] = [];
    let more = 0;
    for (const [, container] of level) {
      const kind = kindOf(container);
      if (kind === 'object' || kind === 'array') more += Math.min(PAGE, childrenOf(container).count);
    }
    if (drawn + more > rows && drawn > 1) break;
    drawn += more;
    for (const [pointer, container] of level) {
      const kind = kindOf(container);
      if (kind !== 'object' && kind !== 'array') continue;
      open.add(pointer);
      const children = childrenOf(container);
      for (let i = 0; i < Math.min(PAGE, children.count); i++) {
        const [key, child] = children.at(i);
        if (child !== null && typeof child === 'object') next.push([pointerTo(pointer, key), child]);
      }
    }
    level = next;
  }
  return open;
}

/** Splits a text at its newlines, and lines at `limit` characters. */
export function lines(text: string, limit: number): string[] {
  const out: string[] = [];
  for (const line of text.split('\n')) {
    if (line.length <= limit) out.push(line);
    else for (let from = 0; from < line.length; from += limit) out.push(line.slice(from, from + limit));
  }
  return out;
}

/** Says whether a text begins as a JSON object or array does. */
export function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

/** Reads a text as a JSON object or array; `null` = it is not one. */
export function asJson(text: string): object | null {
  if (!looksLikeJson(text)) return null;
  try {
    const value = readJson(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** The value at a pointer. */
export function valueAt(value: unknown, keys: string[]): unknown {
  for (const key of keys) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
