//! A span from its protobuf bytes.

use std::sync::Arc;

use super::super::ids;
use super::super::wire::Fields;
use super::common::{Builder, Fault, broken, bytes, fixed32, fixed64, int32, uint32};
use crate::span::{Event, Link, Resource, Scope, Span, SpanId, Status, TraceId};

impl Builder<'_> {
    pub(super) fn span(&mut self, raw: &[u8], resource: &Arc<Resource>, scope: &Arc<Scope>) -> Result<Span, Fault> {
        let (mut trace_id, mut span_id, mut parent_span_id) = (None, None, None);
        // The ids are replaced below: a span without them does not leave here.
        let mut span = Span::new(TraceId([0; 16]), SpanId([0; 8]), resource.clone(), scope.clone());
        for field in Fields::of(raw) {
            let field = field.map_err(|e| broken("the span", &e))?;
            match field.number {
                1 => trace_id = Some(bytes("trace_id", &field)?),
                2 => span_id = Some(bytes("span_id", &field)?),
                3 => span.trace_state = self.text("trace_state", &field)?,
                4 => parent_span_id = Some(bytes("parent_span_id", &field)?),
                5 => span.name = self.text("name", &field)?,
                6 => span.kind = int32("kind", &field)?,
                7 => span.start_time_unix_nano = fixed64("start_time_unix_nano", &field)?,
                8 => span.end_time_unix_nano = fixed64("end_time_unix_nano", &field)?,
                9 => self.attribute("an attribute", &field, &mut span.attributes)?,
                10 => span.dropped_attributes = uint32("dropped_attributes_count", &field)?,
                11 => span.events.push(self.event(bytes("an event", &field)?)?),
                12 => span.dropped_events = uint32("dropped_events_count", &field)?,
                13 => span.links.extend(self.link(bytes("a link", &field)?)?),
                14 => span.dropped_links = uint32("dropped_links_count", &field)?,
                15 => self.status(bytes("status", &field)?, &mut span.status)?,
                16 => span.flags = fixed32("flags", &field)?,
                _ => {}
            }
        }
        span.trace_id = ids::trace_id(trace_id)?;
        span.span_id = ids::span_id(span_id)?;
        span.parent_span_id = ids::parent_span_id(parent_span_id)?;
        Ok(span)
    }

    fn event(&mut self, raw: &[u8]) -> Result<Event, Fault> {
        let mut event = Event::default();
        for field in Fields::of(raw) {
            let field = field.map_err(|e| broken("an event", &e))?;
            match field.number {
                1 => event.time_unix_nano = fixed64("an event's time_unix_nano", &field)?,
                2 => event.name = self.text("an event's name", &field)?,
                3 => {
                    // Of the many events of a stream each has one.
                    if event.attributes.is_empty() {
                        event.attributes.reserve_exact(1);
                    }
                    self.attribute("an event's attribute", &field, &mut event.attributes)?;
                }
                4 => event.dropped_attributes = uint32("an event's dropped_attributes_count", &field)?,
                _ => {}
            }
        }
        Ok(event)
    }

    /// Reads a link; one that points nowhere is noted and left out, and stays in the span's bytes.
    fn link(&mut self, raw: &[u8]) -> Result<Option<Link>, Fault> {
        let (mut trace_id, mut span_id) = (None, None);
        let mut link = Link {
            trace_id: TraceId([0; 16]),
            span_id: SpanId([0; 8]),
            trace_state: String::new(),
            flags: 0,
            attributes: Vec::new(),
            dropped_attributes: 0,
        };
        for field in Fields::of(raw) {
            let field = field.map_err(|e| broken("a link", &e))?;
            match field.number {
                1 => trace_id = Some(bytes("a link's trace_id", &field)?),
                2 => span_id = Some(bytes("a link's span_id", &field)?),
                3 => link.trace_state = self.text("a link's trace_state", &field)?,
                4 => self.attribute("a link's attribute", &field, &mut link.attributes)?,
                5 => link.dropped_attributes = uint32("a link's dropped_attributes_count", &field)?,
                6 => link.flags = fixed32("a link's flags", &field)?,
                _ => {}
            }
        }
        match (ids::trace_id(trace_id), ids::span_id(span_id)) {
            (Ok(trace_id), Ok(span_id)) => Ok(Some(Link { trace_id, span_id, ..link })),
            (Err(reason), _) | (_, Err(reason)) => {
                self.notes.add(|| format!("a link points nowhere: its {reason}"));
                Ok(None)
            }
        }
    }

    fn status(&mut self, raw: &[u8], status: &mut Status) -> Result<(), Fault> {
        for field in Fields::of(raw) {
            let field = field.map_err(|e| broken("status", &e))?;
            match field.number {
                2 => status.message = self.text("the status message", &field)?,
                3 => status.code = int32("the status code", &field)?,
                _ => {}
            }
        }
        Ok(())
    }
}
