//! HTTP/2 as nobody should speak it: what h2spec asks of a server, frame by frame (RFC 9113, RFC 7541). A mistake costs the stream or
//! the connection it is made on, and nobody else anything. The error is the one that the standard names or `PROTOCOL_ERROR`, which h2
//! (0.4) says for any frame that cannot be read.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::app::{App, peak_memory};
use crate::grpc::Call;
use crate::otlp;

/// How long an answer, or an end, may take.
const PATIENCE: Duration = Duration::from_secs(20);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Kinds of frames, section 6.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

// Flags.
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;

// Errors, section 7.
const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const STREAM_CLOSED: u32 = 5;
const FRAME_SIZE_ERROR: u32 = 6;
const COMPRESSION_ERROR: u32 = 9;

/// Returns a frame (RFC 9113, section 4.1).
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Returns a header field that is written out (RFC 7541, section 6.2.2).
fn field(name: &str, value: &str) -> Vec<u8> {
    [&[0, name.len() as u8], name.as_bytes(), &[value.len() as u8], value.as_bytes()].concat()
}

/// Returns the head of a `POST /`: of the table, and an authority that is written out.
fn head(port: u16) -> Vec<u8> {
    let authority = format!("127.0.0.1:{port}");
    [&[0x83, 0x86, 0x84, 0x41, authority.len() as u8][..], authority.as_bytes()].concat()
}

fn setting(id: u16, value: u32) -> Vec<u8> {
    [&id.to_be_bytes()[..], &value.to_be_bytes()].concat()
}

/// What came of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Nothing: the connection answers as before.
    Nothing,
    /// The stream was reset.
    Reset(u32),
    /// The connection was ended.
    Ended(u32),
    /// The same without a word.
    Closed,
}

/// A connection that said hello.
pub(crate) struct Peer(TcpStream);

