/** The replay of a streamed answer: the stream view plays it, the inspector's chunk list follows. */
import type { StreamView } from '../api/types';
import { arrived, prepareReplay, step, stepped, type Replay } from '../lib/replay';

export const SPEEDS = [0.5, 1, 2, 5, 10] as const;

class Player {
  stream: StreamView | null = $state.raw(null);
  replay: Replay | null = $state.raw(null);
  playing = $state(false);
  speed: number = $state(1);
  #exact_ns = $state(0);
  #still = matchMedia('(prefers-reduced-motion: reduce)');

  /** The moment shown, in nanoseconds after the span's start. */
  at_ns: number = $derived(this.playing && this.replay && this.#still.matches ? stepped(this.replay, this.#exact_ns) : this.#exact_ns);
  /** How many chunks have arrived by then. */
  count: number = $derived(this.replay ? arrived(this.replay, this.at_ns) : 0);
  /** Everything is shown. */
  ended: boolean = $derived(this.replay !== null && this.at_ns >= this.replay.end_ns);

  #frame = 0;
  #last_ms = 0;

  /** Takes a stream up; one that grew keeps its place unless the end was shown. */
  open(stream: StreamView): void {
    const grew = this.stream?.span_id === stream.span_id;
    const atEnd = this.ended;
    this.stream = stream;
    this.replay = prepareReplay(stream);
    if (!grew) this.pause();
    if (!grew || (atEnd && !this.playing)) this.#exact_ns = this.replay.end_ns;
  }

  play(): void {
    if (!this.replay || this.playing) return;
    if (this.#exact_ns >= this.replay.end_ns) this.#exact_ns = this.#first();
    this.playing = true;
    this.#last_ms = performance.now();
    this.#frame = requestAnimationFrame((now_ms) => this.#advance(now_ms));
  }

  pause(): void {
    cancelAnimationFrame(this.#frame);
    this.playing = false;
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  restart(): void {
    this.pause();
    this.#exact_ns = this.#first();
    this.play();
  }

  /** Where a replay begins: nothing is known of the time before, when the head was left out. */
  #first(): number {
    return this.replay?.known_from_ns ?? 0;
  }

  seek(at_ns: number): void {
    this.#exact_ns = Math.max(0, Math.min(this.replay?.end_ns ?? 0, at_ns));
  }

  /** Goes to the next chunk or the one before, and stays there. */
  step(by: number): void {
    if (!this.replay) return;
    this.pause();
    this.seek(step(this.replay, this.#exact_ns, by));
  }

  #advance(now_ms: number): void {
    if (!this.playing || !this.replay) return;
    // A page in the background gets no frames: it goes on where it was.
    const elapsed_ms = Math.min(250, Math.max(0, now_ms - this.#last_ms));
    this.#last_ms = now_ms;
    this.seek(this.#exact_ns + elapsed_ms * 1e6 * this.speed);
    if (this.#exact_ns >= this.replay.end_ns) this.playing = false;
    else this.#frame = requestAnimationFrame((next_ms) => this.#advance(next_ms));
  }
}

export const player = new Player();
