//! What a connection is doing, and when it has done nothing for too long.
//!
//! Its stream says when bytes come, its answers say when they begin and are sent; from both follows one deadline.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::accept::AnswerBody;

/// How long and how much a connection may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once; one more pushes out the oldest that is not being answered, else the oldest that is at a standstill.
    pub(crate) connections: usize,
    /// From the connection to the first byte.
    pub(crate) first_byte: Duration,
    /// From the first byte of a request to the end of its head.
    pub(crate) head: Duration,
    /// Between two requests, and until some more of an answer is taken.
    pub(crate) idle: Duration,
    /// From when on a connection that is being answered without getting anywhere gives its place to another.
    pub(crate) standstill: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            first_byte: Duration::from_secs(5),
            head: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            standstill: Duration::from_secs(5),
        }
    }
}

/// What a connection is doing.
pub(super) struct State {
    inner: Mutex<Inner>,
    /// Another deadline applies.
    pub(super) changed: Notify,
    pub(super) pushed_out: Notify,
}

pub(super) struct Inner {
    /// Requests being answered.
    pub(super) answering: u32,
    /// Those of them whose answer is there and waits to be taken.
    waiting: u32,
    /// When a request began or ended, or some of an answer was taken. Bytes that come do not count: who sends them one by one gets
    /// nowhere.
    moved_at: Instant,
    /// Whether there ever was a request.
    pub(super) asked: bool,
    /// When the first byte came that no request is made of yet. In HTTP/2 only the preface counts: between its requests
    /// there are pings and window updates, which begin none.
    head_since: Option<Instant>,
    /// When the connection came or the last answer went.
    idle_since: Instant,
    /// When the peer was told that no more requests are taken.
    pub(super) goodbye: Option<Instant>,
}

pub(super) struct Deadline {
    pub(super) at: Instant,
    pub(super) then: Then,
}

pub(super) enum Then {
    Close,
    SayGoodbye,
    LookAgain,
}

impl State {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let inner = Inner {
            answering: 0,
            waiting: 0,
            moved_at: now,
            asked: false,
            head_since: None,
            idle_since: now,
            goodbye: None,
        };
        Self { inner: Mutex::new(inner), changed: Notify::new(), pushed_out: Notify::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn deadline(&self, limits: Limits) -> Deadline {
        let inner = self.lock();
        if inner.answering > 0 {
            // What is still being worked on has its own limits.
            let nobody_takes = inner.waiting == inner.answering;
            let since = if nobody_takes { inner.moved_at } else { Instant::now() };
            let at = since + limits.idle;
            let then = if nobody_takes && at <= Instant::now() { Then::Close } else { Then::LookAgain };
            return Deadline { at, then };
        }
        if let Some(goodbye) = inner.goodbye {
            return Deadline { at: goodbye + limits.head, then: Then::Close };
        }
        if let Some(since) = inner.head_since {
            return Deadline { at: since + limits.head, then: Then::Close };
        }
        let idle = if inner.asked { limits.idle } else { limits.head };
        Deadline { at: inner.idle_since + idle, then: Then::SayGoodbye }
    }

    /// Says whether a connection that is being answered has got nowhere for so long.
    pub(super) fn is_at_standstill(&self, limits: Limits) -> bool {
        let inner = self.lock();
        inner.answering > 0 && inner.moved_at.elapsed() >= limits.standstill
    }

    fn set_head_since(&self, since: Option<Instant>) {
        let mut inner = self.lock();
        if inner.answering == 0 && inner.head_since.is_none() != since.is_none() {
            inner.head_since = since;
            drop(inner);
            self.changed.notify_one();
        }
    }
}

/// A request that is being answered; over when dropped.
pub(super) struct Answering {
    state: Arc<State>,
    /// Whether the answer is there.
    waits: bool,
}

impl Answering {
    pub(super) fn begin(state: &Arc<State>) -> Self {
        let mut inner = state.lock();
        inner.answering += 1;
        inner.asked = true;
        inner.head_since = None;
        inner.moved_at = Instant::now();
        drop(inner);
        state.changed.notify_one();
        Self { state: state.clone(), waits: false }
    }

    /// Returns the body of the answer, which now waits to be taken.
    pub(super) fn answered(mut self, body: AnswerBody) -> Answered {
        let mut inner = self.state.lock();
        inner.waiting += 1;
        inner.moved_at = Instant::now();
        drop(inner);
        self.waits = true;
        self.state.changed.notify_one();
        Answered { body, answering: self }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut inner = self.state.lock();
        inner.answering -= 1;
        inner.waiting -= u32::from(self.waits);
        inner.idle_since = Instant::now();
        inner.moved_at = inner.idle_since;
        drop(inner);
        self.state.changed.notify_one();
    }
}

/// An answer's body that knows when it has been sent.
pub(super) struct Answered {
    body: AnswerBody,
    answering: Answering,
}

impl Body for Answered {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_ready() {
            self.answering.state.lock().moved_at = Instant::now();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that tells its connection's state when a request begins.
pub(super) struct Watched<S> {
    stream: S,
    state: Arc<State>,
    start: Start,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, state: Arc<State>) -> Self {
        Self { stream, state, start: Start::Unknown(0) }
    }
}

/// What a connection's first bytes say.
#[derive(Clone, Copy)]
enum Start {
    /// So many bytes are those of HTTP/2's preface.
    Unknown(usize),
    Http1,
    Http2,
}

impl Start {
    fn read(self, bytes: &[u8]) -> Self {
        const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        let Self::Unknown(known) = self else { return self };
        let rest = &PREFACE[known..];
        let length = rest.len().min(bytes.len());
        match bytes[..length] == rest[..length] {
            true if length == rest.len() => Self::Http2,
            true => Self::Unknown(known + length),
            false => Self::Http1,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let came = &buffer.filled()[before..];
        if !came.is_empty() {
            self.start = self.start.read(came);
            match self.start {
                Start::Unknown(_) | Start::Http1 => self.state.set_head_since(Some(Instant::now())),
                Start::Http2 => self.state.set_head_since(None),
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
