//! Spans made of the events of Langfuse's older SDKs, under the names that its newer ones send spans with; [`super::langfuse`]
//! reads them.
//!
//! Source: the Langfuse Python SDK 2.60, `api/resources/ingestion/types`. A trace has a name, input and output of its own, and
//! is the root of its observations. An observation is created and then updated; what an update leaves out stands.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::value::{self, unix_nano};
use super::{langfuse_media, langfuse_scores};
use crate::fingerprint;
use crate::span::{AnyValue, LogRecord, Span, SpanId, Status, TraceId, attribute};

const TRACE: &str = "langfuse.trace";
const OBSERVATION: &str = "langfuse.observation";
const KIND: &str = "langfuse.observation.type";

/// Fields that are a span's own.
const PLACE: [&str; 7] = ["id", "traceId", "parentObservationId", "startTime", "endTime", "timestamp", "type"];

/// Says whether a log record is one of Langfuse's events.
pub(super) fn is_ours(log: &LogRecord) -> bool {
    [TRACE, OBSERVATION, langfuse_scores::SCORE, langfuse_media::MEDIUM].contains(&log.event())
}

/// What was told of one trace or observation.
struct Told<'a> {
    fields: Map<String, Value>,
    kind: Option<&'a str>,
    first: &'a LogRecord,
}

impl Told<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    fn time(&self, key: &str) -> Option<u64> {
        unix_nano(self.text(key)?)
    }
}

/// Returns the spans that a trace's events make; `logs` are Langfuse's ([`is_ours`]), in the order of time.
pub(super) fn spans<'a>(trace_id: TraceId, logs: impl Iterator<Item = &'a LogRecord>) -> Vec<Span> {
    let mut traces: Option<Told<'_>> = None;
    let mut observations: BTreeMap<SpanId, Told<'_>> = BTreeMap::new();
    let mut scores: BTreeMap<SpanId, Map<String, Value>> = BTreeMap::new();
    for log in logs {
        let Value::Object(body) = log.body.to_json() else { continue };
        let new = || Told { fields: Map::new(), kind: None, first: log };
        let told = match (log.event(), log.span_id) {
            (TRACE, _) => traces.get_or_insert_with(new),
            (OBSERVATION, Some(span_id)) => observations.entry(span_id).or_insert_with(new),
            (langfuse_scores::SCORE, Some(span_id)) => {
                scores.entry(span_id).or_default().extend(langfuse_scores::said(&Value::Object(body)));
                continue;
            }
            _ => continue,
        };
        told.kind = attribute(&log.attributes, KIND).and_then(AnyValue::as_str).or(told.kind);
        add(&mut told.fields, body);
    }
    let root_id = fingerprint::span_id(["langfuse", "trace"]);
    let has_trace = traces.is_some();
    let mut spans: Vec<Span> = observations
        .iter()
        .map(|(span_id, told)| {
            let named = told.text("parentObservationId").map(observation_id);
            let scored = scores.remove(span_id).unwrap_or_default();
            Span {
                parent_span_id: named.or(has_trace.then_some(root_id)),
                ..observation(trace_id, *span_id, told, scored)
            }
        })
        .collect();
    if let Some(told) = traces {
        let root = root(trace_id, root_id, &told, &spans);
        spans.push(root);
    }
    spans
}

/// Where the model that was asked for is kept when a later event names another, the one that answered.
const ASKED: &str = "model.requested";

/// Adds what an event says to what is known: null says nothing, and metadata add up.
fn add(known: &mut Map<String, Value>, said: Map<String, Value>) {
    for (key, value) in said.into_iter().filter(|(_, value)| !value.is_null()) {
        if let Some(asked) = known.get("model").filter(|asked| key == "model" && **asked != value).cloned() {
            known.entry(ASKED).or_insert(asked);
        }
        match (known.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) if key == "metadata" => old.extend(new),
            (_, value) => drop(known.insert(key, value)),
        }
    }
}

/// Returns the span of an observation, as the decoder names it.
fn observation_id(named: &str) -> SpanId {
    named.parse().unwrap_or_else(|_| fingerprint::span_id(["langfuse", named]))
}

