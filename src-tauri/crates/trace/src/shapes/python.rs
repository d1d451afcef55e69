//! Python's `repr` of data (`{'a': None, 'b': [1, True]}`) and of objects made of it (`Usage(input=3, kind=<Kind.A: 'a'>)`), which many
//! libraries write where JSON was meant.

use serde_json::{Map, Number, Value};

/// Data nested deeper than this is not read.
const MAX_DEPTH: usize = 64;

/// Returns the dict, list, tuple or object a text is the `repr` of; `None` when it is anything else. Of an object its fields are
/// kept, not its class.
pub fn repr(text: &str) -> Option<Value> {
    let text = text.trim();
    if !may_be_repr(text) {
        return None;
    }
    whole(Repr { rest: text, is_lenient: false })
}

/// Returns what is there of the list or dict a text is the beginning of the `repr` of, cut by a sender who may have appended dots;
/// `None` for every other text. Of the text it breaks off in what is there is kept.
pub fn beginning(text: &str) -> Option<Value> {
    let text = text.trim().trim_end_matches("...");
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let (mut open, mut quote, mut is_escaped) = (Vec::new(), None, false);
    // Where the last whole value ends, and what was open there.
    let mut whole = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(began), letter) if letter == began => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '{' | '[' | '(') if open.len() > MAX_DEPTH => return None,
            (None, '{') => open.push('}'),
            (None, '[') => open.push(']'),
            (None, '(') => open.push(')'),
            (None, '}' | ']' | ')') => {
                open.pop()?;
            }
            (None, ',') => whole = Some((at, open.clone())),
            (None, _) => {}
        }
    }
    if open.is_empty() {
        return None;
    }
    let closed = |text: &str, quote: Option<char>, open: &[char]| {
        let closing = quote.into_iter().chain(open.iter().rev().copied());
        repr(&text.chars().chain(closing).collect::<String>())
    };
    let text = text.strip_suffix('\\').filter(|_| is_escaped).unwrap_or(text);
    closed(text, quote, &open).or_else(|| whole.and_then(|(end, open)| closed(&text[..end], None, &open)))
}

/// Returns the same of an object, in which what does not say what is in it (`<function f at 0x7f6951e41c60>`) is null.
pub fn object(text: &str) -> Option<Value> {
    let text = text.trim();
    let is_object = text.ends_with(')') && text.starts_with(|c: char| c.is_ascii_uppercase());
    is_object.then(|| whole(Repr { rest: text, is_lenient: true })).flatten()
}

/// Returns the same of a dict.
pub(super) fn dict(text: &str) -> Option<Value> {
    let text = text.trim();
    (text.starts_with('{') && text.ends_with('}')).then(|| whole(Repr { rest: text, is_lenient: true })).flatten()
}

fn whole(mut reading: Repr<'_>) -> Option<Value> {
    let value = reading.value(0)?;
    reading.rest.trim_start().is_empty().then_some(value)
}

/// Returns the fields of an object as Pydantic's `str` writes them: `content='sunny' name='f'`.
pub fn fields(text: &str) -> Option<Map<String, Value>> {
    all_fields(Repr { rest: text.trim(), is_lenient: false })
}

/// Returns the same, in which what does not say what is in it is null, as of an [`object`].
pub(super) fn fields_of_object(text: &str) -> Option<Map<String, Value>> {
    all_fields(Repr { rest: text.trim(), is_lenient: true })
}

fn all_fields(mut reading: Repr<'_>) -> Option<Map<String, Value>> {
    let mut fields = Map::new();
    while !reading.rest.is_empty() {
        let name = reading.name()?.to_owned();
        if !reading.next_is("=") {
            return None;
        }
        fields.insert(name, reading.value(0)?);
        reading.rest = reading.rest.trim_start();
    }
    (!fields.is_empty()).then_some(fields)
}

/// Returns the name of the function a text is the `repr` of: `<function f at 0x7f6951e41c60>`.
pub fn function(text: &str) -> Option<&str> {
    let (name, address) = text.strip_prefix("<function ")?.strip_suffix('>')?.split_once(" at 0x")?;
    let last = name.rsplit('.').next().filter(|last| !last.is_empty())?;
    address.chars().all(|digit| digit.is_ascii_hexdigit()).then_some(last)
}

