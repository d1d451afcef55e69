//! What is sent of a span while it runs, and what is sent of a call in two halves: one span, one call, in whatever order.

use spanglass_trace::span::AnyValue;
use spanglass_trace::views::summary::TraceStatus;

use super::engine::Engine;
use super::recorded::{converge, everything, items};

const STREAMED: &str = "otlp/logfire_pending_stream.jsonl";

#[tokio::test]
async fn a_marker_shows_a_running_span_until_the_span_comes() {
    let (markers, spans): (Vec<_>, Vec<_>) = items(STREAMED).into_iter().partition(|item| {
        let marker = &item.spans[0].span;
        marker.end_time_unix_nano == marker.start_time_unix_nano && !marker.name.starts_with("streaming")
    });
    assert_eq!((markers.len(), spans.len()), (2, 7));
    let mut engine = Engine::start();
    for marker in markers {
        engine.submit(marker).await;
    }
    for _ in 0..2 {
        let list = engine.query.traces(10, None, &Default::default()).await.unwrap();
        let summary = &list.rows[0].summary;
        assert_eq!(
            (summary.status, summary.counts.spans, summary.counts.missing_parents),
            (TraceStatus::Running, 2, 0)
        );
        assert_eq!(summary.root_span_id.as_deref(), Some("9aa3aa6be6105ae5"));
        let open = engine.query.open(summary.trace_id.parse().unwrap()).await.unwrap().unwrap();
        let names: Vec<_> = open.trace.spans.iter().map(|read| (&*read.span.name, read.is_running())).collect();
        assert_eq!(names, [("Plan the {what}", true), ("second", true)]);
        engine = engine.restart();
    }
    for span in spans {
        engine.submit(span).await;
    }
    let list = engine.query.traces(10, None, &Default::default()).await.unwrap();
    let summary = &list.rows[0].summary;
    assert_eq!((summary.status, summary.counts.spans, summary.counts.duplicates), (TraceStatus::Unset, 7, 0));
}

#[tokio::test]
async fn a_streamed_answer_is_its_calls() {
    let engine = Engine::start();
    for item in items(STREAMED) {
        engine.submit(item).await;
    }
    let list = engine.query.traces(10, None, &Default::default()).await.unwrap();
    let summary = &list.rows[0].summary;
    assert_eq!((summary.counts.llm_calls, summary.counts.llm_calls_without_usage), (3, 0));
    let usage = summary.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(19 + 23 + 17), Some(20 + 11 + 12)));
    let open = engine.query.open(summary.trace_id.parse().unwrap()).await.unwrap().unwrap();
    let answers: Vec<_> = open
        .trace
        .spans
        .iter()
        .filter_map(|read| Some((read.span.name.split(' ').next()?, read.reading.output.messages.as_ref()?.len())))
        .collect();
    assert_eq!(answers, [("Chat", 1), ("Responses", 1), ("Chat", 1)]);
}

#[tokio::test]
async fn what_a_streamed_answer_cost_is_its_calls_and_counted_once() {
    let (priced, told) = (Engine::start(), Engine::start());
    for mut item in items(STREAMED) {
        priced.submit(item.clone()).await;
        for sent in item.spans.iter_mut().filter(|sent| sent.span.name.starts_with("streaming")) {
            sent.span.attributes.push(("operation.cost".to_owned(), AnyValue::Double(0.25)));
        }
        told.submit(item).await;
    }
    let total = async |engine: &Engine| {
        let list = engine.query.traces(10, None, &Default::default()).await.unwrap();
        list.rows[0].summary.cost_usd.unwrap()
    };
    let (by_price, cost) = (total(&priced).await, total(&told).await);
    // What the two streamed answers cost is said; the third is priced, and they no more.
    assert!(cost > 0.5 && cost - 0.5 < by_price, "{cost} where all is {by_price} by price");
}

#[tokio::test]
async fn in_any_order_and_across_restarts_it_is_the_same_trace() {
    let items = items(STREAMED);
    let traces = converge(&items, 24).await;
    assert_eq!(traces.len(), 1);
    let engine = Engine::start();
    for item in &items {
        engine.submit(item.clone()).await;
        engine.submit(item.clone()).await;
    }
    let told = everything(&engine).await;
    // Sent twice, spans are counted as sent again; markers are not.
    assert!(told[0].contains("\"duplicates\": 7") && traces[0].contains("\"duplicates\": 0"));
}
