//! In whatever order a trace arrives, and however often: the answer is the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use spanglass_trace::views::summary::TraceRow;
use spanglass_trace::views::timeline::{RowWindow, timeline};

use super::engine::Engine;
use super::requests::{START, attribute, question, span, span_id, spans, trace_id};

/// A row without what depends on how it arrived.
fn settled(row: TraceRow) -> TraceRow {
    TraceRow { version: 0, ..row }
}

#[tokio::test]
async fn twelve_spans_in_any_order_are_one_trace() {
    let tree =
        [None, Some(0), Some(0), Some(1), Some(1), Some(3), Some(0), Some(6), Some(7), Some(8), Some(2), Some(40)];
    let made = |n: usize| span(1, n as u64, tree[n].map(|p| p as u64), &format!("step {n}"));
    let mut rows = Vec::new();
    for seed in 0..12 {
        let engine = Engine::start();
        let mut order: Vec<usize> = (0..tree.len()).collect();
        order.rotate_left(seed);
        order.swap(0, (seed * 5 + 3) % tree.len());
        // Asked for in between, too: what was derived of a part of the trace must not stay.
        for part in order.chunks(1 + seed % 5) {
            engine.submit(spans(part.iter().map(|n| made(*n)).collect())).await;
            engine.row(1).await;
        }
        let open = engine.query.open(trace_id(1)).await.unwrap().unwrap();
        let shown = timeline(&open.trace, 0, &RowWindow { rows: 100, ..RowWindow::default() });
        rows.push((settled(engine.row(1).await), shown));
    }
    assert!(rows.iter().all(|row| *row == rows[0]));
    let counts = rows[0].0.summary.counts;
    assert_eq!((counts.spans, counts.missing_parents, counts.duplicates), (12, 1, 0));
    let missing: Vec<_> = rows[0].1.rows.iter().filter(|row| row.missing).collect();
    assert_eq!((rows[0].1.rows_total, missing.len()), (13, 1));
    assert_eq!((&missing[0].span_id, missing[0].descendants), (&span_id(40).to_string(), 1));
}

#[tokio::test]
async fn a_request_sent_again_changes_nothing_but_the_count_of_duplicates() {
    let engine = Engine::start();
    let request = || spans((0..20).map(|n| span(1, n, (n > 0).then_some(0), "a span")).collect());
    let first = engine.submit(request()).await;
    assert_eq!((first.spans, first.duplicates), (20, 0));
    let before = engine.row(1).await;
    // That they came again is told once.
    let told = engine.submit(request()).await;
    assert_eq!((told.seq, engine.store.seq()), (first.seq + 1, first.seq + 1));
    let mut after = settled(engine.row(1).await);
    assert_eq!(after.summary.counts.duplicates, 20);
    after.summary.counts.duplicates = 0;
    assert_eq!(after, settled(before));
    let heard = Arc::new(AtomicU64::new(0));
    let hears = Arc::clone(&heard);
    engine.store.on_change(move |_, _| _ = hears.fetch_add(1, Ordering::Relaxed));
    let again = futures_join(&engine, 8, request).await;
    assert!(again.iter().all(|committed| (committed.spans, committed.duplicates) == (0, 20)));
    assert!(again.iter().all(|committed| committed.seq == told.seq));
    assert_eq!((engine.store.seq(), heard.load(Ordering::Relaxed)), (told.seq, 0), "nobody is woken");
    let raw = engine.query.raw_trace(trace_id(1)).await.unwrap().unwrap();
    assert!(raw.spans.iter().all(|span| span.duplicates == 9));
    let stats = engine.query.stats().await.unwrap();
    assert_eq!((stats.traces, stats.spans), (1, 20));
}

/// Submits a request from several tasks at once.
async fn futures_join(
    engine: &Engine,
    tasks: usize,
    request: impl Fn() -> spanglass_trace::decode::Received,
) -> Vec<spanglass_engine::ingest::Committed> {
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..tasks {
        let (ingest, request) = (engine.ingest.clone(), request());
        running.spawn(async move { ingest.submit(request).await.unwrap() });
    }
    running.join_all().await
}

#[tokio::test]
async fn the_states_of_a_span_in_any_order_are_the_last_of_them() {
    // As they end: one that runs, two that ended at the same time, of which one says more, and one that ended later.
    let states = [(0, "it runs, and that is a long name"), (5, "it ended"), (5, "it ended and says more"), (9, "done")];
    let made = |n: usize| {
        let (end, name) = states[n];
        let mut state = span(1, 0, None, name);
        state.end_time_unix_nano = if end == 0 { 0 } else { START + end };
        spans(vec![state])
    };
    for (latest, (_, shown)) in states.iter().enumerate().skip(1) {
        for order in permutations((0..=latest).collect()) {
            let engine = Engine::start();
            for n in &order {
                engine.submit(made(*n)).await;
            }
            let open = engine.query.open(trace_id(1)).await.unwrap().unwrap();
            assert_eq!(open.trace.spans[0].span.name, *shown, "{order:?}");
        }
    }
}

