//! OTLP protobuf requests: `ExportTraceServiceRequest`, `ExportLogsServiceRequest`, `ExportMetricsServiceRequest`.
//!
//! A request is walked three times, each time borrowing from its bytes: [`count`] weighs it against the budget, [`walk`] finds
//! the resource, scope and item slices, and a `Builder` makes a span of each slice. A slice that cannot be read costs itself
//! only, and is what is stored of a span that can.
//!
//! Spans are not built by `prost`: it refuses a whole request for one text that is not UTF-8 and for values nested deeper than
//! some forty levels, and it builds a tree that would have to be taken apart again. Tests compare what is built here with what
//! `prost` builds of the same bytes.

use std::sync::Arc;

use bytes::Bytes;

use super::complaints::{Complaints, Notes, named};
use super::points::Points;
use super::schema::{LOGS, METRICS, TRACES};
use super::wire::{Fields, Wire};
use super::{Budget, DecodeError, Encoding, Envelope, Received, ReceivedLog, ReceivedSpan};
use crate::span::{LogRecord, Resource, Scope, Span};
use common::Builder;

mod common;
mod count;
mod log;
mod metrics;
mod mistaken;
mod span;

/// Decodes a traces request. An empty body is a request without spans.
///
/// Fails when the bytes outside of spans are not protobuf, when there is more in it than the budget allows, and when what is in
/// it are log records or metrics. Whatever is wrong within a span costs that span at most, and is in the complaints.
pub fn traces(body: &Bytes, budget: Budget) -> Result<Received, DecodeError> {
    count::check(&TRACES, body, budget)?;
    let mut received = Received::default();
    let mut complaints = Complaints::default();
    let mut mistaken = mistaken::Watch::default();
    walk(body, budget, ["resource_spans", "scope_spans", "spans"], &mut complaints, |item, complaints| {
        let mut notes = Notes::default();
        let mut builder = Builder { depth: budget.depth, notes: &mut notes };
        match builder.span(item.raw, &item.around.resource, &item.around.scope) {
            Ok(span) => {
                if !notes.is_empty() {
                    complaints.keep(|| named(item.place(), &span.name), notes);
                }
                let (raw, envelope) = (body.slice_ref(item.raw), item.around.envelope.clone());
                received.spans.push(ReceivedSpan { span, raw, envelope, is_outline: false });
            }
            Err(fault) => {
                mistaken.look_at_span(item.raw);
                complaints.reject(|| named(item.place(), &text_of_field(item.raw, 5)), fault);
            }
        }
    })?;
    if received.spans.is_empty() {
        mistaken.verdict(complaints.rejected)?;
    }
    Ok(finish(received, complaints))
}

/// Decodes a logs request; as [`traces`], with log records for spans.
pub fn logs(body: &Bytes, budget: Budget) -> Result<Received, DecodeError> {
    count::check(&LOGS, body, budget)?;
    let mut received = Received::default();
    let mut complaints = Complaints::default();
    let mut mistaken = mistaken::Watch::default();
    walk(body, budget, ["resource_logs", "scope_logs", "log_records"], &mut complaints, |item, complaints| {
        let mut notes = Notes::default();
        let mut builder = Builder { depth: budget.depth, notes: &mut notes };
        match builder.log(item.raw, &item.around.resource, &item.around.scope) {
            Ok(log) => {
                if !notes.is_empty() {
                    complaints.keep(|| named(item.place(), log.event()), notes);
                }
                let (raw, envelope) = (body.slice_ref(item.raw), item.around.envelope.clone());
                received.logs.push(ReceivedLog { log, raw, envelope });
            }
            Err(fault) => {
                mistaken.look_at_log(item.raw);
                complaints.reject(|| named(item.place(), &text_of_field(item.raw, 12)), fault);
            }
        }
    })?;
    if received.logs.is_empty() {
        mistaken.verdict(complaints.rejected)?;
    }
    Ok(finish(received, complaints))
}

/// Decodes a metrics request. Its points are counted; those that are numbers are in the answer, 100,000 of them at most.
pub fn metrics(body: &Bytes, budget: Budget) -> Result<Received, DecodeError> {
    count::check(&METRICS, body, budget)?;
    let mut points = Points::default();
    for group in children(body, body, &[1]) {
        let group = group?;
        let service = without(body, group, &SCOPE_GROUPS);
        let resource = Builder { depth: budget.depth, notes: &mut Notes::default() }.resource(&service);
        for scope in children(body, group, &[2]) {
            for metric in children(body, scope?, &[2]) {
                metrics::metric(metric?, resource.service(), &mut points);
            }
        }
    }
    Ok(Received { metric_points: points.count, metrics: points.samples, ..Received::default() })
}

/// Decodes a span from the bytes kept of it; fails only when they are not those of a span.
pub(super) fn span(raw: &[u8], resource: &Arc<Resource>, scope: &Arc<Scope>, depth: u32) -> Result<Span, String> {
    Builder { depth, notes: &mut Notes::default() }.span(raw, resource, scope)
}

/// Decodes a log record from the bytes kept of it; as [`span`].
pub(super) fn log(raw: &[u8], resource: &Arc<Resource>, scope: &Arc<Scope>, depth: u32) -> Result<LogRecord, String> {
    Builder { depth, notes: &mut Notes::default() }.log(raw, resource, scope)
}

