//! What is said in a step, piece by piece.

use serde_json::Value;

use super::ComparedPart;
use crate::reading::{Media, Message, Part, Reading};

/// A piece of what was said, and of which sort it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) what: String,
    pub(super) text: String,
}

impl Piece {
    /// Returns its sort, and of a tool call the tool: what one tool was given is not compared with what another was.
    pub(super) fn sort(&self) -> (&str, &str) {
        let tool = if self.what == TOOL_CALL { self.text.split('(').next().unwrap_or_default() } else { "" };
        (&self.what, tool)
    }

    /// Returns where it is looked for.
    pub(super) fn part(&self) -> ComparedPart {
        match self.what.as_str() {
            TOOL_CALL | TOOL_RESULT | ARGUMENTS | RESULT => ComparedPart::Tools,
            ASSISTANT | REASONING | REFUSAL | OUTPUT => ComparedPart::Answers,
            _ => ComparedPart::Prompts,
        }
    }
}

const TOOL_CALL: &str = "tool call";
const TOOL_RESULT: &str = "tool result";
const ARGUMENTS: &str = "arguments";
const RESULT: &str = "result";
const OUTPUT: &str = "output";
const REASONING: &str = "reasoning";
const REFUSAL: &str = "refusal";
/// The role of a model.
const ASSISTANT: &str = "assistant";

/// Returns the pieces of a step, what went in first.
pub(super) fn pieces(reading: &Reading) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut add = |what: &str, text: String| {
        if !text.is_empty() {
            found.push(Piece { what: what.to_owned(), text });
        }
    };
    let messages = |messages: &Option<Vec<Message>>, add: &mut dyn FnMut(&str, String)| {
        for message in messages.iter().flatten() {
            message.parts.iter().for_each(|part| of_part(&message.role, part, add));
        }
    };
    messages(&reading.input.messages, &mut add);
    let tool = reading.tool.as_ref();
    let arguments = tool.and_then(|tool| tool.arguments.as_ref());
    let result = tool.and_then(|tool| tool.result.as_ref());
    if let Some(arguments) = arguments {
        add(ARGUMENTS, written(arguments));
    }
    // A tool's arguments and result are often recorded as what went in and came out, too.
    if let Some(value) = reading.input.value.as_ref().filter(|value| Some(*value) != arguments) {
        add("input", written(value));
    }
    messages(&reading.output.messages, &mut add);
    if let Some(result) = result {
        add(RESULT, written(result));
    }
    if let Some(value) = reading.output.value.as_ref().filter(|value| Some(*value) != result) {
        add(OUTPUT, written(value));
    }
    for document in &reading.documents {
        add("document", document.content.clone().or_else(|| document.id.clone()).unwrap_or_default());
    }
    found
}

fn of_part(role: &str, part: &Part, add: &mut dyn FnMut(&str, String)) {
    match part {
        Part::Text { text } => add(role, text.clone()),
        Part::Reasoning { text } => add(REASONING, text.clone()),
        Part::Refusal { text } => add(REFUSAL, text.clone()),
        // Ids are another trace's own.
        Part::ToolCall { name, arguments, .. } => {
            add(TOOL_CALL, format!("{}({})", name.as_deref().unwrap_or("?"), written(arguments)));
        }
        Part::ToolResult { result, .. } => add(TOOL_RESULT, written(result)),
        Part::Image(media) => add("image", of_media(media)),
        Part::Audio(media) => add("audio", of_media(media)),
        Part::Video(media) => add("video", of_media(media)),
        Part::File(media) => add("file", of_media(media)),
        Part::Json { value } => add(role, written(value)),
    }
}

fn of_media(media: &Media) -> String {
    let uri = media.uri.as_deref().filter(|uri| !uri.starts_with("data:"));
    let known = [media.mime.as_deref(), media.sha256.as_deref(), uri, media.transcript.as_deref()];
    known.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// JSON is compared line by line as people write it.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}
