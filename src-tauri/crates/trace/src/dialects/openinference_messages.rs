//! OpenInference's messages: `llm.input_messages.<i>.message.…`, parts and tool calls flattened within.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

use super::flattened;
use crate::json::Json;
use crate::reading::{Message, Part, Reader};
use crate::shapes::{self, Side, media, message, text};

/// Returns the messages of one side, which are under `list`, or of the older completions' texts.
pub(super) fn read(reader: &Reader<'_>, side: Side, list: &'static str) -> Vec<Message> {
    let (texts, pointer) = match side {
        Side::Input => ("llm.prompts.", "/prompt/text"),
        Side::Output => ("llm.choices.", "/completion/text"),
    };
    let said = flattened::list(reader, list);
    let said: Vec<Message> = said
        .iter()
        .filter_map(|entry| answers(entry).or_else(|| one(entry.get("message")?.as_object()?, side)))
        .collect();
    let plain = flattened::list(reader, texts);
    let plain = plain.iter().filter_map(|entry| entry.pointer(pointer)?.as_str());
    let plain = plain.map(|said| Message::new(side.role(), text::parts(said)));
    let mut plain: Vec<Message> = plain.collect();
    if let Some(prompts) = reader.get(texts.trim_end_matches('.')).filter(|_| plain.is_empty()) {
        plain = super::value::texts(prompts).iter().map(|said| Message::new(side.role(), text::parts(said))).collect();
    }
    let mut said = if said.is_empty() { plain } else { said };
    if side == Side::Output {
        said.splice(0..0, unlisted(reader));
    }
    shapes::settle(said)
}

/// The calls that Google's SDK made by itself before it answered, which openinference-instrumentation-google-genai 1.x writes without
/// saying which message they are of: `message.tool_calls.<i>.tool_call.…`.
fn unlisted(reader: &Reader<'_>) -> Option<Message> {
    let list = flattened::list(reader, "message.tool_calls.");
    let calls: Vec<Part> = list.iter().filter_map(|entry| call(entry.get("tool_call")?)).collect();
    (!calls.is_empty()).then(|| Message::new("assistant", calls))
}

/// Fills in what emitters leave out from the same part in the provider's own payload: the arguments of calls when they are empty,
/// and the ids of calls and answers, each of which is given once.
pub(super) fn fill(list: &mut [Message], payload: &[Message]) {
    let mut arguments = BTreeMap::new();
    let mut calls: BTreeMap<_, VecDeque<&String>> = BTreeMap::new();
    let mut answers: BTreeMap<_, VecDeque<&String>> = BTreeMap::new();
    let mut thoughts = BTreeSet::new();
    let (mut called, mut answered) = (BTreeSet::new(), BTreeSet::new());
    let is_wanting = |part: &Part| match part {
        Part::ToolCall { id, arguments, .. } => id.is_none() || arguments.is_null(),
        Part::ToolResult { id, .. } => id.is_none(),
        _ => false,
    };
    let parts = || list.iter().flat_map(|message| &message.parts);
    let is_wanting = parts().any(is_wanting);
    for part in payload.iter().flat_map(|message| &message.parts) {
        match part {
            Part::ToolCall { id: Some(id), name, arguments: given } if is_wanting => {
                arguments.entry(id).or_insert(given);
                if called.insert(id) {
                    calls.entry((name.clone(), given.to_string())).or_default().push_back(id);
                }
            }
            Part::ToolResult { id: Some(id), result, .. } if is_wanting && answered.insert(id) => {
                answers.entry(result.to_string()).or_default().push_back(id);
            }
            Part::Reasoning { text } => _ = thoughts.insert(text),
            _ => {}
        }
    }
    for part in list.iter_mut().flat_map(|message| &mut message.parts) {
        match part {
            Part::ToolCall { id: Some(id), arguments: missing @ Value::Null, .. } => {
                *missing = arguments.get(id).copied().cloned().unwrap_or_default();
            }
            Part::ToolCall { id: missing @ None, name, arguments } => {
                *missing = calls.get_mut(&(name.clone(), arguments.to_string())).and_then(VecDeque::pop_front).cloned();
            }
            Part::ToolResult { id: missing @ None, result, .. } => {
                *missing = answers.get_mut(&result.to_string()).and_then(VecDeque::pop_front).cloned();
            }
            // Some emitters know no parts but texts.
            Part::Text { text } if thoughts.contains(text) => *part = Part::Reasoning { text: std::mem::take(text) },
            _ => {}
        }
    }
}

