//! JSON that a sender cut short: what is whole in it is read, and of the text it breaks off in what is there.
//!
//! SDKs cut texts to `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT` characters and do not say so (OpenTelemetry specification 1.50,
//! "Attribute limits"); some libraries cut by themselves and append a mark.

use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::error::Category;
use wide::u8x16;

use crate::json::Document;
use crate::json::text::plain_run;

/// What Copilot in VS Code appends (microsoft/vscode-copilot-chat `messageFormatters.ts`), with the length before and `chars]` after.
const COPILOT: &str = "...[truncated, original ";

/// What stands at the end of a text that was cut: Copilot's, and Claude Code's "Monitoring".
const ENDS: [&str; 2] = [" chars]", "[TRUNCATED - Content exceeds 60KB limit]"];

/// What stands instead of a value: ddtrace `llmobs/_constants.py`, with 1 MB or 5 MB.
const DROPPED: &str = "[This value has been dropped because this span's size exceeds the ";

/// Says whether a text is the beginning of a JSON object or list. The end is looked at first: most texts close what they opened, and
/// only one that does not close all of it can have been cut behind a bracket.
pub fn breaks_off(text: &str) -> bool {
    let text = before_mark(text).trim_ascii();
    let closes = match text.as_bytes().first() {
        Some(b'{') => b'}',
        Some(b'[') => b']',
        _ => return false,
    };
    let bytes = text.as_bytes();
    (!bytes.ends_with(&[closes]) || (!is_even(bytes) && is_open(bytes))) && is_beginning(text)
}

/// Says whether as many brackets open as close, those within texts counted too: then nothing is open but where a text happens to
/// make up for it.
fn is_even(bytes: &[u8]) -> bool {
    // Square and curly ones differ in this bit alone.
    const SQUARE: u8 = 0x20;
    let (chunks, rest) = bytes.as_chunks::<16>();
    let more = |byte: u8| i64::from(byte | SQUARE == b'{') - i64::from(byte | SQUARE == b'}');
    // What is true is -1 in each of sixteen sums, which add up as many times as none of them can overflow.
    let difference = chunks.chunks(i8::MAX as usize).map(|chunks| {
        let sums = chunks.iter().fold(u8x16::ZERO, |sums, chunk| {
            let bytes = u8x16::new(*chunk) | u8x16::splat(SQUARE);
            let is = |bracket: u8| bytes.simd_eq(u8x16::splat(bracket));
            sums + is(b'}') - is(b'{')
        });
        sums.to_array().into_iter().map(|sum| i64::from(sum.cast_signed())).sum::<i64>()
    });
    difference.sum::<i64>() + rest.iter().map(|byte| more(*byte)).sum::<i64>() == 0
}

/// Says whether lists or objects are open at the end.
fn is_open(bytes: &[u8]) -> bool {
    let (mut at, mut open) = (0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            b'"' => match end_of_text(bytes, at + 1) {
                Ok(end) => at = end,
                Err(_) => return true,
            },
            _ => {}
        }
        at += 1;
    }
    open > 0
}

/// Says whether a text ends with the mark of a library that cuts, or is what stands for a text that was left out.
pub fn is_marked(text: &str) -> bool {
    let text = text.trim_end();
    before_mark(text).len() < text.len() || text.ends_with(ENDS[1]) || text.starts_with(DROPPED)
}

/// Returns what is there of JSON that breaks off; `None` for every other text, and where nothing of it is there.
pub fn document(text: &str) -> Option<Document<'static>> {
    let text = before_mark(text).trim();
    let first = *text.as_bytes().first()?;
    (matches!(first, b'{' | b'[' | b'"') && is_beginning(text)).then(|| Document::parse_owned(closed(text)?)).flatten()
}

/// Returns the same to be kept.
pub fn value(text: &str) -> Option<Value> {
    document(text).map(|document| document.root().to_value())
}

fn before_mark(text: &str) -> &str {
    let end = text.strip_suffix(ENDS[0]).and_then(|_| text.rfind(COPILOT));
    end.map_or(text, |end| &text[..end])
}

fn is_beginning(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_err_and(|error| error.classify() == Category::Eof)
}

/// Returns the beginning of a JSON text with all that is open in it closed. A name without its value, a list or object of which nothing
/// is there, and a number or word that may go on are left out, as are an id and a word of the format, which would be others; a text
/// keeps what is there of it.
fn closed(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    // What closes the lists and objects that are open; where the last whole value ends, and how many were open there.
    let mut open: Vec<char> = Vec::new();
    let (mut whole, mut open_there) = (0, 0);
    let (mut at, mut is_name, mut name) = (0, false, "");
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => match end_of_text(bytes, at + 1) {
                Ok(end) if is_name => (name, at) = (&text[at + 1..end], end),
                Ok(end) => {
                    at = end;
                    (whole, open_there) = (end + 1, open.len());
                }
                Err(_) if is_name || (open.last() == Some(&'}') && is_identifying(name)) => break,
                Err(end) => return Some(finish(&format!("{}\"", &text[..end]), &open)),
            },
            b'{' | b'[' => open.push(if byte == b'{' { '}' } else { ']' }),
            b'}' | b']' => {
                open.pop();
                (whole, open_there) = (at + 1, open.len());
            }
            b',' => (whole, open_there) = (at, open.len()),
            _ => {}
        }
        is_name = match byte {
            b'{' => true,
            b',' => open.last() == Some(&'}'),
            b' ' | b'\t' | b'\n' | b'\r' => is_name,
            _ => false,
        };
        at += 1;
    }
    (whole > 0).then(|| finish(&text[..whole], &open[..open_there]))
}

