//! A span whose bytes changed on disk: said, and never shown.

use std::collections::BTreeSet;
use std::fs;

use spanglass_engine::store::Order;

use super::engine::Engine;
use super::requests::{attribute, span, span_id, spans, trace_id};

#[tokio::test]
async fn a_flipped_byte_is_said_and_not_shown() {
    let engine = Engine::start();
    let made = |n: u64| {
        let mut made = span(1, n, (n > 0).then_some(0), &format!("step {n}"));
        // Long and plain, so that it is compressed; each with a mark of its own.
        made.attributes = vec![attribute("input.value", &format!("{n}{}", " and so on".repeat(100)))];
        made
    };
    engine.submit(spans((0..6).map(made).collect())).await;
    engine.row(1).await;
    engine.store.close();
    let Engine { folder, .. } = engine;
    let database = folder.path().join("traces.db");
    let mut bytes = fs::read(&database).unwrap();
    let frame = bytes.windows(4).position(|seen| seen == [0x28, 0xb5, 0x2f, 0xfd]).unwrap();
    bytes[frame + 30] ^= 4;
    fs::write(&database, bytes).unwrap();

    let engine = Engine::start_in(folder);
    let open = engine.query.open(trace_id(1)).await.unwrap().unwrap();
    assert_eq!(open.damaged.len(), 1, "{:?}", open.damaged);
    let lost = open.damaged[0].span_id;
    assert_eq!(open.trace.spans.len(), 6, "its place in the tree stays");
    for read in &open.trace.spans {
        assert_eq!(read.span.attributes.is_empty(), read.span.span_id == lost);
        assert_eq!(read.reading.error.is_some(), read.span.span_id == lost);
        assert!(read.span.name.starts_with("step "));
    }
    let raw = engine.query.raw_trace(trace_id(1)).await.unwrap().unwrap();
    assert_eq!((raw.spans.len(), raw.damaged.len()), (5, 1));
    assert!(raw.spans.iter().all(|span| span.span_id != lost));

    // Sent again, the span is whole again.
    engine.submit(spans((0..6).map(made).collect())).await;
    let open = engine.query.open(trace_id(1)).await.unwrap().unwrap();
    assert!(open.damaged.is_empty());
    assert!(open.trace.find(span_id(0)).is_some());
    engine.row(1).await;
}

#[tokio::test]
async fn what_is_deleted_while_it_is_read_is_not_said_to_be_damaged() {
    let engine = Engine::start();
    // In as many blocks as there are requests.
    for request in 0..10 {
        engine.submit(spans((0..100).map(|n| span(1, request * 100 + n, None, "step")).collect())).await;
    }
    let mut pieces = engine.query.pieces(trace_id(1)).await.unwrap();
    let first = engine.query.next_piece(&mut pieces).await.unwrap();
    assert_eq!(first.unwrap().damaged, []);
    engine.query.delete(&[trace_id(1)]).await.unwrap();
    while engine.store.read(|reading| reading.places(Order::Spans)).unwrap().1 > 0 {
        tokio::task::yield_now().await;
    }
    let mut reasons = BTreeSet::new();
    while let Some(piece) = engine.query.next_piece(&mut pieces).await.unwrap() {
        reasons.extend(piece.damaged.into_iter().map(|damage| damage.reason));
    }
    assert_eq!(reasons, BTreeSet::from(["the trace was deleted meanwhile".to_owned()]));
    assert!(engine.query.open(trace_id(1)).await.unwrap().is_none());
}
