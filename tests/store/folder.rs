//! Whose the data folder is, and who may look into it.

use std::fs;

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

#[test]
fn a_bound_on_its_size_is_kept_by_deleting_the_oldest_traces() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options { max_bytes: Some(16 << 20) }).unwrap();
    let mut random = 7_u32;
    for n in 0..80 {
        let mut content = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random.to_le_bytes()
        };
        let content: Vec<u8> = (0..100_000).flat_map(|_| content()).collect();
        let spans = (0..2).map(|m| super::load::new_span(trace(n), span(m), &content)).collect();
        super::load::write(&store, spanglass_engine::store::Batch { spans, ..super::load::batch() }).unwrap();
    }
    let newest_first = store.read(|reading| reading.traces(None, 100)).unwrap();
    let names: Vec<_> = newest_first.iter().map(|record| record.trace_id).collect();
    assert_eq!(names, (0..80).rev().take(names.len()).map(trace).collect::<Vec<_>>(), "whole traces, oldest first");
    assert!(names.len() < 60, "{}", names.len());
    assert!(store.stored_bytes() < 50 << 20, "{}", store.stored_bytes());
}
