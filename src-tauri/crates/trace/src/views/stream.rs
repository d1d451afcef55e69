//! One streamed answer: its chunks, their timing, and what they add up to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ReadTrace;
use crate::reading::{Chunk, Message, Output, Part, Reading, Stream, Usage};
use crate::span::{Span, SpanId};

/// A pause between two chunks that is far longer than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Stall {
    /// The place in `items` of the chunk that ended it.
    pub item: u32,
    /// How long it was.
    #[ts(type = "number")]
    pub gap_ns: u64,
}

/// How even a stream was: gaps between chunks, nearest-rank percentiles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Gaps {
    /// Half of the gaps are at most this long.
    #[ts(type = "number")]
    pub p50_ns: u64,
    /// 95 % of the gaps are at most this long.
    #[ts(type = "number")]
    pub p95_ns: u64,
    /// The longest.
    #[ts(type = "number")]
    pub max_ns: u64,
    /// Gaps over four times the 95th percentile or over one second, longest first, at most 20.
    pub stalls: Vec<Stall>,
}

/// A streamed call in the list of a trace's streams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct StreamRow {
    /// The span.
    pub span_id: String,
    /// What the span is called.
    pub name: String,
    /// The model that answered (else that was asked).
    pub model: Option<String>,
    /// Chunk events received.
    #[ts(type = "number")]
    pub chunks: u64,
    /// Chunk events the sender left out.
    #[ts(type = "number")]
    pub dropped_chunks: u64,
    /// To the first chunk; `None` = unknown.
    #[ts(type = "number | null")]
    pub time_to_first_chunk_ns: Option<u64>,
    /// See [`longest_silence_ns`].
    #[ts(type = "number | null")]
    pub longest_silence_ns: Option<u64>,
    /// Start, from the trace's start.
    #[ts(type = "number")]
    pub start_ns: u64,
    /// From start to end of the span.
    #[ts(type = "number")]
    pub duration_ns: u64,
}

/// One streamed answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct StreamView {
    /// The span.
    pub span_id: String,
    /// From start to end of the span.
    #[ts(type = "number")]
    pub duration_ns: u64,
    /// Chunk events received.
    #[ts(type = "number")]
    pub chunks: u64,
    /// Chunk events the sender left out.
    #[ts(type = "number")]
    pub dropped_chunks: u64,
    /// To the first chunk; `None` = unknown.
    #[ts(type = "number | null")]
    pub time_to_first_chunk_ns: Option<u64>,
    /// Where that was read from.
    pub time_to_first_chunk_source: Option<String>,
    /// Output tokens per second from the first chunk to the last, when both are known.
    pub tokens_per_second: Option<f64>,
    /// How even the stream was.
    pub gaps: Gaps,
    /// Of a span that failed, from its last chunk to its end; `None` = it did not fail, or no chunk of it is here.
    #[ts(type = "number | null")]
    pub silent_end_ns: Option<u64>,
    /// The text deltas of choice 0, joined.
    pub text: String,
    /// The chunks, in the sender's order.
    pub items: Vec<Chunk>,
    /// The tool calls being assembled: `(choice, tool call)` of a chunk point to these.
    pub tool_calls: Vec<StreamedToolCall>,
    /// The answer as the span shows it.
    pub output: Vec<Message>,
    /// Token counts.
    pub usage: Option<Usage>,
    /// Whether the head of the stream was left out by the sender.
    pub head_dropped: bool,
}

/// The head of a tool call that arrived in pieces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct StreamedToolCall {
    /// The choice.
    pub choice: u32,
    /// Which tool call of the choice.
    pub tool_call: u32,
    /// The call's id.
    pub id: Option<String>,
    /// The tool.
    pub name: Option<String>,
}

/// Returns the spans with a streamed answer, in start order.
pub fn streams(trace: &ReadTrace) -> Vec<StreamRow> {
    let mut rows: Vec<StreamRow> = Vec::new();
    for (at, read) in trace.spans.iter().enumerate() {
        let Some(stream) = &read.reading.stream else { continue };
        rows.push(StreamRow {
            span_id: read.span.span_id.to_string(),
            name: read.span.name.clone(),
            model: read.model().map(str::to_owned),
            chunks: stream.chunks,
            dropped_chunks: stream.dropped_chunks,
            time_to_first_chunk_ns: stream.time_to_first_chunk_ns,
            longest_silence_ns: longest_silence_ns(&read.span, &read.reading),
            start_ns: trace.start_ns(at),
            duration_ns: trace.duration_ns(at),
        });
    }
    rows.sort_by_key(|row| row.start_ns);
    rows
}

