//! A log record from its protobuf bytes.

use std::sync::Arc;

use super::super::ids;
use super::super::wire::Fields;
use super::common::{Builder, Fault, broken, bytes, fixed32, fixed64, int32, uint32};
use crate::span::{LogRecord, Resource, Scope};

impl Builder<'_> {
    pub(super) fn log(&mut self, raw: &[u8], resource: &Arc<Resource>, scope: &Arc<Scope>) -> Result<LogRecord, Fault> {
        let (mut trace_id, mut span_id): (&[u8], &[u8]) = (&[], &[]);
        let mut log = LogRecord::new(resource.clone(), scope.clone());
        for field in Fields::of(raw) {
            let field = field.map_err(|e| broken("the log record", &e))?;
            match field.number {
                1 => log.time_unix_nano = fixed64("time_unix_nano", &field)?,
                2 => log.severity_number = int32("severity_number", &field)?,
                3 => log.severity_text = self.text("severity_text", &field)?,
                5 => self.body("body", &field, &mut log.body)?,
                6 => self.attribute("an attribute", &field, &mut log.attributes)?,
                7 => log.dropped_attributes = uint32("dropped_attributes_count", &field)?,
                8 => log.flags = fixed32("flags", &field)?,
                9 => trace_id = bytes("trace_id", &field)?,
                10 => span_id = bytes("span_id", &field)?,
                11 => log.observed_time_unix_nano = fixed64("observed_time_unix_nano", &field)?,
                12 => log.event_name = self.text("event_name", &field)?,
                _ => {}
            }
        }
        // A log record needs no ids; wrong ones join it to nothing and cost nothing else.
        log.trace_id = ids::optional(trace_id, ids::trace_id, self.notes);
        log.span_id = ids::optional(span_id, ids::span_id, self.notes);
        Ok(log)
    }
}
