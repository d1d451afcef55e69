//! The head of an opened trace: its row, what is missing from it, and which views have something to show.

use super::notes::notes;
use super::{TraceHead, TraceRow};
use crate::reading::Kind;
use crate::views::{ReadSpan, ReadTrace, stream};

/// Returns the head of a trace; `row` is the trace in one row.
pub fn head(trace: &ReadTrace, row: TraceRow) -> TraceHead {
    let streams: Vec<String> = stream::streams(trace).into_iter().map(|stream| stream.span_id).collect();
    let any = |holds: fn(&ReadSpan) -> bool| trace.spans.iter().any(holds);
    let views = [
        ("timeline", true),
        ("conversation", any(|read| read.reading.kind == Kind::Llm || read.reading.output.messages.is_some())),
        ("stream", !streams.is_empty()),
        ("tools", any(|read| read.reading.kind == Kind::Tool || !read.reading.tools.is_empty())),
        ("tokens", any(|read| read.reading.usage.is_some() || read.reading.kind.is_call())),
        ("raw", true),
    ];
    let views = views.iter().filter(|(_, applies)| *applies).map(|(view, _)| (*view).to_owned()).collect();
    TraceHead { notes: notes(trace, &row), row, streams, views }
}
