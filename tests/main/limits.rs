//! What is too much: too large, too slow, too many.

use std::io::BufRead;
use std::time::{Duration, Instant};

use prost::Message;

use crate::app::{App, peak_memory, threads};
use crate::frames::frame;
use crate::grpc::{Call, framed};
use crate::http::{Connection, Request};
use crate::otlp::{self, Compression, Status};

const MIB: usize = 1 << 20;

/// Returns a request of exactly this size with one span in it.
fn of_size(size: usize) -> Vec<u8> {
    let request = |text: usize| {
        let mut span = otlp::span(1);
        span.attributes = vec![otlp::text_attribute("large", "x".repeat(text))];
        otlp::traces(vec![span])
    };
    // Lengths of this magnitude take the same number of bytes, so one correction suffices.
    let first = request(size - 200).len();
    let exact = request(size - 200 + (size - first));
    assert_eq!(exact.len(), size);
    exact
}

#[test]
fn sixty_four_mebibytes_fit_and_one_byte_more_does_not() {
    let app = App::start();
    let (fits, too_large) = (of_size(64 * MIB), of_size(64 * MIB + 1));
    let mut connection = Connection::open(app.http_port());
    let answer = connection.send(&Request::post("/v1/traces").protobuf(&too_large));
    assert_eq!(answer.status, 413);
    let status = Status::decode(&answer.body[..]).expect("a status");
    assert!(status.code == 8 && status.message.contains("64 MiB"), "{status:?}");
    let answer = connection.send(&Request::post("/v1/traces").protobuf(&fits));
    assert_eq!(answer.status, 200, "the connection is still good");

    for compression in [Compression::Gzip, Compression::Zstd] {
        let request = |body: &[u8]| {
            Request::post("/v1/traces").header("content-encoding", compression.name()).protobuf(&compression.of(body))
        };
        assert_eq!(connection.send(&request(&too_large)).status, 413, "{compression:?}");
        assert_eq!(connection.send(&request(&fits)).status, 200, "{compression:?}");
    }
    assert_eq!(app.get("/api/traces")["total"], 1);
}

#[test]
fn while_the_disk_does_not_answer_few_requests_are_held_decoded() {
    let app = App::start();
    let body = Compression::Zstd.of(&of_size(24 * MIB));
    let request = Request::post("/v1/traces").header("content-encoding", "zstd").protobuf(&body);
    let before = peak_memory(app.pid());
    // As another program could.
    let lock = rusqlite::Connection::open(app.data_dir.join("traces.db")).expect("a database");
    lock.execute_batch("BEGIN IMMEDIATE").expect("it is locked");
    let connections: Vec<Connection> = (0..24)
        .map(|_| {
            let mut connection = Connection::open(app.http_port());
            connection.write(&request.bytes(app.http_port()));
            connection
        })
        .collect();
    let answers: Vec<u16> = connections.into_iter().map(|mut connection| connection.read().status).collect();
    drop(lock);
    let rise = (peak_memory(app.pid()).saturating_sub(before)) / MIB as u64;
    println!("safety G25: 24 requests of 24 MiB while the database is locked: {rise} MiB more");
    assert!(answers.iter().all(|status| [200, 503].contains(status)), "{answers:?}");
    assert!(rise <= 400, "{rise} MiB");
}

#[test]
fn too_large_a_call_is_not_to_be_sent_again() {
    const RESOURCE_EXHAUSTED: i32 = 8;
    let app = App::start();
    for port in [app.grpc_port(), app.http_port()] {
        // The frame of a message takes five bytes of the limit.
        assert_eq!(Call::export("Trace", &of_size(64 * MIB - 5)).send(port).status, 0);
        let answer = Call::export("Trace", &of_size(64 * MIB + 1)).send(port);
        assert_eq!(answer.status, RESOURCE_EXHAUSTED);
        assert!(!answer.metadata.contains_key("grpc-status-details-bin"), "RetryInfo would ask for it again");
        let mut bomb = Call::export("Trace", b"").header("grpc-encoding", "gzip");
        bomb.body = framed(1, &gzip_bomb(1));
        assert_eq!(bomb.send(port).status, RESOURCE_EXHAUSTED);
    }
}

/// Returns gzip of so many GiB of zeros.
fn gzip_bomb(gib: usize) -> Vec<u8> {
    Compression::Gzip.of(&vec![0; 64 * MIB]).repeat(gib * 16)
}

