//! Starting, stopping and starting again.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::app::{App, BINARY};
use crate::http::Request;
use crate::otlp;

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let app = App::start_in(dir.path(), &[]);
    for n in 1..=50 {
        app.store(&otlp::traces(vec![otlp::span(n)]));
    }
    app.kill();
    let app = App::start_in(dir.path(), &[]);
    assert_eq!(app.get("/api/traces")["total"], 50);
    app.store(&otlp::traces(vec![otlp::span(51)]));
    let (status, took) = app.stop();
    assert!(status.success() && took < Duration::from_secs(2), "{status} after {took:?}");
    let app = App::start_in(dir.path(), &[]);
    assert_eq!(app.get("/api/traces")["total"], 51);
}

#[test]
fn a_clean_quit_under_load_loses_nothing_acknowledged() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let app = App::start_in(dir.path(), &[]);
    let port = app.http_port();
    let (first, acknowledged) = std::sync::mpsc::channel();
    let senders: Vec<_> = (0..4_u64)
        .map(|sender| {
            let first = first.clone();
            std::thread::spawn(move || {
                let stored = (1..).take_while(|n| {
                    let request =
                        Request::post("/v1/traces").protobuf(&otlp::traces(vec![otlp::span(sender * 1_000_000 + n)]));
                    let stored = std::panic::catch_unwind(|| request.send(port).status == 200).unwrap_or(false);
                    let _ = first.send(());
                    stored
                });
                stored.count() as u64
            })
        })
        .collect();
    for _ in 0..40 {
        acknowledged.recv().expect("senders run");
    }
    let (status, took) = app.stop();
    assert!(status.success() && took < Duration::from_secs(2), "{status} after {took:?}");
    assert!(std::net::TcpListener::bind(("127.0.0.1", port)).is_ok(), "the port is free");
    let stored: u64 = senders.into_iter().map(|sender| sender.join().expect("no panic")).sum();
    let app = App::start_in(dir.path(), &[]);
    let total = app.get("/api/traces")["total"].as_u64().expect("a count");
    assert!(total >= stored, "{stored} were acknowledged, {total} are there");
}

#[test]
fn a_large_request_does_not_delay_a_quit() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let app = App::start_in(dir.path(), &[]);
    let (port, size) = (app.http_port(), 60_000);
    let one_trace = |of: u8| {
        let spans = (1..=size).map(|n| {
            let mut span = otlp::span(n);
            span.trace_id = vec![of; 16];
            span
        });
        otlp::traces(spans.collect())
    };
    let requests: Vec<Vec<u8>> = (1..=3).map(one_trace).collect();
    let (begun, begins) = std::sync::mpsc::channel();
    let senders: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let begun = begun.clone();
            std::thread::spawn(move || {
                let mut connection = crate::http::Connection::open(port);
                connection.write(&Request::post("/v1/traces").protobuf(&request).bytes(port));
                begun.send(()).expect("the test waits");
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| connection.read().status == 200))
                    .unwrap_or(false)
            })
        })
        .collect();
    (0..3).for_each(|_| begins.recv().expect("senders run"));
    let (status, took) = app.stop();
    assert!(status.success() && took < Duration::from_secs(2), "{status} after {took:?}");
    let stored: Vec<bool> = senders.into_iter().map(|sender| sender.join().expect("no panic")).collect();
    let app = App::start_in(dir.path(), &[]);
    let list = app.get("/api/traces");
    let whole = list["rows"].as_array().expect("a list").iter();
    assert!(whole.clone().all(|row| row["summary"]["counts"]["spans"] == size), "whole requests alone");
    assert!(whole.count() >= stored.iter().filter(|stored| **stored).count());
}

#[test]
fn a_long_poll_does_not_delay_a_quit() {
    let app = App::start();
    let (port, token, seq) = (app.ui_port(), app.token().to_owned(), app.get("/api/traces")["seq"].clone());
    let mut waiting = crate::http::Connection::open(port);
    let request = Request::new("GET", &format!("/api/changes?since={seq}&wait_ms=25000"));
    waiting.write(&request.header("authorization", &format!("Bearer {token}")).bytes(port));
    app.store(&otlp::traces(vec![otlp::span(1)]));
    assert_eq!(waiting.read().status, 200);
    waiting.write(
        &Request::new("GET", "/api/changes?since=1&wait_ms=25000")
            .header("authorization", &format!("Bearer {token}"))
            .bytes(port),
    );
    let (status, took) = app.stop();
    assert!(status.success() && took < Duration::from_secs(2), "{status} after {took:?}");
}

#[test]
fn files_are_their_owners_alone() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let data_dir = dir.path().join("data");
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "umask 000; exec \"$0\" \"$@\"",
        BINARY,
        "serve",
        "--json",
        "--otlp-http",
        "0",
        "--otlp-grpc",
        "off",
        "--ui",
        "off",
    ]);
    command.arg("--data-dir").arg(&data_dir).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let mut line = String::new();
    let out = child.stdout.take().expect("piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).expect("a line");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&data_dir), 0o700);
    let mut seen = 0;
    for entry in std::fs::read_dir(&data_dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        seen += 1;
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(seen >= 2, "database and addresses");
}

#[test]
fn a_second_start_on_the_same_folder_says_who_is_there() {
    let app = App::start();
    let output = crate::app::run(&[
        "serve",
        "--json",
        "--otlp-http",
        "0",
        "--otlp-grpc",
        "0",
        "--ui",
        "0",
        "--data-dir",
        &app.data_dir.display().to_string(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("in use by another Spanglass"), "{output:?}");
}
