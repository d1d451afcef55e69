//! OpenAI Chat Completions and the older Completions, and the many servers and libraries that copy them.
//!
//! Source: the OpenAI API reference, "Chat" and "Completions".

use std::collections::BTreeSet;

use super::{
    Payload, Side, any, content, given, media, message, openai_responses, settle, string, tool_call, tools, usage,
};
use crate::json::{Array, Json, Kind, Object};
use crate::reading::{Message, Part};

/// A request with `messages`, an answer with `choices`, or the choices alone.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    if let Some(items) = value.as_array().filter(|_| side == Side::Output) {
        // OpenAI's agents for JavaScript (0.20) keep the answer in a list of its own.
        if let Some(whole) = items.get(0).filter(|item| items.len() == 1 && item.get("choices").is_some()) {
            return envelope(whole, side);
        }
        let is_choice =
            |item: Json<'_>| item.get("message").is_some_and(Json::is_object) && item.get("index").is_some();
        return (!items.is_empty() && items.iter().all(is_choice)).then(|| chosen(items));
    }
    let object = value.as_object()?;
    match object.get("choices").and_then(Json::as_array).filter(|_| side == Side::Output) {
        Some(choices) => Some(Payload {
            model: string(object, "model"),
            response_id: string(object, "id"),
            counts: object.get("usage").and_then(usage::counts),
            ..chosen(choices)
        }),
        None => request(object),
    }
}

/// A request of the older Completions: `prompt` is a text or a list of texts. An answer of which only the calls were kept, without
/// a role (`@langfuse/openai` 3 to 5 of a stream).
pub(super) fn call(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object()?;
    if side == Side::Output {
        let calls = object.get("tool_calls").is_some_and(Json::is_array)
            || object.get("function_call").is_some_and(Json::is_object);
        return calls.then(|| Payload::of(vec![Message::new("assistant", message::said_parts(object))]));
    }
    let said = match object.get("prompt")? {
        list if list.as_array().is_some_and(|mut texts| texts.all(Json::is_string)) => {
            list.as_array().into_iter().flatten().map(|text| Message::new("user", content::read(text))).collect()
        }
        text if text.is_string() => vec![Message::new("user", content::read(text))],
        _ => return None,
    };
    Some(Payload { model: string(object, "model"), ..Payload::of(said) })
}

fn request(object: Object<'_>) -> Option<Payload> {
    let mut messages = message::all(object.get("messages")?, "user")?;
    // Anthropic's and Bedrock's requests are the same with the system prompt beside the messages.
    if let Some(system) = any(object, &["system", "system_instruction"]) {
        settle::prepend_system(&mut messages, content::read(system));
    }
    let of_bedrock = || object.get("toolConfig")?.get("tools");
    let offered = any(object, &["tools", "functions"]).or_else(of_bedrock).map(tools::definitions).unwrap_or_default();
    let model = string(object, "model").or_else(|| string(object, "modelId"));
    // Ollama's request is told from others with options by the model beside them.
    let options = object.get("options").filter(|_| model.is_some());
    let parameters = ["inferenceConfig", "additionalModelRequestFields"].map(|key| object.get(key));
    let parameters = given(parameters.into_iter().flatten().chain(options), &[]);
    Some(Payload { tools: offered, model, parameters, ..Payload::of(messages) })
}

fn chosen(choices: Array<'_>) -> Payload {
    let mut choices: Vec<Object<'_>> = choices.filter_map(Json::as_object).collect();
    choices.sort_by_key(|choice| choice.get("index").and_then(Json::as_u64));
    Payload {
        finish_reasons: choices.iter().filter_map(|choice| string(*choice, "finish_reason")).collect(),
        ..Payload::of(choices.iter().filter_map(|choice| said(*choice)).collect())
    }
}

fn said(choice: Object<'_>) -> Option<Message> {
    if let Some(message) = any(choice, &["message", "delta"]).and_then(Json::as_object) {
        let role = string(message, "role").map_or_else(|| "assistant".to_owned(), |sent| message::role(&sent));
        return Some(Message::new(role, message::said_parts(message)));
    }
    Some(Message::new("assistant", content::read(choice.get("text")?)))
}

/// What the model thought, which servers put beside the content under two names.
pub(super) fn reasoning_beside(message: Object<'_>) -> Vec<Part> {
    let thought = any(message, &["reasoning_content", "reasoning", "thinking"]).and_then(Json::as_str);
    // LangChain keeps what is OpenAI's alone in an object of its own: a text, or the item of the Responses API.
    let more = || message.get("additional_kwargs")?.as_object();
    thought
        .map(content::reasoning)
        .or_else(|| match any(more()?, &["reasoning_content", "reasoning"])?.kind() {
            Kind::String(thought) => Some(content::reasoning(thought)),
            Kind::Object(item) => Some(openai_responses::thought(item)),
            _ => None,
        })
        .unwrap_or_default()
}

