//! Google's contents in protobuf's text format: what `str` gives of an object of the Vertex AI SDK.
//!
//! Source: the text format's specification, and `vertexai.generative_models` of google-cloud-aiplatform 1.60 to 1.120 as
//! opentelemetry-instrumentation-vertexai up to 0.44 writes it, one object after another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value, json};

use super::message;
use crate::reading::Message;

/// Messages nested deeper than this are not read.
const MAX_DEPTH: usize = 32;

/// What a picture or a file starts with among texts.
const FILES: [&str; 2] = ["inline_data {", "file_data {"];

/// Returns the messages a text is the contents of, or the user's one message whose parts it is; `None` when it is anything else.
pub fn contents(text: &str) -> Option<Vec<Message>> {
    let is_whole = ["role: \"", "parts {", "text: \""].iter().any(|start| text.starts_with(start));
    let said =
        is_whole.then(|| whole(text)).flatten().or_else(|| Some(vec![("user".to_owned(), among_texts(text)?)]))?;
    said.into_iter().map(|(role, parts)| message::read(&json!({"role": role, "parts": parts}), "user")).collect()
}

/// Contents, or parts of one.
fn whole(text: &str) -> Option<Vec<(String, Vec<Value>)>> {
    let mut reading = Reading { rest: text };
    let fields = reading.fields(0)?;
    reading.is_at_end().then_some(())?;
    let mut said: Vec<(String, Vec<Value>)> = Vec::new();
    for (name, value) in fields {
        match (name, value) {
            ("role", Value::String(role)) => said.push((role, Vec::new())),
            ("parts", part) => last(&mut said).push(part),
            (name, value) => last(&mut said).push(json!({name: value})),
        }
    }
    Some(said)
}

/// Pictures and files with what the program gave as plain texts before and after them.
fn among_texts(text: &str) -> Option<Vec<Value>> {
    let starts = |line: &str| FILES.contains(&line.trim_end());
    let (mut parts, mut plain, mut block) = (Vec::new(), String::new(), None::<String>);
    for line in text.split_inclusive('\n') {
        match &mut block {
            None if starts(line) => {
                parts.extend(text_part(&plain));
                plain.clear();
                block = Some(line.to_owned());
            }
            None => plain.push_str(line),
            Some(open) => {
                open.push_str(line);
                if line.trim_end() == "}" {
                    let (_, read) = whole(open)?.pop()?;
                    parts.extend(read);
                    block = None;
                }
            }
        }
    }
    let is_read = block.is_none() && !parts.is_empty();
    parts.extend(text_part(&plain));
    is_read.then_some(parts)
}

fn text_part(plain: &str) -> Option<Value> {
    let plain = plain.trim_matches('\n');
    (!plain.is_empty()).then(|| json!({"text": plain}))
}

fn last(said: &mut Vec<(String, Vec<Value>)>) -> &mut Vec<Value> {
    if said.is_empty() {
        said.push(("user".to_owned(), Vec::new()));
    }
    let at = said.len() - 1;
    &mut said[at].1
}

struct Reading<'a> {
    rest: &'a str,
}

impl<'a> Reading<'a> {
    fn is_at_end(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.is_empty()
    }

    fn take(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(sign)?;
        Some(())
    }

