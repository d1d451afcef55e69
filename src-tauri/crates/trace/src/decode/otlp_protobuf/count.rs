//! Weighs a request before anything of it is built.

use super::super::schema::{HEAVIEST, Kind, Message};
use super::super::wire::{Fields, Wire};
use super::super::{Budget, DecodeError};

/// Fails when the message holds more than the budget allows.
///
/// Where the bytes stop being protobuf, or values are nested deeper than will be built, it stops looking: what builds spans
/// stops there too.
pub(super) fn check(message: &'static Message, bytes: &[u8], budget: Budget) -> Result<(), DecodeError> {
    // A message takes two bytes at least, its tag and its length: most requests cannot hold too much, and need no walk.
    if bytes.len() as u64 / 2 * HEAVIEST <= budget.items {
        return Ok(());
    }
    let mut count = Count { items: 0, limit: budget.items };
    // A value is three messages deep at most: the value, its list, the list's entry.
    let depth = 8 + 3 * budget.depth.saturating_add(1);
    if count.within(message, bytes, depth) { Ok(()) } else { Err(DecodeError::TooManyItems { limit: budget.items }) }
}

struct Count {
    items: u64,
    limit: u64,
}

impl Count {
    fn within(&mut self, message: &'static Message, bytes: &[u8], depth: u32) -> bool {
        self.items += message.weight;
        if depth > 0 {
            for field in Fields::of(bytes) {
                let Ok(field) = field else { break };
                let Wire::Bytes(bytes) = field.value else { continue };
                if let Some(Kind::Message(message)) = message.field(field.number).map(|known| known.kind)
                    && !self.within(message, bytes, depth - 1)
                {
                    return false;
                }
            }
        }
        self.items <= self.limit
    }
}
