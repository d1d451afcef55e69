//! The chunks of a streamed answer, which MLflow records as span events: `mlflow.chunk.item.<N>`, LangChain's `new_token`, and events
//! named as Bedrock's stream names them.
//!
//! Source: `tracing/fluent.py`, `langchain/langchain_tracer.py` and `bedrock/stream.py` of MLflow 2.20 to 3.17. The number in the first
//! kind's names is the order, the others come in order. The OpenTelemetry SDK keeps the last 128 events of a span unless told otherwise,
//! so the head of a long stream may be missing.

use serde_json::{Map, Value};

use super::proposal::{Found, Streamed};
use crate::chunks::{self, Event as Chunk, Said};
use crate::json::Document;
use crate::reading::Reader;
use crate::shapes::text;
use crate::span::{Event, attribute};

const ITEM: &str = "mlflow.chunk.item.";

/// Returns the stream of a span that has chunk events.
pub(super) fn read(reader: &Reader<'_>) -> Option<Found<Box<Streamed>>> {
    let span = reader.span;
    let dropped = u64::from(span.dropped_events);
    let offset = |event: &Event| {
        let after = i128::from(event.time_unix_nano) - i128::from(span.start_time_unix_nano);
        i64::try_from(after).unwrap_or(if after < 0 { i64::MIN } else { i64::MAX })
    };
    let numbered = span.events.iter().filter_map(|event| {
        let sent = attribute(&event.attributes, "mlflow.chunk.value")?;
        let index = event.name.strip_prefix(ITEM)?.parse().ok()?;
        Some(Chunk { index, offset_ns: offset(event), value: Said::Sent(sent) })
    });
    let (mut key, mut events) = ("mlflow.chunk.item", numbered.collect::<Vec<_>>());
    let mut first = "mlflow.chunk.item.0";
    for (name, value) in [("new_token", token as fn(&Event) -> Option<Document<'_>>), ("json", named)] {
        if !events.is_empty() {
            break;
        }
        let told = span.events.iter().filter_map(|event| Some((offset(event), value(event)?)));
        let numbered = told.zip(dropped..);
        events =
            numbered.map(|((offset_ns, value), index)| Chunk { index, offset_ns, value: Said::Read(value) }).collect();
        (key, first) = (name, name);
    }
    if events.is_empty() {
        return None;
    }
    let (mut stream, assembled) = chunks::assemble(events, dropped);
    stream.time_to_first_chunk_source = stream.time_to_first_chunk_ns.map(|_| format!("mlflow:{first}"));
    Some(Found::new(key, Box::new(Streamed { stream, assembled })))
}

/// A chunk of LangChain's, or the text in it where the chunk was not recorded.
fn token(event: &Event) -> Option<Document<'_>> {
    if event.name != "new_token" {
        return None;
    }
    let chunk = attribute(&event.attributes, "chunk").map(text::sent).filter(|chunk| chunk.root().is_object());
    chunk.or_else(|| attribute(&event.attributes, "token").and_then(|token| Some(Document::text(token.as_str()?))))
}

/// An event of Bedrock's: Anthropic's says its type, those of Converse are called as the event is.
fn named(event: &Event) -> Option<Document<'_>> {
    let [(key, sent)] = event.attributes.as_slice() else { return None };
    let chunk = Some(text::sent(sent)).filter(|chunk| key == "json" && chunk.root().is_object())?;
    if chunk.root().get("type").is_some() {
        return Some(chunk);
    }
    Some(Document::from(&Map::from_iter([(event.name.clone(), chunk.root().to_value())]) as &Map<String, Value>))
}
