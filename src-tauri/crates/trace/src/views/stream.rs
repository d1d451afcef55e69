//! One streamed answer: its chunks, their timing, and what they add up to.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ReadTrace;
use crate::reading::{Chunk, Message, Usage};
use crate::span::SpanId;

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
    let _ = trace.spans[at].reading.stream.as_ref()?;
    None
}
