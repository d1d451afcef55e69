//! A database that is damaged is moved aside, and what can be read of it comes back by itself.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use spanglass_engine::store::{Batch, NewSpan, Options, Store};
use spanglass_trace::span::{SpanId, TraceId};

use super::load::{batch, delete, envelope, new_log, new_span, record, span, stored, trace, write};

const PAGE: usize = 4096;
const TRACES: u64 = 120;
const TURNS: u64 = 25;
const LOGS: u64 = 300;

/// A conversation that grows, some of it long enough for pages of its own.
fn content(of: u64, turn: u64) -> Vec<u8> {
    let words = |turn: u64| {
        (0..12).map(move |n| format!("{:x} ", (of * 977 + turn * 40 + n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    };
    (0..=turn).flat_map(words).collect::<String>().into_bytes()
}

fn turn(of: u64, turn: u64) -> NewSpan {
    NewSpan { envelope: (of % 3) as usize, ..new_span(trace(of), span(turn), &content(of, turn)) }
}

/// Makes a database with spans (some of which ran when they were first sent), log records, and traces that were deleted.
fn make(folder: &Path) {
    let store = Store::open(folder, Options::default()).unwrap();
    let empty = || Batch { envelopes: (0..3).map(|n| envelope(&format!("service {n}"))).collect(), ..batch() };
    for n in 0..TURNS {
        let running = (0..TRACES).step_by(7).map(|of| NewSpan { ended: 0, ..new_span(trace(of), span(n), b"it runs") });
        write(&store, Batch { spans: running.collect(), ..empty() }).unwrap();
        write(&store, Batch { spans: (0..TRACES + 20).map(|of| turn(of, n)).collect(), ..empty() }).unwrap();
    }
    let logs = (0..LOGS).map(|n| new_log(trace(n % TRACES), span(n % TURNS), format!("log {n}").as_bytes()));
    write(&store, Batch { logs: logs.collect(), ..empty() }).unwrap();
    let gone: Vec<TraceId> = (TRACES..TRACES + 20).map(trace).collect();
    assert_eq!(delete(&store, &gone), 20);
    store.close();
}

/// Opens the database that was damaged and waits until the other one was read.
fn open(folder: &Path) -> Store {
    let store = Store::open(folder, Options::default()).unwrap();
    let (changed, changes) = mpsc::channel();
    store.on_change(move |_, _| {
        let _ = changed.send(());
    });
    while folder.join("traces.db.salvage").exists() {
        let _ = changes.recv_timeout(Duration::from_millis(10));
    }
    store
}

/// `SPANGLASS_SALVAGES` says how many databases (6 unless told), each with one to three pages destroyed.
#[test]
fn what_can_be_read_of_a_damaged_database_comes_back() {
    let damages: u64 = std::env::var("SPANGLASS_SALVAGES").map_or(6, |count| count.parse().unwrap());
    let made = tempfile::tempdir().unwrap();
    make(made.path());
    let whole = fs::read(made.path().join("traces.db")).unwrap();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut all, mut back) = (0, 0);
    for damage in 0..damages {
        let mut bytes = whole.clone();
        // Without its first page nobody takes it for a database.
        for n in 0..=damage % 3 {
            let page = if n == 0 { 0 } else { random(whole.len() / PAGE) };
            bytes[page * PAGE..][..PAGE].fill_with(|| random(256) as u8);
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("traces.db"), &bytes).unwrap();
        let store = open(folder.path());
        let counters = store.read(|reading| reading.counters()).unwrap();
        assert!(counters.spans <= TRACES * TURNS && counters.logs <= LOGS, "{damage}: {counters:?}");
        all += TRACES * TURNS + LOGS;
        back += counters.spans + counters.logs;
        let problem = store.problem().unwrap();
        assert!(problem.contains(&format!("{} spans", counters.spans + counters.logs)), "{damage}: {problem}");
        for of in (0..TRACES).filter(|of| record(&store, trace(*of)).is_some()) {
            let there =
                store.read(|reading| reading.spans(record(&store, trace(of)).unwrap().id, None, u32::MAX)).unwrap();
            for found in there {
                let n = u64::from_be_bytes(found.span_id.0) - 1;
                assert_eq!(stored(&store, trace(of), SpanId(found.span_id.0)).0, Some(content(of, n)), "{damage}");
            }
        }
        let aside = problem.split("kept as ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
        assert!(fs::read(aside).unwrap() == bytes, "{damage}: the damaged database is as it was");
    }
    assert!(back * 100 >= all * 95, "{back} of {all}");
}

#[test]
fn a_salvage_that_was_broken_off_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let database = folder.path().join("traces.db");
    let mut bytes = fs::read(&database).unwrap();
    bytes[..PAGE].fill(0);
    fs::write(&database, &bytes).unwrap();
    drop(Store::open(folder.path(), Options::default()).unwrap());
    let store = open(folder.path());
    let counters = store.read(|reading| reading.counters()).unwrap();
    assert_eq!((counters.traces, counters.spans, counters.logs), (TRACES, TRACES * TURNS, LOGS));
    assert_eq!(store.problem(), None);
}

#[test]
fn what_was_in_the_write_ahead_log_alone_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    write(&store, Batch { spans: (0..200).map(|n| new_span(trace(n), span(n), &content(n, 3))).collect(), ..batch() })
        .unwrap();
    // As a killed program leaves it: nothing of the log is in the database.
    let killed = tempfile::tempdir().unwrap();
    fs::copy(folder.path().join("traces.db-wal"), killed.path().join("traces.db.corrupt-1-wal")).unwrap();
    fs::write(killed.path().join("traces.db.corrupt-1"), "").unwrap();
    fs::write(killed.path().join("traces.db.salvage"), "traces.db.corrupt-1").unwrap();
    let store = open(killed.path());
    assert_eq!(store.read(|reading| reading.counters()).unwrap().spans, 200);
    assert_eq!(stored(&store, trace(7), span(7)).0, Some(content(7, 3)));
}
