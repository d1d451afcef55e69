//! The trace list: pages, filters, changes, deletion, and who else may ask.

use std::time::Duration;

use spanglass_engine::query::{Filter, Query, QueryError};
use spanglass_engine::store::Store;

use super::engine::Engine;
use super::requests::{attribute, span, spans, trace_id};

async fn names(query: &Query, limit: u32, filter: &str) -> Vec<Vec<String>> {
    let filter: Filter = filter.parse().unwrap();
    let (mut pages, mut before) = (Vec::new(), None);
    loop {
        let page = query.traces(limit, before.as_deref(), &filter).await.unwrap();
        pages.push(page.rows.into_iter().map(|row| row.summary.name).collect());
        before = page.next;
        if before.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gaps() {
    let engine = Engine::start();
    for n in 0..7 {
        engine.submit(spans(vec![span(n, 0, None, &format!("trace {n}"))])).await;
    }
    let expected: [&[&str]; 3] = [&["trace 6", "trace 5", "trace 4"], &["trace 3", "trace 2", "trace 1"], &["trace 0"]];
    assert_eq!(names(&engine.query, 3, "").await, expected);
    assert_eq!(names(&engine.query, 7, "").await.len(), 1, "a full page may be the last one");
    assert_eq!(names(&engine.query, 2, "\"trace 5\"").await, [["trace 5"]]);
    assert_eq!(names(&engine.query, 4, "service:demo").await.concat().len(), 7);
    assert_eq!(names(&engine.query, 4, "service:other").await, [[""; 0]]);
    let list = engine.query.traces(3, None, &Filter::default()).await.unwrap();
    assert_eq!((list.total, list.seq), (7, engine.store.seq()));
    let Err(QueryError::BadCursor) = engine.query.traces(3, Some("x"), &Filter::default()).await else { panic!() };
}

#[tokio::test]
async fn filters_look_at_what_the_row_shows() {
    let engine = Engine::start();
    let mut call = span(1, 0, None, "chat");
    call.attributes = vec![
        attribute("gen_ai.operation.name", "chat"),
        attribute("gen_ai.request.model", "gpt-4o-mini"),
        attribute("gen_ai.conversation.id", "thread 7"),
    ];
    engine.submit(spans(vec![call])).await;
    engine.submit(spans(vec![span(2, 0, None, "other")])).await;
    assert_eq!(names(&engine.query, 9, "model:4o").await, [["chat"]]);
    assert_eq!(names(&engine.query, 9, "session:\"thread 7\"").await, [["chat"]]);
    assert_eq!(names(&engine.query, 9, "status:unset oth").await, [["other"]]);
}

#[tokio::test]
async fn who_waits_hears_of_a_change_and_sees_it() {
    let engine = Engine::start();
    let seq = engine.store.seq();
    let (changes, committed) = tokio::join!(
        engine.live.changes(seq, Duration::from_secs(30)),
        engine.ingest.submit(spans(vec![span(3, 0, None, "a"), span(2, 0, None, "b")])),
    );
    assert_eq!(changes.traces, [trace_id(2).to_string(), trace_id(3).to_string()]);
    assert_eq!(changes.seq, committed.unwrap().seq);
    assert!(!changes.all);
    let list = engine.query.traces(9, None, &Filter::default()).await.unwrap();
    assert!(list.seq >= changes.seq && list.rows.len() == 2);
    let quiet = engine.live.changes(changes.seq, Duration::from_millis(1)).await;
    assert_eq!((quiet.seq, quiet.traces.len(), quiet.all), (changes.seq, 0, false));
    assert!(engine.live.changes(seq + 1_000, Duration::from_secs(30)).await.all, "a number of another store");
}

#[tokio::test]
async fn who_is_far_behind_is_told_to_read_everything() {
    let live = spanglass_engine::live::Live::new(10);
    assert!(live.changes(3, Duration::from_secs(30)).await.all);
    for seq in 11..20_000 {
        live.changed(seq, &[trace_id(seq % 50)]);
    }
    assert!(live.changes(11, Duration::from_secs(30)).await.all);
    let near = live.changes(19_900, Duration::from_secs(30)).await;
    assert_eq!((near.all, near.traces.len()), (false, 50));
}

#[tokio::test]
async fn a_deleted_trace_is_in_no_answer() {
    let engine = Engine::start();
    for n in 0..3 {
        engine.submit(spans(vec![span(n, 0, None, &format!("trace {n}"))])).await;
        engine.row(n).await;
    }
    let seq = engine.store.seq();
    assert_eq!(engine.query.delete(&[trace_id(1), trace_id(77)]).await.unwrap(), 1);
    assert!(engine.query.open(trace_id(1)).await.unwrap().is_none());
    assert!(engine.query.row(trace_id(1)).await.unwrap().is_none());
    assert_eq!(names(&engine.query, 9, "").await, [["trace 2", "trace 0"]]);
    assert!(engine.live.changes(seq, Duration::from_secs(30)).await.traces.contains(&trace_id(1).to_string()));
}

#[tokio::test]
async fn another_program_reads_while_one_writes() {
    let engine = Engine::start();
    engine.submit(spans(vec![span(1, 0, None, "first")])).await;
    let reader = Store::open_reader(engine.folder.path()).unwrap();
    let query = Query::new(&reader);
    assert_eq!(names(&query, 9, "").await, [["first"]]);
    engine.submit(spans(vec![span(2, 0, None, "second")])).await;
    assert_eq!(names(&query, 9, "").await, [["second", "first"]], "committed is visible, at once");
    assert_eq!(query.open(trace_id(2)).await.unwrap().unwrap().trace.spans.len(), 1);
    let Err(QueryError::Unavailable { .. }) = query.delete(&[trace_id(1)]).await else { panic!("a reader deleted") };
    engine.store.close();
    assert_eq!(names(&query, 9, "").await, [["second", "first"]], "and when nobody writes");
}

#[tokio::test]
async fn rows_are_kept_so_that_the_next_start_need_not_make_them() {
    let engine = Engine::start();
    engine.submit(spans((0..5).map(|n| span(1, n, None, "a")).collect())).await;
    let row = engine.row(1).await;
    let stamp = engine.query.prices().await.unwrap().stamp;
    let stale = || engine.store.read(|reading| reading.stale_traces(stamp, 10)).unwrap().len();
    while stale() > 0 {
        tokio::task::yield_now().await;
    }
    engine.store.close();
    let Engine { folder, .. } = engine;
    let engine = Engine::start_in(folder);
    assert_eq!(engine.row(1).await, row);
}

#[tokio::test]
async fn what_an_older_version_read_is_read_again() {
    let engine = Engine::start();
    let mut call = span(1, 0, None, "chat");
    call.attributes =
        vec![attribute("gen_ai.operation.name", "chat"), attribute("gen_ai.request.model", "gpt-4o-mini")];
    engine.submit(spans(vec![call, span(1, 1, Some(0), "step")])).await;
    let row = engine.row(1).await;
    engine.store.close();
    let Engine { folder, .. } = engine;
    // Digests and rows of another reading version; one of the digests is not even whole.
    let conn = rusqlite::Connection::open(folder.path().join("traces.db")).unwrap();
    conn.execute_batch(
        "UPDATE spans SET reading = 4000000, digest = x'00' WHERE id = 1;
         UPDATE spans SET digest = x'0011223344' WHERE id = 2;
         UPDATE traces SET row_reading = 4000000, row = NULL;",
    )
    .unwrap();
    drop(conn);
    let engine = Engine::start_in(folder);
    assert_eq!(engine.row(1).await, row);
}
