//! The user's own prices: a file beside the data, read again whenever it changed.
//!
//! A file that cannot be read changes nothing: the shipped prices hold, and what is wrong with it is said wherever prices are
//! shown.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use spanglass_trace::reading::READING_VERSION;
use spanglass_trace::usage::prices::Prices;

use crate::own_file::{self, KeepError};

/// The stamps of this reading version.
pub const STAMPS: RangeInclusive<u32> = (READING_VERSION << BITS)..=(((READING_VERSION + 1) << BITS) - 1);

/// The lower bits of a stamp are the prices'.
const BITS: u32 = 20;

/// What was added to the rows of traces last.
const ROWS_HOLD: &str = "model_totals";

/// The file's name.
pub const FILE: &str = "prices.json";

/// A larger file is not read: a thousand entries take a tenth of it.
const LARGEST: u64 = 4 << 20;

/// The prices at one moment.
#[derive(Debug)]
pub struct PricesNow {
    /// The prices.
    pub prices: Prices,
    /// A number that is another one with other prices or another reading version; one of [`STAMPS`].
    pub stamp: u32,
    /// The file's text; empty when there is none.
    pub own: String,
    /// What is wrong with the file, in a sentence.
    pub problem: Option<String>,
}

/// The prices, kept up with the file. Clones share them.
#[derive(Clone, Debug)]
pub struct PriceBook(Arc<Book>);

#[derive(Debug)]
struct Book {
    path: PathBuf,
    read: Mutex<Option<(Seen, Arc<PricesNow>)>>,
}

/// What tells one content of the file from another without reading it; `None` = it is not there.
type Seen = Option<(Option<SystemTime>, u64)>;

impl PriceBook {
    /// Returns the prices of a data folder.
    pub fn new(data_dir: &Path) -> Self {
        Self(Arc::new(Book { path: data_dir.join(FILE), read: Mutex::new(None) }))
    }

    /// Returns where the own prices are.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Returns the prices as of now.
    pub fn now(&self) -> Arc<PricesNow> {
        let seen = seen(&self.0.path);
        let mut read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((last, now)) = &*read
            && *last == seen
        {
            return Arc::clone(now);
        }
        let now = Arc::new(load(&self.0.path));
        *read = Some((seen, Arc::clone(&now)));
        now
    }

    /// Keeps own prices, in place of `instead_of`. They hold at once.
    ///
    /// # Errors
    ///
    /// When they are none, when the file is no longer what it was, and when it cannot be written; then it stays as it is.
    pub fn keep(&self, own: &str, instead_of: &str) -> Result<(), KeepError> {
        let path = &self.0.path;
        Prices::with_own(own).map_err(|error| KeepError::Refused(error.to_string()))?;
        let mut read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        let is = own_file::read(path, LARGEST).map_err(|error| KeepError::Io { path: path.clone(), error })?;
        if is.unwrap_or_default() != instead_of {
            let path = path.display();
            let changed = format!("{path} was changed meanwhile; look at it as it is now and change it again");
            return Err(KeepError::Refused(changed));
        }
        own_file::keep(path, own)?;
        *read = None;
        Ok(())
    }
}

fn seen(path: &Path) -> Seen {
    std::fs::metadata(path).ok().map(|file| (file.modified().ok(), file.len()))
}

fn load(path: &Path) -> PricesNow {
    let (own, read) = match own_file::read(path, LARGEST) {
        Ok(own) => {
            let own = own.unwrap_or_default();
            let read = Prices::with_own(&own).map_err(|error| error.to_string());
            (own, read)
        }
        Err(error) => (String::new(), Err(error.to_string())),
    };
    let stamp = stamp(if read.is_ok() { &own } else { "" });
    match read {
        Ok(prices) => PricesNow { prices, stamp, own, problem: None },
        Err(problem) => {
            let problem = format!("{}: {problem}. The shipped prices hold until this is put right", path.display());
            PricesNow { prices: Prices::shipped().clone(), stamp, own, problem: Some(problem) }
        }
    }
}

/// The reading version and a hash (FNV-1a) of the prices: the same in every process, and only to tell one from another. What a row
/// holds is in the hash: rows without what was added to them are made again, of digests that are as they were.
fn stamp(own: &str) -> u32 {
    let bytes = ROWS_HOLD.bytes().chain(Prices::shipped().as_of.bytes()).chain(own.bytes());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (READING_VERSION << BITS) | (hash ^ (hash >> BITS)) & ((1 << BITS) - 1)
}