impl Peer {
    pub(crate) fn open(port: u16) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a port");
        let patience = Some(PATIENCE);
        stream.set_read_timeout(patience).and_then(|()| stream.set_write_timeout(patience)).expect("a socket");
        stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, b"")].concat()).expect("a socket");
        Self(stream)
    }

    /// Sends as much as is taken: who is misbehaved against may hang up in the middle.
    fn send(&mut self, frames: &[u8]) {
        let _ = self.0.write_all(frames);
    }

    /// Returns kind, flags and payload of the next frame; `None` at the end.
    fn next(&mut self) -> Option<(u8, u8, Vec<u8>)> {
        let mut head = [0; 9];
        self.fill(&mut head)?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        self.fill(&mut payload)?;
        Some((head[3], head[4], payload))
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Option<()> {
        let read = self.0.read_exact(bytes);
        let is_silent = |error: &std::io::Error| [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind());
        assert!(!read.as_ref().is_err_and(is_silent), "neither an answer nor an end");
        read.ok()
    }

    /// Says what comes of frames. Whoever answers two pings after them has dealt with them.
    pub(crate) fn comes_of(mut self, frames: &[u8]) -> Came {
        self.send(frames);
        let mut reset = None;
        for marker in [b"are you ", b"there ? "] {
            self.send(&frame(PING, 0, 0, marker));
            loop {
                match self.next() {
                    None => return Came::Closed,
                    Some((GOAWAY, _, payload)) => {
                        while self.next().is_some() {}
                        return Came::Ended(number(&payload[4..]));
                    }
                    Some((RST_STREAM, _, payload)) => reset = Some(number(&payload)),
                    Some((PING, ACK, payload)) if payload == marker => break,
                    Some(_) => {}
                }
            }
        }
        reset.map_or(Came::Nothing, Came::Reset)
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(u32::MAX, |four| u32::from_be_bytes(*four))
}

/// Mistakes that a connection does not outlive: section, frames, error.
fn fatal(port: u16) -> Vec<(&'static str, Vec<u8>, u32)> {
    let head = head(port);
    let open = |stream: u32| frame(HEADERS, END_HEADERS, stream, &head);
    let begun = frame(HEADERS, 0, 1, &head);
    let with = |fields: &[u8]| frame(HEADERS, END_HEADERS, 1, &[&head, fields].concat());
    vec![
        ("4.2 a frame larger than allowed", [open(1), frame(DATA, 0, 1, &[0; 16_385])].concat(), FRAME_SIZE_ERROR),
        ("4.2 a head larger than allowed", frame(HEADERS, END_HEADERS, 1, &[0x82; 16_385]), FRAME_SIZE_ERROR),
        ("4.3 an index that is in no table", frame(HEADERS, END_HEADERS, 1, &[0xff, 0xff, 0x7f]), COMPRESSION_ERROR),
        ("4.3 a field that ends in the middle", frame(HEADERS, END_HEADERS, 1, &[0x00, 0x05, b'x']), COMPRESSION_ERROR),
        (
            "4.3 a table larger than agreed",
            frame(HEADERS, END_HEADERS, 1, &[0x3f, 0xe2, 0xff, 0x03]),
            COMPRESSION_ERROR,
        ),
        ("HPACK 4.2 a table that changes behind a field", with(&[0x3f, 0x01]), COMPRESSION_ERROR),
        (
            "HPACK 5.2 a Huffman code that ends in eight bits of padding",
            with(&[0, 0x82, 0x1f, 0xff, 0]),
            COMPRESSION_ERROR,
        ),
        ("HPACK 5.2 a Huffman code padded with zeros", with(&[0, 0x81, 0x18, 0]), COMPRESSION_ERROR),
        ("HPACK 5.2 a Huffman code of the end itself", with(&[0, 0x84, 0xff, 0xff, 0xff, 0xff, 0]), COMPRESSION_ERROR),
        ("HPACK 6.1 the index 0", with(&[0x80]), COMPRESSION_ERROR),
        ("5.1 data on an idle stream", frame(DATA, END_STREAM, 1, b"x"), PROTOCOL_ERROR),
        ("5.1 a reset of an idle stream", frame(RST_STREAM, 0, 1, &8_u32.to_be_bytes()), PROTOCOL_ERROR),
        ("5.1 a window for an idle stream", frame(WINDOW_UPDATE, 0, 1, &9_u32.to_be_bytes()), PROTOCOL_ERROR),
        ("5.1 a continuation of nothing", frame(CONTINUATION, END_HEADERS, 1, &head), PROTOCOL_ERROR),
        ("5.1.1 a stream of the server's number", open(2), PROTOCOL_ERROR),
        ("5.1.1 a stream of an earlier number", [open(5), open(3)].concat(), PROTOCOL_ERROR),
        (
            "5.5 a frame of an unknown kind within a head",
            [begun.clone(), frame(0x16, 0, 1, b"")].concat(),
            PROTOCOL_ERROR,
        ),
        ("6.1 data on stream 0", frame(DATA, 0, 0, b"x"), PROTOCOL_ERROR),
        ("6.1 more padding than data", [open(1), frame(DATA, PADDED, 1, &[9, 0])].concat(), PROTOCOL_ERROR),
        ("6.2 a head on stream 0", open(0), PROTOCOL_ERROR),
        ("6.2 more padding than head", frame(HEADERS, END_HEADERS | PADDED, 1, &[99, 0x83]), PROTOCOL_ERROR),
        ("6.2 another stream within a head", [begun.clone(), open(3)].concat(), PROTOCOL_ERROR),
        ("6.2 a ping within a head", [begun.clone(), frame(PING, 0, 0, &[0; 8])].concat(), PROTOCOL_ERROR),
        ("6.3 a priority of stream 0", frame(PRIORITY, 0, 0, &[0, 0, 0, 3, 9]), PROTOCOL_ERROR),
        ("6.4 a reset of stream 0", frame(RST_STREAM, 0, 0, &8_u32.to_be_bytes()), PROTOCOL_ERROR),
        ("6.4 a reset of three bytes", [open(1), frame(RST_STREAM, 0, 1, &[0; 3])].concat(), FRAME_SIZE_ERROR),
        ("6.5 settings of a stream", frame(SETTINGS, 0, 1, &setting(3, 9)), PROTOCOL_ERROR),
        ("6.5 settings of five bytes", frame(SETTINGS, 0, 0, &[0; 5]), FRAME_SIZE_ERROR),
        ("6.5 settings in an acknowledgement", frame(SETTINGS, ACK, 0, &setting(3, 9)), FRAME_SIZE_ERROR),
        ("6.5.2 a push that is neither on nor off", frame(SETTINGS, 0, 0, &setting(2, 2)), PROTOCOL_ERROR),
        ("6.5.2 a window beyond 31 bits", frame(SETTINGS, 0, 0, &setting(4, 1 << 31)), FLOW_CONTROL_ERROR),
        ("6.5.2 frames smaller than possible", frame(SETTINGS, 0, 0, &setting(5, 16_383)), PROTOCOL_ERROR),
        ("6.5.2 frames larger than possible", frame(SETTINGS, 0, 0, &setting(5, 1 << 24)), PROTOCOL_ERROR),
        (
            "6.6 a push from a client",
            [open(1), frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2])].concat(),
            PROTOCOL_ERROR,
        ),
        ("6.7 a ping on a stream", frame(PING, 0, 1, &[0; 8]), PROTOCOL_ERROR),
        ("6.7 a ping of six bytes", frame(PING, 0, 0, &[0; 6]), FRAME_SIZE_ERROR),
        ("6.8 a goodbye on a stream", frame(GOAWAY, 0, 1, &[0; 8]), PROTOCOL_ERROR),
        ("6.9 a window of three bytes", frame(WINDOW_UPDATE, 0, 0, &[0; 3]), FRAME_SIZE_ERROR),
        ("6.9 a window that grows by nothing", frame(WINDOW_UPDATE, 0, 0, &[0; 4]), PROTOCOL_ERROR),
        ("6.9.1 a window that overflows", frame(WINDOW_UPDATE, 0, 0, &i32::MAX.to_be_bytes()), FLOW_CONTROL_ERROR),
        (
            "6.9.1 more than the window lets in",
            [open(1), frame(DATA, 0, 1, &[0; 16_384]).repeat(1_100)].concat(),
            FLOW_CONTROL_ERROR,
        ),
        (
            "6.9.2 settings that make a window overflow",
            [
                open(1),
                frame(WINDOW_UPDATE, 0, 1, &(i32::MAX - 65_535).to_be_bytes()),
                frame(SETTINGS, 0, 0, &setting(4, 65_536)),
            ]
            .concat(),
            FLOW_CONTROL_ERROR,
        ),
        (
            "6.10 a continuation after the end of a head",
            [open(1), frame(CONTINUATION, END_HEADERS, 1, &head)].concat(),
            PROTOCOL_ERROR,
        ),
        (
            "6.10 a continuation of stream 0",
            [begun.clone(), frame(CONTINUATION, END_HEADERS, 0, &head)].concat(),
            PROTOCOL_ERROR,
        ),
        ("6.10 data in place of a continuation", [begun.clone(), frame(DATA, 0, 1, b"x")].concat(), PROTOCOL_ERROR),
        (
            "6.10 a continuation of another stream",
            [begun, frame(CONTINUATION, END_HEADERS, 3, &head)].concat(),
            PROTOCOL_ERROR,
        ),
    ]
}

