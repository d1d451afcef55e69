//! OpenLLMetry (Traceloop): `traceloop.*`, the older `llm.*`, and its own flattened messages under `gen_ai.*`.
//!
//! Source: traceloop/openllmetry `opentelemetry-semantic-conventions-ai` and the instrumentations 0.1 to 0.62. From 0.53 on messages,
//! models and counts are GenAI's own and read there; entities and associations stay.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Side};
use super::switches::Switch;
use super::traceloop_messages::{self as messages};
use super::value::{self, first_text};
use super::{
    flattened, traceloop_agents as agents, traceloop_call as call, traceloop_endpoint as endpoint,
    traceloop_entity as entity, traceloop_facts as facts,
};
use crate::reading::{Kind, Reader};
use crate::shapes::{Side as PayloadSide, tools};
use crate::span::{AnyValue, LogRecord};

/// What brings text that is missing: traceloop-sdk 0.62, `config/__init__.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "OpenLLMetry",
    "TRACELOOP_TRACE_CONTENT=true",
    "OpenLLMetry sends it unless its content is switched off.",
)];

const REQUEST_TYPE: &str = "llm.request.type";
/// What is said over one connection to OpenAI's Realtime API: it is called a call, and the calls are in it (0.50 to 0.62,
/// `v1/realtime_wrappers.py`).
const SESSION: &str = "openai.session";
pub(super) const ENTITY_KIND: &str = "traceloop.span.kind";

/// Keys that are this convention's alone.
const OWN: &[&str] = &[
    "traceloop.",
    REQUEST_TYPE,
    "llm.request.functions.",
    "gen_ai.request.function.",
    "llm.request.model",
    "llm.is_streaming",
    "llm.vendor",
    "llm.completions.",
    "llm.usage.",
    "gen_ai.is_streaming",
    "gen_ai.user",
];

/// Reads a span's Traceloop attributes.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let (asked, answered) = (messages::read(reader, PayloadSide::Input), messages::read(reader, PayloadSide::Output));
    let is_own = OWN.iter().any(|key| reader.with_prefix(key).next().is_some());
    let found = [&asked, &answered].iter().any(|said| !said.messages.is_empty() || !said.finish_reasons.is_empty());
    let is_session =
        reader.span.name == SESSION && reader.span.scope.name.starts_with("opentelemetry.instrumentation.openai");
    let spoken = is_own || found || is_session;
    if !spoken {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    read_kind(reader, &mut proposal);
    if is_session {
        proposal.kind = Some(KindVote { kind: Kind::Chain, raw: None, evidence: Evidence::Own, key: NAME });
    }
    if let Some(vote) = proposal.kind.as_mut().filter(|vote| matches!(vote.kind, Kind::Task | Kind::Retriever)) {
        proposal.documents = facts::searched(reader);
        vote.kind = if proposal.documents.is_some() { Kind::Retriever } else { vote.kind };
    }
    let kind = proposal.kind.as_ref().map(|vote| vote.kind);
    proposal.input = side(reader, kind, asked.key, asked.messages, PayloadSide::Input);
    proposal.output = side(reader, kind, answered.key, answered.messages, PayloadSide::Output);
    let told = first_text(reader, &["llm.response.finish_reason", "llm.response.stop_reason"]);
    proposal.finish_reasons = answered.finish_reasons;
    if proposal.finish_reasons.is_empty() {
        proposal.finish_reasons.extend(told.map(|(_, reason)| reason));
    }
    proposal.tool = if kind == Some(Kind::Tool) { entity::tool(reader) } else { None };
    proposal.tools = offered(reader);
    proposal.model = call::model(reader);
    proposal.usage = call::usage(reader);
    proposal.parameters = call::parameters(reader);
    endpoint::read(reader, &mut proposal);
    facts::read(reader, &mut proposal);
    agents::read(reader, &mut proposal);
    Some(proposal)
}

fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) {
    let said = reader.get(ENTITY_KIND).and_then(value::text);
    let requested = reader.get(REQUEST_TYPE).and_then(value::text);
    let entity = said.as_deref().and_then(|kind| match kind {
        // The step in which LlamaIndex's agents call a tool.
        "task" if reader.peek("tool.name").is_some() => Some(Kind::Tool),
        // JavaScript's LangChain callbacks (0.22 on) call every step a task and leave it to GenAI's word what kind.
        "task" if reader.peek("gen_ai.operation.name").and_then(AnyValue::as_str) == Some("execute_tool") => {
            Some(Kind::Tool)
        }
        // LlamaIndex's and LangChain's callbacks call every step so; what a step is of its own is GenAI's word.
        "workflow" => Some(stepped(reader).unwrap_or(Kind::Chain)),
        "task" => Some(stepped(reader).unwrap_or(Kind::Task)),
        "agent" => Some(Kind::Agent),
        "tool" => Some(Kind::Tool),
        _ => None,
    });
    let request = requested.as_deref().and_then(|kind| match kind {
        "chat" | "completion" => Some(Kind::Llm),
        "embedding" | "embeddings" => Some(Kind::Embedding),
        "rerank" => Some(Kind::Reranker),
        _ => None,
    });
    proposal.kind = match (entity, request) {
        // A task decorator on the very function a request is recorded for: the request is what happened.
        (_, Some(kind)) => Some(KindVote { kind, raw: requested, evidence: Evidence::Word, key: REQUEST_TYPE }),
        (Some(kind), None) => Some(KindVote { kind, raw: said, evidence: Evidence::Word, key: ENTITY_KIND }),
        (None, None) => {
            proposal.raw_kind = said.or(requested);
            let key = "llm.request.model";
            let named = reader.peek(key).map(|_| Evidence::ModelKeys);
            // Bedrock's calls have nothing but a name when they fail: all is written behind the answer.
            let is_bedrock =
                || reader.span.scope.name.ends_with(".bedrock") && reader.span.name.starts_with("bedrock.");
            let vote = named.map(|evidence| KindVote { kind: Kind::Llm, raw: None, evidence, key });
            vote.or_else(|| {
                is_bedrock().then_some(KindVote {
                    kind: Kind::Llm,
                    raw: None,
                    evidence: Evidence::ModelKeys,
                    key: NAME,
                })
            })
        }
    };
}

/// What a step does, where that is a call of a model or a search.
fn stepped(reader: &Reader<'_>) -> Option<Kind> {
    let operation = reader.peek("gen_ai.operation.name")?.as_str()?;
    let calls_model = reader.peek("gen_ai.request.model").is_some();
    match operation {
        "vector_db_retrieve" => Some(Kind::Retriever),
        "chat" | "completion" | "text_completion" if calls_model => Some(Kind::Llm),
        "embeddings" if calls_model => Some(Kind::Embedding),
        "rerank" if calls_model => Some(Kind::Reranker),
        _ => None,
    }
}

fn side(
    reader: &Reader<'_>,
    kind: Option<Kind>,
    key: &'static str,
    said: Vec<crate::reading::Message>,
    side: PayloadSide,
) -> Side {
    let entity = entity::side(reader, kind, side);
    if said.is_empty() {
        return entity;
    }
    let is_search = matches!(kind, Some(Kind::Embedding | Kind::Reranker)) || is_embedding(reader);
    if is_search {
        let texts: Vec<Value> = said.iter().flat_map(|message| &message.parts).filter_map(text_of).collect();
        let value = if texts.len() == 1 { texts.into_iter().next() } else { Some(Value::Array(texts)) };
        return Side { messages: None, value: value.map(|value| Found::new(key, value)) };
    }
    Side { messages: Some(Found::new(key, said)), value: None }
}

fn is_embedding(reader: &Reader<'_>) -> bool {
    let operation = reader.peek("gen_ai.operation.name").and_then(value::text);
    operation.is_some_and(|operation| operation.starts_with("embedding"))
}

fn text_of(part: &crate::reading::Part) -> Option<Value> {
    match part {
        crate::reading::Part::Text { text } => Some(Value::String(text.clone())),
        _ => None,
    }
}

fn offered(reader: &Reader<'_>) -> Option<Found<Vec<crate::reading::ToolDefinition>>> {
    // The second is what a fork of these instrumentations renamed it to, the third what LiteLLM 1.55 makes of it.
    ["llm.request.functions.", "gen_ai.request.function.", "SpanAttributes.LLM_REQUEST_FUNCTIONS."]
        .into_iter()
        .find_map(|prefix| {
            let list = flattened::list(reader, prefix).into_iter().map(with_parameters).collect();
            let offered = tools::definitions(&Value::Array(list));
            (!offered.is_empty()).then(|| Found::new(prefix.trim_end_matches('.'), offered))
        })
}

/// The JavaScript instrumentations call a tool's schema its arguments.
fn with_parameters(mut tool: Value) -> Value {
    if let Some(fields) = tool.as_object_mut().filter(|fields| !fields.contains_key("parameters"))
        && let Some(schema) = fields.remove("arguments")
    {
        fields.insert("parameters".to_owned(), schema);
    }
    tool
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schema_of_a_tool_has_two_names() {
        let schema = json!({"type": "object"}).to_string();
        for key in ["parameters", "arguments"] {
            let offered = tools::definitions(&json!([with_parameters(json!({"name": "f", key: schema}))]));
            assert_eq!(offered[0].parameters, Some(json!({"type": "object"}).into()), "{key}");
        }
    }
}
