//! What went wrong in a trace and no block of its transcript says.

use std::collections::BTreeSet;

use spanglass_trace::reading::ErrorInfo;
use spanglass_trace::views::ReadTrace;
use spanglass_trace::views::conversation::{Block, Conversation, PartView};

use super::word;

/// How many failures are told, at most.
const MOST: usize = 20;

/// A stack trace longer than this tells where and not what.
const SHORT: usize = 300;

/// Returns a line for each failure that the transcript does not draw and that says something it does not say.
pub(super) fn not_drawn(trace: &ReadTrace, conversation: &Conversation) -> Vec<String> {
    let (drawn, mut said) = drawn(conversation);
    let mut lines = Vec::new();
    for read in trace.spans.iter().filter(|read| !drawn.contains(read.span.span_id.to_string().as_str())) {
        let Some(error) = read.error() else { continue };
        let message = error.message.as_deref().unwrap_or_default();
        // A wrapper often fails without a word of its own.
        let is_silent = message.is_empty() && error.kind.is_none();
        if is_silent && !said.is_empty() || !message.is_empty() && said.iter().any(|said| said.contains(message)) {
            continue;
        }
        let words = in_words(&error);
        lines.push(format!("✗ {} {} {}: {words}", read.span.span_id, word(&read.reading.kind), read.span.name));
        said.push(words);
    }
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    lines.extend((more > 0).then(|| format!("✗ and {more} more")));
    lines
}

/// Returns the spans whose failure is drawn, and what is said of failures.
fn drawn(conversation: &Conversation) -> (BTreeSet<&str>, Vec<String>) {
    let (mut drawn, mut said) = (BTreeSet::new(), Vec::new());
    for block in &conversation.blocks {
        drawn.insert(block.span_id());
        match block {
            Block::Scope { error, .. } | Block::Step { error, .. } => said.extend(error.as_ref().map(in_words)),
            Block::Call { error, input, output, .. } => {
                said.extend(error.as_ref().map(in_words));
                for part in input.iter().chain(output).flat_map(|message| &message.parts) {
                    let PartView::Call { call } = part else { continue };
                    let is_told = call.error.is_some() || call.is_error == Some(true);
                    drawn.extend(call.executed_by.as_deref().filter(|_| is_told));
                    said.extend(call.error.clone());
                    said.extend(call.result.as_ref().filter(|_| is_told).map(super::plain));
                }
            }
        }
    }
    (drawn, said)
}

/// Returns what went wrong: class and message, and the stack trace where it is a line that says more; some libraries put the reason
/// there (the OpenAI Agents SDK: `data` of an error, as JSON).
pub(super) fn in_words(error: &ErrorInfo) -> String {
    let kind = error.kind.as_deref().unwrap_or("error");
    let message = error.message.as_deref().unwrap_or_default();
    let reason = reason(error).map(|reason| format!(" ({reason})")).unwrap_or_default();
    let message = format!("{message}{reason}");
    if message.is_empty() { kind.to_owned() } else { format!("{kind}: {message}") }
}

/// Returns a stack trace that is a short line which the message does not say.
pub(super) fn reason(error: &ErrorInfo) -> Option<&str> {
    let said = error.message.as_deref().unwrap_or_default();
    error.stacktrace.as_deref().map(str::trim).filter(|reason| {
        !reason.is_empty() && reason.len() <= SHORT && !reason.contains('\n') && !said.contains(reason)
    })
}
