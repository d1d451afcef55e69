// The words of a message, for the parts that draw them: what stands where, its first words, its whole text.
import type { Checked, Message, MessageView, Part, PartView } from '../api/types';
import { writeJson } from './exact_json';
import { bytesOf } from './format';
import { brief } from './json_rows';
import { pointerTo } from './pointer';

export type {
  Checked, Chunk, Document, ErrorInfo, EventDocument, Media, Message, MessageView, Part, PartView, SpanDocument, ToolCallView, ToolDefinition, Usage, WhyBlank, Cut,
} from '../api/types';

/** A part and its place in the answer it came with. */
export interface PlacedPart {
  view: PartView;
  /** JSON pointer to the part or the call. */
  at: string;
  /** How it fits what it was asked to look like. */
  check?: Checked | undefined;
}

/** The parts of a message of the transcript that stands at `at`. */
export function placedInView(message: MessageView, at: string): PlacedPart[] {
  return message.parts.map((view, i) => ({ view, at: pointerTo(at, 'parts', i, view.show), check: message.checks.find((check) => check.part === i) }));
}

/** The parts of a message of a span's document that stands at `at`; a tool call is drawn as one, without its result. */
export function placedInDocument(message: Message, at: string, checks: Checked[] = []): PlacedPart[] {
  return message.parts.map((part, i) => ({ view: asView(part), at: pointerTo(at, 'parts', i), check: checks.find((check) => check.part === i) }));
}

/** The parts with the texts as one over which a JSON value is split; they stay apart where one of them is not here as a whole. */
export function joinTexts(parts: PlacedPart[], cut: Readonly<Record<string, number>>): PlacedPart[] {
  const first = parts.find((part) => (part.check?.texts ?? 1) > 1 && isText(part));
  if (!first) return parts;
  const pieces = parts.slice(parts.indexOf(first)).filter(isText).slice(0, first.check?.texts);
  if (pieces.some(({ at }) => cut[pointerTo(at, 'text')] !== undefined)) return parts;
  const text = pieces.map(({ view }) => partText(view)).join('');
  const whole: PlacedPart = { ...first, view: { show: 'part', part: { type: 'text', text } } };
  return parts.filter((part) => part === first || !pieces.includes(part)).map((part) => (part === first ? whole : part));
}

const isText = ({ view }: PlacedPart) => view.show === 'part' && view.part.type === 'text';

function asView(part: Part): PartView {
  if (part.type !== 'tool_call') return { show: 'part', part };
  return {
    show: 'call',
    call: {
      id: part.id, name: part.name, arguments: part.arguments, result: null, is_error: null, error: null, executed_by: null, duration_ns: null, answered_in: null,
    },
  };
}

/** A value as text: what is text stays, the rest is JSON. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : writeJson(value, 2);
}

/** A part as text, for copying and searching. */
export function partText(view: PartView): string {
  if (view.show === 'call') {
    const { name, arguments: given, result } = view.call;
    const call = `${name ?? 'unnamed tool'}(${valueText(given)})`;
    return result === null ? call : `${call}\n→ ${valueText(result)}`;
  }
  const { part } = view;
  switch (part.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return part.text;
    case 'tool_call':
      return `${part.name ?? 'unnamed tool'}(${valueText(part.arguments)})`;
    case 'tool_result':
      return valueText(part.result);
    case 'json':
      return valueText(part.value);
    default:
      return `[${part.type}${part.mime ? ` ${part.mime}` : ''}]${part.transcript ? ` ${part.transcript}` : ''}`;
  }
}

/** A message as text. */
export function messageText(parts: PartView[]): string {
  return parts.map(partText).join('\n\n');
}

/** The first words of a text on one line, for a folded row. */
export function firstWords(text: string, limit = 240): string {
  const line = text.slice(0, limit * 2).replace(/\s+/g, ' ').trim();
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

/** A value on one line, for a folded row. */
export function firstOf(value: unknown): string {
  return typeof value === 'string' ? firstWords(value) : brief(value);
}

/** How many bytes a value takes as text. */
export function sizeOf(value: unknown): number {
  if (value === null || value === undefined) return 0;
  return bytesOf(typeof value === 'string' ? value : writeJson(value));
}

/** Whether a role's messages are the frame of a conversation and not its course. */
export function isFrame(role: string): boolean {
  return role === 'system' || role === 'developer';
}
