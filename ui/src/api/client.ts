/**
 * The only file that knows an address of the API. Addresses are relative, so the page works on the window's own scheme
 * and on loopback alike. Request bodies are strings or `ArrayBuffer`s: a `Blob` on a custom scheme kills WebKitGTK.
 */
import { carriedAnswer } from './carried';
import { unpack, type DrawnTimeline } from './packed';
import type {
  ApiError,
  Bounded,
  Changes,
  Compare,
  Completions,
  Created,
  Deleted,
  ExportPreview,
  ExportProgress,
  ExportRequest,
  Found,
  JsonTree,
  KeepPrices,
  Column,
  LedgerChart,
  LedgerSum,
  ReadSoFar,
  LedgerWindow,
  Metrics,
  PriceTable,
  Settings,
  SettingsNow,
  InspectedSpan,
  Status,
  StreamRow,
  StreamView,
  Timeline,
  TimelineQuery,
  ToolsWindow,
  TraceHead,
  TraceList,
  TextLines,
  TotalsBy,
  TotalsNow,
  TotalsOrder,
  TranscriptWindow,
} from './types';
import { readAnswer } from '../lib/exact_json';
import { keep, known } from './token';
import type { Definition } from '../lib/tools';
import type { Texts } from '../lib/texts';
import { cutByRow } from '../lib/transcript';

/** A request that was answered with an error, or not answered (`code` `unreachable`). */
export class RequestFailed extends Error {
  constructor(
    /** `not_found`, `bad_request`, `forbidden`, `unavailable`, `internal` or `unreachable`. */
    readonly code: string,
    message: string,
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** Where in a filter it is, in characters. */
    readonly place: [number, number] | null = null,
  ) {
    super(message);
    this.name = 'RequestFailed';
  }
}

/** Whether `error` only says that the caller lost interest. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** What went wrong, in a sentence. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Call {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: string | ArrayBuffer;
  accept?: string;
  signal?: AbortSignal | undefined;
}

async function send(path: string, call: Call): Promise<Response> {
  const init: RequestInit = { method: call.method ?? 'GET', headers: known() };
  if (call.signal) init.signal = call.signal;
  if (call.accept) init.headers = { ...init.headers, accept: call.accept };
  if (call.body !== undefined) {
    init.body = call.body;
    init.headers = { ...init.headers, 'content-type': typeof call.body === 'string' ? 'application/json' : 'application/octet-stream' };
  }
  let response: Response;
  try {
    response = await (carriedAnswer(path, init.method ?? 'GET', call.body) ?? fetch(path, init));
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new RequestFailed('unreachable', 'Spanglass does not answer.', 0);
  }
  if (!response.ok) throw await failure(response);
  keep();
  return response;
}

async function failure(response: Response): Promise<RequestFailed> {
  try {
    const error = (await response.json()) as ApiError;
    return new RequestFailed(error.code, error.message, response.status, error.place ?? null);
  } catch {
    return new RequestFailed('internal', `The answer was ${response.status} ${response.statusText}.`, response.status);
  }
}

async function json<T>(path: string, call: Call = {}): Promise<T> {
  return (await (await send(path, call)).json()) as T;
}

/** An answer with values of senders in it, whose numbers stay as they were sent. */
async function told<T>(path: string, call: Call = {}): Promise<T> {
  return readAnswer(await (await send(path, call)).text()) as T;
}

function query(parameters: Record<string, string | number | null | undefined>): string {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') pairs.set(key, String(value));
  }
  const text = pairs.toString();
  return text ? `?${text}` : '';
}

const trace = (id: string) => `api/traces/${encodeURIComponent(id)}`;

export function getStatus(signal?: AbortSignal): Promise<Status> {
  return json('api/status', { signal });
}

/** Answers at once when something changed after `since`, else after `wait_ms`. */
export function getChanges(since: number, wait_ms: number, signal?: AbortSignal): Promise<Changes> {
  return json(`api/changes${query({ since, wait_ms })}`, { signal });
}

