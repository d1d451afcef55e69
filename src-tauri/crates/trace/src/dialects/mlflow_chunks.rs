//! The chunks of a streamed answer, which MLflow records as span events `mlflow.chunk.item.<N>`.
//!
//! The number in the name is the order. The OpenTelemetry SDK keeps the last 128 events of a span unless told otherwise, so the head
//! of a long stream may be missing.

use super::proposal::{Found, Streamed};
use crate::chunks::{self, Event};
use crate::reading::Reader;
use crate::shapes::text;
use crate::span::attribute;

const ITEM: &str = "mlflow.chunk.item.";
const VALUE: &str = "mlflow.chunk.value";

/// Returns the stream of a span that has chunk events.
pub(super) fn read(reader: &Reader<'_>) -> Option<Found<Streamed>> {
    let span = reader.span;
    let events: Vec<Event<'_>> = span
        .events
        .iter()
        .filter_map(|event| {
            let sent = attribute(&event.attributes, VALUE)?;
            let offset_ns = i128::from(event.time_unix_nano) - i128::from(span.start_time_unix_nano);
            Some(Event {
                index: event.name.strip_prefix(ITEM)?.parse().ok()?,
                offset_ns: i64::try_from(offset_ns).unwrap_or(if offset_ns < 0 { i64::MIN } else { i64::MAX }),
                value: text::sent(sent),
            })
        })
        .collect();
    if events.is_empty() {
        return None;
    }
    let (mut stream, assembled) = chunks::assemble(events, u64::from(span.dropped_events));
    stream.time_to_first_chunk_source = stream.time_to_first_chunk_ns.map(|_| "mlflow:mlflow.chunk.item.0".to_owned());
    Some(Found::new("mlflow.chunk.item", Streamed { stream, assembled }))
}
