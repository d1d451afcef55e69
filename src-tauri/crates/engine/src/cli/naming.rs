//! How a trace is named on the command line and to agents: by its id, by the first digits of it, or as the latest.

use spanglass_trace::span::TraceId;

use super::read;
use crate::query::{Filter, Query};

/// How many of the newest traces are looked at for the first digits of an id.
const NEWEST: u32 = 10_000;

/// The fewest digits that stand for an id.
const FEWEST_DIGITS: usize = 4;

/// Returns the id that a whole id, the first digits of one, or `latest` stands for; `list` is what shows ids, for errors.
///
/// # Errors
///
/// When it names no trace or more than one; a whole id is not looked up.
pub(super) async fn trace_id(query: &Query, named: &str, list: &str) -> anyhow::Result<TraceId> {
    if let Ok(trace_id) = named.parse() {
        return Ok(trace_id);
    }
    let is_latest = named == "latest";
    let prefix = named.to_ascii_lowercase();
    if !is_latest && (prefix.len() < FEWEST_DIGITS || !prefix.bytes().all(|digit| digit.is_ascii_hexdigit())) {
        anyhow::bail!(
            "`{named}` names no trace; give an id as {list} shows it, at least {FEWEST_DIGITS} of its first digits, or latest"
        );
    }
    let newest = read::newest(query, &Filter::default(), if is_latest { 1 } else { NEWEST }).await?;
    let mut found = newest.rows.iter().filter(|row| is_latest || row.summary.trace_id.starts_with(&prefix));
    match (found.next(), found.next()) {
        (Some(row), None) => Ok(row.summary.trace_id.parse()?),
        (Some(_), Some(_)) => anyhow::bail!("more than one trace starts with `{named}`; give more of its digits"),
        (None, _) if is_latest => anyhow::bail!("there are no traces yet"),
        (None, _) => anyhow::bail!("no trace starts with `{named}`; {list} shows those there are"),
    }
}
