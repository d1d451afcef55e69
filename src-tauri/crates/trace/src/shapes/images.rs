//! OpenAI Images: an answer of pictures.
//!
//! Source: the OpenAI API reference, "Images".

use super::{Payload, Side, content, media, string, usage};
use crate::json::Json;
use crate::reading::Message;

/// An answer: `data`, a list of pictures by URL or in base64, each perhaps with the prompt it was really made from.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|_| side == Side::Output)?;
    let pictures = object.get("data")?.as_array().filter(|pictures| !pictures.is_empty())?;
    let mime = string(object, "output_format").map(|format| format!("image/{format}"));
    let mut parts = Vec::new();
    for picture in pictures {
        let picture = picture.as_object()?;
        let found = string(picture, "b64_json").map(|data| media::inline(&data, mime.clone()));
        let found = found.or_else(|| string(picture, "url").map(|url| media::at(&url)))?;
        parts.push(media::part("image", found));
        parts.extend(string(picture, "revised_prompt").map(|prompt| content::text(&prompt)).unwrap_or_default());
    }
    let counts = object.get("usage").and_then(usage::counts);
    Some(Payload { counts, model: string(object, "model"), ..Payload::of(vec![Message::new("assistant", parts)]) })
}
