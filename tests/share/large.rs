//! A trace larger than what an export has in memory at once.

use std::fmt::Write;

use serde_json::{Value, json};
use spanglass_engine::share::Form;

use super::Folder;
use super::redaction::exported;

const SPANS: usize = 700;

/// Returns a trace of many spans, sent by two services in turn, that tells in each span which it is, and a password in one.
fn sent() -> String {
    let mut lines = String::new();
    for index in 0..SPANS {
        let service = ["planner", "worker"][index / 3 % 2];
        let attributes = json!([
            {"key": "place", "value": {"intValue": index.to_string()}},
            {"key": "said", "value": {"stringValue": if index == SPANS - 1 { "open with correct-horse-7" } else { "go on" }}},
        ]);
        let span = json!({"traceId": format!("{:032x}", 7), "spanId": format!("{:016x}", index + 1), "name": "step", "attributes": attributes});
        let resource = json!({"attributes": [
            {"key": "service.name", "value": {"stringValue": service}},
            {"key": "db.password", "value": {"stringValue": "correct-horse-7"}},
        ]});
        writeln!(lines, "{}", json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}))
            .unwrap();
    }
    lines
}

fn places(lines: &[u8]) -> Vec<String> {
    let lines = std::str::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .flat_map(|line| line["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone())
        .map(|span| span["attributes"][0]["value"]["intValue"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn its_spans_are_all_there_once_and_the_file_is_the_same_after_another_round() {
    let (first, second) = (Folder::new(), Folder::new());
    first.take(sent().as_bytes()).await;
    let once = first.export().await;
    let mut found: Vec<usize> = places(&once).iter().map(|place| place.parse().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, (0..SPANS).collect::<Vec<_>>());
    second.take(&once).await;
    assert!(second.export().await == once, "the second file differs");
}

#[tokio::test]
async fn what_its_first_span_told_of_goes_from_its_last_and_what_all_share_counts_once() {
    let folder = Folder::new();
    folder.take(sent().as_bytes()).await;
    let (otlp, findings) = exported(&folder, Form::Lines, "secrets").await;
    assert!(!String::from_utf8_lossy(&otlp).contains("correct-horse-7"));
    assert_eq!(places(&otlp).len(), SPANS);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    // In the resources of two services, and in what was said.
    assert_eq!((finding.count, finding.distinct), (3, 1), "{finding:?}");
}
