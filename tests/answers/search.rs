//! Searching: what a filter finds, from the index and beside it, while things come, change and go.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use spanglass_engine::query::{Filter, Hit};
use spanglass_engine::store::Order;

use super::engine::Engine;
use super::requests::{START, attribute, question, span, spans, trace_id};

/// So many spans fill a block of the index, whatever is in them.
const BLOCK: u64 = 256;

/// A call that asked something.
fn asking(trace: u64, n: u64, asked: &str) -> Span {
    let messages = serde_json::json!([{"role": "user", "parts": [{"type": "text", "content": asked}]}]);
    let mut call = span(trace, n, None, "chat");
    call.attributes = vec![
        attribute("gen_ai.operation.name", "chat"),
        attribute("gen_ai.provider.name", "openai"),
        attribute("gen_ai.request.model", "gpt-4o-mini"),
        attribute("gen_ai.input.messages", &escaped(&messages.to_string())),
    ];
    call
}

/// JSON as Python writes it: nothing but ASCII.
fn escaped(json: &str) -> String {
    let mut units = [0; 2];
    json.chars()
        .map(|c| match c.is_ascii() {
            true => c.to_string(),
            false => c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        })
        .collect()
}

impl Engine {
    /// Returns the numbers of the traces a filter finds, newest first.
    async fn found(&self, filter: &str) -> Vec<u64> {
        self.found_with_hits(filter).await.0
    }

    async fn found_with_hits(&self, filter: &str) -> (Vec<u64>, Vec<Hit>) {
        let filter: Filter = filter.parse().unwrap();
        let (mut found, mut hits, mut before) = (Vec::new(), Vec::new(), None);
        loop {
            let page = self.query.traces(3, before.as_deref(), &filter).await.unwrap();
            let number = |row: &spanglass_trace::views::summary::TraceRow| {
                u64::from_str_radix(&row.summary.trace_id[16..], 16).unwrap()
            };
            found.extend(page.rows.iter().map(number));
            hits.extend(page.rows.iter().filter_map(|row| page.hits.get(&row.summary.trace_id)).flatten().cloned());
            before = page.next;
            if before.is_none() {
                return (found, hits);
            }
        }
    }

    /// Waits until the index covers everything but what fills no block.
    async fn indexed(&self) {
        while self.query.stats().await.unwrap().unindexed_spans >= BLOCK {
            self.a_moment().await;
        }
    }

    /// Lets other threads work: nothing changes that would be told.
    async fn a_moment(&self) {
        self.live.changes(self.store.seq(), std::time::Duration::from_millis(20)).await;
    }

    /// Fills blocks with spans that say nothing in particular, in traces of their own.
    async fn fill(&self, from: u64, count: u64) {
        for trace in from..from + count {
            self.submit(spans(
                (0..BLOCK / 4).map(|n| asking(trace, n, &format!("what is {trace} and {n}?"))).collect(),
            ))
            .await;
        }
    }
}

/// An engine with what is looked for at the beginning, in the middle and at the end, and so much beside it that most of it is
/// in the index.
async fn filled() -> Engine {
    fill_all(Engine::start()).await
}

async fn fill_all(engine: Engine) -> Engine {
    engine.submit(spans(vec![asking(1, 0, "Wo ist mein Größenvergleich?")])).await;
    engine.fill(1_000, 8).await;
    engine.submit(spans(vec![span(2, 0, None, "root"), asking(2, 1, "今日の天気は晴れですか")])).await;
    engine.fill(2_000, 8).await;
    let mut tool = span(3, 0, None, "execute");
    tool.attributes = vec![
        attribute("gen_ai.operation.name", "execute_tool"),
        attribute("gen_ai.tool.name", "get_weather"),
        attribute("http.route", "/v1/Forecast"),
        attribute("note", &"long ".repeat(100)),
    ];
    engine.submit(spans(vec![tool])).await;
    engine.indexed().await;
    engine
}

