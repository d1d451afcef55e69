//! The call of a model's endpoint that OpenLLMetry records as an entity without a kind: the body of the request and of the answer, in
//! whatever format the model behind it speaks.
//!
//! Source: `opentelemetry-instrumentation-sagemaker` 0.20 to 0.62, `span_utils.py`.

use super::proposal::{Found, Proposal};
use super::traceloop::ENTITY_KIND;
use super::value;
use crate::reading::Reader;
use crate::shapes::{self, Side};

/// Reads it, where the span is such a call.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    if reader.peek(ENTITY_KIND).is_some() || reader.peek("gen_ai.request.model").is_none() {
        return;
    }
    for (key, side) in [("traceloop.entity.input", Side::Input), ("traceloop.entity.output", Side::Output)] {
        let Some(sent) = reader.get(key).and_then(value::json) else { continue };
        let Some(payload) = shapes::read_call(&sent, side) else { continue };
        proposal.take_payload(key, &payload);
        let said = match side {
            Side::Input => &mut proposal.input,
            Side::Output => &mut proposal.output,
        };
        if said.messages.is_none() && !payload.messages.is_empty() {
            said.messages = Some(Found::new(key, payload.messages));
            said.value = None;
        }
    }
}
