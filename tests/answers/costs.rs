//! What a trace costs, by the sender's word, by the shipped prices and by the user's own.

use spanglass_engine::own_file::KeepError;
use spanglass_trace::views::document::document;

use super::engine::Engine;
use super::requests::{attribute, span, spans, trace_id};

const OWN: &str = r#"{"prices": [{"models": ["house-*"], "input": 2, "output": 4}]}"#;

/// A trace of two calls, of a model everybody knows and of one nobody does.
async fn store_two_calls(engine: &Engine) {
    let call = |number, model: &str| {
        let mut call = span(1, number, Some(0), "chat");
        call.attributes = vec![
            attribute("gen_ai.operation.name", "chat"),
            attribute("gen_ai.request.model", model),
            attribute("gen_ai.usage.input_tokens", "1000"),
            attribute("gen_ai.usage.output_tokens", "100"),
        ];
        call
    };
    let calls = vec![span(1, 0, None, "run"), call(1, "gpt-4o-mini-2024-07-18"), call(2, "house-large")];
    engine.submit(spans(calls)).await;
}

#[tokio::test]
async fn a_cost_is_tokens_times_price_and_says_so() {
    let engine = Engine::start();
    store_two_calls(&engine).await;
    let row = engine.row(1).await;
    assert_eq!(row.summary.cost_usd, Some(0.00021));
    assert_eq!(row.summary.counts.calls_without_cost, 1, "the total is partial");
    let open = engine.query.open(trace_id(1)).await.unwrap().unwrap();
    let document = serde_json::to_value(document(&open.trace, open.row.summary.clone())).unwrap();
    assert_eq!(document["spans"][1]["cost_usd"], 0.00021);
    let source = document["spans"][1]["sources"]["cost"].as_str().unwrap();
    assert!(source.starts_with("prices:gpt-4o-mini@20"), "{source}");
    assert_eq!(document["spans"][2]["cost_usd"], serde_json::Value::Null);
    assert_eq!(document["spans"][0]["cost_usd"], serde_json::Value::Null);
}

#[tokio::test]
async fn own_prices_hold_without_a_restart() {
    let engine = Engine::start();
    store_two_calls(&engine).await;
    engine.row(1).await;
    engine.query.keep_prices(OWN.to_owned(), String::new()).await.unwrap().unwrap();
    let row = engine.row(1).await;
    assert_eq!((row.summary.cost_usd, row.summary.counts.calls_without_cost), (Some(0.00021 + 0.0024), 0));
    let open = engine.query.open(trace_id(1)).await.unwrap().unwrap();
    assert_eq!(open.trace.cost_source(2), Some("prices.json:house-*"));
    // By hand, as an editor does it.
    let file = engine.query.prices_file().to_owned();
    std::fs::write(&file, OWN.replace("\"input\": 2", "\"input\": 20")).unwrap();
    assert_eq!(engine.row(1).await.summary.cost_usd, Some(0.00021 + 0.0204));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(engine.row(1).await.summary.cost_usd, Some(0.00021));
}

#[tokio::test]
async fn prices_that_cannot_be_read_change_nothing_and_say_why() {
    let engine = Engine::start();
    store_two_calls(&engine).await;
    let wrong = r#"{"prices": [{"models": ["house-large"], "input": "cheap"}]}"#;
    let refused = engine.query.keep_prices(wrong.to_owned(), String::new()).await.unwrap().unwrap_err();
    assert!(
        matches!(&refused, KeepError::Refused(why) if why.starts_with("entry 1 (house-large): `input`")),
        "{refused}"
    );
    assert!(!engine.query.prices_file().exists());

    std::fs::write(engine.query.prices_file(), wrong).unwrap();
    let now = engine.query.prices().await.unwrap();
    let problem = now.problem.as_deref().unwrap_or_default();
    assert!(problem.contains("prices.json: entry 1 (house-large)"), "{problem}");
    assert_eq!(now.own, wrong, "it can be put right");
    assert_eq!(engine.row(1).await.summary.cost_usd, Some(0.00021));
}

#[tokio::test]
async fn own_prices_that_somebody_else_changed_are_not_overwritten() {
    let engine = Engine::start();
    std::fs::write(engine.query.prices_file(), OWN).unwrap();
    let refused = engine.query.keep_prices("{\"prices\": []}".to_owned(), String::new()).await.unwrap().unwrap_err();
    assert!(matches!(&refused, KeepError::Refused(why) if why.contains("changed meanwhile")), "{refused}");
    assert_eq!(std::fs::read_to_string(engine.query.prices_file()).unwrap(), OWN);
    engine.query.keep_prices("{\"prices\": []}".to_owned(), OWN.to_owned()).await.unwrap().unwrap();
}
