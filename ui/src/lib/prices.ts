// The user's own prices: a JSON file with a list, to which entries are added and from which they are taken.
import type { Price } from '../api/types';

/** An entry as it is typed. */
export interface Draft {
  models: string;
  provider: string;
  input: string;
  output: string;
  cache_read: string;
  cache_write: string;
}

export const EMPTY: Draft = { models: '', provider: '', input: '', output: '', cache_read: '', cache_write: '' };

/** The draft that would make this price. */
export function draftOf(price: Price): Draft {
  const text = (rate: number | null) => (rate === null ? '' : String(rate));
  return {
    models: price.models.join(', '),
    provider: price.own ? (price.provider ?? '') : '',
    input: text(price.input),
    output: text(price.output),
    cache_read: text(price.cache_read),
    cache_write: text(price.cache_write),
  };
}

/** The entry of a draft. What is no number is left to the engine to refuse, which says what it must be. */
function entryOf(draft: Draft): Record<string, unknown> {
  const entry: Record<string, unknown> = { models: draft.models.split(',').map((name) => name.trim()).filter(Boolean) };
  if (draft.provider.trim()) entry['provider'] = draft.provider.trim();
  for (const key of ['input', 'output', 'cache_read', 'cache_write'] as const) {
    const typed = draft[key].trim().replace(/^\$/, '');
    if (typed) entry[key] = Number.isFinite(Number(typed)) ? Number(typed) : typed;
  }
  return entry;
}

/** The file's list; an empty file has an empty one. */
function entries(own: string): unknown[] {
  if (!own.trim()) return [];
  const file = JSON.parse(own) as { prices?: unknown };
  return Array.isArray(file.prices) ? file.prices : [];
}

function written(list: unknown[]): string {
  const lines = list.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n');
  return list.length === 0 ? '{ "prices": [] }\n' : `{\n  "prices": [\n${lines}\n  ]\n}\n`;
}

/** The file with a draft in it: in place of entry `at`, or before all others. */
export function withDraft(own: string, draft: Draft, at: number | null): string {
  const list = entries(own);
  const old = at === null ? undefined : list[at];
  // What the form does not show, such as the price of long inputs, stays.
  const above = typeof old === 'object' && old !== null && 'above' in old ? { above: old.above } : {};
  const entry = { ...entryOf(draft), ...above };
  if (at === null) list.unshift(entry);
  else list[at] = entry;
  return written(list);
}

/** The file without entry `at`. */
export function without(own: string, at: number): string {
  return written(entries(own).filter((_, index) => index !== at));
}
