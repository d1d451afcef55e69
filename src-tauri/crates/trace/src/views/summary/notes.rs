//! What is missing from a trace or odd in it, in sentences a person can act on.

use serde_json::Value;

use super::{Note, NoteLevel, ToldTwice, TraceRow, TraceSummary};
use crate::reading::Kind;
use crate::views::conversation::shown_calls;
use crate::views::timeline::{ends_before_start, is_skewed};
use crate::views::{ReadSpan, ReadTrace, counted};

/// Returns the notes on a trace: warnings, then what is complete.
pub(super) fn notes(trace: &ReadTrace, row: &TraceRow) -> Vec<Note> {
    let summary = &row.summary;
    let mut notes = Notes { trace, notes: Vec::new() };
    notes.dropped();
    notes.missing(summary);
    notes.odd();
    notes.cut_short();
    notes.not_captured();
    if let Some(told) = &row.told_twice {
        notes.told_twice(told);
    }
    notes.complete(summary);
    notes.notes
}

struct Notes<'a> {
    trace: &'a ReadTrace,
    notes: Vec<Note>,
}

impl Notes<'_> {
    fn add(&mut self, level: NoteLevel, code: &str, text: String, fix: Option<&str>, at: Option<usize>) {
        self.notes.push(Note {
            level,
            code: code.to_owned(),
            text,
            fix: fix.map(str::to_owned),
            span_id: at.map(|at| self.trace.spans[at].span.span_id.to_string()),
        });
    }

    fn warn(&mut self, code: &str, text: String, fix: Option<&str>, at: Option<usize>) {
        self.add(NoteLevel::Warning, code, text, fix, at);
    }

    fn told_twice(&mut self, told: &ToldTwice) {
        let other =
            if told.in_records { "spans, which are other traces" } else { "log records, which are another trace" };
        let text = format!("The agent can tell of this session in {other}, too: totals count its calls once");
        self.add(NoteLevel::Info, "told_twice", text, None, None);
    }

    /// What the sender left out. Limits are per span, and a limit below what one span needs is what leaves things out.
    fn dropped(&mut self) {
        const EVENTS: Option<&str> = Some("OTEL_SPAN_EVENT_COUNT_LIMIT=100000");
        let chunks = |read: &ReadSpan| read.reading.stream.as_ref().map_or(0, |stream| stream.dropped_chunks);
        self.dropped_of("dropped_chunks", "chunk", EVENTS, chunks);
        self.dropped_of("dropped_events", "event", EVENTS, |read| {
            u64::from(read.span.dropped_events).saturating_sub(chunks(read))
        });
        self.dropped_of("dropped_attributes", "attribute", Some("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=100000"), |read| {
            u64::from(read.span.dropped_attributes)
        });
        self.dropped_of(
            "dropped_event_attributes",
            "event attribute",
            Some("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT=10000"),
            |read| read.span.events.iter().map(|event| u64::from(event.dropped_attributes)).sum(),
        );
        self.dropped_of("dropped_links", "link", Some("OTEL_SPAN_LINK_COUNT_LIMIT=10000"), |read| {
            u64::from(read.span.dropped_links)
        });
    }

    fn dropped_of(&mut self, code: &str, what: &str, fix: Option<&str>, dropped: impl Fn(&ReadSpan) -> u64) {
        let all: u64 = self.trace.spans.iter().map(&dropped).fold(0, u64::saturating_add);
        if all > 0 {
            let first = self.trace.spans.iter().position(|read| dropped(read) > 0);
            self.warn(code, format!("{} dropped by the sender", counted(all, what)), fix, first);
        }
    }

    fn missing(&mut self, summary: &TraceSummary) {
        let has_root = summary.root_span_id.is_some();
        let first = self.trace.tree.parent_missing.iter().position(|missing| *missing);
        if !has_root && !self.trace.spans.is_empty() {
            self.warn("missing_root", "The root has not arrived".to_owned(), None, first);
        }
        // Without a root its absence is one of the missing parents.
        let missing = summary.counts.missing_parents;
        if missing > u32::from(!has_root) {
            let have = if missing == 1 { "has" } else { "have" };
            let text = format!("{} {have} not arrived", counted(missing, "parent"));
            self.warn("missing_parent", text, None, first);
        }
    }

    fn odd(&mut self) {
        let trace = self.trace;
        let first_and_count = |holds: &dyn Fn(usize) -> bool| {
            let mut places = (0..trace.spans.len()).filter(|&at| holds(at));
            places.next().map(|first| (first, 1 + places.count() as u64))
        };
        if let Some((first, spans)) = first_and_count(&|at| trace.tree.cut[at]) {
            let text = format!("{} named as its own ancestor; the circle is cut there", counted(spans, "span"));
            self.warn("cycle", text, None, Some(first));
        }
        if let Some((first, spans)) = first_and_count(&|at| ends_before_start(trace, at)) {
            let (end, start) = if spans == 1 { ("ends", "it starts") } else { ("end", "they start") };
            let text = format!("{} {end} before {start}, shown without duration", counted(spans, "span"));
            self.warn("negative_duration", text, None, Some(first));
        }
        if let Some((first, spans)) = first_and_count(&|at| is_skewed(trace, at)) {
            let lie = if spans == 1 { "lies outside its parent" } else { "lie outside their parents" };
            let text = format!("The clocks of two processes disagree: {} {lie}", counted(spans, "span"));
            self.warn("clock_skew", text, None, Some(first));
        }
    }

    /// What the program sent in part.
    fn cut_short(&mut self) {
        const NO_LENGTH_LIMIT: &str = "unset OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";
        let cut = |read: &ReadSpan| read.reading.cut.as_ref().is_some_and(|cut| cut.input || cut.output);
        let mut places = (0..self.trace.spans.len()).filter(|&at| cut(&self.trace.spans[at]));
        let Some(first) = places.next() else { return };
        let text = format!("The sender cut short what was said in {}", counted(1 + places.count() as u64, "span"));
        let limited = self.trace.spans[first].reading.cut.as_ref().is_some_and(|cut| !cut.keys.is_empty());
        self.warn("cut", text, limited.then_some(NO_LENGTH_LIMIT), Some(first));
    }

    /// What the program did not send though it happened.
    fn not_captured(&mut self) {
        let trace = self.trace;
        let ended_well = |at: usize| !trace.spans[at].failed() && !trace.spans[at].is_running();
        let silent: Vec<usize> = calls_without_content(trace).into_iter().filter(|&at| ended_well(at)).collect();
        if let Some(&first) = silent.first() {
            let text =
                format!("The program did not send the message text of {}", counted(silent.len() as u64, "model call"));
            let set = trace.spans[first].reading.why_blank.as_ref().and_then(|why| why.set.clone());
            self.warn("no_content", text, set.as_deref(), Some(first));
        }
        let unknown: Vec<usize> = trace
            .totals
            .lines
            .iter()
            .filter(|line| line.is_silent(trace.spans[line.at as usize].failed()))
            .map(|line| line.at as usize)
            .filter(|&at| trace.spans[at].reading.kind == Kind::Llm && !trace.spans[at].is_running())
            .collect();
        let (streamed, plain): (Vec<usize>, Vec<usize>) =
            unknown.into_iter().partition(|&at| is_streamed(&trace.spans[at]));
        if let Some(&first) = streamed.first() {
            let text = format!("{} reported no usage", counted(streamed.len() as u64, "streamed call"));
            self.warn("no_usage", text, Some("stream_options={\"include_usage\": true}"), Some(first));
        }
        if let Some(&first) = plain.first() {
            let text = format!("{} reported no usage", counted(plain.len() as u64, "model call"));
            self.warn("no_usage", text, None, Some(first));
        }
    }

    /// What is there, in words, so that a strip without warnings says something too.
    fn complete(&mut self, summary: &TraceSummary) {
        let trace = self.trace;
        let counts = &summary.counts;
        let running = trace.spans.iter().filter(|read| read.is_running()).count() as u64;
        if running > 0 {
            let first = trace.spans.iter().position(ReadSpan::is_running);
            let is = if running == 1 { "is" } else { "are" };
            self.add(
                NoteLevel::Info,
                "running",
                format!("{} {is} still running", counted(running, "span")),
                None,
                first,
            );
        }
        if counts.duplicates > 0 {
            let first = trace.spans.iter().position(|read| read.duplicates > 0);
            let (were, each) = if counts.duplicates == 1 { ("was", "it") } else { ("were", "each") };
            let text = format!("{} {were} sent again, {each} counts once", counted(counts.duplicates, "span"));
            self.add(NoteLevel::Info, "duplicates", text, None, first);
        }
        if let Some(first) = trace.spans.iter().position(|read| read.from_logs) {
            let made = trace.spans.iter().filter(|read| read.from_logs).count();
            let text = match made == trace.spans.len() {
                true => "Put together from log records: the program sent no spans of this trace".to_owned(),
                false => format!("Put together from log records: {}", counted(made as u64, "span")),
            };
            self.add(NoteLevel::Info, "from_logs", text, None, Some(first));
        }
        if summary.root_span_id.is_some() {
            self.add(NoteLevel::Info, "root", "The root has arrived".to_owned(), None, None);
        }
        if !self.notes.iter().any(|note| note.code.starts_with("dropped_")) {
            self.add(NoteLevel::Info, "nothing_dropped", "Nothing dropped by the sender".to_owned(), None, None);
        }
        if counts.llm_calls > 0 && !self.notes.iter().any(|note| note.code == "no_content") {
            self.add(NoteLevel::Info, "content", "Message text captured".to_owned(), None, None);
        }
    }
}

/// Returns calls no span of which carries messages or anything else that was said.
fn calls_without_content(trace: &ReadTrace) -> Vec<usize> {
    let is_silent = |reading: &crate::reading::Reading| {
        let (input, output) = (&reading.input, &reading.output);
        let messages = input.messages.iter().chain(&output.messages).flatten();
        messages.count() == 0 && input.value.is_none() && output.value.is_none()
    };
    let calls = shown_calls(trace).into_iter();
    let silent = calls.filter(|call| call.tell(trace, |reading| (!is_silent(reading)).then_some(())).is_none());
    silent.map(|call| call.at).collect()
}

fn is_streamed(read: &ReadSpan) -> bool {
    read.reading.stream.is_some() || read.reading.parameters.get("stream").and_then(Value::as_bool) == Some(true)
}
