//! What kind of span GenAI's conventions say it is, by its operation, what it names, or its name alone.
//!
//! Source: semantic-conventions 1.26 to 1.41 and semantic-conventions-genai, `docs/gen-ai/gen-ai-spans.md` and `gen-ai-agent-spans.md`.

use super::proposal::{Evidence, Found, KindVote, NAME, Proposal};
use super::{openinference, openlit, value};
use crate::reading::{Kind, Model, Reader};

/// Reads a call that failed before its library wrote anything of it but the name, which is the operation's and the model's
/// (`gen-ai-spans.md`, "Span name"): OpenLIT's instrumentations write all attributes behind the answer.
pub(super) fn failed(reader: &Reader<'_>) -> Option<Proposal> {
    const CLIENT: i32 = 3;
    const FAILED: i32 = 2;
    let span = reader.span;
    if span.status.code != FAILED || span.kind != CLIENT || !span.attributes.is_empty() {
        return None;
    }
    let said = span.name.split_once(' ').filter(|(_, model)| !model.contains(char::is_whitespace));
    let known = said.and_then(|(operation, model)| {
        let kind = of_operation(operation).filter(|kind| matches!(kind, Kind::Llm | Kind::Embedding))?;
        Some((kind, Some(operation.to_owned()), Some(model.to_owned())))
    });
    let (kind, raw, request) = known.or_else(|| Some((openlit::named(reader)?, None, None)))?;
    let model = request.map(|name| Found::new(NAME, Model { request: Some(name), ..Model::default() }));
    let vote = KindVote { kind, raw, evidence: Evidence::Operation, key: NAME };
    Some(Proposal { kind: Some(vote), model, ..Proposal::default() })
}

fn of_operation(operation: &str) -> Option<Kind> {
    Some(match operation {
        "chat" | "text_completion" | "completion" | "generate_content" | "generate" | "response" | "responses"
        | "llm_request" | "realtime_inference" => Kind::Llm,
        // The last is LiteLLM's.
        "embeddings" | "embedding" | "aembedding" => Kind::Embedding,
        "retrieval" | "vector_db_retrieve" => Kind::Retriever,
        "rerank" | "arerank" => Kind::Reranker,
        "execute_tool" => Kind::Tool,
        "create_agent" | "invoke_agent" => Kind::Agent,
        "agent_step" | "invoke_step" | "invoke_workflow" | "plan" => Kind::Chain,
        "execute_task" => Kind::Task,
        "apply_guardrail" | "run_guardrail" => Kind::Guardrail,
        "fetch_response" => Kind::Other,
        memory if memory.ends_with("_memory") || memory.ends_with("_memory_store") => Kind::Memory,
        _ => return None,
    })
}

/// Returns what the span is, and why.
pub(super) fn read(reader: &Reader<'_>, is_tool: bool) -> Option<KindVote> {
    let raw = reader.get("gen_ai.operation.name").and_then(value::text);
    let known = raw.as_deref().and_then(of_operation);
    // LoongSuite's and traceAI's word for it.
    let word = reader.get("gen_ai.span.kind").and_then(value::text);
    if let (None, Some(kind)) = (known, word.as_deref().and_then(openinference::kind_of)) {
        return Some(KindVote { kind, raw: word, evidence: Evidence::Word, key: "gen_ai.span.kind" });
    }
    let (kind, evidence, key) = match known {
        Some(kind) => (kind, Evidence::Operation, "gen_ai.operation.name"),
        None if is_tool => (Kind::Tool, Evidence::ToolKeys, "gen_ai.tool.name"),
        // Splunk's `util-genai` (0.1) names no operation for a step of a chain.
        None if reader.peek("gen_ai.step.type").is_some() => (Kind::Chain, Evidence::Operation, "gen_ai.step.type"),
        None => {
            let key =
                ["gen_ai.request.model", "gen_ai.response.model"].into_iter().find(|key| reader.peek(key).is_some())?;
            // The Mistral client before 2.0 names its operation only as its API does.
            let operation = reader.peek("mistral_ai.operation.id").and_then(|id| id.as_str());
            let embeds = operation.is_some_and(|id| id.starts_with("embeddings_"));
            (if embeds { Kind::Embedding } else { Kind::Llm }, Evidence::ModelKeys, key)
        }
    };
    Some(KindVote { kind, raw, evidence, key })
}
