// @vitest-environment jsdom
import { fireEvent, render } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import type { SpanDocument } from '../../api/types';
import { COPY_ASKED, type CopyAsked } from '../../lib/ask';
import { writeJson } from '../../lib/exact_json';
import type { ToolCallView } from '../../lib/message';
import { keysOf } from '../../lib/pointer';
import { WHOLE, whole, type Texts } from '../../lib/texts';
import InputOutput from './InputOutput.svelte';
import Messages from './Messages.svelte';
import Attributes from '../../parts/Attributes.svelte';
import JsonTree from '../../parts/JsonTree.svelte';
import ToolCall from '../../parts/ToolCall.svelte';

const LONG = 'x'.repeat(100_000);

/** An answer as it is sent, one text of it cut, and the way to the whole. */
function cutAt(pointer: string, answer: object): { sent: unknown; texts: Texts } {
  const valueAt = (value: unknown, at: string) => keysOf(at).reduce((value, key) => (value as Record<string, unknown>)[key], value);
  const sent: unknown = structuredClone(answer);
  const keys = keysOf(pointer);
  const parent = valueAt(sent, pointer.slice(0, pointer.lastIndexOf('/'))) as Record<string, unknown>;
  const last = keys.at(-1)!;
  parent[last] = String(parent[last]).slice(0, 100);
  const load = (at: string) => {
    const all = valueAt(answer, at);
    return Promise.resolve(typeof all === 'string' ? all : writeJson(all));
  };
  return { sent, texts: { ...WHOLE, cut: { [pointer]: LONG.length }, load } };
}

/** What the copy button of this label copies. */
async function copied(root: HTMLElement, label: string): Promise<string> {
  let text: string | Promise<string> = '';
  root.addEventListener(COPY_ASKED, (event) => {
    const asked = (event as CustomEvent<CopyAsked>).detail;
    text = asked.text;
    asked.done();
  });
  await fireEvent.click([...root.querySelectorAll('button')].find((each) => each.getAttribute('aria-label') === label)!);
  return text;
}

test('what is whole is copied as it stands, with every digit', async () => {
  expect(await whole(LONG, '/a', WHOLE)).toBe(LONG);
  const { sent, texts } = cutAt('/call/text', { call: { id: 1745839274839274839n, text: LONG }, callback: 1 });
  expect(await whole((sent as { call: unknown }).call, '/call', texts)).toEqual({ id: 1745839274839274839n, text: LONG });
  expect(await whole((sent as { callback: unknown }).callback, '/callback', texts)).toBe(1);
});

test('a tool call is copied whole when a text within its arguments stands cut', async () => {
  const call: ToolCallView = { id: 'c', name: 'write', arguments: { path: 'a', text: LONG }, result: null, is_error: null, error: null, executed_by: null, duration_ns: null, answered_in: null };
  const { sent, texts } = cutAt('/call/arguments/text', { call });
  const { container } = render(ToolCall, { call: (sent as { call: ToolCallView }).call, at: '/call', texts });
  expect(JSON.parse(await copied(container, 'Copy arguments'))).toEqual(call.arguments);
});

test('an attribute, a value of a span and a place in a tree are copied whole', async () => {
  const value = { list: [{ text: LONG }] };
  const attributes = cutAt('/attributes/a/list/0/text', { attributes: { a: value } });
  const drawn = render(Attributes, { attributes: (attributes.sent as { attributes: Record<string, unknown> }).attributes, at: '/attributes', texts: attributes.texts });
  expect(JSON.parse(await copied(drawn.container, 'Copy the value of a'))).toEqual(value);
  const tree = cutAt('/v/list/0/text', { v: value });
  const { container } = render(JsonTree, { value: (tree.sent as { v: unknown }).v, label: 'v', at: '/v', texts: tree.texts });
  await fireEvent.focusIn(container.querySelector('[data-row="0"]')!);
  expect(JSON.parse(await copied(container, 'Copy value'))).toEqual(value.list);
  const span = { tool: null, input: { value, messages: null }, output: { value: null, messages: null }, documents: [], metadata: {}, why_blank: null, cut: null };
  const cut = cutAt('/input/value/list/0/text', span);
  expect(JSON.parse(await copied(render(InputOutput, { span: cut.sent as SpanDocument, texts: cut.texts }).container, 'Copy input'))).toEqual(value);
});

test('a message is copied whole', async () => {
  const message = { role: 'assistant', name: null, parts: [{ type: 'text', text: `said ${LONG}` }] };
  const span = { input: { messages: [] }, output: { messages: [message], finish_reasons: [] }, checks: [], cut: null, why_blank: null, error: null };
  const { sent, texts } = cutAt('/output/messages/0/parts/0/text', span);
  const { container } = render(Messages, { span: sent as SpanDocument, texts, go: () => {}, define: { of: async () => null, go: () => {} } });
  expect(await copied(container, 'Copy the message')).toBe(`said ${LONG}`);
});
