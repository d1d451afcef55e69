//! Every dialect by recorded spans: `fixtures/dialects/<dialect>/<case>/span.json` (an OTLP/JSON request of one span, cut small;
//! `logs.json` beside it where log records belong to the span) and `reading.json`, what it is read as.
//!
//! `UPDATE=1` rewrites the readings: look at the difference before keeping it.

#![expect(clippy::disallowed_methods, reason = "fixtures are files; it is the crate itself that does no IO")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use spanglass_trace::decode::{Budget, otlp_json};
use spanglass_trace::dialects::{self, DIALECTS, Dialect, Switch};
use spanglass_trace::reading::{Kind, Message, Part, Reading};
use spanglass_trace::span::{AnyValue, Event, LogRecord, Resource, Scope, Span, SpanId, TraceId};

fn fixtures() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).expect("a crate lives three folders deep");
    root.join("tests/fixtures/dialects")
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a readable entry").path()).filter(|path| path.is_dir()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().expect("a named folder").to_string_lossy().into_owned()
}

/// Returns every fixture: dialect, name, span and log records.
fn cases() -> Vec<(String, PathBuf, Span, Vec<LogRecord>)> {
    let mut cases = Vec::new();
    for dialect in folders(&fixtures()) {
        for case in folders(&dialect) {
            let read = |file: &str| fs::read(case.join(file)).map(Bytes::from);
            let body = read("span.json").unwrap_or_else(|error| panic!("{}: {error}", case.display()));
            let received = otlp_json::traces(&body, Budget::default()).expect("a traces request");
            assert_eq!(received.complaints, [], "{}", case.display());
            let [span] = <[_; 1]>::try_from(received.spans).expect("one span");
            let logs = read("logs.json").map_or_else(
                |_| Vec::new(),
                |body| otlp_json::logs(&body, Budget::default()).expect("a logs request").logs,
            );
            let logs = logs.into_iter().map(|received| received.log).collect();
            cases.push((name(&dialect), case, span.span, logs));
        }
    }
    cases
}

#[test]
fn recorded_spans_are_read_as_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for (_, case, span, logs) in cases() {
        let reading = serde_json::to_value(dialects::read(&span, &logs)).expect("a reading is JSON");
        let file = case.join("reading.json");
        if update {
            let text = serde_json::to_string_pretty(&reading).expect("a reading is JSON");
            fs::write(&file, text + "\n").expect("a writable fixture");
            continue;
        }
        // Both written and read once: a number may change in its last digit on the way.
        let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if parse(&expected).is_none() || parse(&expected) != parse(&reading.to_string()) {
            wrong.push(format!(
                "{}\n{}",
                case.display(),
                serde_json::to_string_pretty(&reading).expect("a reading is JSON")
            ));
        }
    }
    assert!(wrong.is_empty(), "read otherwise than expected (UPDATE=1 rewrites):\n{}", wrong.join("\n"));
}

#[test]
fn every_dialect_has_a_recorded_span_that_speaks_it() {
    let mut spoken = BTreeSet::new();
    for (dialect, case, span, logs) in cases() {
        let reading = dialects::read(&span, &logs);
        assert!(reading.dialects.contains(&dialect), "{}: nothing was read as {dialect}", case.display());
        spoken.insert(dialect);
    }
    for dialect in DIALECTS {
        assert!(spoken.contains(dialect.name), "no fixture under tests/fixtures/dialects/{}", dialect.name);
    }
}

#[test]
fn every_dialect_says_what_brings_missing_text() {
    for Dialect { name, content, .. } in DIALECTS {
        let (last, scoped) = content.split_last().unwrap_or_else(|| panic!("{name} has no switch"));
        assert!(last.scope.is_empty() && scoped.iter().all(|switch| !switch.scope.is_empty()), "{name}");
        for Switch { library, why, .. } in *content {
            assert!(!library.is_empty() && why.ends_with('.') && why.contains(' '), "{name}: {library}: {why}");
        }
    }
}

