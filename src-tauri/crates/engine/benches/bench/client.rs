//! A sender that costs as little as it can: it shares the machine with what it measures.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::{BufMut, Bytes, BytesMut};

use crate::load::Load;

/// How a load is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// OTLP/HTTP with this content type and encoding.
    Http { content_type: &'static str, encoding: Option<&'static str> },
    /// OTLP/gRPC.
    Grpc,
}

pub(crate) const PROTOBUF: Way = Way::Http { content_type: "application/x-protobuf", encoding: None };

/// What sending a load took.
pub(crate) struct Sent {
    /// From the first byte to the last answer.
    pub(crate) took: Duration,
    /// From each request's first byte to its answer, sorted.
    pub(crate) answers: Vec<Duration>,
}

impl Sent {
    /// Returns the time that so many percent of the answers came within.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.answers[(self.answers.len() * percent / 100).min(self.answers.len() - 1)]
    }
}

/// Sends a load on its connections, each request after the answer to the one before, and not sooner than `pace` after it was
/// sent. Fails unless every answer is 200.
pub(crate) fn send(port: u16, load: &Load, way: Way, pace: Duration) -> Result<Sent> {
    let start_together = Barrier::new(load.connections.len());
    let sent = std::thread::scope(|threads| {
        let sending = load.connections.iter().map(|requests| {
            let start_together = &start_together;
            threads.spawn(move || match way {
                Way::Http { content_type, encoding } => {
                    send_http(port, requests, content_type, encoding, pace, start_together)
                }
                Way::Grpc => send_grpc(port, requests, pace, start_together),
            })
        });
        let sending: Vec<_> = sending.collect();
        sending.into_iter().map(|thread| thread.join().expect("no panic")).collect::<Result<Vec<_>>>()
    })?;
    let start = sent.iter().map(|(start, ..)| *start).min().context("a connection")?;
    let end = sent.iter().map(|(_, end, _)| *end).max().context("a connection")?;
    let mut answers: Vec<Duration> = sent.into_iter().flat_map(|(.., answers)| answers).collect();
    answers.sort_unstable();
    Ok(Sent { took: end - start, answers })
}

type Times = (Instant, Instant, Vec<Duration>);

/// Waits until the time of the n-th request.
fn keep_pace(start: Instant, pace: Duration, n: usize) {
    std::thread::sleep((start + pace * n as u32).saturating_duration_since(Instant::now()));
}

fn send_http(
    port: u16,
    requests: &[Bytes],
    content_type: &str,
    encoding: Option<&str>,
    pace: Duration,
    start_together: &Barrier,
) -> Result<Times> {
    let mut connection = Connection::open(port)?;
    let encoding = encoding.map_or(String::new(), |encoding| format!("content-encoding: {encoding}\r\n"));
    let head =
        format!("POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: {content_type}\r\n{encoding}");
    start_together.wait();
    let start = Instant::now();
    let mut answers = Vec::with_capacity(requests.len());
    for (n, body) in requests.iter().enumerate() {
        keep_pace(start, pace, n);
        let sent = Instant::now();
        let (status, _) = connection.ask(&head, body)?;
        ensure!(status == 200, "request {n} was answered {status}");
        answers.push(sent.elapsed());
    }
    Ok((start, Instant::now(), answers))
}

/// One HTTP/1.1 connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a request (its head without a length and without the empty line) and returns status and body of the answer.
    pub(crate) fn ask(&mut self, head: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
        let mut request = format!("{head}content-length: {}\r\n\r\n", body.len()).into_bytes();
        if body.len() < 16 << 10 {
            request.extend_from_slice(body);
            self.stream.get_mut().write_all(&request)?;
        } else {
            self.stream.get_mut().write_all(&request)?;
            self.stream.get_mut().write_all(body)?;
        }
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).context("a status line")?.parse()?;
        let (mut length, mut in_chunks) = (0, false);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(told) = header.strip_prefix("content-length:") {
                length = told.trim().parse()?;
            }
            in_chunks |= header == "transfer-encoding: chunked";
        }
        let mut answer = Vec::new();
        while in_chunks {
            line.clear();
            self.stream.read_line(&mut line)?;
            let chunk = u64::from_str_radix(line.trim_end(), 16)?;
            (&mut self.stream).take(chunk).read_to_end(&mut answer)?;
            line.clear();
            self.stream.read_line(&mut line)?;
            in_chunks = chunk > 0;
        }
        (&mut self.stream).take(length).read_to_end(&mut answer)?;
        Ok((status, answer))
    }
}

fn send_grpc(port: u16, requests: &[Bytes], pace: Duration, start_together: &Barrier) -> Result<Times> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let (mut client, connection) = h2::client::handshake(stream).await?;
        tokio::spawn(connection);
        start_together.wait();
        let start = Instant::now();
        let mut answers = Vec::with_capacity(requests.len());
        for (n, message) in requests.iter().enumerate() {
            tokio::time::sleep_until((start + pace * n as u32).into()).await;
            let sent = Instant::now();
            client = call(client.ready().await?, port, message).await.with_context(|| format!("request {n}"))?;
            answers.push(sent.elapsed());
        }
        Ok((start, Instant::now(), answers))
    })
}

async fn call(
    mut client: h2::client::SendRequest<Bytes>,
    port: u16,
    message: &Bytes,
) -> Result<h2::client::SendRequest<Bytes>> {
    let path = "opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let request = http::Request::post(format!("http://127.0.0.1:{port}/{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())?;
    let (response, mut stream) = client.send_request(request, false)?;
    let mut frame = BytesMut::with_capacity(5);
    frame.put_u8(0);
    frame.put_u32(message.len() as u32);
    stream.send_data(frame.freeze(), false)?;
    let mut rest = message.clone();
    while !rest.is_empty() {
        stream.reserve_capacity(rest.len());
        let capacity = std::future::poll_fn(|context| stream.poll_capacity(context)).await.context("a stream")??;
        let last = capacity >= rest.len();
        stream.send_data(rest.split_to(capacity.min(rest.len())), last)?;
    }
    let mut body = response.await?.into_body();
    while let Some(data) = body.data().await {
        let length = data?.len();
        body.flow_control().release_capacity(length)?;
    }
    let trailers = body.trailers().await?.context("trailers")?;
    ensure!(trailers.get("grpc-status").is_some_and(|status| *status == "0"), "was answered {trailers:?}");
    Ok(client)
}
