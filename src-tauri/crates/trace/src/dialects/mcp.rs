//! Model Context Protocol: `mcp.*` and `jsonrpc.*` of a request's client and of its server.
//!
//! Source: `docs/gen-ai/mcp.md` of semantic-conventions 1.39 to 1.41 and of semantic-conventions-genai. A tool's name, arguments and
//! result stand in GenAI's words.

use serde_json::{Map, Value};

use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Reader};
use crate::span::{AnyValue, LogRecord};

/// What brings text that is missing: `docs/gen-ai/mcp.md`, "opt-in" attributes.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "MCP",
    "",
    "The convention leaves it to the instrumentation to record a tool's arguments and result when asked to.",
)];

const METHOD: &str = "mcp.method.name";
const RESOURCE: &str = "mcp.resource.uri";
const VARIABLES: &str = "gen_ai.prompt.variable.";

/// Reads a span's `mcp.*` attributes.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Proposal {
    let Some(method) = reader.peek(METHOD).and_then(value::text) else { return Proposal::default() };
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = match method.as_str() {
        "tools/call" => Kind::Tool,
        "prompts/get" => Kind::Prompt,
        "resources/read" => Kind::Retriever,
        _ => Kind::Rpc,
    };
    let evidence = if kind == Kind::Rpc { Evidence::Protocol } else { Evidence::Operation };
    proposal.kind = Some(KindVote { kind, raw: Some(method), evidence, key: METHOD });
    proposal.input = match kind {
        Kind::Prompt => variables(reader),
        _ => Side { messages: None, value: text(reader.get(RESOURCE)).map(|at| Found::new(RESOURCE, at)) },
    };
    for (key, _, sent) in ["mcp.", "jsonrpc."].into_iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        reader.understand(key);
        let told = text(Some(sent)).filter(|_| key != RESOURCE);
        proposal.metadata.extend(told.map(|sent| (key.to_owned(), sent)));
    }
    proposal
}

/// Ids and versions are texts, though they look like numbers.
fn text(sent: Option<&AnyValue>) -> Option<Value> {
    sent.and_then(value::text).map(Value::String)
}

/// What a prompt was filled in with.
fn variables(reader: &Reader<'_>) -> Side {
    let given = reader.with_prefix(VARIABLES).filter_map(|(_, name, sent)| Some((name.to_owned(), text(Some(sent))?)));
    let given: Map<String, Value> = given.collect();
    let value = (!given.is_empty()).then(|| Found::new(VARIABLES.trim_end_matches('.'), Value::Object(given)));
    Side { messages: None, value }
}
