//! Traces to a file.

use std::io::{self, Write};

use spanglass_trace::span::TraceId;
use spanglass_trace::views;

use super::chrome::chrome;
use super::lines::{self, Signal};
use super::markdown::markdown;
use crate::query::{Damage, Filter, Query, QueryError};

/// How many rows of the trace list are asked for at once.
const PAGE: u32 = 1_000;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Traces.
    pub traces: u64,
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Traces that are not there.
    pub missing: Vec<TraceId>,
    /// Spans that could not be read from disk; they were left out.
    pub damaged: Vec<Damage>,
}

/// Why not everything was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store did not answer.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The file could not be written.
    #[error("writing the file: {0}")]
    Write(#[from] io::Error),
}

/// Writes traces as OTLP JSON Lines: trace after trace in the order given, of each its spans in order of arrival, then its
/// log records.
pub async fn export(query: &Query, trace_ids: &[TraceId], out: &mut impl Write) -> Result<Exported, ExportError> {
    let mut exported = Exported::default();
    for trace_id in trace_ids {
        let Some(trace) = query.raw_trace(*trace_id).await? else {
            exported.missing.push(*trace_id);
            continue;
        };
        lines::write(Signal::Spans, trace.spans.iter().map(|span| (&span.raw, &span.envelope)), out)?;
        lines::write(Signal::Logs, trace.logs.iter().map(|log| (&log.raw, &log.envelope)), out)?;
        exported.traces += 1;
        exported.spans += trace.spans.len() as u64;
        exported.logs += trace.logs.len() as u64;
        exported.damaged.extend(trace.damaged);
    }
    out.flush()?;
    Ok(exported)
}

/// What traces become when they are no longer to be read by Spanglass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The conversation of each, one after the other.
    Markdown,
    /// The spans of one in the Trace Event Format.
    Chrome,
}

/// Writes traces in a form that is only read by others.
pub async fn export_as(
    query: &Query,
    trace_ids: &[TraceId],
    form: Form,
    out: &mut impl Write,
) -> Result<Exported, ExportError> {
    let mut exported = Exported::default();
    for trace_id in trace_ids {
        let Some(opened) = query.open(*trace_id).await? else {
            exported.missing.push(*trace_id);
            continue;
        };
        match form {
            Form::Markdown => {
                let conversation = views::conversation::conversation(&opened.trace, opened.version);
                out.write_all(markdown(&opened.row.summary, &conversation).as_bytes())?;
            }
            Form::Chrome => writeln!(out, "{}", chrome(&opened.trace))?,
        }
        exported.traces += 1;
        exported.spans += opened.trace.spans.len() as u64;
        exported.damaged.extend(opened.damaged.iter().cloned());
    }
    out.flush()?;
    Ok(exported)
}

/// Returns the traces a filter lets through, those that arrived first first: imported in this order, they are listed in the
/// order they were.
pub async fn selected(query: &Query, filter: &Filter) -> Result<Vec<TraceId>, QueryError> {
    let (mut trace_ids, mut before) = (Vec::new(), None);
    loop {
        let page = query.traces(PAGE, before.as_deref(), filter).await?;
        trace_ids.extend(page.rows.iter().filter_map(|row| row.summary.trace_id.parse::<TraceId>().ok()));
        before = page.next;
        if before.is_none() {
            trace_ids.reverse();
            return Ok(trace_ids);
        }
    }
}
