//! Hostile and broken traces: what is made of each is stated in the table below, and that it takes neither long nor much
//! memory. The only test of its process, because the memory it measures is the process's.

#![expect(
    clippy::disallowed_methods,
    reason = "time and memory are measured; it is the crate itself that does neither"
)]
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "hostile/cases.rs"]
mod cases;
#[path = "hostile/sent.rs"]
mod sent;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;
use spanglass_trace::decode::{Budget, otlp_json};
use spanglass_trace::dialects;
use spanglass_trace::span::{Span, SpanId};
use spanglass_trace::usage::prices::Prices;
use spanglass_trace::views::conversation::conversation;
use spanglass_trace::views::document::document;
use spanglass_trace::views::ledger::ledger;
use spanglass_trace::views::stream::streams;
use spanglass_trace::views::summary::{digest, head, summarise};
use spanglass_trace::views::timeline::{RowWindow, timeline};
use spanglass_trace::views::tools::tools;
use spanglass_trace::views::{ReadSpan, ReadTrace};

/// How long everything about one trace may take; a debug build is twenty times slower, and its machine busy.
const ALLOWED_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 2 });

/// What one trace may add to the process's memory, in KiB: its request so many times (the document and the views of it are
/// made as JSON), so much for each span, and so much in any case.
fn allowed_kib(sent: u64, spans: u64) -> u64 {
    sent * 16 / 1024 + spans * 8 + (64 << 10)
}

/// Returns the document of a request's one trace, and how many spans the request's decoder left out. Every view is made, too.
fn told(body: Vec<u8>) -> (Value, u64) {
    let received = otlp_json::traces(&Bytes::from(body), Budget::default()).unwrap();
    let mut spans: BTreeMap<SpanId, Span> = BTreeMap::new();
    for received in received.spans {
        // The latest counts, as in the store.
        spans.insert(received.span.span_id, received.span);
    }
    let trace_id = spans.values().next().unwrap().trace_id;
    let read: Vec<ReadSpan> = spans
        .into_values()
        .map(|span| ReadSpan { reading: dialects::read(&span, &[]), span, duplicates: 0, from_logs: false })
        .collect();
    let digests: Vec<_> = read.iter().map(|read| digest(&read.span, &read.reading, 0)).collect();
    let row = summarise(trace_id, &digests, Prices::shipped());
    drop(digests);
    let trace = ReadTrace::new(trace_id, read, Prices::shipped());
    let drawn = [
        serde_json::to_string(&timeline(&trace, 1, &RowWindow { rows: 2_000, ..RowWindow::default() })),
        serde_json::to_string(&conversation(&trace, 1)),
        serde_json::to_string(&tools(&trace, 1)),
        serde_json::to_string(&ledger(&trace, 1)),
        serde_json::to_string(&streams(&trace)),
        serde_json::to_string(&head(&trace, row.clone())),
    ];
    assert!(drawn.iter().all(Result::is_ok), "every view is JSON");
    drop(drawn);
    (serde_json::to_value(document(&trace, row.summary)).unwrap(), received.rejected)
}

/// Returns the most memory the process ever had, in KiB; `None` where the system does not say.
fn most_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}

#[test]
fn hostile_traces_come_out_as_stated() {
    let mut wrong = Vec::new();
    for case in cases::cases() {
        // Sets the mark to the memory of now, where the system can.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let (before, begun, sent) = (most_memory_kib(), Instant::now(), case.body.len() as u64);
        let (document, rejected) = told(case.body);
        let took = begun.elapsed();
        let used = before.zip(most_memory_kib()).map(|(before, after)| after.saturating_sub(before));
        println!("{}: {sent} bytes, {took:?}, {} KiB", case.name, used.unwrap_or(0));
        assert!(took < ALLOWED_TIME, "{} took {took:?}", case.name);
        let allowed = allowed_kib(sent, document["spans"].as_array().map_or(0, Vec::len) as u64);
        assert!(used.is_none_or(|used| used < allowed), "{} took {used:?} KiB, not {allowed}", case.name);
        let stated = case.rejected;
        if rejected != stated {
            wrong.push(format!("{}: {rejected} spans left out, not {stated}", case.name));
        }
        for (pointer, stated) in case.stated {
            let is = document.pointer(pointer).cloned().unwrap_or_else(|| Value::from("<nothing here>"));
            if is != stated {
                let is: String = is.to_string().chars().take(600).collect();
                wrong.push(format!("{} {pointer}\n  stated {stated}\n  is     {is}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
