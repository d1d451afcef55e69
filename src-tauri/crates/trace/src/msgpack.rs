//! MessagePack: values one after the other, borrowed from the bytes. Nothing here knows a message.
//!
//! Source: github.com/msgpack/msgpack, `spec.md`. Names neither [`crate::decode`] nor dialects: both read it, since one
//! library puts it into requests and into the values of attributes.

use serde_json::{Map, Number};

/// How many items a value may hold that is read as JSON: what is larger is shown as bytes.
const MAX_JSON_ITEMS: u64 = 1_000_000;

/// How deep a value may be nested that is read as JSON.
const MAX_JSON_DEPTH: u32 = 100;

/// Where bytes stop being MessagePack, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The byte.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number from 0 up.
    Unsigned(u64),
    /// A whole number below 0.
    Signed(i64),
    /// A float.
    Double(f64),
    /// Text; mostly UTF-8.
    Text(&'a [u8]),
    /// Bytes; those of an extension too.
    Bytes(&'a [u8]),
    /// A list.
    List(Vec<Value<'a>>),
    /// Keys and values in the order sent; a key may stand twice.
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// A list or map that is nested too deep to be built.
    TooDeep,
}

impl<'a> Value<'a> {
    /// Returns the value of the last of these keys: for a repeated key, later wins. Nil is nothing.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        let Self::Map(entries) = self else { return None };
        let found = entries.iter().rev().find(|(k, _)| matches!(k, Value::Text(text) if *text == key.as_bytes()));
        found.map(|(_, value)| value).filter(|value| **value != Value::Nil)
    }

    /// Returns the text; bytes that are not UTF-8 are replaced by U+FFFD.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }
}

/// What stands at the head of a value.
enum Head<'a> {
    Leaf(Value<'a>),
    List(u32),
    Map(u32),
}

/// A place in bytes that are MessagePack as far as they were read.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Returns the place before the first value.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Says whether all was read.
    pub fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Returns how many bytes were read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Returns how many values the list that begins here has, and goes to the first.
    pub fn list(&mut self) -> Result<u32, Broken> {
        let at = self.at;
        match self.head()? {
            Head::List(length) => Ok(length),
            _ => Err(Broken { at, what: "a list was expected" }),
        }
    }

    /// Goes past the value that begins here and returns how many it is, those within it included; `None` when they are more
    /// than `limit`. Takes no stack.
    pub fn skip(&mut self, limit: u64) -> Result<Option<u64>, Broken> {
        let (mut open, mut items) = (1_u64, 0);
        while open > 0 {
            open -= 1;
            items += 1;
            open += match self.head()? {
                Head::Leaf(_) => 0,
                Head::List(length) => u64::from(length),
                Head::Map(length) => 2 * u64::from(length),
            };
            if items + open > limit {
                return Ok(None);
            }
        }
        Ok(Some(items))
    }

    /// Returns the value that begins here. What is nested deeper than `depth` is passed over and [`Value::TooDeep`]. Count
    /// what is in it with [`Cursor::skip`] first: a list takes more memory than bytes.
    pub fn value(&mut self, depth: u32) -> Result<Value<'a>, Broken> {
        let start = self.clone();
        let head = self.head()?;
        if depth == 0 && !matches!(head, Head::Leaf(_)) {
            *self = start;
            self.skip(u64::MAX)?;
            return Ok(Value::TooDeep);
        }
        Ok(match head {
            Head::Leaf(value) => value,
            Head::List(length) => {
                let mut values = Vec::new();
                for _ in 0..length {
                    values.push(self.value(depth - 1)?);
                }
                Value::List(values)
            }
            Head::Map(length) => {
                let mut entries = Vec::new();
                for _ in 0..length {
                    entries.push((self.value(depth - 1)?, self.value(depth - 1)?));
                }
                Value::Map(entries)
            }
        })
    }

    fn head(&mut self) -> Result<Head<'a>, Broken> {
        let at = self.at;
        let broken = |what| Broken { at, what };
        let [first] = self.array()?;
        let leaf = match first {
            0x00..=0x7f => Value::Unsigned(first.into()),
            0x80..=0x8f => return Ok(Head::Map(u32::from(first & 0x0f))),
            0x90..=0x9f => return Ok(Head::List(u32::from(first & 0x0f))),
            0xa0..=0xbf => Value::Text(self.take(usize::from(first & 0x1f))?),
            0xc0 => Value::Nil,
            0xc1 => return Err(broken("a byte that begins no value")),
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            0xc4..=0xc6 => {
                let length = self.length(first - 0xc4)?;
                Value::Bytes(self.take(length as usize)?)
            }
            0xc7..=0xc9 => {
                let length = self.length(first - 0xc7)?;
                self.array::<1>()?;
                Value::Bytes(self.take(length as usize)?)
            }
            0xca => Value::Double(f32::from_be_bytes(self.array()?).into()),
            0xcb => Value::Double(f64::from_be_bytes(self.array()?)),
            0xcc => Value::Unsigned(u8::from_be_bytes(self.array()?).into()),
            0xcd => Value::Unsigned(u16::from_be_bytes(self.array()?).into()),
            0xce => Value::Unsigned(u32::from_be_bytes(self.array()?).into()),
            0xcf => Value::Unsigned(u64::from_be_bytes(self.array()?)),
            0xd0 => whole(i8::from_be_bytes(self.array()?).into()),
            0xd1 => whole(i16::from_be_bytes(self.array()?).into()),
            0xd2 => whole(i32::from_be_bytes(self.array()?).into()),
            0xd3 => whole(i64::from_be_bytes(self.array()?)),
            0xd4..=0xd8 => {
                self.array::<1>()?;
                Value::Bytes(self.take(1 << (first - 0xd4))?)
            }
            0xd9..=0xdb => {
                let length = self.length(first - 0xd9)?;
                Value::Text(self.take(length as usize)?)
            }
            0xdc | 0xdd => return Ok(Head::List(self.length(first - 0xdc + 1)?)),
            0xde | 0xdf => return Ok(Head::Map(self.length(first - 0xde + 1)?)),
            0xe0..=0xff => Value::Signed(i64::from(first as i8)),
        };
        Ok(Head::Leaf(leaf))
    }

    /// Reads a length of 1, 2 or 4 bytes (`size` 0, 1, 2).
    fn length(&mut self, size: u8) -> Result<u32, Broken> {
        Ok(match size {
            0 => u8::from_be_bytes(self.array()?).into(),
            1 => u16::from_be_bytes(self.array()?).into(),
            _ => u32::from_be_bytes(self.array()?),
        })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Broken> {
        let left = &self.bytes[self.at..];
        let taken = left.get(..length).ok_or(Broken { at: self.at, what: "a length reaches past the end" })?;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let taken = self.bytes[self.at..].first_chunk::<N>();
        let array = *taken.ok_or(Broken { at: self.at, what: "the bytes end within a value" })?;
        self.at += N;
        Ok(array)
    }
}

