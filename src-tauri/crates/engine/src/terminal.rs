//! Text from traces, made safe to print: a terminal obeys control characters, and a reader believes the order of letters.

use std::io::{self, Write};

/// Returns text in which only newlines and tabs are left of the control characters; the others, and those that change the
/// direction of writing (CVE-2021-42574), are written out.
pub(crate) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => safe.push(c),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => safe.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if turns(c) => safe.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}

/// Returns text as [`safe`] does, on one line.
pub(crate) fn safe_line(text: &str) -> String {
    safe(&text.replace(['\n', '\t'], " "))
}

/// Says whether a character changes the order in which others stand, or ends their line.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
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
        while let Some(at) = rest.find(|c| matches!(c, '\u{7f}'..='\u{9f}') || turns(c)) {
            let (before, after) = rest.split_at(at);
            self.out.write_all(before.as_bytes())?;
            let mut after = after.chars();
            if let Some(c) = after.next() {
                write!(self.out, "\\u{:04x}", u32::from(c))?;
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
        let all: String = (0..=0x2100).filter_map(char::from_u32).collect();
        for c in safe(&all).chars() {
            let allowed = c == '\n' || c == '\t' || !c.is_control();
            assert!(
                allowed && !('\u{202a}'..='\u{202e}').contains(&c) && !('\u{2066}'..='\u{2069}').contains(&c),
                "{c:?}"
            );
        }
        assert_eq!(safe("\x1b]8;;http://evil.test\x07x"), "\\x1b]8;;http://evil.test\\x07x");
        assert_eq!(safe("a\u{202e}b\u{9b}31m"), "a\\u{202e}b\\x9b31m");
        assert_eq!(safe_line("two\nlines"), "two lines");
    }

    #[test]
    fn json_stays_what_it_is_however_it_is_written() {
        let all: String = (0..=0x2100).filter_map(char::from_u32).collect();
        let json = serde_json::json!({ "text": all }).to_string();
        for step in [1, 2, 3, 7, json.len()] {
            let mut out = SafeJson::new(Vec::new());
            for piece in json.as_bytes().chunks(step) {
                out.write_all(piece).expect("memory");
            }
            let safe = String::from_utf8(out.out).expect("UTF-8");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).expect("JSON")["text"], *all);
            assert!(!safe.chars().any(|c| c.is_control() || turns(c)), "{step}");
        }
    }
}
