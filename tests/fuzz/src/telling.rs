//! What is told of traces beside their spans: any JSON, of any client, is read as something or as nothing.

use serde_json::{Value, json};
use spanglass_trace::decode::mlflow::{self, Told};
use spanglass_trace::decode::{Budget, MAX_DEPTH, Received, json_tree, langfuse};
use spanglass_trace::dialects;
use spanglass_trace::span::{LogRecord, SpanId, TraceId};

const BUDGET: Budget = Budget { items: 20_000, depth: MAX_DEPTH };
const TRACE: TraceId = TraceId([1; 16]);
const SPAN: SpanId = SpanId([1; 8]);

/// Any bytes as what Langfuse's and MLflow's clients tell.
pub(super) fn told(data: &[u8]) {
    for received in [langfuse::batch(data, BUDGET), langfuse::scores(data, 1, BUDGET)].into_iter().flatten() {
        let (Received { logs, .. }, outcomes) = received;
        assert!(logs.len() <= outcomes.len(), "an event is one record at most");
        read(logs.into_iter().map(|received| received.log).collect());
    }
    let Ok(sent) = json_tree::whole_json(data, BUDGET) else { return };
    let told =
        [Told::TraceInfo, Told::Tag, Told::Assessment, Told::Attachment, Told::Run, Told::RunData, Told::Artifact];
    let alone = told.map(|told| (told, None, sent.clone()));
    // A trace and a run that are there make more of what is told of them.
    let known = [
        (
            Told::TraceInfo,
            None,
            json!({"trace_id": "tr-1", "tags": sent, "trace_metadata": sent, "request_time": sent}),
        ),
        (Told::Run, None, json!({"run_id": "1", "run_name": sent, "start_time": sent, "end_time": sent})),
        (Told::RunData, None, json!({"params": sent, "metrics": [sent], "tags": [{"key": "a", "value": sent}]})),
        (Told::Assessment, Some(SPAN), json!({"assessment_name": "a", "feedback": sent})),
    ];
    for told in [alone.to_vec(), alone.into_iter().chain(known).collect::<Vec<(Told, Option<SpanId>, Value)>>()] {
        read(mlflow::records(TRACE, 1, told).logs.into_iter().map(|received| received.log).collect());
    }
}

/// Reads records every way there is; the spans they make are the same in every order.
fn read(mut logs: Vec<LogRecord>) {
    dialects::in_order(&mut logs);
    let _ = dialects::facts_of_trace(&logs);
    let _ = dialects::mlflow_trace_info(&logs);
    let _ = (dialects::mlflow_run(&logs), dialects::mlflow_artifacts(&logs).count());
    for span in dialects::spans_of(TRACE, &logs) {
        let mut reading = dialects::read(&span, &logs);
        dialects::complete(&mut reading, &logs);
    }
}
