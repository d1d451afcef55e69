//! The order of traces and its pages.

use spanglass_engine::store::{Batch, Fault, Options, Order, Reading, Store};

use super::load::{batch, delete, new_log, new_span, span, trace, write, write_spans};

#[test]
fn the_list_is_in_order_of_arrival_newest_first_and_does_not_move() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    // Names are in another order than arrivals.
    let arrivals: Vec<u64> = (0..25).map(|n| n * 7 % 25).collect();
    for n in &arrivals {
        write_spans(&store, &[(trace(*n), span(1))]);
    }
    // A later span of the oldest trace does not move it.
    write_spans(&store, &[(trace(arrivals[0]), span(2))]);
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = store.read(|reading| reading.traces(before, 10)).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        seen.extend(page.iter().map(|record| record.trace_id));
        // What arrives and goes while somebody pages through neither repeats nor hides anything.
        write_spans(&store, &[(trace(1_000 + seen.len() as u64), span(1))]);
    }
    assert_eq!(seen, arrivals.iter().rev().map(|n| trace(*n)).collect::<Vec<_>>());
    delete(&store, &seen[..24]);
    let left = store.read(|reading| reading.traces(None, 100)).unwrap();
    assert_eq!(left.last().unwrap().trace_id, seen[24]);
}

/// Returns how many bytes this thread has read from files.
#[cfg(target_os = "linux")]
fn read_so_far() -> u64 {
    let io = std::fs::read_to_string("/proc/thread-self/io").unwrap();
    io.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_asked_all_the_time_reads_a_few_pages_of_a_large_store() {
    const SPANS: u64 = 40_000;
    const MOST: u64 = 200_000;
    type Ask = fn(&Reading<'_>) -> Result<usize, Fault>;
    let asked: [(&str, Ask); 10] = [
        ("the newest traces", |reading| Ok(reading.traces(None, 50)?.len())),
        ("traces further down", |reading| Ok(reading.traces(Some(SPANS as i64 / 2), 50)?.len())),
        ("a trace", |reading| Ok(reading.trace(trace(SPANS / 2))?.into_iter().count())),
        ("its spans", |reading| Ok(reading.spans(SPANS as i64 / 2, None, 50)?.len())),
        ("how much there is", |reading| Ok(reading.counters()?.spans as usize)),
        ("what changed", |reading| Ok(reading.stale_traces(1, 50)?.len())),
        ("the traces that came last", |reading| Ok(reading.traces_arrived_from(SPANS as i64, SPANS as i64)?.len())),
        ("the first and the last span", |reading| Ok(reading.places(Order::Spans)?.1 as usize)),
        ("the first and the last log record", |reading| Ok(reading.places(Order::Logs)?.1 as usize)),
        ("the mark of a span", |reading| Ok(reading.mark(Order::Spans, SPANS as i64 / 2)?.into_iter().count())),
    ];
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let spans = (0..SPANS).map(|n| new_span(trace(n), span(n), b"what was sent"));
    let logs = (0..SPANS).map(|n| new_log(trace(n), span(n), b"what was sent"));
    write(&store, Batch { spans: spans.collect(), logs: logs.collect(), ..batch() }).unwrap();
    store.close();
    for (what, ask) in asked {
        let store = Store::open_reader(folder.path()).unwrap();
        // The connection is made, and the schema read, before.
        assert_eq!(store.read(|reading| reading.trace(trace(SPANS + 1))).unwrap(), None);
        let begun = read_so_far();
        let found = store.read(ask).unwrap();
        let read = read_so_far() - begun;
        assert!(found > 0, "{what}: nothing was found");
        assert!(read < MOST, "{what}: {read} bytes were read");
    }
}
