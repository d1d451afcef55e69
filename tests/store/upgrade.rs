//! Databases of older versions are brought up to date, and kept as they were.

use spanglass_engine::store::{Options, Store, StoreError};

use super::load::{record, span, stored, trace};

/// The tables of schema 1.
const SCHEMA_1: &str = include_str!("schema-1.sql");

/// Makes a database as version 1 did: two spans of one trace, of which the second was replaced, and a log record; and a trace of a
/// log record alone. The first span's bytes are damaged if told.
fn write_schema_1(database: &std::path::Path, damaged: bool) {
    let conn = rusqlite::Connection::open(database).unwrap();
    conn.execute_batch(SCHEMA_1).unwrap();
    let payload = |id: i64, content: &[u8]| {
        let bytes = zstd::bulk::compress(content, 1).unwrap();
        let crc = [&[1][..], &(content.len() as u64).to_le_bytes(), &bytes, &1_i64.to_le_bytes()];
        let crc = crc.iter().fold(0, |crc, bytes| crc32c::crc32c_append(crc, bytes)) ^ u32::from(damaged && id == 1);
        let row = rusqlite::params![id, content.len() as i64, crc, bytes];
        conn.execute("INSERT INTO payloads VALUES (?, 1, ?, ?, ?)", row).unwrap();
    };
    for (id, content) in ["first", "second", "older", "a message"].iter().enumerate() {
        payload(id as i64 + 1, content.as_bytes());
    }
    let digest = spanglass_engine::store::seal(b"{}");
    for n in [0_i64, 1] {
        let row = rusqlite::params![n + 1, n + 1, n + 1, n, digest];
        conn.execute("INSERT INTO spans VALUES (?, 1, ?, 1, ?, 1, ?, 7, ?)", row).unwrap();
    }
    conn.execute("INSERT INTO traces VALUES (1, ?, 3, 2, 1, 0, 0, NULL)", [&trace(1).0[..]]).unwrap();
    conn.execute("INSERT INTO traces VALUES (2, ?, 3, 0, 1, 0, 0, NULL)", [&trace(2).0[..]]).unwrap();
    conn.execute_batch(
        "INSERT INTO revisions VALUES (1, 2, 1, 3); INSERT INTO logs VALUES (1, 1, 1, 99, 1, 4);
         INSERT INTO logs VALUES (2, 2, 0, 99, 1, 4); INSERT INTO counters VALUES (1, 3, 3, 1, 2, 2);",
    )
    .unwrap();
    let crc = [&[0][..], &1_u64.to_le_bytes(), b"r", b"s"];
    let crc = crc.iter().fold(0, |crc, bytes| crc32c::crc32c_append(crc, bytes));
    conn.execute("INSERT INTO envelopes VALUES (1, ?, 0, CAST('r' AS BLOB), CAST('s' AS BLOB))", [crc]).unwrap();
}

#[test]
fn a_database_of_schema_1_is_brought_up_to_date_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("traces.db");
    write_schema_1(&database, false);
    let Err(StoreError::Older { found: 1, .. }) = Store::open_reader(folder.path()) else { panic!("read as it is") };
    for _ in 0..2 {
        let store = Store::open(folder.path(), Options::default()).unwrap();
        assert_eq!(store.problem(), None);
        assert_eq!(record(&store, trace(1)).unwrap().spans, 2);
        assert_eq!(stored(&store, trace(1), span(0)), (Some(b"first".to_vec()), 0, 7));
        assert_eq!(stored(&store, trace(1), span(1)), (Some(b"second".to_vec()), 1, 7));
        assert_eq!(store.read(|reading| reading.counters()).unwrap().traces, 2, "one of them of log records alone");
        assert_eq!(store.read(|reading| reading.traces(None, 9)).unwrap().len(), 2);
        let others = store.read(|reading| {
            let revisions = reading.revisions(2)?;
            let log = reading.logs(1, Some(span(0)), 0, 10)?.remove(0);
            Ok((reading.content(revisions[0].1, revisions[0].0)?, reading.content(log.payload, log.envelope)?))
        });
        assert_eq!(others.unwrap(), (Ok("older".into()), Ok("a message".into())));
        store.close();
    }
    let kept = rusqlite::Connection::open(folder.path().join("traces.db.schema-1")).unwrap();
    let spans: u32 = kept.query_row("SELECT count(*) FROM spans", [], |row| row.get(0)).unwrap();
    assert_eq!(spans, 2);
    assert!(!folder.path().join("traces.db.schema-1.part").exists());
}

#[test]
fn what_was_damaged_before_stays_flagged() {
    let folder = tempfile::tempdir().unwrap();
    write_schema_1(&folder.path().join("traces.db"), true);
    let store = Store::open(folder.path(), Options::default()).unwrap();
    assert_eq!(stored(&store, trace(1), span(0)).0, None);
    assert_eq!(stored(&store, trace(1), span(1)).0, Some(b"second".to_vec()));
}
