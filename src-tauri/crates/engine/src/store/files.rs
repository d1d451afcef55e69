//! The data folder: who may read it, who holds it, and what happens to a database that is none.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::StoreError;

/// The database's name within the data folder.
pub(super) const DATABASE: &str = "traces.db";

const LOCK: &str = "spanglass.lock";

/// Where a program that has the data open writes down the addresses it listens at, for others of this machine.
pub const ENDPOINTS: &str = "endpoints.json";

/// Which file a database is; another one in its place has another identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity(#[cfg(unix)] (u64, u64), #[cfg(not(unix))] std::time::SystemTime);

impl Identity {
    /// Returns that of the database in a folder; `None` = there is none.
    pub fn of(data_dir: &Path) -> Option<Self> {
        let file = std::fs::metadata(data_dir.join(DATABASE)).ok()?;
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            (file.dev(), file.ino())
        };
        #[cfg(not(unix))]
        let identity = file.created().ok()?;
        Some(Self(identity))
    }
}

/// Files SQLite keeps beside a database.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Makes the data folder where it is missing, for its owner only.
///
/// The umask is the process's: SQLite makes its files itself, and so does every export. No file of ours is for others to read.
pub(super) fn prepare(data_dir: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let is_made = !data_dir.exists();
    fs::create_dir_all(data_dir).map_err(|e| StoreError::unusable(data_dir, e))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let database = data_dir.join(DATABASE);
        // A folder of our own is closed to others even when an older umask made it; one that holds other things stays as it is.
        let is_ours =
            is_made || database.exists() || fs::read_dir(data_dir).is_ok_and(|mut files| files.next().is_none());
        if is_ours {
            let _ = fs::set_permissions(data_dir, fs::Permissions::from_mode(0o700));
        }
        refuse_shared_folder(data_dir)?;
        for file in std::iter::once(database.clone()).chain(companions(&database)) {
            let is_file = fs::symlink_metadata(&file).is_ok_and(|meta| meta.is_file());
            if is_file {
                let _ = fs::set_permissions(&file, fs::Permissions::from_mode(0o600));
            }
        }
        refuse_foreign_link(&database)?;
    }
    Ok(())
}

/// Whoever may write to the folder puts files in the place of ours: the token, the settings, the prices.
#[cfg(unix)]
fn refuse_shared_folder(data_dir: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    let Ok(meta) = fs::metadata(data_dir) else { return Ok(()) };
    let me = rustix::process::geteuid();
    let why = if meta.mode() & 0o022 != 0 {
        "others may write to this folder; choose another one, or close it with `chmod go-w`"
    } else if meta.uid() != me.as_raw() && !me.is_root() && meta.uid() != 0 {
        "this folder belongs to another user; choose another one"
    } else {
        return Ok(());
    };
    Err(StoreError::unusable(data_dir, why))
}

/// A link somebody else put where the database should be would make us write where they want.
#[cfg(unix)]
fn refuse_foreign_link(database: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    let Ok(meta) = fs::symlink_metadata(database) else { return Ok(()) };
    if meta.is_symlink() && meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(StoreError::unusable(database, "it is a link that belongs to another user; remove it"));
    }
    Ok(())
}

/// Takes the data folder for writing. The operating system gives it back when the file is closed, however the process ends.
pub(super) fn lock(data_dir: &Path) -> Result<File, StoreError> {
    let path = data_dir.join(LOCK);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|e| match e.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { path: data_dir.to_owned(), reason: e.to_string() }
        }
        _ => StoreError::unusable(&path, e),
    })?;
    match file.try_lock() {
        Ok(()) => {
            // What a program left there that was killed names ports that are others' by now.
            let _ = fs::remove_file(data_dir.join(ENDPOINTS));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { data_dir: data_dir.to_owned() }),
        Err(TryLockError::Error(e)) => Err(StoreError::unusable(&path, e)),
    }
}

/// Renames a database and its companions to `<name>.corrupt-<seconds since 1970>[-<n>]`; nothing is deleted. Returns the
/// new name.
pub(super) fn quarantine(database: &Path) -> Result<PathBuf, StoreError> {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let name = |n: u32| {
        with_suffix(database, &if n == 0 { format!(".corrupt-{seconds}") } else { format!(".corrupt-{seconds}-{n}") })
    };
    let aside = (0..1_000).map(name).find(|path| fs::symlink_metadata(path).is_err());
    let aside = aside.ok_or_else(|| StoreError::unusable(database, "it is damaged and could not be moved aside"))?;
    fs::rename(database, &aside)
        .map_err(|e| StoreError::unusable(database, format!("it is damaged and could not be moved aside: {e}")))?;
    for (from, to) in companions(database).zip(companions(&aside)) {
        if fs::symlink_metadata(&from).is_ok() {
            fs::rename(&from, &to).map_err(|e| StoreError::unusable(&from, e))?;
        }
    }
    Ok(aside)
}

/// Returns how many bytes a database and its companions take.
pub(super) fn size(database: &Path) -> u64 {
    let all = std::iter::once(database.to_owned()).chain(companions(database));
    all.filter_map(|path| fs::metadata(path).ok()).map(|meta| meta.len()).sum()
}

/// Returns how many bytes the databases take that are kept beside a database: damaged ones, and those that were brought up to date
/// as they were.
pub(super) fn size_aside(database: &Path) -> u64 {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else { return 0 };
    let name = name.to_string_lossy();
    let is_aside = |entry: &fs::DirEntry| {
        let other = entry.file_name();
        let rest = other.to_str().and_then(|other| other.strip_prefix(&*name));
        rest.is_some_and(|rest| rest.starts_with(".corrupt-") || rest.starts_with(".schema-"))
    };
    let files = fs::read_dir(folder).into_iter().flatten().flatten().filter(is_aside);
    files.filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).sum()
}

/// Returns how many bytes a database's write-ahead log takes.
pub(super) fn log_size(database: &Path) -> u64 {
    fs::metadata(log_of(database)).map_or(0, |meta| meta.len())
}

/// Returns where a database's write-ahead log is.
pub(super) fn log_of(database: &Path) -> PathBuf {
    with_suffix(database, COMPANIONS[0])
}

fn companions(database: &Path) -> impl Iterator<Item = PathBuf> + '_ {
    COMPANIONS.iter().map(|suffix| with_suffix(database, suffix))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
