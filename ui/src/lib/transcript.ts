// The rows of a transcript: what a conversation's blocks look like line by line, so that a long one can be drawn in part.
import type { Block, Conversation, Cut, ErrorInfo, MessageView, ToolDefinition, WhyBlank } from '../api/types';
import { isFrame } from './message';
import { pointerTo } from './pointer';

export type CallBlock = Extract<Block, { block: 'call' }>;
export type ScopeBlock = Extract<Block, { block: 'scope' }>;
export type StepBlock = Extract<Block, { block: 'step' }>;

interface Base {
  key: string;
  span_id: string;
  /** Scopes around it, the outermost one not counted. */
  depth: number;
  /** For each of them, whether it is an agent. */
  agents: boolean[];
}

type Place = Omit<Base, 'key'>;

export type TranscriptRow = Base &
  (
    | { row: 'scope'; block: ScopeBlock; calls: number }
    | { row: 'call'; block: CallBlock; number: number; of: number }
    | { row: 'frame'; message: MessageView; at: string }
    | { row: 'tools'; tools: ToolDefinition[]; at: string }
    | { row: 'history'; count: number; fresh: number; results: number; known: number[] }
    | { row: 'message'; message: MessageView; at: string; fresh: boolean; answer: Answer | null }
    | { row: 'value'; title: string; value: unknown; at: string }
    | { row: 'step'; block: StepBlock; at: string }
    | { row: 'error'; error: ErrorInfo; at: string }
    | { row: 'missing'; why: WhyBlank | null }
    | { row: 'cut'; cut: Cut; what: string }
    | { row: 'silent'; running: boolean }
  );

/** What is said beside a model's answer. */
export interface Answer {
  finish_reason: string | null;
  /** The choice's number from 1 when there are several. */
  choice: number | null;
  /** Tokens of all choices together; said once. */
  output_tokens: number | null;
  tokens_per_second: number | null;
}

/** Lays a conversation out in rows. */
export function transcriptRows(conversation: Conversation): TranscriptRow[] {
  const rows: TranscriptRow[] = [];
  const calls = conversation.blocks.filter((block) => block.block === 'call').length;
  const outer = outermost(conversation.blocks);
  const results = resultsBySpan(conversation.blocks);
  const around: boolean[] = [];
  let number = 0;
  conversation.blocks.forEach((block, i) => {
    const at = pointerTo('/blocks', i);
    around.length = block.depth;
    const agents = Array.from(around.slice(outer), (isAgent) => isAgent === true);
    if (block.block === 'scope') around[block.depth] = block.kind === 'agent';
    const base = { span_id: block.span_id, depth: agents.length, agents };
    switch (block.block) {
      case 'scope':
        rows.push({ ...base, key: `${block.span_id}:scope`, row: 'scope', block, calls: callsWithin(conversation.blocks, i) });
        pushValue(rows, base, 'Input', block.input, pointerTo(at, 'input'));
        pushValue(rows, base, 'Output', block.output, pointerTo(at, 'output'));
        if (block.error) rows.push({ ...base, key: `${block.span_id}:error`, row: 'error', error: block.error, at: pointerTo(at, 'error') });
        break;
      case 'step':
        rows.push({ ...base, key: `${block.span_id}:step`, row: 'step', block, at });
        if (block.error) rows.push({ ...base, key: `${block.span_id}:error`, row: 'error', error: block.error, at: pointerTo(at, 'error') });
        break;
      case 'call':
        number += 1;
        pushCall(rows, base, block, at, number, calls, results.get(block.span_id) ?? 0);
    }
  });
  return rows;
}

