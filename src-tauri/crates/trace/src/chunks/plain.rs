//! Streams of plain text: a generator function that yields texts.

use super::{Assembler, Delta};
use crate::json::Json;
use crate::reading::ChunkType;
use crate::shapes::Payload;

/// Texts. They amount to no message: who speaks is not said.
#[derive(Default)]
pub(super) struct Texts;

impl Assembler for Texts {
    fn take(&mut self, event: Json<'_>) -> Option<Delta> {
        Some(Delta::of(ChunkType::Text, event.as_str()?))
    }

    fn assembled(self: Box<Self>) -> Payload {
        Payload::default()
    }
}
