//! Whose the data folder is, and who may look into it.

use std::fs;
use std::time::Instant;

use bytes::Bytes;
use spanglass_engine::store::{Batch, NewLog, NewSpan, Options, Store, StoreError, StoredEnvelope};

use super::load::{batch, delete, envelope, new_log, new_span, record, span, trace, write, write_spans};

#[cfg(unix)]
#[test]
fn only_the_owner_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data/spanglass");
    let store = Store::open(&folder, Options::default()).unwrap();
    write_spans(&store, &[(trace(1), span(1))]);
    store.read(|reading| reading.counters()).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    names.sort();
    assert_eq!(names, ["spanglass.lock", "traces.db", "traces.db-shm", "traces.db-wal"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_may_write_to_is_refused_and_one_with_other_things_stays_as_open_as_it_was() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("project");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("notes.txt"), "not ours").unwrap();
    let close = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    close(0o777);
    let refused = Store::open(&folder, Options::default()).err().map(|error| error.to_string()).unwrap();
    assert!(refused.contains("others may write to this folder") && refused.contains("chmod"), "{refused}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing was put there");
    close(0o755);
    drop(Store::open(&folder, Options::default()).unwrap());
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn one_program_writes_and_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let Err(StoreError::Missing { .. }) = Store::open_reader(folder.path()) else { panic!("there is nothing to read") };
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let Err(StoreError::InUse { .. }) = Store::open(folder.path(), Options::default()) else { panic!("opened twice") };
    let reader = Store::open_reader(folder.path()).unwrap();
    assert!(!reader.is_writable());
    assert_eq!(record(&reader, trace(1)), None);
    write_spans(&store, &[(trace(1), span(1))]);
    assert!(record(&reader, trace(1)).is_some(), "what is committed is seen at once");
    store.close();
    assert!(record(&reader, trace(1)).is_some());
    drop(reader);
    drop(Store::open(folder.path(), Options::default()).unwrap());
}

#[test]
fn the_write_ahead_log_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let mut random = 1_u32;
    let mut noise = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 24) as u8
    };
    let mut content = || (0..60_000).map(|_| noise()).collect::<Vec<u8>>();
    for n in 0..30 {
        let spans = (0..40).map(|m| new_span(trace(n), span(m), &content())).collect();
        write(&store, Batch { spans, ..batch() }).unwrap();
    }
    let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
    assert!(size("traces.db-wal") <= 24 << 20, "{}", size("traces.db-wal"));
    assert!(size("traces.db") >= 60 << 20, "{}", size("traces.db"));
}

/// `SPANGLASS_CAP_BYTES` is the bound (50 MB unless told); five times as much is written.
#[test]
fn a_bound_on_its_size_is_kept_by_deleting_the_oldest_traces() {
    let cap: u64 = std::env::var("SPANGLASS_CAP_BYTES").map_or(50_000_000, |bytes| bytes.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options { max_bytes: Some(cap) }).unwrap();
    let traces = cap * 5 / 800_000;
    let (mut random, mut most, mut waits) = (7_u32, 0, Vec::new());
    for n in 0..traces {
        let mut content = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random.to_le_bytes()
        };
        let content: Vec<u8> = (0..100_000).flat_map(|_| content()).collect();
        let spans = (0..2).map(|m| new_span(trace(n), span(m), &content)).collect();
        let begun = Instant::now();
        write(&store, Batch { spans, ..batch() }).unwrap();
        waits.push(begun.elapsed());
        most = most.max(store.stored_bytes());
    }
    let newest_first = store.read(|reading| reading.traces(None, 10_000)).unwrap();
    let names: Vec<_> = newest_first.iter().map(|record| record.trace_id).collect();
    assert_eq!(names, (0..traces).rev().take(names.len()).map(trace).collect::<Vec<_>>(), "whole traces, oldest first");
    assert!(names.len() as u64 * 800_000 > cap / 3, "{} traces are kept", names.len());
    waits.sort();
    let slow = waits[waits.len() * 99 / 100];
    println!(
        "safety G18: {} MB written against {} MB: at most {:.1} MB, log and all; p99 of a commit {slow:?}",
        traces * 800_000 / 1_000_000,
        cap / 1_000_000,
        most as f64 / 1e6
    );
    assert!(most <= cap / 10 * 11, "{most}");
}

/// Stores a request of so many traces of a span each, `from` the first, each span with a resource of its own of 4 KB.
fn write_with_resources(store: &Store, from: u64, count: u64) {
    let resource = |n: u64| envelope(&format!("{n:08} ").repeat(450));
    let spans = (0..count).map(|n| NewSpan { envelope: n as usize, ..new_span(trace(from + n), span(0), b"a span") });
    let envelopes: Vec<StoredEnvelope> = (0..count).map(|n| resource(from + n)).collect();
    write(store, Batch { spans: spans.collect(), envelopes, ..Batch::default() }).unwrap();
}

/// Returns the traces that are there, newest first.
fn names(store: &Store) -> Vec<spanglass_trace::span::TraceId> {
    store.read(|reading| reading.traces(None, 100_000)).unwrap().iter().map(|record| record.trace_id).collect()
}

