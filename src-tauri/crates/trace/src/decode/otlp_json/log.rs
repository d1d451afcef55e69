//! A log record from its OTLP JSON.

use std::sync::Arc;

use super::super::ids;
use super::super::json::Value;
use super::common::{Builder, Fault, enumeration, int, object};
use crate::span::{LogRecord, Resource, Scope};

#[rustfmt::skip]
const SEVERITIES: &[&str] = &[
    "UNSPECIFIED",
    "TRACE", "TRACE2", "TRACE3", "TRACE4",
    "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4",
    "INFO", "INFO2", "INFO3", "INFO4",
    "WARN", "WARN2", "WARN3", "WARN4",
    "ERROR", "ERROR2", "ERROR3", "ERROR4",
    "FATAL", "FATAL2", "FATAL3", "FATAL4",
];

impl Builder<'_> {
    pub(super) fn log(
        &mut self,
        value: Value<'_, '_>,
        resource: &Arc<Resource>,
        scope: &Arc<Scope>,
    ) -> Result<LogRecord, Fault> {
        let mut log = LogRecord::new(resource.clone(), scope.clone());
        for (name, value) in object("a log record", value)?.filter(|(_, value)| !value.is_null()) {
            match &*name.read().0 {
                "timeUnixNano" | "time_unix_nano" => log.time_unix_nano = int("timeUnixNano", value)?,
                "observedTimeUnixNano" | "observed_time_unix_nano" => {
                    log.observed_time_unix_nano = int("observedTimeUnixNano", value)?;
                }
                "severityNumber" | "severity_number" => {
                    log.severity_number = enumeration("severityNumber", "SEVERITY_NUMBER_", SEVERITIES, value)?;
                }
                "severityText" | "severity_text" => log.severity_text = self.text("severityText", value)?,
                "eventName" | "event_name" => log.event_name = self.text("eventName", value)?,
                "body" => log.body = self.body("body", value)?,
                "attributes" => self.attributes("attributes", value, &mut log.attributes)?,
                "droppedAttributesCount" | "dropped_attributes_count" => {
                    log.dropped_attributes = int("droppedAttributesCount", value)?;
                }
                "flags" => log.flags = int("flags", value)?,
                "traceId" | "trace_id" => log.trace_id = self.optional_id("traceId", 16, value, ids::trace_id),
                "spanId" | "span_id" => log.span_id = self.optional_id("spanId", 8, value, ids::span_id),
                _ => {}
            }
        }
        Ok(log)
    }

    /// A log record needs no ids; wrong ones join it to nothing and cost nothing else.
    fn optional_id<T>(
        &mut self,
        what: &str,
        length: usize,
        value: Value<'_, '_>,
        read: impl FnOnce(Option<&[u8]>) -> Result<T, String>,
    ) -> Option<T> {
        match self.id(what, length, value) {
            Ok(bytes) => ids::optional(&bytes, read, self.notes()),
            Err(reason) => {
                self.note(|| format!("{reason}; it was left out"));
                None
            }
        }
    }
}
