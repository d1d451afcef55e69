//! How much room the disk has: said before it is none, and from when on nothing more is taken in, so that what is there can
//! still be read, moved and deleted.

use std::path::Path;

/// Below so much it is said, on a disk that is not small.
const LITTLE: u64 = 512 << 20;

/// Below so much nothing is taken in, on a disk that is not small.
const NONE: u64 = 128 << 20;

/// What there is to say about the disk's room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// Nothing.
    Enough,
    /// It is getting little: so many bytes are free.
    Little(u64),
    /// It is too little to take anything in: so many bytes are free.
    None(u64),
}

impl Space {
    /// Looks at the disk of a folder. Where the system does not tell, there is enough.
    pub(super) fn of(folder: &Path) -> Self {
        #[cfg(unix)]
        if let Ok(disk) = rustix::fs::statvfs(folder) {
            let unit = disk.f_frsize.max(1);
            return Self::told(disk.f_bavail.saturating_mul(unit), disk.f_blocks.saturating_mul(unit));
        }
        let _ = folder;
        Self::Enough
    }

    fn told(free: u64, all: u64) -> Self {
        // On a small disk a sixteenth and a quarter of it are little enough.
        if free < NONE.min(all / 16) {
            Self::None(free)
        } else if free < LITTLE.max(all / 50).min(all / 4) {
            Self::Little(free)
        } else {
            Self::Enough
        }
    }

    /// Returns a sentence for a person; `None` = there is nothing to say.
    pub(super) fn warning(self) -> Option<String> {
        match self {
            Self::Enough => None,
            Self::Little(free) => Some(format!(
                "The disk has only {} MB left: free some space, or delete traces, before nothing more can be taken in.",
                free / 1_000_000
            )),
            Self::None(free) => Some(format!(
                "The disk has only {} MB left, so nothing more is taken in: free some space, or delete traces.",
                free / 1_000_000
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_low_by_its_size_and_by_what_is_left() {
        let (mb, gb) = (1 << 20, 1 << 30);
        for (free, all, expected) in [
            (600 * mb, 20 * gb, Space::Enough),
            (511 * mb, 20 * gb, Space::Little(511 * mb)),
            (127 * mb, 20 * gb, Space::None(127 * mb)),
            (19 * gb, 1000 * gb, Space::Little(19 * gb)),
            (20 * mb, 64 * mb, Space::Enough),
            (10 * mb, 64 * mb, Space::Little(10 * mb)),
            (3 * mb, 64 * mb, Space::None(3 * mb)),
        ] {
            assert_eq!(Space::told(free, all), expected, "{free} of {all}");
        }
    }
}