fn resources(store: &Store) -> Vec<String> {
    let conn = rusqlite::Connection::open(store.folder().join("traces.db")).unwrap();
    let mut select = conn.prepare("SELECT resource FROM envelopes ORDER BY id").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    select.query_map([], |row| row.get(0).map(text)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_bound_is_kept_where_each_span_has_a_resource_of_its_own() {
    let cap = 20_000_000;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options { max_bytes: Some(cap) }).unwrap();
    let (traces, each) = (9_000, 30);
    let mut most = 0;
    for from in (0..traces).step_by(each as usize) {
        write_with_resources(&store, from, each);
        // The log beside it may be longer for a moment, while it is looked what is there.
        most = most.max(fs::metadata(folder.path().join("traces.db")).unwrap().len());
        let there = names(&store);
        assert_eq!(there, (0..from + each).rev().take(there.len()).map(trace).collect::<Vec<_>>(), "oldest first");
        assert!(there.len() as u64 * 4_500 > cap / 2 || there.len() as u64 == from + each, "{} are left", there.len());
    }
    assert!(most <= cap / 10 * 11, "{most}");
    // What was there before a start is found as well.
    store.close();
    drop(store);
    let store = Store::open(folder.path(), Options { max_bytes: Some(cap / 2) }).unwrap();
    write_with_resources(&store, traces, each);
    let begun = Instant::now();
    while resources(&store).len() as u64 * 4_050 > cap / 2 {
        assert!(begun.elapsed().as_secs() < 20, "{}", resources(&store).len());
    }
    assert!(names(&store).len() as u64 * 4_500 > cap / 4, "{} are left", names(&store).len());
}

#[test]
fn what_is_deleted_is_given_back_in_few_commits() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let mut random = 7_u32;
    for n in 0..8 {
        let content: Vec<u8> = (0..500_000)
            .flat_map(|_| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                random.to_le_bytes()
            })
            .collect();
        write(&store, Batch { spans: vec![new_span(trace(n), span(0), &content)], ..batch() }).unwrap();
    }
    let size = || fs::metadata(folder.path().join("traces.db")).unwrap().len();
    let before = size();
    assert!(before > 8_000_000, "{before}");
    assert_eq!(delete(&store, &(0..8).map(trace).collect::<Vec<_>>()), 8);
    // One chore is done between two commits: a page at a time would take thousands of them.
    let mut commits = 0..;
    while size() > before / 4 {
        let n = commits.next().unwrap();
        write_spans(&store, &[(trace(100), span(n))]);
        assert!(n < 400, "{} of {before} after {n} commits", size());
    }
}

#[test]
fn what_surrounded_a_deleted_trace_goes_unless_something_else_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    for (n, resource) in ["its own", "shared", "a revision's", "a log record's", "shared"].into_iter().enumerate() {
        let spans = vec![new_span(trace(n as u64), span(0), b"a span")];
        write(&store, Batch { spans, envelopes: vec![envelope(resource)], ..Batch::default() }).unwrap();
    }
    let of = |resource: &str, batch: Batch| Batch { envelopes: vec![envelope(resource)], ..batch };
    let spans = vec![new_span(trace(9), span(0), b"an earlier state")];
    write(&store, of("a revision's", Batch { spans, ..Batch::default() })).unwrap();
    let spans = vec![new_span(trace(9), span(0), b"a later and longer state")];
    write(&store, of("the latest", Batch { spans, ..Batch::default() })).unwrap();
    let logs = vec![new_log(trace(9), span(0), b"a log record")];
    write(&store, of("a log record's", Batch { logs, ..Batch::default() })).unwrap();
    assert_eq!(delete(&store, &[trace(0), trace(1), trace(2), trace(3)]), 4);
    let begun = Instant::now();
    while resources(&store).len() > 4 {
        assert!(begun.elapsed().as_secs() < 20, "{:?}", resources(&store));
    }
    assert_eq!(resources(&store), ["shared", "a revision's", "a log record's", "the latest"]);
    // What comes again with a resource that was deleted has it.
    let spans = vec![new_span(trace(0), span(0), b"a span")];
    write(&store, of("its own", Batch { spans, ..Batch::default() })).unwrap();
    let number = record(&store, trace(0)).unwrap().id;
    let found = store.read(|reading| reading.envelope(reading.spans(number, None, 1)?[0].envelope)).unwrap();
    assert_eq!(found, Some(envelope("its own")));
}

