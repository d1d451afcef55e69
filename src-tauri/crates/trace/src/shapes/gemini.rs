//! Google Gemini `generateContent`, in the API's camelCase and the Python library's snake_case.
//!
//! Source: the Gemini API reference, "Generating content".

use serde_json::Value;

use super::{
    Payload, Side, any, content, given, media, message, python, settle, string, tool_call, tool_result, tools, usage,
};
use crate::json::{Json, Object};
use crate::reading::{Message, Part};

/// A request with `contents`, an answer with `candidates`, or the candidates alone (rig-core 0.20 on).
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    if let Some(items) = value.as_array().filter(|_| side == Side::Output) {
        let candidates: Vec<_> = items.filter_map(Json::as_object).collect();
        let is_candidate = |item: &Object<'_>| item.get("content").is_some_and(|said| said.get("parts").is_some());
        let all = !candidates.is_empty() && candidates.iter().all(is_candidate);
        return all.then(|| chosen(&candidates));
    }
    let object = value.as_object()?;
    match side {
        Side::Input => request(object),
        Side::Output => answer(object),
    }
}

/// Returns what a function answered, when a value is the `FunctionResponse` that names it.
pub fn function_answer(value: &Value) -> Option<Value> {
    const FIELDS: [&str; 6] = ["id", "name", "response", "parts", "will_continue", "scheduling"];
    let fields = value.as_object().filter(|fields| fields.keys().all(|key| FIELDS.contains(&key.as_str())))?;
    let answer = fields.get("response").filter(|answer| answer.is_object())?;
    fields.get("name").is_some_and(Value::is_string).then(|| answer.clone())
}

fn request(object: Object<'_>) -> Option<Payload> {
    const SYSTEM: [&str; 2] = ["systemInstruction", "system_instruction"];
    let config = any(object, &["config", "generationConfig", "generation_config"]).and_then(Json::as_object);
    let mut messages = match object.get("contents") {
        Some(said) if said.is_string() => vec![Message::new("user", content::read(said))],
        Some(said) => written(said)
            .or_else(|| message::all(said, "user"))
            .or_else(|| message::read(said, "user").map(|message| vec![message]))
            .unwrap_or_else(|| vec![Message::new("user", content::read(said))]),
        // What is left of a request that was cut before its contents.
        None => any(config?, &SYSTEM).map(|_| Vec::new())?,
    };
    let beside = |keys: &[&str]| any(object, keys).or_else(|| any(config?, keys));
    if let Some(system) = beside(&SYSTEM) {
        settle::prepend_system(&mut messages, content::read(system.get("parts").unwrap_or(system)));
    }
    let offered = beside(&["tools"]).map(tools::definitions).unwrap_or_default();
    let beside = ["systemInstruction", "system_instruction", "tools", "http_options", "httpOptions", "labels"];
    let parameters = given(config.map(Object::json), &beside);
    Some(Payload { tools: offered, model: string(object, "model"), parameters, ..Payload::of(messages) })
}

/// Contents as Pydantic's `str` writes them, which OpenInference's instrumentation had until 0.1.4, among plain texts.
fn written(said: Json<'_>) -> Option<Vec<Message>> {
    let texts: Option<Vec<&str>> = said.as_array()?.map(Json::as_str).collect();
    let texts = texts.filter(|texts| texts.iter().any(|text| text.starts_with("parts=[")))?;
    let read = |text: &str| {
        let fields = text.starts_with("parts=[").then(|| python::fields_of_object(text)).flatten();
        let message = fields.and_then(|fields| message::read(&Value::Object(fields), "user"));
        message.unwrap_or_else(|| Message::new("user", content::text(text)))
    };
    Some(texts.into_iter().map(read).collect())
}

fn answer(object: Object<'_>) -> Option<Payload> {
    let candidates: Vec<_> = object.get("candidates")?.as_array()?.iter().filter_map(Json::as_object).collect();
    Some(Payload {
        model: any(object, &["modelVersion", "model_version"]).and_then(Json::as_str).map(str::to_owned),
        response_id: any(object, &["responseId", "response_id"]).and_then(Json::as_str).map(str::to_owned),
        counts: any(object, &["usageMetadata", "usage_metadata"]).and_then(usage::counts),
        ..chosen(&candidates)
    })
}

/// Returns what came before an answer when the client called the functions itself: the calls, and what the functions answered.
///
/// The history begins with the request, so only what follows its last message that is neither is new.
pub fn called_before(answer: Json<'_>) -> Vec<Message> {
    let keys = ["automaticFunctionCallingHistory", "automatic_function_calling_history"];
    let history = answer.as_object().and_then(|answer| any(answer, &keys)?.as_array());
    let said = history.into_iter().flatten().filter_map(Json::as_object).filter_map(|said| {
        let role = string(said, "role").map_or_else(|| "user".to_owned(), |sent| message::role(&sent));
        Some(Message::new(role, content::read(said.get("parts")?)))
    });
    let messages = settle::settle(said.collect());
    let is_call = |message: &Message| {
        message.parts.iter().any(|part| matches!(part, Part::ToolCall { .. } | Part::ToolResult { .. }))
    };
    let new = messages.iter().rev().take_while(|message| is_call(message)).count();
    messages[messages.len() - new..].to_vec()
}

fn chosen(candidates: &[Object<'_>]) -> Payload {
    let said = candidates.iter().filter_map(|candidate| candidate.get("content")?.get("parts"));
    let reason =
        |candidate: &Object<'_>| any(*candidate, &["finishReason", "finish_reason"])?.as_str().map(str::to_owned);
    Payload {
        finish_reasons: candidates.iter().filter_map(reason).collect(),
        ..Payload::of(said.map(|parts| Message::new("assistant", content::read(parts))).collect())
    }
}

/// A content part: no type word, told apart by its key.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    if part.contains_key("type") {
        return None;
    }
    if let Some(text) = any(part, &["text"]).and_then(Json::as_str) {
        let thought = part.get("thought").and_then(Json::as_bool).unwrap_or(false);
        return Some(if thought { content::reasoning(text) } else { super::text::parts(text) });
    }
    let of = |keys: &[&str]| any(part, keys).and_then(Json::as_object);
    if let Some(call) = of(&["functionCall", "function_call"]) {
        return Some(vec![tool_call(string(call, "id"), string(call, "name"), any(call, &["args", "arguments"]))]);
    }
    if let Some(answer) = of(&["functionResponse", "function_response"]) {
        return Some(vec![tool_result(string(answer, "id"), string(answer, "name"), answer.get("response"), None)]);
    }
    let mime = |medium: Object<'_>| any(medium, &["mimeType", "mime_type"]).and_then(Json::as_str).map(str::to_owned);
    if let Some(medium) = of(&["inlineData", "inline_data"]) {
        return Some(vec![media::part("file", media::inline(medium.get("data")?.as_str()?, mime(medium)))]);
    }
    let medium = of(&["fileData", "file_data"])?;
    let uri = any(medium, &["fileUri", "file_uri"])?.as_str()?;
    Some(vec![media::part("file", media::reference(uri, mime(medium)))])
}

/// Pictures beside a message's content, as Ollama has them: a list of base64 texts.
pub(super) fn images_beside(message: Object<'_>) -> Vec<Part> {
    let images = message.get("images").and_then(Json::as_array).into_iter().flatten();
    images.filter_map(Json::as_str).map(|data| media::part("image", media::inline(data, None))).collect()
}