export interface ListQuery {
  limit: number;
  /** The cursor `next` of the page before. */
  before?: string | null;
  filter?: string;
  /** How many places of the filter's texts are told of each trace; left out = one. */
  hits?: number;
}

export function getTraces(list: ListQuery, signal?: AbortSignal): Promise<TraceList> {
  return json(`api/traces${query({ limit: list.limit, before: list.before, filter: list.filter, hits: list.hits })}`, { signal });
}

export interface TotalsQuery {
  by: TotalsBy;
  /** Undefined = what is wanted of them when nobody says. */
  order?: TotalsOrder;
  /** How many rows, at most 1,000. */
  limit: number;
  filter: string;
}

/** What the traces that a filter lets through took. Takes time in proportion to their number. */
export function getTotals({ by, order, limit, filter }: TotalsQuery, signal?: AbortSignal): Promise<TotalsNow> {
  return json(`api/totals${query({ by, order, limit, filter })}`, { signal });
}

/** Offers how to go on writing a filter at a place in it, in characters. */
export function getCompletions(filter: string, at: number, signal?: AbortSignal): Promise<Completions> {
  return json(`api/filter/completions${query({ filter, at })}`, { signal });
}

export function getTrace(id: string, signal?: AbortSignal): Promise<TraceHead> {
  return told(trace(id), { signal });
}

export function deleteTrace(id: string): Promise<Response> {
  return send(trace(id), { method: 'DELETE' });
}

/** Deletes traces; those that are not there are left out. */
export function deleteTraces(trace_ids: string[]): Promise<Deleted> {
  return json('api/delete', { method: 'POST', body: JSON.stringify({ trace_ids }) });
}

/** Two traces side by side. */
export function getCompare(a: string, b: string, signal?: AbortSignal): Promise<Compare> {
  return told(`api/compare/${encodeURIComponent(a)}/${encodeURIComponent(b)}`, { signal });
}

/** The longest a span waits for the view beside it, in milliseconds. */
const WAITS_MS = 150;
let ofView: Promise<unknown> | null = null;

/** What the view in the middle draws: the span beside it is asked for after it. */
function first<T>(asked: Promise<T>): Promise<T> {
  const done: Promise<void> = asked.then(
    () => {},
    () => {},
  ).then(() => void (ofView === done && (ofView = null)));
  ofView = done;
  return asked;
}

const PACKED = 'application/octet-stream';

/** A window of rows; packed where an engine answers, and without what is hidden below folded rows where a page does. */
export function getTimeline(id: string, rows: TimelineQuery, signal?: AbortSignal): Promise<DrawnTimeline> {
  return first(timeline(id, rows, signal));
}

async function timeline(id: string, rows: TimelineQuery, signal?: AbortSignal): Promise<DrawnTimeline> {
  const response = await send(`${trace(id)}/timeline`, { method: 'POST', body: JSON.stringify(rows), accept: PACKED, signal });
  if (response.headers.get('content-type') === PACKED) return unpack(await response.arrayBuffer());
  const whole = (await response.json()) as Timeline;
  const drawn = (row: Timeline['rows'][number]) => ({ ...row, buckets: [] });
  return { ...whole, rows: whole.rows.map(drawn), ancestors: whole.ancestors.map(drawn) };
}

/** The next failed span, where a failure began before what failed with it, round to the first; null when none failed. */
export function getNextFailure(id: string, after: string | null, signal?: AbortSignal): Promise<string | null> {
  return json(`${trace(id)}/next-failure${query({ after })}`, { signal });
}

/** The last trace of the same name that began before this one and went well; null when there is none. */
export function getGoodBefore(id: string, signal?: AbortSignal): Promise<string | null> {
  return json(`${trace(id)}/good-before`, { signal });
}

/** The address of an answer in which long texts are cut; pass it to [`textsAt`]. */
export type Address = string & { readonly address: unique symbol };

const conversation = (id: string) => `${trace(id)}/conversation` as Address;
const tools = (id: string) => `${trace(id)}/tools` as Address;
export const spanAddress = (id: string, span: string) => `${trace(id)}/spans/${encodeURIComponent(span)}` as Address;