#[test]
fn a_bomb_is_refused_at_once_and_takes_little_memory() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let zstd = Compression::Zstd.of(&vec![0; 64 * MIB]).repeat(160);
    for (name, bomb) in [("gzip", gzip_bomb(10)), ("zstd", zstd)] {
        let before = peak_memory(app.pid());
        let asked = Instant::now();
        let answer = Request::post("/v1/traces").header("content-encoding", name).protobuf(&bomb).send(app.http_port());
        assert_eq!(answer.status, 413, "{name}");
        assert!(asked.elapsed() < Duration::from_secs(5), "{name} took {:?}", asked.elapsed());
        let rise = peak_memory(app.pid()) - before;
        println!("safety G24: a bomb of 10 GB in {name}: {} MiB more", rise / MIB as u64);
        assert!(rise < 80 * MIB as u64, "{name}: {} MiB", rise / MIB as u64);
    }
}

/// Requests that are small on the wire and large in memory when decoded as they stand: 64 MiB of empty messages.
#[test]
fn many_empty_items_take_little_memory() {
    let repeated = |unit: &[u8]| unit.repeat(64 * MIB / unit.len());
    // Field 2 (scope_spans, or spans) of a message, of a length that fits the rest of the body.
    let within = |inner: Vec<u8>, field: u8| {
        let mut message = vec![field << 3 | 2];
        prost::encoding::encode_varint(inner.len() as u64, &mut message);
        message.extend(inner);
        message.truncate(64 * MIB);
        message
    };
    let room = 64 * MIB - 32;
    let empty_resources = repeated(&[0x0a, 0x00]);
    let empty_scopes = within([0x12, 0x00].repeat(room / 2), 1);
    let empty_spans = within(within([0x12, 0x00].repeat(room / 2), 2), 1);
    let mut json = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{}"#.to_vec();
    json.extend(b",{}".repeat((64 * MIB - json.len() - 6) / 3));
    json.extend(b"]}]}]}");
    for (name, media_type, body) in [
        ("resources", "application/x-protobuf", empty_resources),
        ("scopes", "application/x-protobuf", empty_scopes),
        ("spans", "application/x-protobuf", empty_spans),
        ("spans", "application/json", json),
    ] {
        let app = App::start();
        app.store(&otlp::traces(vec![otlp::span(1)]));
        let before = peak_memory(app.pid());
        let answer = Request::post("/v1/traces").header("content-type", media_type).body(&body).send(app.http_port());
        assert!([200, 400, 413].contains(&answer.status), "{name}: {answer:?}");
        let rise = (peak_memory(app.pid()) - before) / MIB as u64;
        assert!(rise <= 256, "{name} as {media_type}: {rise} MiB");
    }
}

#[test]
fn a_large_trace_is_exported_in_little_memory() {
    const SPANS: u32 = 2_048;
    let app = App::start();
    let mut connection = Connection::open(app.http_port());
    let text = "A large trace takes no more memory than a small one. ".repeat(1_200);
    for first in (0..SPANS).step_by(64) {
        let span = |index| {
            let mut span = otlp::span(1);
            span.span_id = u64::from(index + 1).to_be_bytes().to_vec();
            span.attributes = vec![otlp::text_attribute("large", text.clone())];
            span
        };
        let body = otlp::traces((first..first + 64).map(span).collect());
        assert_eq!(connection.send(&Request::post("/v1/traces").protobuf(&body)).status, 200);
    }
    let trace_id = otlp::trace_id(1);
    for rules in ["none", "secrets"] {
        let before = peak_memory(app.pid());
        let file = app.ask("GET", &format!("/api/traces/{trace_id}/export?redact={rules}"), b"").body;
        let more = peak_memory(app.pid()) - before;
        assert!(file.len() > SPANS as usize * 60_000, "{} bytes", file.len());
        assert!(more < 72 * MIB as u64, "{rules}: {} MiB more", more >> 20);
    }
}

#[test]
fn a_body_longer_than_it_says_or_without_end_is_refused() {
    let app = App::start();
    let mut connection = Connection::open(app.http_port());
    let head = Request::post("/v1/traces").header("transfer-encoding", "chunked").protobuf(b"");
    connection.write(&head.bytes(app.http_port()));
    let chunk = [format!("{MIB:x}\r\n").as_bytes(), &vec![b'x'; MIB], b"\r\n"].concat();
    for _ in 0..130 {
        connection.write(&chunk);
    }
    assert_eq!(connection.read().status, 413);
}