fn whole(number: i64) -> Value<'static> {
    u64::try_from(number).map_or(Value::Signed(number), Value::Unsigned)
}

/// Returns the JSON that bytes say, when they are one value, not too large and a map or list; keys are texts, bytes within
/// are left out of it.
pub fn to_json(bytes: &[u8]) -> Option<serde_json::Value> {
    Cursor::new(bytes).skip(MAX_JSON_ITEMS).ok()??;
    let mut cursor = Cursor::new(bytes);
    let value = cursor.value(MAX_JSON_DEPTH).ok()?;
    (cursor.is_at_end() && matches!(value, Value::List(_) | Value::Map(_))).then(|| json(&value))
}

fn json(value: &Value<'_>) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Value::Nil | Value::Bytes(_) | Value::TooDeep => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Unsigned(number) => Json::from(*number),
        Value::Signed(number) => Json::from(*number),
        Value::Double(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(String::from_utf8_lossy(text).into_owned()),
        Value::List(values) => values.iter().map(json).collect(),
        Value::Map(entries) => {
            let entries = entries.iter().filter_map(|(key, value)| Some((key_text(key)?, json(value))));
            Json::Object(entries.collect::<Map<_, _>>())
        }
    }
}

/// Returns a map's key as text; numbers as they are written.
pub fn key_text(key: &Value<'_>) -> Option<String> {
    match key {
        Value::Unsigned(number) => Some(number.to_string()),
        Value::Signed(number) => Some(number.to_string()),
        key => key.text(),
    }
}

