//! Pictures, sounds and files that Langfuse's SDKs cut out of messages and uploaded on their own, put back.
//!
//! Source: the Langfuse Python SDK 5.0, `media.py`: in a medium's place stands `@@@langfuseMedia:type=image/png|id=…|source=…@@@`,
//! alone or where a provider's format has its base64. Records are named as `crate::decode::langfuse` names them.

use super::mlflow_trace::fill;
use crate::reading::{Part, Reading};
use crate::span::{AnyValue, LogRecord, attribute};

/// The name of a log record that is a medium.
pub(super) const MEDIUM: &str = "langfuse.media";

/// Puts media back into a span's messages.
pub(super) fn attach(reading: &mut Reading, logs: &[LogRecord]) {
    if !logs.iter().any(|log| log.event() == MEDIUM) {
        return;
    }
    let sides = [&mut reading.input.messages, &mut reading.output.messages];
    for part in sides.into_iter().flatten().flatten().flat_map(|message| &mut message.parts) {
        let (Part::Image(media) | Part::Audio(media) | Part::Video(media) | Part::File(media)) = part else { continue };
        let id = media.uri.as_deref().and_then(id);
        if let Some((mime, bytes)) = id.and_then(|id| uploaded(logs, id)) {
            media.mime = media.mime.take().or_else(|| Some(mime.to_owned()));
            fill(media, bytes);
        }
    }
}

/// Returns the id in the text that stands in a medium's place.
fn id(uri: &str) -> Option<&str> {
    let token = uri[uri.find("@@@langfuseMedia:")?..].strip_prefix("@@@langfuseMedia:")?;
    let token = token.split("@@@").next().unwrap_or(token);
    token.split('|').find_map(|field| field.strip_prefix("id="))
}

fn uploaded<'a>(logs: &'a [LogRecord], id: &str) -> Option<(&'a str, &'a [u8])> {
    logs.iter().rev().filter(|log| log.event() == MEDIUM).find_map(|log| {
        let AnyValue::Map(body) = &log.body else { return None };
        let text = |key: &str| attribute(body, key).and_then(AnyValue::as_str);
        match attribute(body, "bytes") {
            Some(AnyValue::Bytes(bytes)) if text("id") == Some(id) => Some((text("content_type")?, &bytes[..])),
            _ => None,
        }
    })
}
