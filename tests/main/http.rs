//! HTTP/1.1 by hand: every byte of a request is a test's own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A request; `Host` and `Content-Length` are added unless given.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    host: Option<String>,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self { method: method.into(), target: target.into(), headers: Vec::new(), body: Vec::new(), host: None }
    }

    pub(crate) fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub(crate) fn protobuf(self, body: &[u8]) -> Self {
        self.header("content-type", "application/x-protobuf").body(body)
    }

    pub(crate) fn json(self, body: &str) -> Self {
        self.header("content-type", "application/json").body(body.as_bytes())
    }

    /// Sends another `Host`; an empty one sends none.
    pub(crate) fn host(mut self, host: &str) -> Self {
        self.host = Some(host.into());
        self
    }

    pub(crate) fn bytes(&self, port: u16) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let host = self.host.clone().unwrap_or_else(|| format!("127.0.0.1:{port}"));
        if !host.is_empty() {
            text.push_str(&format!("host: {host}\r\n"));
        }
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let told = self.headers.iter().any(|(name, _)| name == "content-length" || name == "transfer-encoding");
        if !told {
            text.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        [text.as_bytes(), &self.body].concat()
    }

    /// Sends it on a connection of its own.
    pub(crate) fn send(&self, port: u16) -> Answer {
        Connection::open(port).send(self)
    }

    /// The same; `None` when the connection is closed without an answer.
    pub(crate) fn try_send(&self, port: u16) -> Option<Answer> {
        let mut connection = Connection::open(port);
        connection.write(&self.bytes(port));
        let is_answered = connection.stream.fill_buf().is_ok_and(|begun| !begun.is_empty());
        is_answered.then(|| connection.read())
    }
}

/// A connection that is kept alive.
pub(crate) struct Connection {
    pub(crate) stream: BufReader<TcpStream>,
    port: u16,
}

impl Connection {
    pub(crate) fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
        Self { stream: BufReader::new(stream), port }
    }

    pub(crate) fn send(&mut self, request: &Request) -> Answer {
        self.write(&request.bytes(self.port));
        let mut answer = self.read_head();
        if request.method != "HEAD" {
            self.read_body(&mut answer);
        }
        answer
    }

    /// Writes bytes; a connection that was closed meanwhile may still have an answer to read.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.get_mut().write_all(bytes);
    }

    pub(crate) fn read(&mut self) -> Answer {
        let mut answer = self.read_head();
        self.read_body(&mut answer);
        answer
    }

    fn read_body(&mut self, answer: &mut Answer) {
        if answer.header("transfer-encoding") == Some("chunked") {
            while self.read_chunk(&mut answer.body) {}
            return;
        }
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        answer.body = vec![0; length];
        self.stream.read_exact(&mut answer.body).expect("a body");
    }

    /// Says whether it was not the last one.
    fn read_chunk(&mut self, body: &mut Vec<u8>) -> bool {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("the length of a chunk");
        let length = usize::from_str_radix(line.trim_end(), 16).expect("the length of a chunk");
        let from = body.len();
        body.resize(from + length, 0);
        self.stream.read_exact(&mut body[from..]).expect("a chunk");
        self.stream.read_exact(&mut [0; 2]).expect("the end of a chunk");
        length > 0
    }

    fn read_head(&mut self) -> Answer {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("a status line");
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("{line:?} is no status line"));
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("a header");
            match line.trim_end().split_once(": ") {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
                None => break,
            }
        }
        Answer { status, headers, body: Vec::new() }
    }

    /// Waits until the other side closes; whether it did so without a word.
    pub(crate) fn is_closed_silently(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]), Ok(0) | Err(_))
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(told, _)| told == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{self:?}: {error}"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
