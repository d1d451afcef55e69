// The context-growth chart: what each call's prompt was made of, in tokens where the sender counted them, else in characters.
import type { AgentContext, CallContext } from '../api/types';

export type PartOfContext = 'system' | 'tools' | 'history' | 'tool_results' | 'fresh';

/** From the bottom of a bar to its top: first what was carried over, then what came with the call. */
export const PARTS: { id: PartOfContext; title: string }[] = [
  { id: 'system', title: 'system' },
  { id: 'tools', title: 'tools' },
  { id: 'history', title: 'history' },
  { id: 'tool_results', title: 'tool results' },
  { id: 'fresh', title: 'new' },
];

export interface Layer {
  part: PartOfContext;
  from: number;
  to: number;
}

export interface ContextBar {
  call: CallContext;
  /** From 1. */
  number: number;
  /** Whether its height is known: a call that did not tell its tokens has none among calls that did. */
  isTold: boolean;
  height: number;
  layers: Layer[];
  /** Tokens read from the cache; null = not told, or the chart counts characters. */
  cached: number | null;
}

export interface ContextChart {
  /** Characters, where fewer than half of the calls reported their tokens: two units make no chart. */
  unit: 'tokens' | 'characters';
  bars: ContextBar[];
  most: number;
  /** Parts that occur. */
  parts: PartOfContext[];
}

/** The bars of an agent's calls. A call's tokens are divided as its characters are: senders count only the whole. */
export function chartOf(agent: AgentContext): ContextChart {
  const inTokens = agent.calls.filter((call) => call.usage?.input_tokens != null).length * 2 >= agent.calls.length;
  const bars = agent.calls.map((call, i): ContextBar => {
    const characters = PARTS.reduce((sum, { id }) => sum + call[id], 0);
    const height = inTokens ? (call.usage?.input_tokens ?? 0) : characters;
    let at = 0;
    const layers = PARTS.map(({ id }): Layer => {
      const from = at;
      at += characters > 0 ? (call[id] / characters) * height : 0;
      return { part: id, from, to: at };
    });
    return { call, number: agent.before + i + 1, isTold: !inTokens || call.usage?.input_tokens != null, height, layers: layers.filter((layer) => layer.to > layer.from), cached: inTokens ? (call.usage?.cache_read_tokens ?? null) : null };
  });
  const parts = PARTS.map(({ id }) => id).filter((id) => bars.some((bar) => bar.layers.some((layer) => layer.part === id)));
  return { unit: inTokens ? 'tokens' : 'characters', bars, most: Math.max(1, ...bars.map((bar) => bar.height)), parts };
}
