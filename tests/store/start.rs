//! What may lie where the database should be: the program starts with every one of these, and deletes none.

use std::fs;
use std::path::Path;

use spanglass_engine::store::{Batch, Options, Store, StoreError};

use super::load::{batch, new_span, record, span, stored, trace, write, write_spans};

/// Returns the files of a folder that were moved aside.
fn aside(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains(".corrupt-")).collect()
}

/// Starts with whatever `damage` makes of a database of 200 spans, writes and reads.
fn check(what: &str, damage: impl FnOnce(&Path), kept_aside: bool) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("traces.db");
    let store = Store::open(folder.path(), Options::default()).unwrap();
    write_spans(&store, &(0..200).map(|n| (trace(n), span(n))).collect::<Vec<_>>());
    store.close();
    drop(store);
    damage(&database);
    let store = Store::open(folder.path(), Options::default()).unwrap_or_else(|error| panic!("{what}: {error}"));
    write_spans(&store, &[(trace(1_000), span(1))]);
    assert_eq!(stored(&store, trace(1_000), span(1)).0, Some(b"span 0".to_vec()), "{what}");
    let aside = aside(folder.path());
    assert_eq!(!aside.is_empty(), kept_aside, "{what}: {aside:?}");
    assert_eq!(store.aside_bytes() > 0, kept_aside, "{what}");
    let problem = store.problem();
    assert_eq!(problem.is_some(), kept_aside, "{what}: {problem:?}");
    if let Some(problem) = problem {
        assert!(problem.contains(&aside[0]), "{what}: {problem}");
    }
    // Whatever happened, the next start is an ordinary one.
    store.close();
    drop(store);
    let store = Store::open(folder.path(), Options::default()).unwrap();
    assert_eq!(store.problem(), None, "{what}");
    assert!(record(&store, trace(1_000)).is_some(), "{what}");
}

fn overwrite(database: &Path, at: usize, with: &[u8]) {
    let mut bytes = fs::read(database).unwrap();
    let end = (at + with.len()).min(bytes.len());
    bytes[at..end].copy_from_slice(&with[..end - at]);
    fs::write(database, bytes).unwrap();
}

#[test]
fn damaged_and_foreign_files_are_moved_aside() {
    check("random header", |db| overwrite(db, 0, &[0xa5; 100]), true);
    check(
        "text",
        |db| {
            fs::write(db, "not a database, but longer than a header of one hundred bytes would have to be, to be sure")
                .unwrap()
        },
        true,
    );
    check("half a file", |db| fs::write(db, &fs::read(db).unwrap()[..30_000]).unwrap(), true);
    check("zeros", |db| fs::write(db, vec![0; 50_000]).unwrap(), true);
    check("every page but the first", |db| overwrite(db, 4096, &vec![0xff; 1 << 20]), true);
    check("a folder", |db| fs::remove_file(db).and_then(|()| fs::create_dir(db)).unwrap(), true);
    check("another program's database", another_program_s, true);
    check("our database without its tables", without_tables, true);
    check("an empty file", |db| fs::write(db, "").unwrap(), false);
    check("no file", |db| fs::remove_file(db).unwrap(), false);
    check("garbage beside it", |db| fs::write(db.with_extension("db-wal"), [0x5a; 9_000]).unwrap(), false);
}

fn another_program_s(database: &Path) {
    fs::remove_file(database).unwrap();
    rusqlite::Connection::open(database).unwrap().execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
}

fn without_tables(database: &Path) {
    let conn = rusqlite::Connection::open(database).unwrap();
    conn.execute_batch("DROP TABLE spans").unwrap();
}

/// `SPANGLASS_DAMAGES` says how many (60 unless told).
#[test]
fn whatever_is_damaged_the_program_starts_and_stores() {
    let damages: u64 = std::env::var("SPANGLASS_DAMAGES").map_or(60, |count| count.parse().unwrap());
    let made = tempfile::tempdir().unwrap();
    let store = Store::open(made.path(), Options::default()).unwrap();
    write_spans(&store, &(0..2_000).map(|n| (trace(n % 500), span(n))).collect::<Vec<_>>());
    store.close();
    let whole = fs::read(made.path().join("traces.db")).unwrap();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for damage in 0..damages {
        let mut bytes = whole.clone();
        match random(4) {
            0 => bytes.truncate(random(whole.len())),
            1 => (0..3).for_each(|_| {
                let page = random(whole.len() / 4096) * 4096;
                bytes[page..page + 4096].fill(random(256) as u8);
            }),
            2 => (0..50).for_each(|_| bytes[random(whole.len())] = random(256) as u8),
            _ => bytes[..1 + random(4096)].fill(random(256) as u8),
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("traces.db"), &bytes).unwrap();
        let store = Store::open(folder.path(), Options::default()).unwrap_or_else(|error| panic!("{damage}: {error}"));
        write_spans(&store, &[(trace(3), span(1_000_000)), (trace(100_000), span(1))]);
        let found = store.read(|reading| reading.trace(trace(100_000)));
        store.close();
        // An index whose order is damaged hides rows; SQLite notices that only when it is asked to look everywhere.
        if !found.is_ok_and(|found| found.is_some()) {
            let conn = rusqlite::Connection::open(folder.path().join("traces.db")).unwrap();
            let sound = conn.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
            assert_ne!(sound.as_deref(), Ok("ok"), "{damage}");
        }
        let moved = aside(folder.path());
        assert_eq!(moved.is_empty(), store.problem().is_none(), "{damage}: {:?}", store.problem());
        for name in moved.iter().filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")) {
            let kept = fs::read(folder.path().join(name)).unwrap();
            assert!(kept.len() + 4096 > bytes.len(), "{damage}: {name} is cut");
        }
    }
}