/// Mistakes that cost their stream, or the connection where the server prefers that.
fn of_a_stream(port: u16) -> Vec<(&'static str, Vec<u8>, u32)> {
    let head = head(port);
    let with = |fields: &[u8]| frame(HEADERS, END_HEADERS | END_STREAM, 1, &[&head, fields].concat());
    let open = frame(HEADERS, END_HEADERS, 1, &head);
    let done = frame(HEADERS, END_HEADERS | END_STREAM, 1, &head);
    let reset = [open.clone(), frame(RST_STREAM, 0, 1, &8_u32.to_be_bytes())].concat();
    let only = |fields: &[u8]| frame(HEADERS, END_HEADERS | END_STREAM, 1, fields);
    let trailers = |fields: &[u8]| [open.clone(), frame(HEADERS, END_HEADERS, 1, fields)].concat();
    vec![
        ("5.1 data after the end", [done.clone(), frame(DATA, END_STREAM, 1, b"x")].concat(), STREAM_CLOSED),
        ("5.1 a head after the end", [done.clone(), done.clone()].concat(), STREAM_CLOSED),
        ("5.1 a head after a reset", [reset, open.clone()].concat(), STREAM_CLOSED),
        (
            "5.3.1 a stream that depends on itself",
            frame(HEADERS, END_HEADERS | END_STREAM | 0x20, 1, &[&[0, 0, 0, 1, 9], &head[..]].concat()),
            PROTOCOL_ERROR,
        ),
        ("6.3 a priority of four bytes", [open.clone(), frame(PRIORITY, 0, 1, &[0; 4])].concat(), FRAME_SIZE_ERROR),
        (
            "6.9 a window that grows by nothing",
            [open.clone(), frame(WINDOW_UPDATE, 0, 1, &[0; 4])].concat(),
            PROTOCOL_ERROR,
        ),
        (
            "6.9.1 a window that overflows",
            [open.clone(), frame(WINDOW_UPDATE, 0, 1, &i32::MAX.to_be_bytes())].concat(),
            FLOW_CONTROL_ERROR,
        ),
        ("8.1 a head in the middle", trailers(&head), PROTOCOL_ERROR),
        ("8.1 trailers that do not end", trailers(&field("x", "y")), PROTOCOL_ERROR),
        (
            "8.1.1 a length that is not that of two pieces",
            [
                frame(HEADERS, END_HEADERS, 1, &[&head[..], &field("content-length", "3")].concat()),
                frame(DATA, 0, 1, b"xx"),
                frame(DATA, END_STREAM, 1, b"xx"),
            ]
            .concat(),
            PROTOCOL_ERROR,
        ),
        ("8.1.1 a length that is not the body's", with(&field("content-length", "5")), PROTOCOL_ERROR),
        ("8.2 a name in capitals", with(&field("X-Name", "x")), PROTOCOL_ERROR),
        ("8.2.2 a field of a connection", with(&field("connection", "keep-alive")), PROTOCOL_ERROR),
        ("8.2.2 trailers of another kind", with(&field("te", "gzip")), PROTOCOL_ERROR),
        ("8.3 an unknown pseudo field", with(&field(":colour", "red")), PROTOCOL_ERROR),
        ("8.3 a pseudo field of an answer", with(&field(":status", "200")), PROTOCOL_ERROR),
        ("8.3 a pseudo field after others", with(&[field("x", "y"), field(":path", "/")].concat()), PROTOCOL_ERROR),
        ("8.3.1 two methods", with(&[0x82]), PROTOCOL_ERROR),
        ("8.3.1 two schemes", with(&[0x86]), PROTOCOL_ERROR),
        ("8.3.1 two paths", with(&[0x84]), PROTOCOL_ERROR),
        ("8.3.1 no method", only(&head[1..]), PROTOCOL_ERROR),
        ("8.3.1 no scheme", only(&[&head[..1], &head[2..]].concat()), PROTOCOL_ERROR),
        ("8.3.1 no path", only(&[&head[..2], &head[3..]].concat()), PROTOCOL_ERROR),
        ("8.3.1 an empty path", only(&[&head[..2], &[0x04, 0x00], &head[3..]].concat()), PROTOCOL_ERROR),
    ]
}

