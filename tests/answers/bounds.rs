//! What happens when the disk does not keep up, or does not answer.

use spanglass_engine::ingest::Refusal;

use super::engine::Engine;
use super::requests::{span, spans, trace_id};

/// Keeps the database locked until it is dropped, as another program could.
fn locked(engine: &Engine) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(engine.folder.path().join("traces.db")).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE").unwrap();
    conn
}

#[tokio::test]
async fn more_than_may_wait_is_refused_and_what_waits_is_stored() {
    let engine = Engine::start();
    let lock = locked(&engine);
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..1_100 {
        let (ingest, request) = (engine.ingest.clone(), spans(vec![span(n, 0, None, "a")]));
        waiting.spawn(async move { ingest.submit(request).await });
    }
    // The first answers are refusals: everything else waits for the disk.
    let first = waiting.join_next().await.unwrap().unwrap();
    assert_eq!(first, Err(Refusal::Overloaded { retry_after_s: 1 }));
    drop(lock);
    let outcomes = waiting.join_all().await;
    let stored = outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
    assert!(
        stored >= 1_024
            && outcomes
                .iter()
                .flat_map(|outcome| outcome.as_ref().err())
                .all(|refusal| first.as_ref().err() == Some(refusal))
    );
    assert_eq!(engine.query.stats().await.unwrap().spans, stored);
}

#[tokio::test]
async fn a_database_that_stays_locked_is_said_and_then_forgotten() {
    let engine = Engine::start();
    let lock = locked(&engine);
    let Err(Refusal::Unavailable { reason }) = engine.ingest.submit(spans(vec![span(1, 0, None, "a")])).await else {
        panic!("stored in a locked database")
    };
    assert!(reason.contains("locked"), "{reason}");
    assert_eq!(engine.store.problem(), Some(reason));
    assert!(engine.query.row(trace_id(1)).await.unwrap().is_none(), "reading goes on");
    drop(lock);
    engine.submit(spans(vec![span(1, 0, None, "a")])).await;
    assert_eq!(engine.store.problem(), None);
    engine.row(1).await;
}
