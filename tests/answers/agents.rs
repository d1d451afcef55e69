//! Coding agents, whose telemetry is log records: each session (or prompt) is a trace, the same in whatever order it came.

use serde_json::{Value, json};
use spanglass_engine::query::{Filter, TotalsWanted};
use spanglass_engine::share;
use spanglass_trace::decode::Received;
use spanglass_trace::span::{AnyValue, LogRecord, SpanId, TraceId};
use spanglass_trace::views::summary;
use spanglass_trace::views::totals::{TotalsBy, TotalsOrder};

use super::engine::Engine;
use super::recorded::{converge, everything, items};
use super::requests::{question, span, spans};

/// Sends a recording and returns its traces as documents, in the order of their start.
async fn documents(engine: &Engine, file: &str) -> Vec<Value> {
    for item in items(file) {
        engine.submit(item).await;
    }
    let mut traces: Vec<Value> =
        everything(engine).await.iter().map(|told| serde_json::from_str(told).unwrap()).collect();
    traces.sort_by_key(|told| told[0]["summary"]["start_time_unix_nano"].to_string());
    traces.into_iter().map(|told| told[1].clone()).collect()
}

fn named<'a>(document: &'a Value, key: &str) -> Vec<&'a Value> {
    document["spans"].as_array().unwrap().iter().map(|span| &span[key]).collect()
}

#[tokio::test]
async fn claude_code_is_a_trace_for_each_prompt() {
    let engine = Engine::start();
    let [done, refused] = <[Value; 2]>::try_from(documents(&engine, "agents/claude_logs.jsonl").await).unwrap();
    assert_eq!(named(&done, "name"), ["Claude Code", "api_request", "Bash", "api_request", "Read", "api_request"]);
    assert_eq!(named(&done, "kind"), ["agent", "llm", "tool", "llm", "tool", "llm"]);
    assert!(named(&done, "from_logs").iter().all(|made| **made == true));
    let trace = &done["trace"];
    assert_eq!(trace["session_id"], "65e78f3c-237a-4d36-b88c-6e45c563f251");
    assert_eq!(trace["usage"]["input_tokens"], 3 * (16 + 24) + 8_616 + 8_628 + 8_640);
    assert_eq!(trace["usage"]["output_tokens"], 28 + 23 + 19);
    assert!((trace["cost_usd"].as_f64().unwrap() - 0.078_986_4).abs() < 1e-9);
    let spans = &done["spans"];
    assert_eq!(spans[0]["input"]["messages"][0]["parts"][0]["text"], "What is the weather? use tools");
    assert_eq!(spans[1]["model"]["response"], "claude-sonnet-4-5-20250929");
    assert_eq!(spans[1]["duration_ns"], 569_000_000);
    assert_eq!(spans[2]["tool"]["arguments"]["command"], "echo hello from bash");
    assert_eq!(spans[2]["events"][0]["name"], "claude_code.tool_decision");
    assert_eq!(spans[4]["error"]["type"], "TelemetrySafeError");
    assert_eq!(spans[5]["output"]["messages"][0]["parts"][0]["text"], "It is 18 °C and sunny in Paris.");
    assert_eq!((&refused["spans"][1]["error"]["type"], &refused["trace"]["usage"]), (&json!("429"), &Value::Null));
}

#[tokio::test]
async fn claude_codes_spans_count_once_beside_its_events_and_learn_the_cost() {
    let engine = Engine::start();
    let [told] = <[Value; 1]>::try_from(documents(&engine, "agents/claude_traced.jsonl").await).unwrap();
    let counts = &told["trace"]["counts"];
    assert_eq!((&counts["spans"], &counts["llm_calls"], &counts["tool_calls"]), (&json!(10), &json!(3), &json!(2)));
    assert_eq!(told["trace"]["usage"]["output_tokens"], 28 + 23 + 19);
    assert!((told["trace"]["cost_usd"].as_f64().unwrap() - 0.078_986_4).abs() < 1e-9);
    assert_eq!(told["spans"][0]["output"]["messages"][0]["parts"][0]["text"], "It is 18 °C and sunny in Paris.");
}