#[test]
fn a_page_that_turns_out_damaged_while_writing_starts_a_new_database() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    write_spans(&store, &(0..3_000).map(|n| (trace(n), span(n))).collect::<Vec<_>>());
    store.close();
    drop(store);
    // A leaf of the index of traces by name: looked at only when such a name arrives.
    let database = folder.path().join("traces.db");
    let mut bytes = fs::read(&database).unwrap();
    let name = trace(2_000).0;
    let pages: Vec<usize> = (1..bytes.len() / 4096)
        .filter(|page| bytes[page * 4096] == 10 && bytes[page * 4096..][..4096].windows(16).any(|seen| seen == name))
        .collect();
    assert!(!pages.is_empty());
    for page in pages {
        bytes[page * 4096..][..64].fill(0xee);
    }
    fs::write(&database, bytes).unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let before = store.seq();
    write_spans(&store, &[(trace(2_000), span(1)), (trace(1), span(1))]);
    assert!(store.problem().unwrap().contains(&aside(folder.path())[0]));
    assert!(record(&store, trace(2_000)).is_some());
    assert!(store.seq() > before);
}

#[test]
fn what_comes_after_a_database_was_exchanged_does_not_need_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let content = |n: u64| format!("{n} {}", "much of it is said again ".repeat(200)).into_bytes();
    let send = |n: u64| write(&store, Batch { spans: vec![new_span(trace(1), span(n), &content(n))], ..batch() });
    send(1).unwrap();
    let packed = store.pack(Batch { spans: vec![new_span(trace(1), span(2), &content(2))], ..batch() });
    let database = folder.path().join("traces.db");
    // Another program writes, so that nothing of the file is taken from memory; then all of it is overwritten.
    let other = rusqlite::Connection::open(&database).unwrap();
    other.execute_batch("UPDATE counters SET seq = seq + 1").unwrap();
    drop(other);
    for file in [database.clone(), folder.path().join("traces.db-wal")] {
        let length = fs::metadata(&file).unwrap().len() as usize;
        overwrite(&file, 0, &vec![0xee; length]);
    }
    let (done, answer) = std::sync::mpsc::channel();
    store.write(packed, move |written| done.send(written).unwrap());
    answer.recv().unwrap().unwrap();
    send(3).unwrap();
    assert!(store.problem().unwrap().contains(&aside(folder.path())[0]));
    for n in [2, 3] {
        assert_eq!(stored(&store, trace(1), span(n)).0, Some(content(n)), "{n}");
    }
}

#[test]
fn a_newer_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path(), Options::default()).unwrap());
    let database = folder.path().join("traces.db");
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&database).unwrap();
    for opened in [Store::open(folder.path(), Options::default()), Store::open_reader(folder.path())] {
        let Err(StoreError::Newer { found: 99, .. }) = opened else { panic!("opened, or refused for another reason") };
    }
    assert_eq!(fs::read(&database).unwrap(), before);
    assert_eq!(aside(folder.path()), Vec::<String>::new());
}

#[test]
fn flipped_bytes_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    // Noise, so that a frame is longer than the flips reach, and what repeats itself, so that there is one.
    let noise = |n: u64| (1..8).map(move |m| format!("{:016x}", (n * 8 + m).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let content = |n: u64| format!("{} {}", noise(n).collect::<String>(), "and more of it ".repeat(20)).into_bytes();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let spans = (0..60).map(|n| super::load::new_span(trace(n), span(n), &content(n))).collect();
    super::load::write(&store, spanglass_engine::store::Batch { spans, ..super::load::batch() }).unwrap();
    store.close();
    drop(store);
    let database = folder.path().join("traces.db");
    let whole = fs::read(&database).unwrap();
    // The pages of payloads: those with the frame mark of zstd.
    let places: Vec<usize> =
        whole.windows(4).enumerate().filter(|(_, seen)| *seen == [0x28, 0xb5, 0x2f, 0xfd]).map(|(at, _)| at).collect();
    assert!(places.len() >= 60);
    let (mut flagged, mut random) = (0, 0x9e37_79b9_7f4a_7c15_u64);
    for place in places {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut bytes = whole.clone();
        bytes[place + (random >> 33) as usize % 60] ^= 1 << (random >> 61);
        fs::write(&database, bytes).unwrap();
        let store = Store::open_reader(folder.path()).unwrap();
        for n in 0..60 {
            match stored(&store, trace(n), span(n)).0 {
                Some(shown) => assert_eq!(shown, content(n)),
                None => flagged += 1,
            }
        }
    }
    assert!(flagged >= 50, "{flagged}");
}
