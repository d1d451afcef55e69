//! Logfire: the envelope of every span its SDK sends, and its own instrumentation of OpenAI, Anthropic and the OpenAI Agents SDK.
//!
//! Source: `logfire/_internal` of the Logfire SDK 1 to 5 (`integrations/llm_providers`, `integrations/openai_agents.py`,
//! `json_schema.py`). Which attributes are JSON in a text is told by `logfire.json_schema`.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::logfire_messages as messages;
use super::logfire_parts;
use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Model, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, tools, usage};
use crate::span::LogRecord;

/// What brings text that is missing: logfire 5.2: there is no switch of its own.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Logfire",
    "",
    "Logfire sends what was said; this span had nothing, or scrubbing or the program's own callback removed it.",
)];

pub(super) const TEMPLATE: &str = "logfire.msg_template";
const SCHEMA: &str = "logfire.json_schema";

/// What the templates of Logfire's own spans stand for.
const TEMPLATES: &[(&str, Kind)] = &[
    ("Agent run", Kind::Agent),
    ("Function: ", Kind::Tool),
    ("Handoff: ", Kind::Tool),
    ("Guardrail ", Kind::Guardrail),
    ("Turn ", Kind::Chain),
    ("Task: ", Kind::Chain),
    ("Custom span: ", Kind::Chain),
    ("OpenAI Agents trace: ", Kind::Chain),
    ("Responses API with ", Kind::Llm),
    ("Chat completion with ", Kind::Llm),
    ("Chat Completion with ", Kind::Llm),
    ("Completion with ", Kind::Llm),
    ("Message with ", Kind::Llm),
    ("Image Generation with ", Kind::Llm),
    ("Embedding Creation with ", Kind::Embedding),
    (logfire_parts::STREAMED, Kind::Other),
];

/// Reads a span of Logfire's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let spoken = reader.span.scope.name.starts_with("logfire") || reader.with_prefix("logfire.").next().is_some();
    if !spoken {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let template = reader.get(TEMPLATE).and_then(value::text);
    // A program's own spans have the bare scope, and attributes of any meaning.
    let is_own = reader.span.scope.name.starts_with("logfire.") || reader.peek("request_data").is_some();
    proposal.running = logfire_parts::is_pending(reader.span);
    let kind = template.as_deref().filter(|_| is_own).and_then(kind);
    proposal.kind = kind.map(|kind| KindVote { kind, raw: None, evidence: Evidence::Operation, key: TEMPLATE });
    if is_own {
        read_own(reader, kind, &mut proposal);
        logfire_parts::read_half(reader, template.as_deref().unwrap_or_default(), &mut proposal);
    }
    proposal.tags = reader.get("logfire.tags").map(value::texts).unwrap_or_default();
    // Of Claude's agents each call tells what its first piece counts; the agent has the whole.
    proposal.keep_facts(reader, &["logfire.", "gen_ai.usage.partial."], |key, name| {
        key.starts_with("logfire.") && !matches!(name, "msg" | "level_num" | "scrubbed" | "metrics")
    });
    read_attributes(reader, &mut proposal);
    Some(proposal)
}

fn kind(template: &str) -> Option<Kind> {
    TEMPLATES.iter().find(|(start, _)| template.starts_with(start)).map(|(_, kind)| *kind)
}