#[test]
fn a_blank_call_says_what_brings_its_text_and_a_full_one_nothing() {
    let call = |scope: &str, key: &str, value: &str| {
        let scope = Scope { name: scope.to_owned(), ..Scope::default() };
        let mut span = Span::new(TraceId([1; 16]), SpanId([1; 8]), Resource::default().into(), scope.into());
        (span.start_time_unix_nano, span.end_time_unix_nano) = (1, 2);
        span.attributes = vec![
            (key.to_owned(), AnyValue::Str(value.to_owned())),
            ("gen_ai.request.model".to_owned(), AnyValue::Str("gpt-4o-mini".to_owned())),
        ];
        dialects::read(&span, &[]).why_blank
    };
    let operation = "gen_ai.operation.name";
    for (scope, key, value, set) in [
        (
            "opentelemetry.instrumentation.openai_v2",
            operation,
            "chat",
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true",
        ),
        ("agent_framework", operation, "chat", "ENABLE_SENSITIVE_DATA=true"),
        ("com.anthropic.sdk.python", operation, "chat", "ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE=content"),
        (
            "opentelemetry.instrumentation.genai.openai",
            operation,
            "chat",
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY",
        ),
        ("azure.ai.inference", operation, "chat", "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED=true"),
        ("any", "openinference.span.kind", "LLM", "OPENINFERENCE_HIDE_INPUTS=false OPENINFERENCE_HIDE_OUTPUTS=false"),
        ("any", "llm.request.type", "chat", "TRACELOOP_TRACE_CONTENT=true"),
        ("opentelemetry.instrumentation.openai.v1", operation, "chat", "TRACELOOP_TRACE_CONTENT=true"),
    ] {
        let why = call(scope, key, value).unwrap_or_else(|| panic!("{scope} {key}: nothing said"));
        assert_eq!((why.input, why.output, why.set.as_deref()), (true, true, Some(set)), "{scope} {key}");
    }
    for (_, case, span, logs) in cases() {
        let Reading { input, output, kind, why_blank, .. } = dialects::read(&span, &logs);
        let said = |messages: &Option<Vec<Message>>, value: &Option<Value>| messages.is_some() || value.is_some();
        let full = said(&input.messages, &input.value) && said(&output.messages, &output.value);
        if kind == Kind::Llm && full {
            assert_eq!(why_blank, None, "{}", case.display());
        }
    }
}

fn sent(attributes: &[(&str, &str)]) -> Reading {
    let mut span = Span::new(TraceId([1; 16]), SpanId([1; 8]), Resource::default().into(), Scope::default().into());
    (span.start_time_unix_nano, span.end_time_unix_nano) = (1, 2);
    span.attributes =
        attributes.iter().map(|(key, text)| ((*key).to_owned(), AnyValue::Str((*text).to_owned()))).collect();
    dialects::read(&span, &[])
}

