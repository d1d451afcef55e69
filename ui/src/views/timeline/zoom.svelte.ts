/** What stretch of the clock is shown: the address says it, whole or a part. */
import { clampRange, pan, roomyEnd, zoomAt, type Range } from '../../lib/scale';
import { location } from '../../state/location.svelte';

/** How long after its last word a running trace still counts as running on. */
const SILENCE_NS = 60e9;
/** What is left free after the end of the whole, in pixels: the labels of bars that reach it stand there. */
const ROOM_PX = 100;

export class Zoom {
  constructor(
    private readonly duration_ns: () => number,
    /** The trace's own clock at this moment; null when it does not run. */
    private readonly clock_ns: () => number | null,
    /** The width of the bars, in pixels. */
    private readonly width: () => number,
  ) {}

  /** How much longer than the trace the whole is. */
  get #room(): number {
    const width = this.width();
    return width > 3 * ROOM_PX ? width / (width - ROOM_PX) : 1;
  }

  /** Where "now" is drawn; null when the trace has ended or fell silent. */
  get now_ns(): number | null {
    const clock = this.clock_ns();
    if (clock === null || clock < 0 || clock - this.duration_ns() > SILENCE_NS) return null;
    return Math.max(clock, this.duration_ns());
  }

  /** The end of the whole: with room for labels, and ahead while the trace runs. */
  get end_ns(): number {
    const now = this.now_ns;
    return now === null ? Math.max(1, this.duration_ns() * this.#room) : roomyEnd(now);
  }

  get range(): Range {
    const { t0, t1 } = location.route;
    return t0 === null || t1 === null ? { t0: 0, t1: this.end_ns } : clampRange({ t0, t1 }, Math.max(this.end_ns, t1));
  }

  get whole(): boolean {
    return location.route.t0 === null;
  }

  to(range: Range): void {
    const next = clampRange(range, this.end_ns);
    if (next.t0 <= 0 && next.t1 >= this.end_ns) this.fit();
    else location.adjust({ t0: next.t0, t1: next.t1 });
  }

  fit(): void {
    location.adjust({ t0: null, t1: null });
  }

  by(at_ns: number, factor: number): void {
    this.to(zoomAt(this.range, at_ns, factor, this.end_ns));
  }

  panBy(ns: number): void {
    if (!this.whole) this.to(pan(this.range, ns, this.end_ns));
  }

  /** Shows a stretch with a little room on both sides. */
  around(from: number, length: number): void {
    const room = Math.max(length * 0.1, 50);
    this.to({ t0: from - room, t1: from + length + room });
  }
}
