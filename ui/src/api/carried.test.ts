import { expect, test, vi } from 'vitest';
import { chartOf, nextFailure, transcriptWindow, windowOf } from './carried';
import type { LedgerChart, Timeline, TimelineQuery, TimelineRow, TranscriptWindow } from './types';

/** Rows by depth: `0 1 2 2 1 0`. */
function timeline(depths: number[]): Timeline {
  const rows = depths.map((depth, row) => {
    const end = depths.findIndex((other, at) => at > row && other <= depth);
    return { row, span_id: `s${row}`, depth, expanded: true, alike: 0, descendants: (end < 0 ? depths.length : end) - row - 1 } as TimelineRow;
  });
  return { rows, rows_total: rows.length, ancestors: [] } as unknown as Timeline;
}

const ALL: TimelineQuery = { from: 0, rows: 100, collapsed: [], max_depth: null, expanded: [], alike: false, reveal: null, from_ns: 0, to_ns: 0, pieces: 0, known: null };
const whole = timeline([0, 1, 2, 2, 1, 0]);
const ids = (asked: Partial<TimelineQuery>) => windowOf(whole, { ...ALL, ...asked }).rows.map((row) => row.span_id);

test('all rows are shown, or those asked for with what is above them', () => {
  expect(ids({})).toEqual(['s0', 's1', 's2', 's3', 's4', 's5']);
  const window = windowOf(whole, { ...ALL, from: 3, rows: 2 });
  expect(window.rows.map((row) => [row.row, row.span_id])).toEqual([[3, 's3'], [4, 's4']]);
  expect(window.ancestors.map((row) => row.span_id)).toEqual(['s0', 's1']);
});

test('what is below a collapsed span is hidden and not counted', () => {
  expect(ids({ collapsed: ['s1'] })).toEqual(['s0', 's1', 's4', 's5']);
  expect(ids({ max_depth: 1 })).toEqual(['s0', 's1', 's4', 's5']);
  expect(ids({ max_depth: 1, expanded: ['s1'] })).toEqual(['s0', 's1', 's2', 's3', 's4', 's5']);
  expect(windowOf(whole, { ...ALL, collapsed: ['s0'] })).toMatchObject({ rows_total: 2, rows: [{ expanded: false }, {}] });
});

test('a span that is looked for is in the window, whatever was collapsed', () => {
  expect(ids({ collapsed: ['s0', 's1'], reveal: 's3', rows: 3 })).toContain('s3');
  expect(ids({ reveal: 's5', rows: 2 })).toEqual(['s4', 's5']);
});

test('siblings that are alike are one row until it is opened', () => {
  const plain = timeline([0, 1, 1, 1, 1, 1, 1]);
  const rows = plain.rows.map((row, i) => ({ ...row, alike: i === 2 ? 5 : 0, start_ns: i, duration_ns: 3, self_ns: 2, critical: [], input_tokens: i === 4 ? 7 : null, output_tokens: null, parent_span_id: 's0' }));
  const show = (asked: Partial<TimelineQuery>) => windowOf({ ...plain, rows }, { ...ALL, ...asked }).rows;
  expect(show({}).map((row) => row.alike)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  const one = show({ alike: true });
  expect(one.map((row) => row.span_id)).toEqual(['s0', 's1', 's2']);
  expect(one[2]).toMatchObject({ row: 2, alike: 5, children: 4, descendants: 4, expanded: false, duration_ns: 7, self_ns: 10, input_tokens: 7, output_tokens: null });
  const open = show({ alike: true, expanded: ['s2'] });
  expect(open.map((row) => [row.span_id, row.depth])).toEqual([['s0', 0], ['s1', 1], ['s2', 1], ['s3', 2], ['s4', 2], ['s5', 2], ['s6', 2]]);
  expect(open[2]).toMatchObject({ alike: 5, expanded: true, duration_ns: 3 });
  expect(open[6]).toMatchObject({ parent_span_id: 's2', position: 4, siblings: 4 });
  expect(show({ alike: true, reveal: 's5' })).toHaveLength(7);
  expect(show({ alike: true, max_depth: 0 })).toHaveLength(1);
});

test('a transcript is cut into windows, by place or around a name', () => {
  const rows = Array.from({ length: 10 }, (_, i) => ({ key: `k${i}`, span_id: `s${Math.floor(i / 2)}`, row: 'silent' }));
  const all = { version: 1, messages: 0, rows_total: 10, from: 0, rows, found: null } as unknown as TranscriptWindow;
  const asked = (query: string) => {
    const window = transcriptWindow(all, new URLSearchParams(query));
    return [window.from, window.rows.length, window.found, window.rows_total];
  };
  expect(asked('from=8&rows=5')).toEqual([8, 2, null, 10]);
  expect(asked('rows=4&around=k5')).toEqual([3, 4, 5, 10]);
  expect(asked('rows=4&around=s4')).toEqual([6, 4, 8, 10]);
  expect(asked('from=1&rows=2&around=nobody')).toEqual([1, 2, null, 10]);
});

test('the next failure is where it began, then what failed with it', () => {
  const { rows } = timeline([0, 1, 1, 2, 3, 2, 1]);
  for (const at of [2, 3, 4, 6]) rows[at]!.status = 'error';
  const walked = [null, 's4', 's3', 's2', 's6', 's0', 's1', 's5'].map((after) => nextFailure(rows, after));
  expect(walked).toEqual(['s4', 's3', 's2', 's6', 's4', 's4', 's4', 's2']);
});

test('a page’s charts are chosen by agent, else by the call', () => {
  const chart = (agent: number, span_id: string, more: Partial<LedgerChart> = {}) => ({ version: 1, agent, bars: [], agents: [], context: { calls: [{ span_id }] }, ...more }) as unknown as LedgerChart;
  const bars = [{ span_id: 'a' }] as LedgerChart['bars'];
  const charts = [chart(0, 'a', { bars }), chart(1, 'b')];
  const found = (asked: string) => chartOf(charts, new URLSearchParams(asked));
  expect([found(''), found('span=b'), found('agent=0&span=b'), found('span=unknown')].map((each) => each.agent)).toEqual([0, 1, 0, 0]);
  expect(found('agent=1').bars).toBe(bars);
});

test('a page tells a number of a sender with all its digits', async () => {
  const call = '{"value":{"rows":[{"key":"1","row":"value","span_id":"s","depth":0,"agents":[],"value":{"id":1745839274839274839}}],"from":0,"rows_total":1},"cut":{}}';
  vi.stubGlobal('spanglassPage', { answers: `{"api/traces/ab/conversation":${call}}`, otlp: async () => '' });
  vi.resetModules();
  const { carriedAnswer } = await import('./carried');
  const answer = await carriedAnswer('api/traces/ab/conversation?from=0&rows=9', 'GET', undefined);
  expect(await answer?.text()).toContain('{"id":1745839274839274839}');
  vi.unstubAllGlobals();
});
