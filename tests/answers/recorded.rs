//! Recorded requests, taken apart and sent in any order.

use std::path::Path;

use bytes::Bytes;
use spanglass_engine::query::Filter;
use spanglass_trace::decode::{Budget, Received, otlp_json};
use spanglass_trace::views::document::document;

use super::engine::Engine;

/// Returns the spans and log records of a file of OTLP/JSON requests, one on each line, each as a request of its own.
pub(crate) fn items(file: &str) -> Vec<Received> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
    let text = std::fs::read_to_string(root.join("tests/fixtures").join(file)).unwrap();
    let mut items = Vec::new();
    for line in text.lines() {
        let received = otlp_json::anything(&Bytes::copy_from_slice(line.as_bytes()), Budget::default()).unwrap();
        assert_eq!(received.complaints, []);
        items.extend(received.spans.into_iter().map(|span| Received { spans: vec![span], ..Received::default() }));
        items.extend(received.logs.into_iter().map(|log| Received { logs: vec![log], ..Received::default() }));
    }
    items
}

/// Everything that is answered about every trace, but for what depends on how it arrived.
pub(crate) async fn everything(engine: &Engine) -> Vec<String> {
    let mut traces = Vec::new();
    for mut row in engine.query.traces(1_000, None, &Filter::default()).await.unwrap().rows {
        let open = engine.query.open(row.summary.trace_id.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(open.row, row);
        row.version = 0;
        let told = document(&open.trace, row.summary.clone());
        traces.push(serde_json::to_string_pretty(&(row, told)).unwrap());
    }
    traces.sort();
    traces
}

/// Sends items in `rounds` random orders, cut into requests at random, asked about and started anew in between: the answers
/// in the end are always the same, and are returned.
pub(crate) async fn converge(items: &[Received], rounds: u8) -> Vec<String> {
    let mut first = None;
    for round in 0..rounds {
        let mut order = items.to_vec();
        if round > 0 {
            shuffle(&mut order, round.into());
        }
        let mut engine = Engine::start();
        let size = 1 + order.len() * usize::from(round) / usize::from(rounds);
        for (at, part) in order.chunks(size).enumerate() {
            let mut request = Received::default();
            for item in part {
                request.spans.extend(item.spans.iter().cloned());
                request.logs.extend(item.logs.iter().cloned());
            }
            engine.submit(request).await;
            everything(&engine).await;
            if at % 5 == 2 {
                engine = engine.restart();
            }
        }
        let last = everything(&engine).await;
        let expected = first.get_or_insert_with(|| last.clone());
        assert!(last == *expected, "round {round}:\n{}\nis not\n{}", last.join("\n"), expected.join("\n"));
    }
    first.unwrap()
}

/// Brings items into an order that follows from the seed, every order as likely as any other.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for last in (1..items.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        items.swap(last, (state % (last as u64 + 1)) as usize);
    }
}
