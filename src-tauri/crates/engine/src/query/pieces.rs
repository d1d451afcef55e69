//! A trace as it was received, a piece at a time: however large it is, no more of what was said in it than a piece is in memory.

use super::logs::Rest;
use super::raw::{self, CONTENTS, Envelopes, RawTrace};
use crate::store::{Contents, Fault, SpanRecord, Store, TraceRecord};

/// How many spans a piece has. A count, not a size: what is exported, imported and exported again is cut at the same spans.
const SPANS: usize = 256;

/// What was not read yet of a trace.
pub struct Pieces {
    record: TraceRecord,
    /// In order of arrival, without their digests.
    spans: std::vec::IntoIter<SpanRecord>,
    envelopes: Envelopes,
    contents: Contents,
    /// Its log records, once all spans were read.
    logs: Option<Rest>,
}

impl Pieces {
    /// Returns all of a trace.
    pub(super) fn of(store: &Store, record: TraceRecord) -> Result<Self, Fault> {
        let mut spans = Vec::new();
        raw::each_record(store, &record, |span| spans.push(SpanRecord { digest: Vec::new(), ..span }))?;
        spans.sort_unstable_by_key(|span| span.id);
        let (envelopes, contents) = (Envelopes::default(), Contents::default());
        Ok(Self { record, spans: spans.into_iter(), envelopes, contents, logs: None })
    }

    /// Returns the next piece, in order of arrival; `None` after the last. The log records come with the last spans, but for large
    /// ones, which are each a piece.
    ///
    /// What pieces share, such as an envelope, is the same in all of them.
    pub(super) fn next(&mut self, store: &Store) -> Result<Option<RawTrace>, Fault> {
        if self.logs.as_ref().is_some_and(Rest::is_empty) {
            return Ok(None);
        }
        let mut piece = RawTrace::of(&self.record);
        while self.spans.len() > 0 && piece.spans.len() < SPANS {
            let room = CONTENTS.min(SPANS - piece.spans.len());
            store.read_on(&mut self.contents, |reading| {
                for span in self.spans.by_ref().take(room) {
                    piece.take(&span, raw::bytes(reading, &mut self.envelopes, &span)?);
                }
                Ok(())
            })?;
        }
        if self.spans.len() == 0 {
            let mut logs = match self.logs.take() {
                Some(logs) => logs,
                None => Rest::of(store, &self.record)?,
            };
            piece.take_logs(logs.next(store)?);
            self.logs = Some(logs);
        }
        Ok(Some(piece))
    }
}
