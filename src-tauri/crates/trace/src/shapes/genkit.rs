//! Genkit's own requests and answers: parts without a type word, told apart by their one key.
//!
//! Source: genkit-ai/genkit `js/ai/src/model-types.ts` (`GenerateRequest`, `GenerateResponse`, `Part`), the same in Go and Python.

use super::{Payload, Side, any, content, media, message, settle, string, tool_call, tool_result, tools};
use crate::json::{AsJson, Json, Object};
use crate::reading::Part;
use crate::usage::normal::{Counts, count};

/// Reads a model's request or answer.
pub fn read(value: impl AsJson, side: Side) -> Option<Payload> {
    value.with(|value| of(value.as_object()?, side))
}

fn of(object: Object<'_>, side: Side) -> Option<Payload> {
    let payload = match side {
        Side::Input => request(object),
        Side::Output => answer(object),
    };
    payload.map(|payload| Payload { messages: settle::settle(payload.messages), ..payload })
}

fn request(object: Object<'_>) -> Option<Payload> {
    let mut messages = message::all(object.get("messages")?, "user")?;
    if let Some(system) = any(object, &["system"]) {
        settle::prepend_system(&mut messages, content::read(system));
    }
    // The function around a model's call names its tools only by reference.
    let offered = any(object, &["tools"]).and_then(Json::as_array).into_iter().flatten();
    let offered = tools::all(offered.filter(|tool| tool.is_object()));
    let model = any(object, &["model"])
        .and_then(|model| model.as_str().map(str::to_owned).or_else(|| string(model.as_object()?, "name")));
    Some(Payload { messages, tools: offered, model, ..Payload::default() })
}

fn answer(object: Object<'_>) -> Option<Payload> {
    // The first versions answered with a list of candidates.
    let candidates: Vec<Object<'_>> = match object.get("candidates").and_then(Json::as_array) {
        Some(list) => list.filter_map(Json::as_object).collect(),
        None => vec![object],
    };
    let messages: Vec<_> =
        candidates.iter().filter_map(|candidate| message::read(candidate.get("message")?, "assistant")).collect();
    let counts = object.get("usage").and_then(counts);
    let reasons: Vec<String> = candidates.iter().filter_map(|candidate| string(*candidate, "finishReason")).collect();
    if messages.is_empty() && counts.is_none() && reasons.is_empty() {
        return None;
    }
    // The provider's own answer is kept whole beside Genkit's.
    let own = any(object, &["raw", "custom"]).and_then(|own| super::read(own, Side::Output)).unwrap_or_default();
    Some(Payload {
        messages,
        finish_reasons: if own.finish_reasons.is_empty() { reasons } else { own.finish_reasons },
        tools: Vec::new(),
        counts: counts.or(own.counts),
        ..own
    })
}

/// Genkit's words for counts. Thoughts and cached tokens are whatever the provider's plugin copied, so the total decides.
fn counts(usage: Json<'_>) -> Option<Counts> {
    let number = |keys: &[&str]| keys.iter().find_map(|key| usage.get(key).and_then(count));
    let counts = Counts {
        input: number(&["inputTokens"]),
        output: number(&["outputTokens"]),
        total: number(&["totalTokens"]),
        cache_read: number(&["cachedContentTokens", "cacheReadInputTokens"])
            .or_else(|| usage.pointer("/custom/cache_read_input_tokens").and_then(count)),
        cache_write: usage.pointer("/custom/cache_creation_input_tokens").and_then(count),
        reasoning: number(&["thoughtsTokens", "reasoningTokens"]),
        ..Counts::default()
    };
    (counts != Counts::default()).then_some(counts)
}

/// A content part.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    if part.contains_key("type") {
        return None;
    }
    if let Some(call) = part.get("toolRequest").and_then(Json::as_object) {
        return Some(vec![tool_call(string(call, "ref"), string(call, "name"), call.get("input"))]);
    }
    if let Some(answer) = part.get("toolResponse").and_then(Json::as_object) {
        let said = any(answer, &["output", "content"]);
        return Some(vec![tool_result(string(answer, "ref"), string(answer, "name"), said, None)]);
    }
    if let Some(medium) = part.get("media").and_then(Json::as_object) {
        let mut found = media::at(&string(medium, "url")?);
        found.mime = string(medium, "contentType").or(found.mime);
        return Some(vec![media::part("file", found)]);
    }
    if let Some(data) = part.get("data").filter(|_| part.keys().all(|key| key == "data" || key == "metadata")) {
        // A structured answer, parsed: its JSON is the text that was answered.
        return Some(content::text(&data.to_value().to_string()));
    }
    part.get("reasoning")?.as_str().map(content::reasoning)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn parts_are_told_apart_by_their_key() {
        let read = |value: Value| content::read(&value).remove(0);
        assert!(matches!(read(json!([{"reasoning": "Hm."}])), Part::Reasoning { .. }));
        assert!(matches!(read(json!([{"media": {"url": "data:image/png;base64,aGVsbG8="}}])), Part::Image(_)));
        assert_eq!(read(json!([{"data": {"a": 1}}])), Part::Text { text: r#"{"a":1}"#.into() });
        let call = read(json!([{"toolRequest": {"name": "f", "ref": "1", "input": {"a": 1}}}]));
        assert_eq!(call, Part::ToolCall { id: Some("1".into()), name: Some("f".into()), arguments: json!({"a": 1}) });
    }

    #[test]
    fn candidates_of_the_first_versions_are_answers() {
        let answer = json!({"candidates": [
            {"index": 0, "message": {"role": "model", "content": [{"text": "A"}]}, "finishReason": "stop"},
            {"index": 1, "message": {"role": "model", "content": [{"text": "B"}]}, "finishReason": "length"}]});
        let payload = read(&answer, Side::Output).expect("an answer");
        assert_eq!(payload.messages.len(), 2);
        assert_eq!(payload.finish_reasons, ["stop", "length"]);
    }
}