/// Returns JSON as MessagePack, so that what is sent either way is read one way.
pub fn from_json(value: &serde_json::Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

fn write(value: &serde_json::Value, out: &mut Vec<u8>) {
    use serde_json::Value as Json;
    let length = |first: u8, length: usize, out: &mut Vec<u8>| {
        out.push(first);
        out.extend((length.min(u32::MAX as usize) as u32).to_be_bytes());
    };
    match value {
        Json::Null => out.push(0xc0),
        Json::Bool(truth) => out.push(0xc2 + u8::from(*truth)),
        Json::Number(number) => {
            let (first, bytes) = match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => (0xcf, number.to_be_bytes()),
                (None, Some(number)) => (0xd3, number.to_be_bytes()),
                (None, None) => (0xcb, number.as_f64().unwrap_or(f64::NAN).to_be_bytes()),
            };
            out.push(first);
            out.extend(bytes);
        }
        Json::String(text) => {
            length(0xdb, text.len(), out);
            out.extend(text.as_bytes());
        }
        Json::Array(values) => {
            length(0xdd, values.len(), out);
            values.iter().for_each(|value| write(value, out));
        }
        Json::Object(entries) => {
            length(0xdf, entries.len(), out);
            for (key, value) in entries {
                length(0xdb, key.len(), out);
                out.extend(key.as_bytes());
                write(value, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Value<'_>, Broken> {
        Cursor::new(bytes).value(10)
    }

    #[test]
    fn values_of_every_format_are_read() {
        let cases: [(&[u8], Value<'_>); 16] = [
            (&[0xc0], Value::Nil),
            (&[0xc3], Value::Bool(true)),
            (&[0x7f], Value::Unsigned(127)),
            (&[0xff], Value::Signed(-1)),
            (&[0xcc, 200], Value::Unsigned(200)),
            (&[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Value::Unsigned(u64::MAX)),
            (&[0xd0, 0x80], Value::Signed(-128)),
            (&[0xd1, 0, 5], Value::Unsigned(5)),
            (&[0xca, 0x3f, 0x80, 0, 0], Value::Double(1.0)),
            (&[0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0], Value::Double(1.0)),
            (&[0xa2, b'h', b'i'], Value::Text(b"hi")),
            (&[0xd9, 1, b'x'], Value::Text(b"x")),
            (&[0xc4, 1, 9], Value::Bytes(&[9])),
            (&[0xd4, 1, 9], Value::Bytes(&[9])),
            (&[0xc7, 1, 5, 9], Value::Bytes(&[9])),
            (&[0xdc, 0, 1, 0x91, 0x80], Value::List(vec![Value::List(vec![Value::Map(vec![])])])),
        ];
        for (bytes, expected) in cases {
            assert_eq!(read(bytes), Ok(expected), "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_not_messagepack_is_refused_with_the_place() {
        let cases: [(&[u8], usize); 5] =
            [(&[], 0), (&[0xc1], 0), (&[0xa3, b'h'], 1), (&[0x92, 0x01], 2), (&[0xdb, 0xff, 0xff, 0xff, 0xff], 5)];
        for (bytes, at) in cases {
            assert_eq!(read(bytes).unwrap_err().at, at, "{bytes:x?}");
        }
    }

    #[test]
    fn lists_that_claim_more_than_is_there_take_no_memory_and_no_stack() {
        assert_eq!(Cursor::new(&[0xdd, 0xff, 0xff, 0xff, 0xff]).skip(1000), Ok(None));
        let deep = vec![0x91; 1_000_000];
        assert_eq!(Cursor::new(&deep).skip(u64::MAX).unwrap_err().at, 1_000_000);
        let mut deep = deep;
        deep.push(0xc0);
        let Ok(Value::List(outer)) = Cursor::new(&deep).value(1) else { panic!("a list") };
        assert_eq!(outer, [Value::TooDeep]);
    }

    proptest! {
        #[test]
        fn json_comes_back(text in ".*", number in any::<i64>(), truth in any::<bool>()) {
            let sent = json!({"a": [text, number, null, {"b": truth}], "c": 1.5});
            prop_assert_eq!(to_json(&from_json(&sent)), Some(sent));
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = to_json(&bytes);
        }
    }
}
