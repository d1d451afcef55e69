//! Google's Agent Development Kit before 2.0, and beside GenAI's attributes after: `gcp.vertex.agent.*`.
//!
//! Source: google/adk-python `src/google/adk/telemetry`, google/adk-java `telemetry/Tracing.java`, google/adk-go `internal/telemetry`. `{}` is written for "does not apply here" and for content that is not
//! captured. Versions up to 1.16 name the kind of a span only in its name.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Session};
use super::switches::Switch;
use super::{placeholders, value};
use crate::reading::{Kind, Reader, ToolExecution};
use crate::shapes::{self, Side, text};
use crate::span::{AnyValue, LogRecord};
use crate::usage::normal::count;

/// What brings text that is missing: google/adk-python 1.28 and 2.13, `telemetry/tracing.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Google ADK",
    "ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS=true OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_AND_EVENT",
    "The Agent Development Kit keeps it back where the first is false; with the newest conventions the second has to ask for it.",
)];

const PREFIX: &str = "gcp.vertex.agent.";
const REQUEST: &str = "gcp.vertex.agent.llm_request";
const RESPONSE: &str = "gcp.vertex.agent.llm_response";

/// The name of the tool that is none.
pub(super) const MERGED: &str = "(merged tools)";

/// Reads a span's `gcp.vertex.agent.*` attributes, and its name where the library's own scope vouches for it.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let is_own = reader.span.scope.name == "gcp.vertex.agent";
    if !is_own && reader.with_prefix(PREFIX).next().is_none() {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let sent = |key: &str| {
        let is_something = |sent: &Value| sent.as_object().is_none_or(|object| !object.is_empty());
        reader.get(key).and_then(value::json).filter(is_something)
    };
    let (request, response) = (sent(REQUEST), sent(RESPONSE));
    let by_name = kind(reader);
    let kind = by_name.or(request.is_some().then_some(Kind::Llm));
    // A name says less than any attribute does.
    let key = if by_name.is_some() { NAME } else { REQUEST };
    proposal.kind = kind.map(|kind| KindVote { kind, raw: None, evidence: Evidence::Protocol, key });
    // The answers of several tools, each of which has its own span, put together.
    let is_merged = reader.peek("gen_ai.tool.name").and_then(AnyValue::as_str) == Some(MERGED);
    if is_merged {
        let vote = KindVote { kind: Kind::Chain, raw: None, evidence: Evidence::Own, key: "gen_ai.tool.name" };
        proposal.kind = Some(vote);
    }
    if let Some(request) = request {
        read_request(&mut proposal, &request);
    }
    if let Some(payload) = response.as_ref().and_then(answer) {
        proposal.take_payload(RESPONSE, &payload);
        // Versions such as 1.7 write the total where the output belongs; the answer knows better.
        let told = reader.peek("gen_ai.usage.output_tokens").and_then(|told| count(&told.to_json()));
        let counts = payload.counts.filter(|counts| told.is_some() && told == counts.total && told != counts.output);
        proposal.usage = counts.map(|counts| Found::new(RESPONSE, counts));
        proposal.output.messages = Some(Found::new(RESPONSE, payload.messages)).filter(|found| !found.value.is_empty());
    }
    if proposal.output.messages.is_none() {
        proposal.output.value = response.map(|sent| Found::new(RESPONSE, sent));
    }
    let (arguments, result) = (sent("gcp.vertex.agent.tool_call_args"), sent("gcp.vertex.agent.tool_response"));
    let named = reader.span.name.strip_prefix("execute_tool ").map(str::to_owned);
    let is_told_elsewhere = reader.peek("gen_ai.tool.name").is_some() && arguments.is_none() && result.is_none();
    if (kind == Some(Kind::Tool) || arguments.is_some()) && !is_told_elsewhere {
        let tool = ToolExecution {
            name: reader.get("gen_ai.tool.name").and_then(value::text).or(named),
            // The second is ADK's for Java (1.0).
            call_id: value::first_text(reader, &["gen_ai.tool.call.id", "gen_ai.tool_call.id"]).map(|(_, id)| id),
            arguments,
            result: result.map(|result| text::result(&result)).filter(|result| result != "<not serializable>"),
        };
        if is_merged {
            proposal.output.value = tool.result.map(|merged| Found::new("gcp.vertex.agent.tool_response", merged));
        } else {
            proposal.tool = Some(Found::new("gcp.vertex.agent.tool_call_args", tool));
        }
    }
    read_facts(reader, &mut proposal);
    Some(proposal)
}

fn kind(reader: &Reader<'_>) -> Option<Kind> {
    let word = reader.span.name.split([' ', '[']).next().unwrap_or_default();
    match word {
        "call_llm" | "generate_content" => Some(Kind::Llm),
        "execute_tool" => Some(Kind::Tool),
        "agent_run" | "invoke_agent" => Some(Kind::Agent),
        "invocation" | "invoke_workflow" => Some(Kind::Chain),
        "send_data" => Some(Kind::Task),
        _ => None,
    }
}

fn read_request(proposal: &mut Proposal, request: &Value) {
    let payload = shapes::read_call(request, Side::Input).unwrap_or_default();
    proposal.take_payload(REQUEST, &payload);
    proposal.input.messages = Some(Found::new(REQUEST, payload.messages)).filter(|found| !found.value.is_empty());
    if proposal.input.messages.is_none() {
        proposal.input.value = Some(Found::new(REQUEST, request.clone()));
    }
    let config = request.get("config").and_then(Value::as_object);
    let mut parameters: Map<String, Value> = Map::new();
    for (name, sent) in config.into_iter().flatten() {
        let is_said =
            matches!(name.as_str(), "system_instruction" | "systemInstruction" | "tools" | "http_options" | "labels");
        if !is_said && !placeholders::is_placeholder(sent) {
            parameters.insert(canonical(name).to_owned(), sent.clone());
        }
    }
    proposal.parameters = Some(Found::new(REQUEST, parameters)).filter(|found| !found.value.is_empty());
}

/// An answer is one candidate, taken out of its list.
fn answer(response: &Value) -> Option<shapes::Payload> {
    let mut whole = response.as_object()?.clone();
    let candidate: Map<String, Value> =
        ["content", "finish_reason"].iter().filter_map(|key| Some(((*key).to_owned(), whole.remove(*key)?))).collect();
    whole.insert("candidates".to_owned(), Value::Array(vec![Value::Object(candidate)]));
    shapes::read(&Value::Object(whole), Side::Output)
}

fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    let session = reader.get("gcp.vertex.agent.session_id").and_then(value::text);
    proposal.session =
        session.map(|id| Found::new("gcp.vertex.agent.session_id", Session { session_id: Some(id), user_id: None }));
    let read = ["llm_request", "llm_response", "tool_call_args", "tool_response", "session_id"];
    proposal.keep_facts(reader, &[PREFIX], |_, name| read.contains(&name));
}
