//! What MLflow says of a span beside what went in and came out: the model, counts, cost, session, tags and facts.

use serde_json::Value;

use super::mlflow::{INPUTS, TAG, USAGE, Values};
use super::mlflow_bare;
use super::proposal::{Found, Proposal, Session};
use super::value;
use crate::json::Json;
use crate::reading::Model;
use crate::shapes::tools;
use crate::usage::normal::{Counts, count};

/// The second is Bedrock's.
pub(super) fn named(payload: Option<Json<'_>>) -> Option<String> {
    let named = |key: &str| payload?.get(key)?.as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    named("model").or_else(|| named("modelId"))
}

/// The caller's `model` argument is what was asked for; `mlflow.llm.model` is what answered, once something did.
pub(super) fn read_model(
    values: &Values<'_, '_>,
    inputs: Option<Json<'_>>,
    answered: Option<String>,
    has_answer: bool,
    bare: &mlflow_bare::Bare,
    proposal: &mut Proposal,
) {
    let recorded = values.text("mlflow.llm.model");
    // Without arguments among the inputs the bare keys are the answer's own fields.
    let bare_is_answer = bare.is_answer;
    let request = named(inputs).or_else(|| bare.model.clone().filter(|_| !bare_is_answer));
    let response = answered.or_else(|| bare.model.clone().filter(|_| bare_is_answer));
    let streamed = proposal.stream.as_ref().and_then(|stream| stream.value.assembled.model.clone());
    let answered = has_answer || proposal.stream.is_some();
    let model = Model {
        request: request.or_else(|| recorded.clone().filter(|_| response.is_none())),
        response: response.or(streamed).or_else(|| recorded.filter(|_| answered)),
        provider: values.text("mlflow.llm.provider"),
    };
    if model != Model::default() {
        let key = if named(inputs).is_some() {
            INPUTS
        } else if bare.model.is_some() {
            "model"
        } else {
            "mlflow.llm.model"
        };
        proposal.model = Some(Found::new(key, model));
    }
}

pub(super) fn read_facts(values: &Values<'_, '_>, proposal: &mut Proposal) {
    if let Some(usage) = values.get(USAGE) {
        let number = |key: &str| usage.get(key).and_then(count);
        let counts = Counts {
            input: number("input_tokens"),
            output: number("output_tokens"),
            total: number("total_tokens"),
            cache_read: number("cache_read_input_tokens"),
            cache_write: number("cache_creation_input_tokens"),
            cache_write_1h: number("cache_creation_input_tokens_above_1hr"),
            ..Counts::default()
        };
        proposal.usage = Some(Found::new(USAGE, counts));
    }
    let offered =
        values.document("mlflow.chat.tools").map(|list| tools::definitions(&list)).filter(|list| !list.is_empty());
    if proposal.tools.is_none() {
        proposal.tools = offered.map(|offered| Found::new("mlflow.chat.tools", offered));
    }
    let cost = values.get("mlflow.llm.cost").and_then(|cost| value::amount(cost.get("total_cost")?));
    proposal.cost_usd = cost.map(|cost| Found::new("mlflow.llm.cost", cost));
    let session =
        Session { session_id: values.text("mlflow.trace.session"), user_id: values.text("mlflow.trace.user") };
    proposal.session = (session != Session::default()).then(|| Found::new("mlflow.trace.session", session));
    for (key, tag, sent) in values.reader.with_prefix(TAG) {
        values.reader.understand(key);
        if let Some(text) = value::text(sent) {
            proposal.trace_metadata.insert(tag.to_owned(), Value::String(text));
        }
    }
    for (key, name, _) in values.reader.with_prefix("mlflow.") {
        // Names of MLflow's own bookkeeping say nothing about the call; what is left is a fact about the span.
        let own = [
            "spanType",
            "spanInputs",
            "spanOutputs",
            "traceRequestId",
            "spanLogLevel",
            "message.format",
            "chat.tokenUsage",
            "chat.tools",
            "chat.messages",
            "llm.model",
            "llm.provider",
            "llm.cost",
            "spanFunctionName",
            "experimentId",
            "trace_schema.version",
            "spanStartTimeNs",
            "trace.session",
            "trace.user",
        ];
        if !own.contains(&name) && !key.starts_with(TAG) {
            proposal.metadata.extend(values.get(key).map(|sent| (key.to_owned(), sent)));
        }
        values.reader.understand(key);
    }
}
