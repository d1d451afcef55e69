//! Spans, log records and what was derived from them, in one SQLite database with one writer.
//!
//! One thread owns the only connection that writes ([`writer`]); readers have their own and never wait for it. A span is kept
//! as it came ([`payloads`]: compressed, checksummed, apart from its row); digests and rows are made by others, kept sealed,
//! and may be made again at any time. What a digest or a row says is not known here.
//!
//! Each table is a file: what it is, what is asked of it, what is written to it.

mod aliases;
mod arrivals;
mod batch;
mod codec;
mod connection;
mod counters;
mod doubtful;
mod envelopes;
mod error;
mod files;
mod group;
mod logs;
mod metrics;
mod migrate;
mod pack;
mod payloads;
mod reads;
mod recent;
mod removal;
mod reserve;
mod revisions;
mod salvage;
mod sealed;
mod space;
mod spans;
mod traces;
mod upgrade;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

pub use arrivals::{ArrivedLog, ArrivedRevision, ArrivedSpan, Mark, Order, mark_of_span};
pub use batch::{Batch, NewLog, NewSpan, Remade, RemadeDigest, RemadeRow, Written};
use connection::Readers;
pub use counters::Counters;
pub use envelopes::{JSON, PROTOBUF, StoredEnvelope};
pub use error::{Fault, StoreError};
pub use files::{ENDPOINTS, Identity};
use group::Memory;
pub use logs::LogRecordRow;
pub use metrics::{SLICE_SECONDS, SeriesRecord};
use migrate::Found;
pub use pack::Packed;
pub use payloads::{Contents, Damaged, Place};
pub use reads::Reading;
use recent::Recent;
use reserve::Reserve;
pub use sealed::{seal, unseal};
use spanglass_trace::span::TraceId;
pub use spans::SpanRecord;
pub use traces::{StoredRow, TraceRecord};
use writer::{Job, Writer};

/// How long what was handed in may still be written after [`Store::close`].
const LAST_COMMITS: Duration = Duration::from_millis(400);

/// How a store is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Bytes the database may take before the oldest traces are deleted; `None` = no bound.
    pub max_bytes: Option<u64>,
}

/// A database and its writer. Clones share both.
#[derive(Clone)]
pub struct Store(Arc<Open>);

/// A store that is kept open by others, if at all.
#[derive(Clone)]
pub struct WeakStore(Weak<Open>);

impl WeakStore {
    /// Returns the store while somebody keeps it open.
    pub fn upgrade(&self) -> Option<Store> {
        self.0.upgrade().map(Store)
    }
}

struct Open {
    shared: Arc<Shared>,
    max_bytes: Option<u64>,
    /// `None` when the database is open for reading only, and after closing.
    writing: Mutex<Option<Writing>>,
}

struct Writing {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
    /// Ends with the thread.
    ended: Receiver<()>,
    /// Held so that no other program writes.
    _lock: File,
}

type Listener = Box<dyn Fn(u64, &[TraceId]) + Send + Sync>;

/// What the writer and everyone else know in common.
struct Shared {
    path: PathBuf,
    readers: Readers,
    state: Mutex<State>,
    listeners: Mutex<Vec<Listener>>,
    recent: Recent,
    /// Bytes others keep in the folder that count towards the bound.
    beside: AtomicU64,
    /// Whether what is not committed yet is refused, since the store is closing.
    hurry: AtomicBool,
}

#[derive(Default)]
struct State {
    counters: Counters,
    /// Why the last write failed; `None` when it did not.
    fault: Option<Fault>,
    /// What there is to say about the disk's room.
    space: Option<String>,
    /// What there is to say about the bound on what is stored, and about the write-ahead log.
    bound: Option<String>,
    /// What happened to the database that should have been here.
    notice: Option<String>,
}

