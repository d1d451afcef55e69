//! A trace as it was received, a piece at a time: however large it is, no more of what was said in it than a piece is in memory.

use super::logs::Rest;
use super::raw::{self, CONTENTS, Envelopes, RawTrace};
use crate::store::{Contents, Fault, SpanRecord, Store, TraceRecord};

/// How many spans a piece has. A count, so that what is exported, imported and exported again is cut at the same spans; only where
/// spans are large is a piece cut at what they take.
const SPANS: usize = 256;

/// After so many bytes of spans a piece ends.
const BYTES: usize = 16 << 20;

/// What was not read yet of a trace.
pub struct Pieces {
    record: TraceRecord,
    /// In order of arrival, without their digests.
    spans: std::vec::IntoIter<SpanRecord>,
    envelopes: Envelopes,
    contents: Contents,
    has_logs: bool,
    /// Its log records, once all spans were read.
    logs: Option<Rest>,
}

impl Pieces {
    /// Returns all of a trace.
    pub(super) fn of(store: &Store, record: TraceRecord) -> Result<Self, Fault> {
        Self::with(store, record, true)
    }

    /// Returns the spans of a trace alone.
    pub(super) fn of_spans(store: &Store, record: TraceRecord) -> Result<Self, Fault> {
        Self::with(store, record, false)
    }

    fn with(store: &Store, record: TraceRecord, has_logs: bool) -> Result<Self, Fault> {
        let mut spans = Vec::new();
        raw::each_record(store, &record, |span| spans.push(SpanRecord { digest: Vec::new(), ..span }))?;
        spans.sort_unstable_by_key(|span| span.id);
        let (envelopes, contents) = (Envelopes::default(), Contents::default());
        Ok(Self { record, spans: spans.into_iter(), envelopes, contents, has_logs, logs: None })
    }

    /// Returns the next piece, in order of arrival; `None` after the last. The log records come with the last spans, but for large
    /// ones, which are each a piece.
    ///
    /// What pieces share, such as an envelope, is the same in all of them.
    pub(super) fn next(&mut self, store: &Store) -> Result<Option<RawTrace>, Fault> {
        if self.spans.len() == 0 && self.logs.as_ref().map_or(!self.has_logs, Rest::is_empty) {
            return Ok(None);
        }
        let mut piece = RawTrace::of(&self.record);
        let (mut count, mut bytes) = (0, 0);
        while self.spans.len() > 0 && count < SPANS && bytes < BYTES {
            store.read_on(&mut self.contents, |reading| {
                for span in self.spans.by_ref().take(CONTENTS.min(SPANS - count)) {
                    piece.take(&span, raw::bytes(reading, &mut self.envelopes, &span)?);
                    (count, bytes) = (count + 1, bytes + span.payload.bytes());
                    if bytes >= BYTES {
                        break;
                    }
                }
                Ok(())
            })?;
        }
        if self.spans.len() == 0 && self.has_logs {
            let mut logs = match self.logs.take() {
                Some(logs) => logs,
                None => Rest::of(store, &self.record)?,
            };
            piece.take_logs(logs.next(store)?);
            self.logs = Some(logs);
        }
        piece.explain(store, &self.record)?;
        Ok(Some(piece))
    }
}
