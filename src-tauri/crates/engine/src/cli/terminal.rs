//! Text from traces, made safe to print: a terminal obeys control characters, and a reader believes the order of letters.

/// Returns text in which only newlines and tabs are left of the control characters; the others, and those that change the
/// direction of writing (CVE-2021-42574), are written out.
pub(super) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => safe.push(c),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => safe.push_str(&format!("\\x{:02x}", u32::from(c))),
            '\u{200e}'
            | '\u{200f}'
            | '\u{061c}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{2028}'
            | '\u{2029}' => {
                safe.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Returns text as [`safe`] does, on one line.
pub(super) fn safe_line(text: &str) -> String {
    safe(&text.replace(['\n', '\t'], " "))
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
}
