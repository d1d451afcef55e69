//! Which files were opened, the last one first: kept beside the data, for their owner alone to read.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How many are remembered.
const MOST: usize = 10;

/// The files that were opened.
pub(crate) struct Recent {
    kept_in: PathBuf,
    files: Mutex<Vec<PathBuf>>,
}

impl Recent {
    /// Returns what was remembered in a folder; a list that cannot be read is none.
    pub(crate) fn kept_in(folder: &Path) -> Self {
        let kept_in = folder.join("recent.json");
        let files =
            std::fs::read(&kept_in).ok().and_then(|list| serde_json::from_slice(&list).ok()).unwrap_or_default();
        Self { kept_in, files: Mutex::new(files) }
    }

    /// Returns the files that are still there.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().filter(|file| file.is_file()).cloned().collect()
    }

    /// Remembers a file.
    pub(crate) fn add(&self, file: &Path) {
        let Ok(file) = std::path::absolute(file) else { return };
        self.change(|files| {
            files.retain(|other| *other != file);
            files.insert(0, file);
            files.truncate(MOST);
        });
    }

    /// Remembers none of them any longer.
    pub(crate) fn forget(&self) {
        self.change(Vec::clear);
    }

    fn change(&self, change: impl FnOnce(&mut Vec<PathBuf>)) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut files);
        let written = serde_json::to_vec(&*files)
            .map_err(std::io::Error::other)
            .and_then(|list| spanglass_engine::part_file::replace(&self.kept_in, &list));
        if let Err(error) = written {
            tracing::warn!(%error, "the list of recent files is kept until the window closes");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_opened_is_first_and_a_second_time_no_second_entry() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let file = |name: &str| {
            let file = folder.join(name);
            std::fs::write(&file, "").expect("a file");
            file
        };
        let recent = Recent::kept_in(folder);
        let (one, two) = (file("one"), file("two"));
        for opened in [&one, &two, &one] {
            recent.add(opened);
        }
        assert_eq!(recent.files(), [one.clone(), two.clone()]);
        std::fs::remove_file(&two).expect("it is there");
        let again = Recent::kept_in(folder);
        assert_eq!(again.files(), [one], "what is gone is not offered");
        again.forget();
        assert!(Recent::kept_in(folder).files().is_empty());
    }
}
