//! Answers what clients ask back of what they sent ([`crate::receive::Kept`]).

use bytes::Bytes;
use spanglass_trace::decode::{Encoding, stored};
use spanglass_trace::span::{LogRecord, TraceId};

use crate::query::{Filter, Query, QueryError, RawSpan};
use crate::receive::{Asked, Kept, Ours, Page, Wanted};

/// How many traces are looked at for one page.
const PAGE: u32 = 200;

impl Kept for Query {
    fn told(&self, trace: TraceId, limit: usize, wanted: Wanted) -> Asked<Option<Vec<LogRecord>>> {
        let query = self.clone();
        Box::pin(async move { query.logs(trace, limit, wanted).await.map_err(|error| error.to_string()) })
    }

    fn spans(&self, trace: TraceId, limit: usize, ours: Ours) -> Asked<Option<Vec<(Encoding, Bytes)>>> {
        let query = self.clone();
        Box::pin(async move {
            let told = |error: QueryError| error.to_string();
            let (mut spans, mut size) = (Vec::new(), 0);
            let mut rest = query.pieces_of_spans(trace).await.map_err(told)?;
            while let Some(piece) = query.next_piece(&mut rest).await.map_err(told)? {
                for span in piece.spans.into_iter().filter(|span| is(ours, span)) {
                    size += span.raw.len();
                    spans.push((span.envelope.encoding, span.raw));
                }
                if size > limit {
                    return Ok(None);
                }
            }
            Ok(Some(spans))
        })
    }

    fn has_others(&self, trace: TraceId, ours: Ours, our_logs: fn(&LogRecord) -> bool) -> Asked<bool> {
        let query = self.clone();
        Box::pin(async move {
            let told = |error: QueryError| error.to_string();
            let mut rest = query.pieces_of_spans(trace).await.map_err(told)?;
            while let Some(piece) = query.next_piece(&mut rest).await.map_err(told)? {
                if !piece.damaged.is_empty() || piece.spans.iter().any(|span| !is(ours, span)) {
                    return Ok(true);
                }
            }
            // The first that is wanted is more than nothing.
            let others = query.logs(trace, 0, move |log| !our_logs(log)).await.map_err(told)?;
            Ok(others.is_none_or(|others| !others.is_empty()))
        })
    }

    fn page(&self, dialect: &'static str, before: Option<String>) -> Asked<Page> {
        let query = self.clone();
        Box::pin(async move {
            let list = query.traces(PAGE, before.as_deref(), &Filter::default()).await;
            let list = list.map_err(|error| error.to_string())?;
            let known =
                list.rows.iter().map(|row| &row.summary).filter(|row| row.dialects.iter().any(|d| d == dialect));
            let known = known.filter_map(|row| row.trace_id.parse().ok()).collect();
            let known = query.places(known).await.map_err(|error| error.to_string())?;
            Ok((known.into(), list.next))
        })
    }

    fn delete(&self, traces: Vec<TraceId>) -> Asked<u64> {
        let query = self.clone();
        Box::pin(async move { Query::delete(&query, &traces).await.map_err(|error| error.to_string()) })
    }
}

fn is(ours: Ours, span: &RawSpan) -> bool {
    let (resource, scope) = Default::default();
    stored::span(span.envelope.encoding, &span.raw, &resource, &scope).is_ok_and(|span| ours(&span))
}
