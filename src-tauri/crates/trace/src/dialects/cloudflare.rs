//! Cloudflare's AI Gateway, and programs that send to Braintrust by hand: the provider's request and answer as JSON in a text each.
//!
//! Source: developers.cloudflare.com "AI Gateway, OpenTelemetry", and Braintrust's "OpenTelemetry attributes", which read the same two.

use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Model, Reader};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::LogRecord;

/// What brings text that is missing.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Cloudflare AI Gateway", "", "The gateway sends what was said where its logs keep payloads.")];

const ASKED: &str = "gen_ai.prompt_json";
const ANSWERED: &str = "gen_ai.completion_json";
const PROVIDER: &str = "gen_ai.model.provider";

/// Reads the request, the answer and who gave it.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let provider = reader.get(PROVIDER).and_then(value::text);
    let (asked, answered) = (reader.get(ASKED).and_then(value::json), reader.get(ANSWERED).and_then(value::json));
    if provider.is_none() && asked.is_none() && answered.is_none() {
        return None;
    }
    let mut proposal = Proposal {
        spoken: true,
        kind: Some(KindVote { kind: Kind::Llm, raw: None, evidence: Evidence::ModelKeys, key: ASKED }),
        model: provider.map(|name| Found::new(PROVIDER, Model { provider: Some(name), ..Model::default() })),
        ..Proposal::default()
    };
    let mut side = |key: &'static str, said: Option<serde_json::Value>, side: PayloadSide| {
        let said = said?;
        let payload = shapes::read_call(&said, side);
        if let Some(answer) =
            payload.as_ref().and_then(|payload| payload.model.clone()).filter(|_| side == PayloadSide::Output)
        {
            proposal.model.get_or_insert_with(|| Found::new(key, Model::default())).value.response = Some(answer);
        }
        Some(proposal.side(key, said, payload))
    };
    let input = side(ASKED, asked, PayloadSide::Input);
    let output = side(ANSWERED, answered, PayloadSide::Output);
    (proposal.input, proposal.output) = (input.unwrap_or_default(), output.unwrap_or_default());
    Some(proposal)
}
