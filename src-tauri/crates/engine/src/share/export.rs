//! Traces to a file.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use spanglass_trace::span::TraceId;
use spanglass_trace::views;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

use super::chrome::chrome;
use super::lines::{self, Signal};
use super::markdown::markdown;
use super::page::{self, Viewer};
use super::redact::{Finding, Redactor, Rules};
use crate::query::{Damage, Filter, OpenTrace, Pieces, Query, QueryError, RawTrace};

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
    #[error("a page holds {most} spans, and these are more; export OTLP JSON lines instead")]
    TooLarge {
        /// How many a page holds.
        most: u64,
    },
    /// Somebody did not want to wait for it.
    #[error("the export was stopped")]
    Stopped,
}

/// What traces are written as.
pub enum Form {
    /// OTLP JSON Lines: trace after trace in the order given, of each its spans in order of arrival, then its log records, large ones
    /// last.
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
    /// Traces that were read, those that are read more than once as often.
    read: AtomicU64,
    /// How often each is read; 0 = once.
    times: AtomicU64,
    stopped: AtomicBool,
}

impl Progress {
    /// Returns how many traces are done. Where traces are read more than once, a part of each reading counts.
    pub fn traces(&self) -> u64 {
        self.read.load(Ordering::Relaxed) / self.times.load(Ordering::Relaxed).max(1)
    }

    /// Stops the export before its next trace, or the next piece of a large one.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Fails when somebody stopped the export.
    pub(super) fn go_on(&self) -> Result<(), ExportError> {
        if self.stopped.load(Ordering::Relaxed) { Err(ExportError::Stopped) } else { Ok(()) }
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
    /// Looks through all traces before the first is written, where that is needed to know what to take out.
    async fn learn(&mut self, trace_ids: &[TraceId]) -> Result<(), ExportError> {
        if !self.redactor.as_ref().is_some_and(Redactor::learns) {
            return Ok(());
        }
        self.progress.times.fetch_add(1, Ordering::Relaxed);
        for trace_id in trace_ids {
            self.next()?;
            let mut rest = self.query.pieces(*trace_id).await?;
            while let Some(piece) = self.piece(&mut rest).await? {
                self.with_redactor(move |redactor| redactor.map(|redactor| redactor.learn(&piece))).await?;
            }
        }
        Ok(())
    }

    /// Calls `work` with the redactor, if there is one, where it holds nobody up.
    async fn with_redactor<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(Option<&mut Redactor>) -> T + Send + 'static,
    ) -> Result<T, ExportError> {
        let mut redactor = self.redactor.take();
        let working = tokio::task::spawn_blocking(move || {
            let worked = work(redactor.as_mut());
            (redactor, worked)
        });
        let (redactor, worked) = working.await.map_err(io::Error::other)?;
        self.redactor = redactor;
        Ok(worked)
    }

    /// Returns the next piece of a trace, if there is one, unless the export was stopped.
    async fn piece(&self, rest: &mut Option<Pieces>) -> Result<Option<RawTrace>, ExportError> {
        self.progress.go_on()?;
        Ok(self.query.next_piece(rest).await?)
    }

    /// Calls `each` with every piece of a trace as it was received. Says whether it is there: what is not is noted.
    pub(super) async fn pieces(
        &mut self,
        trace_id: TraceId,
        mut each: impl FnMut(&RawTrace) -> Result<(), ExportError>,
    ) -> Result<bool, ExportError> {
        self.next()?;
        let mut rest = self.query.pieces(trace_id).await?;
        if rest.is_none() {
            self.exported.missing.push(trace_id);
            return Ok(false);
        }
        self.exported.traces += 1;
        while let Some(piece) = self.piece(&mut rest).await? {
            let piece = self.outgoing(piece).await?;
            aside(|| each(&piece))?;
        }
        Ok(true)
    }

    /// Returns what is written of what was received, and counts it.
    async fn outgoing(&mut self, received: RawTrace) -> Result<RawTrace, ExportError> {
        let work = move |redactor: Option<&mut Redactor>| match redactor {
            Some(redactor) => redactor.redact(&received),
            None => received,
        };
        let raw = self.with_redactor(work).await?;
        self.exported.spans += raw.spans.len() as u64;
        self.exported.logs += raw.logs.len() as u64;
        self.exported.damaged.extend(raw.damaged.iter().cloned());
        Ok(raw)
    }

    /// Returns a trace, read, whole; `None` when it is not there, which is noted.
    pub(super) async fn opened(&mut self, trace_id: TraceId) -> Result<Option<Arc<OpenTrace>>, ExportError> {
        self.next()?;
        let opened = match self.redactor {
            None => self.query.open(trace_id).await?,
            Some(_) => match self.query.raw_trace(trace_id).await? {
                Some(received) => Some(self.query.read_raw(self.outgoing(received).await?).await?.into()),
                None => None,
            },
        };
        let Some(opened) = opened else {
            self.exported.missing.push(trace_id);
            return Ok(None);
        };
        self.exported.traces += 1;
        if self.redactor.is_none() {
            self.exported.spans += opened.trace.spans.len() as u64;
            self.exported.damaged.extend(opened.damaged.iter().cloned());
        }
        Ok(Some(opened))
    }

    /// Returns a trace that was written already once more, read as it is shown; `None` when it was deleted in between.
    pub(super) async fn again(&mut self, trace_id: TraceId) -> Result<Option<Arc<OpenTrace>>, ExportError> {
        self.next()?;
        if self.redactor.is_none() {
            return Ok(self.query.open(trace_id).await?);
        }
        let Some(raw) = self.query.raw_trace(trace_id).await? else { return Ok(None) };
        let redacted = self.with_redactor(move |redactor| redactor.map(|redactor| redactor.redact_again(&raw))).await?;
        let Some(redacted) = redacted else { return Ok(None) };
        Ok(Some(self.query.read_raw(redacted).await?.into()))
    }

    /// Says that each trace is read once more than so far.
    pub(super) fn reads_again(&self) {
        self.progress.times.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn progress(&self) -> &Progress {
        self.progress
    }

    fn next(&self) -> Result<(), ExportError> {
        self.progress.read.fetch_add(1, Ordering::Relaxed);
        self.progress.go_on()
    }
}

/// Does what takes the processor or the disk for long, and lets the thread's other tasks go on elsewhere.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
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
    progress.times.fetch_add(1, Ordering::Relaxed);
    outgoing.learn(trace_ids).await?;
    match form {
        Form::Lines => {
            for trace_id in trace_ids {
                outgoing.pieces(*trace_id, |piece| Ok(write_lines(piece, out)?)).await?;
            }
        }
        Form::Page(viewer) => page::page(&mut outgoing, trace_ids, viewer, out).await?,
        Form::Markdown => {
            for trace_id in trace_ids {
                let Some(opened) = outgoing.opened(*trace_id).await? else { continue };
                aside(|| {
                    let conversation = views::conversation::conversation(&opened.trace, opened.version);
                    out.write_all(markdown(&opened.row.summary, &conversation).as_bytes())
                })?;
            }
        }
        Form::Chrome => {
            for trace_id in trace_ids {
                let Some(opened) = outgoing.opened(*trace_id).await? else { continue };
                aside(|| writeln!(out, "{}", chrome(&opened.trace)))?;
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

/// Writes a trace, or a piece of one, as OTLP JSON Lines.
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
