/**
 * An exported page carries its traces instead of an engine: the answers by path, as the engine would give them, and the traces as
 * OTLP JSON lines. The page's own start (`share/page.js`) puts them where they are found here.
 */
import { readAnswer, writeJson } from '../lib/exact_json';
import { rowText } from '../lib/transcript';
import type { Bounded, Found, LedgerChart, LedgerWindow, Timeline, TimelineQuery, TimelineRow, ToolsRow, ToolsWindow, TranscriptRow, TranscriptWindow } from './types';

interface Carried {
  /** By path, as JSON. */
  answers: string;
  otlp(): Promise<string>;
}

interface OtlpGroup {
  resource?: unknown;
  scopeSpans?: { spans?: { traceId?: string; spanId?: string }[] }[];
  scopeLogs?: { logRecords?: { traceId?: string }[] }[];
}

const carried = (globalThis as { spanglassPage?: Carried }).spanglassPage ?? null;
let answers: Record<string, unknown> | undefined;

/** Whether the page carries its traces: nothing arrives, and nothing can be changed. */
export const isCarried = carried !== null;

/** Answers as the engine does; null when the page carries nothing and an engine has to be asked. */
export function carriedAnswer(address: string, method: string, body: unknown): Promise<Response> | null {
  return carried && answer(carried, address, method, body);
}

async function answer(page: Carried, address: string, method: string, body: unknown): Promise<Response> {
  answers ??= readAnswer(page.answers) as Record<string, unknown>;
  const path = address.split('?')[0]!;
  if (path.endsWith('/timeline')) {
    const whole = answers[path] as Timeline | undefined;
    return whole ? json(windowOf(whole, JSON.parse(String(body)) as TimelineQuery)) : missing();
  }
  if (method !== 'GET') return json({ code: 'bad_request', message: 'An exported page cannot be changed.' }, { status: 400 });
  const [, traceId, rest] = /^api\/traces\/(\w+)\/(.+)$/.exec(path) ?? [];
  if (traceId && rest === 'export') return new Response(linesOf(await page.otlp(), traceId));
  const span = /^spans\/(\w+)\/otlp$/.exec(rest ?? '')?.[1];
  if (traceId && span) {
    const text = spanOf(await page.otlp(), traceId, span);
    return text === null ? missing('this span was not received: it is made of log records') : new Response(text);
  }
  if (traceId && rest === 'next-failure') {
    const whole = answers[`api/traces/${traceId}/timeline`] as Timeline | undefined;
    return json(whole ? nextFailure(whole.rows, new URLSearchParams(address.split('?')[1]).get('after')) : null);
  }
  if (traceId && rest?.startsWith('conversation')) {
    const whole = answers[`api/traces/${traceId}/conversation`] as Bounded<TranscriptWindow> | undefined;
    if (!whole) return missing();
    const asked = new URLSearchParams(address.split('?')[1]);
    return json(rest === 'conversation/find' ? foundIn(whole.value, asked.get('text') ?? '') : { ...whole, value: transcriptWindow(whole.value, asked) });
  }
  const found = answers[path];
  if (traceId && found !== undefined) {
    const asked = new URLSearchParams(address.split('?')[1]);
    if (rest === 'tools') return json({ ...(found as Bounded<ToolsWindow>), value: toolsWindow((found as Bounded<ToolsWindow>).value, asked) });
    if (rest === 'ledger') return json(rowsOf(found as LedgerWindow, asked));
    if (rest === 'ledger/sum') return json((found as Record<string, unknown>)[asked.get('column') ?? '']);
    if (rest === 'ledger/chart') return json(chartOf(found as LedgerChart[], asked));
  }
  return found === undefined ? missing() : json(found);
}

function json(value: unknown, init?: ResponseInit): Response {
  return new Response(writeJson(value), init);
}

function missing(message = 'The page does not carry this.'): Response {
  return json({ code: 'not_found', message }, { status: 404 });
}

/** The next failed span that the engine would answer with: where a failure began, then what failed with it, round to the first. */
export function nextFailure(rows: TimelineRow[], after: string | null): string | null {
  const last = (row: TimelineRow) => row.row + row.descendants;
  const before = (one: TimelineRow, other: TimelineRow) => last(one) - last(other) || other.row - one.row;
  const failed = rows.filter((row) => row.status === 'error').sort(before);
  const at = rows.find((row) => row.span_id === after);
  const next = at && failed.find((row) => (at.status === 'error' ? before(row, at) > 0 : last(row) >= at.row));
  return (next ?? failed[0])?.span_id ?? null;
}