/// Says whether what stands under a name tells things apart instead of saying something.
fn is_identifying(name: &str) -> bool {
    matches!(name, "id" | "type" | "role") || name.ends_with("_id") || name.ends_with("Id")
}

fn finish(text: &str, open: &[char]) -> String {
    text.chars().chain(open.iter().rev().copied()).collect()
}

/// Returns where the closing quote of a text stands; where it has none, the end of what is whole: an escape may be cut too.
fn end_of_text(bytes: &[u8], from: usize) -> Result<usize, usize> {
    let mut at = from;
    loop {
        at += plain_run(&bytes[at..]);
        let Some(&byte) = bytes.get(at) else { break };
        let len = match (byte, bytes.get(at + 1)) {
            (b'"', _) => return Ok(at),
            (b'\\', Some(b'u')) => 6,
            (b'\\', _) => 2,
            _ => 1,
        };
        if at + len > bytes.len() {
            return Err(at);
        }
        at += len;
    }
    Err(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_is_whole_is_read_and_a_text_keeps_its_beginning() {
        for (text, there) in [
            (r#"[{"role": "user", "content": "Hel"#, json!([{"role": "user", "content": "Hel"}])),
            (r#"[{"role": "user", "content": "a\u00e"#, json!([{"role": "user", "content": "a"}])),
            (r#"[{"role": "user", "content": "a\"#, json!([{"role": "user", "content": "a"}])),
            (r#"[{"role": "user", "conte"#, json!([{"role": "user"}])),
            (r#"[{"role": "user", "content":"#, json!([{"role": "user"}])),
            (r#"{"n": 2, "max_tokens": 12"#, json!({"n": 2})),
            (r#"{"n": 2, "tool_call_id": "call_1"#, json!({"n": 2})),
            (r#"[{"id": "call_1", "type": "func"#, json!([{"id": "call_1"}])),
            (r#"{"idea": "all of i"#, json!({"idea": "all of i"})),
            (r#"{"n": 2, "a": [1, {"b": tr"#, json!({"n": 2, "a": [1]})),
            (r#"["a", "b"#, json!(["a", "b"])),
            (r#"["a", "b""#, json!(["a", "b"])),
            (r#"{"a": "x...[truncated, original 70001 chars]"#, json!({"a": "x"})),
            (r#"{"a": {"b": 1}"#, json!({"a": {"b": 1}})),
        ] {
            assert_eq!(value(text), Some(there), "{text}");
            assert!(breaks_off(text), "{text}");
        }
    }

    #[test]
    fn whole_json_and_prose_are_left_alone() {
        for text in [
            "",
            "{",
            "[",
            "[1, 2]",
            r#"{"a": 1}"#,
            "[draft] see below",
            "[unfinished thought",
            "{name}, hello",
            "plain",
            "-1",
        ] {
            assert_eq!(value(text), None, "{text}");
            assert!(!breaks_off(text) || text.len() == 1, "{text}");
        }
    }

    #[test]
    fn marks_are_known_at_the_end_only() {
        assert!(is_marked("abc...[truncated, original 5 chars]"));
        assert!(is_marked("abc\n\n[TRUNCATED - Content exceeds 60KB limit]"));
        assert!(is_marked("[This value has been dropped because this span's size exceeds the 5MB size limit.]"));
        assert!(!is_marked("[truncated, original 5 chars] is a mark, and so is ..."));
    }

    proptest! {
        #[test]
        fn nothing_is_added(parts in prop::collection::vec("[a-z\\\\\"é\u{1F600}]{0,9}", 1..5), cut in any::<prop::sample::Index>()) {
            let whole = json!({"messages": parts, "n": 12, "nested": {"last": [true, null, {"text": parts}]}}).to_string();
            let end = (0..=cut.index(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
            if let Some(there) = value(&whole[..end]) {
                prop_assert!(is_part(&there, &serde_json::from_str(&whole).unwrap()), "{there} of {whole}");
            }
        }
    }

    /// Says whether everything in one value stands in the other, texts as their beginning.
    fn is_part(part: &Value, whole: &Value) -> bool {
        match (part, whole) {
            (Value::String(part), Value::String(whole)) => whole.starts_with(part.as_str()),
            (Value::Array(part), Value::Array(whole)) => {
                part.len() <= whole.len() && part.iter().zip(whole).all(|(part, whole)| is_part(part, whole))
            }
            (Value::Object(part), Value::Object(whole)) => {
                part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| is_part(part, whole)))
            }
            (part, whole) => part == whole,
        }
    }
}