/// Returns all mistakes, each as the frames it is made of.
pub(crate) fn mistakes(port: u16) -> Vec<Vec<u8>> {
    fatal(port).into_iter().chain(of_a_stream(port)).map(|(_, frames, _)| frames).collect()
}

/// What looks odd and is none.
fn allowed() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("4.1 a frame of an unknown kind", frame(0x16, 0xff, 0, b"anything")),
        ("4.1 bits that are reserved", frame(PING, 0xfe, 0x8000_0000, &[7; 8])),
        ("5.3 a priority of a stream that is not there", frame(PRIORITY, 0, 7, &[0, 0, 0, 0, 9])),
        ("6.5.2 a setting nobody knows", frame(SETTINGS, 0, 0, &setting(0x99, 1))),
        ("6.7 an answer nobody asked for", frame(PING, ACK, 0, &[1; 8])),
    ]
}

#[test]
fn mistakes_in_frames_cost_what_the_standard_says() {
    let app = App::start();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for port in [app.grpc_port(), app.http_port()] {
        for (name, frames, error) in fatal(port) {
            let came = Peer::open(port).comes_of(&frames);
            let is_it = [Came::Ended(error), Came::Ended(PROTOCOL_ERROR)].contains(&came);
            wrong.extend((!is_it).then(|| format!("{name}: {came:?}, not {error}")));
            cases += 1;
        }
        for (name, frames, error) in of_a_stream(port) {
            let came = Peer::open(port).comes_of(&frames);
            let is_it = [Came::Reset(error), Came::Ended(error), Came::Ended(PROTOCOL_ERROR)].contains(&came);
            wrong.extend((!is_it).then(|| format!("{name}: {came:?}, not {error}")));
            cases += 1;
        }
        for (name, frames) in allowed() {
            let came = Peer::open(port).comes_of(&frames);
            wrong.extend((came != Came::Nothing).then(|| format!("{name}: {came:?}")));
            cases += 1;
        }
        let mut stranger = Peer(TcpStream::connect(("127.0.0.1", port)).expect("a port"));
        stranger.0.set_read_timeout(Some(PATIENCE)).expect("a socket");
        stranger.send(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
        while stranger.next().is_some() {}
        cases += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(Call::export("Trace", &otlp::traces(vec![otlp::span(1)])).send(app.grpc_port()).status, 0);
    println!(
        "safety G34: {cases} sequences of HTTP/2 frames: what is wrong ends its stream or connection with an error, what is only odd does not"
    );
}

#[test]
fn floods_of_frames_take_little_and_keep_nobody_out() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let port = app.grpc_port();
    let head = head(port);
    let begun = frame(HEADERS, 0, 1, &head);
    let open = frame(HEADERS, END_HEADERS, 1, &head);
    let fields = field("x-name", &"x".repeat(100)).repeat(100);
    // One field for the table, and then itself again and again, a byte each.
    let entry = [&[0x40, 1, b'x', 0x7f, 0xf1, 0x1e][..], &[b'x'; 4_080], &[0xbe; 12_000]].concat();
    let floods = [
        ("continuations without end", begun.clone(), frame(CONTINUATION, 0, 1, &fields), 3_000),
        ("empty continuations", begun, frame(CONTINUATION, 0, 1, b""), 300_000),
        (
            "heads that are too large when unpacked",
            Vec::new(),
            frame(HEADERS, END_HEADERS, 1, &[&head[..], &entry].concat()),
            300,
        ),
        ("settings", Vec::new(), frame(SETTINGS, 0, 0, &setting(3, 100)), 300_000),
        ("pings", Vec::new(), frame(PING, 0, 0, &[0; 8]), 300_000),
        ("empty data", open, frame(DATA, 0, 1, b""), 300_000),
        ("priorities", Vec::new(), frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 1]), 300_000),
    ];
    for (name, first, again, times) in floods {
        let before = peak_memory(app.pid());
        let mut peer = Peer::open(port);
        // Who never reads is not answered for ever: what is not taken within a second stays unsaid.
        peer.0.set_write_timeout(Some(Duration::from_secs(1))).expect("a socket");
        peer.send(&[first, again.repeat(times)].concat());
        app.store(&otlp::traces(vec![otlp::span(2)]));
        assert_eq!(Call::export("Trace", &otlp::traces(vec![otlp::span(3)])).send(port).status, 0, "{name}");
        let rise = (peak_memory(app.pid()) - before) >> 20;
        assert!(rise <= 32, "{name}: {rise} MiB");
    }
}