#[test]
fn nothing_is_deleted_for_a_log_that_a_reader_keeps_long() {
    let cap = 8_000_000;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options { max_bytes: Some(cap) }).unwrap();
    let mut random = 7_u32;
    let mut write_one = |n: u64| {
        let content: Vec<u8> = (0..25_000)
            .flat_map(|_| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                random.to_le_bytes()
            })
            .collect();
        write(&store, Batch { spans: vec![new_span(trace(n), span(0), &content)], ..batch() }).unwrap();
    };
    (0..50).for_each(&mut write_one);
    let reader = rusqlite::Connection::open(folder.path().join("traces.db")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    reader.query_row("SELECT count(*) FROM traces", [], |row| row.get::<_, i64>(0)).unwrap();
    (50..250).for_each(&mut write_one);
    assert_eq!(names(&store).len(), 250);
    let told = store.problem().unwrap_or_default();
    assert!(told.contains("log cannot be emptied"), "{told}");
    reader.execute_batch("COMMIT").unwrap();
    drop(reader);
    (250..260).for_each(&mut write_one);
    let begun = Instant::now();
    while store.stored_bytes() > cap / 10 * 11 {
        assert!(begun.elapsed().as_secs() < 20, "{}", store.stored_bytes());
    }
    let there = names(&store);
    assert_eq!(there, (0..260).rev().take(there.len()).map(trace).collect::<Vec<_>>());
    assert!(there.len() as u64 * 105_000 > cap / 3, "{} are left", there.len());
    assert_eq!(store.problem(), None);
}

/// Stores log records that belong to no trace, `bytes` in all that do not compress, and one that belongs to `trace(0)`.
fn write_astray(store: &Store, random: &mut u32, bytes: usize) {
    let mut content = || {
        *random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        random.to_le_bytes()
    };
    let mut log = || {
        let content: Vec<u8> = (0..25_000).flat_map(|_| content()).collect();
        NewLog { trace_id: None, span_id: None, envelope: 0, content: Bytes::from(content) }
    };
    let mut logs: Vec<NewLog> = (0..bytes / 100_000).map(|_| log()).collect();
    logs.push(new_log(trace(0), span(0), &random.to_le_bytes()));
    write(store, Batch { logs, ..batch() }).unwrap();
}

/// Returns the ids of the log records that belong to no trace, in order of arrival.
fn astray(store: &Store) -> Vec<i64> {
    let logs = store.read(|reading| reading.arrived_logs(0, i64::MAX, u32::MAX)).unwrap();
    logs.iter().filter(|arrived| arrived.trace == 0).map(|arrived| arrived.log.id).collect()
}

#[test]
fn log_records_without_a_trace_go_before_any_trace_the_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options { max_bytes: Some(16_000_000) }).unwrap();
    for n in 0..20 {
        write_spans(&store, &[(trace(n), span(0))]);
    }
    let mut random = 7;
    for _ in 0..60 {
        write_astray(&store, &mut random, 1_000_000);
    }
    let names: Vec<_> =
        store.read(|reading| reading.traces(None, 100)).unwrap().iter().map(|record| record.trace_id).collect();
    assert_eq!(names, (0..20).rev().map(trace).collect::<Vec<_>>());
    assert!(store.stored_bytes() < 20_000_000, "{}", store.stored_bytes());
    // Of every eleven log records the last belongs to a trace.
    let kept = astray(&store);
    let newest: Vec<i64> = (1..=660).filter(|id| id % 11 != 0).collect();
    assert!(kept.len() > 50 && newest.ends_with(&kept), "{kept:?}");
    let counted = store.read(|reading| reading.counters()).unwrap().logs;
    assert_eq!(counted, kept.len() as u64 + 60);
}

#[test]
fn who_deletes_every_trace_deletes_the_log_records_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    write_spans(&store, &[(trace(0), span(0)), (trace(1), span(0))]);
    write_astray(&store, &mut 7, 1_000_000);
    assert_eq!(delete(&store, &[trace(1)]), 1);
    assert_eq!(astray(&store).len(), 10, "a trace is left");
    assert_eq!(delete(&store, &[trace(0)]), 1);
    let begun = Instant::now();
    while !astray(&store).is_empty() {
        assert!(begun.elapsed().as_secs() < 20, "{:?}", astray(&store));
    }
    write_astray(&store, &mut 8, 1_000_000);
    assert_eq!(store.read(|reading| reading.counters()).unwrap().logs, 11);
    assert_eq!(astray(&store).len(), 10);
}

#[test]
fn a_clock_that_jumps_changes_neither_the_order_nor_what_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options { max_bytes: Some(8_000_000) }).unwrap();
    let mut random = 7_u32;
    // What a program's clock says of its spans: now, a day back, a day ahead, 1970, 2554.
    let clocks = [1_800_000_000_000_000_000, 1_799_913_600_000_000_000, 1_800_086_400_000_000_000, 1, u64::MAX];
    for n in 0..60 {
        let content: Vec<u8> = (0..100_000)
            .flat_map(|_| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                random.to_le_bytes()
            })
            .collect();
        let at = clocks[n as usize % clocks.len()];
        let digest = format!("{at}").into_bytes();
        let span = NewSpan { digest, ..new_span(trace(n), span(0), &content) };
        write(&store, Batch { spans: vec![span], ..batch() }).unwrap();
    }
    let newest_first = store.read(|reading| reading.traces(None, 100)).unwrap();
    let names: Vec<_> = newest_first.iter().map(|record| record.trace_id).collect();
    assert_eq!(names, (0..60).rev().take(names.len()).map(trace).collect::<Vec<_>>(), "in the order they came");
    assert!((5..60).contains(&names.len()), "{}", names.len());
}