/** Some rows of a transcript: from a place on, or around the row that is named by its key or its span. */
export function getConversation(id: string, rows: { from: number; rows: number; around: string | null }, signal?: AbortSignal): Promise<Bounded<TranscriptWindow>> {
  return first(told(`${conversation(id)}${query(rows)}`, { signal }));
}

/** The rows of a transcript in which words stand, in whatever case. */
export function findInConversation(id: string, text: string, signal?: AbortSignal): Promise<Found> {
  return json(`${conversation(id)}/find${query({ text })}`, { signal });
}

/** The long texts of a row of a transcript; pointers lead into the row. */
export function rowTexts(id: string, row: string, cut: Record<string, number>): Texts {
  return textsAt(conversation(id), cut, row);
}

export function getStreams(id: string, signal?: AbortSignal): Promise<StreamRow[]> {
  return json(`${trace(id)}/streams`, { signal });
}

export function getStream(id: string, span: string, signal?: AbortSignal): Promise<StreamView> {
  return json(`${trace(id)}/streams/${encodeURIComponent(span)}`, { signal });
}

/** Some rows of the tools of a trace and their calls: from a place on, or around the one that is named by its key, its span or its tool. */
export function getTools(id: string, rows: { from: number; rows: number; around: string | null }, signal?: AbortSignal): Promise<Bounded<ToolsWindow>> {
  return first(told(`${tools(id)}${query(rows)}`, { signal }));
}

/** What the models of a trace were told of a tool; null when nobody named it. */
export async function getDefinition(id: string, tool: string): Promise<Definition | null> {
  const { value, cut } = await getTools(id, { from: 0, rows: 1, around: `tool ${tool}` });
  const [row] = value.rows;
  return value.found !== null && row?.row === 'tool' ? { tool: row.tool, at: '/tool', texts: toolTexts(id, row.key, cutByRow(cut).get(0) ?? {}) } : null;
}

/** The long texts of a row of tools; pointers lead into the row. */
export function toolTexts(id: string, row: string, cut: Record<string, number>): Texts {
  return textsAt(tools(id), cut, row);
}

/** Some rows of a ledger, with the totals of all. */
export function getLedger(id: string, rows: { from: number; rows: number }, signal?: AbortSignal): Promise<LedgerWindow> {
  return first(json(`${trace(id)}/ledger${query(rows)}`, { signal }));
}

/** How far the reading of a trace is; null when it is not being read. */
export function getReading(id: string, signal?: AbortSignal): Promise<ReadSoFar | null> {
  return json(`${trace(id)}/reading`, { signal });
}

/** Has made of a trace what its views of all that was said are answered from, so that they come at once. */
export async function readAhead(id: string, signal: AbortSignal): Promise<void> {
  for (const view of [tools(id), conversation(id), `${trace(id)}/ledger`]) await json(`${view}${query({ rows: 0 })}`, { signal });
}

/** The total of a column of the ledger, taken apart. */
export function getLedgerSum(id: string, column: Column, signal?: AbortSignal): Promise<LedgerSum> {
  return json(`${trace(id)}/ledger/sum${query({ column })}`, { signal });
}

/** The bars of a ledger, and the contexts of an agent: of this place, else the one that made the call of this span. */
export function getLedgerChart(id: string, of: { agent: number | null; span: string | null }, signal?: AbortSignal): Promise<LedgerChart> {
  return json(`${trace(id)}/ledger/chart${query(of)}`, { signal });
}

/** A span with all that was said in it: of thousands of messages it must not hold up the rows that are looked at. */
export async function getSpan(id: string, span: string, signal?: AbortSignal): Promise<Bounded<InspectedSpan>> {
  const after = (ms: number) => new Promise((done) => setTimeout(done, ms));
  // A view that is made in the same go asks a moment later.
  await after(0);
  if (ofView) await Promise.race([ofView, after(WAITS_MS)]);
  signal?.throwIfAborted();
  return told(spanAddress(id, span), { signal });
}

