//! Every dialect by recorded spans: `fixtures/dialects/<dialect>/<case>/span.json` (an OTLP/JSON request of one span, cut small;
//! `logs.json` beside it where log records belong to the span) and `reading.json`, what it is read as.
//!
//! `UPDATE=1` rewrites the readings: look at the difference before keeping it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::Value;
use spanglass_trace::decode::{Budget, otlp_json};
use spanglass_trace::dialects::{self, DIALECTS};
use spanglass_trace::reading::{Message, Part, Reading};
use spanglass_trace::span::{LogRecord, Span};

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
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if serde_json::from_str::<Value>(&expected).ok().as_ref() != Some(&reading) {
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
fn every_key_of_a_known_convention_is_understood() {
    let known =
        ["mlflow.", "gen_ai.", "openinference.", "llm.", "langfuse.", "input.", "output.", "tool.", "retrieval."];
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

/// The rules of the trace document that hold for every reading.
#[test]
fn readings_keep_the_documents_rules() {
    for (_, case, span, logs) in cases() {
        let reading = dialects::read(&span, &logs);
        let case = case.display();
        for (messages, value) in
            [(&reading.input.messages, &reading.input.value), (&reading.output.messages, &reading.output.value)]
        {
            assert!(messages.is_none() || value.is_none(), "{case}: said twice");
            assert!(messages.as_ref().is_none_or(|messages| !messages.is_empty()), "{case}: no messages is null");
        }
        for message in messages(&reading) {
            assert!(!message.parts.is_empty(), "{case}: a message without parts");
            for part in &message.parts {
                match part {
                    Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => {
                        assert!(!text.is_empty(), "{case}: an empty text is no part");
                    }
                    Part::ToolResult { .. } => assert_eq!(message.role, "tool", "{case}"),
                    Part::ToolCall { arguments: Value::String(text), .. } => {
                        assert!(
                            serde_json::from_str::<Value>(text).is_err(),
                            "{case}: arguments that are JSON are parsed"
                        );
                    }
                    _ => {}
                }
            }
        }
        let system = reading.input.messages.iter().flatten().filter(|message| message.role == "system").count();
        assert!(system <= 1, "{case}: one leading system message");
    }
}
