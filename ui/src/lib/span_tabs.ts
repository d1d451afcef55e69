// Which tabs of the inspector apply to a span.
import type { SpanDocument } from '../api/types';

export type Tab = 'messages' | 'stream' | 'io' | 'attributes' | 'raw';

export const TAB_TITLES: Record<Tab, string> = { messages: 'Messages', stream: 'Stream', io: 'I/O', attributes: 'Attributes', raw: 'Raw' };

/** The tabs that have something to show, in their order. */
export function tabsOf(span: SpanDocument): Tab[] {
  const tabs: Tab[] = [];
  if (span.input.messages !== null || span.output.messages !== null) tabs.push('messages');
  // Of a stream whose sender told only when it began there is nothing to list; its facts say that.
  if (span.stream && span.stream.chunks + span.stream.dropped_chunks > 0) tabs.push('stream');
  if (hasIo(span) || tabs.length === 0) tabs.push('io');
  tabs.push('attributes', 'raw');
  return tabs;
}

function hasIo(span: SpanDocument): boolean {
  return (
    span.input.value !== null ||
    span.output.value !== null ||
    span.tool !== null ||
    span.documents.length > 0 ||
    span.error !== null ||
    Object.keys(span.metadata).length > 0
  );
}

/** The tab to show: the one wanted when it applies, else the first. */
export function tabFor(tabs: Tab[], wanted: Tab | null): Tab {
  return wanted !== null && tabs.includes(wanted) ? wanted : (tabs[0] ?? 'attributes');
}