function pushCall(rows: TranscriptRow[], base: Place, block: CallBlock, at: string, number: number, of: number, results: number): void {
  const key = (name: string) => `${block.span_id}:${name}`;
  rows.push({ ...base, key: key('call'), row: 'call', block, number, of });
  const turns: TranscriptRow[] = [];
  const fresh = block.history > 0;
  block.input.forEach((message, i) => {
    const place = { message, at: pointerTo(at, 'input', i) };
    if (isFrame(message.role)) rows.push({ ...base, ...place, key: message.key, row: 'frame' });
    else turns.push({ ...base, ...place, key: message.key, row: 'message', fresh, answer: null });
  });
  if (block.tools.length > 0) rows.push({ ...base, key: key('tools'), row: 'tools', tools: block.tools, at: pointerTo(at, 'tools') });
  if (fresh) {
    const known = block.input.map((message) => Number(/^\/input\/messages\/(\d+)/.exec(message.pointer)?.[1] ?? -1));
    rows.push({ ...base, key: key('history'), row: 'history', count: block.history, fresh: block.input.length, results, known });
  }
  rows.push(...turns);
  if (block.cut?.input) rows.push({ ...base, key: key('cut-in'), row: 'cut', cut: block.cut, what: 'What was asked' });
  const why = block.why_blank;
  const missing: TranscriptRow = { ...base, key: key('missing'), row: 'missing', why };
  if (why?.input && !why.output) rows.push(missing);
  block.output.forEach((message, i) => {
    rows.push({ ...base, key: message.key, row: 'message', message, at: pointerTo(at, 'output', i), fresh: false, answer: answerOf(block, i) });
  });
  if (block.cut?.output) rows.push({ ...base, key: key('cut-out'), row: 'cut', cut: block.cut, what: 'The answer' });
  if (block.error) rows.push({ ...base, key: key('error'), row: 'error', error: block.error, at: pointerTo(at, 'error') });
  if (why ? why.output : block.content_missing) rows.push(missing);
  else if (block.output.length === 0 && !block.error) rows.push({ ...base, key: key('silent'), row: 'silent', running: block.running });
}

function answerOf(block: CallBlock, i: number): Answer {
  const several = block.finish_reasons.length > 1 && block.output.length > 1;
  const output_tokens = i === 0 ? (block.usage?.output_tokens ?? null) : null;
  const first = block.time_to_first_chunk_ns;
  const seconds = first === null ? 0 : (block.duration_ns - first) / 1e9;
  return {
    finish_reason: (block.output.length === block.finish_reasons.length ? block.finish_reasons[i] : i === 0 ? block.finish_reasons[0] : null) ?? null,
    choice: several ? i + 1 : null,
    output_tokens,
    tokens_per_second: output_tokens !== null && output_tokens > 1 && seconds > 0 ? output_tokens / seconds : null,
  };
}

function pushValue(rows: TranscriptRow[], base: Place, title: string, value: unknown, at: string): void {
  if (value === null || value === undefined) return;
  rows.push({ ...base, key: `${base.span_id}:${title}`, row: 'value', title, value, at });
}

/** How deep everything but the outermost scope is at least: that much is not indented. */
function outermost(blocks: Block[]): number {
  const first = blocks[0];
  if (first?.block !== 'scope' || first.depth !== 0) return 0;
  return blocks.every((block, i) => i === 0 || block.depth > 0) ? 1 : 0;
}

/** How many tool results each call's request carried first; they stand at the call that asked for them. */
function resultsBySpan(blocks: Block[]): Map<string, number> {
  const results = new Map<string, number>();
  for (const block of blocks) {
    if (block.block !== 'call') continue;
    for (const message of [...block.input, ...block.output]) {
      for (const part of message.parts) {
        if (part.show !== 'call' || part.call.answered_in === null) continue;
        results.set(part.call.answered_in, (results.get(part.call.answered_in) ?? 0) + 1);
      }
    }
  }
  return results;
}

function callsWithin(blocks: Block[], at: number): number {
  let calls = 0;
  for (let i = at + 1; i < blocks.length && blocks[i]!.depth > blocks[at]!.depth; i++) if (blocks[i]!.block === 'call') calls += 1;
  return calls;
}

/** The row that shows a span: its own, else the tool call it executed; −1 = none. */
export function rowOfSpan(rows: TranscriptRow[], span_id: string): number {
  const own = rows.findIndex((row) => row.span_id === span_id);
  if (own >= 0) return own;
  return rows.findIndex((row) => row.row === 'message' && row.message.parts.some((part) => part.show === 'call' && part.call.executed_by === span_id));
}

/** The next row after `from` (`by` 1) or before it (`by` −1) in which someone speaks. */
export function turnFrom(rows: TranscriptRow[], from: number, by: 1 | -1): number {
  for (let i = from + by; i >= 0 && i < rows.length; i += by) {
    const { row } = rows[i]!;
    if (row === 'message' || row === 'frame' || row === 'error' || row === 'step') return i;
  }
  return from;
}

/** The first span that executed a tool call of the row. */
export function executedIn(row: TranscriptRow | undefined): string | null {
  if (row?.row !== 'message') return null;
  for (const part of row.message.parts) if (part.show === 'call' && part.call.executed_by) return part.call.executed_by;
  return null;
}