impl Store {
    /// Opens the database in `data_dir` for reading and writing, making both where they are missing.
    ///
    /// A damaged or foreign database is renamed (never deleted) and a fresh one started; [`Store::problem`] then says so.
    /// Sets the process's umask to 077, so that no file is ever readable by others.
    pub fn open(data_dir: &Path, options: Options) -> Result<Self, StoreError> {
        connection::check_sqlite()?;
        files::prepare(data_dir)?;
        let lock = files::lock(data_dir)?;
        let path = data_dir.join(files::DATABASE);
        let (conn, notice) = match open_or_create(&path) {
            Ok(conn) => (conn, None),
            Err(Unfit::Refused(error)) => return Err(error),
            Err(Unfit::Damaged(reason)) => {
                let aside = files::quarantine(&path)?;
                tracing::warn!(reason, aside = %aside.display(), "the database was moved aside");
                let notice = moved_aside(&path, &aside, &reason);
                salvage::remember(&path, &aside);
                let conn = open_or_create(&path).map_err(|unfit| unfit.into_error(&path))?;
                (conn, Some(notice))
            }
        };
        let fail = |e: rusqlite::Error| StoreError::unusable(&path, e);
        connection::bound_log(&conn, options.max_bytes).map_err(fail)?;
        let memory = Memory::load(&conn, options.max_bytes).map_err(fail)?;
        let removing = traces::detached(&conn, u32::MAX).map_err(fail)?;
        let removing_any = !removing.is_empty();
        let shared = Arc::new(Shared::new(path.clone(), memory.counters, notice));
        let (jobs, todo) = mpsc::channel();
        let writer = Writer {
            conn,
            memory,
            shared: Arc::clone(&shared),
            jobs: jobs.clone(),
            removing: removing.into(),
            astray: None,
            postponed: false,
            shrinking: true,
            deleted: removing_any,
            are_metrics_bounded: false,
            is_held: false,
            reserve: Reserve::of(data_dir),
            unchecked: 0,
            max_bytes: options.max_bytes,
        };
        let (ends, ended) = mpsc::channel::<()>();
        let thread = std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            let _ends = ends;
            writer.run(&todo);
        });
        let thread = thread.map_err(|e| StoreError::unusable(&path, e))?;
        salvage::start(&shared, &jobs);
        let writing = Mutex::new(Some(Writing { jobs, thread, ended, _lock: lock }));
        Ok(Self(Arc::new(Open { shared, max_bytes: options.max_bytes, writing })))
    }

    /// Opens the database in `data_dir` for reading, whether or not a program is writing to it.
    pub fn open_reader(data_dir: &Path) -> Result<Self, StoreError> {
        connection::check_sqlite()?;
        let path = data_dir.join(files::DATABASE);
        if !path.exists() {
            return Err(StoreError::Missing { path });
        }
        let readers = Readers::new(path.clone());
        let found =
            readers.read(|conn| Ok(migrate::inspect(conn)?)).map_err(|fault| StoreError::unusable(&path, fault))?;
        match found {
            Found::Ours(migrate::SCHEMA) => {}
            Found::Ours(found) if found < migrate::SCHEMA => return Err(StoreError::Older { path, found }),
            Found::Ours(found) => return Err(StoreError::Newer { path, found, known: migrate::SCHEMA }),
            Found::Empty => return Err(StoreError::Missing { path }),
            Found::Foreign => return Err(StoreError::unusable(&path, "it is another program's database")),
        }
        let counters =
            readers.read(|conn| Ok(counters::load(conn)?)).map_err(|fault| StoreError::unusable(&path, fault))?;
        let shared = Arc::new(Shared::new(path, counters, None));
        Ok(Self(Arc::new(Open { shared, max_bytes: None, writing: Mutex::new(None) })))
    }

    /// Opens what is in `data_dir` to be looked at alone, after [`Store::open`] said that it cannot be written;
    /// [`Store::problem`] says so.
    pub fn open_to_look(data_dir: &Path, why: &StoreError) -> Result<Self, StoreError> {
        let store = Self::open_reader(data_dir)?;
        store.0.shared.set_notice(format!("{why}. What is there is shown; nothing new is taken in."));
        Ok(store)
    }

    /// Returns the store for somebody who must not keep it open.
    pub fn downgrade(&self) -> WeakStore {
        WeakStore(Arc::downgrade(&self.0))
    }

    /// Returns the folder the database is in.
    pub fn folder(&self) -> &Path {
        self.0.shared.path.parent().unwrap_or(Path::new("."))
    }

    /// Says whether the store can be written to.
    pub fn is_writable(&self) -> bool {
        lock(&self.0.writing).is_some()
    }

    /// Returns what is wrong with the store, in a sentence that says what to do; `None` = all is well.
    pub fn problem(&self) -> Option<String> {
        let state = lock(&self.0.shared.state);
        state
            .fault
            .as_ref()
            .map(Fault::to_string)
            .or_else(|| state.space.clone())
            .or_else(|| state.bound.clone())
            .or_else(|| state.notice.clone())
    }

    /// Returns the change sequence as of the last commit of this process.
    pub fn seq(&self) -> u64 {
        lock(&self.0.shared.state).counters.seq
    }

    /// Returns how many bytes the database takes on disk, its write-ahead log and what others keep beside it included.
    pub fn stored_bytes(&self) -> u64 {
        files::size(&self.0.shared.path) + self.0.shared.beside.load(Ordering::Relaxed)
    }

    /// Returns how many bytes databases take that were moved or copied aside and are kept until somebody deletes them.
    pub fn aside_bytes(&self) -> u64 {
        files::size_aside(&self.0.shared.path)
    }

    /// Returns how many bytes the database may take; `None` = no bound.
    pub fn max_bytes(&self) -> Option<u64> {
        self.0.max_bytes
    }

    /// Says how many bytes others keep in the folder that count towards [`Options::max_bytes`].
    pub fn set_beside(&self, bytes: u64) {
        self.0.shared.beside.store(bytes, Ordering::Relaxed);
    }

    /// Calls `listener` after every commit that changed traces, with the change sequence and the traces. It is called by the
    /// writer and must not wait.
    pub fn on_change(&self, listener: impl Fn(u64, &[TraceId]) + Send + Sync + 'static) {
        lock(&self.0.shared.listeners).push(Box::new(listener));
    }

    /// Makes a batch ready to be stored: compresses it, on the thread of the caller.
    pub fn pack(&self, batch: Batch) -> Packed {
        pack::pack(batch, &self.0.shared.recent)
    }

    /// Stores a batch; `done` is called once it is on disk, or is not.
    pub fn write(&self, batch: Packed, done: impl FnOnce(Result<Written, Fault>) + Send + 'static) {
        self.send(Job::Write(batch, Box::new(done)));
    }

    /// Keeps rows and digests that were made again; those older than the span or the trace by then are left out.
    pub fn keep(&self, remade: Remade, done: impl FnOnce(Result<(), Fault>) + Send + 'static) {
        self.send(Job::Keep(remade, Box::new(done)));
    }

    /// Deletes traces; `done` is called with how many there were once they are out of every answer. Their space is given
    /// back afterwards.
    pub fn delete(&self, trace_ids: Vec<TraceId>, done: impl FnOnce(Result<u64, Fault>) + Send + 'static) {
        self.send(Job::Delete(trace_ids, Box::new(done)));
    }

    /// Asks the database something, on a connection of its own. Keep it short: while it runs, the write-ahead log only grows.
    pub fn read<T>(&self, ask: impl FnOnce(&Reading<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.0.shared.readers.read(|conn| ask(&Reading::new(conn)))
    }

    /// The same for one of several questions whose answers stand in the same blocks: each is decompressed once for all of them.
    pub fn read_on<T>(
        &self,
        contents: &mut Contents,
        ask: impl FnOnce(&Reading<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.0.shared.readers.read(|conn| Reading::ask(conn, contents, ask))
    }

    /// Writes what was handed in, empties the write-ahead log and releases the data folder. Blocks, at most two seconds
    /// or so: what takes longer is refused, as later writes are.
    pub fn close(&self) {
        self.0.close();
    }

    fn send(&self, job: Job) {
        let writing = lock(&self.0.writing);
        let refused = match writing.as_ref() {
            Some(writing) => writing.jobs.send(job).err().map(|unsent| unsent.0),
            None => Some(job),
        };
        drop(writing);
        match refused {
            Some(Job::Write(_, done)) => done(Err(Fault::Closed)),
            Some(Job::Keep(_, done)) => done(Err(Fault::Closed)),
            Some(Job::Delete(_, done)) => done(Err(Fault::Closed)),
            Some(Job::Close) | None => {}
        }
    }
}

impl Open {
    fn close(&self) {
        let Some(Writing { jobs, thread, ended, _lock }) = lock(&self.writing).take() else { return };
        let _ = jobs.send(Job::Close);
        let _ = ended.recv_timeout(LAST_COMMITS);
        // Nobody was told yet that what is left is stored: it is refused.
        self.shared.hurry.store(true, Ordering::Relaxed);
        if thread.join().is_err() {
            tracing::error!("the writer did not end well");
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn new(path: PathBuf, counters: Counters, notice: Option<String>) -> Self {
        let state = Mutex::new(State { counters, notice, ..State::default() });
        Self {
            readers: Readers::new(path.clone()),
            path,
            state,
            listeners: Mutex::default(),
            recent: Recent::default(),
            beside: AtomicU64::new(0),
            hurry: AtomicBool::new(false),
        }
    }

    fn publish(&self, counters: Counters, changed: &[TraceId]) {
        let seq = counters.seq;
        lock(&self.state).counters = counters;
        if !changed.is_empty() {
            self.announce(seq, changed);
        }
    }

    fn announce(&self, seq: u64, changed: &[TraceId]) {
        lock(&self.listeners).iter().for_each(|listener| listener(seq, changed));
    }

    fn set_fault(&self, fault: Option<Fault>) {
        lock(&self.state).fault = fault;
    }

    fn set_space(&self, space: Option<String>) {
        lock(&self.state).space = space;
    }

    fn set_bound(&self, bound: Option<String>) {
        lock(&self.state).bound = bound;
    }

    fn set_notice(&self, notice: String) {
        lock(&self.state).notice = Some(notice);
    }

    /// Adds to what is said of a damaged database, where something is.
    fn add_to_notice(&self, told: &str) {
        if let Some(notice) = &mut lock(&self.state).notice {
            notice.push_str(told);
        }
    }
}

/// A panic while the lock was held left the value as it was: every change of it is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a database is not used.
enum Unfit {
    /// It is damaged or another program's: moved aside.
    Damaged(String),
    /// It is not ours to move.
    Refused(StoreError),
}

impl Unfit {
    fn into_error(self, path: &Path) -> StoreError {
        match self {
            Self::Damaged(reason) => StoreError::unusable(path, reason),
            Self::Refused(error) => error,
        }
    }
}

fn open_or_create(path: &Path) -> Result<rusqlite::Connection, Unfit> {
    if path.is_dir() {
        return Err(Unfit::Damaged("it is a folder".to_owned()));
    }
    let unfit = |error: rusqlite::Error| match Fault::from(error) {
        Fault::Damaged(reason) => Unfit::Damaged(reason),
        fault => Unfit::Refused(StoreError::unusable(path, fault)),
    };
    let mut conn = connection::writer(path).map_err(unfit)?;
    match migrate::inspect(&conn).map_err(unfit)? {
        Found::Empty => {
            migrate::prepare(&conn).map_err(unfit)?;
            connection::make_durable(&conn).map_err(unfit)?;
            migrate::create(&mut conn).map_err(unfit)?;
        }
        Found::Ours(migrate::SCHEMA) => connection::make_durable(&conn).map_err(unfit)?,
        Found::Ours(1) => {
            connection::make_durable(&conn).map_err(unfit)?;
            let kept = upgrade::from_1(&mut conn, path).map_err(unfit)?;
            tracing::info!(kept = %kept.display(), "the database was brought up to date; as it was, it is kept");
        }
        Found::Ours(found) => {
            let path = path.to_owned();
            return Err(Unfit::Refused(StoreError::Newer { path, found, known: migrate::SCHEMA }));
        }
        Found::Foreign => return Err(Unfit::Damaged("it is another program's database".to_owned())),
    }
    // Whatever fails here cannot be used, be it for a damaged page or a table that is missing.
    let probed = migrate::probe(&conn).and_then(|()| migrate::is_whole(&conn));
    let whole = probed.map_err(|error| match Fault::from(error) {
        fault @ (Fault::Full | Fault::Locked) => Unfit::Refused(StoreError::unusable(path, fault)),
        fault => Unfit::Damaged(fault.to_string()),
    })?;
    whole.then_some(conn).ok_or_else(|| Unfit::Damaged("its tables are not those of Spanglass".to_owned()))
}

fn moved_aside(path: &Path, aside: &Path, reason: &str) -> String {
    format!(
        "{} could not be read ({reason}). It was kept as {}, and a new one was started.",
        path.display(),
        aside.display()
    )
}