/// Puts the id of the call where emitters put the id of the item that makes it. The Responses API has both, and only the former is
/// sent back with the answer; a payload that keeps them side by side (Agno's) tells which is which.
pub(super) fn name_calls(list: &mut [Message], payload: Json<'_>) {
    let is_item = |id: &String| id.starts_with("fc_");
    let ids = list.iter_mut().flat_map(|message| &mut message.parts).filter_map(|part| match part {
        Part::ToolCall { id: Some(id), .. } | Part::ToolResult { id: Some(id), .. } if is_item(id) => Some(id),
        _ => None,
    });
    let mut ids = ids.peekable();
    if ids.peek().is_none() {
        return;
    }
    let mut calls = BTreeMap::new();
    gather(payload, &mut calls);
    for id in ids {
        if let Some(call) = calls.get(id.as_str()) {
            *id = (*call).to_owned();
        }
    }
}

/// Gathers the ids of the calls, by the ids of their items, in the messages of a payload.
fn gather<'v>(value: Json<'v>, calls: &mut BTreeMap<&'v str, &'v str>) {
    let messages = value.as_array().or_else(|| value.get("messages")?.as_array());
    for call in messages.into_iter().flatten().filter_map(|message| message.get("tool_calls")?.as_array()).flatten() {
        let named = |key: &str| call.get(key).and_then(Json::as_str);
        if let (Some(id), Some(call)) = (named("id"), named("call_id")) {
            calls.insert(id, call);
        }
    }
}

/// AutoGen's instrumentation puts a tool's answers beside the message: `llm.input_messages.<i>.function.<j>`.
fn answers(entry: &Value) -> Option<Message> {
    let list = entry.get("function")?.as_array()?;
    let parts = list.iter().filter_map(|sent| {
        let answer = text::parsed(sent);
        let answer = answer.as_object()?;
        let field = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        let result = answer.get("content").map_or(Value::Null, text::result);
        let is_error = answer.get("is_error").and_then(Value::as_bool);
        Some(Part::ToolResult { id: field("call_id"), name: field("name"), result, is_error })
    });
    Some(Message::new("tool", parts.collect())).filter(|message| !message.parts.is_empty())
}

/// Returns how much messages say: their parts, and the arguments of their calls.
pub(super) fn detail(messages: &[Message]) -> usize {
    let parts = messages.iter().flat_map(|message| &message.parts);
    parts.map(|part| if matches!(part, Part::ToolCall { arguments, .. } if !arguments.is_null()) { 2 } else { 1 }).sum()
}

fn one(object: &Map<String, Value>, side: Side) -> Option<Message> {
    let text_of =
        |key: &str| object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let role = text_of("role").map_or_else(|| side.role().to_owned(), |sent| message::role(&sent));
    let mut parts: Vec<Part> = Vec::new();
    // traceAI of Anthropic calls them as what they are instead of.
    let contents = ["contents", "content"].into_iter().find_map(|key| object.get(key)?.as_array());
    for item in contents.into_iter().flatten().filter_map(Value::as_object) {
        let content = item.get("message_content").and_then(Value::as_object);
        let said = content.map(|content| part(content, item)).unwrap_or_default();
        // BeeAI's (openinference-instrumentation-beeai 0.1) says of each content which call it answers.
        match item.get("message").and_then(|message| message.get("tool_call_id")?.as_str()) {
            Some(id) if role == "tool" => parts.push(answer(Some(id.to_owned()), text_of("name"), &said)),
            _ => parts.extend(said),
        }
    }
    if let Some(content) = object.get("content").filter(|_| parts.is_empty()) {
        parts.extend(shapes::content(content));
    }
    let listed = object.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
    let listed: Vec<Part> = listed.filter_map(|entry| call(entry.get("tool_call")?)).collect();
    add_calls(&mut parts, listed);
    if let Some(name) = text_of("function_call_name") {
        let arguments = object.get("function_call_arguments_json").map_or(Value::Null, text::parsed);
        parts.push(Part::ToolCall { id: None, name: Some(name), arguments });
    }
    let name = text_of("name");
    // Anthropic's answers of tools stand in the user's messages; the call they answer gives them away.
    let is_answer = role == "tool" || role == "user" && text_of("tool_call_id").is_some();
    if is_answer {
        if !parts.iter().any(|part| matches!(part, Part::ToolResult { .. })) {
            parts = match object.get("content").filter(|_| parts.len() > 1) {
                Some(whole) => {
                    vec![Part::ToolResult { id: text_of("tool_call_id"), name, result: whole.clone(), is_error: None }]
                }
                None => vec![answer(text_of("tool_call_id"), name, &parts)],
            };
        }
        return Some(Message::new("tool", parts));
    }
    Some(Message { role, name, parts })
}

