//! Sentry: GenAI's words with answers, tools and a tool's arguments under names of its own, and what a span is in `sentry.op`.
//!
//! Source: `@sentry/core` 9 to 11 (`tracing/ai/gen-ai-attributes.ts`, `tracing/openai`, `anthropic-ai`, `google-genai`, `vercel-ai`)
//! and docs.sentry.io "AI Agents Module".

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::value::{self, first_text};
use crate::reading::{Kind, Message, Part, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, tools};
use crate::span::LogRecord;

/// What brings text that is missing: @sentry/node 10 and 11, `recordInputs`, `recordOutputs`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Sentry",
    "recordInputs: true, recordOutputs: true",
    "Sentry's AI integrations keep it back unless their options or sendDefaultPii say to record it.",
)
.by_side()];

const OP: &str = "sentry.op";
const TEXT: &str = "gen_ai.response.text";
const CALLS: &str = "gen_ai.response.tool_calls";
const OBJECT: &str = "gen_ai.response.object";
const TOOLS: &str = "gen_ai.request.available_tools";
const TOOL_INPUT: &str = "gen_ai.tool.input";
const TOOL_OUTPUT: &str = "gen_ai.tool.output";

/// Reads a span of Sentry's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let own = [TEXT, CALLS, OBJECT, TOOLS, TOOL_INPUT, TOOL_OUTPUT, "gen_ai.request.messages"];
    let spoken = reader.with_prefix("sentry.").next().is_some() || own.iter().any(|key| reader.peek(key).is_some());
    if !spoken {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = kind(reader);
    proposal.input = input(reader);
    read_output(reader, &mut proposal);
    proposal.tools = reader.get(TOOLS).and_then(value::json).and_then(|list| {
        let offered = tools::definitions(&list);
        (!offered.is_empty()).then(|| Found::new(TOOLS, offered))
    });
    let said = |key: &str| reader.get(key).and_then(value::of_tool);
    let (arguments, result) = (said(TOOL_INPUT), said(TOOL_OUTPUT));
    if let Some(key) = arguments.as_ref().map(|_| TOOL_INPUT).or(result.as_ref().map(|_| TOOL_OUTPUT)) {
        let name = reader.peek("gen_ai.tool.name").and_then(value::text);
        let call_id = reader.peek("gen_ai.tool.call.id").and_then(value::text);
        proposal.tool = Some(Found::new(key, ToolExecution { name, call_id, arguments, result }));
    }
    for (key, name, sent) in reader.with_prefix("sentry.") {
        reader.understand(key);
        let is_own = name == "op" || name.starts_with("sdk_meta.");
        proposal.metadata.extend(value::json(sent).filter(|_| !is_own).map(|sent| (key.to_owned(), sent)));
    }
    Some(proposal)
}

fn kind(reader: &Reader<'_>) -> Option<KindVote> {
    let (key, raw) = first_text(reader, &[OP])?;
    let kind = match raw.strip_prefix("gen_ai.")? {
        "embeddings" | "embed" | "embed_many" => Kind::Embedding,
        "invoke_agent" | "create_agent" => Kind::Agent,
        "execute_tool" => Kind::Tool,
        "rerank" => Kind::Reranker,
        "handoff" | "pipeline" => Kind::Chain,
        _ => Kind::Llm,
    };
    Some(KindVote { kind, raw: Some(raw), evidence: Evidence::Operation, key })
}

/// Versions up to 10.3 name the messages otherwise; what is to be turned into vectors has a name of its own.
fn input(reader: &Reader<'_>) -> Side {
    const MESSAGES: &str = "gen_ai.request.messages";
    const TEXTS: &str = "gen_ai.embeddings.input";
    let asked = reader.get(MESSAGES).and_then(value::document);
    let asked = asked.and_then(|asked| shapes::read_call(&asked, PayloadSide::Input));
    let texts = reader.get(TEXTS).and_then(value::json);
    Side {
        messages: asked.map(|payload| Found::new(MESSAGES, payload.messages)).filter(|found| !found.value.is_empty()),
        value: texts.map(|texts| Found::new(TEXTS, texts)),
    }
}

/// Texts are a list with one for each choice, or the only one; calls are in the provider's own form.
fn read_output(reader: &Reader<'_>, proposal: &mut Proposal) {
    let texts = match reader.get(TEXT).and_then(value::json) {
        Some(Value::Array(texts)) => texts,
        other => other.into_iter().collect(),
    };
    let answer = |said: &Value| Message::new("assistant", shapes::content(said));
    let mut messages: Vec<Message> = texts.iter().map(answer).collect();
    let object = reader.get(OBJECT).and_then(value::json);
    let object = object.map(|object| vec![Part::Text { text: object.to_string() }]).unwrap_or_default();
    let calls = reader.get(CALLS).and_then(value::json).map(|list| shapes::calls(&list)).unwrap_or_default();
    if !calls.is_empty() || !object.is_empty() {
        if messages.is_empty() {
            messages.push(Message::new("assistant", Vec::new()));
        }
        messages[0].parts.extend(object.into_iter().chain(calls));
    }
    let messages = shapes::settle(messages);
    let key = if messages.iter().flat_map(|said| &said.parts).any(|part| matches!(part, Part::Text { .. })) {
        if texts.is_empty() { OBJECT } else { TEXT }
    } else {
        CALLS
    };
    proposal.output.messages = (!messages.is_empty()).then(|| Found::new(key, messages));
    let reason = first_text(reader, &["gen_ai.response.stop_reason"]);
    proposal.finish_reasons = reason.into_iter().map(|(_, reason)| reason).collect();
}
