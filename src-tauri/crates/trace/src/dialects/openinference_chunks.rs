//! Answers that came in pieces, each piece as the provider's JSON in a text.
//!
//! Source: openinference-instrumentation-agno 0.1.4 to 0.1.20 (`_model_wrapper.py`, `_parse_model_output_stream`).

use serde_json::Value;

use crate::chunks::{self, Event, Said};
use crate::json::{Document, Json};
use crate::shapes::{Payload, text};

/// Returns what a list of pieces amounts to; `None` where it is none.
pub(super) fn answer(whole: Json<'_>) -> Option<Payload> {
    let pieces: Option<Vec<Document<'_>>> = whole.as_array()?.map(|piece| text::document(piece.as_str()?)).collect();
    together(pieces?.into_iter())
}

/// Returns the same of a list of the pieces themselves.
pub(super) fn assembled(whole: Json<'_>) -> Option<Payload> {
    let pieces: Vec<Value> = whole.as_array()?.map(Json::to_value).collect();
    together(pieces.iter().map(Document::from))
}

fn together<'a>(pieces: impl Iterator<Item = Document<'a>>) -> Option<Payload> {
    let pieces = pieces.filter(|piece| piece.root().is_object());
    let events = (0..).zip(pieces).map(|(index, piece)| Event { index, offset_ns: 0, value: Said::Read(piece) });
    let (_, answer) = chunks::assemble(events.collect(), 0);
    (!answer.messages.is_empty()).then_some(answer)
}
