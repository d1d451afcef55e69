//! A store with its way in and its way out, in a folder of its own.

use spanglass_engine::ingest::{Committed, Ingest};
use spanglass_engine::live::Live;
use spanglass_engine::query::{Filter, Query};
use spanglass_engine::store::{Options, Store};
use spanglass_trace::decode::Received;
use spanglass_trace::views::summary::TraceRow;

use super::requests::trace_id;

pub(crate) struct Engine {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) live: Live,
    pub(crate) ingest: Ingest,
    pub(crate) query: Query,
}

impl Engine {
    pub(crate) fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    pub(crate) fn start_in(folder: tempfile::TempDir) -> Self {
        let store = Store::open(folder.path(), Options::default()).unwrap();
        let live = Live::new(store.seq());
        let query = Query::new(&store);
        let ingest = Ingest::new(&store, &live).gleaned_by(query.gleaner());
        Self { folder, store, live, ingest, query }
    }

    /// The same engine, of which nothing is indexed while it comes in: all is read again.
    pub(crate) fn reading_again(self) -> Self {
        let ingest = Ingest::new(&self.store, &self.live);
        Self { ingest, ..self }
    }

    /// Ends the engine and starts it anew in the same folder.
    pub(crate) fn restart(self) -> Self {
        let Self { folder, store, .. } = self;
        store.close();
        Self::start_in(folder)
    }

    pub(crate) async fn submit(&self, received: Received) -> Committed {
        self.ingest.submit(received).await.unwrap()
    }

    /// Returns a trace's row, the same from the list, from a question for it and from the opened trace.
    pub(crate) async fn row(&self, trace: u64) -> TraceRow {
        let row = self.query.row(trace_id(trace)).await.unwrap().unwrap();
        let open = self.query.open(trace_id(trace)).await.unwrap().unwrap();
        assert_eq!(open.row, row);
        let list = self.query.traces(1_000, None, &Filter::default()).await.unwrap();
        let listed = list.rows.into_iter().find(|listed| listed.summary.trace_id == row.summary.trace_id);
        assert_eq!(listed.as_ref(), Some(&row));
        row
    }
}