/** Siblings that are alike as the row that the engine would show for them: the first of them in place of all. */
function asOne(run: TimelineRow[]): TimelineRow {
  const [first] = run as [TimelineRow];
  const sum = (of: (row: TimelineRow) => number | null) => run.reduce<number | null>((all, row) => (of(row) === null ? all : (all ?? 0) + of(row)!), null);
  return {
    ...first,
    children: run.length - 1,
    descendants: run.length - 1,
    expanded: false,
    duration_ns: Math.max(...run.map((row) => row.start_ns + row.duration_ns)) - first.start_ns,
    self_ns: sum((row) => row.self_ns) ?? 0,
    first_chunk_ns: null,
    critical: run.flatMap((row) => row.critical),
    input_tokens: sum((row) => row.input_tokens),
    output_tokens: sum((row) => row.output_tokens),
  };
}

/** All rows with siblings that are alike as one, or, where the first of them is opened, the others below it. */
function folded(rows: TimelineRow[], asked: TimelineQuery): TimelineRow[] {
  if (!asked.alike) return rows.map((row) => (row.alike > 0 ? { ...row, alike: 0 } : row));
  const made: TimelineRow[] = [];
  for (let at = 0; at < rows.length; at += Math.max(1, rows[at]!.alike)) {
    const first = rows[at]!;
    if (first.alike === 0) {
      made.push(first);
      continue;
    }
    const run = rows.slice(at, at + first.alike);
    const open = asked.expanded.includes(first.span_id) || run.some((row, i) => i > 0 && row.span_id === asked.reveal);
    const others = run.slice(1).map((row, i) => ({ ...row, parent_span_id: first.span_id, depth: row.depth + 1, position: i + 1, siblings: run.length - 1 }));
    made.push(...(open ? [{ ...first, children: others.length, descendants: others.length, expanded: true }, ...others] : [asOne(run)]));
  }
  return made;
}

/** The window of rows that the engine would answer with; `carried` has all rows, all shown. */
export function windowOf(carried: Timeline, asked: TimelineQuery): Timeline {
  const whole = { ...carried, rows: folded(carried.rows, asked) };
  const [collapsed, expanded, revealed] = [new Set(asked.collapsed), new Set(asked.expanded), new Set<string>()];
  const target = whole.rows.findIndex((row) => row.span_id === asked.reveal);
  if (target >= 0) for (const row of above(whole.rows, target)) revealed.add(row.span_id);
  const isExpanded = (row: TimelineRow) => {
    if (row.alike > 0) return row.expanded;
    const open = row.depth < (asked.max_depth ?? Infinity) || expanded.has(row.span_id);
    return row.descendants > 0 && ((open && !collapsed.has(row.span_id)) || revealed.has(row.span_id));
  };
  const shown: TimelineRow[] = [];
  let hidden = Infinity;
  for (const row of whole.rows) {
    if (row.depth > hidden) continue;
    const open = isExpanded(row);
    hidden = open ? Infinity : row.depth;
    shown.push({ ...row, row: shown.length, expanded: open });
  }
  const revealedRow = shown.findIndex((row) => row.span_id === asked.reveal);
  const last = Math.max(0, shown.length - asked.rows);
  const from = revealedRow >= 0 ? Math.min(Math.max(0, revealedRow - Math.floor(asked.rows / 2)), last) : Math.min(asked.from, shown.length);
  return { ...whole, rows_total: shown.length, rows: shown.slice(from, from + asked.rows), ancestors: from < shown.length ? above(shown, from) : [] };
}

/** The rows above one in the tree, the outermost first. */
function above(rows: TimelineRow[], at: number): TimelineRow[] {
  const found: TimelineRow[] = [];
  let depth = rows[at]!.depth;
  for (let i = at - 1; i >= 0 && depth > 0; i -= 1) {
    if (rows[i]!.depth >= depth) continue;
    depth = rows[i]!.depth;
    found.unshift(rows[i]!);
  }
  return found;
}

