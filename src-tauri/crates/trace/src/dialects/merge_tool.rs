//! A tool's own execution from what all dialects propose.

use serde_json::Value;

use super::merge::{Proposals, sorted, take_best};
use super::precedence::TOOL;
use crate::reading::{FieldGroup, Kind, Message, Part, Reading};
use crate::shapes::{message, python};

/// An execution is one dialect's; what it was given and what it answered may stand under another's keys.
pub(super) fn merge_tool(reading: &mut Reading, proposals: &mut Proposals) {
    let Some((source, mut tool)) = take_best(proposals, TOOL, |found| &mut found.tool, |_| 0) else { return };
    for (_, other) in sorted(proposals, TOOL, |found| found.tool.as_ref()) {
        tool.call_id = tool.call_id.or_else(|| other.call_id.clone());
        tool.arguments = tool.arguments.or_else(|| other.arguments.clone());
        tool.result = tool.result.or_else(|| other.result.clone());
    }
    if let Some((result, id)) = tool.result.as_ref().and_then(message::tool_answer) {
        tool.result = Some(result);
        tool.call_id = tool.call_id.or(id);
    }
    // LangChain tells its callbacks Python's `str` of what a tool is given.
    if let Some(given @ Value::Object(_)) = tool.arguments.as_ref().and_then(Value::as_str).and_then(python::repr) {
        tool.arguments = Some(given);
    }
    if reading.kind == Kind::Tool {
        tool.arguments = tool.arguments.or_else(|| told_as_message(reading, FieldGroup::Input));
        tool.result = tool.result.or_else(|| told_as_message(reading, FieldGroup::Output));
    }
    reading.tool = Some(tool);
    reading.sources.insert(FieldGroup::Tool, source);
}

/// Takes what a tool was given, or what it answered, out of the lone message of the tool's in which TanStack AI tells either.
fn told_as_message(reading: &mut Reading, side: FieldGroup) -> Option<Value> {
    let messages = match side {
        FieldGroup::Input => &mut reading.input.messages,
        _ => &mut reading.output.messages,
    };
    let [Message { role, parts, .. }] = messages.as_deref()? else { return None };
    let [Part::ToolResult { id: None, result, .. }] = parts.as_slice() else { return None };
    let told = (role == "tool").then(|| result.clone())?;
    *messages = None;
    reading.sources.remove(&side);
    Some(told).filter(|told| !told.is_null())
}
