//! `spanglass traces` and `spanglass show`: read the store, whether or not a program is writing to it.

use std::io::{self, StdoutLock, Write};

use serde_json::json;
use spanglass_trace::views;
use spanglass_trace::views::document::write_piece;
use spanglass_trace::views::totals::Gathering;

use super::{Data, Show, Totals, Traces, naming, share, table, transcript};
use crate::api::types::TraceList;
use crate::query::{Filter, OpenTrace, Query, TotalsWanted};
use crate::share::export;
use crate::store::{Store, StoreError};
use crate::terminal::{SafeJson, safe_line};

/// How many rows are asked for at once.
const PAGE: u32 = 1_000;

/// How many bytes of a trace document are made at once.
const PIECE: usize = 256 << 10;

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
        (all.total, all.next) = (page.total, page.next.clone());
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
        writeln!(SafeJson::new(&mut out), "{}", json!({"format": "spanglass.traces/v1", "traces": summaries}))?;
    } else {
        write!(out, "{}", table::table(&list))?;
    }
    Ok(out.flush()?)
}

pub(super) async fn totals(asked: &Totals) -> anyhow::Result<()> {
    let filter: Filter = asked.filter.parse()?;
    let wanted = TotalsWanted { by: asked.by, order: asked.order.unwrap_or(asked.by.order()), limit: asked.limit };
    let totals = match open(&asked.data)? {
        Some(query) => query.totals(wanted, &filter).await?.totals,
        None => Gathering::new(wanted.by).finish(wanted.order, wanted.limit),
    };
    print(|out| match asked.json {
        true => writeln!(
            SafeJson::new(out),
            "{}",
            json!({"format": "spanglass.totals/v1", "by": totals.by, "order": totals.order, "groups": totals.groups,
                   "all": totals.all, "totals": totals.rows})
        ),
        false => write!(out, "{}", table::totals(&totals)),
    })
}

pub(super) async fn show(asked: &Show) -> anyhow::Result<()> {
    let missing = || anyhow::anyhow!("there is no trace {}; `spanglass traces` lists those there are", asked.trace_id);
    let query = open(&asked.data)?.ok_or_else(missing)?;
    let trace_id = naming::trace_id(&query, &asked.trace_id, LIST).await?;
    if asked.form.otlp {
        let exported = export(&query, &[trace_id], &mut SafeJson::new(io::stdout().lock())).await?;
        share::warn(&exported);
        return if exported.traces == 0 { Err(missing()) } else { Ok(()) };
    }
    let trace = query.open(trace_id).await?.ok_or_else(missing)?;
    for damage in &trace.damaged {
        eprintln!("spanglass: span {}: {}", damage.span_id, safe_line(&damage.reason));
    }
    if asked.form.json {
        return print(|out| print_document(&trace, &mut SafeJson::new(out)));
    }
    let conversation = views::conversation::conversation(&trace.trace, trace.version);
    let text = transcript::transcript(&trace.row.summary, &conversation);
    print(|out| out.write_all(text.as_bytes()))
}

fn print_document(trace: &OpenTrace, out: &mut impl Write) -> io::Result<()> {
    let (mut text, mut rest) = (Vec::new(), 0..trace.trace.spans.len());
    loop {
        rest = write_piece(&trace.trace, &trace.row.summary, rest, PIECE, &mut text)?;
        out.write_all(&text)?;
        text.clear();
        if rest.is_empty() {
            break;
        }
    }
    out.write_all(b"\n")
}

fn print(write: impl FnOnce(&mut StdoutLock<'_>) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    write(&mut out)?;
    Ok(out.flush()?)
}
