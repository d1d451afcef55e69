//! Attributes of agents' events, which are written as texts, numbers or truth values as it happens.

use serde_json::Value;

use super::proposal::Proposal;
use super::value;
use crate::reading::{Message, Part, Reader};
use crate::shapes::text;
use crate::span::{Attributes, attribute};
use crate::usage::normal::count;

/// An event's attributes.
#[derive(Clone, Copy)]
pub(super) struct Told<'a>(pub(super) &'a Attributes);

impl Told<'_> {
    pub(super) fn text(self, key: &str) -> Option<String> {
        value::text(attribute(self.0, key)?)
    }

    pub(super) fn json(self, key: &str) -> Option<Value> {
        let said = text::parsed(&attribute(self.0, key)?.to_json());
        value::present(said)
    }

    pub(super) fn count(self, key: &str) -> Option<u64> {
        count(&attribute(self.0, key)?.to_json())
    }

    pub(super) fn amount(self, key: &str) -> Option<f64> {
        value::amount(&attribute(self.0, key)?.to_json())
    }

    /// Returns milliseconds as nanoseconds; 0 when there are none.
    pub(super) fn millis(self, key: &str) -> u64 {
        (self.amount(key).unwrap_or(0.0) * 1e6) as u64
    }

    pub(super) fn is_false(self, key: &str) -> bool {
        self.text(key).as_deref() == Some("false")
    }
}

pub(super) fn message(role: &str, text: String) -> Message {
    Message::new(role, vec![Part::Text { text }])
}

/// Keeps an agent's own attributes that are not in `read` as facts. Those with a dotted name of a convention's are others' to read.
pub(super) fn keep_the_rest(reader: &Reader<'_>, read: &[&str], proposal: &mut Proposal) {
    for (key, _, sent) in reader.with_prefix("") {
        if read.contains(&key) {
            reader.understand(key);
            continue;
        }
        if ["gen_ai.", "session.", "user.", "http.", "server.", "code.", "thread."]
            .iter()
            .any(|theirs| key.starts_with(theirs))
        {
            continue;
        }
        reader.understand(key);
        proposal.metadata.extend(value::present(sent.to_json()).map(|sent| (key.to_owned(), sent)));
    }
}
