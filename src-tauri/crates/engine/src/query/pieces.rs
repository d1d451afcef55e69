//! A trace as it was received, a piece at a time: however large it is, no more of what was said in it than a piece is in memory.

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
    is_done: bool,
}

impl Pieces {
    /// Returns all of a trace.
    pub(super) fn of(store: &Store, record: TraceRecord) -> Result<Self, Fault> {
        let mut spans = Vec::new();
        raw::each_record(store, &record, |span| spans.push(SpanRecord { digest: Vec::new(), ..span }))?;
        spans.sort_unstable_by_key(|span| span.id);
        let (envelopes, contents) = (Envelopes::default(), Contents::default());
        Ok(Self { record, spans: spans.into_iter(), envelopes, contents, is_done: false })
    }

    /// Returns the next piece, in order of arrival; `None` after the last, which has the log records, all of them: a stream may
    /// be a log record per chunk, and who redacts it needs it whole.
    ///
    /// What pieces share, such as an envelope, is the same in all of them.
    pub(super) fn next(&mut self, store: &Store) -> Result<Option<RawTrace>, Fault> {
        if self.is_done {
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
        self.is_done = self.spans.len() == 0;
        if self.is_done {
            piece.take_logs(store, &self.record)?;
        }
        Ok(Some(piece))
    }
}
