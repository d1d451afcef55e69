import { beforeEach, expect, test, vi } from 'vitest';
import type { DrawnTimeline as Timeline, DrawnRow as TimelineRow } from '../../api/packed';
import type { TimelineQuery } from '../../api/types';
import { Rows } from './rows.svelte';

/** Ten steps of 100 calls each under one root: a server in miniature. */
const TREE = [
  { id: 'root', depth: 0, parent: null as string | null, children: 10 },
  ...Array.from({ length: 10 }, (_, s) => [
    { id: `step-${s}`, depth: 1, parent: 'root' as string | null, children: 100 },
    ...Array.from({ length: 100 }, (_, c) => ({ id: `call-${s}-${c}`, depth: 2, parent: `step-${s}` as string | null, children: 0 })),
  ]).flat(),
];
const server = vi.hoisted(() => ({ asked: [] as unknown[], version: 1, above: 0 }));

function answer(query: TimelineQuery): Timeline {
  const open = new Set(query.expanded);
  for (let at = query.reveal; at !== null; at = TREE.find((each) => each.id === at)?.parent ?? null) if (at !== query.reveal) open.add(at);
  const isOpen = (span: (typeof TREE)[number]) => open.has(span.id) || (!query.collapsed.includes(span.id) && (query.max_depth === null || span.depth < query.max_depth));
  const shut = new Set<string>();
  const shown = TREE.filter((span) => {
    const hidden = span.parent !== null && shut.has(span.parent);
    if (hidden || !isOpen(span)) shut.add(span.id);
    return !hidden;
  });
  const added = Array.from({ length: server.above }, (_, i) => ({ id: `new-${i}`, depth: 1, parent: 'root' as string | null, children: 0 }));
  const all = [...shown.slice(0, 1), ...added, ...shown.slice(1)];
  const rows = all.map((span, row) => ({ row, span_id: span.id, parent_span_id: span.parent, depth: span.depth, children: span.children, expanded: span.children > 0 && isOpen(span) }) as TimelineRow);
  const from = query.reveal === null ? query.from : Math.max(0, rows.findIndex((row) => row.span_id === query.reveal) - Math.floor(query.rows / 2));
  const window = rows.slice(from, from + query.rows);
  const ancestors = rows.filter((row) => row.row < from && window[0] && (row.span_id === window[0].parent_span_id || row.depth === 0));
  return { version: server.version, minimap: { bins: 0, marks: [] }, rows_total: rows.length, spans_total: TREE.length, rows: window, ancestors } as unknown as Timeline;
}

vi.mock('../../api/client', () => ({
  isAbort: () => false,
  sentence: String,
  getTimeline: (_: string, query: TimelineQuery) => {
    server.asked.push(query);
    return Promise.resolve(answer(query));
  },
}));

const settled = () => new Promise((resolve) => setTimeout(resolve));
let moves: [row: number, why: string][];
let rows: Rows;
beforeEach(async () => {
  Object.assign(server, { asked: [], version: 1, above: 0 });
  moves = [];
  rows = new Rows('t', (row, why) => moves.push([row, why]));
  rows.show(0, 30);
  rows.refresh(null);
  await settled();
});

test('only a window around what is visible is fetched', async () => {
  expect(rows.total).toBe(1011);
  expect(rows.at(0)?.span_id).toBe('root');
  expect(rows.at(900)).toBeUndefined();
  rows.show(880, 910);
  await settled();
  expect(rows.at(900)?.span_id).toBe('call-8-90');
  expect(server.asked).toHaveLength(2);
});

test('what is here is not asked for again', async () => {
  rows.show(5, 40);
  await settled();
  expect(server.asked).toHaveLength(1);
});

test('a folded row hides what is below and unfolds again', async () => {
  const step = rows.find('step-0') as TimelineRow;
  rows.toggle(step);
  await settled();
  expect(rows.total).toBe(911);
  rows.toggle(rows.find('step-0') as TimelineRow);
  await settled();
  expect(rows.total).toBe(1011);
});

test('folding all leaves the roots, whatever was selected', async () => {
  rows.foldAll('call-0-5');
  await settled();
  expect(rows.total).toBe(1);
  rows.unfoldAll(null);
  await settled();
  expect(rows.total).toBe(1011);
});

test('what is folded while rows are on their way is folded all the same', async () => {
  rows.show(880, 910);
  rows.foldAll(null);
  await settled();
  expect(rows.total).toBe(1);
});

test('a span in a folded place is unfolded when it is revealed, and stays so', async () => {
  rows.foldAll(null);
  await settled();
  rows.reveal('call-7-3');
  await settled();
  const row = rows.find('call-7-3') as TimelineRow;
  expect(moves).toContainEqual([row.row, 'reveal']);
  expect(rows.total).toBe(1 + 10 + 100);
  rows.refresh(null);
  await settled();
  expect(rows.total).toBe(1 + 10 + 100);
});

test('rows that come in above move the anchor to its new place', async () => {
  server.above = 40;
  server.version = 2;
  rows.refresh('step-0');
  await settled();
  expect(moves).toEqual([[41, 'anchor']]);
  expect(rows.at(41)?.span_id).toBe('step-0');
});

test('a sibling beyond the window is found', async () => {
  const next = await rows.walk(rows.find('step-0')?.row ?? 0, 1, (row) => row.depth <= 1);
  expect(next?.span_id).toBe('step-1');
  const far = await rows.walk(304, 1, (row) => row.depth <= 1);
  expect(far?.span_id).toBe('step-4');
});

test('everything below a row is unfolded', async () => {
  rows.foldAll(null);
  await settled();
  await rows.unfoldBelow(rows.find('root') as TimelineRow);
  await settled();
  expect(rows.total).toBe(1011);
});
