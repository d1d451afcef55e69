//! Readings to views: any spans, in any order, make the same trace, and every view of it can be drawn.

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::Unstructured;
use serde_json::{Value, json};
use spanglass_trace::dialects;
use spanglass_trace::span::{Span, SpanId, TraceId};
use spanglass_trace::usage::prices::Prices;
use spanglass_trace::views::conversation::conversation;
use spanglass_trace::views::document::document;
use spanglass_trace::views::ledger::ledger;
use spanglass_trace::views::stream::{stream, streams};
use spanglass_trace::views::summary::{digest, head, summarise};
use spanglass_trace::views::timeline::{RowWindow, timeline};
use spanglass_trace::views::tools::tools;
use spanglass_trace::views::{ReadSpan, ReadTrace};

use super::{made, reading};

const TRACE: TraceId = TraceId([1; 16]);

/// A trace of any spans.
pub(super) fn views(data: &[u8]) {
    let mut u = Unstructured::new(data);
    // A span's name is unique within its trace: the store sees to that.
    let mut spans: BTreeMap<SpanId, Span> = BTreeMap::new();
    while !u.is_empty() && spans.len() < 12 {
        let Ok(span) = made::span(&mut u) else { break };
        spans.insert(span.span_id, span);
    }
    let read: Vec<ReadSpan> = spans
        .into_values()
        .map(|span| ReadSpan { reading: dialects::read(&span, &[]), span, duplicates: 0, from_logs: false })
        .collect();
    let reversed: Vec<ReadSpan> = read.iter().rev().cloned().collect();
    let told = tell(read);
    assert_eq!(told.to_string(), tell(reversed).to_string(), "another order, another trace");
}

/// Returns everything that is shown of a trace.
fn tell(spans: Vec<ReadSpan>) -> Value {
    let count = spans.len();
    let digests: Vec<_> = spans.iter().map(|read| digest(&read.span, &read.reading, read.duplicates)).collect();
    let row = summarise(TRACE, &digests, Prices::shipped());
    assert_eq!(row.summary.counts.spans as usize, count);
    let trace = ReadTrace::new(TRACE, spans, Prices::shipped());
    assert_eq!(trace.spans.len(), count, "every span once");
    trace.spans.iter().for_each(|read| reading::keeps_the_rules(&read.reading, &read.span));
    let rows = timeline(&trace, 1, &RowWindow { rows: 2_000, ..RowWindow::default() });
    let spans = rows.rows.iter().filter(|row| !row.missing).count();
    assert_eq!(spans, count, "every span has a row");
    let named: BTreeSet<SpanId> = trace.spans.iter().filter_map(|read| read.span.parent_span_id).collect();
    let missing = named.iter().filter(|id| trace.find(**id).is_none()).count();
    assert_eq!(rows.rows.len(), count + missing, "and so has every parent that was not received, once");
    let some: Vec<SpanId> = trace.spans.iter().step_by(3).map(|read| read.span.span_id).collect();
    for window in [
        RowWindow { from: 1, rows: 3, collapsed: some.clone(), ..RowWindow::default() },
        RowWindow { rows: 3, max_depth: Some(1), expanded: some.clone(), ..RowWindow::default() },
        RowWindow { rows: 2, max_depth: Some(0), reveal: some.last().copied(), ..RowWindow::default() },
    ] {
        assert!(timeline(&trace, 1, &window).rows.len() <= window.rows as usize);
    }
    let views: Vec<_> = streams(&trace).iter().map(|row| row.span_id.clone()).collect();
    for span_id in &views {
        let span_id = span_id.parse().expect("an id of ours");
        assert!(stream(&trace, span_id).is_some(), "a stream that is listed can be opened");
    }
    json!({
        "document": document(&trace, row.summary.clone()),
        "timeline": rows,
        "conversation": conversation(&trace, 1),
        "tools": tools(&trace, 1),
        "ledger": ledger(&trace, 1),
        "head": head(&trace, row),
        "streams": streams(&trace),
    })
}
