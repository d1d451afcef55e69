//! Reads one source file and says what it does against the rules: a pure function from a path and a text.

use super::rules::{RULES, Refuses, TRACE};

/// Lines over which a file holds more than one subject.
const LONGEST: usize = 600;

/// Written by a test from the Rust types; nobody reads it from top to bottom.
const GENERATED: &str = "ui/src/api/types.ts";

/// Returns what a file does against the rules, one sentence each.
pub(crate) fn violations(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let code = shipped(path, text);
    for rule in RULES {
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
        if !starts(rule.rooms) || starts(rule.except) {
            continue;
        }
        for (number, line) in statements(&code) {
            for word in refused(&rule.refuses, path, &line) {
                found.push(format!("{path}:{number}: `{word}`: {}", rule.why));
            }
        }
    }
    let lines = text.lines().count();
    if lines > LONGEST && path != GENERATED {
        found.push(format!("{path}: {lines} lines: split it by subject"));
    }
    found
}

/// Returns the part of a file that ships, without comments: Rust test modules close a file, and may name what they like.
fn shipped(path: &str, text: &str) -> String {
    if path.ends_with("/tests.rs") {
        return String::new();
    }
    let closes = |line: &str| path.starts_with("src-tauri/") && line.starts_with("#[cfg(test)]");
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if closes(line) && lines.peek().is_some_and(|next| next.starts_with("mod ")) {
            break;
        }
        if !line.trim_start().starts_with("//") {
            // A `//` after code is a comment, unless it belongs to an address.
            kept.push_str(line.find(" // ").map_or(line, |at| &line[..at]));
        }
        kept.push('\n');
    }
    kept
}

/// Returns numbered lines; a `use` that spans lines is joined to its first.
fn statements(code: &str) -> Vec<(usize, String)> {
    let mut statements: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (index, line) in code.lines().enumerate() {
        if open {
            if let Some((_, statement)) = statements.last_mut() {
                statement.push_str(line.trim());
            }
        } else {
            statements.push((index + 1, line.to_owned()));
        }
        let Some((_, statement)) = statements.last() else { continue };
        let start = statement.trim_start().trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        open = start.starts_with("use ") && !statement.contains(';');
    }
    statements
}

fn refused(refuses: &Refuses, path: &str, line: &str) -> Vec<String> {
    match refuses {
        Refuses::Words(words) => {
            words.iter().filter(|word| line.contains(**word)).map(|word| (*word).to_owned()).collect()
        }
        Refuses::Names(names) => {
            let named = paths(line, "");
            let hit = |name: &&&str| named.iter().any(|path| *path == **name || path.starts_with(&format!("{name}::")));
            names.iter().filter(hit).map(|name| (*name).to_owned()).collect()
        }
        Refuses::Rooms(rooms) => {
            // In a room's own top file `super` is the crate.
            let top = path.trim_end_matches("mod.rs").matches('/').count()
                <= TRACE.matches('/').count() + usize::from(path.ends_with("mod.rs"));
            let mut named = paths(line, "crate");
            if top {
                named.extend(paths(line, "super"));
            }
            named.retain(|path| !path.starts_with("api::types"));
            under(&named, rooms)
        }
        Refuses::Foreign(name, rooms) => under(&paths(line, name), rooms),
    }
}

/// Returns the modules of `rooms` that `paths` (each without its root) lead into.
fn under(paths: &[String], rooms: &[&str]) -> Vec<String> {
    let hit = |room: &&&str| paths.iter().any(|path| path.split("::").next() == Some(**room));
    rooms.iter().filter(hit).map(|room| (*room).to_owned()).collect()
}

/// Returns every path in a line that starts at `root` (without it), groups multiplied out: `crate::{a::b, c}` is `a::b`, `c`.
/// An empty root returns whole paths.
fn paths(line: &str, root: &str) -> Vec<String> {
    let mut found = Vec::new();
    let bytes = line.as_bytes();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut at = 0;
    while at < bytes.len() {
        if !word(bytes[at]) {
            at += 1;
            continue;
        }
        let (ends, mut here) = expand(line, at, 0);
        // A word that a `.` or a lone `:` precedes is a field, a method or a type's place, not the root of a path.
        let rooted = at == 0 || bytes[at - 1] != b'.';
        here.retain(|_| rooted);
        found.append(&mut here);
        at = ends.max(at + 1);
    }
    if root.is_empty() {
        return found;
    }
    found.iter().filter_map(|path| path.strip_prefix(root)?.strip_prefix("::").map(str::to_owned)).collect()
}