/// Says whether a text is the `repr` of an object that does not say what is in it: `<anthropic.Stream object at 0x7fe8e8bfec90>`.
pub fn is_object(text: &str) -> bool {
    let inside = text.trim().strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    let parts = inside.and_then(|text| text.split_once(" object at 0x"));
    parts.is_some_and(|(class, address)| {
        !class.contains(['<', '>', ' ', '\n']) && address.chars().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// Says whether a text without blanks around it begins and ends as a `repr` does.
pub(super) fn may_be_repr(text: &str) -> bool {
    text.starts_with(['{', '[', '(']) || (text.ends_with(')') && text.starts_with(|c: char| c.is_ascii_uppercase()))
}

struct Repr<'t> {
    rest: &'t str,
    is_lenient: bool,
}

impl Repr<'_> {
    fn next_is(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.next_is("{") {
            return self.dict(depth);
        }
        for (open, close) in [("[", "]"), ("(", ")")] {
            if self.next_is(open) {
                return self.list(close, depth);
            }
        }
        for (word, value) in [("None", Value::Null), ("True", Value::Bool(true)), ("False", Value::Bool(false))] {
            if self.next_is(word) {
                return Some(value);
            }
        }
        match self.rest.chars().next()? {
            '\'' | '"' => self.string().map(Value::String),
            '<' if self.is_lenient => Some(self.member_or_null()),
            '<' => self.member(),
            // Bytes, which are no text; what is ASCII in them is.
            'b' if self.rest[1..].starts_with(['\'', '"']) => {
                self.rest = &self.rest[1..];
                self.string().map(Value::String)
            }
            c if c.is_alphabetic() || c == '_' => self.object(depth),
            _ => self.number(),
        }
    }

    /// A member of an enumeration: `<Role.USER: 'user'>`.
    fn member(&mut self) -> Option<Value> {
        let (name, rest) = self.rest.split_once(": ")?;
        if name.contains([' ', '>', ',']) {
            return None;
        }
        self.rest = rest;
        let value = if rest.starts_with(['\'', '"']) { self.string().map(Value::String) } else { self.number() };
        value.filter(|_| self.next_is(">"))
    }

    fn member_or_null(&mut self) -> Value {
        let before = self.rest;
        if let Some(member) = self.member() {
            return member;
        }
        let mut open = 0_usize;
        let end = before.char_indices().find(|(_, c)| {
            match c {
                '<' => open += 1,
                '>' => open -= 1,
                _ => {}
            }
            open == 0
        });
        self.rest = end.map_or("", |(at, _)| &before[at + 1..]);
        Value::Null
    }

    /// An object as its constructor would be called: `Usage(input=3)`.
    fn object(&mut self, depth: usize) -> Option<Value> {
        let class = self.name()?.to_owned();
        if !self.next_is("(") {
            return None;
        }
        let mut fields = Map::new();
        while !self.next_is(")") {
            let name = self.name()?.to_owned();
            if !self.next_is("=") {
                return None;
            }
            fields.insert(name, self.value(depth + 1)?);
            if !self.next_is(",") && !self.rest.starts_with(')') {
                return None;
            }
        }
        // LangChain's messages say who speaks by their class alone.
        if class.ends_with("Message") && !["role", "_role"].iter().any(|key| fields.contains_key(*key)) {
            fields.entry("type").or_insert(Value::String(class));
        }
        Some(Value::Object(fields))
    }

    fn name(&mut self) -> Option<&str> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }

    fn dict(&mut self, depth: usize) -> Option<Value> {
        let mut entries = Map::new();
        while !self.next_is("}") {
            let key = match self.value(depth + 1)? {
                Value::String(key) => key,
                other => other.to_string(),
            };
            if !self.next_is(":") {
                return None;
            }
            entries.insert(key, self.value(depth + 1)?);
            if !self.next_is(",") && !self.rest.starts_with('}') {
                return None;
            }
        }
        Some(Value::Object(entries))
    }

    fn list(&mut self, close: &str, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        while !self.next_is(close) {
            items.push(self.value(depth + 1)?);
            if !self.next_is(",") && !self.rest.starts_with(close) {
                return None;
            }
        }
        Some(Value::Array(items))
    }

    fn string(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.rest = &self.rest[at + c.len_utf8()..];
                    return Some(text);
                }
                '\\' => {
                    let digits = match chars.next()?.1 {
                        'n' => {
                            text.push('\n');
                            continue;
                        }
                        't' => {
                            text.push('\t');
                            continue;
                        }
                        'r' => {
                            text.push('\r');
                            continue;
                        }
                        'x' => 2,
                        'u' => 4,
                        'U' => 8,
                        other => {
                            text.push(other);
                            continue;
                        }
                    };
                    let code: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                    text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?).unwrap_or('\u{fffd}'));
                }
                c => text.push(c),
            }
        }
        None
    }

    fn number(&mut self) -> Option<Value> {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | '-' | '.' | 'e' | 'E'))
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        let number = match digits.parse::<i64>() {
            Ok(whole) => Number::from(whole),
            Err(_) => Number::from_f64(digits.parse().ok()?)?,
        };
        self.rest = rest;
        Some(Value::Number(number))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_data_is_read() {
        assert_eq!(
            repr(r#"{'a': None, "it's": [1, -2.5, True], 'n': ('x',), 'q': 'a\'b\n\u20ac'}"#),
            Some(json!({"a": null, "it's": [1, -2.5, true], "n": ["x"], "q": "a'b\n€"}))
        );
        assert_eq!(repr("{}"), Some(json!({})));
        assert_eq!(repr(r"Blob(data=b'\x89PNG', b=1)"), Some(json!({"data": "\u{89}PNG", "b": 1})));
    }

    #[test]
    fn objects_are_their_fields() {
        let text = "Completion(id='1', choices=[Choice(index=0, role=<Role.AI: 'ai'>, said=None)], extra={})";
        assert_eq!(
            repr(text),
            Some(json!({"id": "1", "choices": [{"index": 0, "role": "ai", "said": null}], "extra": {}}))
        );
    }

    #[test]
    fn fields_stand_side_by_side() {
        let fields = fields("content='a b' name=None kwargs={'c': 1}").map(Value::Object);
        assert_eq!(fields, Some(json!({"content": "a b", "name": null, "kwargs": {"c": 1}})));
        for text in ["", "hello", "a=", "a='b' and more", "a=<object>"] {
            assert_eq!(super::fields(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_whole_of_a_cut_list_is_read_and_a_text_keeps_its_beginning() {
        for (text, there) in [
            ("[{'type': 'text', 'text': 'What is it?'}, {'ty", json!([{"type": "text", "text": "What is it?"}])),
            ("[{'role': 'user', 'content': 'it\\'s...", json!([{"role": "user", "content": "it's"}])),
            ("[{'role': 'user', 'content': \"it's\\", json!([{"role": "user", "content": "it's"}])),
            ("[{'url': {'url': 'data:image/png;base64,iV...", json!([{"url": {"url": "data:image/png;base64,iV"}}])),
            ("{'a': 1, 'b': Tr", json!({"a": 1})),
        ] {
            assert_eq!(beginning(text), Some(there), "{text}");
        }
        let deep = format!("[{{'type': 'text'}},{}{}", "[".repeat(100_000), ",".repeat(100_000));
        for text in ["", "[", "{'a': 1}", "[draft] see below", "[unfinished thought", "a, 'b", "][", &deep] {
            assert_eq!(beginning(text).filter(|there| *there != json!([])), None, "{text}");
        }
    }

    #[test]
    fn functions_have_names() {
        assert_eq!(function("<function get_weather at 0x7f6951e41c60>"), Some("get_weather"));
        assert_eq!(function("<function main.<locals>.f at 0x1>"), Some("f"));
        for text in ["<function >", "<function f>", "<function f at 0xno>", "function f at 0x1"] {
            assert_eq!(function(text), None, "{text}");
        }
    }

    #[test]
    fn objects_that_say_nothing_are_known() {
        assert!(is_object("<anthropic.Stream object at 0x7fe8e8bfec90>"));
        for text in ["<b>an object at 0x1</b>", "<x object at 0xno>", "x object at 0x1", "<p>hello</p>"] {
            assert!(!is_object(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_data() {
        for text in [
            "",
            "hello",
            "Hello (there)",
            "F(1)",
            "F(a=<object at 0x1>)",
            "F(a=1) G(b=2)",
            "{'a'",
            "{'a': }",
            "[1 2]",
            "[object]",
            "{'a': 1} and more",
            "['\\x']",
        ] {
            assert_eq!(repr(text), None, "{text}");
        }
        assert_eq!(repr(&"[".repeat(100_000)), None);
    }
}