    fn word(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start();
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || "_.+-".contains(c);
        let end = self.rest.find(|c| !is_of_word(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).filter(|(word, _)| !word.is_empty())?;
        self.rest = rest;
        Some(word)
    }

    /// The fields up to the end of the message or of the text.
    fn fields(&mut self, depth: usize) -> Option<Vec<(&'a str, Value)>> {
        (depth < MAX_DEPTH).then_some(())?;
        let mut fields = Vec::new();
        while !self.is_at_end() && !self.rest.starts_with('}') {
            let name = self.word()?;
            let value = match self.take(':') {
                Some(()) => self.scalar(name)?,
                None => {
                    self.take('{')?;
                    let inner = self.fields(depth + 1)?;
                    self.take('}')?;
                    message_of(name, inner)
                }
            };
            fields.push((name, value));
        }
        Some(fields)
    }

    fn scalar(&mut self, name: &str) -> Option<Value> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('"') {
            let bytes = self.quoted()?;
            let is_bytes = matches!(name, "data" | "thought_signature");
            let text = || String::from_utf8_lossy(&bytes).into_owned();
            return Some(Value::String(if is_bytes { STANDARD.encode(&bytes) } else { text() }));
        }
        let word = self.word()?;
        let whole = || word.parse::<i64>().ok().map(Number::from);
        let number = || whole().or_else(|| word.parse().ok().and_then(Number::from_f64)).map(Value::Number);
        Some(match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "NULL_VALUE" => Value::Null,
            _ => number().unwrap_or_else(|| word.into()),
        })
    }

    /// A text's bytes: what is not printable is escaped as in C.
    fn quoted(&mut self) -> Option<Vec<u8>> {
        let text = self.rest.strip_prefix('"')?;
        let (mut bytes, mut at) = (Vec::new(), 0);
        let raw = text.as_bytes();
        loop {
            match (*raw.get(at)?, raw.get(at + 1).copied()) {
                (b'"', _) => break,
                (b'\\', Some(octal @ b'0'..=b'7')) => {
                    let digits = raw[at + 1..].iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit));
                    let digits: Vec<u8> = digits.copied().collect();
                    let value = digits.iter().fold(0_u16, |value, digit| value * 8 + u16::from(digit - b'0'));
                    bytes.push(u8::try_from(value).unwrap_or(octal));
                    at += 1 + digits.len();
                }
                (b'\\', Some(escaped)) => {
                    bytes.push(match escaped {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        other => other,
                    });
                    at += 2;
                }
                (byte, _) => {
                    bytes.push(byte);
                    at += 1;
                }
            }
        }
        self.rest = text.get(at + 1..)?;
        Some(bytes)
    }
}

/// A message as an object; those of `google.protobuf.Struct` as the data they stand for.
fn message_of(name: &str, mut fields: Vec<(&str, Value)>) -> Value {
    match name {
        // A `Value` has one field, of the name of its type.
        "value" | "values" if fields.len() == 1 => fields.remove(0).1,
        "list_value" => fields.into_iter().map(|(_, value)| value).collect(),
        "args" | "response" | "struct_value" => fields.into_iter().filter_map(|(_, entry)| entry_of(entry)).collect(),
        _ => Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()),
    }
}

fn entry_of(entry: Value) -> Option<(String, Value)> {
    let Value::Object(mut entry) = entry else { return None };
    let key = entry.get("key")?.as_str()?.to_owned();
    Some((key, entry.remove("value").unwrap_or(Value::Null)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Part;

    #[test]
    fn contents_one_after_another_are_messages() {
        let text = "role: \"user\"\nparts {\n  text: \"\\\"P\\303\\244ris\\\"?\"\n}\n\nrole: \"model\"\nparts {\n  function_call {\n    \
                    name: \"f\"\n    args {\n      fields {\n        key: \"n\"\n        value {\n          number_value: 18\n        }\n      \
                    }\n      fields {\n        key: \"l\"\n        value {\n          list_value {\n            values {\n              \
                    bool_value: true\n            }\n          }\n        }\n      }\n    }\n  }\n}\n\n";
        let said = contents(text).expect("contents");
        assert_eq!(said[0], Message::new("user", vec![Part::Text { text: "\"P\u{e4}ris\"?".into() }]));
        let call = Part::ToolCall { id: None, name: Some("f".into()), arguments: json!({"n": 18, "l": [true]}) };
        assert_eq!(said[1], Message::new("assistant", vec![call]));
    }

    #[test]
    fn parts_alone_are_the_users_and_other_texts_are_none() {
        let said = contents("text: \"Hi\"\n\n").expect("a part");
        assert_eq!(said, [Message::new("user", vec![Part::Text { text: "Hi".into() }])]);
        for other in ["text: \"Hi\" and more", "role: \"user\"\nparts {", "parts { text: \"a }", "Hello"] {
            assert_eq!(contents(other), None, "{other}");
        }
        assert_eq!(contents(&"parts {".repeat(100)), None);
    }

    #[test]
    fn picture_stands_among_plain_texts() {
        let picture = "inline_data {\n  mime_type: \"image/png\"\n  data: \"\\211PNG\"\n}\n";
        for text in [format!("What is it?\n{picture}\n"), format!("{picture}\nWhat is it?\n")] {
            let said = contents(&text).expect("a message");
            let texts = said[0].parts.iter().filter(|part| **part == Part::Text { text: "What is it?".into() });
            assert_eq!((said.len(), said[0].parts.len(), texts.count()), (1, 2, 1), "{said:?}");
        }
        assert_eq!(contents("What is\ninline_data {\n  mime_type: 1"), None);
    }
}