/// Reads one path or group from `at`; returns where it ends and the paths it stands for.
fn expand(line: &str, at: usize, depth: usize) -> (usize, Vec<String>) {
    let bytes = line.as_bytes();
    let mut end = at;
    while end < bytes.len() && (bytes[end].is_ascii_alphanumeric() || bytes[end] == b'_') {
        end += 1;
    }
    let head = &line[at..end];
    let rest = &line[end..];
    if depth > 8 || !rest.starts_with("::") {
        return (end, vec![head.to_owned()]);
    }
    end += 2;
    if !line[end..].starts_with('{') {
        if !line[end..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return (end, vec![head.to_owned()]);
        }
        let (end, tails) = expand(line, end, depth + 1);
        return (end, tails.into_iter().map(|tail| format!("{head}::{tail}")).collect());
    }
    end += 1;
    let mut all = Vec::new();
    while end < bytes.len() && bytes[end] != b'}' {
        if bytes[end].is_ascii_alphanumeric() || bytes[end] == b'_' {
            let (next, tails) = expand(line, end, depth + 1);
            all.extend(tails.into_iter().map(|tail| format!("{head}::{tail}")));
            end = next.max(end + 1);
        } else {
            end += 1;
        }
    }
    (end + 1, all)
}

mod tests {
    //! Each kind of rule refuses what it is there for, and lets the neighbour pass.

    use super::{paths, violations};

    fn refused(path: &str, text: &str) -> bool {
        !violations(path, text).is_empty()
    }

    #[test]
    fn io_in_trace_is_refused() {
        assert!(refused("src-tauri/crates/trace/src/views/tree.rs", "use std::fs;"));
        assert!(refused("src-tauri/crates/trace/src/views/tree.rs", "let now = std::time::Instant::now();"));
        assert!(refused("src-tauri/crates/trace/src/views/tree.rs", "use std::{collections::BTreeMap, env};"));
        assert!(refused("src-tauri/crates/trace/src/span.rs", "use std::collections::HashMap;"));
        assert!(!refused("src-tauri/crates/trace/src/views/tree.rs", "use std::collections::BTreeMap; // not std::fs"));
        assert!(!refused("src-tauri/crates/trace/src/views/tree.rs", "#[cfg(test)]\nmod tests { use std::fs; }"));
    }

    #[test]
    fn data_going_backwards_is_refused() {
        assert!(refused("src-tauri/crates/trace/src/views/tree.rs", "use crate::dialects::read;"));
        assert!(refused(
            "src-tauri/crates/trace/src/views/tree.rs",
            "use crate::{\n    span::Span,\n    dialects::read,\n};"
        ));
        assert!(refused("src-tauri/crates/trace/src/views/mod.rs", "use super::dialects;"));
        assert!(!refused("src-tauri/crates/trace/src/views/tree.rs", "use crate::{reading::Reading, span::Span};"));
        assert!(refused("src-tauri/crates/engine/src/receive/otlp_http.rs", "crate::store::Store::open()"));
        assert!(refused("src-tauri/crates/engine/src/store/spans.rs", "use spanglass_trace::views::tree;"));
        assert!(refused("src-tauri/crates/engine/src/ingest.rs", "use super::receive;"));
        assert!(!refused("src-tauri/crates/engine/src/receive/otlp_http.rs", "use super::api_of_ours;"));
        assert!(refused("src-tauri/crates/engine/src/query/list.rs", "use rusqlite::Connection;"));
        assert!(refused("src-tauri/src/main.rs", "use spanglass_engine::store::Store;"));
    }

    #[test]
    fn a_file_with_two_subjects_is_refused() {
        assert!(refused("src-tauri/src/main.rs", &"\n".repeat(601)));
        assert!(!refused("src-tauri/src/main.rs", &"\n".repeat(600)));
    }

    #[test]
    fn groups_of_paths_are_multiplied_out() {
        assert_eq!(paths("use crate::{a::{b, c}, d};", "crate"), ["a::b", "a::c", "d"]);
        assert_eq!(paths("let x = crate::store::open(y.crate_name);", "crate"), ["store::open"]);
    }
}
