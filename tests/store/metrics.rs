//! Metrics: bounded, and what was deleted to make room may come again.

use std::time::{SystemTime, UNIX_EPOCH};

use spanglass_engine::store::{Batch, Options, Store};
use spanglass_trace::metric::{Counting, Sample, Series, Summary};

use super::load::{batch, new_span, span, trace, write};

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

fn write_samples(store: &Store, samples: impl IntoIterator<Item = Sample>) {
    write(store, Batch { metrics: samples.into_iter().collect(), ..batch() }).unwrap();
}

fn slices(store: &Store, name: &str) -> usize {
    let ask = |reading: &spanglass_engine::store::Reading<'_>| {
        let series = reading.metric_series()?.into_iter().find(|record| record.series.name == name);
        series.map_or(Ok(0), |series| Ok(reading.metric_slices(series.id, 0, u32::MAX)?.len()))
    };
    store.read(ask).unwrap()
}

#[test]
fn metrics_take_no_room_of_traces() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options { max_bytes: Some(4_000_000) }).unwrap();
    let spans = || (0..200).map(|n| new_span(trace(n), span(n), b"a span")).collect();
    write(&store, Batch { spans: spans(), ..batch() }).unwrap();
    // Far more than 4 MB of slices.
    for request in 0..5 {
        write_samples(&store, (0..20_000).map(|n| sample("flood", (request * 20_000 + n) * 10)));
        let there = store.read(|reading| reading.counters()).unwrap();
        assert_eq!(there.traces, 200);
    }
    assert!((1_000..20_000).contains(&slices(&store, "flood")), "{}", slices(&store, "flood"));
    store.close();
    assert!(store.stored_bytes() < 4_000_000, "{}", store.stored_bytes());
}

#[test]
fn a_clock_that_is_ahead_costs_its_own_metrics() {
    let folder = tempfile::tempdir().unwrap();
    // Room for 5,000 slices.
    let store = Store::open(folder.path(), Options { max_bytes: Some(1_000_000) }).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let ten_years = 10 * 365 * 86_400;
    write_samples(&store, (0..8_000).map(|n| sample("ahead", now + ten_years + n * 10)));
    for _ in 0..6 {
        write_samples(&store, (0..2_000).map(|n| sample("now", now - n * 10)));
    }
    assert_eq!(slices(&store, "now"), 2_000);
    assert!((1..4_000).contains(&slices(&store, "ahead")), "{}", slices(&store, "ahead"));
}

#[test]
fn of_too_many_series_those_that_fell_silent_go() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    write_samples(&store, ["silent", "kept"].map(|name| sample(name, 10)));
    write_samples(&store, (0..4_998).map(|n| sample(&format!("junk {n:04}"), 10)));
    write_samples(&store, [sample("kept", 20)]);
    assert_eq!(names(&store).len(), 5_000);
    write_samples(&store, (0..300).map(|n| sample(&format!("new {n:03}"), 30)));
    let there = names(&store);
    assert_eq!(there.iter().filter(|name| name.starts_with("new")).count(), 300);
    assert_eq!(slices(&store, "kept"), 2);
    assert!(there.len() <= 5_000 && !there.contains(&"silent".to_owned()), "{}", there.len());
    assert!(there.contains(&"junk 4997".to_owned()) && !there.contains(&"junk 0000".to_owned()));
}
