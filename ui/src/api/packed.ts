/** Rows of a timeline as the engine packs them (`views/timeline/packed.rs` says where what lies). */
import type { Kind, RowBadge, StatusCode, Timeline, TimelineRow } from './types';

/** A stretch of time in which spans below a folded row were running. */
export interface Bucket {
  from_ns: number;
  to_ns: number;
  /** Of the most telling of them. */
  kind: Kind;
  /** One of them is where an error came from. */
  error: boolean;
  count: number;
}

/** A row, and what is drawn of the spans hidden below it. */
export interface DrawnRow extends TimelineRow {
  buckets: Bucket[];
}

/** A window of rows. */
export interface DrawnTimeline extends Omit<Timeline, 'rows' | 'ancestors'> {
  rows: DrawnRow[];
  ancestors: DrawnRow[];
}

/** In the engine's order. */
const KINDS: Kind[] = ['llm', 'embedding', 'agent', 'chain', 'tool', 'retriever', 'reranker', 'parser', 'guardrail', 'evaluator', 'memory', 'prompt', 'task', 'http', 'db', 'rpc', 'other'];
const STATUSES: StatusCode[] = ['unset', 'ok', 'error'];
const BADGES: RowBadge[] = ['missing_parent', 'negative_duration', 'clock_skew', 'dropped', 'cycle'];
const NO_ID = '0000000000000000';

export function unpack(buffer: ArrayBuffer): DrawnTimeline {
  const view = new DataView(buffer);
  const headBytes = view.getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, headBytes))) as Timeline;
  let at = Math.ceil((8 + headBytes) / 8) * 8;
  const [n, above, pieces, buckets, textBytes] = Array.from({ length: 5 }, (_, i) => view.getUint32(at + i * 4, true)) as [number, number, number, number, number];
  at += 24;
  const floats = (length: number) => new Float64Array(buffer, (at += length * 8) - length * 8, length);
  const whole = (length: number) => new Uint32Array(buffer, (at += length * 4) - length * 4, length);
  const bytes = (length: number) => new Uint8Array(buffer, (at += length) - length, length);
  const [start, duration, self, firstChunk, input, output] = [floats(n), floats(n), floats(n), floats(n), floats(n), floats(n)];
  const [criticalFrom, criticalTo, bucketFrom, bucketTo] = [floats(pieces), floats(pieces), floats(buckets), floats(buckets)];
  const [row, depth, children, descendants, alike, position, siblings, atOnce, flags, criticalEnd, bucketEnd] = Array.from({ length: 11 }, () => whole(n)) as Uint32Array[] & { length: 11 };
  const [counts, looks, ends] = [whole(buckets), whole(buckets), whole(3 * n)];
  const [ids, parents, text] = [bytes(8 * n), bytes(8 * n), bytes(textBytes)];
  const decoder = new TextDecoder();
  const word = (i: number) => decoder.decode(text.subarray(i === 0 ? 0 : ends[i - 1], ends[i]));

  const rows = Array.from({ length: n }, (_, i): DrawnRow => {
    const bits = flags![i]!;
    return {
      row: row![i]!,
      span_id: idAt(ids, i) ?? NO_ID,
      parent_span_id: idAt(parents, i),
      depth: depth![i]!,
      children: children![i]!,
      descendants: descendants![i]!,
      alike: alike![i]!,
      expanded: (bits & 128) !== 0,
      position: position![i]!,
      siblings: siblings![i]!,
      at_once: atOnce![i]!,
      missing: (bits & 512) !== 0,
      name: word(3 * i),
      kind: KINDS[bits & 31] ?? 'other',
      status: STATUSES[(bits >> 5) & 3] ?? 'unset',
      running: (bits & 256) !== 0,
      start_ns: start[i]!,
      duration_ns: duration[i]!,
      self_ns: self[i]!,
      first_chunk_ns: known(firstChunk[i]!),
      critical: range(i === 0 ? 0 : criticalEnd![i - 1]!, criticalEnd![i]!).map((k): [number, number] => [criticalFrom[k]!, criticalTo[k]!]),
      model: word(3 * i + 1) || null,
      input_tokens: known(input[i]!),
      output_tokens: known(output[i]!),
      error: word(3 * i + 2) || null,
      badges: BADGES.filter((_badge, k) => (bits >> (10 + k)) & 1),
      buckets: range(i === 0 ? 0 : bucketEnd![i - 1]!, bucketEnd![i]!).map((k) => ({
        from_ns: bucketFrom[k]!,
        to_ns: bucketTo[k]!,
        kind: KINDS[looks[k]! & 255] ?? 'other',
        error: looks[k]! >= 256,
        count: counts[k]!,
      })),
    };
  });
  return { ...head, rows: rows.slice(above), ancestors: rows.slice(0, above) };
}

function known(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function idAt(ids: Uint8Array, i: number): string | null {
  let id = '';
  for (let k = 8 * i; k < 8 * i + 8; k += 1) id += HEX[ids[k]!];
  return id === NO_ID ? null : id;
}
