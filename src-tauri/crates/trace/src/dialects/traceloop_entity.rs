//! What went into and out of an entity: `traceloop.entity.input` and `.output` of decorated functions and of LangChain's callbacks.

use serde_json::Value;

use super::proposal::{Found, Side};
use super::value;
use crate::reading::{Kind, Part, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, message, text};

/// Returns one side of an entity.
pub(super) fn side(reader: &Reader<'_>, kind: Option<Kind>, side: PayloadSide) -> Side {
    let key = match side {
        PayloadSide::Input => "traceloop.entity.input",
        PayloadSide::Output => "traceloop.entity.output",
    };
    let Some(sent) = reader.get(key).and_then(value::json).map(|sent| inner(sent, side).0) else {
        return Side::default();
    };
    let is_task = !matches!(kind, Some(Kind::Tool | Kind::Retriever | Kind::Embedding | Kind::Reranker));
    let said = if is_task { shapes::read(&sent, side).map(|payload| payload.messages) } else { None };
    match said.filter(|messages| !messages.is_empty()) {
        Some(messages) => Side { messages: Some(Found::new(key, messages)), value: None },
        None => Side { messages: None, value: value::present(sent).map(|sent| Found::new(key, sent)) },
    }
}

/// Returns a tool's own execution. Newer versions repeat it, envelope and all, under the names of GenAI.
pub(super) fn tool(reader: &Reader<'_>) -> Option<Found<ToolExecution>> {
    let said = |keys: &[&'static str], side: PayloadSide| {
        let (key, sent) = keys.iter().copied().find_map(|key| Some((key, reader.get(key).and_then(value::json)?)))?;
        let (sent, call_id) = inner(sent, side);
        Some((key, sent, call_id))
    };
    let asked = said(&["tool.arguments", "traceloop.entity.input", "gen_ai.tool.call.arguments"], PayloadSide::Input);
    let answered = said(&["traceloop.entity.output", "gen_ai.tool.call.result"], PayloadSide::Output);
    let key = asked.as_ref().or(answered.as_ref())?.0;
    let named = |keys: &[&'static str]| value::first_text(reader, keys).map(|(_, name)| name);
    let mut tool = ToolExecution {
        name: named(&["gen_ai.tool.name", "tool.name"]),
        call_id: reader.get("gen_ai.tool.call.id").and_then(value::text),
        ..ToolExecution::default()
    };
    if let Some((_, arguments, call_id)) = asked {
        tool.arguments = Some(text::result(&arguments));
        tool.call_id = tool.call_id.or(call_id);
    }
    if let Some((_, answer, _)) = answered {
        // LangChain's tools answer with a message.
        let said = message::read(&answer, "tool").and_then(|said| said.parts.into_iter().next());
        tool.result = Some(match said {
            Some(Part::ToolResult { id, name, result, .. }) => {
                tool.call_id = tool.call_id.or(id);
                tool.name = tool.name.or(name);
                result
            }
            _ => text::result(&answer),
        });
    }
    // In JavaScript the name of the tool's class.
    tool.name = tool.name.or_else(|| named(&["traceloop.entity.name"]));
    Some(Found::new(key, tool))
}

/// Returns what is inside the envelope a sender wrote around a value, and the id of the call it names.
///
/// Decorators write `{"args": […], "kwargs": {…}}`; LangChain's callbacks `{"inputs": …, "tags": …, "metadata": …, "kwargs": …}`
/// (a tool's also `input_str`, a search's `query`) and `{"outputs": …, "kwargs": …}` (a tool's `output`); JavaScript's LangChain callbacks
/// `{"args": [what went in]}`.
fn inner(sent: Value, side: PayloadSide) -> (Value, Option<String>) {
    let keys: &[&str] = match side {
        PayloadSide::Input => &["inputs", "input_str", "query"],
        PayloadSide::Output => &["outputs", "output"],
    };
    let Value::Object(mut object) = sent else { return (sent, None) };
    if let (1, Some([single])) = (object.len(), object.get("args").and_then(Value::as_array).map(Vec::as_slice)) {
        return (single.clone(), None);
    }
    let beside = |key: &String| keys.contains(&key.as_str()) || matches!(key.as_str(), "tags" | "metadata" | "kwargs");
    if !object.contains_key("kwargs") || !object.keys().all(beside) {
        return (value::called_with(Value::Object(object)), None);
    }
    let call_id = object.get("kwargs").and_then(|kwargs| kwargs.get("tool_call_id")?.as_str().map(str::to_owned));
    let inside = keys.iter().find_map(|key| object.remove(*key).filter(|value| !value.is_null()));
    let inside = inside.map(|inside| shapes::updated(&inside).unwrap_or(inside));
    (inside.unwrap_or_else(|| Value::Object(object)), call_id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn envelopes_are_opened_and_other_objects_kept() {
        let input = |sent: Value| inner(sent, PayloadSide::Input);
        let callback =
            json!({"input_str": "{'a': 1}", "inputs": {"a": 1}, "tags": [], "kwargs": {"tool_call_id": "c"}});
        assert_eq!(input(callback), (json!({"a": 1}), Some("c".into())));
        assert_eq!(input(json!({"args": [], "kwargs": {"a": 1}})).0, json!({"a": 1}));
        assert_eq!(input(json!({"args": ["{}"]})).0, json!("{}"));
        assert_eq!(input(json!({"query": "q", "tags": [], "metadata": {}, "kwargs": {}})).0, json!("q"));
        for kept in [json!({"inputs": 1, "more": 2}), json!({"inputs": 1}), json!({"args": [1], "kwargs": {}})] {
            assert_eq!(input(kept.clone()).0, kept);
        }
    }
}