#[test]
fn a_head_that_is_too_large_or_without_end_is_refused() {
    let app = App::start();
    for port in [app.http_port(), app.grpc_port(), app.datadog_port(), app.ui_port()] {
        let long_line = format!("x-long: {}\r\n", "x".repeat(MIB));
        let lines = "x-name: value\r\n".repeat(2_000);
        let many = format!("{lines}\r\n");
        for (name, lines) in
            [("a long line", long_line.as_str()), ("many lines", &many), ("no end", &lines.repeat(100))]
        {
            let before = peak_memory(app.pid());
            let mut connection = Connection::open(port);
            let path = "/v1/traces?".to_owned() + &"x".repeat(if name == "no end" { 200_000 } else { 0 });
            connection.write(format!("POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{lines}").as_bytes());
            let mut said = String::new();
            // Whoever is still sending may find the connection closed before it finds the answer.
            let _ = connection.stream.read_line(&mut said);
            let is_refused =
                said.is_empty() || said.contains(" 431 ") || said.contains(" 414 ") || said.contains(" 400 ");
            assert!(is_refused, "{name}: {said:?}");
            let rise = (peak_memory(app.pid()) - before) / MIB as u64;
            assert!(rise <= 8, "{name}: {rise} MiB");
        }
    }
    app.store(&otlp::traces(vec![otlp::span(1)]));
}