fn observation(trace_id: TraceId, span_id: SpanId, told: &Told<'_>, scores: Map<String, Value>) -> Span {
    let kind = told.kind.unwrap_or("span");
    let start = told.time("startTime").unwrap_or(told.first.time_unix_nano);
    let end = told.time("endTime").unwrap_or(if kind == "event" { start } else { 0 });
    let mut attributes = vec![(KIND.to_owned(), AnyValue::Str(kind.to_owned()))];
    for (field, sent) in &told.fields {
        let name = match field.as_str() {
            field if PLACE.contains(&field) || field == "name" => continue,
            "input" | "output" | "level" => format!("{OBSERVATION}.{field}"),
            "statusMessage" => format!("{OBSERVATION}.status_message"),
            "model" => format!("{OBSERVATION}.model.name"),
            ASKED => "gen_ai.request.model".to_owned(),
            "modelParameters" => format!("{OBSERVATION}.model.parameters"),
            "completionStartTime" => format!("{OBSERVATION}.completion_start_time"),
            "promptName" => format!("{OBSERVATION}.prompt.name"),
            "promptVersion" => format!("{OBSERVATION}.prompt.version"),
            "usageDetails" => format!("{OBSERVATION}.usage_details"),
            "costDetails" => format!("{OBSERVATION}.cost_details"),
            "usage" => {
                if !told.fields.contains_key("usageDetails") {
                    attributes.push((format!("{OBSERVATION}.usage_details"), written(&counts(sent))));
                }
                if let Some(total) = sent.get("totalCost").filter(|_| !told.fields.contains_key("costDetails")) {
                    attributes.push((format!("{OBSERVATION}.cost_details"), written(&json!({"total": total}))));
                }
                continue;
            }
            "metadata" => {
                put_metadata(&mut attributes, &format!("{OBSERVATION}.metadata"), sent);
                continue;
            }
            "environment" | "version" => format!("langfuse.{field}"),
            field => format!("{OBSERVATION}.metadata.{field}"),
        };
        attributes.push((name, written(sent)));
    }
    for (name, score) in scores {
        attributes.push((format!("{OBSERVATION}.metadata.{name}"), written(&score)));
    }
    let failed = told.text("level") == Some("ERROR");
    let message = told.text("statusMessage").filter(|_| failed).unwrap_or_default().to_owned();
    Span {
        name: told.text("name").unwrap_or(kind).to_owned(),
        start_time_unix_nano: start,
        end_time_unix_nano: end,
        attributes,
        status: Status { code: if failed { 2 } else { 0 }, message },
        ..Span::new(trace_id, span_id, told.first.resource.clone(), told.first.scope.clone())
    }
}

fn root(trace_id: TraceId, span_id: SpanId, told: &Told<'_>, observations: &[Span]) -> Span {
    let begun = told.time("timestamp").unwrap_or(told.first.time_unix_nano);
    let start = observations.iter().map(|span| span.start_time_unix_nano).chain([begun]).min().unwrap_or(begun);
    let end = observations.iter().map(|span| span.end_time_unix_nano).chain([begun]).max().unwrap_or(begun);
    let mut attributes = Vec::new();
    for (field, sent) in &told.fields {
        let name = match field.as_str() {
            field if PLACE.contains(&field) => continue,
            "name" => "langfuse.trace.name".to_owned(),
            "input" | "output" => format!("{OBSERVATION}.{field}"),
            "userId" => "langfuse.user.id".to_owned(),
            "sessionId" => "langfuse.session.id".to_owned(),
            "tags" => "langfuse.trace.tags".to_owned(),
            "metadata" => {
                put_metadata(&mut attributes, "langfuse.trace.metadata", sent);
                continue;
            }
            "environment" | "version" | "release" => format!("langfuse.{field}"),
            field => format!("langfuse.trace.metadata.{field}"),
        };
        attributes.push((name, written(sent)));
    }
    Span {
        name: told.text("name").unwrap_or("trace").to_owned(),
        start_time_unix_nano: start,
        end_time_unix_nano: end,
        attributes,
        ..Span::new(trace_id, span_id, told.first.resource.clone(), told.first.scope.clone())
    }
}

fn put_metadata(attributes: &mut Vec<(String, AnyValue)>, prefix: &str, sent: &Value) {
    match sent {
        Value::Object(sent) => {
            attributes.extend(sent.iter().map(|(key, value)| (format!("{prefix}.{key}"), written(value))));
        }
        sent => attributes.push((prefix.to_owned(), written(sent))),
    }
}

/// Writes a value the way the newer SDKs do: a text as it is, anything else as JSON.
fn written(value: &Value) -> AnyValue {
    AnyValue::Str(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// Returns counts under the names of `usageDetails`; `usage` also has the unit and prices, and OpenAI's names in camel case.
fn counts(usage: &Value) -> Value {
    let names = [("input", "promptTokens"), ("output", "completionTokens"), ("total", "totalTokens")];
    let counted = names.iter().filter_map(|(name, other)| {
        let sent = usage.get(*name).or_else(|| usage.get(*other)).cloned().and_then(value::present)?;
        Some(((*name).to_owned(), sent))
    });
    Value::Object(counted.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_that_was_asked_for_is_kept_beside_the_one_that_answered() {
        let mut known = Map::new();
        for (told, asked) in [("m", None), ("m", None), ("m-2026", Some("m")), ("m-2026-b", Some("m"))] {
            add(&mut known, Map::from_iter([("model".to_owned(), told.into())]));
            assert_eq!(known.get("model").and_then(Value::as_str), Some(told));
            assert_eq!(known.get(ASKED).and_then(Value::as_str), asked);
        }
    }
}
