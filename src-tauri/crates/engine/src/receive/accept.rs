//! Accepts connections and closes those that waste them.
//!
//! `axum::serve` keeps a silent connection for ever, and hyper's own header timer starts only after it has told HTTP/1 from
//! HTTP/2 and then closes idle keep-alive connections with it. So each connection has one watch that knows whether a request
//! is being answered, whether a head is half there, and when something last happened.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// What every answer's body is.
pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// How long and how much a connection may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once; one more pushes out the oldest that is not being answered.
    pub(crate) connections: usize,
    /// From the connection to the first byte.
    pub(crate) first_byte: Duration,
    /// From the first byte of a request to the end of its head.
    pub(crate) head: Duration,
    /// Between two requests.
    pub(crate) idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            first_byte: Duration::from_secs(5),
            head: Duration::from_secs(5),
            idle: Duration::from_secs(60),
        }
    }
}

/// Says "stop" to accept loops and their connections.
pub(crate) type Stop = watch::Receiver<bool>;

/// Waits until it says "stop".
pub(crate) async fn stopped(stop: &mut Stop) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Accepts connections on these sockets and answers each request with `answer`, until `stop` says so; then lets requests
/// that are being answered finish and returns.
///
/// # Errors
///
/// When a socket cannot be handed to the runtime.
pub(crate) fn serve<F, A>(
    sockets: Vec<TcpListener>,
    limits: Limits,
    stop: Stop,
    answer: F,
) -> io::Result<Vec<tokio::task::JoinHandle<()>>>
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let connections = Arc::new(Connections { limit: limits.connections, open: Mutex::default() });
    let sockets: Vec<_> = sockets.into_iter().map(tokio::net::TcpListener::from_std).collect::<io::Result<_>>()?;
    let loops = sockets.into_iter().map(|socket| {
        let (connections, stop, answer) = (connections.clone(), stop.clone(), answer.clone());
        tokio::spawn(accept(socket, connections, limits, stop, answer))
    });
    Ok(loops.collect())
}

async fn accept<F, A>(
    socket: tokio::net::TcpListener,
    connections: Arc<Connections>,
    limits: Limits,
    mut stop: Stop,
    answer: F,
) where
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let mut served = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => {
                    if let Some(place) = connections.place() {
                        served.spawn(connection(stream, place, limits, stop.clone(), answer.clone()));
                    }
                }
                // Out of file descriptors, or the peer is gone already: neither ends the listener.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
            Some(_) = served.join_next(), if !served.is_empty() => {}
        }
    }
    drop(socket);
    while served.join_next().await.is_some() {}
}

async fn connection<F, A>(stream: TcpStream, place: Place, limits: Limits, mut stop: Stop, answer: F)
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let state = place.state.clone();
    let mut first = [0];
    let spoke = tokio::select! {
        spoke = tokio::time::timeout(limits.first_byte, stream.peek(&mut first)) => matches!(spoke, Ok(Ok(1))),
        () = state.pushed_out.notified() => false,
        () = stopped(&mut stop) => false,
    };
    if !spoke {
        return;
    }
    // Answers are small and written at once: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let watched = Watched { stream, state: state.clone(), start: Start::Unknown(0) };
    let service = service_fn({
        let state = state.clone();
        move |request| {
            let answering = Answering::begin(&state);
            let answer = answer(request);
            async move {
                let response = answer.await;
                Ok::<_, std::convert::Infallible>(response.map(|body| Answered { body, _answering: answering }))
            }
        }
    });
    let builder = builder();
    let mut served = pin!(builder.serve_connection(TokioIo::new(watched), service));
    let mut stopping = false;
    loop {
        let deadline = state.deadline(limits);
        tokio::select! {
            _ = served.as_mut() => return,
            () = state.pushed_out.notified() => return,
            () = stopped(&mut stop), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
            }
            () = state.changed.notified() => {}
            () = tokio::time::sleep_until(deadline.at) => match deadline.then {
                Then::Close => return,
                Then::SayGoodbye => {
                    state.lock().goodbye = Some(Instant::now());
                    served.as_mut().graceful_shutdown();
                }
                Then::LookAgain => {}
            },
        }
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().header_read_timeout(None).max_buf_size(64 * 1024).half_close(false);
    builder
        .http2()
        .max_concurrent_streams(100)
        .max_header_list_size(16 * 1024)
        .max_local_error_reset_streams(100)
        .max_pending_accept_reset_streams(20)
        .initial_stream_window_size(1 << 18)
        .initial_connection_window_size(1 << 20)
        .max_send_buf_size(1 << 18);
    builder
}

