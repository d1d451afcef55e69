//! How a trace is named on the command line and to agents: by its id, by the first digits of it, or as the latest.

use std::ops::RangeInclusive;

use anyhow::Context;
use spanglass_trace::span::TraceId;

use super::read;
use crate::query::{Filter, Query};

/// The fewest digits that stand for an id.
const FEWEST_DIGITS: usize = 4;

/// The digits of an id.
const DIGITS: usize = 32;

/// Returns the id that a whole id, the first digits of one, or `latest` stands for: the last that arrived of those the filter
/// lets through. `list` is what shows ids, for errors.
///
/// # Errors
///
/// When it names no trace or more than one, or is not `latest` where there is a filter; a whole id is not looked up.
pub(super) async fn trace_id(query: &Query, named: &str, filter: &Filter, list: &str) -> anyhow::Result<TraceId> {
    anyhow::ensure!(
        filter.is_empty() || named == "latest",
        "a filter says which is `latest`; `{named}` names a trace by itself"
    );
    if let Ok(trace_id) = named.parse() {
        return Ok(trace_id);
    }
    let is_latest = named == "latest";
    let prefix = named.to_ascii_lowercase();
    if !is_latest
        && (!(FEWEST_DIGITS..DIGITS).contains(&prefix.len()) || !prefix.bytes().all(|digit| digit.is_ascii_hexdigit()))
    {
        anyhow::bail!(
            "`{named}` names no trace; give an id as {list} shows it, at least {FEWEST_DIGITS} of its first digits, or latest"
        );
    }
    if is_latest {
        let newest = read::newest(query, filter, 1).await?;
        let none = if filter.is_empty() { "there are no traces yet" } else { "no trace is what the filter asks for" };
        return Ok(newest.rows.first().context(none)?.summary.trace_id.parse()?);
    }
    match query.named(beginning(&prefix), 2).await?[..] {
        [trace_id] => Ok(trace_id),
        [] => anyhow::bail!("no trace starts with `{named}`; {list} shows those there are"),
        _ => anyhow::bail!("more than one trace starts with `{named}`; give more of its digits"),
    }
}

/// Returns the ids that begin with some hexadecimal digits, fewer than a whole id has.
fn beginning(digits: &str) -> RangeInclusive<TraceId> {
    let rest = 4 * (DIGITS - digits.len());
    let first = u128::from_str_radix(digits, 16).unwrap_or_default() << rest;
    TraceId(first.to_be_bytes())..=TraceId((first | ((1 << rest) - 1)).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_begin_alike_stand_together() {
        let range = |digits| {
            let (first, last) = beginning(digits).into_inner();
            format!("{first} {last}")
        };
        assert_eq!(range("4bf9"), "4bf90000000000000000000000000000 4bf9ffffffffffffffffffffffffffff");
        assert_eq!(range("0000"), "00000000000000000000000000000000 0000ffffffffffffffffffffffffffff");
        let long = "f".repeat(31);
        assert_eq!(range(&long), format!("{long}0 {long}f"));
    }
}
