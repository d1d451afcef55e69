//! Tool calls that come in pieces, by the index each piece has.

use std::collections::BTreeMap;

use crate::json::Kind;
use crate::reading::Part;
use crate::shapes::text;

/// The calls of one answer. Pieces with one index are one call, unless a whole other call comes with an index that is taken:
/// Gemini's OpenAI endpoint gives all calls index 0, LangChain's Google integration (2.1) gives none an index.
#[derive(Default)]
pub(super) struct Calls {
    calls: BTreeMap<u32, Call>,
    /// The call that pieces with an index go on with, where that is another than the index says.
    goes_on: BTreeMap<u32, u32>,
}

#[derive(Default)]
struct Call {
    id: Option<String>,
    name: String,
    arguments: String,
}

impl Call {
    /// Says whether a piece begins another call. An id alone does not: vLLM (to 0.6) makes a new one for every piece.
    fn ends_before(&self, id: Option<&str>, name: &str) -> bool {
        if name.is_empty() || self.name.is_empty() {
            return false;
        }
        match (&self.id, id) {
            (Some(known), Some(id)) => known != id,
            _ => text::document(&self.arguments).is_some_and(|said| matches!(said.root().kind(), Kind::Object(_))),
        }
    }
}

impl Calls {
    /// Takes a piece and returns the number of its call.
    pub(super) fn take(&mut self, index: u32, id: Option<&str>, name: &str, arguments: &str) -> u32 {
        let mut number = self.goes_on.get(&index).copied().unwrap_or(index);
        if self.calls.get(&number).is_some_and(|call| call.ends_before(id, name)) {
            number = self.calls.last_key_value().map_or(0, |(last, _)| last + 1);
            self.goes_on.insert(index, number);
        }
        let call = self.calls.entry(number).or_default();
        call.id = id.map(str::to_owned).or(call.id.take());
        call.name.push_str(name);
        call.arguments.push_str(arguments);
        number
    }

    /// Returns the calls as parts of a message.
    pub(super) fn parts(self) -> impl Iterator<Item = Part> {
        self.calls.into_values().map(|call| Part::ToolCall {
            id: call.id,
            name: Some(call.name).filter(|name| !name.is_empty()),
            arguments: text::said(&call.arguments),
        })
    }
}