/// Returns one streamed answer; `None` when the span is not there or did not stream.
pub fn stream(trace: &ReadTrace, span_id: SpanId) -> Option<StreamView> {
    let at = trace.find(span_id)?;
    let reading = &trace.spans[at].reading;
    let stream = reading.stream.as_ref()?;
    let first_index = stream.items.first().map_or(0, |chunk| chunk.index);
    let head_dropped = stream.dropped_chunks > 0 && (first_index > 0 || stream.time_to_first_chunk_ns.is_none());
    Some(StreamView {
        span_id: span_id.to_string(),
        duration_ns: trace.duration_ns(at),
        chunks: stream.chunks,
        dropped_chunks: stream.dropped_chunks,
        time_to_first_chunk_ns: stream.time_to_first_chunk_ns,
        time_to_first_chunk_source: stream.time_to_first_chunk_source.clone(),
        tokens_per_second: tokens_per_second(stream, reading.usage).filter(|_| !head_dropped),
        gaps: gaps(&stream.items),
        silent_end_ns: silent_end_ns(&trace.spans[at].span, reading),
        text: stream.text.clone(),
        items: stream.items.clone(),
        tool_calls: tool_calls(stream, &reading.output),
        output: reading.output.messages.clone().unwrap_or_default(),
        usage: reading.usage,
        head_dropped,
    })
}

/// Returns the rate from the first chunk to the last; `None` when the tokens are not known or no time passed.
fn tokens_per_second(stream: &Stream, usage: Option<Usage>) -> Option<f64> {
    let tokens = usage?.output_tokens?;
    let (first, last) = (stream.items.first()?.offset_ns, stream.items.last()?.offset_ns);
    let passed_ns = last.checked_sub(first).filter(|passed| *passed > 0)?;
    Some(tokens as f64 * 1e9 / passed_ns as f64)
}

/// Returns how long a streamed answer was silent once it had begun: the longest gap between two chunks or, of a span that
/// failed, from its last chunk to its end. `None` when nothing of it can be timed.
pub fn longest_silence_ns(span: &Span, reading: &Reading) -> Option<u64> {
    let stream = reading.stream.as_ref()?;
    let longest = pauses(&stream.items).map(|pause| pause.gap_ns).max();
    longest.max(silent_end_ns(span, reading))
}

/// Who gives up on a stalled stream ends its span with an error: no chunk ends that silence.
fn silent_end_ns(span: &Span, reading: &Reading) -> Option<u64> {
    let failed = super::failed(span.status.code, reading.error.is_some());
    let last = u64::try_from(reading.stream.as_ref()?.items.last()?.offset_ns).ok()?;
    let lasted = span.end_time_unix_nano.checked_sub(span.start_time_unix_nano)?;
    lasted.checked_sub(last).filter(|_| failed)
}

/// Returns the gaps between chunks; where the sender left chunks out between two, nothing is known of a gap.
fn pauses(items: &[Chunk]) -> impl Iterator<Item = Stall> {
    let follows = |pair: &[Chunk]| pair[1].index <= pair[0].index.saturating_add(1);
    let gap = |pair: &[Chunk]| u64::try_from(pair[1].offset_ns.saturating_sub(pair[0].offset_ns)).unwrap_or(0);
    (1..)
        .zip(items.windows(2))
        .filter(move |(_, pair)| follows(pair))
        .map(move |(item, pair)| Stall { item, gap_ns: gap(pair) })
}

fn gaps(items: &[Chunk]) -> Gaps {
    const SECOND_NS: u64 = 1_000_000_000;
    const MOST_STALLS: usize = 20;
    let mut stalls: Vec<Stall> = pauses(items).collect();
    let mut sorted: Vec<u64> = stalls.iter().map(|pause| pause.gap_ns).collect();
    sorted.sort_unstable();
    let percentile = |percent: usize| match sorted.len() {
        0 => 0,
        length => sorted[(length * percent).div_ceil(100).max(1) - 1],
    };
    let p95_ns = percentile(95);
    let is_stall = |gap_ns: u64| gap_ns > SECOND_NS || gap_ns > p95_ns.saturating_mul(4);
    stalls.retain(|stall| is_stall(stall.gap_ns));
    stalls.sort_by_key(|stall| (std::cmp::Reverse(stall.gap_ns), stall.item));
    stalls.truncate(MOST_STALLS);
    Gaps { p50_ns: percentile(50), p95_ns, max_ns: percentile(100), stalls }
}

