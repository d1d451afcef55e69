//! Text from traces, made safe to print: a terminal obeys control characters, and a reader believes the order of letters.

use std::io::{self, Write};

/// Returns text in which only newlines and tabs are left of the control characters; the others, those that change the direction
/// of writing (CVE-2021-42574), and those a person does not see and a model reads are written out.
pub(crate) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => safe.push(c),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => safe.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if misleads(c) => safe.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}

/// Returns text as [`safe`] does, on one line.
pub(crate) fn safe_line(text: &str) -> String {
    safe(&text.replace(['\n', '\t'], " "))
}

/// Returns the beginning of a text as [`safe_line`] does, of so many characters at most; a mark stands for the rest.
pub(crate) fn cut_line(text: &str, longest: usize) -> String {
    let text = safe_line(text);
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Says whether a character changes the order in which others stand, ends their line, or is not seen at all: as the interface does,
/// but for joiners and single variation selectors, which are writing.
fn misleads(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns JSON in which what a terminal obeys or a reader is misled by is escaped, which is the same JSON.
pub(crate) fn safe_json(json: &str) -> String {
    let mut safe = SafeJson::new(Vec::with_capacity(json.len()));
    // Memory takes everything, and what comes from text is text.
    let _ = safe.write_all(json.as_bytes());
    String::from_utf8(safe.out).unwrap_or_default()
}

/// JSON on its way to a terminal: what a terminal obeys in it, or a reader is misled by, goes out escaped, which is the same JSON.
pub(crate) struct SafeJson<W> {
    out: W,
    /// The begun character at the end of what was written last.
    begun: Vec<u8>,
}

impl<W: Write> SafeJson<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, begun: Vec::new() }
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        let mut rest = text;
        // Control characters below these stand in no JSON but as white space.
        while let Some(at) = rest.find(|c| c > '~' && (matches!(c, '\u{7f}'..='\u{9f}') || misleads(c))) {
            let (before, after) = rest.split_at(at);
            self.out.write_all(before.as_bytes())?;
            let mut after = after.chars();
            if let Some(c) = after.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(self.out, "\\u{unit:04x}")?;
                }
            }
            rest = after.as_str();
        }
        self.out.write_all(rest.as_bytes())
    }
}

impl<W: Write> Write for SafeJson<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&all) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(&all[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        };
        self.text(whole)?;
        self.begun = all.split_off(whole.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_obeys_is_left() {
        let all: String = (0..=0x2100).chain(0xe0000..=0xe0100).filter_map(char::from_u32).collect();
        for c in safe(&all).chars() {
            let allowed = c == '\n' || c == '\t' || !c.is_control();
            assert!(
                allowed
                    && !('\u{202a}'..='\u{202e}').contains(&c)
                    && !('\u{2066}'..='\u{2069}').contains(&c)
                    && c < '\u{e0000}',
                "{c:?}"
            );
        }
        assert_eq!(safe("\x1b]8;;http://evil.test\x07x"), "\\x1b]8;;http://evil.test\\x07x");
        assert_eq!(safe("a\u{202e}b\u{9b}31m"), "a\\u{202e}b\\x9b31m");
        assert_eq!(safe_line("two\nlines"), "two lines");
    }

    #[test]
    fn json_stays_what_it_is_however_it_is_written() {
        let all: String = (0..=0x2100).chain(0xe0000..=0xe0100).filter_map(char::from_u32).collect();
        let json = serde_json::json!({ "text": all }).to_string();
        for step in [1, 2, 3, 7, json.len()] {
            let mut out = SafeJson::new(Vec::new());
            for piece in json.as_bytes().chunks(step) {
                out.write_all(piece).expect("memory");
            }
            let safe = String::from_utf8(out.out).expect("UTF-8");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).expect("JSON")["text"], *all);
            assert!(!safe.chars().any(|c| c.is_control() || misleads(c)), "{step}");
        }
    }
}
