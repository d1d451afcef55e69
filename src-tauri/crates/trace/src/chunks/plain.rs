//! Streams of plain text: a generator function that yields texts.

use serde_json::Value;

use super::{Assembler, Delta};
use crate::reading::ChunkType;
use crate::shapes::Payload;

/// Texts. They amount to no message: who speaks is not said.
#[derive(Default)]
pub(super) struct Texts;

impl Assembler for Texts {
    fn take(&mut self, event: &Value) -> Option<Delta> {
        Some(Delta::of(ChunkType::Text, event.as_str()?))
    }

    fn assembled(self: Box<Self>) -> Payload {
        Payload::default()
    }
}
