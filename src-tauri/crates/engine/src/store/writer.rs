//! The one thread that writes: takes what waits, commits it together, answers.
//!
//! It never waits for company: while one group is being synced to disk, the next one gathers.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvError, RecvTimeoutError, Sender, TryRecvError};
use std::time::Duration;

use rusqlite::Connection;
use spanglass_trace::span::TraceId;

use super::group::{Group, Memory};
use super::reserve::Reserve;
use super::space::Space;
use super::{
    Fault, Packed, Remade, Shared, StoreError, Written, connection, files, logs, migrate, removal, salvage, traces,
};

/// A group takes no further request once it holds this many spans and log records.
const GROUP_ITEMS: usize = 512;

/// So many spans and log records are looked at in no time.
const QUICKLY_LOOKED_AT: u64 = 50_000;

/// Bytes (roughly) that are written to the log before it is copied into the database.
const CHECKPOINT_BYTES: usize = 8 << 20;

/// What a commit writes beside payloads, roughly: the pages of rows, indexes and counters.
const COMMIT_BYTES: usize = 64 << 10;

/// Whom to tell what became of a job.
pub(super) type Done<T> = Box<dyn FnOnce(Result<T, Fault>) + Send>;

/// After so long without a job nothing is kept in memory that the file has too.
const IDLE: Duration = Duration::from_secs(5);

/// Something to do for the writer.
pub(super) enum Job {
    /// Store a request.
    Write(Packed, Done<Written>),
    /// Keep what was made again.
    Keep(Remade, Done<()>),
    /// Delete traces.
    Delete(Vec<TraceId>, Done<u64>),
    /// Finish what was handed in before, and end.
    Close,
}

/// The writer's state.
pub(super) struct Writer {
    pub(super) conn: Connection,
    pub(super) memory: Memory,
    pub(super) shared: Arc<Shared>,
    /// The way to itself, for what is read of a damaged database. The writer ends when it is told to close.
    pub(super) jobs: Sender<Job>,
    /// Traces that were taken out of the list and are being deleted.
    pub(super) removing: VecDeque<i64>,
    /// Log records that belong to no trace are being deleted up to this one.
    pub(super) astray: Option<i64>,
    /// Whether deleting failed and is to be tried again once writing works.
    pub(super) postponed: bool,
    /// Whether pages may be free.
    pub(super) shrinking: bool,
    /// Whether somebody deleted traces: then what surrounded them goes too, however little it is.
    pub(super) deleted: bool,
    /// Whether no more slices of metrics are kept than may be: those that were there at the start are looked at once.
    pub(super) are_metrics_bounded: bool,
    /// Whether a reader keeps the write-ahead log from being copied, and that has become too long.
    pub(super) is_held: bool,
    /// Room to delete in when the disk is full.
    pub(super) reserve: Reserve,
    /// Bytes written since the log was copied into the database, roughly.
    pub(super) unchecked: usize,
    /// Bytes the database may take; `None` = no bound.
    pub(super) max_bytes: Option<u64>,
}

