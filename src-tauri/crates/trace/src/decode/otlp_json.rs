//! OTLP JSON requests, as senders and files write them.
//!
//! Besides the requests of the specification: a list of them, Tempo's `{"batches": […]}` and `{"trace": {…}}`, and
//! `instrumentationLibrarySpans`, which `scopeSpans` were called until opentelemetry-proto 0.15. Spans are read one at a time
//! from the text they stand in, which is what is stored.

use std::sync::Arc;

use bytes::Bytes;

use super::complaints::{Complaints, Notes, named};
use super::json::{self, Document, Kind, Value};
use super::points::Points;
use super::schema::{LOG_RECORD, RESOURCE_SPANS, SCOPE_SPANS, SPAN};
use super::{Budget, DecodeError, Encoding, Envelope, Received, ReceivedLog, ReceivedSpan};
use crate::span::{LogRecord, Resource, Scope, Span};
use common::{Builder, list, object, wrong_type};

mod common;
mod log;
mod metrics;
mod span;

pub(super) use common::from_base64;

/// Decodes a traces request.
///
/// Fails when the body is not JSON, when there is more in it than the budget allows, when what holds the spans is of the wrong
/// type, and when what is in it are log records or metrics. Whatever is wrong within a span costs that span at most, and is in
/// the complaints.
pub fn traces(body: &Bytes, budget: Budget) -> Result<Received, DecodeError> {
    read(body, budget, Wanted { spans: true, logs: false, metrics: false })
}

/// Decodes a logs request; as [`traces`], with log records for spans.
pub fn logs(body: &Bytes, budget: Budget) -> Result<Received, DecodeError> {
    read(body, budget, Wanted { spans: false, logs: true, metrics: false })
}

/// Decodes a metrics request. Its points are counted; those that are numbers are in the answer, 100,000 of them at most.
pub fn metrics(body: &Bytes, budget: Budget) -> Result<Received, DecodeError> {
    read(body, budget, Wanted { spans: false, logs: false, metrics: true })
}

/// Decodes whatever is in a file: requests of any kind, mixed as they may be.
pub fn anything(body: &Bytes, budget: Budget) -> Result<Received, DecodeError> {
    read(body, budget, Wanted { spans: true, logs: true, metrics: true })
}

/// Decodes a span from the text kept of it; fails only when it is not that of a span.
pub(super) fn span(raw: &[u8], resource: &Arc<Resource>, scope: &Arc<Scope>, depth: u32) -> Result<Span, String> {
    Builder::new(depth, u64::MAX, &mut Notes::default()).span(stored(raw)?.root(), resource, scope)
}

/// Decodes a log record from the text kept of it; as [`span`].
pub(super) fn log(raw: &[u8], resource: &Arc<Resource>, scope: &Arc<Scope>, depth: u32) -> Result<LogRecord, String> {
    Builder::new(depth, u64::MAX, &mut Notes::default()).log(stored(raw)?.root(), resource, scope)
}

/// Reads the resource half of an envelope.
pub(super) fn resource(envelope: &[u8], depth: u32) -> Resource {
    let mut notes = Notes::default();
    stored(envelope).map(|text| Builder::new(depth, u64::MAX, &mut notes).resource(text.root())).unwrap_or_default()
}

/// Reads the scope half of an envelope.
pub(super) fn scope(envelope: &[u8], depth: u32) -> Scope {
    let mut notes = Notes::default();
    stored(envelope).map(|text| Builder::new(depth, u64::MAX, &mut notes).scope(text.root())).unwrap_or_default()
}

fn stored(raw: &[u8]) -> Result<Document<'_>, String> {
    json::check(raw, u64::MAX).map_err(|fault| format!("{fault:?}"))
}

#[derive(Clone, Copy)]
struct Wanted {
    spans: bool,
    logs: bool,
    metrics: bool,
}

