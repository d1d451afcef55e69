//! Letta: a span for each request to a model, with the provider's own request and answer in two events.
//!
//! Source: letta 0.6 to 0.16, `otel/tracing.py` and `llm_api/llm_client_base.py`. Each field of the two is an attribute of its event,
//! and whatever is not a text, number or truth value is written as Python does.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use crate::reading::{Kind, Model, Reader};
use crate::shapes::{self, Side as PayloadSide, python};
use crate::span::{Event, LogRecord};

/// What brings text that is missing.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Letta", "", "Letta tells what went to a model and came back unless the answer was streamed.")];

const SENT: &str = "llm_request_sent";
const RECEIVED: &str = "llm_response_received";

/// Reads the two events.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let of = |name: &str| reader.span.events.iter().find(|event| event.name == name).map(fields);
    let sent = of(SENT)?;
    let mut proposal = Proposal {
        spoken: true,
        kind: Some(KindVote { kind: Kind::Llm, raw: None, evidence: Evidence::Own, key: SENT }),
        ..Proposal::default()
    };
    let named = |of: &Value| of.get("model").and_then(Value::as_str).map(str::to_owned);
    let mut model = Model { request: named(&sent), ..Model::default() };
    proposal.input = side(SENT, &sent, PayloadSide::Input, &mut proposal);
    if let Some(received) = of(RECEIVED) {
        model.response = named(&received);
        proposal.output = side(RECEIVED, &received, PayloadSide::Output, &mut proposal);
    }
    proposal.model = Some(Found::new(SENT, model));
    proposal.parameters = Some(Found::new(SENT, parameters(sent)));
    Some(proposal)
}

fn fields(event: &Event) -> Value {
    let read = |sent: &Value| sent.as_str().and_then(python::repr);
    let fields = event.attributes.iter().map(|(key, sent)| {
        let sent = sent.to_json();
        (key.clone(), read(&sent).unwrap_or(sent))
    });
    Value::Object(fields.filter(|(_, sent)| sent.as_str() != Some("None")).collect())
}

fn side(key: &'static str, said: &Value, side: PayloadSide, proposal: &mut Proposal) -> Side {
    let payload = shapes::read_call(said, side);
    proposal.side(key, said.clone(), payload)
}

/// What a request asks for beside what it says.
fn parameters(request: Value) -> Map<String, Value> {
    const SAID: [&str; 7] = ["model", "messages", "input", "instructions", "system", "contents", "tools"];
    let Value::Object(fields) = request else { return Map::new() };
    let said = |name: &str| SAID.contains(&name) || name == "system_instruction";
    fields.into_iter().filter(|(name, _)| !said(name)).map(|(name, sent)| (canonical(&name).to_owned(), sent)).collect()
}
