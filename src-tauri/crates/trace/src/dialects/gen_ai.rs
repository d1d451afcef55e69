//! OpenTelemetry's GenAI conventions: `gen_ai.*` span attributes of every generation.
//!
//! Source: semantic-conventions 1.26 to 1.41 and semantic-conventions-genai, `docs/gen-ai/gen-ai-spans.md`. Messages are JSON in a
//! text or structured values; both are read. Generations are told apart by their keys, never by a version.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::proposal::{Found, Proposal, Session, Side};
use super::value::{self, first_text};
use super::{gen_ai_extras, gen_ai_facts as facts, gen_ai_kind, google_adk, laminar, openai_items, openlit, strands};
use crate::json::{Document, Json};
use crate::reading::{Kind, Message, Model, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, tools};
use crate::span::{AnyValue, LogRecord};

const REQUEST: &str = "gen_ai.request.";

/// When a server sent the first token: seconds, but milliseconds of Strands'.
pub(super) const FIRST_BY_SERVER: &str = "gen_ai.server.time_to_first_token";

/// What stands where the provider belongs and is none: frameworks, and a word for not knowing.
const FRAMEWORKS: &[&str] = &[
    "strands-agents",
    "langchain",
    "langgraph",
    "gcp.vertex.agent",
    "crewai",
    "litellm",
    "spring_ai",
    "eino",
    "microsoft.agent_framework",
    "az.ai.agents",
    "unknown",
];

/// Reads a span's `gen_ai.*` attributes.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    if reader.with_prefix("gen_ai.").next().is_none() {
        return gen_ai_kind::failed(reader);
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.tool = tool(reader);
    proposal.kind = gen_ai_kind::read(reader, proposal.tool.is_some());
    // On a model's call these keys name the tool it wants called (OpenLIT), which its answer says as well.
    proposal.tool = proposal.tool.filter(|_| proposal.kind.as_ref().is_none_or(|vote| vote.kind != Kind::Llm));
    proposal.model = model(reader);
    read_messages(reader, &mut proposal);
    proposal.parameters = parameters(reader).or(proposal.parameters.take());
    // The second is Azure AI Agents' and Langtrace's.
    proposal.tools = ["gen_ai.tool.definitions", "gen_ai.request.tools"].into_iter().find_map(|key| {
        let offered = tools::definitions(&reader.get(key).and_then(value::document)?);
        (!offered.is_empty()).then(|| Found::new(key, offered))
    });
    proposal.response_id = reader.get("gen_ai.response.id").and_then(value::text);
    proposal.cost_usd = ["gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost", "operation.cost"]
        .iter()
        .find_map(|key| Some(Found::new(*key, value::amount(&reader.get(key)?.to_json())?)))
        .filter(|cost| openlit::knows_prices(reader, cost.value));
    let session = first_text(reader, &["gen_ai.conversation.id", "gen_ai.thread.id"]);
    proposal.session = session.map(|(key, id)| Found::new(key, Session { session_id: Some(id), user_id: None }));
    let first = [
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.client.operation.time_to_first_chunk",
        // vLLM 0.6 to 0.11, `tracing.py`.
        "gen_ai.latency.time_to_first_token",
        // OpenLIT's, and the name of the server's metric.
        "gen_ai.server.ttft",
        FIRST_BY_SERVER,
    ];
    // Of an answer that came whole, OpenLIT says how long all of it took.
    let streams = proposal.parameters.as_ref().and_then(|found| found.value.get("stream")?.as_bool());
    let came_whole = || streams == Some(false);
    let is_first = |key: &&&str| !key.starts_with("gen_ai.server.") || !strands::speaks(reader) && !came_whole();
    proposal.time_to_first_chunk_ns = first.iter().filter(is_first).find_map(|key| {
        let seconds = value::amount(&reader.get(key)?.to_json()).filter(|seconds| *seconds < 1e6)?;
        Some(Found::new(*key, (seconds * 1e9) as u64))
    });
    facts::read(reader, &mut proposal);
    gen_ai_extras::read(reader, &mut proposal);
    Some(proposal)
}

