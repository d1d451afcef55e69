//! Conversations grow from request to request: what repeats is stored once, and comes back byte for byte.

use bytes::Bytes;
use spanglass_engine::store::{Batch, NewSpan, Options, Store};

use super::load::{batch, delete, new_span, span, stored, trace, write};

/// Some 600 bytes that no other turn has.
fn message(turn: u64) -> String {
    (0..40).map(|n| format!("{:x} ", (turn * 40 + n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect()
}

fn history(turn: u64) -> Vec<u8> {
    (0..=turn).map(message).collect::<String>().into_bytes()
}

fn turn(n: u64) -> NewSpan {
    new_span(trace(1), span(n), &history(n))
}

#[test]
fn a_history_that_grows_from_request_to_request_is_stored_about_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let mut sent = 0;
    for n in 0..60 {
        sent += turn(n).content.len();
        write(&store, Batch { spans: vec![turn(n)], ..batch() }).unwrap();
    }
    for n in 0..60 {
        assert_eq!(stored(&store, trace(1), span(n)).0.as_deref(), Some(&history(n)[..]), "turn {n}");
    }
    store.close();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    assert_eq!(stored(&store, trace(1), span(59)).0, Some(history(59)));
    assert!(store.stored_bytes() < sent as u64 / 4, "{} of {sent}", store.stored_bytes());
    // Another program writes on, not knowing what was stored last.
    write(&store, Batch { spans: vec![turn(60), turn(61)], ..batch() }).unwrap();
    assert_eq!(stored(&store, trace(1), span(61)).0, Some(history(61)));
}

#[test]
fn a_span_packed_before_its_trace_was_deleted_needs_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    write(&store, Batch { spans: vec![turn(20)], ..batch() }).unwrap();
    let packed = store.pack(Batch { spans: vec![turn(21)], ..batch() });
    assert_eq!(delete(&store, &[trace(1)]), 1);
    let (done, answer) = std::sync::mpsc::channel();
    store.write(packed, move |written| done.send(written).unwrap());
    assert_eq!(answer.recv().unwrap().unwrap().spans, 1);
    store.close();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    assert_eq!(stored(&store, trace(1), span(21)).0, Some(history(21)));
}

#[test]
fn a_request_larger_than_a_block_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let large = Bytes::from((0..3_000).map(message).collect::<String>());
    let content = |n: u64| large.slice(n as usize * 1_000..);
    let spans = |from: u64| (from..from + 3).map(|n| NewSpan { content: content(n), ..turn(n) }).collect::<Vec<_>>();
    for _ in 0..2 {
        for from in [0, 3] {
            write(&store, Batch { spans: spans(from), ..batch() }).unwrap();
        }
    }
    for n in 0..6 {
        let (shown, duplicates, _) = stored(&store, trace(1), span(n));
        assert_eq!((shown.as_deref(), duplicates), (Some(&content(n)[..]), 1), "span {n}");
    }
}
