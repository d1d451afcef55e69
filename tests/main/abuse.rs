//! A local program that means harm, for a while: memory stays flat, and others are served.
//!
//! `SPANGLASS_ABUSE_SECONDS` says how long (a few rounds unless told).

use std::time::{Duration, Instant};

use crate::app::{App, memory};
use crate::frames::{Came, Peer, mistakes};
use crate::http::{Connection, Request};
use crate::otlp::{self, Compression};

const MIB: usize = 1 << 20;

/// How many rounds there are at least.
const ROUNDS: u64 = 4;

/// How much more memory the second half may take than the first.
const MORE: u64 = 32 << 20;

/// How long whoever behaves waits at most: on a machine that does other things, too.
const PATIENCE: Duration = Duration::from_secs(10);

/// Returns bytes that follow from a number and look like nothing.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(length)
    .collect()
}

/// Does everything that is not to be done to a server; nothing of it is accepted.
fn misbehave(app: &App, round: u64) {
    let (http, grpc, datadog) = (app.http_port(), app.grpc_port(), app.datadog_port());
    for port in [http, grpc] {
        for frames in mistakes(port) {
            assert_ne!(Peer::open(port).comes_of(&frames), Came::Nothing);
        }
    }
    for compression in [Compression::Gzip, Compression::Zstd] {
        let bomb = compression.of(&vec![0; 8 * MIB]).repeat(64);
        let bomb = Request::post("/v1/traces").header("content-encoding", compression.name()).protobuf(&bomb);
        assert_eq!(bomb.send(http).status, 413);
    }
    let rubbish = noise(round, 20_000);
    let text = String::from_utf8_lossy(&rubbish);
    let deep = "[".repeat(100_000);
    let cut = otlp::json_traces(&[otlp::json_span(1)]);
    for path in ["/v1/traces", "/v1/logs", "/v1/metrics"] {
        assert_eq!(Request::post(path).protobuf(&rubbish).send(http).status, 400, "{path}");
        for json in [&*text, &deep, &cut[..cut.len() - 3]] {
            assert_eq!(Request::post(path).json(json).send(http).status, 400, "{path}");
        }
    }
    for path in ["/api/public/ingestion", "/api/v2/spans", "/api/3.0/mlflow/traces", "/api/2.0/mlflow/runs/log-batch"] {
        assert!(Request::post(path).json(&text).send(http).status >= 400, "{path}");
    }
    for path in ["/v0.3/traces", "/v0.4/traces", "/v0.5/traces"] {
        let packed = Request::new("PUT", path).header("content-type", "application/msgpack").body(&rubbish);
        assert!(packed.send(datadog).status >= 400, "{path}");
    }
    for host in ["evil.test", "127.0.0.1.evil.test"] {
        assert_eq!(Request::post("/v1/traces").host(host).protobuf(b"").send(http).status, 403, "{host}");
    }
    // Heads without end, connections that say half a word, and some that say nothing.
    for n in 0..100 {
        let mut connection = Connection::open(if n % 2 == 0 { http } else { grpc });
        let begun = format!("POST /v1/traces HTTP/1.1\r\n{}", "x-name: value\r\n".repeat(n * 20));
        connection.write(begun.as_bytes());
    }
}

/// Ten thousand tiny traces, a hundred a request; the same ones in each round.
fn crowd(app: &App) {
    let mut connection = Connection::open(app.http_port());
    for first in (0..10_000).step_by(100) {
        let spans = (first..first + 100).map(|n| otlp::span(n + 1_000)).collect();
        assert_eq!(connection.send(&Request::post("/v1/traces").protobuf(&otlp::traces(spans))).status, 200);
    }
}

#[test]
fn a_hostile_program_takes_no_memory_and_keeps_nobody_out() {
    let seconds = std::env::var("SPANGLASS_ABUSE_SECONDS").map_or(0, |text| text.parse().expect("a number"));
    let app = App::start();
    let (begun, mut taken, mut slowest) = (Instant::now(), Vec::new(), Duration::ZERO);
    for round in 1.. {
        misbehave(&app, round);
        crowd(&app);
        let asked = Instant::now();
        app.store(&otlp::traces(vec![otlp::span(round % 500)]));
        app.get("/api/traces?limit=10");
        slowest = slowest.max(asked.elapsed());
        assert!(slowest < PATIENCE, "others waited for {slowest:?}");
        taken.push(memory(app.pid()));
        if round.is_power_of_two() {
            println!("after round {round}: {} MiB", taken[taken.len() - 1] >> 20);
        }
        if round >= ROUNDS && begun.elapsed() >= Duration::from_secs(seconds) {
            break;
        }
    }
    // What the first round takes is taken once: caches and the threads that wait for work.
    let (first, second) = taken[1..].split_at((taken.len() - 1) / 2);
    let most = |taken: &[u64]| taken.iter().copied().max().unwrap_or(0);
    println!(
        "safety G26 G34: {} rounds of everything hostile in {} s: {} MiB held after the first, {} MiB at the end, {} MiB at most; others waited for {} ms at most",
        taken.len(),
        begun.elapsed().as_secs(),
        taken[0] >> 20,
        taken[taken.len() - 1] >> 20,
        most(&taken) >> 20,
        slowest.as_millis()
    );
    assert!(most(second) <= most(first) + MORE, "{taken:?}");
}