fn model(reader: &Reader<'_>) -> Option<Found<Model>> {
    // Micrometer writes "none" for a name it does not know (LangChain4j "unknown"), azure-ai-inference (1.0) the operation's.
    let system = reader.peek("gen_ai.system").and_then(AnyValue::as_str);
    let unknown = if system == Some("az.ai.inference") { "chat" } else { "none" };
    let named =
        |key: &'static str| reader.get(key).and_then(value::text).filter(|name| name != unknown && name != "unknown");
    let model = Model {
        request: named("gen_ai.request.model"),
        response: named("gen_ai.response.model"),
        provider: ["gen_ai.provider.name", "gen_ai.system"].into_iter().fold(None, |found, key| {
            let named = reader.get(key).and_then(value::text);
            found.or_else(|| named.filter(|name| !FRAMEWORKS.iter().any(|known| known.eq_ignore_ascii_case(name))))
        }),
    };
    let keys = ["gen_ai.request.model", "gen_ai.response.model", "gen_ai.provider.name", "gen_ai.system"];
    let key = keys.into_iter().find(|key| reader.peek(key).is_some())?;
    (model != Model::default()).then(|| Found::new(key, model))
}

/// Messages of the newest generations; a JSON text under `gen_ai.prompt` and `gen_ai.completion` is the first one's.
fn read_messages(reader: &Reader<'_>, proposal: &mut Proposal) {
    const INPUT: [&str; 2] = ["gen_ai.input.messages", "gen_ai.prompt"];
    const OUTPUT: [&str; 2] = ["gen_ai.output.messages", "gen_ai.completion"];
    let calls_model = proposal.kind.as_ref().is_some_and(|vote| vote.kind == Kind::Llm);
    let found = |keys: [&'static str; 2], side: PayloadSide| {
        keys.into_iter()
            .fold(None, |found: Option<(&str, Document<'_>)>, key| {
                let sent = reader.get(key);
                found.or_else(|| Some((key, value::messages(sent?).filter(|sent| !is_empty(sent.root()))?)))
            })
            .map(|(key, sent)| {
                let read = match openlit::written(reader, key).or_else(|| laminar::written(reader, key)) {
                    Some(said) => shapes::read_call(&said, side),
                    None if calls_model => shapes::read_call(&sent, side),
                    None => shapes::read(&sent, side),
                };
                (key, sent, read)
            })
    };
    let instructions = reader.get("gen_ai.system_instructions").and_then(value::document);
    let mut input = Side::default();
    let mut system = instructions.as_ref().map(shapes::content).unwrap_or_default();
    if let Some((key, sent, payload)) = found(INPUT, PayloadSide::Input) {
        match payload {
            Some(mut payload) => {
                openlit::mend(reader, &mut payload.messages);
                openai_items::name_calls(&mut payload.messages);
                shapes::prepend_system(&mut payload.messages, std::mem::take(&mut system));
                input.messages = Some(Found::new(key, payload.messages));
            }
            None => input.value = Some(Found::new(key, sent.root().to_value())),
        }
    }
    if input.messages.is_none() && !system.is_empty() {
        // A plain text beside instructions is what an agent is asked.
        let asked = input.value.take_if(|asked| asked.value.is_string());
        let text = asked.as_ref().and_then(|asked| asked.value.as_str()).unwrap_or_default();
        let mut messages = match shapes::text::parts(text) {
            parts if parts.is_empty() => Vec::new(),
            parts => vec![Message::new("user", parts)],
        };
        shapes::prepend_system(&mut messages, system);
        let key = asked.map_or_else(|| "gen_ai.system_instructions".to_owned(), |asked| asked.key);
        input.messages = Some(Found::new(key, messages));
    }
    proposal.input = input;
    if let Some((key, sent, payload)) = found(OUTPUT, PayloadSide::Output) {
        proposal.finish_reasons = finish_reasons(sent.root());
        match payload {
            Some(mut payload) => {
                openlit::mend(reader, &mut payload.messages);
                openlit::complete(reader, &mut payload.messages);
                proposal.take_payload(key, &payload);
                proposal.output.messages =
                    Some(Found::new(key, payload.messages)).filter(|found| !found.value.is_empty());
            }
            None => proposal.output.value = Some(Found::new(key, sent.root().to_value())),
        }
    }
    if proposal.output.messages.is_none() && calls_model {
        let called = openlit::calls(reader);
        proposal.output.messages = called.map(|called| Found::new("gen_ai.tool.call.id", vec![called]));
    }
    let told = ["gen_ai.response.finish_reasons", "gen_ai.response.finish_reason", "anthropic.message.stop_reason"];
    if let Some(reasons) =
        told.iter().find_map(|key| reader.get(key).map(value::texts)).filter(|reasons| !reasons.is_empty())
    {
        proposal.finish_reasons = reasons;
    }
}

