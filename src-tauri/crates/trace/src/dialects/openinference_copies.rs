//! What OpenInference's own libraries say a second time, in GenAI's names.
//!
//! Source: openinference-instrumentation 0.1.72 (`_genai_conversion.py`, `OPENINFERENCE_ENABLE_GENAI_SEMCONV`).

use super::merge::Proposals;
use super::proposal::{Proposal, Side};
use crate::span::Span;

/// What the scopes of the convention's own libraries begin with. Its processors leave the scope of the library whose spans they
/// rewrite, which knows more than they do.
const SCOPES: [&str; 2] = ["openinference.instrumentation", "@arizeai/openinference-instrumentation"];

/// Takes the copy out of the proposals where the convention's own attributes tell it: it has no thoughts, and names the model that
/// answered as the one that was asked for.
pub(super) fn leave(span: &Span, proposals: &mut Proposals) {
    let Some(at) = proposals.iter().position(|(name, _)| *name == "openinference") else { return };
    if !SCOPES.iter().any(|scope| span.scope.name.starts_with(scope)) {
        return;
    }
    let Proposal { input, output, model, tools, usage, .. } = &proposals[at].1;
    let is_told = |side: &Side| side.messages.is_some();
    let (input, output, model) = (is_told(input), is_told(output), model.is_some());
    let (tools, usage) = (tools.is_some(), usage.is_some());
    let Some((_, copy)) = proposals.iter_mut().find(|(name, _)| *name == "gen_ai") else { return };
    if input {
        copy.input = Side::default();
    }
    if output {
        copy.output = Side::default();
    }
    copy.tools.take_if(|_| tools);
    copy.usage.take_if(|_| usage);
    if let Some(copied) = copy.model.as_mut().filter(|_| model) {
        copied.value.request = None;
    }
}
