/** The views of a trace, in the order of their tabs and keys. One line each. */
import type { Component } from 'svelte';
import type { TraceHead } from '../api/types';
import ConversationView from './conversation/ConversationView.svelte';
import type { ViewProps } from './props';
import RawView from './raw/RawView.svelte';
import StreamView from './stream/StreamView.svelte';
import TimelineView from './timeline/TimelineView.svelte';
import TokensView from './tokens/TokensView.svelte';
import ToolsView from './tools/ToolsView.svelte';

export interface View {
  /** Stands in the address. */
  id: string;
  title: string;
  component: Component<ViewProps>;
  applies(head: TraceHead): boolean;
  /** What a trace is told to have none of, where the view does not apply. */
  missing: string;
  /** The number beside the title, where it helps. */
  count?(head: TraceHead): number;
}

const offered = (id: string) => (head: TraceHead) => head.views.includes(id);

export const VIEWS: View[] = [
  { id: 'timeline', title: 'Timeline', component: TimelineView, applies: () => true, missing: '' },
  { id: 'conversation', title: 'Conversation', component: ConversationView, applies: offered('conversation'), missing: 'No message is in this trace.' },
  { id: 'stream', title: 'Stream', component: StreamView, applies: offered('stream'), missing: 'No streamed call is in this trace.', count: (head) => head.streams.length },
  { id: 'tools', title: 'Tools', component: ToolsView, applies: offered('tools'), missing: 'No tool is in this trace: none was offered, none was called.', count: (head) => head.row.summary.counts.tool_calls },
  { id: 'tokens', title: 'Tokens', component: TokensView, applies: offered('tokens'), missing: 'No model call is in this trace.' },
  { id: 'raw', title: 'Raw', component: RawView, applies: () => true, missing: '' },
];

/** The keys of the views' tabs. */
export const VIEW_KEYS = VIEWS.map(({ id, title }, at) => ({ id: `view.${id}`, title: `Show ${title}`, group: 'Views', keys: [String(at + 1)] }));

/** The view of an address; the first one when it names none that applies. */
export function viewOf(id: string, head: TraceHead): View {
  return VIEWS.find((view) => view.id === id && view.applies(head)) ?? (VIEWS[0] as View);
}
