//! Waits for a trace that arrives.

use std::collections::BTreeMap;
use std::time::Duration;

use spanglass_trace::span::TraceId;
use spanglass_trace::views::summary::TraceRow;
use tokio::time::{Instant, sleep};

use super::super::table;
use super::said;
use crate::query::{Filter, Query, TraceList};

/// How long nothing of a trace may have come for it to be told of: long enough for what a program sends in one go.
const QUIET: Duration = Duration::from_secs(1);

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(200);

/// The most traces that are told of.
const MOST: u32 = 20;

/// Returns the traces that arrived after a place in the list (left out: after now), once nothing of them has come for a second; else,
/// after `timeout`, where to go on.
pub(super) async fn next(
    query: impl Fn() -> Result<Option<Query>, String>,
    filter: &Filter,
    after: Option<&str>,
    timeout: Duration,
) -> Result<String, String> {
    let after: u64 = match after {
        Some(after) => after.parse().map_err(|_| "`after` is not what an answer named; leave it out to begin now")?,
        None => match query()? {
            Some(query) => newest(&query).await?,
            None => 0,
        },
    };
    let until = Instant::now() + timeout;
    // What had come when it was looked last, and since when it has been that.
    let (mut come, mut since, mut seq) = (Come::default(), Instant::now(), None);
    loop {
        if let Some(query) = query()? {
            let now = query.traces(1, None, &Filter::default()).await.map_err(said)?.seq;
            // A filter may look through all traces: only when something has come.
            if seq.replace(now) != Some(now) {
                let found = Come::after(after, &query, filter).await?;
                if found != come {
                    (come, since) = (found, Instant::now());
                }
            }
        }
        if !come.list.rows.is_empty() && since.elapsed() >= QUIET {
            return Ok(format!("{}[for what comes next: after={}]\n", table::table(&come.list), come.newest));
        }
        if Instant::now() >= until {
            return Ok(format!("nothing yet; call again with after={after}\n"));
        }
        sleep(LOOK).await;
    }
}

/// What has come.
#[derive(Default, PartialEq)]
struct Come {
    list: TraceList,
    /// The place of the last that arrived.
    newest: u64,
}

impl Come {
    /// Returns the traces that arrived after a place.
    async fn after(after: u64, query: &Query, filter: &Filter) -> Result<Self, String> {
        let rows = query.traces(MOST, None, filter).await.map_err(said)?.rows;
        let ids = rows.iter().filter_map(|row| row.summary.trace_id.parse().ok()).collect();
        let places = places(query, ids).await?;
        let newest = places.values().copied().max().unwrap_or(after);
        let is_new = |row: &TraceRow| places.get(&row.summary.trace_id).is_some_and(|place| *place > after);
        Ok(Self { list: TraceList { rows: rows.into_iter().filter(is_new).collect(), ..TraceList::default() }, newest })
    }
}

/// Returns the place of the trace that arrived last.
async fn newest(query: &Query) -> Result<u64, String> {
    let rows = query.traces(1, None, &Filter::default()).await.map_err(said)?.rows;
    let ids = rows.iter().filter_map(|row| row.summary.trace_id.parse().ok()).collect();
    Ok(places(query, ids).await?.into_values().max().unwrap_or(0))
}

/// Returns the places of traces in the list: the later one arrived the higher.
async fn places(query: &Query, ids: Vec<TraceId>) -> Result<BTreeMap<String, u64>, String> {
    let places = query.places(ids).await.map_err(said)?.into_iter();
    places.map(|(id, place)| Ok((id.to_string(), place.parse().map_err(said)?))).collect()
}
