//! What senders write in the place of what may not be told: not something that was said, so not shown as it.

use serde_json::Value;

use super::switches;
use crate::reading::{Message, Part, Reading, WhyBlank};
use crate::span::Span;

/// The marks: OpenInference (openinference-instrumentation 0.1 `config.py`), LiteLLM, Claude Code and Codex ("Monitoring" of both),
/// Google's ADK (`telemetry`), and programs of their own.
const MARKS: [&str; 7] = ["__REDACTED__", LITELLM, "<REDACTED>", "[REDACTED]", "REDACTED", "[redacted]", "<elided>"];

/// `litellm_core_utils/redact_messages.py` of LiteLLM 1.83.0.
const LITELLM: &str = "redacted-by-litellm";

/// How Logfire begins what it puts instead (logfire 4 `_internal/scrubbing.py`); the reason and a bracket follow.
const SCRUBBED: &str = "[Scrubbed due to ";

/// Takes the sides that hold nothing but marks out of a reading, and says why they are blank.
///
/// A side in which anything else was said stays as it is, marks included.
pub(super) fn take(span: &Span, reading: &mut Reading) {
    let input = taken(&mut reading.input.messages, &mut reading.input.value);
    let output = taken(&mut reading.output.messages, &mut reading.output.value);
    if let Some(tool) = &mut reading.tool {
        for side in [&mut tool.arguments, &mut tool.result] {
            let is_hidden = side.as_ref().and_then(mark).is_some();
            *side = side.take().filter(|_| !is_hidden);
        }
    }
    let Some(mark) = input.as_ref().or(output.as_ref()) else { return };
    let (library, set) = match mark.as_str() {
        LITELLM => ("LiteLLM", "litellm.turn_off_message_logging = False"),
        mark if mark.starts_with(SCRUBBED) => ("Logfire", "logfire.configure(scrubbing=False)"),
        _ => switches::switch(span, reading).map_or(("the sender", ""), |switch| (switch.library, switch.set)),
    };
    reading.why_blank = Some(Box::new(WhyBlank {
        input: input.is_some(),
        output: output.is_some(),
        library: library.to_owned(),
        why: format!("It was hidden before it was sent: `{mark}` stands in its place."),
        set: Some(set.to_owned()).filter(|set| !set.is_empty()),
    }));
}

/// Returns the mark that was all there was of a side.
fn taken(messages: &mut Option<Vec<Message>>, value: &mut Option<Value>) -> Option<String> {
    if let Some(found) = value.as_ref().and_then(mark).map(str::to_owned) {
        *value = None;
        return Some(found);
    }
    let parts = || messages.iter().flatten().flat_map(|message| &message.parts);
    let hidden = |part: &Part| match part {
        Part::Text { text } | Part::Reasoning { text } => is_mark(text),
        _ => false,
    };
    let found = match parts().next() {
        Some(Part::Text { text } | Part::Reasoning { text }) if parts().all(hidden) => text.trim().to_owned(),
        _ => return None,
    };
    *messages = None;
    Some(found)
}

fn mark(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| is_mark(text)).map(str::trim)
}

fn is_mark(text: &str) -> bool {
    let text = text.trim();
    MARKS.contains(&text) || (text.starts_with(SCRUBBED) && text.ends_with(']') && text.len() < 100)
}
