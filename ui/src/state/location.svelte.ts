/** Where the person is: the address is the state, so back, forward and reload work. */
import type { Column } from '../api/types';
import { formatRoute, parseRoute, type Route } from '../lib/route';

class Location {
  route: Route = $state.raw(parseRoute(window.location.hash));

  constructor() {
    window.addEventListener('hashchange', () => this.#read());
    window.addEventListener('popstate', () => this.#read());
    window.addEventListener('pagehide', settle);
  }

  /** Goes somewhere else, leaving a step to come back to. */
  go(change: Partial<Route>): void {
    this.#write({ ...this.route, ...change }, 'push');
  }

  /** Changes the place without leaving a step: moving the selection, zooming, typing. */
  adjust(change: Partial<Route>): void {
    this.#write({ ...this.route, ...change }, 'replace');
  }

  /** What is looked at now, to hold an answer that takes a while against: it is for who still looks at what it was asked for. */
  get place(): string {
    const { page, traceId, span, view, pair } = this.route;
    return JSON.stringify([page, traceId, span, view, pair]);
  }

  /** Opens the trace of an answer, unless somebody went elsewhere before it came. */
  async openComing(answer: Promise<{ trace_id: string }>): Promise<void> {
    const { place } = this;
    const { trace_id } = await answer;
    if (this.place === place) this.openTrace(trace_id);
  }

  openTrace(traceId: string): void {
    if (this.route.page === 'trace' && this.route.traceId === traceId) return;
    const view = this.route.page === 'trace' ? this.route.view : '';
    this.go({ page: 'trace', traceId, span: null, view, t0: null, t1: null, find: '', pair: null });
  }

  /** The tool whose definition somebody came for: the view of tools opens it. */
  tool: string | null = $state(null);

  /** Goes to what the models of the trace were told of a tool. */
  define(tool: string): void {
    this.tool = tool;
    this.go({ view: 'tools' });
  }

  /** The column of the ledger whose arithmetic somebody came for, and the model that has no price: who shows them takes them. */
  column: Column | null = $state(null);
  unpriced: string | null = $state(null);

  /** Goes to how a number of the trace was made. */
  openLedger(column: Column | null): void {
    this.column = column;
    this.go({ view: 'tokens' });
  }

  /** Goes to the prices, with a form for this model. */
  openPrice(model: string): void {
    this.unpriced = model;
    this.openSetup();
  }

  /** Puts two traces side by side. */
  compare(a: string, b: string): void {
    this.go({ page: 'compare', pair: [a, b], traceId: '', span: null, view: '', t0: null, t1: null });
  }

  /** Opens the set-up page. */
  openSetup(): void {
    this.go({ page: 'setup', traceId: '', span: null, view: '', t0: null, t1: null });
  }

  #write(route: Route, how: 'push' | 'replace'): void {
    const hash = formatRoute(route);
    if (hash === formatRoute(this.route)) return;
    this.route = route;
    if (how === 'push') {
      settle();
      history.pushState(null, '', hash);
      known = window.location.hash;
    } else replaceSoon(hash);
  }

  #read(): void {
    // An address that was entered is told of twice, and may have been gone on from between the two.
    if (window.location.hash === known) return;
    known = window.location.hash;
    // What was still to be written belongs to the place that was left.
    waiting = null;
    const route = parseRoute(window.location.hash);
    if (formatRoute(route) !== formatRoute(this.route)) this.route = route;
  }
}

/** The address as it was last read or written. */
let known = window.location.hash;
let waiting: string | null = null;

/** Browsers refuse more than about 100 replacements in 30 s; a drag makes hundreds. */
function replaceSoon(hash: string): void {
  if (waiting === null) {
    setTimeout(settle, 350);
  }
  waiting = hash;
}

/** Writes what is still to be written, before the address goes on from it. */
function settle(): void {
  if (waiting !== null) {
    history.replaceState(null, '', waiting);
    known = window.location.hash;
  }
  waiting = null;
}

export const location = new Location();
