//! Room on the disk that is kept, so that deleting works when there is none left: SQLite writes before it frees.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

const NAME: &str = "reserve";

/// How much is kept: more than is written between two copies of the write-ahead log into the database.
const BYTES: usize = 16 << 20;

/// Written at once; no smaller file of this name is a whole reserve.
const PIECE: usize = 1 << 20;

/// The file that takes the room.
pub(super) struct Reserve {
    path: PathBuf,
    is_kept: bool,
}

impl Reserve {
    /// Looks whether a reserve is kept in the data folder.
    pub(super) fn of(data_dir: &Path) -> Self {
        let path = data_dir.join(NAME);
        let is_kept = fs::metadata(&path).is_ok_and(|meta| meta.len() >= BYTES as u64);
        Self { path, is_kept }
    }

    /// Takes the room unless it is taken. Where there is not that much, none is taken.
    pub(super) fn keep(&mut self) {
        if self.is_kept {
            return;
        }
        let written = File::create(&self.path).and_then(|mut file| {
            // Written and not only reserved: not every file system takes the room otherwise.
            let piece = vec![0; PIECE];
            (0..BYTES / PIECE).try_for_each(|_| file.write_all(&piece))?;
            file.sync_data()
        });
        self.is_kept = written.is_ok();
        if let Err(error) = written {
            tracing::warn!(%error, "no room is kept for deleting on a full disk");
            let _ = fs::remove_file(&self.path);
        }
    }

    /// Gives the room back; says whether there was any.
    pub(super) fn release(&mut self) -> bool {
        let released = self.is_kept && fs::remove_file(&self.path).is_ok();
        self.is_kept = false;
        released
    }
}
