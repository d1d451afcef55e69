//! An answer that is made while it is sent, on two processors, two pieces ahead of who takes it.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, spawn_blocking};

use super::error::Failure;

/// How many pieces of an answer are made at a time.
const AT_A_TIME: usize = 2;

/// A piece, and what is left of what it was made of.
type Made<P> = (Bytes, Option<P>);

/// Returns a body of pieces in their order, each made by `make` on a thread that may block when it is its turn. An answer of one
/// piece has a length; a failure in a later one cuts the answer short.
///
/// # Errors
///
/// Those of the first piece.
pub(super) async fn of<P, M>(
    pieces: impl Iterator<Item = P> + Send + Unpin + 'static,
    turns: Arc<Semaphore>,
    make: M,
) -> Result<Body, Failure>
where
    P: Send + 'static,
    M: Fn(P) -> io::Result<Made<P>> + Clone + Send + Unpin + 'static,
{
    let mut body = MadeBody { pieces, turns, make, under_way: UnderWay(VecDeque::new()) };
    body.go_on();
    let first = std::future::poll_fn(|context| body.poll_piece(context)).await;
    let first =
        first.transpose().map_err(|error| Failure::Internal(format!("the answer cannot be written: {error}")))?;
    let first = first.unwrap_or_default();
    Ok(if body.under_way.0.is_empty() { Body::from(first) } else { Body::new(Begun { first: Some(first), body }) })
}

struct MadeBody<P, I, M> {
    pieces: I,
    turns: Arc<Semaphore>,
    make: M,
    under_way: UnderWay<P>,
}

/// Pieces in their order. Whoever goes away takes no more turns.
struct UnderWay<P>(VecDeque<JoinHandle<io::Result<Made<P>>>>);

impl<P> Drop for UnderWay<P> {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl<P, I, M> MadeBody<P, I, M>
where
    P: Send + 'static,
    I: Iterator<Item = P>,
    M: Fn(P) -> io::Result<Made<P>> + Clone + Send + 'static,
{
    fn begin(&self, piece: P) -> JoinHandle<io::Result<Made<P>>> {
        let (turns, make) = (Arc::clone(&self.turns), self.make.clone());
        tokio::spawn(async move {
            let turn = turns.acquire_owned().await;
            let made = spawn_blocking(move || {
                let _turn = turn;
                make(piece)
            });
            made.await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
        })
    }

    fn go_on(&mut self) {
        while self.under_way.0.len() < AT_A_TIME
            && let Some(piece) = self.pieces.next()
        {
            self.under_way.0.push_back(self.begin(piece));
        }
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let Some(making) = self.under_way.0.front_mut() else { return Poll::Ready(None) };
        let made = ready!(Pin::new(making).poll(context)).unwrap_or_else(|panic| Err(io::Error::other(panic)));
        self.under_way.0.pop_front();
        Poll::Ready(Some(made.map(|(piece, rest)| {
            if let Some(rest) = rest {
                self.under_way.0.push_front(self.begin(rest));
            }
            self.go_on();
            piece
        })))
    }
}

/// A body whose first piece is there.
struct Begun<P, I, M> {
    first: Option<Bytes>,
    body: MadeBody<P, I, M>,
}

impl<P, I, M> http_body::Body for Begun<P, I, M>
where
    P: Send + 'static,
    I: Iterator<Item = P> + Unpin,
    M: Fn(P) -> io::Result<Made<P>> + Clone + Send + Unpin + 'static,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if let Some(first) = this.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        this.body.poll_piece(context).map_ok(Frame::data)
    }
}
