//! Spans made of log records: of traces of which nothing else was received, and of spans that nothing else tells of.
//!
//! Coding agents tell what they do in log records, most of them without any trace: a record for each prompt, call of a model and
//! tool. An agent's dialect says where each record belongs ([`Place`]); here they become one trace for each session: an agent at
//! the root, below it a span for each prompt (when there are several), and below those the calls and tools. Records that only add
//! to another are that span's events, so that every record is somewhere and none is anywhere twice. Log records of no agent that
//! name a trace are a row each, beneath the span they name.
//!
//! Everything follows from the set of records, whatever the order they came in: the same records make the same ids and spans.

mod session;

use super::{claude_code, codex, gemini_cli, langfuse_events, mlflow_run, mlflow_trace};
use crate::fingerprint;
use crate::span::{AnyValue, LogRecord, Span, Status, TraceId};
use session::Session;

/// Where an agent's log record belongs.
pub(super) struct Place {
    /// The agent, as people call it.
    pub(super) agent: &'static str,
    /// Which of its sessions; records with the same are one trace.
    pub(super) session: String,
    /// Whether it belongs there although it names a trace of its own.
    pub(super) has_other_trace: bool,
    /// The record's name, in full.
    pub(super) event: String,
    /// What it tells of.
    pub(super) role: Role,
}

/// What an agent's log record tells of. Durations end when the record was made.
pub(super) enum Role {
    /// What a person asked; what follows is done for it.
    Prompt,
    /// A call has begun, and another record will tell of all of it.
    Asked,
    /// A call of a model.
    Call { took_ns: u64 },
    /// A call of a model whose answer is told by more records.
    Opened { took_ns: u64 },
    /// More of the answer of the call that was opened last.
    Streamed,
    /// More about the call that ended last.
    Answered,
    /// Whether a tool may be run.
    Decided { name: String, call_id: String },
    /// A tool's execution.
    Tool { name: String, call_id: Option<String>, took_ns: u64 },
    /// Anything else.
    Note,
}

/// An agent whose log records are understood.
struct Agent {
    /// The dialect that reads its spans.
    dialect: &'static str,
    /// What people call it and those made of it, where its spans are in traces of their own and tell of the same calls.
    told_twice: &'static [&'static str],
    place: fn(&LogRecord) -> Option<Place>,
}

const AGENTS: &[Agent] = &[
    Agent { dialect: "claude_code", told_twice: &[], place: claude_code::place },
    Agent { dialect: "codex", told_twice: &[codex::AGENT], place: codex::place },
    Agent { dialect: "gemini_cli", told_twice: &gemini_cli::AGENTS, place: gemini_cli::place },
];

fn place(log: &LogRecord) -> Option<Place> {
    AGENTS.iter().find_map(|agent| (agent.place)(log))
}

/// Says whether a trace of a session is one of those of an agent that tells of its calls in log records and in spans of other
/// traces: returns the agent's dialect, and whether this is the trace of the records.
pub(super) fn told_twice(trace_id: TraceId, dialects: &[String], session: &str) -> Option<(&'static str, bool)> {
    let agent = AGENTS.iter().find(|agent| dialects.iter().any(|name| name == agent.dialect))?;
    let of_records = agent.told_twice.iter().any(|name| fingerprint::trace_id([*name, session]) == trace_id);
    (!agent.told_twice.is_empty()).then_some((agent.dialect, of_records))
}

/// Returns the trace a log record belongs to: the one it names, else the one made for its session, if it is of an agent.
pub(super) fn trace_of(log: &LogRecord) -> Option<TraceId> {
    match place(log) {
        Some(place) if log.trace_id.is_none() || place.has_other_trace => {
            Some(fingerprint::trace_id([place.agent, &place.session]))
        }
        _ => log.trace_id,
    }
}

/// Returns the spans that a trace's log records make.
pub(super) fn spans(trace_id: TraceId, logs: &[LogRecord]) -> Vec<Span> {
    let placed: Vec<(&LogRecord, Option<Place>)> =
        sorted(logs.iter()).into_iter().map(|log| (log, place(log))).collect();
    let mut spans = Session::spans(trace_id, placed.iter().filter_map(|(log, place)| Some((*log, place.as_ref()?))));
    let of_mlflow = |log: &&LogRecord| mlflow_trace::is_ours(log) || mlflow_run::is_ours(log);
    let told: Vec<LogRecord> = placed.iter().map(|(log, _)| *log).filter(of_mlflow).cloned().collect();
    spans.extend(mlflow_trace::span(trace_id, &told));
    spans.extend(mlflow_run::span(trace_id, &told));
    let events = placed.iter().map(|(log, _)| *log).filter(|log| langfuse_events::is_ours(log));
    spans.extend(langfuse_events::spans(trace_id, events));
    let mut names = Names::default();
    let is_known = [mlflow_trace::is_ours, mlflow_run::is_ours, langfuse_events::is_ours];
    let is_other = |log: &LogRecord| !is_known.iter().any(|is_ours| is_ours(log));
    let others = placed.iter().filter(|(log, place)| place.is_none() && is_other(log));
    for (log, _) in others {
        spans.push(Span { parent_span_id: log.span_id, ..line(trace_id, log, &mut names) });
    }
    spans
}

