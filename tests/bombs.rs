//! Requests of 64 MiB that are nothing but items: refused before they are built. The only test of its process, because the
//! memory it measures is the process's.

#![expect(
    clippy::disallowed_methods,
    reason = "time and memory are measured; it is the crate itself that does neither"
)]

use std::time::{Duration, Instant};

use bytes::Bytes;
use spanglass_trace::decode::{Budget, DecodeError, Received, otlp_json, otlp_protobuf};

const BODY: usize = 64 << 20;

/// What a request may add to the process's memory, in KiB.
const ALLOWED_KIB: u64 = 256 << 10;

/// How long a request may take; a debug build is twenty times slower, and its machine busy.
const ALLOWED_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 120 } else { 2 });

type Decode = fn(&Bytes, Budget) -> Result<Received, DecodeError>;

/// A field with a length.
fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len() + 12);
    prost::encoding::encode_varint(u64::from(number << 3 | 2), &mut bytes);
    prost::encoding::encode_varint(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

/// Fills a body with one thing over and over, within these fields, the innermost first.
fn protobuf(item: &[u8], around: &[u32]) -> Vec<u8> {
    around.iter().fold(item.repeat(BODY / item.len()), |content, number| field(*number, &content))
}

fn json(start: &str, item: &str, end: &str) -> Vec<u8> {
    let mut body = start.as_bytes().to_vec();
    body.extend_from_slice(format!("{item},").repeat(BODY / (item.len() + 1)).as_bytes());
    body.pop();
    body.extend_from_slice(end.as_bytes());
    body
}

fn bombs() -> Vec<(&'static str, Decode, Vec<u8>)> {
    let ids = [field(1, &[1; 16]), field(2, &[1; 8])].concat();
    let span = |content: Vec<u8>| field(1, &field(2, &field(2, &[ids.clone(), content].concat())));
    let fill = |number: u32, item: &[u8]| field(number, item).repeat(BODY / (item.len() + 2));
    let json_ids = r#""traceId":"01010101010101010101010101010101","spanId":"0101010101010101""#;
    let spans = r#"{"resourceSpans":[{"scopeSpans":[{"spans":["#;
    let json_span = format!("{spans}{{{json_ids},");
    vec![
        ("empty resources", otlp_protobuf::traces, protobuf(&field(1, b""), &[])),
        ("empty spans", otlp_protobuf::traces, protobuf(&field(2, b""), &[2, 1])),
        ("spans with ids only", otlp_protobuf::traces, protobuf(&field(2, &ids), &[2, 1])),
        ("as many spans as are let in", otlp_protobuf::traces, field(1, &field(2, &field(2, &ids).repeat(660_000)))),
        ("empty attributes", otlp_protobuf::traces, span(fill(9, b""))),
        ("empty values", otlp_protobuf::traces, span(field(9, &field(2, &field(5, &fill(1, b"")))))),
        (
            "tiny attributes",
            otlp_protobuf::traces,
            span(fill(9, &[field(1, b"k"), field(2, &field(1, b"v"))].concat())),
        ),
        ("empty spans in JSON", otlp_json::traces, json(spans, "{}", "]}]}]}")),
        ("spans in JSON that are none", otlp_json::traces, json(spans, "0", "]}]}]}")),
        ("spans with ids only in JSON", otlp_json::traces, json(spans, &format!("{{{json_ids}}}"), "]}]}]}")),
        ("attributes in JSON", otlp_json::traces, json(&format!("{json_span}\"attributes\":["), "{}", "]}]}]}]}")),
        (
            "bare attributes in JSON",
            otlp_json::traces,
            json(&format!("{json_span}\"attributes\":{{"), "\"a\":1", "}}]}]}]}"),
        ),
        ("open lists", otlp_json::traces, vec![b'['; BODY]),
    ]
}

/// Returns the most memory the process ever had, in KiB; `None` where the system does not say.
fn most_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}

/// Sets the mark of [`most_memory_kib`] to the memory of now, where the system can.
fn forget_most_memory() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

#[test]
fn requests_of_nothing_but_items_are_refused_before_they_are_built() {
    for (name, decode, body) in bombs() {
        let body = Bytes::from(body);
        forget_most_memory();
        let before = most_memory_kib();
        let start = Instant::now();
        let outcome = decode(&body, Budget::default()).map(|received| received.rejected);
        let took = start.elapsed();
        assert!(took < ALLOWED_TIME, "{name} took {took:?}");
        let refused = outcome.as_ref().map_or(true, |rejected| *rejected > 0);
        assert_eq!(refused, !name.contains("let in"), "{name}: {outcome:?}");
        if let (Some(before), Some(after)) = (before, most_memory_kib()) {
            let more = after.saturating_sub(before);
            assert!(more <= ALLOWED_KIB, "{name} took {more} KiB");
            println!("{name}: {took:?}, {more} KiB");
        }
    }
}