/// What is found in [`filled`].
async fn check(engine: &Engine) {
    for (filter, expected) in [
        ("größenvergleich", &[1][..]),
        ("\"Größenverg\"", &[1]),
        ("ENVERGLEI", &[1]),
        ("\"mein größenvergleich?\"", &[1]),
        ("天気", &[2]),
        ("\"天気は晴れ\"", &[2]),
        ("晴", &[2]),
        ("天気 größenvergleich", &[]),
        ("tool:weather", &[3]),
        ("tool=get_weather kind:tool", &[3]),
        ("tool:weather*", &[]),
        ("attr.http.route:forecast", &[3]),
        ("attr.http.route=/v1/forecast", &[3]),
        ("attr.http.route=/v1", &[]),
        ("attr.note:\"long long\"", &[3]),
        ("\"/v1/forecast\"", &[3]),
        ("-model:gpt-4o kind:tool", &[3]),
        ("provider:openai model:4o 天気", &[2]),
        ("-kind:llm", &[3]),
        ("name:root", &[2]),
        ("spans:2", &[2]),
        ("a5a5a5a5a5a5a5a50000000000000003", &[3]),
        ("nowhere", &[]),
    ] {
        assert_eq!(engine.found(filter).await, expected, "{filter}");
    }
    let (found, _) = engine.found_with_hits("\"what is\"").await;
    let expected: Vec<u64> = (2_000..2_008).chain(1_000..1_008).collect::<Vec<u64>>();
    let mut newest_first = expected.clone();
    newest_first.sort_by_key(|trace| std::cmp::Reverse((*trace >= 2_000, *trace)));
    assert_eq!(found, newest_first);
}

#[tokio::test]
async fn what_stands_anywhere_is_found() {
    let engine = filled().await;
    check(&engine).await;
    let engine = engine.restart();
    check(&engine).await;
    engine.indexed().await;
    check(&engine).await;
}

#[tokio::test]
async fn what_is_indexed_by_reading_it_again_is_found_as_well() {
    let engine = fill_all(Engine::start().reading_again()).await;
    check(&engine).await;
    // What comes in is indexed at once behind what must be read again.
    engine.fill(4_000, 8).await;
    let engine = engine.restart();
    engine.fill(5_000, 8).await;
    engine.submit(spans(vec![asking(5, 0, "Wo ist mein Größenvergleich?"), span(3, 0, None, "execute")])).await;
    engine.fill(6_000, 8).await;
    engine.indexed().await;
    assert_eq!(engine.found("größenvergleich").await, [5, 1]);
    for trace in [4_003, 5_003, 6_003] {
        assert_eq!(engine.found(&format!("\"what is {trace}\"")).await, [trace]);
    }
}

#[tokio::test]
async fn an_index_that_is_lost_or_damaged_is_made_again() {
    let engine = filled().await;
    engine.fill(5_000, 64).await;
    engine.indexed().await;
    let folder = engine.folder.path().join("index");
    let file = || {
        std::fs::read_dir(&folder)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|kind| kind == "blocks"))
    };
    while file().is_none() {
        engine.a_moment().await;
    }
    let path = file().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let engine = engine.restart();
    assert_eq!(engine.found("天気").await, [2]);
    engine.indexed().await;
    assert_eq!(engine.found("天気").await, [2]);
}

#[tokio::test]
async fn what_was_deleted_is_not_found_and_what_takes_its_place_is() {
    let engine = filled().await;
    assert_eq!(engine.query.delete(&[trace_id(2)]).await.unwrap(), 1);
    assert_eq!(engine.found("天気").await, [0; 0]);
    // The latest spans go, and those that come get their ids.
    let latest: Vec<_> = (2_000..2_008).chain([3]).map(trace_id).collect();
    engine.query.delete(&latest).await.unwrap();
    assert_eq!(engine.found("tool:weather").await, [0; 0]);
    while engine.query.stats().await.unwrap().spans > 8 * BLOCK / 4 + 1 {
        engine.a_moment().await;
    }
    engine.fill(3_000, 7).await;
    engine.submit(spans(vec![asking(4, 0, "Ein anderer Größenvergleich")])).await;
    assert_eq!(engine.found("größenvergleich").await, [4, 1]);
    engine.indexed().await;
    assert_eq!(engine.found("größenvergleich").await, [4, 1]);
    assert_eq!(engine.found("\"what is 3003\"").await, [3_003]);
    assert_eq!(engine.found("\"what is 2003\"").await, [0; 0]);
}

#[tokio::test]
async fn what_was_deleted_and_comes_again_under_its_name_is_found_as_it_is_then() {
    let mut engine = Engine::start();
    let said = |word: &str| {
        spans((0..4 * BLOCK).map(|n| asking(1, n, if n == BLOCK / 2 { word } else { "what is it?" })).collect())
    };
    engine.submit(said("quagga")).await;
    engine.indexed().await;
    assert_eq!(engine.found("quagga").await, [1]);
    engine.query.delete(&[trace_id(1)]).await.unwrap();
    // Its spans get the ids of those before them once those are deleted.
    while engine.store.read(|reading| reading.places(Order::Spans)).unwrap().1 > 0 {
        engine.a_moment().await;
    }
    engine.submit(said("okapi")).await;
    for _ in 0..2 {
        for _ in 0..2 {
            assert_eq!(engine.found("okapi").await, [1]);
            assert_eq!(engine.found("quagga").await, [0; 0]);
            engine.indexed().await;
        }
        engine = engine.restart();
    }
}

