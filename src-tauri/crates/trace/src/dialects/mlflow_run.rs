//! MLflow's runs, which evaluations and optimisers log: parameters, metrics, tags and tables. A run is kept as log records of a
//! trace whose id is the run's, and shown as an evaluation: parameters go in, metrics come out.
//!
//! Source: MLflow 3.17, `mlflow/protos/service.proto` and `mlflow/dspy/callback.py`. Records are named as
//! `crate::decode::mlflow` names them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::fingerprint;
use crate::reading::TraceFacts;
use crate::span::{AnyValue, LogRecord, Span, Status, TraceId, attribute};

const RUN: &str = "mlflow.run";
const DATA: &str = "mlflow.run_data";
const ARTIFACT: &str = "mlflow.artifact";

/// Files up to this many bytes are shown if they are text; of others, that they are there.
const LARGEST_SHOWN: usize = 1 << 20;

/// Says whether a log record is of a run.
pub(super) fn is_ours(log: &LogRecord) -> bool {
    [RUN, DATA, ARTIFACT].contains(&log.event())
}

/// Says whether a log record is one that [`run`] reads.
pub(super) fn tells(log: &LogRecord) -> bool {
    [RUN, DATA].contains(&log.event())
}

/// Says whether a log record holds a file of a run.
pub(super) fn is_file(log: &LogRecord) -> bool {
    log.event() == ARTIFACT
}

/// Returns a run as a tracking server answers it: what was told of it last, of each metric its last value.
pub(super) fn run(logs: &[LogRecord]) -> Option<Value> {
    let mut info = Map::new();
    let mut lists: [(&str, Map<String, Value>); 3] = ["params", "metrics", "tags"].map(|list| (list, Map::new()));
    for log in logs.iter().filter(|log| tells(log)) {
        let Value::Object(mut body) = log.body.to_json() else { continue };
        for (list, known) in &mut lists {
            let Some(Value::Array(sent)) = body.remove(*list) else { continue };
            for item in sent {
                let Some(key) = item.get("key").and_then(Value::as_str).map(str::to_owned) else { continue };
                // A tag without a value was deleted.
                match item.get("value") {
                    None | Some(Value::Null) => drop(known.remove(&key)),
                    Some(_) => drop(known.insert(key, item)),
                }
            }
        }
        if log.event() == RUN {
            info.extend(body.into_iter().filter(|(_, sent)| !sent.is_null()));
        }
    }
    info.contains_key("run_id").then(|| {
        let data: Map<String, Value> = lists
            .into_iter()
            .map(|(list, known)| (list.to_owned(), known.into_iter().map(|(_, item)| item).collect()))
            .collect();
        json!({"info": info, "data": data, "inputs": {}, "outputs": {}})
    })
}

/// Returns the files of a run, each with its path, in the order they came.
pub(super) fn artifacts(logs: &[LogRecord]) -> impl Iterator<Item = (&str, &[u8])> {
    files(logs).filter_map(|(path, held)| match held {
        AnyValue::Bytes(bytes) => Some((path, bytes.as_slice())),
        _ => None,
    })
}

fn files(logs: &[LogRecord]) -> impl Iterator<Item = (&str, &AnyValue)> {
    logs.iter().filter(|log| log.event() == ARTIFACT).filter_map(|log| {
        let AnyValue::Map(body) = &log.body else { return None };
        Some((attribute(body, "path")?.as_str()?, attribute(body, "bytes")?))
    })
}

/// Leaves of a file that is not shown how many bytes it has.
pub(super) fn leave_out_file(log: &mut LogRecord) {
    if log.event() != ARTIFACT {
        return;
    }
    let AnyValue::Map(body) = &mut log.body else { return };
    let bytes = body.iter_mut().find(|(key, _)| key == "bytes").map(|(_, value)| value);
    if let Some(value) = bytes
        && let AnyValue::Bytes(bytes) = value
        && shown(bytes).is_none()
    {
        *value = AnyValue::Int(bytes.len() as i64);
    }
}

fn shown(bytes: &[u8]) -> Option<&str> {
    if bytes.len() > LARGEST_SHOWN {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}

/// Reads what is told of a run as a whole.
pub(super) fn read(logs: &[LogRecord], facts: &mut TraceFacts) {
    let Some(run) = run(logs) else { return };
    facts.dialects.push("mlflow".to_owned());
    let text = |path: &str| run.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    facts.name = text("/info/run_name").map(str::to_owned);
    let experiment = text("/info/experiment_name").or_else(|| text("/info/experiment_id"));
    facts.metadata.extend(experiment.map(|name| ("experiment".to_owned(), name.into())));
    for tag in run["data"]["tags"].as_array().into_iter().flatten() {
        if let (Some(key), Some(said)) = (tag["key"].as_str(), tag.get("value"))
            && !["mlflow.runName", "mlflow.loggedArtifacts"].contains(&key)
        {
            facts.metadata.insert(key.to_owned(), said.clone());
        }
    }
}

/// Returns the span that a run makes.
pub(super) fn span(trace_id: TraceId, logs: &[LogRecord]) -> Option<Span> {
    let run = run(logs)?;
    let log = logs.iter().find(|log| log.event() == RUN)?;
    let millis = |key: &str| run["info"][key].as_u64().and_then(|millis| millis.checked_mul(1_000_000));
    let values = |list: &str| -> Option<Value> {
        let known = run["data"][list].as_array()?.iter();
        let values: Map<String, Value> =
            known.filter_map(|item| Some((item["key"].as_str()?.to_owned(), item.get("value")?.clone()))).collect();
        (!values.is_empty()).then_some(Value::Object(values))
    };
    let sides = [("mlflow.spanInputs", "params"), ("mlflow.spanOutputs", "metrics")];
    let sides =
        sides.iter().filter_map(|(key, list)| Some(((*key).to_owned(), AnyValue::Str(values(list)?.to_string()))));
    let kind = ("mlflow.spanType".to_owned(), AnyValue::Str(json!("EVALUATOR").to_string()));
    let files: BTreeMap<String, AnyValue> = files(logs)
        .filter_map(|(path, held)| {
            let size = |bytes: u64| format!("{bytes} bytes");
            let said = match held {
                AnyValue::Bytes(bytes) => shown(bytes).map_or_else(|| size(bytes.len() as u64), str::to_owned),
                // Its bytes were left out.
                AnyValue::Int(bytes) => size(bytes.unsigned_abs()),
                _ => return None,
            };
            Some((format!("mlflow.artifact.{path}"), AnyValue::Str(said)))
        })
        .collect();
    let code = match run["info"]["status"].as_str() {
        Some("FINISHED") => 1,
        Some("FAILED" | "KILLED") => 2,
        _ => 0,
    };
    let name = run["info"]["run_name"].as_str().filter(|name| !name.is_empty());
    Some(Span {
        name: name.unwrap_or("run").to_owned(),
        start_time_unix_nano: millis("start_time").unwrap_or(log.time_unix_nano),
        end_time_unix_nano: millis("end_time").unwrap_or(0),
        attributes: std::iter::once(kind).chain(sides).chain(files).collect(),
        status: Status { code, message: String::new() },
        ..Span::new(trace_id, fingerprint::span_id(["mlflow", "run"]), log.resource.clone(), log.scope.clone())
    })
}
