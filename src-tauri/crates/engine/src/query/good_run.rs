//! The run that a trace is put beside: the last one of its name before it that went well.

use spanglass_trace::span::TraceId;
use spanglass_trace::views::summary::TraceSummary;

use super::{Filter, Query, QueryError};
use crate::store::Fault;

/// How many traces are looked at in one go.
const PAGE: u32 = 500;

impl Query {
    /// Returns the trace of the same name in which nothing failed that began last before this one: `Some(None)` = there is none;
    /// `None` = this one is not there. Takes time in proportion to the traces of its name.
    pub async fn good_before(&self, trace_id: TraceId) -> Result<Option<Option<String>>, QueryError> {
        let Some(own) = self.row(trace_id).await? else { return Ok(None) };
        let _turn = self.summing_up.acquire().await.map_err(|_| QueryError::from(Fault::Closed))?;
        let own = own.summary;
        let filter = well(&own.name);
        let began = |summary: &TraceSummary| summary.start_time_unix_nano.parse::<u64>().unwrap_or(0);
        let is_such = |summary: &TraceSummary| {
            began(summary) < began(&own) && summary.name == own.name && summary.counts.errors == 0
        };
        let (mut cursor, mut last) = (None, None::<TraceSummary>);
        loop {
            // The list is in the order of arrival: one that began later may stand further down.
            let page = self.traces_with_hits(PAGE, cursor.as_deref(), &filter, 0).await?;
            let found = page.rows.into_iter().map(|row| row.summary).filter(is_such);
            last = last.into_iter().chain(found).max_by_key(began);
            cursor = page.next;
            if cursor.is_none() {
                return Ok(Some(last.map(|summary| summary.trace_id)));
            }
        }
    }
}

/// Returns what lets the traces of a name through in which nothing failed; of one that the filter cannot name, all of these.
fn well(name: &str) -> Filter {
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    format!("name=\"{quoted}\" errors<1").parse().or_else(|_| "errors<1".parse()).unwrap_or_default()
}