#[tokio::test]
async fn what_changes_later_is_found_as_it_is() {
    let engine = Engine::start();
    let mut running = asking(1, 0, "Vorläufig");
    running.end_time_unix_nano = 0;
    engine.submit(spans(vec![running])).await;
    engine.submit(spans(vec![span(2, 0, None, "chat")])).await;
    engine.fill(1_000, 8).await;
    engine.indexed().await;
    assert_eq!(engine.found("vorläufig status:running").await, [1]);
    engine.submit(spans(vec![asking(1, 0, "Endgültig")])).await;
    engine.submit(question(2, 0, "Nachgereichte Frage")).await;
    for _ in 0..2 {
        assert_eq!(engine.found("endgültig").await, [1]);
        assert_eq!(engine.found("vorläufig").await, [0; 0]);
        assert_eq!(engine.found("\"nachgereichte frage\"").await, [2]);
        engine.fill(2_000 + engine.store.seq(), 8).await;
        engine.indexed().await;
    }
}

#[tokio::test]
async fn a_hit_says_where_it_stands() {
    let engine = filled().await;
    let (found, hits) = engine.found_with_hits("天気").await;
    assert_eq!(found, [2]);
    let [hit] = &hits[..] else { panic!("{hits:?}") };
    assert_eq!((hit.place.as_str(), hit.before.as_str()), ("user", "今日の"));
    assert_eq!((hit.text.as_str(), hit.after.as_str()), ("天気", "は晴れですか"));
    assert_eq!(hit.span_id.as_deref(), Some("0000000000000002"));
    let (_, hits) = engine.found_with_hits("forecast").await;
    assert_eq!((hits[0].place.as_str(), hits[0].text.as_str()), ("http.route", "Forecast"));
}

#[tokio::test]
async fn what_a_span_says_is_told_before_a_log_record_that_repeats_it() {
    let engine = Engine::start();
    engine.submit(question(1, 9, "Is it windy?")).await;
    engine.submit(spans(vec![asking(1, 0, "Is it windy?")])).await;
    let (_, hits) = engine.found_with_hits("windy").await;
    assert_eq!((hits[0].place.as_str(), hits[0].said), ("user", true));
}

#[tokio::test]
async fn as_many_hits_are_told_as_were_asked_for_each_once() {
    let engine = Engine::start();
    // The question stands in every later call again, as a program that repeats the history sends it.
    let told = ["the refund", "the refund", "a refund of 5 €", "no money", "refunds", "REFUND"];
    for (n, words) in told.into_iter().enumerate() {
        engine.submit(spans(vec![asking(1, n as u64, words)])).await;
    }
    let filter: Filter = "refund".parse().unwrap();
    let hits = async |most: u32| -> Vec<String> {
        let page = engine.query.traces_with_hits(10, None, &filter, most).await.unwrap();
        let hits = page.hits.into_values().flatten();
        hits.map(|hit| format!("{} {}: {}[{}]{}", hit.name, hit.place, hit.before, hit.text, hit.after)).collect()
    };
    assert_eq!(
        hits(9).await,
        ["chat user: the [refund]", "chat user: a [refund] of 5 €", "chat user: [refund]s", "chat user: [REFUND]"]
    );
    assert_eq!(hits(2).await.len(), 2);
    assert_eq!(hits(0).await.len(), 0);
}

#[tokio::test]
async fn numbers_are_those_of_the_trace() {
    let engine = Engine::start();
    for trace in 1..=3 {
        let mut call = asking(trace, 0, "x");
        let tokens = AnyValue { value: Some(Value::IntValue(trace as i64 * 1_000)) };
        let key = "gen_ai.usage.input_tokens".to_owned();
        call.attributes.push(KeyValue { key, value: Some(tokens), ..KeyValue::default() });
        call.end_time_unix_nano = START + trace * 1_000_000_000;
        engine.submit(spans(vec![call])).await;
    }
    assert_eq!(engine.found("input>1k").await, [3, 2]);
    assert_eq!(engine.found("duration>=2s duration<3s").await, [2]);
    assert_eq!(engine.found("calls:1 spans:1").await, [3, 2, 1]);
    assert_eq!(engine.found("calls>1").await, [0; 0]);
    assert_eq!(engine.found("time:2026-01-01 errors:0").await, [3, 2, 1]);
    assert_eq!(engine.found("time<2026-01-01").await, [0; 0]);
    assert_eq!(engine.found("ttft>0s").await, [0; 0], "what is unknown is neither more nor less");
}

