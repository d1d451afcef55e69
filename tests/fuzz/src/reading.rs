//! Spans to readings: whatever a span holds, its reading keeps the rules of the trace document and stays in proportion.

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};
use serde_json::Value;
use spanglass_trace::chunks::{Event, Said};
use spanglass_trace::json::Document;
use spanglass_trace::reading::{Message, Part, Reading};
use spanglass_trace::shapes::{self, Side};
use spanglass_trace::span::{AnyValue, LogRecord, Span};

use super::made;

/// How much larger than what was sent a reading may be, both written as JSON: keys of ours for single letters of theirs.
const LARGER: usize = 24;
const LARGER_BY: usize = 16 << 10;

/// A span of any attributes, events and log records.
pub(super) fn dialects(data: &[u8]) {
    let made = |u: &mut Unstructured<'_>| -> Result<(Span, Vec<LogRecord>)> {
        let logs = u.int_in_range(0..=2)?;
        let span = made::span(u)?;
        Ok((span, (0..logs).map(|_| made::log(u)).collect::<Result<_>>()?))
    };
    let Ok((span, logs)) = made(&mut Unstructured::new(data)) else { return };
    let reading = spanglass_trace::dialects::read(&span, &logs);
    keeps_the_rules(&reading, &span);
    let again = spanglass_trace::dialects::read(&span, &logs);
    assert!(format!("{again:?}") == format!("{reading:?}"), "read twice, read otherwise");
    let sent = format!("{span:?}{logs:?}").len();
    let read = serde_json::to_string(&reading).expect("a reading is JSON").len();
    assert!(read <= sent * LARGER + LARGER_BY, "{sent} bytes were read as {read}");
}

fn messages(reading: &Reading) -> impl Iterator<Item = &Message> {
    reading.input.messages.iter().chain(&reading.output.messages).flatten()
}

/// Checks what holds for every reading.
pub(super) fn keeps_the_rules(reading: &Reading, span: &Span) {
    let sides = [(&reading.input.messages, &reading.input.value), (&reading.output.messages, &reading.output.value)];
    for (messages, value) in sides {
        assert!(messages.is_none() || value.is_none(), "said twice");
        assert!(messages.as_ref().is_none_or(|messages| !messages.is_empty()), "no messages is null");
        assert!(value.as_ref().is_none_or(|value| !value.is_null()), "no value is null");
    }
    for message in messages(reading) {
        assert!(!message.parts.is_empty(), "a message without parts");
        message.parts.iter().for_each(|part| keeps_its_rules(part, &message.role));
    }
    for key in &reading.not_understood {
        assert!(span.attributes.iter().any(|(sent, _)| sent == key), "{key:?} was not sent");
    }
    let mut strange: BTreeMap<&str, usize> = BTreeMap::new();
    reading.not_understood.iter().for_each(|key| *strange.entry(key).or_default() += 1);
    assert!(strange.values().all(|times| *times == 1), "{strange:?}");
    assert!(reading.cost_usd.is_none_or(f64::is_finite), "a cost is a number");
}

fn keeps_its_rules(part: &Part, role: &str) {
    match part {
        Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => {
            assert!(!text.is_empty(), "an empty text is no part");
        }
        Part::ToolResult { .. } => assert_eq!(role, "tool"),
        Part::ToolCall { arguments: Value::String(text), .. } => {
            let is_json = text.starts_with(['{', '[']) && serde_json::from_str::<Value>(text).is_ok();
            assert!(!is_json, "arguments that are JSON are parsed: {text}");
        }
        _ => {}
    }
}

/// Any JSON as a payload, from text where the bytes are text.
pub(super) fn shapes(data: &[u8]) {
    let value = serde_json::from_slice(data).ok().or_else(|| made::json(&mut Unstructured::new(data), 7).ok());
    let Some(value) = value else { return };
    for side in [Side::Input, Side::Output] {
        for payload in [shapes::read(&value, side), shapes::read_call(&value, side)].into_iter().flatten() {
            let read = serde_json::to_string(&payload.messages).expect("messages are JSON").len();
            let sent = value.to_string().len();
            assert!(read <= sent * LARGER + LARGER_BY, "{sent} bytes were read as {read}");
            for message in &payload.messages {
                message.parts.iter().for_each(|part| keeps_its_rules(part, &message.role));
            }
        }
    }
}

/// Any JSON as the events of a stream, sent as text and read before.
pub(super) fn chunks(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let event = |u: &mut Unstructured<'_>| -> Result<(u64, i64, Value)> {
        let index = if u.ratio(1, 8)? { u.arbitrary()? } else { u.int_in_range(0..=12)? };
        Ok((index, u.arbitrary()?, made::json(u, 6)?))
    };
    let mut events = Vec::new();
    while !u.is_empty() && events.len() < 24 {
        let Ok(event) = event(&mut u) else { break };
        events.push(event);
    }
    let count = events.len();
    let texts: Vec<AnyValue> = events.iter().map(|(.., value)| AnyValue::Str(value.to_string())).collect();
    let sent: usize = texts.iter().filter_map(AnyValue::as_str).map(str::len).sum();
    let assemble = |said: Vec<Said<'_>>| {
        let told = events.iter().zip(said).map(|(&(index, offset_ns, _), value)| Event { index, offset_ns, value });
        spanglass_trace::chunks::assemble(told.collect(), 3)
    };
    let (stream, payload) = assemble(texts.iter().map(Said::Sent).collect());
    let documents = texts.iter().filter_map(AnyValue::as_str).map(|text| Document::parse(text).expect("JSON"));
    let read_before = assemble(documents.map(Said::Read).collect());
    assert_eq!((&stream, &payload), (&read_before.0, &read_before.1), "a text says what is read of it");
    assert_eq!((stream.chunks as usize, stream.items.len()), (count, count), "every event is an item");
    assert!(stream.dropped_chunks >= 3);
    let read = serde_json::to_string(&(&stream, &payload.messages)).expect("a stream is JSON").len();
    assert!(read <= sent * LARGER + LARGER_BY, "{sent} bytes were read as {read}");
}