/// All open connections of a listener, by age.
struct Connections {
    limit: usize,
    open: Mutex<(u64, BTreeMap<u64, Arc<State>>)>,
}

impl Connections {
    /// Returns a place for one more connection. Without room, the oldest connection that never made a request goes, else the
    /// oldest that is idle; `None` = all are being answered.
    fn place(self: &Arc<Self>) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.1.len() >= self.limit {
            let oldest = |never_asked: bool| {
                open.1.iter().find(|(_, state)| {
                    let inner = state.lock();
                    inner.answering == 0 && (!never_asked || !inner.asked)
                })
            };
            let id = *oldest(true).or_else(|| oldest(false))?.0;
            if let Some(state) = open.1.remove(&id) {
                state.pushed_out.notify_one();
            }
        }
        open.0 += 1;
        let id = open.0;
        let state = Arc::new(State::new());
        open.1.insert(id, state.clone());
        Some(Place { id, state, connections: self.clone() })
    }
}

/// A connection's place among the open ones; given back when dropped.
struct Place {
    id: u64,
    state: Arc<State>,
    connections: Arc<Connections>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&self.id);
    }
}

/// What a connection is doing.
struct State {
    inner: Mutex<Inner>,
    /// Another deadline applies.
    changed: Notify,
    pushed_out: Notify,
}

struct Inner {
    /// Requests being answered.
    answering: u32,
    /// Whether there ever was a request.
    asked: bool,
    /// When the first byte came that no request is made of yet. In HTTP/2 only the preface counts: between its requests
    /// there are pings and window updates, which begin none.
    head_since: Option<Instant>,
    /// When the connection came or the last answer went.
    idle_since: Instant,
    /// When the peer was told that no more requests are taken.
    goodbye: Option<Instant>,
}

struct Deadline {
    at: Instant,
    then: Then,
}

enum Then {
    Close,
    SayGoodbye,
    LookAgain,
}

impl State {
    fn new() -> Self {
        let inner = Inner { answering: 0, asked: false, head_since: None, idle_since: Instant::now(), goodbye: None };
        Self { inner: Mutex::new(inner), changed: Notify::new(), pushed_out: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deadline(&self, limits: Limits) -> Deadline {
        let inner = self.lock();
        if inner.answering > 0 {
            // The body and the answer have their own limits.
            return Deadline { at: Instant::now() + limits.idle, then: Then::LookAgain };
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
struct Answering(Arc<State>);

impl Answering {
    fn begin(state: &Arc<State>) -> Self {
        let mut inner = state.lock();
        inner.answering += 1;
        inner.asked = true;
        inner.head_since = None;
        drop(inner);
        state.changed.notify_one();
        Self(state.clone())
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.answering -= 1;
        inner.idle_since = Instant::now();
        drop(inner);
        self.0.changed.notify_one();
    }
}

/// An answer's body that knows when it has been sent.
struct Answered {
    body: AnswerBody,
    _answering: Answering,
}

impl Body for Answered {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that tells its connection's state when a request begins.
struct Watched {
    stream: TcpStream,
    state: Arc<State>,
    start: Start,
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

impl AsyncRead for Watched {
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

impl AsyncWrite for Watched {
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
