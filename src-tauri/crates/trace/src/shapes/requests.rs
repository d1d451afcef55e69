//! The other way round: from what was read of a model call to a request that asks the same again, in its provider's format.
//!
//! What the sender did not record is not made up. What a request cannot carry, such as a picture of which only the size was
//! recorded, is left out and said.

mod anthropic;
mod gemini;
mod openai_chat;

use serde_json::{Map, Value};

use crate::reading::{Media, Message, Part, Reading};
use crate::usage::providers::{Provider, provider};

/// A request that asks again what a call asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// Where it goes: an `https` address.
    pub url: String,
    /// The environment variable that may name another server: where it stands, the address before the path is that one.
    pub base_variable: Option<&'static str>,
    /// The header that carries the key, and what stands before the key in it.
    pub key_header: (&'static str, &'static str),
    /// The environment variable the key is in; keys are never written.
    pub key_variable: &'static str,
    /// Other headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: Map<String, Value>,
    /// What was left out or must be looked at, in sentences.
    pub notes: Vec<String>,
}

/// Returns the request of a model call; `None` when what was asked was not recorded.
pub fn request(reading: &Reading) -> Option<Request> {
    let messages = reading.input.messages.as_deref()?;
    let model = reading.model.as_ref();
    let name = model.and_then(|model| model.request.as_deref().or(model.response.as_deref()));
    let who = model.and_then(|model| model.provider.as_deref());
    let mut notes = Notes::default();
    if name.is_none() {
        notes.add("the model was not recorded: say one");
    }
    if reading.cut.as_ref().is_some_and(|cut| cut.input) {
        notes.add("the sender cut short what was asked: it is not whole");
    }
    let name = name.unwrap_or_default();
    let mut request = match known(who, name) {
        "anthropic" => anthropic::request(reading, messages, name, &mut notes),
        "google" => gemini::request(reading, messages, name, &mut notes),
        "openai" => openai_chat::request(reading, messages, name, &mut notes),
        other => {
            notes.add(&format!(
                "{}: set OPENAI_BASE_URL to a server of its that takes OpenAI's format",
                match other {
                    "" => "the provider was not recorded".to_owned(),
                    other => format!("recorded provider: {other}"),
                }
            ));
            openai_chat::request(reading, messages, name, &mut notes)
        }
    };
    request.notes = notes.0;
    Some(request)
}

/// Returns the provider in a word: as recorded, else as the model's own name tells.
fn known<'a>(who: Option<&'a str>, model: &str) -> &'a str {
    match who.map(|who| (who, provider(who))) {
        Some((_, Provider::Known(word))) => word,
        Some((who, Provider::Gateway | Provider::Local)) => who,
        _ if model.starts_with("claude") => "anthropic",
        _ if model.starts_with("gemini") => "google",
        _ if model.starts_with("gpt-")
            || model.starts_with("o1")
            || model.starts_with("o3")
            || model.starts_with("o4") =>
        {
            "openai"
        }
        Some((who, Provider::Unknown)) => who,
        None => "",
    }
}

/// What was left out, each sentence once.
#[derive(Debug, Default)]
struct Notes(Vec<String>);

impl Notes {
    fn add(&mut self, note: &str) {
        if !self.0.iter().any(|known| known == note) {
            self.0.push(note.to_owned());
        }
    }

    /// Notes that a medium is not in the request.
    fn without(&mut self, what: &str, media: &Media) {
        let size = media.bytes.map(|bytes| format!(" of {bytes} bytes")).unwrap_or_default();
        self.add(&format!("a part is left out: {what}{size} that was not recorded as this format takes it"));
    }
}

/// Returns the address of a medium when a request can carry it: a web address or the bytes themselves.
fn address(media: &Media) -> Option<&str> {
    media.uri.as_deref().filter(|uri| uri.starts_with("https://") || uri.starts_with("data:"))
}

/// Returns media type and base64 of a `data:` address.
fn data(uri: &str) -> Option<(&str, &str)> {
    uri.strip_prefix("data:")?.split_once(";base64,")
}

fn is_system(message: &Message) -> bool {
    matches!(message.role.as_str(), "system" | "developer")
}

/// Returns a tool's result or arguments as the text providers take.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns the text of a message, its parts joined.
fn text_of(message: &Message) -> String {
    let texts = message.parts.iter().filter_map(|part| match part {
        Part::Text { text } | Part::Refusal { text } => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
