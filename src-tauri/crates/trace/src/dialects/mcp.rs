//! Model Context Protocol: `mcp.*` and `jsonrpc.*` of a request's client and of its server.
//!
//! Source: `docs/gen-ai/mcp.md` of semantic-conventions 1.39 to 1.41 and of semantic-conventions-genai, where a tool's name, arguments
//! and result stand in GenAI's words; `@sentry/core` 10 (`integrations/mcp-server`), which has words of its own for them; `fastmcp` 4.1,
//! which says beside them where a tool comes from.

use serde_json::{Map, Value};

use super::proposal::{Evidence, Found, KindVote, NAME, Proposal};
use super::switches::Switch;
use super::value;
use crate::json::Json;
use crate::reading::{Kind, Reader, ToolExecution};
use crate::span::{AnyValue, LogRecord};

/// What brings text that is missing: `docs/gen-ai/mcp.md`, "opt-in" attributes.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "MCP",
    "",
    "The convention leaves it to the instrumentation to record a tool's arguments and result when asked to.",
)];

const METHOD: &str = "mcp.method.name";
const RESOURCE: &str = "mcp.resource.uri";
/// What a prompt was filled in with or a tool was given, one attribute for each.
const ARGUMENTS: [&str; 2] = ["gen_ai.prompt.variable.", "mcp.request.argument."];
const TOOL: &str = "mcp.tool.name";
const WHOLE: [&str; 2] = ["mcp.request.argument", "mcp.response.value"];
const RESULT: &str = "mcp.tool.result.content";

/// Reads a span's `mcp.*` attributes.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let method = reader.peek(METHOD).and_then(value::text)?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = match method.as_str() {
        "tools/call" => Kind::Tool,
        "prompts/get" => Kind::Prompt,
        "resources/read" => Kind::Retriever,
        _ => Kind::Rpc,
    };
    let evidence = if kind == Kind::Rpc { Evidence::Protocol } else { Evidence::Operation };
    proposal.kind = Some(KindVote { kind, raw: Some(method), evidence, key: METHOD });
    let resource = || text(reader.get(RESOURCE)).map(|at| Found::new(RESOURCE, at));
    proposal.input.value = arguments(reader).filter(|_| kind == Kind::Prompt).or_else(resource);
    if kind == Kind::Tool {
        proposal.tool = whole(reader).or_else(|| tool(reader));
    }
    let is_whole = proposal.tool.as_ref().is_some_and(|tool| tool.key == WHOLE[0]);
    for (key, _, sent) in ["mcp.", "jsonrpc.", "fastmcp."].into_iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        reader.understand(key);
        let is_read = [RESOURCE, TOOL, RESULT].contains(&key)
            || is_whole && WHOLE.contains(&key)
            || key.starts_with(ARGUMENTS[1]);
        let told = text(Some(sent)).filter(|_| !is_read);
        proposal.metadata.extend(told.map(|sent| (key.to_owned(), sent)));
    }
    Some(proposal)
}

/// The same in OpenLLMetry's (opentelemetry-instrumentation-mcp): the whole request and the whole answer, each as JSON.
fn whole(reader: &Reader<'_>) -> Option<Found<ToolExecution>> {
    let asked = reader.get(WHOLE[0]).and_then(value::document)?;
    let root = asked.root();
    let call = root.get("params").unwrap_or(root);
    let tool = ToolExecution {
        name: Some(call.get("name")?.as_str()?.to_owned()),
        call_id: None,
        arguments: call.get("arguments").map(Json::to_value),
        result: reader.get(WHOLE[1]).and_then(value::of_tool),
    };
    Some(Found::new(WHOLE[0], tool))
}

/// Ids and versions are texts, though they look like numbers.
fn text(sent: Option<&AnyValue>) -> Option<Value> {
    sent.and_then(value::text).map(Value::String)
}

fn arguments(reader: &Reader<'_>) -> Option<Found<Value>> {
    ARGUMENTS.into_iter().find_map(|prefix| {
        let given = reader.with_prefix(prefix).filter_map(|(_, name, sent)| Some((name.to_owned(), text(Some(sent))?)));
        let given: Map<String, Value> = given.collect();
        (!given.is_empty()).then(|| Found::new(prefix.trim_end_matches('.'), Value::Object(given)))
    })
}

/// A tool's execution in Sentry's words: each argument is JSON. The Python SDK (2.0) names the tool in the span's name only, after the
/// method.
fn tool(reader: &Reader<'_>) -> Option<Found<ToolExecution>> {
    let Some(name) = reader.get(TOOL).and_then(value::text) else {
        let (_, name) =
            reader.span.name.split_once("tools/call ").filter(|_| reader.peek("gen_ai.tool.name").is_none())?;
        let tool = ToolExecution { name: Some(name.to_owned()), ..ToolExecution::default() };
        return Some(Found::new(NAME, tool));
    };
    let given = reader.with_prefix(ARGUMENTS[1]);
    let given: Map<String, Value> =
        given.filter_map(|(_, name, sent)| Some((name.to_owned(), value::json(sent)?))).collect();
    let result = reader.get(RESULT).and_then(value::of_tool);
    let arguments = (!given.is_empty()).then_some(Value::Object(given));
    Some(Found::new(TOOL, ToolExecution { name: Some(name), call_id: None, arguments, result }))
}
