//! A disk that fails: between SQLite and its files stands one that breaks at the n-th operation, or is full. Nothing that was
//! answered with 200 is lost, and the program works again as soon as the disk does.
//!
//! The disk is `faults/disk.c`, loaded before the C library. `SPANGLASS_FAULTS` says how far apart the operations are that
//! fail (9 unless told; 1 = each), `SPANGLASS_CUTS` how often the power goes (40).

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

#[path = "faults/power.rs"]
mod power;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use spanglass_engine::store::{Options, Store};
use spanglass_trace::span::TraceId;

/// Spans of a request, all of one trace.
const SPANS: u64 = 8;

fn trace_id(request: u64) -> TraceId {
    let mut id = [0x22; 16];
    id[8..].copy_from_slice(&request.to_be_bytes());
    TraceId(id)
}

/// A request of one trace, of so many bytes that do not compress.
fn body(request: u64, bytes: usize) -> Vec<u8> {
    let mut random = request.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut noise = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random.to_le_bytes()
    };
    let mut span = |n: u64| Span {
        trace_id: trace_id(request).0.to_vec(),
        span_id: (n + 1).to_be_bytes().to_vec(),
        name: format!("span {n}"),
        start_time_unix_nano: 1_767_225_600_000_000_000 + n,
        end_time_unix_nano: 1_767_225_600_000_001_000 + n,
        attributes: vec![KeyValue {
            key: "noise".to_owned(),
            value: Some(AnyValue {
                value: Some(Value::BytesValue((0..bytes / SPANS as usize / 8).flat_map(|_| noise()).collect())),
            }),
            ..KeyValue::default()
        }],
        ..Span::default()
    };
    let scope_spans = vec![ScopeSpans { spans: (0..SPANS).map(&mut span).collect(), ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

/// Compiles the failing disk once and returns where it is.
fn disk(folder: &Path) -> PathBuf {
    let library = folder.join("disk.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/faults/disk.c");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let compiled = Command::new(compiler).args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
    assert!(compiled.unwrap().success());
    library
}

/// A program on a disk that fails.
struct Program {
    child: Child,
    addresses: serde_json::Value,
}

impl Program {
    /// Starts on a disk with these faults; `None` when it says why it cannot.
    fn start(data_dir: &Path, disk: &Path, faults: &[(&str, &str)]) -> Option<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_spanglass"))
            .args(["serve", "--json", "--otlp-http", "127.0.0.1:0", "--otlp-grpc", "off", "--datadog", "off"])
            .args(["--dogstatsd", "off", "--ui", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .env("LD_PRELOAD", disk)
            .env("FAULT_FOLDER", data_dir)
            .env("FAULT_LOG", data_dir.with_extension("log"))
            .envs(faults.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.is_empty() {
            let said = child.wait_with_output().unwrap();
            assert_eq!(said.status.code(), Some(1), "{said:?}");
            assert!(!said.stderr.is_empty(), "it says why");
            return None;
        }
        let addresses = serde_json::from_str(&line).unwrap();
        Some(Self { child, addresses })
    }

    fn ask(&self, listener: &str, head: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let address = self.addresses[listener].as_str().unwrap();
        let (address, token) = address.split_once("/?token=").unwrap_or((address, ""));
        let host = address.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let length = body.len();
        let head = format!(
            "{head}\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        (status, answer.split_off(end))
    }

    /// Sends a request; says whether it was stored. Anything but yes and "not now" is wrong.
    fn send(&self, request: u64, bytes: usize) -> bool {
        let head = "POST /v1/traces HTTP/1.1\r\ncontent-type: application/x-protobuf";
        let (status, _) = self.ask("otlp_http", head, &body(request, bytes));
        assert!(status == 200 || status == 503, "request {request} was answered {status}");
        status == 200
    }

    fn stop(mut self) {
        let terminated = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(terminated.success());
        self.child.wait().unwrap();
    }
}

/// Says that everything acknowledged is there, whole.
fn holds(data_dir: &Path, acknowledged: &[u64]) {
    let store = Store::open(data_dir, Options::default()).unwrap();
    for request in acknowledged {
        let trace_id = trace_id(*request);
        let record = store.read(|reading| reading.trace(trace_id)).unwrap();
        let record = record.unwrap_or_else(|| panic!("request {request} was acknowledged and is lost"));
        assert_eq!(record.spans, SPANS, "request {request}");
        store
            .read(|reading| {
                for span in reading.spans(record.id, None, 100)? {
                    reading.content(span.payload, span.envelope)?.expect("whole");
                }
                Ok(())
            })
            .unwrap();
    }
    assert_eq!(store.problem(), None);
}

#[test]
fn whatever_operation_fails_nothing_acknowledged_is_lost() {
    let apart: usize = std::env::var("SPANGLASS_FAULTS").map_or(9, |apart| apart.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let disk = disk(folder.path());
    let (mut failed, mut refused, mut slowest) = (0, 0, Duration::ZERO);
    // Once, and for a while.
    for (count, first) in [("1", 1), ("12", 3)] {
        for at in (first..).step_by(apart) {
            let data_dir = folder.path().join(format!("data-{count}-{at}"));
            let faults = [("FAULT_AT", at.to_string()), ("FAULT_FOR", count.to_owned())];
            let faults: Vec<(&str, &str)> = faults.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let mut acknowledged = Vec::new();
            if let Some(program) = Program::start(&data_dir, &disk, &faults) {
                for request in 0..6 {
                    let begun = Instant::now();
                    match program.send(request, 40_000) {
                        true => acknowledged.push(request),
                        false => refused += 1,
                    }
                    slowest = slowest.max(begun.elapsed());
                }
                // The disk works again by now, or after a few more tries.
                let again = (100..130).find(|request| program.send(*request, 1_000));
                acknowledged.push(again.expect("it works again once the disk does"));
                program.stop();
            }
            holds(&data_dir, &acknowledged);
            let log = data_dir.with_extension("log");
            if !log.exists() {
                break;
            }
            failed += 1;
            std::fs::remove_dir_all(&data_dir).unwrap();
            std::fs::remove_file(log).unwrap();
        }
    }
    println!(
        "safety G06 G09: {failed} faults, {refused} requests refused, 0 acknowledged lost; slowest answer {slowest:?}"
    );
    assert!(failed * apart > 60, "{failed} faults");
}

#[test]
fn a_full_disk_has_room_to_delete_in() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, data_dir) = (disk(folder.path()), folder.path().join("data"));
    let program = Program::start(&data_dir, &disk, &[("FAULT_ROOM", "48000000")]).unwrap();
    let mut stored: Vec<u64> = Vec::new();
    let full = (0..200).find(|request| {
        let is_stored = program.send(*request, 400_000);
        stored.extend(is_stored.then_some(*request));
        !is_stored
    });
    let full = full.expect("the disk is full at some time");
    assert!(data_dir.join("reserve").exists(), "{stored:?}");
    assert!(!program.send(full, 400_000), "the room that is kept is not for what arrives");
    for request in &stored[..stored.len() / 2] {
        let head = format!("DELETE /api/traces/{} HTTP/1.1", trace_id(*request));
        let (status, answer) = program.ask("ui", &head, b"");
        assert!((200..300).contains(&status), "{status} {}", String::from_utf8_lossy(&answer));
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut again = (500..).take_while(|_| Instant::now() < deadline);
    let after = again.find(|request| program.send(*request, 400_000)).expect("there is room again");
    let kept = [&stored[stored.len() / 2..], &[after]].concat();
    program.stop();
    holds(&data_dir, &kept);
}

#[test]
fn a_power_cut_loses_nothing_acknowledged() {
    let cuts: u32 = std::env::var("SPANGLASS_CUTS").map_or(40, |cuts| cuts.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (disk, data_dir, file) = (disk(folder.path()), folder.path().join("data"), folder.path().join("journal"));
    let program = Program::start(&data_dir, &disk, &[("FAULT_JOURNAL", file.to_str().unwrap())]).unwrap();
    // Enough for the log to be copied into the database again and again.
    let written = || std::fs::metadata(&file).unwrap().len();
    let acknowledged: Vec<(u64, u64)> = (0..120)
        .map(|request| {
            assert!(program.send(request, if request % 7 == 0 { 900_000 } else { 60_000 }));
            (request, written())
        })
        .collect();
    program.stop();
    let journal = power::Journal::read(&file);
    let (first, last) = (acknowledged[0].1, written());
    let mut checked = 0;
    for cut in 0..cuts {
        let at = rand::Rng::random_range(&mut rand::rng(), first..=last);
        let after = folder.path().join(format!("cut-{cut}"));
        journal.cut(at, &after, &mut rand::rng());
        let kept: Vec<u64> = acknowledged.iter().filter(|(_, end)| *end <= at).map(|(request, _)| *request).collect();
        holds(&after, &kept);
        checked += kept.len();
        std::fs::remove_dir_all(&after).unwrap();
    }
    println!(
        "safety G02: {cuts} power cuts, unsynced writes dropped, torn or out of order: 0 of {checked} acknowledged requests lost"
    );
}

#[test]
fn a_disk_that_fills_is_said_before_and_then_takes_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("small");
    std::fs::create_dir(&small).unwrap();
    // A disk of 64 MiB, in a name space of its own; the program starts there by way of a shell.
    let shell = "mount -t tmpfs -o size=64m small \"$1\" && shift && exec \"$@\"";
    let can_mount = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs x \"$0\""])
        .arg(&small)
        .status();
    if !can_mount.is_ok_and(|status| status.success()) {
        println!("safety G11: not tried on a small disk: this machine lets nobody mount one (unshare --mount)");
        return;
    }
    let mut child = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", shell, "sh"])
        .arg(&small)
        .arg(env!("CARGO_BIN_EXE_spanglass"))
        .args([
            "serve",
            "--json",
            "--otlp-http",
            "127.0.0.1:0",
            "--otlp-grpc",
            "off",
            "--datadog",
            "off",
            "--dogstatsd",
            "off",
        ])
        .args(["--ui", "127.0.0.1:0", "--data-dir"])
        .arg(small.join("data"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let program = Program { child, addresses: serde_json::from_str(&line).unwrap() };
    let problem = || {
        let (_, status) = program.ask("ui", "GET /api/status HTTP/1.1", b"");
        let status: serde_json::Value = serde_json::from_slice(&status).unwrap();
        status["problem"].as_str().unwrap_or_default().to_owned()
    };
    let (mut warned, mut stored) = (None, Vec::new());
    let refused = (0..400).find(|request| {
        let is_stored = program.send(*request, 200_000);
        stored.extend(is_stored.then_some(*request));
        if is_stored && warned.is_none() && problem().contains("MB left") {
            warned = Some(*request);
        }
        !is_stored
    });
    let (warned, refused) = (warned.expect("it is said before"), refused.expect("it stops at some time"));
    assert!(problem().contains("nothing more is taken in") || problem().contains("disk is full"), "{}", problem());
    for request in &stored[..stored.len() * 2 / 3] {
        let (status, _) = program.ask("ui", &format!("DELETE /api/traces/{} HTTP/1.1", trace_id(*request)), b"");
        assert!((200..300).contains(&status), "deleting works");
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    let again = (500..).take_while(|_| Instant::now() < deadline).find(|request| program.send(*request, 1_000));
    assert!(again.is_some(), "there is room again");
    println!(
        "safety G11: a disk of 64 MiB: said at request {warned}, 503 at request {refused}, room again after deleting"
    );
    program.stop();
}
