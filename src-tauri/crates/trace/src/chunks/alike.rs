//! Events that differ in nothing but their text: most of a stream repeat all else there is to say, and of those that do the text
//! alone is looked at.

use super::Delta;
use crate::json::text::plain_run;

/// An event with a hole where its delta's text stands.
pub(super) struct Alike<'e> {
    before: &'e str,
    after: &'e str,
    delta: Delta,
}

impl<'e> Alike<'e> {
    /// Returns what an event's JSON is beside the text of its delta; `None` where it is not certain which text that is.
    pub(super) fn of(event: &'e str, delta: &Delta) -> Option<Self> {
        // Without escapes every text stands in its quotes as it is meant.
        if delta.text.is_empty() || event.contains('\\') {
            return None;
        }
        let quoted = ["\"", &delta.text, "\""].concat();
        let at = event.find(&quoted).filter(|at| event.rfind(&quoted) == Some(*at))? + 1;
        let delta = Delta { text: String::new(), ..delta.clone() };
        Some(Self { before: &event[..at], after: &event[at + quoted.len() - 2..], delta })
    }

    /// Returns the delta of another event when that differs in its text only.
    pub(super) fn again(&self, event: &str) -> Option<Delta> {
        let text = event.strip_prefix(self.before)?.strip_suffix(self.after)?;
        let is_alike = !text.is_empty() && plain_run(text.as_bytes()) == text.len();
        is_alike.then(|| Delta { text: text.to_owned(), ..self.delta.clone() })
    }
}
