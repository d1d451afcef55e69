/** Whether the engine is there, what it says of itself, and who wants to know of changes. */
import { isCarried } from '../api/carried';
import { getStatus } from '../api/client';
import { listen, STARTED_AGAIN } from '../api/live';
import type { Changes, Status } from '../api/types';

type Watcher = (changes: Changes) => void;

/** Everything may have changed. */
const EVERYTHING: Changes = { seq: 0, traces: [], all: true };
const STATUS_EVERY_MS = 1_000;

class Live {
  /** `starting` until the first answer. */
  state: 'starting' | 'live' | 'lost' = $state('starting');
  /** Whether the page carries its traces, and nothing ever arrives. */
  readonly isCarried = isCarried;
  /** Why the connection is lost, in a sentence. */
  problem: string | null = $state(null);
  /** Whether the engine answers, and not this page: there is nothing to try again. */
  readonly isShutOut: boolean = $derived(this.problem === STARTED_AGAIN);
  status: Status | null = $state.raw(null);
  /** Whether what is there can only be looked at: no trace is sent, added or deleted. */
  readonly readOnly: boolean = $derived(isCarried || (this.status?.read_only ?? false));
  /** Milliseconds since 1970, once a second: for "4 s ago". */
  now_ms = $state(Date.now());

  #watchers = new Set<Watcher>();
  #retryNow = () => {};
  #statusAt = 0;
  #statusTimer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    if (isCarried) {
      this.state = 'live';
      this.#refreshStatus();
      return;
    }
    const stop = new AbortController();
    this.#retryNow = listen(
      {
        changed: (changes) => {
          if (changes.all || changes.traces.length > 0) this.#tell(changes);
          this.#refreshStatus();
        },
        connected: () => {
          this.state = 'live';
          this.problem = null;
          this.#tell(EVERYTHING);
          this.#refreshStatus();
        },
        disconnected: (reason) => {
          this.state = 'lost';
          this.problem = reason;
          if (this.isShutOut) stop.abort();
        },
      },
      stop.signal,
    ).retryNow;
    setInterval(() => {
      if (!document.hidden) this.now_ms = Date.now();
    }, 1_000);
    // Refused requests change no trace, so they are not in the long poll.
    setInterval(() => {
      if (!document.hidden && this.state === 'live') this.#refreshStatus();
    }, 5_000);
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) return;
      this.now_ms = Date.now();
      this.#tell(EVERYTHING);
      this.#refreshStatus();
      this.#retryNow();
    });
  }

  retry(): void {
    this.#retryNow();
  }

  /** Asks how the engine is. */
  refresh(): void {
    this.#refreshStatus();
  }

  /** Calls `watcher` on every change until the returned function is called. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The first bound address of a listener. */
  address(name: string): string | null {
    return this.status?.endpoints.find((endpoint) => endpoint.name === name)?.url ?? null;
  }

  #tell(changes: Changes): void {
    if (document.hidden) return;
    for (const watcher of this.#watchers) watcher(changes);
  }

  #refreshStatus(): void {
    if (this.#statusTimer !== undefined) return;
    const wait_ms = Math.max(0, this.#statusAt + STATUS_EVERY_MS - Date.now());
    this.#statusTimer = setTimeout(() => {
      this.#statusTimer = undefined;
      this.#statusAt = Date.now();
      getStatus().then(
        (status) => (this.status = status),
        () => {},
      );
    }, wait_ms);
  }
}

export const live = new Live();
