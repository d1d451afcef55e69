//! What is written, written again, replaced and deleted.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use spanglass_engine::store::{Batch, Fault, NewSpan, Options, Order, Store};

use super::load::{batch, delete, envelope, new_log, new_span, record, span, stored, trace, write, write_spans};

fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path(), Options::default()).unwrap()
}

#[test]
fn a_batch_sent_again_is_counted_and_not_stored_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let spans: Vec<_> = (0..50).map(|n| (trace(n % 3), span(n))).collect();
    let first = write_spans(&store, &spans);
    assert_eq!((first.spans, first.duplicates), (50, 0));
    let second = write_spans(&store, &spans);
    assert_eq!((second.spans, second.duplicates), (0, 50));
    let counters = store.read(|reading| reading.counters()).unwrap();
    assert_eq!((counters.traces, counters.spans), (3, 50));
    assert_eq!(stored(&store, trace(1), span(1)), (Some(b"span 1".to_vec()), 1, 1));
    assert_eq!(record(&store, trace(0)).unwrap().spans, 17);
}

#[test]
fn the_same_span_twice_in_one_batch_is_one_span() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let written = write_spans(&store, &[(trace(1), span(1)), (trace(1), span(1))]);
    assert_eq!((written.spans, written.duplicates), (1, 1));
    assert_eq!(stored(&store, trace(1), span(1)), (Some(b"span 1".to_vec()), 1, 1));
}

#[test]
fn other_content_replaces_and_the_older_is_kept_as_a_revision() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    for content in ["first", "second", "second"] {
        write(&store, Batch { spans: vec![new_span(trace(1), span(1), content.as_bytes())], ..batch() }).unwrap();
    }
    assert_eq!(stored(&store, trace(1), span(1)), (Some(b"second".to_vec()), 2, 1));
    let record = record(&store, trace(1)).unwrap();
    let revisions = store
        .read(|reading| {
            let span = reading.spans(record.id, None, 1)?.remove(0);
            let revisions = reading.revisions(span.id)?;
            revisions
                .iter()
                .map(|(envelope, payload)| reading.content(*payload, *envelope))
                .collect::<Result<Vec<_>, _>>()
        })
        .unwrap();
    assert_eq!(revisions, [Ok(bytes::Bytes::from_static(b"first"))]);
}

#[test]
fn an_unfinished_span_never_replaces_a_finished_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let running = |n| NewSpan { ended: 0, ..new_span(trace(1), span(n), b"running") };
    let ended = |n| new_span(trace(1), span(n), b"ended");
    for spans in [vec![running(1), ended(2)], vec![ended(1), running(2)]] {
        write(&store, Batch { spans, ..batch() }).unwrap();
    }
    for n in [1, 2] {
        assert_eq!(stored(&store, trace(1), span(n)), (Some(b"ended".to_vec()), 0, 1));
    }
}

#[test]
fn what_is_sent_again_of_a_span_s_earlier_states_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let state = |ended, content: &[u8]| NewSpan { ended, ..new_span(trace(1), span(1), content) };
    for _ in 0..5 {
        let spans = vec![state(0, b"begun"), state(0, b"at work"), state(1, b"ended")];
        write(&store, Batch { spans, ..batch() }).unwrap();
    }
    let record = record(&store, trace(1)).unwrap();
    let revisions = store.read(|reading| reading.revisions(reading.spans(record.id, None, 1)?.remove(0).id)).unwrap();
    assert_eq!(revisions.len(), 2);
    assert_eq!(stored(&store, trace(1), span(1)), (Some(b"ended".to_vec()), 4, 1));
}

/// Returns how long something takes.
fn time(act: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    act();
    begun.elapsed().as_secs_f64()
}

#[test]
fn the_states_of_one_span_take_no_longer_the_more_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let send = |trace_id, states: u64| {
        let spans = (0..states).map(|n| new_span(trace_id, span(1), format!("state {n:06}").as_bytes())).collect();
        time(|| _ = write(&store, Batch { spans, ..batch() }).unwrap())
    };
    send(trace(0), 100);
    let (few, many) = (send(trace(1), 1_500), send(trace(2), 12_000));
    // Eight times as many; were each compared with all, it would be sixty-four.
    assert!(many < few * 24.0, "{many} against {few}");
}

