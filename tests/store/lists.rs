//! The order of traces and its pages.

use spanglass_engine::store::{Options, Store};

use super::load::{delete, span, trace, write_spans};

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