/// Returns the spans that log records of a trace make beside the spans that were received: those of programs that tell of a span in
/// events, whatever else is in their trace. Other records have been joined to a span, or are what a program said beside its spans.
pub(super) fn spans_beside(trace_id: TraceId, logs: &[LogRecord]) -> Vec<Span> {
    langfuse_events::spans(trace_id, sorted(logs.iter().filter(|log| langfuse_events::is_ours(log))).into_iter())
}

/// Brings log records into one order, whatever the order they came in.
fn sorted<'a>(logs: impl Iterator<Item = &'a LogRecord>) -> Vec<&'a LogRecord> {
    let mut sorted: Vec<&LogRecord> = logs.collect();
    // What they say tells records of one moment apart when nothing else can.
    sorted.sort_by(|a, b| moment(a).cmp(&moment(b)).then_with(|| said(a).cmp(&said(b))));
    sorted
}

/// Brings a span's log records into the order of time; those of one moment stay in the order they came.
pub(super) fn in_order(logs: &mut [LogRecord]) {
    logs.sort_by_key(moment);
}

/// Returns what puts a log record before others: when it happened, as which, and when it was seen.
fn moment(log: &LogRecord) -> (u64, i64, u64) {
    (time(log), sequence(log), log.observed_time_unix_nano)
}

/// Gives spans made of the same words names of their own.
#[derive(Default)]
struct Names(std::collections::BTreeMap<u64, u32>);

impl Names {
    fn next(&mut self, words: &[&str]) -> crate::span::SpanId {
        let count = self.0.entry(fingerprint::of(words.iter().copied())).or_default();
        *count += 1;
        let nth = count.to_string();
        fingerprint::span_id(words.iter().copied().chain([&*nth]))
    }
}

/// A log record of no agent, as a span without a length.
fn line(trace_id: TraceId, log: &LogRecord, names: &mut Names) -> Span {
    const NAME_LIMIT: usize = 80;
    let body = log.body.as_str().unwrap_or_default();
    let name = match (log.event(), body.lines().next()) {
        ("", Some(line)) => line.chars().take(NAME_LIMIT).collect(),
        ("", None) => "log record".to_owned(),
        (event, _) => event.to_owned(),
    };
    let at = time(log);
    let span_id = names.next(&["line", &at.to_string(), &name]);
    let mut span = blank(trace_id, span_id, log, name, at, at);
    if log.body != AnyValue::Null {
        span.attributes.push(("body".to_owned(), log.body.clone()));
    }
    if !log.severity_text.is_empty() {
        span.attributes.push(("severity_text".to_owned(), AnyValue::Str(log.severity_text.clone())));
    }
    span
}

/// A span with what a log record says.
fn blank(
    trace_id: TraceId,
    span_id: crate::span::SpanId,
    log: &LogRecord,
    name: String,
    start_time_unix_nano: u64,
    end_time_unix_nano: u64,
) -> Span {
    Span {
        trace_id,
        span_id,
        parent_span_id: None,
        trace_state: String::new(),
        flags: 0,
        name,
        kind: 1,
        start_time_unix_nano,
        end_time_unix_nano,
        attributes: log.attributes.clone(),
        dropped_attributes: log.dropped_attributes,
        events: Vec::new(),
        dropped_events: 0,
        links: Vec::new(),
        dropped_links: 0,
        status: Status::default(),
        resource: log.resource.clone(),
        scope: log.scope.clone(),
    }
}

/// When a record was made, in nanoseconds since 1970.
fn time(log: &LogRecord) -> u64 {
    if log.time_unix_nano == 0 { log.observed_time_unix_nano } else { log.time_unix_nano }
}

fn sequence(log: &LogRecord) -> i64 {
    match crate::span::attribute(&log.attributes, "event.sequence") {
        Some(AnyValue::Int(number)) => *number,
        Some(AnyValue::Str(number)) => number.parse().unwrap_or(0),
        _ => 0,
    }
}

fn said(log: &LogRecord) -> String {
    format!("{:?} {:?} {:?}", log.event_name, log.body, log.attributes)
}
