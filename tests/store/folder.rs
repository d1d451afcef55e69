//! Whose the data folder is, and who may look into it.

use std::fs;
use std::time::Instant;

use spanglass_engine::store::{Options, Store, StoreError};

use super::load::{record, span, trace, write_spans};

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
        let spans = (0..40).map(|m| super::load::new_span(trace(n), span(m), &content())).collect();
        super::load::write(&store, spanglass_engine::store::Batch { spans, ..super::load::batch() }).unwrap();
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
        let spans = (0..2).map(|m| super::load::new_span(trace(n), span(m), &content)).collect();
        let begun = Instant::now();
        super::load::write(&store, spanglass_engine::store::Batch { spans, ..super::load::batch() }).unwrap();
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
        let span = spanglass_engine::store::NewSpan { digest, ..super::load::new_span(trace(n), span(0), &content) };
        super::load::write(&store, spanglass_engine::store::Batch { spans: vec![span], ..super::load::batch() })
            .unwrap();
    }
    let newest_first = store.read(|reading| reading.traces(None, 100)).unwrap();
    let names: Vec<_> = newest_first.iter().map(|record| record.trace_id).collect();
    assert_eq!(names, (0..60).rev().take(names.len()).map(trace).collect::<Vec<_>>(), "in the order they came");
    assert!((5..60).contains(&names.len()), "{}", names.len());
}
