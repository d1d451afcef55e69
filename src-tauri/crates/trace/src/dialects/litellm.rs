//! LiteLLM's OpenTelemetry logger: what goes beyond the GenAI conventions on its spans.
//!
//! Source: `litellm/integrations/opentelemetry.py` of LiteLLM 1.40 to 1.106. Objects are often written as Python's `repr`.

use serde_json::{Map, Value};

use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Session, Side};
use super::switches::Switch;
use super::value;
use super::{flattened, litellm_said};
use crate::reading::{Kind, Message, Part, Reader};
use crate::shapes::{self, Side as PayloadSide, python, text, tools};
use crate::span::{AnyValue, LogRecord};

const SWITCH: Switch = Switch::of(
    "LiteLLM",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_AND_EVENT",
    "LiteLLM sends it unless `litellm.turn_off_message_logging` is set, or this is `true` or lets only events through.",
);
/// What brings text that is missing: litellm 1.106, `integrations/opentelemetry.py`.
pub(super) const CONTENT: &[Switch] = &[SWITCH.in_scope("litellm"), SWITCH];

/// The span of the HTTP request to the provider, below the call's own.
const RAW_REQUEST: &str = "raw_gen_ai_request";

/// Reads a span of LiteLLM's.
pub(super) fn read(reader: &Reader<'_>, logs: &[LogRecord]) -> Option<Proposal> {
    let spoken = reader.span.scope.name.starts_with("litellm") || reader.with_prefix("litellm.").next().is_some();
    if !spoken {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = kind(reader);
    proposal.output.messages = with_calls(reader);
    litellm_said::read(reader, logs, &mut proposal);
    // The second is the logger's second version's, which writes the first as well unless it is told not to.
    proposal.tools = ["llm.request.functions.", "gen_ai.tool."].into_iter().fold(None, |found, prefix| {
        let offered = tools::definitions(&Value::Array(flattened::list(reader, prefix)));
        found.or_else(|| (!offered.is_empty()).then(|| Found::new(prefix.trim_end_matches('.'), offered)))
    });
    let counts = reader.get("metadata.usage_object").and_then(said);
    proposal.payload_usage =
        counts.as_ref().and_then(shapes::usage::counts).map(|counts| Found::new("metadata.usage_object", counts));
    let first = |keys: &[&str]| keys.iter().find_map(|key| reader.get(key).and_then(said_text));
    let session = Session {
        session_id: first(&["litellm.session_id", "metadata.session_id", "metadata.litellm_session_id"]),
        user_id: first(&["litellm.end_user.id", "llm.user", "metadata.user_api_key_end_user_id", "metadata.user_id"]),
    };
    proposal.session = (session != Session::default()).then(|| Found::new("llm.user", session));
    proposal.cost_usd = ["litellm.cost.total_cost", "litellm.cost.total"]
        .iter()
        .find_map(|key| Some(Found::new(*key, value::amount(&reader.get(key)?.to_json())?)));
    let streams =
        first(&["llm.is_streaming", "litellm.request.streaming"]).map(|sent| sent.eq_ignore_ascii_case("true"));
    if streams == Some(true) {
        let parameters = Map::from_iter([("stream".to_owned(), Value::Bool(true))]);
        proposal.parameters = Some(Found::new("llm.is_streaming", parameters));
    }
    read_facts(reader, &mut proposal);
    Some(proposal)
}

fn kind(reader: &Reader<'_>) -> Option<KindVote> {
    let guardrail = ["guardrail_name", "litellm.guardrail.name"].into_iter().find(|key| reader.peek(key).is_some());
    let (kind, key) = match reader.span.name.as_str() {
        // The request of the call above it, of which LiteLLM 1.80 and later repeat all attributes.
        RAW_REQUEST => (Kind::Http, NAME),
        _ => (Kind::Guardrail, guardrail?),
    };
    let evidence = if kind == Kind::Http { Evidence::Own } else { Evidence::Operation };
    Some(KindVote { kind, raw: None, evidence, key })
}

/// The calls of tools stand beside the messages, one per index: `gen_ai.completion.0.function_call.name`.
fn with_calls(reader: &Reader<'_>) -> Option<Found<Vec<Message>>> {
    const OUTPUT: &str = "gen_ai.output.messages";
    const PREFIX: &str = "gen_ai.completion.";
    reader.with_prefix(PREFIX).find(|(key, ..)| key.contains(".function_call."))?;
    let entries = flattened::list(reader, PREFIX);
    let calls = entries.iter().filter_map(|entry| {
        let call = entry.get("function_call")?;
        Some(Part::ToolCall {
            id: call.get("id").and_then(Value::as_str).map(str::to_owned),
            name: call.get("name").and_then(Value::as_str).map(str::to_owned),
            arguments: call.get("arguments").map(text::parsed).unwrap_or_default(),
        })
    });
    let whole = reader.peek(OUTPUT).and_then(value::json);
    let mut messages = whole
        .and_then(|whole| shapes::read_call(&whole, PayloadSide::Output))
        .or_else(|| shapes::read(&Value::Array(entries.clone()), PayloadSide::Output))
        .map(|payload| payload.messages)
        .unwrap_or_default();
    let has_calls = |message: &Message| message.parts.iter().any(|part| matches!(part, Part::ToolCall { .. }));
    if messages.iter().any(has_calls) {
        return None;
    }
    let calls: Vec<Part> = calls.collect();
    match messages.first_mut() {
        Some(first) => first.parts.extend(calls),
        None => messages.push(Message::new("assistant", calls)),
    }
    Some(Found::new("gen_ai.completion", messages))
}

/// Returns what a value says: JSON, a `repr`, or text. `None` of Python's is nothing.
fn said(sent: &AnyValue) -> Option<Value> {
    let said = match sent {
        AnyValue::Str(sent) if sent == "None" => return None,
        AnyValue::Str(sent) => python::repr(sent).or_else(|| value::json(&AnyValue::Str(sent.clone())))?,
        other => value::json(other)?,
    };
    value::present(said)
}

fn said_text(sent: &AnyValue) -> Option<String> {
    value::text(sent).filter(|sent| sent != "None")
}

fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    let is_raw = reader.span.name == RAW_REQUEST;
    let mut raw = Map::new();
    for (key, name, sent) in reader.with_prefix("llm.") {
        // `llm.<provider>.<field>`: the request's fields and the answer's, side by side.
        if let Some((_, field)) = name.split_once('.').filter(|_| is_raw) {
            reader.understand(key);
            raw.extend(said(sent).map(|sent| (field.to_owned(), sent)));
        } else if name == "request.type" {
            reader.understand(key);
        }
    }
    if is_raw && !raw.is_empty() {
        proposal.input = Side { messages: None, value: Some(Found::new("llm", Value::Object(raw))) };
    }
    for (key, name, sent) in reader.with_prefix("metadata.") {
        reader.understand(key);
        if name != "usage_object" {
            proposal.metadata.extend(said(sent).filter(is_something).map(|sent| (name.to_owned(), sent)));
        }
    }
    for prefix in ["litellm.", "hidden_params", "guardrail_", "gen_ai.cost.", "error."] {
        for (key, _, sent) in reader.with_prefix(prefix) {
            reader.understand(key);
            if !key.starts_with("error.") {
                proposal.metadata.extend(said(sent).filter(is_something).map(|sent| (key.to_owned(), sent)));
            }
        }
    }
}

/// Empty lists and zeros are what LiteLLM writes for "not used".
fn is_something(said: &Value) -> bool {
    !said.as_array().is_some_and(Vec::is_empty)
        && !said.as_object().is_some_and(Map::is_empty)
        && said.as_f64() != Some(0.0)
}
