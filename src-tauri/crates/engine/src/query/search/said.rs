//! What of a text was said before: a conversation grows from span to span, a stream's chunks differ in a word, and what is in an
//! index need not be added to it again.

use std::collections::BTreeMap;

use super::texts::{is_base64, is_json};

/// A text of fewer bytes is not worth remembering, and one of more takes too much memory.
const WORTH_COMPARING: std::ops::Range<usize> = 64..1 << 20;

/// So many are remembered of a place: conversations take turns.
const REMEMBERED: usize = 2;

/// An escape is not cut when so many bytes before the cut are no backslash: none is longer, not even `\u005cu005cu5929`.
const CLEAR: usize = 16;

/// Where no cut is found within so many bytes, the text is added from its end or to its end.
const FARTHEST: usize = 512;

/// The texts that were added last, by where they stood.
#[derive(Debug, Default)]
pub(super) struct Said(BTreeMap<String, Vec<String>>);

impl Said {
    /// Returns the part of a text (as sent) with all that no text before it had, and remembers the text. Read without its
    /// escapes, every three bytes of the text stand in that part or in an earlier text.
    pub(super) fn new_part<'t>(&mut self, place: &str, text: &'t str) -> &'t str {
        if !WORTH_COMPARING.contains(&text.len()) {
            return text;
        }
        let Some(known) = self.0.get_mut(place) else {
            self.0.insert(place.to_owned(), vec![text.to_owned()]);
            return text;
        };
        let json = is_json(text);
        let alike = |(at, known): (usize, &String)| {
            if is_json(known) != json {
                return (0, 0, 0, at);
            }
            let start = same_start(text.as_bytes(), known.as_bytes());
            let end = same_end(&text.as_bytes()[start..], &known.as_bytes()[start..]);
            (start + end, start, end, at)
        };
        let (same, start, end, at) = known.iter().enumerate().map(alike).max().unwrap_or_default();
        if same < text.len() / 2 && known.len() < REMEMBERED {
            known.push(text.to_owned());
        } else if same == text.len() && known[at].len() == same {
            return "";
        } else {
            // What is the same is not written again.
            let begin = text.floor_char_boundary(start);
            known[at].truncate(begin);
            known[at].push_str(&text[begin..]);
        }
        &text[from(text, start)..to(text, text.len() - end)]
    }
}

/// Returns where the new part begins when the text is known up to `known`.
fn from(text: &str, known: usize) -> usize {
    let last = (0..=known).rev().take(FARTHEST).find(|at| is_clear(text, *at));
    // Pieces of three bytes that reach over the cut begin in the two characters before it.
    last.map_or(0, |at| (0..2).fold(at, |at, _| text.floor_char_boundary(at.saturating_sub(1))))
}

/// Returns where the new part ends when the text is known from `known` on.
fn to(text: &str, known: usize) -> usize {
    let after = |at: usize| (0..2).fold(at, |at, _| text.ceil_char_boundary((at + 1).min(text.len())));
    let is_clear_behind = |at: usize| !text.as_bytes()[at..after(at)].contains(&b'\\');
    let first = (known + CLEAR..text.len()).take(FARTHEST).find(|at| is_clear(text, *at) && is_clear_behind(*at));
    first.map_or(text.len(), after)
}

/// Says whether a text can be cut here: through no escape, however often JSON was written into JSON, and through no base64.
fn is_clear(text: &str, at: usize) -> bool {
    at >= CLEAR
        && text.is_char_boundary(at)
        && !is_base64(text.as_bytes()[at - 1])
        && !text.as_bytes()[at - CLEAR..at].contains(&b'\\')
}

/// How many bytes are compared at once.
const STRIDE: usize = 32;

fn same_start(one: &[u8], other: &[u8]) -> usize {
    let (strides, others) = (one.as_chunks::<STRIDE>().0, other.as_chunks::<STRIDE>().0);
    let same = strides.iter().zip(others).take_while(|(one, other)| one == other).count() * STRIDE;
    same + one[same..].iter().zip(&other[same..]).take_while(|(one, other)| one == other).count()
}