/// Returns the heads of the tool calls in the chunks: the nth of a choice is the nth in the choice's answer.
fn tool_calls(stream: &Stream, output: &Output) -> Vec<StreamedToolCall> {
    let pieces = stream.items.iter().filter_map(|chunk| Some((chunk.choice, chunk.tool_call?)));
    let pieces: BTreeSet<(u32, u32)> = pieces.collect();
    let messages = output.messages.as_deref().unwrap_or_default();
    let one_message_each = output.finish_reasons.len() > 1 && output.finish_reasons.len() == messages.len();
    let mut nth: BTreeMap<u32, usize> = BTreeMap::new();
    pieces
        .into_iter()
        .map(|(choice, tool_call)| {
            let answer = match (one_message_each, messages.get(choice as usize)) {
                (true, Some(message)) => std::slice::from_ref(message),
                _ if choice == 0 => messages,
                _ => &[],
            };
            let heads = answer.iter().flat_map(|message| &message.parts).filter_map(|part| match part {
                Part::ToolCall { id, name, .. } => Some((id.clone(), name.clone())),
                _ => None,
            });
            let place = nth.entry(choice).or_default();
            let (id, name) = heads.into_iter().nth(*place).unwrap_or_default();
            *place += 1;
            StreamedToolCall { choice, tool_call, id, name }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::{ChunkType, Kind};
    use crate::views::ReadSpan;
    use crate::views::drawn::{calling, id, span, trace};

    fn streaming(number: u64, offsets_ms: &[i64], dropped_chunks: u64) -> ReadSpan {
        let chunk = |(index, offset): (u64, &i64)| Chunk {
            index: index + dropped_chunks,
            offset_ns: offset * 1_000_000,
            kind: ChunkType::Text,
            text: "a".into(),
            choice: 0,
            tool_call: None,
        };
        let items: Vec<Chunk> = (0..).zip(offsets_ms).map(chunk).collect();
        let mut read = span(number, 0, number, 9_000_000_000).kind(Kind::Llm).using(10, 100);
        read.reading.stream = Some(Stream {
            chunks: items.len() as u64,
            dropped_chunks,
            time_to_first_chunk_ns: (dropped_chunks == 0).then_some(1_000_000),
            items,
            ..Stream::default()
        });
        read
    }

    #[test]
    fn gaps_are_nearest_rank_percentiles_and_stalls_stand_out() {
        let mut offsets: Vec<i64> = (0..=40).map(|at| at * 10).collect();
        offsets.extend([1_700, 1_750]);
        let view = stream(&trace(vec![streaming(1, &offsets, 0)]), id(1)).unwrap();
        assert_eq!((view.gaps.p50_ns, view.gaps.p95_ns, view.gaps.max_ns), (10_000_000, 10_000_000, 1_300_000_000));
        let stalls: Vec<_> = view.gaps.stalls.iter().map(|stall| (stall.item, stall.gap_ns / 1_000_000)).collect();
        assert_eq!(stalls, [(41, 1_300), (42, 50)]);
        assert!((view.tokens_per_second.unwrap() - 100.0 / 1.75).abs() < 1e-9);
    }

    #[test]
    fn silence_is_a_gap_between_chunks_or_the_end_of_what_failed() {
        let silence = |read: &ReadSpan| longest_silence_ns(&read.span, &read.reading).map(|ns| ns / 1_000_000);
        assert_eq!(silence(&streaming(1, &[5, 10, 7_010, 7_020], 0)), Some(7_000));
        assert_eq!(silence(&streaming(1, &[5], 0)), None);
        let mut failed = streaming(1, &[5, 10, 20], 0);
        assert_eq!(silence(&failed), Some(10));
        failed.span.status.code = 2;
        assert_eq!(silence(&failed), Some(8_979));
        assert_eq!(stream(&trace(vec![failed]), id(1)).unwrap().silent_end_ns, Some(8_979_999_999));
        let mut lossy = streaming(1, &[5, 10, 7_010, 7_020], 0);
        lossy.reading.stream.as_mut().unwrap().items[2..].iter_mut().for_each(|chunk| chunk.index += 3);
        assert_eq!(silence(&lossy), Some(10), "what was left out may have come within it");
        assert_eq!(stream(&trace(vec![lossy]), id(1)).unwrap().gaps.stalls, []);
    }

    #[test]
    fn a_dropped_head_leaves_the_beginning_unknown() {
        let view = stream(&trace(vec![streaming(1, &[5, 6], 3)]), id(1)).unwrap();
        assert!(view.head_dropped && view.time_to_first_chunk_ns.is_none() && view.tokens_per_second.is_none());
        let whole = stream(&trace(vec![streaming(1, &[5, 6], 0)]), id(1)).unwrap();
        assert!(!whole.head_dropped);
    }

    #[test]
    fn empty_streams_and_clocks_that_go_back_have_gaps_of_nothing() {
        for offsets in [&[][..], &[3], &[9, 3, -5]] {
            assert_eq!(stream(&trace(vec![streaming(1, offsets, 0)]), id(1)).unwrap().gaps, Gaps::default());
        }
        assert_eq!(stream(&trace(vec![span(1, 0, 0, 1)]), id(1)), None);
        assert_eq!(stream(&trace(vec![span(1, 0, 0, 1)]), id(2)), None);
    }

    #[test]
    fn pieces_of_tool_calls_point_to_their_heads() {
        let mut read = streaming(1, &[1, 2, 3], 0).answering(vec![calling(&[("c1", "a", ""), ("c2", "b", "")])]);
        let items = &mut read.reading.stream.as_mut().unwrap().items;
        // Some providers count all blocks of an answer and not the tool calls.
        items[1].tool_call = Some(1);
        items[2].tool_call = Some(2);
        let heads = stream(&trace(vec![read]), id(1)).unwrap().tool_calls;
        let heads: Vec<_> =
            heads.iter().map(|head| (head.tool_call, head.id.as_deref(), head.name.as_deref())).collect();
        assert_eq!(heads, [(1, Some("c1"), Some("a")), (2, Some("c2"), Some("b"))]);
    }

    #[test]
    fn streams_stand_by_start() {
        let rows = streams(&trace(vec![streaming(3, &[1], 0), span(2, 0, 2, 9), streaming(1, &[1], 0)]));
        assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["s1", "s3"]);
    }
}
