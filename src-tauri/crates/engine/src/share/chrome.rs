//! A trace in the Trace Event Format, which Perfetto, Chrome's `about:tracing` and the Firefox Profiler open.
//!
//! Source: "Trace Event Format" (Google, 2016): complete events (`ph` `X`) of one thread must lie within each other, so spans that
//! overlap get threads of their own.

use serde_json::{Value, json};
use spanglass_trace::views::ReadTrace;

/// How many threads a process gets; spans beyond overlap on the last.
const MOST_LANES: usize = 500;

/// Returns the trace's events.
pub(super) fn chrome(trace: &ReadTrace) -> Value {
    let mut events = Vec::with_capacity(trace.spans.len() + 1);
    // Per process its name and, per thread, the ends of the spans that are open.
    let mut processes: Vec<(String, Vec<Vec<u64>>)> = Vec::new();
    let mut order: Vec<usize> = (0..trace.spans.len()).collect();
    // Of those that start together, the longest is around the others.
    order.sort_by_key(|&at| (trace.start_ns(at), std::cmp::Reverse(trace.duration_ns(at))));
    for at in order {
        let read = &trace.spans[at];
        let service = read.span.resource.service();
        let pid = processes.iter().position(|(name, _)| name == service).unwrap_or_else(|| {
            processes.push((service.to_owned(), Vec::new()));
            processes.len() - 1
        });
        let (start, end) = (trace.start_ns(at), trace.start_ns(at) + trace.duration_ns(at));
        let tid = lane(&mut processes[pid].1, start, end);
        let usage = read.reading.usage;
        events.push(json!({
            "ph": "X",
            "name": read.span.name,
            "cat": read.reading.kind,
            "pid": pid,
            "tid": tid,
            "ts": microseconds(start),
            "dur": microseconds(end - start),
            "args": {
                "span_id": read.span.span_id.to_string(),
                "parent_span_id": read.span.parent_span_id.map(|id| id.to_string()),
                "model": read.model(),
                "input_tokens": usage.and_then(|usage| usage.input_tokens),
                "output_tokens": usage.and_then(|usage| usage.output_tokens),
                "failed": read.failed(),
                "running": read.is_running(),
            },
        }));
    }
    for (pid, (name, _)) in processes.iter().enumerate() {
        events.push(json!({ "ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": { "name": name } }));
    }
    json!({
        "displayTimeUnit": "ms",
        "otherData": {
            "trace_id": trace.trace_id.to_string(),
            "start_time_unix_nano": trace.start_time_unix_nano.to_string(),
        },
        "traceEvents": events,
    })
}

/// Returns the first thread on which a span lies within what is open there.
fn lane(lanes: &mut Vec<Vec<u64>>, start: u64, end: u64) -> usize {
    for (at, open) in lanes.iter_mut().enumerate() {
        while open.last().is_some_and(|open_end| *open_end <= start) {
            open.pop();
        }
        if open.last().is_none_or(|open_end| end <= *open_end) || at + 1 == MOST_LANES {
            open.push(end);
            return at;
        }
    }
    lanes.push(vec![end]);
    lanes.len() - 1
}

fn microseconds(ns: u64) -> f64 {
    ns as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_gets_a_thread_of_its_own() {
        let mut lanes = Vec::new();
        let spans = [(0, 100), (10, 50), (20, 60), (55, 90), (100, 120), (0, 0)];
        let threads: Vec<usize> = spans.iter().map(|(start, end)| lane(&mut lanes, *start, *end)).collect();
        assert_eq!(threads, [0, 0, 1, 0, 0, 0]);
    }
}
