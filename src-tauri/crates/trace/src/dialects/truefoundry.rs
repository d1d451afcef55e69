//! TrueFoundry's AI gateway: `tfy.*`. A request is a span, and the model's call within it another with the same texts and the counts.
//!
//! Source: truefoundry.com "Request Logs: Span Attributes".

use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::value::{self, first_count, first_text};
use crate::reading::{ErrorInfo, Kind, Model, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::LogRecord;
use crate::usage::normal::Counts;

/// What brings text that is missing.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("TrueFoundry AI Gateway", "", "The gateway keeps it back where its logging configuration says so.")];

const PREFIX: &str = "tfy.";
const KIND: &str = "tfy.span_type";
const INPUT: &str = "tfy.input";
const OUTPUT: &str = "tfy.output";
const SESSION: &str = "tfy.request.conversation_id";
const COST: &str = "tfy.model.metric.cost_in_usd";
const COUNTS: [&str; 2] = ["tfy.model.metric.input_tokens", "tfy.model.metric.output_tokens"];
const ERROR: [&str; 2] = ["tfy.error_message", "tfy.error_type"];
const MODEL: [&str; 3] = ["tfy.request.model_name", "tfy.model.fqn", "tfy.model.name"];

/// Reads a span of the gateway's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let word = reader.get(KIND).and_then(value::text)?;
    let kind = match word.as_str() {
        "Model" => Kind::Llm,
        "Embedding" => Kind::Embedding,
        "Rerank" => Kind::Reranker,
        "MCP" => Kind::Tool,
        "AgentResponse" => Kind::Agent,
        "Guardrail" => Kind::Guardrail,
        _ => Kind::Chain,
    };
    let mut proposal = Proposal {
        spoken: true,
        kind: Some(KindVote { kind, raw: Some(word), evidence: Evidence::Own, key: KIND }),
        ..Proposal::default()
    };
    proposal.input = side(reader, INPUT, kind, PayloadSide::Input, &mut proposal);
    proposal.output = side(reader, OUTPUT, kind, PayloadSide::Output, &mut proposal);
    if kind == Kind::Llm || kind == Kind::Embedding {
        let request = first_text(reader, &MODEL);
        proposal.model = request.map(|(key, name)| Found::new(key, Model { request: Some(name), ..Model::default() }));
        let [input, output] = COUNTS.map(|key| first_count(reader, &[key]).map(|(_, count)| count));
        proposal.usage = input.or(output).map(|_| Found::new(COUNTS[0], Counts { input, output, ..Counts::default() }));
        let cost = reader.get(COST).and_then(|cost| value::amount(&cost.to_json()));
        proposal.cost_usd = cost.map(|cost| Found::new(COST, cost));
    }
    if kind == Kind::Tool {
        let named = first_text(reader, &["tfy.mcp.tool.name", "tfy.mcp_tool.name"]);
        let (arguments, result) = (proposal.input.of_tool(), proposal.output.of_tool());
        let tool = ToolExecution { name: named.map(|(_, name)| name), call_id: None, arguments, result };
        proposal.tool = Some(Found::new(INPUT, tool));
    }
    let session = reader.get(SESSION).and_then(value::text);
    proposal.session = session.map(|id| Found::new(SESSION, Session { session_id: Some(id), user_id: None }));
    let [message, kind] = ERROR.map(|key| reader.get(key).and_then(value::text));
    let error = message.map(|message| ErrorInfo { kind, message: Some(message), stacktrace: None });
    proposal.error = error.map(|error| Found::new(ERROR[0], error));
    let read = [KIND, INPUT, OUTPUT, SESSION, COST, COUNTS[0], COUNTS[1], ERROR[0], ERROR[1], MODEL[0]];
    proposal.keep_facts(reader, &[PREFIX], |key, _| read.contains(&key) || key.ends_with("_short_hand"));
    Some(proposal)
}

fn side(reader: &Reader<'_>, key: &'static str, kind: Kind, side: PayloadSide, proposal: &mut Proposal) -> Side {
    let Some(said) = reader.get(key).and_then(value::json) else { return Side::default() };
    let payload = match kind {
        Kind::Llm => shapes::read_call(&said, side),
        Kind::Chain | Kind::Agent => {
            shapes::read(&said, side).map(|payload| shapes::Payload { counts: None, ..payload })
        }
        _ => None,
    };
    proposal.side(key, said, payload)
}