/// A list without messages tells nothing, and what an older key beside it says is not hidden by it.
fn is_empty(said: Json<'_>) -> bool {
    said.as_array().is_some_and(|list| list.is_empty())
}

/// Each output message is a choice and says why it ended (deprecated in favour of an attribute of the span).
pub(super) fn finish_reasons(messages: Json<'_>) -> Vec<String> {
    let one = Some(messages).filter(|one| one.is_object());
    let messages = messages.as_array().into_iter().flatten().chain(one);
    let reasons = messages.filter_map(|message| message.get("finish_reason")?.as_str());
    reasons.filter(|reason| !reason.is_empty()).map(str::to_owned).collect()
}

fn tool(reader: &Reader<'_>) -> Option<Found<ToolExecution>> {
    let said = |keys: &[&str]| {
        keys.iter().fold(None, |found, key| {
            let sent = reader.get(key);
            found.or_else(|| sent.and_then(value::of_tool))
        })
    };
    let tool = ToolExecution {
        name: reader.get("gen_ai.tool.name").and_then(value::text),
        // Google's ADK (1.0 to 2.13) writes so of a tool that failed.
        call_id: reader.get("gen_ai.tool.call.id").and_then(value::text).filter(|id| id != "<not specified>"),
        // The last two are Axiom's AI SDK's (`otel/semconv/attributes.ts`).
        arguments: said(&["gen_ai.tool.call.arguments", "gen_ai.tool.args", "gen_ai.tool.arguments"])
            .or_else(|| called_with(reader)),
        result: said(&[
            "gen_ai.tool.call.result",
            "gen_ai.tool.output",
            "code.function.return.value",
            "gen_ai.tool.message",
        ]),
    };
    let is_one = tool != ToolExecution::default() && tool.name.as_deref() != Some(google_adk::MERGED);
    is_one.then(|| Found::new("gen_ai.tool.name", tool))
}

/// Returns what a function that is a tool is called with, argument by argument (opentelemetry-instrumentation-google-genai 0.4 on,
/// `tool_call_wrapper.py`).
fn called_with(reader: &Reader<'_>) -> Option<Value> {
    let sent = reader.with_prefix("code.function.parameters.").filter_map(|(key, name, sent)| {
        reader.understand(key);
        Some((name.strip_suffix(".value")?.to_owned(), value::of_tool(sent)?))
    });
    let arguments: Map<String, Value> = sent.collect();
    (!arguments.is_empty()).then_some(Value::Object(arguments))
}

/// Returns the call's parameters under `gen_ai.request.` and its like.
pub(super) fn parameters(reader: &Reader<'_>) -> Option<Found<Map<String, Value>>> {
    let mut parameters = Map::new();
    // Other names below `openai.request.` are another convention's.
    let prefixes = [REQUEST, "gen_ai.openai.request.", "openai.request.service_tier"];
    for (key, name, sent) in prefixes.into_iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        reader.understand(key);
        let name = if name.is_empty() { "service_tier" } else { name };
        // What Sentry, Langtrace and traceAI put here beside the parameters is none of them.
        let is_said =
            matches!(name, "model" | "available_tools" | "messages" | "tools" | "tool_results" | "parameters");
        if is_said || name.starts_with("function.") {
            continue;
        }
        // Ax (14 to 24) writes so of each that was not given.
        if let Some(sent) = value::json(sent).filter(|sent| sent != "Not set") {
            parameters.insert(canonical(name).to_owned(), sent);
        }
    }
    if let Some(format) = reader.get("gen_ai.output.type").and_then(value::text) {
        parameters.insert("output_type".to_owned(), Value::String(format));
    }
    (!parameters.is_empty()).then(|| Found::new("gen_ai.request", parameters))
}