#[test]
fn what_is_there_of_a_cut_text_is_read_once_and_said_to_be_cut() {
    let cut = r#"[{"role":"user","parts":[{"type":"text","content":"first"}]},{"role":"user","parts":[{"type":"text","content":"sec"#;
    let same_length = "x".repeat(cut.chars().count());
    let operation = ("gen_ai.operation.name", "chat");
    let reading = sent(&[operation, ("gen_ai.input.messages", cut), ("own.note", &same_length), ("own.other", "y")]);
    let said = |text: &str| Message::new("user", vec![Part::Text { text: text.to_owned() }]);
    assert_eq!(reading.input.messages, Some(vec![said("first"), said("sec")]));
    let found = reading.cut.expect("it is cut");
    assert_eq!((found.input, found.output), (true, false));
    assert_eq!(found.keys, ["gen_ai.input.messages", "own.note"]);

    // Another convention on the span has it whole.
    let reading = sent(&[
        operation,
        ("gen_ai.input.messages", cut),
        ("llm.input_messages.0.message.role", "user"),
        ("llm.input_messages.0.message.content", "first"),
        ("llm.input_messages.1.message.role", "user"),
        ("llm.input_messages.1.message.content", "second"),
    ]);
    assert_eq!(reading.input.messages, Some(vec![said("first"), said("second")]));
    assert_eq!(reading.cut.map(|cut| (cut.input, cut.keys)), Some((false, vec!["gen_ai.input.messages".to_owned()])));

    let marked =
        r#"[{"role":"assistant","parts":[{"type":"text","content":"It rai...[truncated, original 70001 chars]"#;
    let reading = sent(&[operation, ("gen_ai.output.messages", marked)]);
    let Some([Message { parts, .. }]) = reading.output.messages.as_deref() else { panic!("one message") };
    assert_eq!(parts, &[Part::Text { text: "It rai".to_owned() }]);
    assert!(reading.cut.is_some_and(|cut| cut.output && !cut.input));

    let mut told = Span::new(TraceId([1; 16]), SpanId([1; 8]), Resource::default().into(), Scope::default().into());
    told.attributes = vec![
        (operation.0.to_owned(), AnyValue::Str(operation.1.to_owned())),
        ("anthropic.content.truncated".to_owned(), AnyValue::Bool(true)),
    ];
    let said = dialects::read(&told, &[]).cut;
    assert_eq!(said.map(|cut| (cut.input, cut.output, cut.keys)), Some((true, false, Vec::new())));

    let whole = sent(&[operation, ("gen_ai.output.messages", r#"[{"role":"assistant","parts":[]}]"#)]);
    assert_eq!(whole.cut, None);
}

#[test]
fn every_field_group_says_which_dialect_and_key_it_was_read_from() {
    // What a payload, a log record or a family of keys tells stands under the name it has there.
    let inside = [
        "_llmobs",
        "ml_app",
        "integration",
        "steps",
        "request",
        "response",
        "log:",
        "prompt",
        "assistant_response",
        "api_request",
        "evaluation.",
    ];
    let families = [
        "gen_ai.*.message",
        "gen_ai.choice",
        "gen_ai.client.inference.operation.details",
        "llm.input_messages",
        "llm.request",
        "model",
        "ls_",
    ];
    for (_, case, span, logs) in cases() {
        let reading = dialects::read(&span, &logs);
        let events = span.events.iter().map(|event| (&event.name, &event.attributes));
        let mut keys: BTreeSet<&str> = BTreeSet::from(["name", "status"]);
        for (name, attributes) in events.chain([(&span.name, &span.attributes)]) {
            keys.insert(name);
            keys.extend(attributes.iter().map(|(key, _)| key.as_str()));
        }
        for (group, source) in &reading.sources {
            let (dialect, key) = source.split_once(':').unwrap_or_else(|| panic!("{group:?}: {source}"));
            let sent = keys
                .iter()
                .any(|sent| sent.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
            let told_inside = inside.iter().chain(&families).any(|known| key.starts_with(known));
            assert!(sent || told_inside, "{}: {group:?} from {source}", case.display());
            assert!(reading.dialects.iter().any(|spoken| spoken == dialect), "{}: {source}", case.display());
        }
    }
}

#[test]
fn every_key_of_a_known_convention_is_understood() {
    let known = [
        "mlflow.",
        "gen_ai.",
        "openinference.",
        "llm.",
        "langfuse.",
        "input.",
        "output.",
        "tool.",
        "retrieval.",
        "ai.",
        "traceloop.",
        "genkit:",
        "gcp.vertex.agent.",
    ];
    for (_, case, span, logs) in cases() {
        let reading = dialects::read(&span, &logs);
        let strange: Vec<&String> =
            reading.not_understood.iter().filter(|key| known.iter().any(|prefix| key.starts_with(prefix))).collect();
        assert!(strange.is_empty(), "{}: {strange:?}", case.display());
    }
}

fn messages(reading: &Reading) -> impl Iterator<Item = &Message> {
    reading.input.messages.iter().chain(&reading.output.messages).flatten()
}

/// Checks the rules of the trace document that hold for every reading.
fn check_rules(reading: &Reading, case: &str) {
    let sides = [(&reading.input.messages, &reading.input.value), (&reading.output.messages, &reading.output.value)];
    for (messages, value) in sides {
        assert!(messages.is_none() || value.is_none(), "{case}: said twice");
        assert!(messages.as_ref().is_none_or(|messages| !messages.is_empty()), "{case}: no messages is null");
        assert!(value.as_ref().is_none_or(|value| !value.is_null()), "{case}: no value is null");
    }
    for message in messages(reading) {
        assert!(!message.parts.is_empty(), "{case}: a message without parts");
        for part in &message.parts {
            match part {
                Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => {
                    assert!(!text.is_empty(), "{case}: an empty text is no part");
                }
                Part::ToolResult { .. } => assert_eq!(message.role, "tool", "{case}"),
                Part::ToolCall { arguments: Value::String(text), .. } => {
                    let is_json = text.starts_with(['{', '[']) && serde_json::from_str::<Value>(text).is_ok();
                    assert!(!is_json, "{case}: arguments that are JSON are parsed");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn readings_keep_the_documents_rules() {
    for (_, case, span, logs) in cases() {
        let reading = dialects::read(&span, &logs);
        check_rules(&reading, &case.to_string_lossy());
        let system = reading.input.messages.iter().flatten().filter(|message| message.role == "system").count();
        assert!(system <= 1, "{}: one leading system message", case.display());
    }
}

/// Returns a reading of texts as attributes of a span of a scope.
fn read_texts(scope: &str, attributes: &[(&str, &str)]) -> Reading {
    let (_, _, mut span, _) = cases().into_iter().next().expect("there are fixtures");
    span.scope = std::sync::Arc::new(spanglass_trace::span::Scope { name: scope.to_owned(), ..(*span.scope).clone() });
    span.events.clear();
    span.attributes =
        attributes.iter().map(|(key, value)| ((*key).to_owned(), AnyValue::Str((*value).to_owned()))).collect();
    dialects::read(&span, &[])
}

#[test]
fn logfires_clients_tell_request_and_answer() {
    let request = r#"{"model": "m-1", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}"#;
    let answer = r#"{"message": {"role": "assistant", "content": "hello"}, "usage": {"prompt_tokens": 3, "completion_tokens": 2}}"#;
    let reading = read_texts(
        "logfire.openai",
        &[
            ("logfire.msg_template", "Chat Completion with {request_data[model]!r}"),
            ("logfire.span_type", "span"),
            ("request_data", request),
            ("response_data", answer),
        ],
    );
    assert_eq!(reading.kind, Kind::Llm);
    assert_eq!(reading.model.as_ref().and_then(|model| model.request.as_deref()), Some("m-1"));
    let text = |text: &str| vec![Part::Text { text: text.to_owned() }];
    assert_eq!(reading.input.messages, Some(vec![Message::new("user", text("hi"))]));
    assert_eq!(reading.output.messages, Some(vec![Message::new("assistant", text("hello"))]));
    assert_eq!(reading.usage.map(|usage| (usage.input_tokens, usage.output_tokens)), Some((Some(3), Some(2))));
    assert_eq!(reading.parameters.get("temperature"), Some(&Value::from(0.5)));
}

#[test]
fn what_stands_beside_an_input_and_is_not_shown_is_listed() {
    let keys = [("openinference.span.kind", "CHAIN"), ("input.value", "hi"), ("input.mime_type", "text/plain")];
    let of_the_program = [("input.language", "fr"), ("output.voice.name", "Ann")];
    let reading = sent(&[&keys[..], &of_the_program].concat());
    assert_eq!(reading.not_understood, ["input.language", "output.voice.name"]);
}

#[test]
fn a_first_chunk_after_the_end_of_its_span_is_none() {
    let first = |seconds: f64| {
        let attributes = vec![
            ("gen_ai.operation.name".to_owned(), AnyValue::Str("chat".into())),
            ("gen_ai.response.time_to_first_chunk".to_owned(), AnyValue::Double(seconds)),
        ];
        let mut span = Span::new(TraceId([1; 16]), SpanId([1; 8]), Resource::default().into(), Scope::default().into());
        (span.start_time_unix_nano, span.end_time_unix_nano) = (1_000_000_000, 3_000_000_000);
        span.attributes = attributes;
        dialects::read(&span, &[]).stream.and_then(|stream| stream.time_to_first_chunk_ns)
    };
    assert_eq!(first(0.85), Some(850_000_000));
    // Milliseconds under a name for seconds.
    assert_eq!(first(850.0), None);
}

#[test]
fn logfires_marker_stands_for_the_span_it_says_has_started() {
    let case = fixtures().join("logfire/pending");
    let (.., marker, _) = cases().into_iter().find(|(_, path, ..)| *path == case).expect("the fixture");
    let started = dialects::started(&marker).expect("a marker");
    assert_eq!((Some(started.span_id), started.parent_span_id), (marker.parent_span_id, None));
    assert_eq!((started.start_time_unix_nano, started.end_time_unix_nano), (marker.start_time_unix_nano, 0));
    assert!(dialects::read(&started, &[]).running);
    let finished = cases().into_iter().filter(|(_, path, ..)| *path != case);
    assert!(finished.map(|(.., span, _)| dialects::started(&span)).all(|started| started.is_none()));
}

/// Returns any JSON, with the words of the formats as keys and texts more often than chance would have it.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "role",
        "content",
        "parts",
        "type",
        "text",
        "tool_calls",
        "function",
        "arguments",
        "name",
        "id",
        "messages",
        "input",
        "output",
        "choices",
        "message",
        "delta",
        "index",
        "usage",
        "summary",
        "reasoning",
        "contents",
        "generations",
        "kwargs",
        "data",
        "system",
        "user",
        "assistant",
        "tool",
        "function_call",
        "function_call_output",
        "image_url",
        "tool_result",
        "tool_use",
        "prompt_tokens",
        "input_tokens",
        "total_tokens",
        "tools",
        "candidates",
        "__proto__",
        "instructions",
        "prompt",
        "embedding",
        "object",
        "response",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner.clone()), 0..5)
                .prop_map(|entries| entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
            inner.prop_map(|value| Value::String(value.to_string())),
        ]
    })
}

fn any_value(json: &Value, as_text: bool) -> AnyValue {
    match json {
        json if as_text => AnyValue::Str(json.to_string()),
        Value::Null => AnyValue::Null,
        Value::Bool(value) => AnyValue::Bool(*value),
        Value::Number(value) => {
            value.as_i64().map_or_else(|| AnyValue::Double(value.as_f64().unwrap_or(f64::NAN)), AnyValue::Int)
        }
        Value::String(text) => AnyValue::Str(text.clone()),
        Value::Array(items) => AnyValue::Array(items.iter().map(|item| any_value(item, false)).collect()),
        Value::Object(entries) => {
            AnyValue::Map(entries.iter().map(|(key, value)| (key.clone(), any_value(value, false))).collect())
        }
    }
}

/// Returns every key the fixtures have, and hostile ones.
fn keys() -> Vec<String> {
    let hostile = [
        "llm.input_messages.999999999999.message.role",
        "llm.input_messages.0.message.tool_calls.4294967295.tool_call.id",
        "llm.output_messages.x.message.content",
        "llm.input_messages.0",
        "llm.input_messages.0.message",
        "gen_ai.prompt.999999999.content",
        "gen_ai.prompt.prompt_filter_results",
        "llm.tools.0.tool.json_schema",
        "retrieval.documents.0.document.score",
        "__proto__",
        "",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "mlflow.chunk.item.0",
        "langfuse.observation.usage_details",
    ];
    let recorded = cases().into_iter().flat_map(|(_, _, span, _)| span.attributes.into_iter().map(|(key, _)| key));
    let unique: BTreeSet<String> = recorded.chain(hostile.map(str::to_owned)).collect();
    unique.into_iter().collect()
}

#[test]
fn any_span_is_read_without_failing() {
    let (_, _, template, _) = cases().into_iter().next().expect("there are fixtures");
    let attribute = (prop::sample::select(keys()), any_json(), any::<bool>());
    let chunk = (any::<u64>(), any_json());
    let strategy = (prop::collection::vec(attribute, 0..12), prop::collection::vec(chunk, 0..6));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let checked = runner.run(&strategy, |(attributes, chunks)| {
        let attributes = attributes.iter().map(|(key, value, as_text)| (key.clone(), any_value(value, *as_text)));
        let events = chunks.iter().map(|(index, value)| Event {
            name: format!("mlflow.chunk.item.{index}"),
            attributes: vec![("mlflow.chunk.value".to_owned(), any_value(value, true))],
            ..Event::default()
        });
        let span = Span { attributes: attributes.collect(), events: events.collect(), ..template.clone() };
        check_rules(&dialects::read(&span, &[]), "any span");
        Ok(())
    });
    checked.expect("every span is read");
}
