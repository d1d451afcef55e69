//! One session of an agent, put together record by record.

use std::collections::BTreeMap;

use super::{Names, Place, Role, blank, time};
use crate::span::{Event, LogRecord, Span, TraceId};

/// The spans made so far; parents stand before their children.
pub(super) struct Session<'a> {
    trace_id: TraceId,
    names: Names,
    spans: Vec<Span>,
    /// The place of each span's parent; the root's is its own.
    parents: Vec<usize>,
    /// What records are done for now: the last prompt's span, else the root.
    turn: usize,
    /// Beginnings of calls that were not told of yet.
    asked: BTreeMap<(u64, usize), (&'a LogRecord, &'a Place)>,
    /// How many there were.
    begun: usize,
    opened: Option<usize>,
    answered: Option<usize>,
    /// Tools by the call they answer, with the record that stands for each.
    tools: BTreeMap<&'a str, (usize, &'a Place)>,
}

impl<'a> Session<'a> {
    /// Returns the spans of an agent's records, given in the order of time; none of none.
    pub(super) fn spans(
        trace_id: TraceId,
        records: impl Iterator<Item = (&'a LogRecord, &'a Place)> + Clone,
    ) -> Vec<Span> {
        let mut prompts = records.clone().filter(|(_, place)| matches!(place.role, Role::Prompt));
        let (first, more) = (prompts.next(), prompts.next().is_some());
        // The root is the one prompt; of several, and of none, it is what was told first.
        let Some(at_root) = first.filter(|_| !more).or_else(|| records.clone().next()) else { return Vec::new() };
        let mut names = Names::default();
        let root_id = names.next(&[at_root.1.agent, &at_root.1.session]);
        let at = time(at_root.0);
        let root = blank(trace_id, root_id, at_root.0, at_root.1.agent.to_owned(), at, at);
        let mut session = Self {
            trace_id,
            names,
            spans: vec![root],
            parents: vec![0],
            turn: 0,
            asked: BTreeMap::new(),
            begun: 0,
            opened: None,
            answered: None,
            tools: BTreeMap::new(),
        };
        for record in records.filter(|(log, _)| !std::ptr::eq(*log, at_root.0)) {
            session.take(record);
        }
        session.finish()
    }

    fn take(&mut self, (log, place): (&'a LogRecord, &'a Place)) {
        match &place.role {
            Role::Prompt => {
                self.turn = 0;
                self.turn = self.add(log, place, "prompt", 0);
            }
            Role::Asked => {
                self.asked.insert((time(log), self.begun), (log, place));
                self.begun += 1;
            }
            Role::Call { took_ns } => {
                let call = self.add(log, place, "", *took_ns);
                if let Some((asked, place)) = self.take_asked(call) {
                    self.tell(call, asked, place);
                }
                self.answered = Some(call);
            }
            Role::Opened { took_ns } => {
                let call = self.add(log, place, "", *took_ns);
                (self.opened, self.answered) = (Some(call), Some(call));
            }
            Role::Streamed => self.go_on(self.opened, log, place),
            Role::Answered => self.go_on(self.answered, log, place),
            Role::Decided { name, call_id } => match self.tools.get(&**call_id) {
                Some(&(tool, _)) => self.tell(tool, log, place),
                None => {
                    let tool = self.add(log, place, name, 0);
                    self.tools.insert(call_id, (tool, place));
                }
            },
            Role::Tool { name, call_id, took_ns } => {
                let decided = call_id.as_ref().and_then(|call_id| self.tools.get(&**call_id).copied());
                let tool = match decided {
                    Some((tool, decision)) => self.execute(tool, decision, log, *took_ns),
                    None => self.add(log, place, name, *took_ns),
                };
                self.tools.extend(call_id.as_deref().map(|call_id| (call_id, (tool, place))));
            }
            Role::Note => self.go_on(None, log, place),
        }
    }

    /// Adds a span below the turn that ends with this record; without a name it has the record's.
    fn add(&mut self, log: &LogRecord, place: &Place, name: &str, took_ns: u64) -> usize {
        let end = time(log);
        let name = if name.is_empty() { place.event.rsplit('.').next().unwrap_or_default() } else { name };
        let span_id = self.names.next(&[place.agent, &place.session, &place.event, &end.to_string()]);
        let span = blank(self.trace_id, span_id, log, name.to_owned(), end.saturating_sub(took_ns), end);
        self.spans.push(Span { parent_span_id: Some(self.spans[self.turn].span_id), ..span });
        self.parents.push(self.turn);
        self.spans.len() - 1
    }

    /// A tool that was decided on was run: the decision becomes an event of the execution.
    fn execute(&mut self, tool: usize, decision: &Place, log: &LogRecord, took_ns: u64) -> usize {
        let span = &mut self.spans[tool];
        let decision = Event {
            time_unix_nano: span.end_time_unix_nano,
            name: decision.event.clone(),
            attributes: std::mem::replace(&mut span.attributes, log.attributes.clone()),
            dropped_attributes: std::mem::replace(&mut span.dropped_attributes, log.dropped_attributes),
        };
        span.events.insert(0, decision);
        span.end_time_unix_nano = time(log);
        span.start_time_unix_nano = span.end_time_unix_nano.saturating_sub(took_ns);
        tool
    }

    /// Takes the beginning that is nearest in time to a call's start.
    fn take_asked(&mut self, call: usize) -> Option<(&'a LogRecord, &'a Place)> {
        let start = self.spans[call].start_time_unix_nano;
        let after = self.asked.range((start, 0)..).next();
        let before = self.asked.range(..(start, 0)).next_back();
        let nearest = before.into_iter().chain(after).map(|(at, _)| *at).min_by_key(|(at, _)| at.abs_diff(start))?;
        self.asked.remove(&nearest)
    }

    /// Adds a record of what happened in the course of a span (of the turn when there is none) to it.
    fn go_on(&mut self, span: Option<usize>, log: &LogRecord, place: &Place) {
        let span = span.unwrap_or(self.turn);
        self.tell(span, log, place);
        stretch(&mut self.spans[span], time(log), time(log));
    }

    /// Adds a record to a span as an event.
    fn tell(&mut self, span: usize, log: &LogRecord, place: &Place) {
        self.spans[span].events.push(Event {
            time_unix_nano: time(log),
            name: place.event.clone(),
            attributes: log.attributes.clone(),
            dropped_attributes: log.dropped_attributes,
        });
    }

    /// Calls that were begun and not told of are spans too; a span lasts at least as long as what was done for it.
    fn finish(mut self) -> Vec<Span> {
        for (log, place) in std::mem::take(&mut self.asked).into_values() {
            self.add(log, place, "", 0);
        }
        for at in (1..self.spans.len()).rev() {
            let (start, end) = (self.spans[at].start_time_unix_nano, self.spans[at].end_time_unix_nano);
            stretch(&mut self.spans[self.parents[at]], start, end);
        }
        self.spans
    }
}

fn stretch(span: &mut Span, start: u64, end: u64) {
    span.start_time_unix_nano = span.start_time_unix_nano.min(start);
    span.end_time_unix_nano = span.end_time_unix_nano.max(end);
}
