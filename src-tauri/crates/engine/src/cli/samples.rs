//! `spanglass samples`.

use std::io::Write;

use super::running::Running;
use super::{Samples, read};
use crate::ingest::Ingest;
use crate::live::Live;
use crate::query::Query;
use crate::share::samples as of_program;
use crate::store::{Options, Store, StoreError};

pub(super) async fn samples(asked: &Samples) -> anyhow::Result<()> {
    let data_dir = asked.data.dir()?;
    let there = match read::open(&asked.data)? {
        Some(query) => present(&query).await?,
        None => Vec::new(),
    };
    let missing = || of_program().into_iter().filter(|sample| !there.contains(&sample.trace_id));
    match Store::open(&data_dir, Options::default()) {
        Ok(store) => {
            if asked.remove {
                let (done, deleted) = tokio::sync::oneshot::channel();
                store.delete(there.clone(), |outcome| drop(done.send(outcome)));
                deleted.await??;
            } else {
                let ingest = Ingest::new(&store, &Live::new(store.seq()));
                for (_, received) in missing().flat_map(|sample| sample.requests) {
                    ingest.submit(received).await?;
                }
            }
            tokio::task::spawn_blocking(move || store.close()).await?;
        }
        // A running program has the store; it takes them the way it takes everything.
        Err(StoreError::InUse { .. }) if asked.remove => {
            anyhow::bail!("another program has the data open; delete the samples there, or stop it")
        }
        Err(StoreError::InUse { .. }) => {
            let running = Running::find(&data_dir).await?;
            for (_, received) in missing().flat_map(|sample| sample.requests) {
                running.take(&received).await?;
            }
        }
        Err(error) => return Err(error.into()),
    }
    let count = if asked.remove { there.len() } else { missing().count() };
    writeln!(std::io::stdout(), "{count} sample traces {}", if asked.remove { "deleted" } else { "added" })?;
    Ok(())
}

/// Returns the samples that are there.
async fn present(query: &Query) -> anyhow::Result<Vec<spanglass_trace::span::TraceId>> {
    let mut there = Vec::new();
    for sample in of_program() {
        if query.row(sample.trace_id).await?.is_some() {
            there.push(sample.trace_id);
        }
    }
    Ok(there)
}