impl Writer {
    /// Works until it is told to close.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => Some(job),
                None if self.has_chores() => match jobs.try_recv() {
                    Ok(job) => Some(job),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => break,
                },
                None => match self.wait(jobs) {
                    Ok(job) => job,
                    Err(RecvError) => break,
                },
            };
            match job {
                Some(Job::Write(batch, done)) => next = self.write_group(batch, done, jobs),
                Some(Job::Keep(remade, done)) => {
                    let digests = remade.digests.iter().map(|digest| digest.digest.len());
                    let rows = remade.rows.iter().map(|row| row.row.len());
                    self.unchecked += COMMIT_BYTES + digests.chain(rows).sum::<usize>();
                    let kept = self.attempt(|group| group.keep(&remade));
                    done(kept);
                }
                Some(Job::Delete(trace_ids, done)) => {
                    let detached = self.detach(&trace_ids);
                    self.deleted |= matches!(detached, Ok(1..));
                    self.resume();
                    // Who deletes every trace has deleted everything.
                    if self.memory.counters.traces == 0 && matches!(detached, Ok(1..)) {
                        self.delete_astray(u32::MAX);
                    }
                    done(detached);
                }
                Some(Job::Close) => break,
                None => {}
            }
            self.do_chore();
        }
        self.close();
    }

    /// Waits for a job; `None` = there are chores, an error = nobody is left who could hand one in.
    fn wait(&mut self, jobs: &Receiver<Job>) -> Result<Option<Job>, RecvError> {
        loop {
            match jobs.recv_timeout(IDLE) {
                Ok(job) => return Ok(Some(job)),
                Err(RecvTimeoutError::Disconnected) => return Err(RecvError),
                Err(RecvTimeoutError::Timeout) if self.is_held => {
                    self.copy_log();
                    if self.has_chores() {
                        return Ok(None);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    connection::shrink(&self.conn);
                    self.shared.readers.shrink();
                    return jobs.recv().map(Some);
                }
            }
        }
    }

    fn write_group(&mut self, batch: Packed, done: Done<Written>, jobs: &Receiver<Job>) -> Option<Job> {
        let mut size = batch.items();
        let mut group = vec![(batch, done)];
        let mut next = None;
        while size < GROUP_ITEMS && next.is_none() {
            match jobs.try_recv() {
                Ok(Job::Write(batch, done)) => {
                    size += batch.items();
                    group.push((batch, done));
                }
                Ok(other) => next = Some(other),
                Err(_) => break,
            }
        }
        self.commit(group);
        next
    }

    fn commit(&mut self, group: Vec<(Packed, Done<Written>)>) {
        let space = Space::of(self.shared.path.parent().unwrap_or(Path::new(".")));
        self.shared.set_space(space.warning());
        if matches!(space, Space::None(_)) {
            // What is deleted makes room: nothing is written before there is some.
            self.resume();
            group.into_iter().for_each(|(_, done)| done(Err(Fault::Full)));
            return;
        }
        self.unchecked += COMMIT_BYTES + group.iter().map(|(batch, _)| batch.bytes()).sum::<usize>();
        let together = self.attempt(|writing| group.iter().map(|(batch, _)| writing.write(batch)).collect());
        let written: Vec<Written> = match together {
            Ok(written) => written,
            // What is wrong with one request must not refuse the others. A full disk refuses them all.
            Err(Fault::Broken(_)) if group.len() > 1 => {
                group.into_iter().for_each(|alone| self.commit(vec![alone]));
                return;
            }
            Err(fault) => {
                group.into_iter().for_each(|(_, done)| done(Err(fault.clone())));
                return;
            }
        };
        for ((_, done), written) in group.into_iter().zip(written) {
            done(Ok(Written { seq: self.memory.counters.seq, ..written }));
        }
        self.resume();
    }

    /// Takes up the deleting that was put off.
    fn resume(&mut self) {
        if self.postponed
            && let Ok(detached) = traces::detached(&self.conn, u32::MAX)
        {
            self.postponed = false;
            self.removing = detached.into();
        }
    }

    /// Runs one transaction, with the database exchanged for a fresh one when it turns out to be damaged. Nothing that
    /// happens in it ends the thread.
    fn attempt<T>(&mut self, act: impl Fn(&mut Group<'_>) -> rusqlite::Result<T>) -> Result<T, Fault> {
        let mut outcome = self.transact(&act);
        if let Err(Fault::Damaged(reason)) = &outcome
            && self.start_afresh(reason).is_ok()
        {
            outcome = self.transact(&act);
        }
        self.shared.set_fault(outcome.as_ref().err().cloned());
        outcome
    }

    fn transact<T>(&mut self, act: impl Fn(&mut Group<'_>) -> rusqlite::Result<T>) -> Result<T, Fault> {
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let mut group = Group::begin(&mut self.conn, &mut self.memory, &self.shared.recent, &self.shared.hurry)?;
            let answer = act(&mut group)?;
            Ok::<_, rusqlite::Error>((answer, group.commit()?))
        }));
        let outcome = match attempt {
            Ok(outcome) => outcome.map_err(Fault::from),
            Err(_) => Err(Fault::Broken("the writer failed; this is a fault of Spanglass".to_owned())),
        };
        match outcome {
            Ok((answer, changed)) => {
                self.shared.publish(self.memory.counters, &changed);
                Ok(answer)
            }
            Err(fault) => {
                tracing::warn!(%fault, "nothing was stored");
                self.memory.forget_all();
                Err(fault)
            }
        }
    }

    /// Moves a damaged database aside and begins a new one.
    fn start_afresh(&mut self, reason: &str) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        let path = &shared.path;
        let fail = |e: rusqlite::Error| StoreError::unusable(path, e);
        shared.readers.without(|| {
            self.conn = Connection::open_in_memory().map_err(fail)?;
            let aside = files::quarantine(path)?;
            let mut conn = connection::writer(path).map_err(fail)?;
            migrate::prepare(&conn).map_err(fail)?;
            connection::make_durable(&conn).map_err(fail)?;
            connection::bound_log(&conn, self.max_bytes).map_err(fail)?;
            migrate::create(&mut conn).map_err(fail)?;
            // The sequence goes on: whoever waits for a later one must not take the new database for the old.
            let seq = self.memory.counters.seq;
            let next_trace = self.memory.counters.next_trace;
            self.memory = Memory::load(&conn, self.max_bytes).map_err(fail)?;
            self.memory.counters.seq = seq;
            // So do the numbers of traces: what was packed against a trace of the old one is of none of the new.
            self.memory.counters.next_trace = next_trace;
            self.conn = conn;
            self.removing.clear();
            self.astray = None;
            shared.recent.forget();
            tracing::error!(reason, aside = %aside.display(), "the database is damaged and was moved aside");
            shared.set_notice(super::moved_aside(path, &aside, reason));
            salvage::remember(path, &aside);
            salvage::start(&shared, &self.jobs);
            Ok(())
        })
    }

    fn detach(&mut self, trace_ids: &[TraceId]) -> Result<u64, Fault> {
        let ids = match self.attempt(|group| group.detach(trace_ids)) {
            Err(Fault::Full) if self.reserve.release() => self.attempt(|group| group.detach(trace_ids)),
            detached => detached,
        }?;
        if !ids.is_empty() {
            self.shared.announce(self.memory.counters.seq, trace_ids);
        }
        let count = ids.len() as u64;
        self.removing.extend(ids);
        Ok(count)
    }

    fn has_chores(&self) -> bool {
        !self.removing.is_empty()
            || self.astray.is_some()
            || self.memory.envelopes.doubtful.is_sweeping()
            || self.shrinking
    }

    /// Does one small piece of what is not urgent. A failure puts it off until something is written again.
    fn do_chore(&mut self) {
        if self.unchecked >= self.log_bytes() {
            self.copy_log();
            // What is small is not worth keeping room for.
            if self.removing.is_empty() {
                self.reserve.keep();
            }
        }
        if self.memory.envelopes.doubtful.is_sweeping() {
            // Before anything else: what it finds need not be made room for by deleting traces.
            self.sweep();
        } else if !self.removing.is_empty() {
            self.unchecked += COMMIT_BYTES;
            self.shrinking = true;
            let deleted = removal::delete_slice(&mut self.conn, &mut self.removing);
            let deleted = deleted.and_then(|envelopes| {
                let doubtful = &mut self.memory.envelopes.doubtful;
                envelopes.into_iter().try_for_each(|envelope| doubtful.doubt(&self.conn, envelope))
            });
            if let Err(error) = deleted.and_then(|()| self.mind_size()) {
                tracing::warn!(%error, "traces could not be deleted yet");
                if Fault::from(error) != Fault::Full || !self.reserve.release() {
                    self.removing.clear();
                    self.postponed = true;
                }
            }
        } else if let Some(to) = self.astray {
            self.unchecked += COMMIT_BYTES;
            self.shrinking = true;
            match self.attempt(|group| group.delete_astray(to)) {
                Ok(true) => {}
                Ok(false) => {
                    self.astray = None;
                    if let Err(error) = self.mind_size() {
                        tracing::warn!(%error, "what is stored could not be measured");
                    }
                }
                Err(Fault::Full) if self.reserve.release() => {}
                // The size is looked at again with what is written next.
                Err(_) => self.astray = None,
            }
        } else if std::mem::take(&mut self.deleted) {
            let begun = self.memory.envelopes.doubtful.sweep(&self.conn, 0);
            if let Err(error) = begun {
                tracing::warn!(%error, "what surrounded deleted spans stays for now");
            }
        } else if self.shrinking {
            self.unchecked += COMMIT_BYTES;
            self.shrinking = match removal::shrink(&self.conn) {
                Ok(more) => more,
                Err(error) => Fault::from(error) == Fault::Full && self.reserve.release(),
            };
            if !self.shrinking {
                // The file gets shorter when the log is copied.
                self.copy_log();
            }
        }
    }

    /// Goes on with the search for envelopes that nothing names.
    fn sweep(&mut self) {
        let swept = self.memory.envelopes.sweep(&mut self.conn);
        let swept = swept.and_then(|deleted| {
            if deleted > 0 {
                self.unchecked += COMMIT_BYTES;
                self.shrinking = true;
            }
            self.mind_size()
        });
        if let Err(error) = swept {
            tracing::warn!(%error, "what surrounded deleted spans stays for now");
            if Fault::from(error) != Fault::Full || !self.reserve.release() {
                self.memory.envelopes.doubtful.give_up();
            }
        }
    }

    /// Begins to delete the first of the log records that belong to no trace; says whether there are any.
    fn delete_astray(&mut self, count: u32) -> bool {
        let found = logs::astray(&self.conn, self.memory.astray_after, count);
        self.astray = found.unwrap_or_else(|error| {
            tracing::warn!(%error, "log records could not be deleted yet");
            None
        });
        self.astray.is_some()
    }

    /// Returns how much is written to the log before it is copied: a part of a small bound.
    fn log_bytes(&self) -> usize {
        let part = self.max_bytes.map_or(u64::MAX, |max| max / 64);
        part.clamp(64 << 10, CHECKPOINT_BYTES as u64) as usize
    }

    /// Copies the write-ahead log into the database, and looks whether that is too large.
    fn copy_log(&mut self) {
        self.unchecked = 0;
        // Passive: never waits for a reader. What a reader still needs is copied the next time.
        let copied = self.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
            Ok((row.get::<_, i64>(1)?.max(0) as u64, row.get::<_, i64>(2)?.max(0) as u64))
        });
        let minded = copied.and_then(|(pages, copied)| {
            let bytes = pages * migrate::PAGE_BYTES as u64;
            self.is_held = copied < pages && bytes > connection::log_limit(self.max_bytes);
            if self.is_held {
                self.shared.set_bound(Some(format!(
                    "Another program reads the database, so that its log cannot be emptied and takes {} MB by now; nothing is \
                     deleted to keep the bound on what is stored until that program closes it.",
                    bytes / 1_000_000
                )));
            }
            self.mind_size()
        });
        if let Err(error) = minded {
            tracing::warn!(%error, "the write-ahead log could not be copied into the database");
        }
    }

    /// Deletes the oldest when the database has outgrown its bound: envelopes that nothing names, log records that belong to no
    /// trace, which nothing shows, and once none of them is left, traces.
    fn mind_size(&mut self) -> rusqlite::Result<()> {
        // While the log cannot be copied, deleting only makes it longer.
        if self.is_held {
            return Ok(());
        }
        let Some(max_bytes) = self.max_bytes else {
            self.shared.set_bound(None);
            return Ok(());
        };
        let taken = self.taken_bytes()?;
        let is_sweeping = self.memory.envelopes.doubtful.is_sweeping();
        // What is being found may be enough.
        let bound = if is_sweeping { max_bytes + max_bytes / 20 } else { max_bytes };
        if !self.removing.is_empty() || self.astray.is_some() {
            return Ok(());
        }
        if taken <= bound {
            self.shared.set_bound(None);
            return Ok(());
        }
        let items = (self.memory.counters.spans + self.memory.counters.logs).max(1);
        // To find what can go is to look at every span: worth it for what there is too much, or else for a good part of everything.
        let worth = if items < QUICKLY_LOOKED_AT { (taken - max_bytes).min(max_bytes / 32) } else { max_bytes / 32 };
        if self.memory.envelopes.doubtful.sweep(&self.conn, worth)? {
            return Ok(());
        }
        // As many as are too many, by what they take on average, and a little more, so that not each group brings it up again;
        // no more than a group brings at once.
        let over = taken - max_bytes + max_bytes / 50;
        let count = (over / (taken / items).max(1)).clamp(1, GROUP_ITEMS as u64);
        if self.delete_astray(count as u32) {
            return Ok(());
        }
        if !self.are_metrics_bounded {
            let trimmed = self.attempt(|group| group.trim_metrics());
            self.are_metrics_bounded = trimmed == Ok(false);
            self.shrinking = true;
            return Ok(());
        }
        let oldest = traces::oldest(&self.conn, count)?;
        if oldest.is_empty() {
            let mb = |bytes: u64| bytes.div_ceil(1_000_000);
            self.shared.set_bound(Some(format!(
                "What is stored takes {} MB, which is more than the {} MB it may take, and no trace is left to delete: let it take \
                 more.",
                mb(taken),
                mb(max_bytes)
            )));
            return Ok(());
        }
        let _ = self.detach(&oldest);
        Ok(())
    }

    /// Returns how many bytes the database and its log take, without those that are free in it. Of a log that is longer than it
    /// may be, deleting makes none shorter.
    fn taken_bytes(&self) -> rusqlite::Result<u64> {
        let beside = self.shared.beside.load(Ordering::Relaxed);
        let log = files::log_size(&self.shared.path).min(connection::log_limit(self.max_bytes));
        Ok(removal::used_bytes(&self.conn)? + log + beside)
    }

    fn close(self) {
        self.shared.readers.close();
        // A program that reads keeps the log in use; it is then copied by whoever opens the database next.
        let copied = self
            .conn
            .busy_timeout(Duration::from_millis(500))
            .and_then(|()| self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
        if let Err(error) = copied {
            tracing::debug!(%error, "the write-ahead log stays");
        }
        if let Err((_, error)) = self.conn.close() {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
    }
}
