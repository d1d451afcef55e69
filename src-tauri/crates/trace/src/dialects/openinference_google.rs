//! Google's clients that call functions themselves: OpenInference has one span for all of it, which ends as the last call does.
//!
//! Source: openinference-instrumentation-google-genai 1.4.14; google-genai 1.75, `GenerateContentResponse`.

use super::proposal::Proposal;
use super::value;
use crate::reading::{Part, Reader};
use crate::shapes;

const ANSWER: &str = "output.value";

/// Adds to what went in the calls on the way and what the functions answered, which stand beside the answer. Counts, finish reason
/// and answer are the last call's, to which those were sent; that they are listed before the answer, too, is no call of it.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    let Some(asked) = proposal.input.messages.as_mut() else { return };
    let sent = reader.peek(ANSWER).filter(|sent| {
        let words = ["automatic_function_calling_history", "automaticFunctionCallingHistory"];
        sent.as_str().is_some_and(|text| words.iter().any(|word| text.contains(word)))
    });
    let Some(answer) = sent.and_then(value::document) else { return };
    let mut before = shapes::called_before(answer.root());
    before.retain(|message| !asked.value.contains(message));
    let called = |part: &Part| before.iter().any(|message| message.parts.contains(part));
    if let Some(answered) = proposal.output.messages.as_mut().filter(|answered| answered.value.len() > 1) {
        answered.value.retain(|message| !message.parts.iter().all(called));
    }
    asked.value.extend(before);
}