#[tokio::test]
async fn streams_that_fell_silent_are_found() {
    let engine = Engine::start();
    let chunk = |(n, after_ms): (usize, &u64)| Event {
        name: format!("mlflow.chunk.item.{n}"),
        time_unix_nano: START + after_ms * 1_000_000,
        attributes: vec![attribute("mlflow.chunk.value", r#"{"choices": [{"index": 0, "delta": {"content": "a"}}]}"#)],
        ..Event::default()
    };
    for (trace, code, after_ms) in [(1, 1, [10, 20, 30]), (2, 1, [10, 7_020, 7_030]), (3, 2, [10, 20, 30])] {
        let mut call = span(trace, 0, None, "chat");
        call.attributes = vec![attribute("mlflow.spanType", "\"LLM\"")];
        call.events = after_ms.iter().enumerate().map(chunk).collect();
        call.end_time_unix_nano = START + 60_000_000_000;
        call.status = Some(Status { code, ..Status::default() });
        engine.submit(spans(vec![call])).await;
    }
    engine.submit(spans(vec![asking(4, 0, "not streamed")])).await;
    assert_eq!(engine.found("stall>5s").await, [3, 2], "a failed call is silent from its last chunk to its end");
    assert_eq!(engine.found("stall:>5s stall<8s").await, [2]);
    assert_eq!(engine.found("stall<1s").await, [1]);
    let completions = engine.query.complete("sta".to_owned(), 3).await.unwrap();
    assert!(completions.items.iter().any(|item| item.text == "stall>"), "{completions:?}");
}

#[tokio::test]
async fn keys_and_values_that_were_seen_are_offered() {
    let engine = filled().await;
    let offered = async |text: &str| -> Vec<String> {
        let completions = engine.query.complete(text.to_owned(), usize::MAX).await.unwrap();
        completions.items.into_iter().map(|item| item.text).collect()
    };
    // What came last is learned a moment after it was stored.
    while offered("attr.http").await.is_empty() {
        engine.a_moment().await;
    }
    assert_eq!(offered("sta").await, ["status:", "stall>"]);
    assert_eq!(offered("-sta").await, ["-status:", "-stall>"]);
    assert_eq!(offered("x model:").await, ["model:gpt-4o-mini"]);
    assert_eq!(offered("status:e").await, ["status:error"]);
    assert_eq!(offered("attr.http").await, ["attr.http.route:"]);
    assert_eq!(offered("attr.http.route:").await, ["attr.http.route:/v1/Forecast"]);
    assert_eq!(offered("weath").await, ["tool:get_weather"]);
    assert_eq!(offered("\"quo").await, [""; 0]);
    assert!(offered("").await.contains(&"tokens>".to_owned()));
    let completions = engine.query.complete("天 kind:ll more".to_owned(), 9).await.unwrap();
    assert_eq!((completions.from, completions.to, completions.items[0].text.as_str()), (2, 9, "kind:llm"));
}

#[tokio::test]
async fn a_filter_is_no_sql() {
    const SQL: [&str; 8] = [
        "' OR '1'='1",
        "'; DROP TABLE traces; --",
        "x') UNION SELECT 1, 2, 3 --",
        "%",
        "_",
        "*' GLOB '*",
        "\u{0}' OR 1=1 --",
        "1; ATTACH DATABASE '/tmp/x' AS y",
    ];
    let engine = Engine::start();
    for (n, sql) in (1..).zip(SQL) {
        engine.submit(spans(vec![asking(n, 0, &format!("Say {sql} to me"))])).await;
    }
    engine.submit(spans(vec![asking(99, 0, "Nothing")])).await;
    for (n, sql) in (1..).zip(SQL) {
        assert_eq!(engine.found(&format!("\"Say {sql} to\"")).await, [n], "{sql:?}");
        for key in ["model:", "model=", "session:", "tool=", "tag:", "attr.note:", "name:"] {
            let filter = format!("{key}\"{sql}\"");
            if filter.parse::<Filter>().is_ok() {
                assert!(engine.found(&filter).await.is_empty(), "{filter:?}");
            }
        }
    }
    assert_eq!(engine.found("").await.len(), SQL.len() + 1, "all of them are there as before");
}