/// Adds the calls that are listed beside the parts. Those without an id that are among the parts already are not told again; the
/// same is asked twice when it is listed twice. Those with one are told apart by it, later.
fn add_calls(parts: &mut Vec<Part>, listed: Vec<Part>) {
    let nameless = |part: &Part| match part {
        Part::ToolCall { id: None, name, arguments } => Some((name.clone(), arguments.to_string())),
        _ => None,
    };
    let mut told: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
    for call in parts.iter().filter_map(nameless) {
        *told.entry(call).or_default() += 1;
    }
    for call in listed {
        match nameless(&call).and_then(|call| told.get_mut(&call)) {
            Some(again) if *again > 0 => *again -= 1,
            _ => parts.push(call),
        }
    }
}

/// What a tool answered, of the parts it is said in.
fn answer(id: Option<String>, name: Option<String>, said: &[Part]) -> Part {
    let result = match said {
        [] => Value::Null,
        [Part::Text { text: said }] => text::parsed(&Value::String(said.clone())),
        _ => serde_json::to_value(said).unwrap_or_default(),
    };
    Part::ToolResult { id, name, result, is_error: None }
}

fn call(call: &Value) -> Option<Part> {
    let name = call.pointer("/function/name").and_then(Value::as_str).map(str::to_owned);
    let arguments = call.pointer("/function/arguments").map_or(Value::Null, text::parsed);
    let id = call.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned);
    (name.is_some() || id.is_some()).then_some(Part::ToolCall { id, name, arguments })
}

fn part(content: &Map<String, Value>, item: &Map<String, Value>) -> Vec<Part> {
    let text_of = |key: &str| content.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let medium = |kind: &str| content.get(kind).and_then(|outer| outer.get(kind)).and_then(Value::as_object);
    const MEDIA: [&str; 4] = ["image", "audio", "video", "document"];
    let untyped = || MEDIA.into_iter().find(|kind| content.contains_key(*kind));
    let unknown = || {
        let says = content.keys().any(|key| !matches!(key.as_str(), "type" | "text"));
        if says { vec![Part::Json { value: Value::Object(content.clone()) }] } else { Vec::new() }
    };
    match text_of("type").or_else(untyped).unwrap_or("text") {
        "reasoning" => text_of("text").map(|text| Part::Reasoning { text: text.to_owned() }).into_iter().collect(),
        "tool_use" => {
            let called = content.get("tool_call").or_else(|| item.get("tool_call"));
            called.and_then(call).map_or_else(unknown, |call| vec![call])
        }
        kind @ ("image" | "audio" | "video" | "document") => {
            let Some(medium) = medium(kind) else {
                // Anthropic's block, as it was sent (openinference-instrumentation-anthropic 3.1).
                if let Some(block) = text_of("text") {
                    return shapes::content(&text::said(block));
                }
                let found = text_of(kind).map(|sent| {
                    let is_address = sent.starts_with("data:") || sent.contains("://");
                    if is_address { media::at(sent) } else { media::inline(sent, None) }
                });
                return vec![media::part(kind, found.unwrap_or_else(|| media::without_bytes(None)))];
            };
            let field = |key: &str| medium.get(key).and_then(Value::as_str).map(str::to_owned);
            if let Some(written) = field("content").filter(|_| kind == "document" && !medium.contains_key("url")) {
                return text::parts(&written);
            }
            let mut found = field("url").map_or_else(|| media::without_bytes(None), |url| media::at(&url));
            found.mime = field("mime_type").or(found.mime);
            found.transcript = field("transcript");
            vec![media::part(kind, found)]
        }
        _ => text_of("text").map_or_else(unknown, text::parts),
    }
}