#[test]
fn slow_connections_are_closed_and_idle_ones_kept() {
    let app = App::start();
    let port = app.http_port();
    let request = Request::post("/v1/traces").protobuf(&otlp::traces(vec![otlp::span(1)]));
    let mut kept = Connection::open(port);
    assert_eq!(kept.send(&request).status, 200);

    let begun = Instant::now();
    let mut silent: Vec<Connection> = (0..50).map(|_| Connection::open(port)).collect();
    let mut started: Vec<Connection> = [
        "P",
        "POST /v1/tra",
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\n",
        "PRI * HTTP/2.0\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]
    .map(|start| {
        let mut connection = Connection::open(port);
        connection.write(start.as_bytes());
        connection
    })
    .into();
    let mut half = Connection::open(port);
    let bytes = Request::post("/v1/traces").header("content-length", "100").protobuf(b"half").bytes(port);
    half.write(&bytes);
    let mut later = Connection::open(port);
    assert_eq!(later.send(&request).status, 200);
    later.write(b"POST /v1/tra");

    for connection in &mut silent {
        assert!(connection.is_closed_silently());
    }
    for connection in &mut started {
        // HTTP/2 says goodbye in frames of its own before it closes.
        while !connection.is_closed_silently() {}
    }
    while !later.is_closed_silently() {}
    assert_eq!(half.read().status, 408);
    let took = begun.elapsed();
    assert!((Duration::from_secs(4)..Duration::from_secs(15)).contains(&took), "{took:?}");
    assert_eq!(kept.send(&request).status, 200, "a batch every five seconds finds its connection open");
}

#[test]
fn many_idle_connections_do_not_keep_others_out() {
    let app = App::start();
    let port = app.http_port();
    let idle: Vec<Connection> = (0..700).map(|_| Connection::open(port)).collect();
    let request = Request::post("/v1/traces").protobuf(&otlp::traces(vec![otlp::span(1)]));
    for _ in 0..20 {
        let asked = Instant::now();
        assert_eq!(request.send(port).status, 200);
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    }
    drop(idle);
}

/// CVE-2023-44487 and CVE-2025-8671: streams that are opened and made to be reset at once.
#[test]
fn floods_of_resets_take_little_and_keep_nobody_out() {
    let [headers, rst_stream, settings, window_update, end_headers] = [1, 3, 4, 8, 4];
    let app = App::start();
    let port = app.http_port();
    let authority = format!("127.0.0.1:{port}");
    // HPACK: POST, http, /, and an authority that is written out.
    let head = [&[0x83, 0x86, 0x84, 0x41, authority.len() as u8][..], authority.as_bytes()].concat();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let before = peak_memory(app.pid());
    for (kind, payload) in [(rst_stream, 8_u32.to_be_bytes()), (window_update, 0_u32.to_be_bytes())] {
        for _ in 0..20 {
            let mut connection = Connection::open(port);
            connection.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            connection.write(&frame(settings, 0, 0, b""));
            for stream in (1..4_000).step_by(2) {
                connection.write(&frame(headers, end_headers, stream, &head));
                connection.write(&frame(kind, 0, stream, &payload));
            }
        }
        app.store(&otlp::traces(vec![otlp::span(2)]));
    }
    let rise = (peak_memory(app.pid()) - before) / MIB as u64;
    assert!(rise <= 32, "{rise} MiB");
}

#[test]
fn a_full_disk_is_said_as_not_now() {
    const UNAVAILABLE: i32 = 14;
    // 3 MB: enough to start, little to keep.
    let app = App::start_with_small_files(6_000);
    let large = |n: u64| {
        let noise: String = (0..60_000_u64)
            .map(|i| format!("{:x} ", (i * 2_654_435_761 + n * 97).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect();
        let mut span = otlp::span(n);
        span.attributes = vec![otlp::text_attribute("noise", noise)];
        otlp::traces(vec![span])
    };
    let mut stored = 0;
    let refused = (1..200).find_map(|n| {
        let answer = Request::post("/v1/traces").protobuf(&large(n)).send(app.http_port());
        stored += u64::from(answer.status == 200);
        (answer.status != 200).then_some(answer)
    });
    let answer = refused.expect("a full disk");
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
    let status = Status::decode(&answer.body[..]).expect("a status");
    assert_eq!(status.code, UNAVAILABLE);

    let call = Call::export("Trace", &large(500)).send(app.grpc_port());
    assert_eq!(call.status, UNAVAILABLE, "{call:?}");
    assert!(call.metadata.contains_key("grpc-status-details-bin"), "with RetryInfo");
    assert_eq!(app.get("/api/traces")["total"], stored, "what was acknowledged can be read");
}

/// A client of HTTP/2 that lets nothing be sent to it: its answer is there and waits for ever.
#[test]
fn connections_that_take_no_answer_keep_nobody_out() {
    let app = App::start();
    let patience = Duration::from_secs(20);
    for (port, path) in [(app.http_port(), "/v1/traces"), (app.ui_port(), "/api/status")] {
        let authority = format!("127.0.0.1:{port}");
        let literal = |index: u8, text: &str| [&[index, text.len() as u8], text.as_bytes()].concat();
        let content_type = [&[0, 12][..], b"content-type", &[16], b"application/json"].concat();
        // POST, http, and what is written out.
        let head = [&[0x83, 0x86][..], &literal(0x44, path), &literal(0x41, &authority), &content_type].concat();
        let no_window = [0, 4, 0, 0, 0, 0];
        let frames = [frame(4, 0, 0, &no_window), frame(1, 4, 1, &head), frame(0, 1, 1, b"{}")].concat();
        let stuck: Vec<Connection> = (0..600)
            .map(|_| {
                let mut connection = Connection::open(port);
                connection.write(&[b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frames[..]].concat());
                connection
            })
            .collect();
        // Who found no place tries again, as exporters do.
        let begun = Instant::now();
        let request = Request::post(path).protobuf(&otlp::traces(vec![otlp::span(1)]));
        let answer = loop {
            match request.try_send(port) {
                Some(answer) => break answer,
                None => assert!(begun.elapsed() < patience, "{path}: nobody got in for {patience:?}"),
            }
        };
        assert!([200, 403].contains(&answer.status), "{answer:?}");
        println!(
            "safety G33: {} connections that take no answer: another got in after {} ms",
            stuck.len(),
            begun.elapsed().as_millis()
        );
    }
}

/// Waits until the other side closes; how long after `since` that was.
fn closed_after(connection: &mut Connection, since: Instant) -> Duration {
    let patience = Some(Duration::from_secs(100));
    connection.stream.get_ref().set_read_timeout(patience).expect("a socket");
    while !connection.is_closed_silently() {}
    since.elapsed()
}

#[test]
fn who_says_nothing_or_takes_nothing_for_a_minute_is_closed() {
    let app = App::start();
    let port = app.http_port();
    let begun = Instant::now();
    let mut asked = Connection::open(port);
    let request = Request::post("/v1/traces").protobuf(&otlp::traces(vec![otlp::span(1)]));
    assert_eq!(asked.send(&request).status, 200);
    let said = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(4, 0, 0, b"")].concat();
    let [mut begun_none, mut takes_nothing] = [(); 2].map(|()| {
        let mut connection = Connection::open(port);
        connection.write(&said);
        connection
    });
    let authority = format!("127.0.0.1:{port}");
    let literal = |index: u8, text: &str| [&[index, text.len() as u8], text.as_bytes()].concat();
    // GET, http, and what is written out; no window for the answer.
    let head = [&[0x83, 0x86][..], &literal(0x44, "/v1/traces"), &literal(0x41, &authority)].concat();
    takes_nothing.write(&[frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]), frame(1, 5, 1, &head)].concat());
    let minute = Duration::from_secs(50)..Duration::from_secs(80);
    for (name, connection, expected) in [
        ("no request of HTTP/2 comes", &mut begun_none, Duration::from_secs(4)..Duration::from_secs(20)),
        ("no other request comes", &mut asked, minute.clone()),
        ("the answer is not taken", &mut takes_nothing, minute),
    ] {
        let took = closed_after(connection, begun);
        assert!(expected.contains(&took), "{name}: {took:?}");
    }
    println!(
        "safety G33: closed after {} s: who asks nothing more, and who takes no answer",
        begun.elapsed().as_secs()
    );
}

