//! Metrics: bounded, and what was deleted to make room may come again.

use spanglass_engine::store::{Batch, Options, Store};
use spanglass_trace::metric::{Counting, Sample, Series, Summary};

use super::load::{batch, write};

fn sample(name: &str, second: u64) -> Sample {
    let series = Series::new(name, "", Counting::Level, []);
    let summary = Summary { count: 1, sum: 1.0, min: Some(1.0), max: Some(1.0), last: 1.0 };
    Sample { series, time_unix_nano: second * 1_000_000_000, summary }
}

fn names(store: &Store) -> Vec<String> {
    let series = store.read(|reading| reading.metric_series()).unwrap();
    series.into_iter().map(|record| record.series.name).collect()
}

#[test]
fn a_series_that_was_deleted_to_make_room_is_there_when_it_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    write(&store, Batch { metrics: vec![sample("old", 10), sample("middle", 20)], ..batch() }).unwrap();
    store.close();
    // As many slices of the other series as are kept at most.
    let conn = rusqlite::Connection::open(folder.path().join("traces.db")).unwrap();
    conn.execute_batch(
        "INSERT INTO metric_slices
         WITH RECURSIVE n(slice) AS (SELECT 3 UNION ALL SELECT slice + 1 FROM n WHERE slice < 500000)
         SELECT id, slice, 1, 1, 1, 1, 1 FROM n JOIN metric_series WHERE name = 'middle'",
    )
    .unwrap();
    drop(conn);
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let metrics = (0..10_000).map(|n| sample("new", 10_000_000 + n * 10)).collect();
    write(&store, Batch { metrics, ..batch() }).unwrap();
    assert_eq!(names(&store), ["middle", "new"]);
    write(&store, Batch { metrics: vec![sample("old", 20_000_000)], ..batch() }).unwrap();
    assert_eq!(names(&store), ["middle", "new", "old"]);
}