#[test]
fn what_is_sent_again_in_another_order_costs_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let content = |n: u64| format!("{n} {}", format!("{:x} ", n.wrapping_mul(0x9e37_79b9)).repeat(120)).into_bytes();
    let made = |n: u64| new_span(trace(1), span(n), &content(n));
    let (requests, each) = (24, 400);
    for request in 0..requests {
        let spans = (0..each).map(|n| made(request * each + n)).collect();
        write(&store, Batch { spans, ..batch() }).unwrap();
    }
    // Each request's spans in a row, then always the next from another request.
    let in_order: Vec<u64> = (0..requests * each).collect();
    let across: Vec<u64> = in_order.iter().map(|n| n % requests * each + n / requests).collect();
    let again = |order: &[u64]| {
        let spans = order.iter().map(|n| made(*n)).collect();
        let packed = store.pack(Batch { spans, ..batch() });
        let (done, answer) = std::sync::mpsc::channel();
        time(|| {
            store.write(packed, move |written| done.send(written).unwrap());
            assert_eq!(answer.recv().unwrap().unwrap().duplicates, requests * each);
        })
    };
    again(&in_order);
    let (in_order, across) = (again(&in_order), again(&across));
    assert!(across < in_order * 3.0, "{across} against {in_order}");
}

#[test]
fn another_service_s_span_of_the_same_name_is_other_content() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    write_spans(&store, &[(trace(1), span(1))]);
    let other = Batch { envelopes: vec![envelope("another service")], ..batch() };
    write(&store, Batch { spans: vec![new_span(trace(1), span(1), b"span 0")], ..other }).unwrap();
    let record = record(&store, trace(1)).unwrap();
    let envelope = store.read(|reading| reading.envelope(reading.spans(record.id, None, 1)?[0].envelope)).unwrap();
    assert_eq!(&envelope.unwrap().resource[..], b"another service");
}

#[test]
fn a_log_record_outdates_the_digest_of_its_span_whichever_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let logs = |n| Batch { logs: vec![new_log(trace(n), span(n), b"a message")], ..batch() };
    write(&store, logs(1)).unwrap();
    assert_eq!(record(&store, trace(1)).unwrap().logs, 1, "a trace of log records alone is listed");
    write_spans(&store, &[(trace(1), span(1)), (trace(1), span(7)), (trace(2), span(2))]);
    write(&store, logs(2)).unwrap();
    let again = write(&store, logs(2)).unwrap();
    assert_eq!(again.logs, 0, "the same log record is stored once");
    assert_eq!(stored(&store, trace(1), span(1)).2, 0);
    assert_eq!(stored(&store, trace(1), span(7)).2, 1);
    assert_eq!(stored(&store, trace(2), span(2)).2, 0);
    let counters = store.read(|reading| reading.counters()).unwrap();
    assert_eq!((counters.traces, counters.spans, counters.logs), (2, 3, 2));
}

#[test]
fn every_commit_says_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    store.on_change(move |seq, traces| listener.lock().unwrap().push((seq, traces.to_vec())));
    let first = write_spans(&store, &[(trace(2), span(1)), (trace(1), span(1)), (trace(2), span(2))]);
    delete(&store, &[trace(1), trace(9)]);
    assert_eq!(
        *heard.lock().unwrap(),
        [(first.seq, vec![trace(1), trace(2)]), (first.seq + 1, vec![trace(1), trace(9)])]
    );
    assert_eq!(store.seq(), first.seq + 1);
}

#[test]
fn a_deleted_trace_is_gone_at_once_and_may_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let spans: Vec<_> = (0..700).map(|n| (trace(1), span(n))).collect();
    write_spans(&store, &spans);
    write_spans(&store, &[(trace(2), span(1))]);
    assert_eq!(delete(&store, &[trace(1), trace(3)]), 1);
    assert_eq!(record(&store, trace(1)), None);
    let counters = store.read(|reading| reading.counters()).unwrap();
    assert_eq!((counters.traces, counters.spans), (1, 1));
    let again = write_spans(&store, &spans[..2]);
    assert_eq!((again.spans, again.duplicates), (2, 0));
    store.close();
    let store = open(&folder);
    assert_eq!(record(&store, trace(1)).unwrap().spans, 2);
    assert_eq!(stored(&store, trace(2), span(1)).0, Some(b"span 0".to_vec()));
}

