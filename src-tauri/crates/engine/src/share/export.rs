//! Traces to a file.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use spanglass_trace::span::TraceId;
use spanglass_trace::views;

use super::chrome::chrome;
use super::lines::{self, Signal};
use super::markdown::markdown;
use super::page::{self, Viewer};
use super::redact::{Finding, Redactor, Rules};
use crate::query::{Damage, Filter, OpenTrace, Query, QueryError, RawTrace};

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
    /// The program has no viewer to put into a page.
    #[error("this build carries no interface; build it with `npm run build` in ui/ first")]
    NoViewer,
    /// Too large for a browser.
    #[error("{spans} spans are too many for a page, which holds {most}; export OTLP JSON lines instead")]
    TooLarge {
        /// How many there are.
        spans: u64,
        /// How many a page holds.
        most: u64,
    },
    /// Somebody did not want to wait for it.
    #[error("the export was stopped")]
    Stopped,
}

/// What traces are written as.
pub enum Form {
    /// OTLP JSON Lines: trace after trace in the order given, of each its spans in order of arrival, then its log records.
    Lines,
    /// One HTML file that shows them.
    Page(Viewer),
    /// The conversation of each, one after the other.
    Markdown,
    /// The spans of one in the Trace Event Format.
    Chrome,
}

/// How far an export has come. Who watches may stop it.
#[derive(Debug, Default)]
pub struct Progress {
    traces: AtomicU64,
    stopped: AtomicBool,
}

impl Progress {
    /// Returns how many traces were read.
    pub fn traces(&self) -> u64 {
        self.traces.load(Ordering::Relaxed)
    }

    /// Stops the export before its next trace.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Reads traces for an export, less what the rules take out.
pub(super) struct Outgoing<'a> {
    query: &'a Query,
    /// `None` = nothing is taken out. It is away while it works.
    redactor: Option<Redactor>,
    progress: &'a Progress,
    exported: Exported,
}

impl Outgoing<'_> {
    /// Returns a trace as it was received; `None` when it is not there, which is noted.
    pub(super) async fn raw(&mut self, trace_id: TraceId) -> Result<Option<RawTrace>, ExportError> {
        self.next()?;
        let Some(mut raw) = self.query.raw_trace(trace_id).await? else {
            self.exported.missing.push(trace_id);
            return Ok(None);
        };
        if let Some(mut redactor) = self.redactor.take() {
            let redact = move || {
                let redacted = redactor.redact(&raw);
                (redactor, redacted)
            };
            let (redactor, redacted) = tokio::task::spawn_blocking(redact).await.map_err(io::Error::other)?;
            (self.redactor, raw) = (Some(redactor), redacted);
        }
        self.exported.traces += 1;
        self.exported.spans += raw.spans.len() as u64;
        self.exported.logs += raw.logs.len() as u64;
        self.exported.damaged.extend(raw.damaged.iter().cloned());
        Ok(Some(raw))
    }

    /// Returns a trace, read; as [`Outgoing::raw`].
    pub(super) async fn opened(&mut self, trace_id: TraceId) -> Result<Option<Arc<OpenTrace>>, ExportError> {
        if self.redactor.is_some() {
            let Some(raw) = self.raw(trace_id).await? else { return Ok(None) };
            return Ok(Some(self.query.read_raw(raw).await?.into()));
        }
        self.next()?;
        let Some(opened) = self.query.open(trace_id).await? else {
            self.exported.missing.push(trace_id);
            return Ok(None);
        };
        self.exported.traces += 1;
        self.exported.spans += opened.trace.spans.len() as u64;
        self.exported.damaged.extend(opened.damaged.iter().cloned());
        Ok(Some(opened))
    }

    /// Returns a trace that was read for this export, read as it is shown.
    pub(super) async fn shown(&self, raw: &RawTrace) -> Result<Arc<OpenTrace>, ExportError> {
        if self.redactor.is_some() {
            return Ok(self.query.read_raw(raw.clone()).await?.into());
        }
        let opened = self.query.open(raw.trace_id).await?;
        // Deleted in between.
        opened.ok_or(ExportError::Stopped)
    }

    fn next(&self) -> Result<(), ExportError> {
        self.progress.traces.fetch_add(1, Ordering::Relaxed);
        if self.progress.stopped.load(Ordering::Relaxed) { Err(ExportError::Stopped) } else { Ok(()) }
    }
}

/// Writes traces in a form, less what the rules take out.
///
/// Also returns what that was.
pub async fn export_as(
    query: &Query,
    trace_ids: &[TraceId],
    form: &Form,
    rules: &Rules,
    progress: &Progress,
    out: &mut impl Write,
) -> Result<(Exported, Vec<Finding>), ExportError> {
    let redactor = (!rules.is_none()).then(|| Redactor::new(rules.clone()));
    let mut outgoing = Outgoing { query, redactor, progress, exported: Exported::default() };
    match form {
        Form::Lines => {
            for trace_id in trace_ids {
                if let Some(raw) = outgoing.raw(*trace_id).await? {
                    write_lines(&raw, out)?;
                }
            }
        }
        Form::Page(viewer) => page::page(&mut outgoing, trace_ids, viewer, out).await?,
        Form::Markdown => {
            for trace_id in trace_ids {
                let Some(opened) = outgoing.opened(*trace_id).await? else { continue };
                let conversation = views::conversation::conversation(&opened.trace, opened.version);
                out.write_all(markdown(&opened.row.summary, &conversation).as_bytes())?;
            }
        }
        Form::Chrome => {
            for trace_id in trace_ids {
                let Some(opened) = outgoing.opened(*trace_id).await? else { continue };
                writeln!(out, "{}", chrome(&opened.trace))?;
            }
        }
    }
    out.flush()?;
    Ok((outgoing.exported, outgoing.redactor.map_or_else(Vec::new, |redactor| redactor.findings())))
}

/// Writes traces as OTLP JSON Lines, whole.
pub async fn export(query: &Query, trace_ids: &[TraceId], out: &mut impl Write) -> Result<Exported, ExportError> {
    let (exported, _) = export_as(query, trace_ids, &Form::Lines, &Rules::default(), &Progress::default(), out).await?;
    Ok(exported)
}

/// Writes a trace as OTLP JSON Lines.
pub(super) fn write_lines(raw: &RawTrace, out: &mut dyn Write) -> io::Result<()> {
    lines::write(Signal::Spans, raw.spans.iter().map(|span| (&span.raw, &span.envelope)), out)?;
    lines::write(Signal::Logs, raw.logs.iter().map(|log| (&log.raw, &log.envelope)), out)
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