/// Returns some numbers in every order.
fn permutations(numbers: Vec<usize>) -> Vec<Vec<usize>> {
    if numbers.len() < 2 {
        return vec![numbers];
    }
    let mut all = Vec::new();
    for (n, first) in numbers.iter().enumerate() {
        let rest: Vec<usize> = numbers.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, other)| *other).collect();
        all.extend(permutations(rest).into_iter().map(|rest| [vec![*first], rest].concat()));
    }
    all
}

#[tokio::test]
async fn a_log_record_tells_of_its_span_whichever_comes_first() {
    let call = || {
        let mut call = span(1, 0, None, "chat");
        call.attributes =
            vec![attribute("gen_ai.operation.name", "chat"), attribute("gen_ai.request.model", "gpt-4o-mini")];
        spans(vec![call])
    };
    let log = || question(1, 0, "What is the weather?");
    let mut rows = Vec::new();
    for log_first in [true, false] {
        let engine = Engine::start();
        let requests = if log_first { [log(), call()] } else { [call(), log()] };
        for request in requests {
            engine.submit(request).await;
        }
        let row = engine.row(1).await;
        assert_eq!(row.question.as_deref(), Some("What is the weather?"), "log first: {log_first}");
        let open = engine.query.open(trace_id(1)).await.unwrap().unwrap();
        let input = open.trace.spans[0].reading.input.messages.as_ref().unwrap();
        assert_eq!(input[0].role, "user");
        rows.push(settled(row));
    }
    assert_eq!(rows[0], rows[1]);
}

#[tokio::test]
async fn a_large_trace_that_grows_is_right_once_it_is_told_to_be() {
    let engine = Engine::start();
    let grow = |from: u64| spans((from..from + 2_500).map(|n| span(1, n, (n > 0).then_some(0), "a span")).collect());
    engine.submit(grow(0)).await;
    assert_eq!(engine.row(1).await.summary.counts.spans, 2_500);
    let seq = engine.submit(grow(2_500)).await.seq;
    // The list may show the row of a moment ago; whoever follows the changes then hears of the new one.
    let mut since = seq - 1;
    loop {
        let list = engine.query.traces(1, None, &Default::default()).await.unwrap();
        let shown = list.rows[0].summary.counts.spans;
        if shown == 5_000 {
            break;
        }
        assert_eq!(shown, 2_500);
        let changes = engine.live.changes(since.max(list.seq), std::time::Duration::from_secs(20)).await;
        assert!(changes.seq > list.seq, "nobody said that the row is old");
        since = changes.seq;
    }
    assert_eq!(engine.row(1).await.summary.counts.spans, 5_000);
}

#[tokio::test]
async fn every_time_comes_back_as_it_was_sent() {
    let engine = Engine::start();
    let times =
        [(0, 0), (1, 0), (u64::MAX, u64::MAX), (u64::MAX, 1), (1 << 63, (1 << 63) + 1), (i64::MAX as u64, u64::MAX)];
    let sent = |n: usize| {
        let mut sent = span(n as u64, 0, None, "edge");
        (sent.start_time_unix_nano, sent.end_time_unix_nano) = times[n];
        sent
    };
    engine.submit(spans((0..times.len()).map(sent).collect())).await;
    for (n, (start, end)) in times.iter().enumerate() {
        let open = engine.query.open(trace_id(n as u64)).await.unwrap().unwrap();
        let kept = &open.trace.spans[0].span;
        assert_eq!((kept.start_time_unix_nano, kept.end_time_unix_nano), (*start, *end));
        engine.row(n as u64).await;
    }
}

#[tokio::test]
async fn what_was_received_is_given_back_byte_for_byte_in_order_of_arrival() {
    let engine = Engine::start();
    let requests = [
        spans(vec![span(1, 5, None, "later"), span(1, 2, Some(5), "earlier")]),
        question(1, 2, "Why?"),
        spans(vec![span(1, 9, None, "last")]),
    ];
    let sent: Vec<_> =
        requests.iter().flat_map(|r| &r.spans).map(|s| (s.span.span_id, s.raw.clone(), s.envelope.clone())).collect();
    let logs: Vec<_> =
        requests.iter().flat_map(|r| &r.logs).map(|l| (l.log.span_id, l.raw.clone(), l.envelope.clone())).collect();
    for request in requests {
        engine.submit(request).await;
    }
    let raw = engine.query.raw_trace(trace_id(1)).await.unwrap().unwrap();
    let kept: Vec<_> = raw.spans.iter().map(|s| (s.span_id, s.raw.clone(), s.envelope.clone())).collect();
    assert_eq!(kept, sent);
    let kept: Vec<_> = raw.logs.iter().map(|l| (l.span_id, l.raw.clone(), l.envelope.clone())).collect();
    assert_eq!(kept, logs);
    assert_eq!(raw.spans[0].span_id, span_id(5));
    assert!(raw.damaged.is_empty());
}
