//! AgentOps: `agentops.*` on what a program decorated, and OpenLLMetry's older names on calls of models, some under names of its own.
//!
//! Source: `agentops/semconv`, `agentops/sdk/decorators/utility.py` and `agentops/instrumentation/providers` of AgentOps 0.4.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::traceloop_messages as flat;
use super::value::{self, first_text};
use super::{flattened, identity};
use crate::reading::{Kind, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, text, tools};
use crate::span::LogRecord;

/// What brings text that is missing: agentops 0.4, `instrumentation/common/attributes.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "AgentOps",
    "",
    "AgentOps sends it wherever its instrumentation of the library knows how to read it; nothing has to be set.",
)];

const KIND: &str = "agentops.span.kind";
/// What a tool's execution is read from.
const READ: &[&str] = &["tool.name", "tool.parameters", "tool.call.id", "tool.id", "tool.result"];
const REQUEST: &str = "gen_ai.request.type";

/// Reads a span of AgentOps'.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let is_own = reader.with_prefix("agentops.").next().is_some()
        || reader.peek(REQUEST).is_some()
        || reader.peek("instrumentation.name").and_then(value::text).as_deref() == Some("agentops")
        || is_call(reader);
    if !is_own {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = read_kind(reader, &mut proposal);
    read_sides(reader, kind, &mut proposal);
    proposal.tools = ["gen_ai.request.functions.", "gen_ai.request.tools."].into_iter().find_map(|prefix| {
        let offered = tools::definitions(&Value::Array(flattened::list(reader, prefix)));
        (!offered.is_empty()).then(|| Found::new(prefix.trim_end_matches('.'), offered))
    });
    if kind == Kind::Tool {
        proposal.tool = tool(reader, &proposal);
    }
    let first = reader.get("gen_ai.streaming.time_to_first_token").and_then(|sent| value::amount(&sent.to_json()));
    let first = first.filter(|seconds| (0.0..1e6).contains(seconds));
    proposal.time_to_first_chunk_ns =
        first.map(|seconds| Found::new("gen_ai.streaming.time_to_first_token", (seconds * 1e9) as u64));
    read_facts(reader, &mut proposal);
    Some(proposal)
}

/// The span of a call that a streamed answer asks for has nothing but the call from version 0.4.20 on.
fn is_call(reader: &Reader<'_>) -> bool {
    reader.span.scope.name.starts_with("agentops.") && reader.peek("tool.call.id").is_some()
}

/// Some versions write a kind as Python writes the member of the enumeration it is: `AgentOpsSpanKindValues.TOOL`.
fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) -> Kind {
    let raw = reader.get(KIND).and_then(value::text);
    let word = raw.as_deref().map(|raw| raw.rsplit('.').next().unwrap_or(raw).to_ascii_lowercase());
    let requested = reader.get(REQUEST).and_then(value::text);
    let (kind, key) = match (word.as_deref(), requested.as_deref()) {
        (Some("llm"), _) => (Kind::Llm, KIND),
        (Some("tool"), _) => (Kind::Tool, KIND),
        (Some("agent"), _) => (Kind::Agent, KIND),
        (Some("workflow" | "chain" | "session"), _) => (Kind::Chain, KIND),
        (Some("task" | "operation"), _) => (Kind::Task, KIND),
        (Some("guardrail"), _) => (Kind::Guardrail, KIND),
        (Some("http"), _) => (Kind::Http, KIND),
        (_, Some("chat" | "completion")) => (Kind::Llm, REQUEST),
        (_, Some("embedding")) => (Kind::Embedding, REQUEST),
        (_, Some("rerank")) => (Kind::Reranker, REQUEST),
        (None, None) if is_call(reader) => (Kind::Tool, "tool.call.id"),
        _ => {
            proposal.raw_kind = raw;
            return Kind::Other;
        }
    };
    let raw = if key == KIND { raw } else { requested };
    proposal.kind = Some(KindVote { kind, raw, evidence: Evidence::Word, key });
    kind
}

/// Calls have OpenLLMetry's lists, with the instructions beside them; decorated functions what they were called with and returned.
fn read_sides(reader: &Reader<'_>, kind: Kind, proposal: &mut Proposal) {
    let asked = flat::read(reader, PayloadSide::Input);
    let mut messages = asked.messages;
    let keys = ["gen_ai.request.system_instruction", "gen_ai.request.instructions", "gen_ai.openai.instructions"];
    let mut key = asked.key;
    if let Some((instructions, system)) = first_text(reader, &keys) {
        key = if messages.is_empty() { instructions } else { key };
        shapes::prepend_system(&mut messages, text::parts(&system));
    }
    if !messages.is_empty() && kind != Kind::Embedding {
        proposal.input.messages = Some(Found::new(key, messages));
    }
    let of = |end: &str| {
        let own = reader
            .with_prefix("agentops.")
            .filter(|(_, name, _)| name.split_once('.').is_some_and(|(_, rest)| rest == end));
        let found = own.filter_map(|(key, _, sent)| Some((key.to_owned(), value::json(sent)?))).next();
        found.inspect(|(key, _)| reader.understand(key))
    };
    for (end, side) in [("input", PayloadSide::Input), ("output", PayloadSide::Output)] {
        let Some((key, sent)) = of(end) else { continue };
        let sent = if side == PayloadSide::Input { value::called_with(sent) } else { sent };
        let is_own = matches!(kind, Kind::Tool | Kind::Http);
        let read = if is_own { None } else { shapes::read(&sent, side) };
        let found = match read.filter(|payload| !payload.messages.is_empty()) {
            Some(payload) => Side { messages: Some(Found::new(key, payload.messages)), value: None },
            None => Side { messages: None, value: value::present(sent).map(|sent| Found::new(key, sent)) },
        };
        let place = if side == PayloadSide::Input { &mut proposal.input } else { &mut proposal.output };
        if *place == Side::default() {
            *place = found;
        }
    }
}

/// A call that a model asked for is a span of its own, named after the tool.
fn tool(reader: &Reader<'_>, proposal: &Proposal) -> Option<Found<ToolExecution>> {
    let given = reader.get("tool.parameters").and_then(value::json).map(|sent| text::result(&sent));
    let answered = reader.get("tool.result").and_then(value::json).map(|sent| text::result(&sent));
    let tool = ToolExecution {
        name: first_text(reader, &["tool.name", "agentops.entity.name", "operation.name"]).map(|(_, name)| name),
        call_id: first_text(reader, &["tool.call.id", "tool.id"]).map(|(_, id)| id),
        arguments: given.or_else(|| proposal.input.of_tool()),
        result: answered.or_else(|| proposal.output.of_tool()),
    };
    (tool != ToolExecution::default()).then(|| Found::new("tool.name", tool))
}

fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    proposal.tags = reader.get("agentops.tags").map(value::texts).unwrap_or_default();
    let prefixes = [
        "agentops.",
        "operation.",
        "instrumentation.",
        "library.",
        "workflow.",
        "agent.",
        "tool.",
        "gen_ai.streaming.",
        "llm.openai.stream.",
    ];
    let mut session = super::proposal::Session::default();
    for (key, name, sent) in prefixes.into_iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        reader.understand(key);
        let is_read = READ.contains(&key)
            || key == KIND
            || key == "agentops.tags"
            || key.ends_with(".input")
            || key.ends_with(".output");
        if !is_read && !identity::take(&mut session, name, sent) {
            proposal.metadata.extend(value::json(sent).map(|sent| (key.to_owned(), sent)));
        }
    }
    proposal.session = (session != super::proposal::Session::default()).then(|| Found::new("workflow", session));
}