/// Asks the interface for something and takes nothing of the answer.
fn asked_for(app: &App, path: &str) -> Connection {
    let mut connection = Connection::open(app.ui_port());
    let request = Request::new("GET", path).header("authorization", &format!("Bearer {}", app.token()));
    connection.write(&request.bytes(app.ui_port()));
    connection
}

#[test]
fn many_who_ask_for_a_large_span_are_answered_in_little_memory() {
    const READERS: usize = 16;
    let app = App::start();
    let mut span = otlp::span(1);
    let (key, text) = ("gen_ai.output.messages", "all that was said ".repeat(24 * MIB / 18));
    let said = format!(r#"[{{"role":"assistant","parts":[{{"type":"text","content":"{text}"}}]}}]"#);
    span.attributes =
        vec![otlp::text_attribute("gen_ai.operation.name", "chat".into()), otlp::text_attribute(key, said)];
    app.store(&otlp::traces(vec![span]));
    let trace = format!("/api/traces/{}", otlp::trace_id(1));
    let span = format!("{trace}/spans/{}", otlp::span_id(1));
    let before = peak_memory(app.pid());
    let paths = [
        (format!("{trace}/document"), 2 * text.len()),
        (span.clone(), 10_000),
        (format!("{span}/text?pointer=/output/messages/0/parts/0/text"), text.len()),
        (format!("{span}/otlp"), text.len()),
        (format!("{trace}/copy?as=text"), text.len()),
        (format!("{trace}/export?redact=secrets"), text.len()),
    ];
    for (path, length) in &paths {
        std::thread::scope(|scope| {
            for _ in 0..READERS {
                scope.spawn(|| {
                    let answer = asked_for(&app, path).read();
                    assert!(answer.status == 200 && answer.body.len() >= *length, "{path}: {}", answer.status);
                });
            }
        });
        let rise = (peak_memory(app.pid()) - before) / MIB as u64;
        assert!(rise <= 400, "{path}: {rise} MiB");
    }
    let rise = (peak_memory(app.pid()) - before) / MIB as u64;
    let ways = paths.len();
    println!("safety G23: a span of 24 MiB, asked for by {READERS} at once in {ways} ways: {rise} MiB more at most");
}

#[test]
fn many_who_take_nothing_of_a_document_take_few_threads() {
    let app = App::start();
    for n in 0..40 {
        let span = |index: u64| {
            let mut span = otlp::span(1);
            span.span_id = (n * 50 + index + 1).to_be_bytes().to_vec();
            span.attributes = vec![otlp::text_attribute("text", "not to be repeated ".repeat(300))];
            span
        };
        app.store(&otlp::traces((0..50).map(span).collect()));
    }
    let path = format!("/api/traces/{}/document", otlp::trace_id(1));
    let mut stuck: Vec<Connection> = (0..50).map(|_| asked_for(&app, &path)).collect();
    stuck.iter_mut().for_each(|reader| assert_eq!(reader.stream.fill_buf().map(<[u8]>::is_empty).ok(), Some(false)));
    let threads = threads(app.pid());
    assert!(threads <= 60, "{threads} threads");
    assert_eq!(app.get(&path)["spans"].as_array().map(Vec::len), Some(2_000), "another is answered meanwhile");
}
