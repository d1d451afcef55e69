//! `spanglass traces` and `spanglass show`: read the store, whether or not a program is writing to it.

use std::io::Write;

use serde_json::json;
use spanglass_trace::views;

use super::{Data, Show, Traces, naming, share, table, transcript};
use crate::api::types::TraceList;
use crate::query::{Filter, Query};
use crate::share::export;
use crate::store::{Store, StoreError};

/// How many rows are asked for at once.
const PAGE: u32 = 1_000;

/// What shows the ids there are.
pub(super) const LIST: &str = "`spanglass traces`";

/// Opens the store for reading; `None` when nothing was ever stored there.
pub(super) fn open(data: &Data) -> anyhow::Result<Option<Query>> {
    match Store::open_reader(&data.dir()?) {
        Ok(store) => Ok(Some(Query::new(&store))),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the newest traces a filter lets through, at most `limit`.
pub(super) async fn newest(query: &Query, filter: &Filter, limit: u32) -> anyhow::Result<TraceList> {
    let mut all = TraceList::default();
    let mut before = None;
    loop {
        let missing = limit - all.rows.len() as u32;
        let page = query.traces(missing.min(PAGE), before.as_deref(), filter).await?;
        all.rows.extend(page.rows);
        all.total = page.total;
        before = page.next;
        if before.is_none() || all.rows.len() as u32 >= limit {
            return Ok(all);
        }
    }
}

pub(super) async fn traces(asked: &Traces) -> anyhow::Result<()> {
    let filter: Filter = asked.filter.parse()?;
    let list = match open(&asked.data)? {
        Some(query) if asked.limit > 0 => newest(&query, &filter, asked.limit).await?,
        Some(_) | None => TraceList::default(),
    };
    let mut out = std::io::stdout().lock();
    if asked.json {
        let summaries: Vec<_> = list.rows.iter().map(|row| &row.summary).collect();
        writeln!(out, "{}", json!({"format": "spanglass.traces/v1", "traces": summaries}))?;
    } else {
        write!(out, "{}", table::table(&list))?;
    }
    Ok(out.flush()?)
}

pub(super) async fn show(asked: &Show) -> anyhow::Result<()> {
    let missing = || anyhow::anyhow!("there is no trace {}; `spanglass traces` lists those there are", asked.trace_id);
    let query = open(&asked.data)?.ok_or_else(missing)?;
    let trace_id = naming::trace_id(&query, &asked.trace_id, LIST).await?;
    let text = if asked.form.otlp {
        let mut lines = Vec::new();
        let exported = export(&query, &[trace_id], &mut lines).await?;
        share::warn(&exported);
        if exported.traces == 0 {
            return Err(missing());
        }
        String::from_utf8(lines)?
    } else {
        let trace = query.open(trace_id).await?.ok_or_else(missing)?;
        for damage in &trace.damaged {
            eprintln!("spanglass: span {}: {}", damage.span_id, super::terminal::safe_line(&damage.reason));
        }
        if asked.form.json {
            let document = views::document::document(&trace.trace, trace.row.summary.clone());
            format!("{}\n", serde_json::to_string(&document)?)
        } else {
            let conversation = views::conversation::conversation(&trace.trace, trace.version);
            transcript::transcript(&trace.row.summary, &conversation)
        }
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
