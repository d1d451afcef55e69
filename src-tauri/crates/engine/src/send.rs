//! Sends a request to this program's own receiver: the one place where Spanglass is a client.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read.
const LONGEST_ANSWER: u64 = 64 << 10;

/// Posts an OTLP/JSON request to a path (`/v1/traces`, `/v1/logs`) of a port of this machine.
///
/// # Errors
///
/// A sentence, when it was not accepted.
pub(crate) async fn send(port: u16, path: &str, request: Bytes) -> Result<(), String> {
    let answer = tokio::time::timeout(PATIENCE, post(port, path, &request)).await;
    let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let answer = answer.map_err(|error| format!("port {port} of this machine does not answer: {error}"))?;
    let answer = String::from_utf8_lossy(&answer);
    match answer.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(format!("port {port} of this machine refused: {}", answer.lines().last().unwrap_or_default())),
    }
}

async fn post(port: u16, path: &str, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        request.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
    Ok(answer)
}