/// Reads the resource half of an envelope.
pub(super) fn resource(envelope: &[u8], depth: u32) -> Resource {
    Builder { depth, notes: &mut Notes::default() }.resource(envelope)
}

/// Reads the scope half of an envelope.
pub(super) fn scope(envelope: &[u8], depth: u32) -> Scope {
    Builder { depth, notes: &mut Notes::default() }.scope(envelope)
}

fn finish(received: Received, complaints: Complaints) -> Received {
    Received { rejected: complaints.rejected, complaints: complaints.list, ..received }
}

/// What surrounds the items of one `ScopeSpans`.
struct Around {
    envelope: Arc<Envelope>,
    resource: Arc<Resource>,
    scope: Arc<Scope>,
}

/// A span or log record, not yet looked into.
struct Item<'a> {
    raw: &'a [u8],
    around: &'a Around,
    words: [&'static str; 3],
    index: [usize; 3],
}

impl Item<'_> {
    fn place(&self) -> String {
        let ([resources, scopes, items], [resource, scope, item]) = (self.words, self.index);
        format!("{resources}[{resource}].{scopes}[{scope}].{items}[{item}]")
    }
}

/// Calls `each` with every item of a request, in order.
fn walk(
    body: &Bytes,
    budget: Budget,
    words: [&'static str; 3],
    complaints: &mut Complaints,
    mut each: impl FnMut(&Item<'_>, &mut Complaints),
) -> Result<(), DecodeError> {
    for (r, group) in children(body, body, &[1]).enumerate() {
        let group = group?;
        let mut resource = None;
        for (s, scope_group) in children(body, group, &SCOPE_GROUPS).enumerate() {
            let scope_group = scope_group?;
            let mut around = None;
            for (i, raw) in children(body, scope_group, &[2]).enumerate() {
                let raw = raw?;
                let around = around.get_or_insert_with(|| {
                    // Read when the first item needs it: a million empty groups make nothing.
                    let (resource_bytes, resource) = &*resource.get_or_insert_with(|| {
                        let bytes = without(body, group, &SCOPE_GROUPS);
                        let mut notes = Notes::default();
                        let resource = Builder { depth: budget.depth, notes: &mut notes }.resource(&bytes);
                        complaints.keep(|| format!("{}[{r}].resource", words[0]), notes);
                        (bytes, Arc::new(resource))
                    });
                    let scope_bytes = without(body, scope_group, &[2]);
                    let mut notes = Notes::default();
                    let scope = Builder { depth: budget.depth, notes: &mut notes }.scope(&scope_bytes);
                    complaints.keep(|| format!("{}[{r}].{}[{s}].scope", words[0], words[1]), notes);
                    let envelope =
                        Envelope { encoding: Encoding::Protobuf, resource: resource_bytes.clone(), scope: scope_bytes };
                    Around { envelope: Arc::new(envelope), resource: resource.clone(), scope: Arc::new(scope) }
                });
                each(&Item { raw, around, words, index: [r, s, i] }, complaints);
            }
        }
    }
    Ok(())
}

/// `scope_spans` (or `scope_logs`), and its name until opentelemetry-proto 0.15, `instrumentation_library_spans`.
const SCOPE_GROUPS: [u32; 2] = [2, 1000];

/// Returns the messages in the fields with one of these numbers. `bytes` are a part of `body`.
fn children<'a>(
    body: &'a [u8],
    bytes: &'a [u8],
    numbers: &'a [u32],
) -> impl Iterator<Item = Result<&'a [u8], DecodeError>> {
    let offset = bytes.as_ptr() as usize - body.as_ptr() as usize;
    Fields::of(bytes).filter_map(move |field| match field {
        Ok(field) if numbers.contains(&field.number) => Some(match field.value {
            Wire::Bytes(bytes) => Ok(bytes),
            _ => {
                let at = field.raw.as_ptr() as usize - body.as_ptr() as usize;
                Err(malformed(at, &format!("field {} is not a message", field.number)))
            }
        }),
        Ok(_) => None,
        Err(broken) => Some(Err(malformed(offset + broken.at, broken.what))),
    })
}

fn malformed(at: usize, what: &str) -> DecodeError {
    DecodeError::Malformed {
        place: format!("byte {at}"),
        reason: format!("this is not an OTLP protobuf request: {what}; check the exporter's protocol and content type"),
    }
}

/// Returns a message less the fields with these numbers; without a copy where what is left stands in one piece.
fn without(body: &Bytes, message: &[u8], numbers: &[u32]) -> Bytes {
    let mut pieces: Vec<std::ops::Range<usize>> = Vec::new();
    let mut at = 0;
    for field in Fields::of(message) {
        let Ok(field) = field else { break };
        let end = at + field.raw.len();
        if !numbers.contains(&field.number) {
            match pieces.last_mut() {
                Some(last) if last.end == at => last.end = end,
                _ => pieces.push(at..end),
            }
        }
        at = end;
    }
    match &pieces[..] {
        [] => Bytes::new(),
        [piece] => body.slice_ref(&message[piece.clone()]),
        pieces => pieces.iter().flat_map(|piece| &message[piece.clone()]).copied().collect(),
    }
}

/// Returns a text field of a message that may be broken elsewhere.
fn text_of_field(raw: &[u8], number: u32) -> String {
    Fields::of(raw)
        .map_while(Result::ok)
        .filter(|field| field.number == number)
        .filter_map(|field| if let Wire::Bytes(bytes) = field.value { Some(bytes) } else { None })
        .last()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
