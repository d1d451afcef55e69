//! `spanglass traces` and `spanglass show`: read the store, whether or not a program is writing to it.

use std::io::{self, StdoutLock, Write};

use anyhow::Context;
use serde_json::json;
use spanglass_trace::views;
use spanglass_trace::views::document::write_piece;
use spanglass_trace::views::totals::Gathering;

use super::{Data, Show, Totals, Traces, naming, outline, share, table, transcript};
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
///
/// # Errors
///
/// When the store cannot be read, or the place of the data is no folder.
pub(super) fn open(data: &Data) -> anyhow::Result<Option<Query>> {
    let dir = data.dir()?;
    match Store::open_reader(&dir) {
        Ok(store) => Ok(Some(Query::new(&store))),
        Err(StoreError::Missing { .. }) => {
            anyhow::ensure!(
                !dir.exists() || dir.is_dir(),
                "{} is no folder; --data-dir names the folder of the data",
                dir.display()
            );
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Says that nothing was ever stored where the data is.
pub(super) fn nothing_yet(data: &Data) -> String {
    let dir = data.dir().map(|dir| dir.display().to_string());
    format!("nothing was stored in {} yet", safe_line(&dir.unwrap_or_default()))
}

/// Says that on stderr: an empty list may come of a folder that is not the one meant.
fn say_nothing_yet(data: &Data) {
    eprintln!("spanglass: {}", nothing_yet(data));
}

/// Returns the traces a filter lets through that arrived last, at most `limit`.
pub(super) async fn newest(query: &Query, filter: &Filter, limit: u32) -> anyhow::Result<TraceList> {
    page(query, filter, limit, None).await
}

/// Returns a page of the traces a filter lets through: at most `limit`, from `before` (a page's `next`) on.
pub(super) async fn page(
    query: &Query,
    filter: &Filter,
    limit: u32,
    mut before: Option<String>,
) -> anyhow::Result<TraceList> {
    let mut all = TraceList::default();
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
    let list = match open(&asked.data)? {
        Some(query) => page(&query, &asked.filter, asked.limit, asked.before.clone()).await?,
        None => {
            say_nothing_yet(&asked.data);
            TraceList::default()
        }
    };
    let mut out = std::io::stdout().lock();
    if asked.json {
        let summaries: Vec<_> = list.rows.iter().map(|row| &row.summary).collect();
        let list = json!({"format": "spanglass.traces/v1", "traces": summaries, "next": list.next});
        writeln!(SafeJson::new(&mut out), "{list}")?;
    } else {
        write!(out, "{}", table::table(&list))?;
    }
    Ok(out.flush()?)
}

pub(super) async fn totals(asked: &Totals) -> anyhow::Result<()> {
    let order = asked.order.unwrap_or(asked.by.order());
    let wanted = TotalsWanted { by: asked.by, order, limit: asked.limit as usize };
    let totals = match open(&asked.data)? {
        Some(query) => query.totals(wanted, &asked.filter).await?.totals,
        None => {
            say_nothing_yet(&asked.data);
            Gathering::new(wanted.by).finish(wanted.order, wanted.limit)
        }
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
    let query = open(&asked.data)?.with_context(|| nothing_yet(&asked.data))?;
    let trace_id = naming::trace_id(&query, &asked.trace_id, &asked.filter, LIST).await?;
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
    if asked.form.outline {
        let text = outline::outline(&trace, &outline::Wanted::default());
        return print(|out| out.write_all(text.as_bytes()));
    }
    let conversation = views::conversation::conversation(&trace.trace, trace.version);
    let text = transcript::transcript(&trace, &conversation);
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

pub(super) fn print(write: impl FnOnce(&mut StdoutLock<'_>) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    write(&mut out)?;
    Ok(out.flush()?)
}
