//! A span from its OTLP JSON.

use std::sync::Arc;

use super::super::ids;
use super::super::json::Value;
use super::common::{Builder, Fault, enumeration, int, list, object};
use crate::span::{Event, Link, Resource, Scope, Span, SpanId, Status, TraceId};

const KINDS: &[&str] = &["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const STATUS_CODES: &[&str] = &["UNSET", "OK", "ERROR"];

impl Builder<'_> {
    pub(super) fn id(&mut self, what: &str, length: usize, value: Value<'_, '_>) -> Result<Vec<u8>, Fault> {
        ids::from_text(what, length, &self.text(what, value)?)
    }

    pub(super) fn span(
        &mut self,
        value: Value<'_, '_>,
        resource: &Arc<Resource>,
        scope: &Arc<Scope>,
    ) -> Result<Span, Fault> {
        let (mut trace_id, mut span_id, mut parent_span_id) = (Vec::new(), Vec::new(), Vec::new());
        // The ids are replaced below: a span without them does not leave here.
        let mut span = Span::new(TraceId([0; 16]), SpanId([0; 8]), resource.clone(), scope.clone());
        for (name, value) in object("a span", value)?.filter(|(_, value)| !value.is_null()) {
            match &*name.read().0 {
                "traceId" | "trace_id" => trace_id = self.id("traceId", 16, value)?,
                "spanId" | "span_id" => span_id = self.id("spanId", 8, value)?,
                "parentSpanId" | "parent_span_id" => parent_span_id = self.id("parentSpanId", 8, value)?,
                "traceState" | "trace_state" => span.trace_state = self.text("traceState", value)?,
                "flags" => span.flags = int("flags", value)?,
                "name" => span.name = self.text("name", value)?,
                "kind" => span.kind = enumeration("kind", "SPAN_KIND_", KINDS, value)?,
                "startTimeUnixNano" | "start_time_unix_nano" => {
                    span.start_time_unix_nano = int("startTimeUnixNano", value)?;
                }
                "endTimeUnixNano" | "end_time_unix_nano" => span.end_time_unix_nano = int("endTimeUnixNano", value)?,
                "attributes" => self.attributes("attributes", value, &mut span.attributes)?,
                "droppedAttributesCount" | "dropped_attributes_count" => {
                    span.dropped_attributes = int("droppedAttributesCount", value)?;
                }
                "events" => {
                    let events = list("events", value)?.filter(|event| !event.is_null());
                    span.events = events.map(|event| self.event(event)).collect::<Result<_, _>>()?;
                }
                "droppedEventsCount" | "dropped_events_count" => {
                    span.dropped_events = int("droppedEventsCount", value)?
                }
                "links" => {
                    span.links.clear();
                    for link in list("links", value)?.filter(|link| !link.is_null()) {
                        span.links.extend(self.link(link)?);
                    }
                }
                "droppedLinksCount" | "dropped_links_count" => span.dropped_links = int("droppedLinksCount", value)?,
                "status" => span.status = self.status(value)?,
                _ => {}
            }
        }
        span.trace_id = ids::trace_id(Some(&trace_id))?;
        span.span_id = ids::span_id(Some(&span_id))?;
        span.parent_span_id = ids::parent_span_id(Some(&parent_span_id))?;
        Ok(span)
    }

    fn event(&mut self, value: Value<'_, '_>) -> Result<Event, Fault> {
        let mut event = Event::default();
        for (name, value) in object("an event", value)?.filter(|(_, value)| !value.is_null()) {
            match &*name.read().0 {
                "timeUnixNano" | "time_unix_nano" => event.time_unix_nano = int("an event's timeUnixNano", value)?,
                "name" => event.name = self.text("an event's name", value)?,
                "attributes" => self.attributes("an event's attributes", value, &mut event.attributes)?,
                "droppedAttributesCount" | "dropped_attributes_count" => {
                    event.dropped_attributes = int("an event's droppedAttributesCount", value)?;
                }
                _ => {}
            }
        }
        Ok(event)
    }

    /// Reads a link; one that points nowhere is noted and left out, and stays in the span's bytes.
    fn link(&mut self, value: Value<'_, '_>) -> Result<Option<Link>, Fault> {
        let (mut trace_id, mut span_id) = (Ok(Vec::new()), Ok(Vec::new()));
        let mut link = Link {
            trace_id: TraceId([0; 16]),
            span_id: SpanId([0; 8]),
            trace_state: String::new(),
            flags: 0,
            attributes: Vec::new(),
            dropped_attributes: 0,
        };
        for (name, value) in object("a link", value)?.filter(|(_, value)| !value.is_null()) {
            match &*name.read().0 {
                "traceId" | "trace_id" => trace_id = self.id("traceId", 16, value),
                "spanId" | "span_id" => span_id = self.id("spanId", 8, value),
                "traceState" | "trace_state" => link.trace_state = self.text("a link's traceState", value)?,
                "flags" => link.flags = int("a link's flags", value)?,
                "attributes" => self.attributes("a link's attributes", value, &mut link.attributes)?,
                "droppedAttributesCount" | "dropped_attributes_count" => {
                    link.dropped_attributes = int("a link's droppedAttributesCount", value)?;
                }
                _ => {}
            }
        }
        let trace_id = trace_id.and_then(|id| ids::trace_id(Some(&id)));
        let span_id = span_id.and_then(|id| ids::span_id(Some(&id)));
        match (trace_id, span_id) {
            (Ok(trace_id), Ok(span_id)) => Ok(Some(Link { trace_id, span_id, ..link })),
            (Err(reason), _) | (_, Err(reason)) => {
                self.note(|| format!("a link points nowhere: its {reason}"));
                Ok(None)
            }
        }
    }

    fn status(&mut self, value: Value<'_, '_>) -> Result<Status, Fault> {
        let mut status = Status::default();
        for (name, value) in object("status", value)?.filter(|(_, value)| !value.is_null()) {
            match &*name.read().0 {
                "code" => status.code = enumeration("the status code", "STATUS_CODE_", STATUS_CODES, value)?,
                "message" => status.message = self.text("the status message", value)?,
                _ => {}
            }
        }
        Ok(status)
    }
}
