//! Sounds and pictures that stand at OpenInference's spans themselves instead of in their messages: `output.audio.url`,
//! `input.images.<i>.image.url`.
//!
//! Source: openinference-semantic-conventions 0.1.42 (`input.images`, `output.images`, `audio.*`) and the instrumentation of the
//! OpenAI Agents 2.6, `_realtime.py`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::flattened;
use super::proposal::{Found, Side};
use super::value::first_text;
use crate::reading::{Media, Message, Part, Reader};
use crate::shapes::{Side as PayloadSide, media, text};

/// Adds what one side's messages do not have already.
pub(super) fn read(reader: &Reader<'_>, side: PayloadSide, said: &mut Side) {
    let (images, list, sound) = match side {
        PayloadSide::Input => {
            ("input.images", "input.images.", ["input.audio.url", "input.audio.mime_type", "input.audio.transcript"])
        }
        PayloadSide::Output => (
            "output.images",
            "output.images.",
            ["output.audio.url", "output.audio.mime_type", "output.audio.transcript"],
        ),
    };
    let pictures = flattened::list(reader, list);
    let pictures = pictures.iter().filter_map(|entry| entry.pointer("/image/url")?.as_str()).map(media::at);
    let mut parts: Vec<Part> = pictures.map(Part::Image).collect();
    let mut key = images;
    if let Some((found, heard)) = heard(reader, sound) {
        key = found;
        parts.insert(0, Part::Audio(heard));
    }
    let messages = said.messages.as_ref().map(|found| found.value.as_slice()).unwrap_or_default();
    let told: BTreeSet<&str> = messages.iter().flat_map(|message| &message.parts).filter_map(address).collect();
    parts.retain(|part| address(part).is_none_or(|address| !told.contains(address)));
    if parts.is_empty() {
        return;
    }
    // A text beside a sound is what is said in it, or the other half of what was said.
    if let Some(Found { value: Value::String(words), .. }) = said.value.take_if(|found| found.value.is_string()) {
        let is_transcript =
            |part: &Part| matches!(part, Part::Audio(heard) if heard.transcript.as_ref() == Some(&words));
        if !parts.iter().any(is_transcript) {
            parts.splice(0..0, text::parts(&words));
        }
    }
    let messages = &mut said.messages.get_or_insert_with(|| Found::new(key, Vec::new())).value;
    match messages.iter_mut().rfind(|message| message.role == side.role()) {
        Some(message) => message.parts.extend(parts),
        None => messages.push(Message::new(side.role(), parts)),
    }
}

/// The sound, and the first of its keys that is there.
fn heard(reader: &Reader<'_>, [url, mime, transcript]: [&'static str; 3]) -> Option<(&'static str, Media)> {
    let key = [url, transcript].into_iter().find(|key| reader.peek(key).is_some())?;
    let text = |key: &'static str| first_text(reader, &[key]).map(|(_, text)| text).filter(|text| !text.is_empty());
    let mut heard = text(url).map_or_else(|| media::without_bytes(None), |url| media::at(&url));
    heard.mime = text(mime).or(heard.mime);
    heard.transcript = text(transcript);
    Some((key, heard))
}

/// Where a medium is; of one that is here its bytes, whatever they are said to be.
fn address(part: &Part) -> Option<&str> {
    let (Part::Image(media) | Part::Audio(media) | Part::Video(media) | Part::File(media)) = part else { return None };
    let uri = media.uri.as_deref()?;
    let bytes = uri.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    Some(bytes.map_or(uri, |(_, bytes)| bytes))
}
