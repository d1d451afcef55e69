import { expect, test } from 'vitest';
import { formatRoute, HOME, parseRoute, type Route } from './route';

const id = '0af7651916cd43dd8448eb211c80319c';

test('a route survives the address', () => {
  const route = { ...HOME, page: 'trace' as const, traceId: id, span: 'b7ad6b7169203331', view: 'stream', t0: 12, t1: 90, filter: 'model:gpt-4o* "a&b"', find: 'a &b' };
  expect(parseRoute(formatRoute(route))).toEqual(route);
  expect(parseRoute(formatRoute({ ...HOME, page: 'metrics', filter: 'x' }))).toEqual({ ...HOME, page: 'metrics', filter: 'x' });
  expect(parseRoute(formatRoute({ ...HOME, page: 'setup', filter: 'x' }))).toEqual({ ...HOME, page: 'setup', filter: 'x' });
  expect(parseRoute(formatRoute({ ...HOME, page: 'hits', filter: 'x' }))).toEqual({ ...HOME, page: 'hits', filter: 'x' });
  const metrics: Route = { ...HOME, page: 'metrics', range: '900', model: 'gpt-4o & more', service: 'shop' };
  expect(parseRoute(formatRoute(metrics))).toEqual(metrics);
  const totals: Route = { ...HOME, page: 'totals', view: 'model', order: 'tokens', filter: 'x' };
  expect(parseRoute(formatRoute(totals))).toEqual(totals);
});

test('two traces side by side have an address', () => {
  const route = { ...HOME, page: 'compare' as const, pair: [id, 'b/c'] as [string, string], view: 'all', filter: 'x' };
  expect(parseRoute(formatRoute(route))).toEqual(route);
});

test('an empty or unknown address is home', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/trace/', '#/compare/', `#/compare/${id}`]) expect(parseRoute(hash)).toEqual(HOME);
});

test('half a zoom or a turned one is no zoom', () => {
  for (const zoom of ['t0=5', 't1=5', 't0=9&t1=5', 't0=a&t1=b']) expect(parseRoute(`#/trace/${id}?${zoom}`)).toMatchObject({ t0: null, t1: null });
});

test('a broken escape is kept as it is', () => expect(parseRoute('#/trace/%E0%A4%A').traceId).toBe('%E0%A4%A'));
