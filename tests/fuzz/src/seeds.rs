//! What fuzzing starts from: the recorded spans of `tests/fixtures`.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the files below `tests/fixtures`, in order.
pub fn fixtures() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Compiled as a part of two crates, one of which lies within `tests`.
    let tests = here.ancestors().map(|folder| folder.join("tests/fixtures")).find(|folder| folder.is_dir());
    let (mut files, mut folders) = (Vec::new(), Vec::from_iter(tests));
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// Returns the seeds of a target: those of other targets would only be refused.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let ends: &[&str] = match target {
        "otlp_protobuf" | "json_out" => &[".pb"],
        "datadog" => &[".msgpack", "evaluation.json", "llm-observability.json", "logs-1.14.json"],
        "documents" => &[
            "mlflow-3.17.json",
            "mlflow-2.22.json",
            "jaeger.json",
            "langfuse-trace.json",
            "phoenix.jsonl",
            "zipkin-opentelemetry-python.json",
        ],
        "dogstatsd" => &["openai.dogstatsd"],
        "told" => &["ingestion-2.60.json", "trace_info.json", "run.json"],
        "otlp_json" => &["span.json", "logs.json"],
        "shapes" => &["reading.json"],
        "filter" => &[],
        _ => &["span.json", ".pb"],
    };
    let fits = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        ends.iter().any(|end| name.ends_with(end))
    };
    let recorded = fixtures().into_iter().filter(fits).filter_map(|path| fs::read(path).ok());
    let written: &[&[u8]] = match target {
        "otlp_json" => &[BEYOND_FLOATS],
        "filter" => FILTERS,
        _ => &[],
    };
    recorded.chain(written.iter().map(|seed| seed.to_vec())).collect()
}

/// Filters, and below them what they are held against.
const FILTERS: &[&[u8]] = &[
    "model:gpt-4o* -status:error service=checkout \"refund policy\"\ngpt-4o-mini".as_bytes(),
    b"tokens>=2k cost>$0.05 duration:1s..2m30s ttft<300ms time>-7d attr.http.route:\"/a b\"",
    "tool:get_weather session:\"a:b\" 天気 -tag:prod time:2026-02-28..today\n天気は".as_bytes(),
    b"calls:3 errors>0 kind:agent provider:openai user:* name:a*b*c \"open",
];

/// Numbers of JSON that no 64-bit float holds, where they are values.
const BEYOND_FLOATS: &[u8] = br#"{"resourceSpans": [{"scopeSpans": [{"spans": [{
    "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "n", "unknown": 1e999,
    "attributes": [{"key": "a", "value": {"doubleValue": -5.25e706}}, {"key": "b", "value": 1e400}]}]}]}]}"#;
