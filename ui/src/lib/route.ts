/** What is selected, filtered and zoomed, as the address says it. */
export interface Route {
  page: 'home' | 'setup' | 'metrics' | 'hits' | 'totals' | 'trace' | 'compare';
  /** 32 hexadecimal digits; empty unless `page` is `trace`. */
  traceId: string;
  span: string | null;
  /** A view's id, or what `totals` are summed up by; empty = the first one. */
  view: string;
  /** What `totals` are sorted by; empty = as designed. */
  order: string;
  /** The zoom, in nanoseconds from the trace's start; null = everything. */
  t0: number | null;
  t1: number | null;
  filter: string;
  /** Words that are looked for in the trace; empty unless `page` is `trace`. */
  find: string;
  /** How far back `metrics` are shown, in seconds, and those of what; empty = as designed, and all. */
  range: string;
  model: string;
  endpoint: string;
  service: string;
  /** The traces that are compared; null unless `page` is `compare`. */
  pair: [string, string] | null;
}

export const HOME: Route = { page: 'home', traceId: '', span: null, view: '', order: '', t0: null, t1: null, filter: '', find: '', range: '', model: '', endpoint: '', service: '', pair: null };

const OF_METRICS = ['range', 'model', 'endpoint', 'service'] as const;

/** Reads `#/trace/<id>?span=&view=&t0=&t1=&find=&filter=`, `#/compare/<id>/<id>?view=`, `#/totals?view=&order=`, `#/hits`, `#/setup`, `#/metrics?range=&model=&endpoint=&service=` or `#/`. What it does not know is home. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = split(hash.replace(/^#/, ''), '?');
  const query = new URLSearchParams(search);
  const filter = query.get('filter') ?? '';
  const steps = path.split('/').filter(Boolean);
  if (steps[0] === 'metrics') return { ...HOME, page: 'metrics', filter, ...Object.fromEntries(OF_METRICS.map((name) => [name, query.get(name) ?? ''])) };
  if (steps[0] === 'setup' || steps[0] === 'hits') return { ...HOME, page: steps[0], filter };
  if (steps[0] === 'totals') return { ...HOME, page: 'totals', view: query.get('view') ?? '', order: query.get('order') ?? '', filter };
  if (steps[0] === 'compare' && steps[1] && steps[2]) {
    return { ...HOME, page: 'compare', pair: [safeDecode(steps[1]), safeDecode(steps[2])], view: query.get('view') ?? '', filter };
  }
  if (steps[0] !== 'trace' || !steps[1]) return { ...HOME, filter };
  const t0 = number(query.get('t0'));
  const t1 = number(query.get('t1'));
  const zoomed = t0 !== null && t1 !== null && t1 > t0;
  return {
    ...HOME,
    page: 'trace',
    traceId: safeDecode(steps[1]),
    span: query.get('span') || null,
    view: query.get('view') ?? '',
    t0: zoomed ? t0 : null,
    t1: zoomed ? t1 : null,
    filter,
    find: query.get('find') ?? '',
  };
}

/** Writes what [`parseRoute`] reads. */
export function formatRoute(route: Route): string {
  const query = new URLSearchParams();
  if (route.page === 'trace') {
    if (route.span) query.set('span', route.span);
    if (route.view) query.set('view', route.view);
    if (route.t0 !== null && route.t1 !== null) {
      query.set('t0', String(Math.round(route.t0)));
      query.set('t1', String(Math.round(route.t1)));
    }
    if (route.find) query.set('find', route.find);
  }
  if ((route.page === 'compare' || route.page === 'totals') && route.view) query.set('view', route.view);
  if (route.page === 'totals' && route.order) query.set('order', route.order);
  if (route.page === 'metrics') for (const name of OF_METRICS) if (route[name]) query.set(name, route[name]);
  if (route.filter) query.set('filter', route.filter);
  const pair = route.pair?.map(encodeURIComponent).join('/');
  const path = route.page === 'compare' ? `/compare/${pair}` : route.page === 'trace' ? `/trace/${encodeURIComponent(route.traceId)}` : route.page === 'home' ? '/' : `/${route.page}`;
  const search = query.toString();
  return `#${path}${search ? `?${search}` : ''}`;
}

function split(text: string, at: string): [string, string] {
  const place = text.indexOf(at);
  return place < 0 ? [text, ''] : [text.slice(0, place), text.slice(place + 1)];
}

function number(text: string | null): number | null {
  if (text === null || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
