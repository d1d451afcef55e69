//! What can still be read of a database that was moved aside is stored again in the one that took its place.
//!
//! The damaged file is only read, page by page ([`pages`], [`rows`]); spans and log records whose bytes match their checksums go the
//! way of those that arrive, in the order they once came, so that nothing is there twice. It happens in the background, and goes on
//! at the next start where a program ends before it is done.

mod found;
mod pages;
mod rows;

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};

use super::writer::Job;
use super::{Batch, Fault, Shared, files, pack};
use found::Found;

/// How many spans and log records are stored again at once: few enough that what arrives meanwhile does not wait for them.
const AT_ONCE: usize = 128;

/// Beside the database, names the one it stands for while that is read.
const UNDER_WAY: &str = "traces.db.salvage";

/// What became of what was in a damaged database.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Salvaged {
    /// Spans and log records that are stored again.
    kept: u64,
    /// Those of which a row was there, and not its bytes.
    lost: u64,
}

/// Remembers that a database was moved aside and is to be read.
pub(super) fn remember(database: &Path, aside: &Path) {
    let name = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if let Err(error) = std::fs::write(database.with_file_name(UNDER_WAY), name) {
        tracing::warn!(%error, "what is in the damaged database stays there");
    }
}

/// Begins to read the database that was moved aside last, where that is not done yet.
pub(super) fn start(shared: &Arc<Shared>, jobs: &Sender<Job>) {
    let mark = shared.path.with_file_name(UNDER_WAY);
    let Ok(name) = std::fs::read_to_string(&mark) else { return };
    // A name and not a path: the mark is in the folder of the database, and so is what it names.
    let Some(name) = Path::new(&name).file_name() else { return };
    let aside = shared.path.with_file_name(name);
    let (shared, jobs) = (Arc::clone(shared), jobs.clone());
    let work = move || match salvage(&aside, &shared, &jobs) {
        Ok(salvaged) => {
            let _ = std::fs::remove_file(&mark);
            tracing::info!(salvaged.kept, salvaged.lost, "what could be read of the damaged database is stored again");
            shared.add_to_notice(&salvaged.told());
        }
        Err(fault) => tracing::warn!(%fault, "the damaged database is read on at the next start"),
    };
    if let Err(error) = std::thread::Builder::new().name("store-salvage".to_owned()).spawn(work) {
        tracing::warn!(%error, "what is in the damaged database stays there");
    }
}

impl Salvaged {
    fn told(self) -> String {
        match self {
            Self { kept: 0, lost: 0 } => String::new(),
            Self { kept, lost: 0 } => format!(" {kept} spans and log records of it are here again."),
            Self { kept, lost } => {
                format!(" {kept} spans and log records of it are here again, {lost} could not be read.")
            }
        }
    }
}

fn salvage(aside: &Path, shared: &Shared, jobs: &Sender<Job>) -> Result<Salvaged, Fault> {
    let Ok(mut found) = Found::look(aside, &files::log_of(aside)) else { return Ok(Salvaged::default()) };
    let mut salvaged = Salvaged::default();
    loop {
        let (batch, more) = found.next(AT_ONCE);
        salvaged.kept += more.kept;
        salvaged.lost += more.lost;
        if batch.spans.is_empty() && batch.logs.is_empty() {
            return Ok(salvaged);
        }
        write(batch, shared, jobs)?;
    }
}

/// Stores a batch as one that arrived.
fn write(batch: Batch, shared: &Shared, jobs: &Sender<Job>) -> Result<(), Fault> {
    let (done, answer) = mpsc::channel();
    let packed = pack::pack(batch, &shared.recent);
    let job = Job::Write(
        packed,
        Box::new(move |written| {
            let _ = done.send(written);
        }),
    );
    jobs.send(job).map_err(|_| Fault::Closed)?;
    answer.recv().unwrap_or(Err(Fault::Closed)).map(|_| ())
}