/// Refusal, audio and calls, which stand beside the content, `so_far`.
pub(super) fn beside_content(message: Object<'_>, so_far: &[Part]) -> Vec<Part> {
    let mut parts = string(message, "refusal").map(|text| content::refusal(&text)).unwrap_or_default();
    if let Some(audio) = message.get("audio").and_then(Json::as_object) {
        parts.push(spoken(audio));
    }
    let list = |key: &str| message.get(key).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_object);
    parts.extend(list("tool_calls").flat_map(calls));
    // Those whose arguments LangChain could not parse.
    let invalid: Vec<Part> =
        list("invalid_tool_calls").filter(|call| string(*call, "name").is_some()).flat_map(calls).collect();
    if !invalid.is_empty() {
        let told = |part: &Part| match part {
            Part::ToolCall { id, .. } => id.clone(),
            _ => None,
        };
        let ids: BTreeSet<String> = so_far.iter().chain(&parts).filter_map(told).collect();
        parts.extend(invalid.into_iter().filter(|call| told(call).is_none_or(|id| !ids.contains(&id))));
    }
    if let Some(function) = message.get("function_call").and_then(Json::as_object) {
        parts.push(tool_call(None, string(function, "name"), function.get("arguments")));
    }
    // LangChain and LlamaIndex keep what is OpenAI's alone in an object of its own.
    if let Some(more) = message.get("additional_kwargs").and_then(Json::as_object) {
        let calls = so_far.iter().chain(&parts).any(|part| matches!(part, Part::ToolCall { .. }));
        let is_new = |part: &Part| match part {
            Part::ToolCall { .. } => !calls,
            Part::Audio(_) | Part::Refusal { .. } => !so_far.iter().chain(&parts).any(|told| told == part),
            _ => false,
        };
        let beside: Vec<Part> = beside_content(more, so_far).into_iter().filter(is_new).collect();
        parts.extend(beside);
        // What OpenAI's own tools did (langchain-openai 0.3).
        parts.extend(more.get("tool_outputs").map(content::read).unwrap_or_default());
    }
    parts
}

/// The call an object of `tool_calls` is.
pub(super) fn calls(call: Object<'_>) -> Vec<Part> {
    let function = any(call, &["function", "custom"]).and_then(Json::as_object).unwrap_or(call);
    let id = any(call, &["id", "tool_call_id"]).and_then(Json::as_str).map(str::to_owned);
    // Ax (14) names the function where its object belongs, and tells the arguments beside.
    let beside = || string(call, "function").filter(|_| call.contains_key("arguments"));
    let name = string(function, "name").or_else(beside);
    vec![tool_call(id, name, any(function, &["arguments", "args", "input"]))]
}

fn spoken(audio: Object<'_>) -> Part {
    let mime = string(audio, "format").map(|format| format!("audio/{format}"));
    let mut sound = match string(audio, "data") {
        Some(data) => media::inline(&data, mime),
        None => media::reference(&string(audio, "id").unwrap_or_default(), mime),
    };
    sound.transcript = string(audio, "transcript");
    Part::Audio(sound)
}

/// A content part. The Assistants API, and Azure's agents after it, have a text in an object with what it refers to.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    if let Some(said) = part.get("text").and_then(|text| text.get("value")) {
        return Some(super::text::parts(said.as_str()?));
    }
    match part.get("type")?.as_str()? {
        "text" => Some(super::text::parts(any(part, &["text"])?.as_str()?)),
        "refusal" => Some(content::refusal(part.get("refusal")?.as_str()?)),
        // Langfuse's wrapper (2.x) leaves out where the picture is.
        "image_url" if part.len() == 1 => Some(vec![media::part("image", media::without_bytes(None))]),
        "image_url" => {
            let image = part.get("image_url")?;
            let url = image.as_str().or_else(|| image.get("url")?.as_str())?;
            Some(vec![media::part("image", media::at(url))])
        }
        "input_audio" => {
            let sound = part.get("input_audio")?.as_object()?;
            let mime = string(sound, "format").map(|format| format!("audio/{format}"));
            Some(vec![media::part("audio", media::inline(sound.get("data")?.as_str()?, mime))])
        }
        "file" => {
            let file = part.get("file")?.as_object()?;
            let found = string(file, "file_data").map(|data| media::inline(&data, None));
            let found = found.or_else(|| string(file, "file_id").map(|id| media::reference(&id, None)))?;
            Some(vec![media::part("file", found)])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn picture_whose_place_was_left_out_is_a_picture() {
        let said = content::read(&json!([{"type": "image_url"}]));
        assert_eq!(said, [media::part("image", media::without_bytes(None))]);
        let unknown = json!({"type": "image_url", "image_url": 1});
        assert_eq!(content::read(&unknown), [Part::Json { value: unknown.clone() }]);
    }
}