#[tokio::test]
async fn codex_is_a_trace_for_each_conversation() {
    let engine = Engine::start();
    let [told] = <[Value; 1]>::try_from(documents(&engine, "agents/codex_logs.jsonl").await).unwrap();
    assert_eq!(named(&told, "name"), ["Codex", "api_request", "exec_command", "api_request"]);
    assert_eq!(told["trace"]["session_id"], "01a1fe96-fac7-76e1-bc11-e0e3701269eb");
    assert_eq!(told["trace"]["usage"]["input_tokens"], 5_073 + 5_114);
    assert_eq!(told["spans"][1]["usage"]["reasoning_tokens"], 8);
    assert_eq!(told["spans"][1]["stream"]["time_to_first_chunk_ns"], 111_000_000);
    assert_eq!(told["spans"][2]["tool"]["arguments"]["cmd"], "echo hello from codex");
    assert!(told["spans"][2]["tool"]["result"].as_str().unwrap().ends_with("hello from codex\n"));
}

/// With its spans Codex's prompts and requests name a trace of theirs, and what is told of a stream names none.
#[tokio::test]
async fn codex_stays_one_trace_though_some_of_its_events_name_another() {
    // Events of the conversation, but for those of a stream.
    let names_a_trace = |log: &LogRecord| {
        let told =
            |key: &str| log.attributes.iter().find(|(named, _)| named == key).and_then(|(_, value)| value.as_str());
        told("conversation.id").is_some() && told("event.name") != Some("codex.sse_event")
    };
    let engine = Engine::start();
    for mut item in items("agents/codex_logs.jsonl") {
        for received in item.logs.iter_mut().filter(|received| names_a_trace(&received.log)) {
            let named =
                LogRecord { trace_id: Some(TraceId([7; 16])), span_id: Some(SpanId([8; 8])), ..received.log.clone() };
            let mut raw: Value = serde_json::from_slice(&received.raw).unwrap();
            raw["traceId"] = "07".repeat(16).into();
            raw["spanId"] = "08".repeat(8).into();
            received.raw = raw.to_string().into();
            received.log = named;
        }
        engine.submit(item).await;
    }
    let told = everything(&engine).await;
    assert_eq!(told.len(), 1);
    let told = &serde_json::from_str::<Value>(&told[0]).unwrap()[1];
    assert_eq!(named(told, "name"), ["Codex", "api_request", "exec_command", "api_request"]);
    assert_eq!(told["spans"][0]["input"]["messages"][0]["role"], "user");
}

#[tokio::test]
async fn gemini_cli_is_a_trace_for_each_session() {
    let engine = Engine::start();
    documents(&engine, "agents/gemini_spans.jsonl").await;
    let mut all = documents(&engine, "agents/gemini_logs.jsonl").await;
    // Its spans are a trace each.
    assert_eq!(all.len(), 1 + 5);
    all.retain(|told| told["trace"]["name"] == "Gemini CLI");
    let [told] = <[Value; 1]>::try_from(all).unwrap();
    let names = ["Gemini CLI", "api_response", "list_directory", "api_response", "run_shell_command", "api_response"];
    assert_eq!(named(&told, "name"), names);
    // Thoughts are counted beside the output.
    assert_eq!(told["trace"]["usage"]["output_tokens"], 18 + 24 + 11 + 3 * 8);
    let call = &told["spans"][1];
    let roles: Vec<_> = call["input"]["messages"].as_array().unwrap().iter().map(|said| &said["role"]).collect();
    assert_eq!(roles, ["system", "user"]);
    let parts: Vec<_> =
        call["output"]["messages"][0]["parts"].as_array().unwrap().iter().map(|part| &part["type"]).collect();
    assert_eq!(parts, ["reasoning", "tool_call"]);
    assert_eq!(call["output"]["finish_reasons"], json!(["stop"]));
}