/** The span as OTLP JSON text. */
export async function getSpanOtlp(id: string, span: string, signal?: AbortSignal): Promise<string> {
  return (await send(`${spanAddress(id, span)}/otlp`, { signal })).text();
}

/** The texts that stand cut in the answer at `address`, and the way to the whole of them. */
export function textsAt(address: Address, cut: Record<string, number>, row: string | null = null): Texts {
  return {
    cut,
    load: async (pointer) => (await send(`${address}/text${query({ row, pointer })}`, {})).text(),
    lines: (pointer, line, lines, signal) => json<TextLines>(`${address}/text${query({ row, pointer, line, lines })}`, { signal }),
    tree: (pointer, asked, signal) => json<JsonTree | null>(`${address}/json`, { method: 'POST', body: JSON.stringify({ ...asked, row, pointer }), signal }),
  };
}

/** The trace as OTLP JSON lines. */
export async function getExport(id: string, signal?: AbortSignal): Promise<string> {
  return (await send(`${trace(id)}/export`, { signal })).text();
}

/** The trace as a page that opens without Spanglass, as Markdown, or in the Trace Event Format of Perfetto and Chrome. */
export async function getExportAs(id: string, format: 'html' | 'markdown' | 'chrome', signal?: AbortSignal): Promise<string> {
  return (await send(`${trace(id)}/export?format=${format}`, { signal })).text();
}

/** Traces as one file, which a browser keeps on disk when it is large. */
export async function exportTraces(request: ExportRequest, signal?: AbortSignal): Promise<Blob> {
  return (await send('api/export', { method: 'POST', body: JSON.stringify(request), signal })).blob();
}

/** What an export would hold, and what would be taken out of it. */
export function previewExport(request: ExportRequest, signal?: AbortSignal): Promise<ExportPreview> {
  return json('api/export/preview', { method: 'POST', body: JSON.stringify(request), signal });
}

/** How far the export of this name is. */
export function exportProgress(name: string): Promise<ExportProgress | null> {
  return json(`api/export/${name}`);
}

/** Stops the export of this name. */
export async function stopExport(name: string): Promise<void> {
  await send(`api/export/${name}`, { method: 'DELETE' });
}

/** Stops the reading of an opened file. */
export async function stopOpened(id: number): Promise<void> {
  await send(`api/opened/${id}`, { method: 'DELETE' });
}

/** What a trace or a span is copied as. */
export type CopyForm = 'text' | 'model' | 'curl' | 'python';

/** A trace, or one span of it with what is below it, as text to be pasted elsewhere. */
export async function getCopy(id: string, form: CopyForm, span: string | null, signal?: AbortSignal): Promise<string> {
  return (await send(`${trace(id)}/copy${query({ as: form, span })}`, { signal })).text();
}

/** All metric series with their points from `from_s` (seconds since 1970) on. */
export function getMetrics(from_s: number, signal?: AbortSignal): Promise<Metrics> {
  return json(`api/metrics?from=${from_s}`, { signal });
}

export function getSettings(): Promise<SettingsNow> {
  return json('api/settings');
}

/** Keeps what the program does from its next start on. */
export function keepSettings(settings: Settings): Promise<SettingsNow> {
  return json('api/settings', { method: 'POST', body: JSON.stringify(settings) });
}

export function getPrices(signal?: AbortSignal): Promise<PriceTable> {
  return json('api/prices', { signal });
}

/** Keeps the user's own prices; refused with what is wrong in them. */
export function keepPrices(prices: KeepPrices): Promise<PriceTable> {
  return json('api/prices', { method: 'POST', body: JSON.stringify(prices) });
}

/** Sends a made-up trace through the real receiver. */
export function sendTestTrace(): Promise<Created> {
  return json('api/test-trace', { method: 'POST' });
}

/** Adds the sample traces that are not there; answers with the one to look at first. */
export function addSamples(): Promise<Created> {
  return json('api/samples', { method: 'POST' });
}

/** Deletes the sample traces. */
export async function deleteSamples(): Promise<void> {
  await send('api/samples', { method: 'DELETE' });
}
