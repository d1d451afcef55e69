//! Answers that came in pieces, each piece as the provider's JSON in a text.
//!
//! Source: openinference-instrumentation-agno 0.1.4 to 0.1.20 (`_model_wrapper.py`, `_parse_model_output_stream`).

use crate::chunks::{self, Event, Said};
use crate::json::{Document, Json};
use crate::shapes::{Payload, text};

/// Returns what a list of pieces amounts to; `None` where it is none.
pub(super) fn answer(whole: Json<'_>) -> Option<Payload> {
    let pieces: Option<Vec<Document<'_>>> = whole.as_array()?.map(|piece| text::document(piece.as_str()?)).collect();
    let pieces = pieces?.into_iter().filter(|piece| piece.root().is_object());
    let events = (0..).zip(pieces).map(|(index, piece)| Event { index, offset_ns: 0, value: Said::Read(piece) });
    let (_, answer) = chunks::assemble(events.collect(), 0);
    (!answer.messages.is_empty()).then_some(answer)
}