#[test]
fn deleting_that_was_put_off_is_taken_up_by_the_next_question_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    write_spans(&store, &[(trace(0), span(0)), (trace(1), span(0))]);
    let left = || store.read(|reading| reading.places(Order::Spans)).unwrap().1;
    // Another program locks the database until the writer has given up deleting what it took out of the list.
    let other = rusqlite::Connection::open(folder.path().join("traces.db")).unwrap();
    let (locked, lock) = std::sync::mpsc::channel();
    store.delete(vec![trace(0), trace(1)], move |deleted| {
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        locked.send((deleted, other)).unwrap();
    });
    let (deleted, other) = lock.recv().unwrap();
    assert_eq!(deleted, Ok(2));
    let refused = write(&store, Batch { spans: vec![new_span(trace(1), span(1), b"x")], ..batch() });
    assert_eq!(refused, Err(Fault::Locked));
    other.execute_batch("ROLLBACK").unwrap();
    assert!(left() > 0);
    assert_eq!(delete(&store, &[trace(9)]), 0);
    let begun = Instant::now();
    while left() > 0 {
        assert!(begun.elapsed().as_secs() < 20, "{}", left());
    }
}

#[test]
fn what_was_handed_in_before_closing_is_there_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    for n in 0..200 {
        let spans = vec![new_span(trace(n), span(n), b"x")];
        store.write(store.pack(Batch { spans, ..batch() }), |written| {
            written.unwrap();
        });
    }
    store.close();
    assert!(!folder.path().join("traces.db-wal").exists(), "the write-ahead log is empty and gone");
    assert!(write(&store, batch()).is_err(), "a closed store takes nothing");
    let store = Store::open_reader(folder.path()).unwrap();
    assert_eq!(store.read(|reading| reading.counters()).unwrap().traces, 200);
}

#[test]
fn closing_does_not_wait_for_what_would_take_long() {
    let many = |of: u64| (0..60_000).map(|n| new_span(trace(of), span(n), b"x")).collect();
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    write_spans(&store, &[(trace(1), span(1))]);
    let whole = time(|| _ = write(&store, Batch { spans: many(2), ..batch() }).unwrap());
    // Several of them, so that they take longer than closing may.
    let (done, answers) = std::sync::mpsc::channel();
    for of in 3..9 {
        let done = done.clone();
        store.write(store.pack(Batch { spans: many(of), ..batch() }), move |written| done.send(written).unwrap());
    }
    let closing = time(|| store.close());
    assert!(closing < 2.0_f64.max(whole * 3.0), "{closing} against {whole}");
    let answers: Vec<_> = answers.iter().take(6).collect();
    assert_eq!(answers.last(), Some(&Err(Fault::Closed)), "{whole}");
    let store = open(&folder);
    for (of, answer) in (3..9).zip(answers) {
        assert_eq!(record(&store, trace(of)).map(|record| record.spans), answer.is_ok().then_some(60_000), "{of}");
    }
    assert_eq!(record(&store, trace(1)).unwrap().spans, 1);
}

#[test]
fn a_request_that_makes_the_writer_fail_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    write_spans(&store, &[(trace(1), span(1))]);
    // A place of an envelope that is not there.
    let bad = NewSpan { envelope: 7, ..new_span(trace(2), span(1), b"bad") };
    let (done, answers) = std::sync::mpsc::channel();
    for spans in [vec![new_span(trace(3), span(1), b"good")], vec![bad], vec![new_span(trace(4), span(1), b"good")]] {
        let done = done.clone();
        store.write(store.pack(Batch { spans, ..batch() }), move |written| done.send(written).unwrap());
    }
    let answers: Vec<bool> = answers.iter().take(3).map(|answer| answer.is_ok()).collect();
    assert_eq!(answers.iter().filter(|stored| **stored).count(), 2);
    for n in [1, 3, 4] {
        assert_eq!(record(&store, trace(n)).unwrap().spans, 1);
    }
    assert_eq!(record(&store, trace(2)), None);
    assert_eq!(store.read(|reading| reading.counters()).unwrap().traces, 3);
}
