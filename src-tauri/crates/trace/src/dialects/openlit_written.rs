//! How OpenLIT writes a conversation as one text (before its version 1.40): a line per role, the parts of a list behind their types.
//!
//! Source: `openlit/__helpers.py` and `openlit/instrumentation/*/utils.py` of OpenLIT 1.30 to 1.36.

use serde_json::{Value, json};

use crate::shapes::python;

/// Returns the messages of a conversation; `None` where a text is nothing that OpenLIT writes.
pub(super) fn conversation(text: &str) -> Option<Value> {
    messages(text).or_else(|| Some(json!([{"role": "user", "content": listed(text)?}])))
}

/// Returns the messages of a text whose lines begin with a role; a line without one goes on with what the last one said.
fn messages(text: &str) -> Option<Value> {
    const ROLES: [&str; 6] = ["system", "developer", "user", "assistant", "tool", "model"];
    let mut said: Vec<(&str, String)> = Vec::new();
    for line in text.split('\n') {
        match line.split_once(": ").filter(|(role, _)| ROLES.contains(role)) {
            Some((role, rest)) => said.push((role, rest.to_owned())),
            None => {
                let (_, last) = said.last_mut()?;
                last.push('\n');
                last.push_str(line);
            }
        }
    }
    // A message without content (OpenAI's that only calls) has the list of all of them instead.
    let is_message = |item: &Value| item.get("role").is_some();
    // The Responses API has items without a role beside them.
    let is_item = |item: &Value| is_message(item) || item.get("type").is_some();
    let is_all =
        |list: &Value| list.as_array().is_some_and(|list| list.iter().any(is_message) && list.iter().all(is_item));
    if let Some(all) = said.iter().rev().filter_map(|(_, content)| python::repr(content)).find(is_all) {
        return Some(all);
    }
    Some(said.into_iter().map(|(role, content)| json!({"role": role, "content": parts(content)})).collect())
}

/// What may stand before a part's text: OpenAI's types of parts, and the fields of Gemini's.
const PARTS: [&str; 10] = [
    "text",
    "image_url",
    "function_call",
    "function_response",
    "video_metadata",
    "thought",
    "code_execution_result",
    "executable_code",
    "file_data",
    "inline_data",
];

/// Returns the parts of a content that was a list: each behind its type, with commas between.
fn parts(content: String) -> Value {
    let typed = |text: &str| {
        let (kind, _) = text.split_once(": ")?;
        PARTS.into_iter().find(|part| *part == kind)
    };
    if typed(&content).is_none() {
        return content.into();
    }
    let ends = content.match_indices(", ").filter(|(at, comma)| typed(&content[at + comma.len()..]).is_some());
    let mut starts = vec![0];
    starts.extend(ends.map(|(at, comma)| at + comma.len()));
    let parts = starts.iter().enumerate().filter_map(|(index, start)| {
        let end = starts.get(index + 1).map_or(content.len(), |next| next - ", ".len());
        let (kind, said) = content[*start..end].split_once(": ")?;
        Some(part(kind, said))
    });
    parts.collect()
}

fn part(kind: &str, said: &str) -> Value {
    let fields = || python::fields(said).map(Value::Object);
    match kind {
        "image_url" => json!({"type": "image_url", "image_url": python::repr(said).unwrap_or_else(|| said.into())}),
        "function_call" => fields().map_or_else(|| said.into(), |call| json!({"functionCall": call})),
        "function_response" => fields().map_or_else(|| said.into(), |answer| json!({"functionResponse": answer})),
        "text" => json!({"type": "text", "text": said}),
        kind => json!({"type": "text", "text": format!("{kind}: {said}")}),
    }
}

/// Returns the parts of a content that is the `repr` of a list of Anthropic's blocks without its brackets
/// (`openlit/__helpers.py`, `concatenate_all_contents`), or of a list of texts and google-genai's `Part`s.
pub(super) fn listed(text: &str) -> Option<Value> {
    if text.starts_with("{'type': ") {
        return python::repr(&format!("[{text}]"));
    }
    (text.starts_with('[') && text.contains("Part(")).then(|| python::repr(text))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_with_roles_or_go_on() {
        let said = messages("system: Be brief.\nuser: One\ntwo: three");
        let wanted =
            json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "One\ntwo: three"}]);
        assert_eq!(said, Some(wanted));
        assert_eq!(messages("Write a poem.\nuser: now"), None);
    }

    #[test]
    fn parts_stand_behind_their_types() {
        let said = messages(
            "user: text: One, two, image_url: {'url': 'https://a.b/c.png'}\nmodel: function_call: id=None args={'a': 1} name='f'",
        );
        let wanted = json!([
            {"role": "user", "content": [
                {"type": "text", "text": "One, two"},
                {"type": "image_url", "image_url": {"url": "https://a.b/c.png"}},
            ]},
            {"role": "model", "content": [{"functionCall": {"id": null, "args": {"a": 1}, "name": "f"}}]},
        ]);
        assert_eq!(said, Some(wanted));
        assert_eq!(parts("none: here".to_owned()), json!("none: here"));
    }

    #[test]
    fn lists_are_contents() {
        let wanted = json!([{"type": "text", "text": "Hi"}, {"type": "image", "source": {}}]);
        assert_eq!(listed("{'type': 'text', 'text': 'Hi'}, {'type': 'image', 'source': {}}"), Some(wanted));
        assert_eq!(listed("['Hi', Part(text=None)]"), Some(json!(["Hi", {"text": null}])));
        assert_eq!(listed("{'kind': 1}"), None);
        assert_eq!(listed("[a list]"), None);
    }
}
