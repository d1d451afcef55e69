/** The colours and type of the canvas, read from the design tokens once per theme. */
import { mix } from '../../lib/colour';
import { kindLook, type KindLook } from '../../lib/kind';

export interface Paint {
  ground: string;
  ink: string;
  ink2: string;
  ink3: string;
  line: string;
  error: string;
  live: string;
  edge: string;
  font: string;
  /** A span's bar. */
  bar(kind: string, failed: boolean): string;
  /** The bar of a span that has children. */
  parent(kind: string, failed: boolean): string;
  /** The wait for the first chunk. */
  wait(kind: string, failed: boolean): string;
}

const COLOURS: KindLook['colour'][] = ['llm', 'agent', 'tool', 'retriever', 'embedding', 'chain', 'http', 'db', 'other'];

export function readPaint(element: Element): Paint {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const ground = token('--bg-1');
  const kinds = new Map<string, string>(COLOURS.map((colour) => [colour, token(`--kind-${colour}`)]));
  const failure = token('--bar-error');
  const bar = (kind: string, failed: boolean) => (failed ? failure : (kinds.get(kindLook(kind).colour) ?? token('--kind-other')));
  const memo = new Map<string, string>();
  const mixed = (share: number) => (kind: string, failed: boolean) => {
    const key = `${share} ${failed} ${kind}`;
    let colour = memo.get(key);
    if (colour === undefined) memo.set(key, (colour = mix(bar(kind, failed), ground, share)));
    return colour;
  };
  const sans = token('--sans');
  return {
    ground,
    ink: token('--ink'),
    ink2: token('--ink-2'),
    ink3: token('--ink-3'),
    line: token('--line'),
    error: token('--error'),
    live: token('--live'),
    edge: token('--bar-edge'),
    font: `11px ${sans}`,
    bar,
    parent: mixed(0.68),
    wait: mixed(0.55),
  };
}