/** The window of a transcript that the engine would answer with. */
export function transcriptWindow(whole: TranscriptWindow, asked: URLSearchParams): TranscriptWindow {
  const count = Math.max(1, Number(asked.get('rows') ?? 200));
  const name = asked.get('around');
  const runs = (row: TranscriptRow) => row.row === 'message' && row.message.parts.some((part) => part.show === 'call' && part.call.executed_by === name);
  const ways: ((row: TranscriptRow) => boolean)[] = [(row) => row.key === name, (row) => row.span_id === name, runs];
  const place = name === null ? -1 : ways.reduce((at, way) => (at >= 0 ? at : whole.rows.findIndex(way)), -1);
  const last = Math.max(0, whole.rows.length - count);
  const from = place >= 0 ? Math.min(Math.max(0, place - Math.floor(count / 2)), last) : Math.min(Number(asked.get('from') ?? 0), whole.rows.length);
  return { ...whole, from, rows: whole.rows.slice(from, from + count), found: place >= 0 ? place : null };
}

/** The window of tools that the engine would answer with. */
export function toolsWindow(whole: ToolsWindow, asked: URLSearchParams): ToolsWindow {
  const [name, count] = [asked.get('around'), Number(asked.get('rows') ?? 200)];
  const ways: ((row: ToolsRow) => boolean)[] = [(row) => row.key === name, (row) => row.row === 'call' && row.call.executed_by === name, (row) => row.row === 'tool' && row.tool.name === name];
  const place = name === null ? -1 : ways.reduce((at, way) => (at >= 0 ? at : whole.rows.findIndex(way)), -1);
  if (place >= 0) asked.set('from', String(Math.max(0, place - Math.floor(count / 2))));
  return { ...rowsOf(whole, asked), found: place >= 0 ? place : null };
}

/** The rows of an answer that the engine would answer with. */
function rowsOf<T extends { from: number; rows: unknown[] }>(whole: T, asked: URLSearchParams): T {
  const from = Math.min(Number(asked.get('from') ?? 0), whole.rows.length);
  return { ...whole, from, rows: whole.rows.slice(from, from + Number(asked.get('rows') ?? 200)) };
}

/** The chart of the agent that the engine would answer with; the first of all has what is the same in each. */
export function chartOf(charts: LedgerChart[], asked: URLSearchParams): LedgerChart {
  const first = charts[0]!;
  const [agent, span] = [asked.get('agent'), asked.get('span')];
  const made = (chart: LedgerChart) => chart.context?.calls.some((call) => call.span_id === span) ?? false;
  const of = (agent === null ? charts.find(made) : charts[Number(agent)]) ?? first;
  return { ...of, bars: first.bars, agents: first.agents };
}

/** The rows in whose texts words stand. */
function foundIn(whole: TranscriptWindow, text: string): Found {
  const words = text.toLowerCase();
  const rows = words === '' ? [] : whole.rows.flatMap((row, at) => (rowText(row).toLowerCase().includes(words) ? [at] : []));
  return { version: whole.version, rows, more: false };
}

function groupsOf(line: string): OtlpGroup[] {
  const request = JSON.parse(line) as { resourceSpans?: OtlpGroup[]; resourceLogs?: OtlpGroup[] };
  return [...(request.resourceSpans ?? []), ...(request.resourceLogs ?? [])];
}

/** The lines of one trace: a line holds no two. */
function linesOf(otlp: string, traceId: string): string {
  const lines = otlp.split('\n').filter((line) => line !== '');
  const isOf = (line: string) =>
    groupsOf(line).some((group) => (group.scopeSpans ?? []).some((scope) => scope.spans?.[0]?.traceId === traceId) || (group.scopeLogs ?? []).some((scope) => scope.logRecords?.[0]?.traceId === traceId));
  return lines.filter(isOf).map((line) => `${line}\n`).join('');
}

/** A span with its resource and scope, as OTLP JSON. */
function spanOf(otlp: string, traceId: string, spanId: string): string | null {
  for (const line of otlp.split('\n')) {
    if (!line.includes(spanId)) continue;
    for (const group of groupsOf(line)) {
      for (const scope of group.scopeSpans ?? []) {
        const span = scope.spans?.find((each) => each.spanId === spanId && each.traceId === traceId);
        if (span) return JSON.stringify({ resourceSpans: [{ ...group, scopeSpans: [{ ...scope, spans: [span] }] }] });
      }
    }
  }
  return null;
}