fn read_own(reader: &Reader<'_>, kind: Option<Kind>, proposal: &mut Proposal) {
    match kind {
        Some(Kind::Llm | Kind::Embedding | Kind::Other) => messages::read_call(reader, kind, proposal),
        Some(Kind::Tool) => proposal.tool = Some(tool(reader)),
        _ => read_values(reader, proposal),
    }
    if kind == Some(Kind::Agent) {
        let offered = reader.get("tools").and_then(value::json).map(|list| tools::definitions(&list));
        proposal.tools = offered.filter(|offered| !offered.is_empty()).map(|offered| Found::new("tools", offered));
    }
    let counts = |key: &str| reader.get(key).and_then(value::json).as_ref().and_then(usage::counts);
    let (provider, own) = (counts("gen_ai.usage.raw"), counts("usage"));
    if let Some(counts) = provider.or(own) {
        match kind {
            Some(Kind::Llm | Kind::Embedding) => {
                proposal.payload_usage.get_or_insert(Found::new("usage", counts));
            }
            // A turn's and a task's counts are those of the calls in them.
            _ => {
                proposal.usage = Some(Found::new("usage", counts));
                proposal.usage_is_aggregate = true;
            }
        }
    }
    for key in ["model_settings", "model_config"] {
        let Some(Value::Object(sent)) = reader.get(key).and_then(value::json) else { continue };
        let given: Map<String, Value> = sent
            .into_iter()
            .filter(|(name, sent)| !sent.is_null() && name != "base_url")
            .map(|(name, sent)| (canonical(&name).to_owned(), sent))
            .collect();
        proposal.parameters = (!given.is_empty()).then(|| Found::new(key, given)).or(proposal.parameters.take());
    }
    if let Some(group) = reader.get("group_id").and_then(value::text).filter(|group| group != "null") {
        let session = Session { session_id: Some(group), user_id: None };
        proposal.session = Some(Found::new("group_id", session));
    }
    if reader.peek("agent_trace_id").is_some() {
        proposal.trace_name = reader.get("name").and_then(value::text);
        if let Some(Value::Object(facts)) = reader.get("metadata").and_then(value::json) {
            proposal.trace_metadata = facts;
        }
    }
}

/// A function's execution; a handoff is one too, named by its span alone.
fn tool(reader: &Reader<'_>) -> Found<ToolExecution> {
    let said = |key: &str| reader.get(key).and_then(value::of_tool);
    let agents: Map<String, Value> = ["from_agent", "to_agent"]
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), Value::String(reader.get(key).and_then(value::text)?))))
        .collect();
    let tool = ToolExecution {
        name: reader.get("name").and_then(value::text).or_else(|| Some(reader.span.name.clone())),
        call_id: None,
        arguments: said("input").or_else(|| (!agents.is_empty()).then_some(Value::Object(agents))),
        result: said("output"),
    };
    Found::new("name", tool)
}

fn read_values(reader: &Reader<'_>, proposal: &mut Proposal) {
    for (key, side) in [("input", PayloadSide::Input), ("output", PayloadSide::Output)] {
        let Some(said) = reader.get(key).and_then(value::json) else { continue };
        let messages = shapes::read(&said, side).map(|payload| payload.messages).filter(|said| !said.is_empty());
        let found = match messages {
            Some(messages) => Side { messages: Some(Found::new(key, messages)), value: None },
            None => Side { messages: None, value: Some(Found::new(key, said)) },
        };
        match side {
            PayloadSide::Input => proposal.input = found,
            PayloadSide::Output => proposal.output = found,
        }
    }
}

/// The schema lists the program's own attributes; those that belong to no convention are facts.
fn read_attributes(reader: &Reader<'_>, proposal: &mut Proposal) {
    let schema = reader.get(SCHEMA).and_then(value::json);
    let Some(listed) = schema.as_ref().and_then(|schema| schema.get("properties")?.as_object()) else { return };
    let unread = reader.not_understood();
    for (key, _, sent) in reader.with_prefix("") {
        let Some(described) = listed.get(key).filter(|_| !key.contains('.') && unread.iter().any(|name| name == key))
        else {
            continue;
        };
        reader.understand(key);
        let is_json = matches!(
            described.get("type").and_then(Value::as_str),
            Some("object" | "array" | "null" | "string" | "number" | "integer" | "boolean")
        );
        let said = if is_json { value::json(sent) } else { value::present(sent.to_json()) };
        proposal.metadata.extend(said.map(|said| (key.to_owned(), said)));
    }
}

/// Returns the model a call names, when it names any.
pub(super) fn model(request: Option<String>, response: Option<String>, key: &str) -> Option<Found<Model>> {
    let model = Model { request, response, provider: None };
    (model != Model::default()).then(|| Found::new(key, model))
}
