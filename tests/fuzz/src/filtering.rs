//! The filter of the trace list: any text is a filter or is said to be wrong where it is.

#[allow(dead_code, unused_imports, unreachable_pub, reason = "most of it is for the search")]
#[path = "../../../src-tauri/crates/engine/src/query/filter/mod.rs"]
mod language;

use language::{Asks, Filter, FilterError, word_at};

/// When the filter is asked.
const NOW: u64 = 1_767_225_600_000_000_000;

/// Any text as a filter, up to the first line's end; what follows is what it is held against.
pub(super) fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (written, said) = text.split_once('\n').unwrap_or((&text, ""));
    let length = written.chars().count();
    for at in [0, length / 2, length] {
        _ = word_at(written, at);
    }
    match written.parse::<Filter>() {
        Ok(filter) => {
            let again = written.parse::<Filter>();
            assert_eq!(again.as_ref(), Ok(&filter), "the same text is the same filter");
            for term in &filter.terms {
                match &term.asks {
                    Asks::Like(_, pattern) | Asks::Attribute(_, pattern) => _ = pattern.is_like(said),
                    Asks::Within(_, bounds) => assert!(!bounds.contains(f64::NAN, NOW), "no number is in no bounds"),
                    Asks::Text(text) => assert_eq!(&language::fold(text), text, "what is folded stays so"),
                    Asks::CacheBroken => {}
                }
            }
        }
        Err(FilterError { what, from, to }) => {
            assert!(from < to && to <= length, "{from} to {to} of {length}");
            assert!(!what.to_string().is_empty());
        }
    }
}