fn same_end(one: &[u8], other: &[u8]) -> usize {
    let (strides, others) = (one.as_rchunks::<STRIDE>().1, other.as_rchunks::<STRIDE>().1);
    let same = strides.iter().rev().zip(others.iter().rev()).take_while(|(one, other)| one == other).count() * STRIDE;
    let rest = one[..one.len() - same].iter().rev().zip(other[..other.len() - same].iter().rev());
    same + rest.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::query::filter::fold;
    use crate::query::search::texts;

    /// Returns the pieces of a part of a text, as they are indexed.
    fn pieces(part: &str, json: bool) -> BTreeSet<[u8; 3]> {
        let mut found = BTreeSet::new();
        texts::plain(part, json, &mut |words| {
            found.extend(fold(words).as_bytes().windows(3).map(|piece| [piece[0], piece[1], piece[2]]));
            false
        });
        found
    }

    /// Turns of a conversation as they are written: with escapes, with JSON in JSON, with base64.
    fn turns() -> impl Strategy<Value = Vec<String>> {
        let word = prop_oneof![
            "[a-z ,.]{1,40}",
            "[天気größe😀]{1,8}",
            Just("line\nline\t\"quoted\" C:\\new".to_owned()),
            Just("QUJD".repeat(200)),
            "[A-Za-z0-9+/]{1,600}",
        ];
        prop::collection::vec(word, 1..6)
    }

    fn written(turns: &[String], ascii: bool, nested: bool) -> String {
        let mut json = serde_json::to_string(&serde_json::json!({"messages": turns, "end": "the same"})).expect("JSON");
        for _ in 0..if nested { 2 } else { 1 } {
            if ascii {
                let mut units = [0; 2];
                let escape = |c: char| match c.is_ascii() {
                    true => c.to_string(),
                    false => c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
                };
                json = json.chars().map(escape).collect();
            }
            if nested {
                json = serde_json::to_string(&[json]).expect("JSON");
            }
        }
        json
    }

    proptest! {
        #[test]
        fn every_piece_of_a_text_is_in_its_new_part_or_was_there(
            conversations in prop::collection::vec(turns(), 2..5), ascii: bool, nested: bool, json: bool,
        ) {
            let (mut said, mut there) = (Said::default(), BTreeSet::new());
            for turns in &conversations {
                for upto in 1..=turns.len() {
                    let text = if json { written(&turns[..upto], ascii, nested) } else { turns[..upto].concat() };
                    let is_json = texts::is_json(&text);
                    there.extend(pieces(said.new_part("messages", &text), is_json));
                    let missing: Vec<_> = pieces(&text, is_json).difference(&there).copied().collect();
                    prop_assert!(missing.is_empty(), "{text}: {missing:?}");
                }
            }
        }
    }

    #[test]
    fn of_a_conversation_that_grows_little_is_new() {
        let turn = |n: usize| format!("turn {n} says {}; ", "this and that ".repeat(n));
        let texts = (1..12).map(|turns| written(&(1..=turns).map(turn).collect::<Vec<_>>(), false, false));
        let texts: Vec<String> = texts.collect();
        let mut said = Said::default();
        let added: usize = texts.iter().map(|text| said.new_part("messages", text).len()).sum();
        assert!(added * 3 < texts.iter().map(String::len).sum(), "{added}");
        assert_eq!(said.new_part("messages", &texts[10]), "");
        let chunk = |said: &str| {
            format!(
                r#"{{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{{"delta":{{"content":"{said}"}}}}]}}"#
            )
        };
        said.new_part("chunk", &chunk("the one"));
        assert!(said.new_part("chunk", &chunk("another")).len() < 90, "{}", said.new_part("chunk", &chunk("third")));
    }
}
