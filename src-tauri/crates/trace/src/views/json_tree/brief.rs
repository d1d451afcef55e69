//! A value in one line.

use super::TEXT_LIMIT;
use crate::json::outline::{Place, Sort, meant};

/// About how many characters of a list or object are drawn.
const LIMIT: usize = 120;

/// How deep what is in a list or object is drawn.
const DEEPEST: usize = 3;

/// Returns the beginning of a list or object.
pub(super) fn brief(value: Place<'_>) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    if out.chars().count() > LIMIT {
        out.truncate(out.char_indices().nth(LIMIT).map_or(out.len(), |(at, _)| at));
        out.push('…');
    }
    out
}

/// Returns a value that holds no others; of a text that `opens` into lines the beginning.
pub(super) fn leaf(value: Place<'_>, opens: bool) -> String {
    if value.sort() != Sort::String {
        return value.written().chars().take(TEXT_LIMIT).collect();
    }
    if !opens {
        return quoted(&value.meant());
    }
    let mut out = quoted(&beginning(value, TEXT_LIMIT));
    out.pop();
    out.push_str("…\"");
    out
}

/// Returns the first characters of what a text says. No character takes more than twelve bytes to write.
fn beginning(text: Place<'_>, characters: usize) -> String {
    let written = text.written();
    let end = written.floor_char_boundary((12 * characters + 1).min(written.len() - 1));
    meant(&format!("{}\"", &written[..end])).chars().take(characters).collect()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn write(value: Place<'_>, depth: usize, out: &mut String) {
    let (open, close) = match value.sort() {
        Sort::Array => ("[", "]"),
        Sort::Object => ("{ ", " }"),
        Sort::String => return out.push_str(&quoted(&beginning(value, LIMIT))),
        _ => return out.push_str(&leaf(value, false)),
    };
    if value.is_empty() {
        return out.push_str(if open == "[" { "[]" } else { "{}" });
    }
    out.push_str(open);
    for (at, (key, value)) in value.values(0).enumerate() {
        // Bytes: never fewer than characters.
        if out.len() > 4 * LIMIT {
            return;
        }
        if at > 0 {
            out.push_str(", ");
        }
        if let Some(key) = key {
            out.push_str(&quoted(&meant(key)));
            out.push_str(": ");
        }
        match depth > DEEPEST {
            true => out.push('…'),
            false => write(value, depth + 1, out),
        }
    }
    out.push_str(close);
}
