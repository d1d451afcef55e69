//! Accepts connections and closes those that waste them.
//!
//! `axum::serve` keeps a silent connection for ever, and hyper's own header timer starts only after it has told HTTP/1 from
//! HTTP/2 and then closes idle keep-alive connections with it. So each connection has one watch that knows whether a request
//! is being answered, whether a head is half there, and when something last happened.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::sync::watch;
use tokio::time::Instant;

use super::connection::{Answering, Limits, State, Then, Watched};
use super::door::{Connected, Door};

/// What every answer's body is.
pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

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
    connections: &Arc<Connections>,
    stop: Stop,
    answer: F,
) -> io::Result<Vec<tokio::task::JoinHandle<()>>>
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let sockets: Vec<_> = sockets.into_iter().map(tokio::net::TcpListener::from_std).collect::<io::Result<_>>()?;
    Ok(serve_doors(sockets, connections, stop, answer))
}

/// The same on listeners of any one kind.
pub(crate) fn serve_doors<D, F, A>(
    doors: Vec<D>,
    connections: &Arc<Connections>,
    stop: Stop,
    answer: F,
) -> Vec<tokio::task::JoinHandle<()>>
where
    D: Door,
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let loops = doors.into_iter().map(|door| {
        let (connections, stop, answer) = (connections.clone(), stop.clone(), answer.clone());
        tokio::spawn(accept(door, connections, stop, answer))
    });
    loops.collect()
}

async fn accept<D, F, A>(door: D, connections: Arc<Connections>, mut stop: Stop, answer: F)
where
    D: Door,
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let mut served = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = door.next() => match accepted {
                Ok(stream) => {
                    if let Some(place) = connections.place() {
                        served.spawn(connection(stream, place, stop.clone(), answer.clone()));
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
    drop(door);
    while served.join_next().await.is_some() {}
}

async fn connection<S, F, A>(stream: S, place: Place, mut stop: Stop, answer: F)
where
    S: Connected,
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let (state, limits) = (place.state.clone(), place.connections.limits);
    let spoke = tokio::select! {
        spoke = tokio::time::timeout(limits.first_byte, stream.speaks()) => spoke == Ok(true),
        () = state.pushed_out.notified() => false,
        () = stopped(&mut stop) => false,
    };
    if !spoke {
        return;
    }
    stream.prepare();
    let watched = Watched::new(stream, state.clone());
    let service = service_fn({
        let state = state.clone();
        move |request| {
            let answering = Answering::begin(&state);
            let answer = answer(request);
            async move {
                let response = answer.await;
                Ok::<_, std::convert::Infallible>(response.map(|body| answering.answered(body)))
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
        .initial_connection_window_size(1 << 19)
        .max_send_buf_size(1 << 18);
    builder
}

/// The open connections of some listeners, by age. Those of all receiving ports share one bound, and with it the memory that what
/// is sent and not yet taken may hold: a connection's window for HTTP/2.
pub(crate) struct Connections {
    limits: Limits,
    open: Mutex<(u64, BTreeMap<u64, Arc<State>>)>,
}

impl Connections {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, open: Mutex::default() })
    }

    /// Returns a place for one more connection. Without room, the oldest connection that never made a request goes, else the
    /// oldest that is idle, else the oldest that is being answered and gets nowhere; `None` = all are being answered.
    fn place(self: &Arc<Self>) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.1.len() >= self.limits.connections {
            let oldest = |never_asked: bool| {
                open.1.iter().find(|(_, state)| {
                    let inner = state.lock();
                    inner.answering == 0 && (!never_asked || !inner.asked)
                })
            };
            let stuck = || open.1.iter().find(|(_, state)| state.is_at_standstill(self.limits));
            let id = *oldest(true).or_else(|| oldest(false)).or_else(stuck)?.0;
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