#[tokio::test]
async fn what_spans_and_records_tell_of_one_session_counts_once_in_totals() {
    let wanted = TotalsWanted { by: TotalsBy::Session, order: TotalsOrder::Tokens, limit: 10 };
    for files in [["gemini_spans", "gemini_logs"], ["gemini_logs", "gemini_spans"]] {
        let engine = Engine::start();
        for file in files {
            documents(&engine, &format!("agents/{file}.jsonl")).await;
        }
        let rows = engine.query.traces(10, None, &Filter::default()).await.unwrap().rows;
        let told = &rows.iter().find(|row| row.summary.name == "Gemini CLI").unwrap().summary;
        let totals = engine.query.totals(wanted, &Filter::default()).await.unwrap().totals;
        assert_eq!((totals.groups, totals.all.traces, totals.all.told_twice), (1, 6, 5));
        assert_eq!(totals.all.llm_calls, u64::from(told.counts.llm_calls));
        assert_eq!(totals.all.tool_calls, Some(u64::from(told.counts.tool_calls)));
        assert_eq!((totals.all.usage, totals.all.cost_usd), (told.usage, told.cost_usd));
        for row in &rows {
            let open = engine.query.open(row.summary.trace_id.parse().unwrap()).await.unwrap().unwrap();
            assert!(summary::head(&open.trace, open.row.clone()).notes.iter().any(|note| note.code == "told_twice"));
        }
    }
}

#[tokio::test]
async fn in_any_order_and_across_restarts_the_same_traces_come_out() {
    for file in ["claude_logs", "claude_traced", "gemini_logs", "codex_logs"] {
        converge(&items(&format!("agents/{file}.jsonl")), 8).await;
    }
}

#[tokio::test]
async fn exported_and_imported_again_nothing_is_lost() {
    let engine = Engine::start();
    for file in ["claude_logs", "gemini_logs", "codex_logs"] {
        documents(&engine, &format!("agents/{file}.jsonl")).await;
    }
    let before = everything(&engine).await;
    let export = async |engine: &Engine| {
        let trace_ids = share::selected(&engine.query, &Filter::default()).await.unwrap();
        let mut out = Vec::new();
        share::export(&engine.query, &trace_ids, &mut out).await.unwrap();
        out
    };
    let file = export(&engine).await;
    let path = engine.folder.path().join("shared.jsonl");
    std::fs::write(&path, &file).unwrap();
    let other = Engine::start();
    let imported = share::import(&other.ingest, &path).await.unwrap();
    assert_eq!((imported.logs, imported.rejected), (12 + 43 + 20, 0));
    assert_eq!(everything(&other).await, before);
    assert_eq!(export(&other).await, file);
}

#[tokio::test]
async fn prompts_of_one_session_are_agents_of_their_own() {
    let engine = Engine::start();
    let mut recorded = items("agents/codex_logs.jsonl");
    let is_prompt = |item: &&Received| {
        item.logs[0].log.attributes.iter().any(|(_, value)| value.as_str() == Some("codex.user_prompt"))
    };
    let mut again = recorded.iter().find(is_prompt).unwrap().logs[0].clone();
    // The same prompt, asked a minute later.
    let later = again.log.observed_time_unix_nano + 60_000_000_000;
    let text = String::from_utf8(again.raw.to_vec()).unwrap();
    again.raw = text.replace(&again.log.observed_time_unix_nano.to_string(), &later.to_string()).into();
    again.log.observed_time_unix_nano = later;
    recorded.push(Received { logs: vec![again], ..Received::default() });
    for item in recorded {
        engine.submit(item).await;
    }
    let told: Value = serde_json::from_str(&everything(&engine).await[0]).unwrap();
    assert_eq!(named(&told[1], "name"), ["Codex", "prompt", "api_request", "exec_command", "api_request", "prompt"]);
}

#[tokio::test]
async fn log_records_whose_span_is_not_here_are_rows_until_it_is() {
    let engine = Engine::start();
    engine.submit(question(1, 0, "What is the weather?")).await;
    let row = engine.row(1).await;
    assert_eq!((row.summary.name.as_str(), row.summary.counts.missing_parents), ("gen_ai.user.message", 1));
    assert_eq!(row.summary.root_span_id, None);
    engine.submit(spans(vec![span(1, 0, None, "chat")])).await;
    let row = engine.row(1).await;
    assert_eq!((row.summary.name.as_str(), row.summary.counts.spans), ("chat", 1));
}

#[tokio::test]
async fn a_log_record_that_belongs_nowhere_is_kept() {
    let engine = Engine::start();
    let mut stray = question(1, 0, "lost").logs.remove(0);
    stray.log = LogRecord { trace_id: None, span_id: None, body: AnyValue::Null, ..stray.log };
    engine.submit(Received { logs: vec![stray], ..Received::default() }).await;
    let stats = engine.query.stats().await.unwrap();
    assert_eq!((stats.traces, stats.logs), (0, 1));
}