/// Which list of a request, and how its parts are called.
#[derive(Clone, Copy)]
struct Signal {
    resources: &'static str,
    scopes: [&'static str; 4],
    items: [&'static str; 2],
    path: &'static str,
    word: &'static str,
}

const SPANS: Signal = Signal {
    resources: "resourceSpans",
    scopes: ["scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans"],
    items: ["spans", "spans"],
    path: "/v1/traces",
    word: "a traces export",
};

const LOGS: Signal = Signal {
    resources: "resourceLogs",
    scopes: ["scopeLogs", "scope_logs", "instrumentationLibraryLogs", "instrumentation_library_logs"],
    items: ["logRecords", "log_records"],
    path: "/v1/logs",
    word: "a logs export",
};

const METRICS: Signal = Signal {
    resources: "resourceMetrics",
    scopes: ["scopeMetrics", "scope_metrics", "instrumentationLibraryMetrics", "instrumentation_library_metrics"],
    items: ["metrics", "metrics"],
    path: "/v1/metrics",
    word: "a metrics export",
};

struct Reading<'b> {
    body: &'b Bytes,
    budget: Budget,
    wanted: Wanted,
    /// What spans and log records weigh, beside what was counted when the text was checked.
    items: u64,
    received: Received,
    points: Points,
    complaints: Complaints,
    /// A list that was there and not wanted.
    mistaken: Option<Signal>,
}

fn read(body: &Bytes, budget: Budget, wanted: Wanted) -> Result<Received, DecodeError> {
    let document = json::check(body, budget.items).map_err(|fault| match fault {
        json::Fault::TooMany => DecodeError::TooManyItems { limit: budget.items },
        json::Fault::Syntax { place, what } => {
            DecodeError::Malformed { place, reason: format!("this is not JSON: {what}") }
        }
    })?;
    let mut reading = Reading {
        body,
        budget,
        wanted,
        items: 0,
        received: Received::default(),
        points: Points::default(),
        complaints: Complaints::default(),
        mistaken: None,
    };
    match document.root().kind() {
        Kind::List(requests) => {
            requests.filter(|request| !request.is_null()).try_for_each(|request| reading.request(request))?
        }
        _ => reading.request(document.root())?,
    }
    let Reading { received, points, complaints, mistaken, .. } = reading;
    let nothing = received.spans.is_empty() && received.logs.is_empty() && points.count == 0;
    match mistaken {
        Some(signal) if nothing => Err(super::mistaken_request(signal.word, signal.path)),
        _ => Ok(Received {
            rejected: complaints.rejected,
            complaints: complaints.list,
            metrics: points.samples,
            metric_points: points.count,
            ..received
        }),
    }
}

impl Reading<'_> {
    fn request(&mut self, request: Value<'_, '_>) -> Result<(), DecodeError> {
        let members = match request.kind() {
            Kind::Object(members) => members,
            other => {
                let mut notes = Notes::default();
                notes.add(|| wrong_type("a request", "an object with `resourceSpans`", &other) + "; nothing was taken");
                self.complaints.keep(|| "request".to_owned(), notes);
                return Ok(());
            }
        };
        for (name, value) in members.filter(|(_, value)| !value.is_null()) {
            match &*name.read().0 {
                "resourceSpans" | "resource_spans" | "batches" => self.signal(SPANS, value)?,
                "resourceLogs" | "resource_logs" => self.signal(LOGS, value)?,
                "resourceMetrics" | "resource_metrics" => self.signal(METRICS, value)?,
                "trace" => {
                    let members = object("trace", value).map_err(malformed)?;
                    for (_, value) in members.filter(|(name, _)| name.read().0 == "resourceSpans") {
                        self.signal(SPANS, value)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn signal(&mut self, signal: Signal, groups: Value<'_, '_>) -> Result<(), DecodeError> {
        let wanted = match signal.resources {
            "resourceSpans" => self.wanted.spans,
            "resourceLogs" => self.wanted.logs,
            _ => self.wanted.metrics,
        };
        if !wanted {
            self.mistaken = Some(signal);
            return Ok(());
        }
        for (r, group) in list(signal.resources, groups).map_err(malformed)?.enumerate() {
            if group.is_null() {
                continue;
            }
            let mut resource = None;
            let mut s = 0;
            for (name, scopes) in object(signal.resources, group).map_err(malformed)? {
                if scopes.is_null() || !signal.scopes.contains(&&*name.read().0) {
                    continue;
                }
                for scope_group in list(signal.scopes[0], scopes).map_err(malformed)? {
                    if !scope_group.is_null() {
                        self.scope_group(signal, group, scope_group, &mut resource, [r, s])?;
                    }
                    s += 1;
                }
            }
        }
        Ok(())
    }

    fn scope_group(
        &mut self,
        signal: Signal,
        group: Value<'_, '_>,
        scope_group: Value<'_, '_>,
        resource: &mut Option<(Bytes, Arc<Resource>)>,
        [r, s]: [usize; 2],
    ) -> Result<(), DecodeError> {
        let Budget { depth, items: limit } = self.budget;
        let (mut around, mut service) = (None, None);
        let mut i = 0;
        for (name, items) in object(signal.scopes[0], scope_group).map_err(malformed)? {
            if items.is_null() || !signal.items.contains(&&*name.read().0) {
                continue;
            }
            for item in list(signal.items[0], items).map_err(malformed)? {
                if signal.resources == METRICS.resources {
                    let service = service.get_or_insert_with(|| {
                        Builder::new(depth, limit, &mut Notes::default()).resource(group).service().to_owned()
                    });
                    metrics::metric(item, service, &mut self.points);
                    continue;
                }
                let around = match &mut around {
                    Some(around) => around,
                    None => around.insert(self.around(signal, group, scope_group, resource, [r, s])?),
                };
                let place = || format!("{}[{r}].{}[{s}].{}[{i}]", signal.resources, signal.scopes[0], signal.items[0]);
                if signal.resources == SPANS.resources {
                    self.span(item, around, place)?;
                } else {
                    self.log(item, around, place)?;
                }
                i += 1;
            }
        }
        Ok(())
    }

    fn weigh(&mut self, weight: u64) -> Result<(), DecodeError> {
        self.items += weight;
        if self.items > self.budget.items {
            return Err(DecodeError::TooManyItems { limit: self.budget.items });
        }
        Ok(())
    }

    fn around(
        &mut self,
        signal: Signal,
        group: Value<'_, '_>,
        scope_group: Value<'_, '_>,
        resource: &mut Option<(Bytes, Arc<Resource>)>,
        [r, s]: [usize; 2],
    ) -> Result<Around, DecodeError> {
        let Budget { depth, items: limit } = self.budget;
        let mut bare = 0;
        let (resource_text, resource) = resource.get_or_insert_with(|| {
            let mut notes = Notes::default();
            let mut builder = Builder::new(depth, limit, &mut notes);
            let resource = builder.resource(group);
            bare += builder.bare_items();
            self.complaints.keep(|| format!("{}[{r}].resource", signal.resources), notes);
            (without(group, &signal.scopes), Arc::new(resource))
        });
        let mut notes = Notes::default();
        let mut builder = Builder::new(depth, limit, &mut notes);
        let scope = builder.scope(scope_group);
        bare += builder.bare_items();
        self.complaints.keep(|| format!("{}[{r}].{}[{s}].scope", signal.resources, signal.scopes[0]), notes);
        let envelope = Envelope {
            encoding: Encoding::Json,
            resource: resource_text.clone(),
            scope: without(scope_group, &signal.items),
        };
        let around = Around { envelope: Arc::new(envelope), resource: resource.clone(), scope: Arc::new(scope) };
        self.weigh(RESOURCE_SPANS.weight + SCOPE_SPANS.weight + bare)?;
        Ok(around)
    }

    fn span(&mut self, item: Value<'_, '_>, around: &Around, place: impl Fn() -> String) -> Result<(), DecodeError> {
        let mut notes = Notes::default();
        let mut builder = Builder::new(self.budget.depth, self.budget.items, &mut notes);
        match builder.span(item, &around.resource, &around.scope) {
            Ok(span) => {
                let items = SPAN.weight + builder.bare_items();
                self.weigh(items)?;
                if !notes.is_empty() {
                    self.complaints.keep(|| named(place(), &span.name), notes);
                }
                let (raw, envelope) = (self.body.slice_ref(item.raw()), around.envelope.clone());
                self.received.spans.push(ReceivedSpan { span, raw, envelope, is_outline: false });
            }
            Err(fault) => self.complaints.reject(|| named(place(), &name(item, &["name"])), fault),
        }
        Ok(())
    }

    fn log(&mut self, item: Value<'_, '_>, around: &Around, place: impl Fn() -> String) -> Result<(), DecodeError> {
        let mut notes = Notes::default();
        let mut builder = Builder::new(self.budget.depth, self.budget.items, &mut notes);
        match builder.log(item, &around.resource, &around.scope) {
            Ok(log) => {
                let items = LOG_RECORD.weight + builder.bare_items();
                self.weigh(items)?;
                if !notes.is_empty() {
                    self.complaints.keep(|| named(place(), log.event()), notes);
                }
                let (raw, envelope) = (self.body.slice_ref(item.raw()), around.envelope.clone());
                self.received.logs.push(ReceivedLog { log, raw, envelope });
            }
            Err(fault) => {
                self.complaints.reject(|| named(place(), &name(item, &["eventName", "event_name"])), fault);
            }
        }
        Ok(())
    }
}

/// What surrounds the items of one `scopeSpans` entry.
struct Around {
    envelope: Arc<Envelope>,
    resource: Arc<Resource>,
    scope: Arc<Scope>,
}

fn malformed(fault: String) -> DecodeError {
    DecodeError::Malformed { place: "request".to_owned(), reason: fault }
}

/// Returns an object's text less the members with these names.
fn without(value: Value<'_, '_>, names: &[&str]) -> Bytes {
    let mut text = vec![b'{'];
    let Kind::Object(members) = value.kind() else { return Bytes::new() };
    for (name, value) in members.filter(|(name, _)| !names.contains(&&*name.read().0)) {
        if text.len() > 1 {
            text.push(b',');
        }
        text.push(b'"');
        text.extend_from_slice(name.escaped());
        text.extend_from_slice(b"\":");
        text.extend_from_slice(value.raw());
    }
    text.push(b'}');
    text.into()
}

/// Returns the text of the last member with one of these names, for a place.
fn name(item: Value<'_, '_>, names: &[&str]) -> String {
    let Kind::Object(members) = item.kind() else { return String::new() };
    match members.filter(|(name, _)| names.contains(&&*name.read().0)).last().map(|(_, value)| value.kind()) {
        Some(Kind::Text(text)) => text.read().0.into_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
