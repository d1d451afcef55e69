//! An answer that is made while it is sent, one piece ahead of who takes it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use tokio::task::{JoinHandle, spawn_blocking};

use super::error::Failure;
use super::traces::apart;

/// A piece, and what the next one is made from; `None` after the last.
type Made<P> = (Bytes, Option<P>);

/// Returns a body of all pieces: `make` makes the one of a place, on a thread that may block. What is in one piece has a length;
/// a failure in a later one cuts the answer short.
///
/// # Errors
///
/// Those of the first piece.
pub(super) async fn of<P: Send + Unpin + 'static>(
    first: P,
    make: impl Fn(P) -> io::Result<Made<P>> + Clone + Send + Unpin + 'static,
) -> Result<Body, Failure> {
    let begin = make.clone();
    let unmade = |error| Failure::Internal(format!("the answer cannot be written: {error}"));
    let (piece, next) = apart(move || begin(first).map_err(unmade)).await?;
    Ok(match next {
        None => Body::from(piece),
        Some(next) => Body::new(MadeBody { piece: Some(piece), next: Some(spawn(&make, next)), make }),
    })
}

fn spawn<P: Send + 'static>(
    make: &(impl Fn(P) -> io::Result<Made<P>> + Clone + Send + 'static),
    place: P,
) -> JoinHandle<io::Result<Made<P>>> {
    let make = make.clone();
    spawn_blocking(move || make(place))
}

struct MadeBody<P, F> {
    /// What is sent next.
    piece: Option<Bytes>,
    /// What is being made meanwhile.
    next: Option<JoinHandle<io::Result<Made<P>>>>,
    make: F,
}

impl<P, F> http_body::Body for MadeBody<P, F>
where
    P: Send + Unpin + 'static,
    F: Fn(P) -> io::Result<Made<P>> + Clone + Send + Unpin + 'static,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if let Some(piece) = this.piece.take() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        let Some(making) = &mut this.next else { return Poll::Ready(None) };
        let made = ready!(Pin::new(making).poll(context)).unwrap_or_else(|panic| Err(io::Error::other(panic)));
        this.next = None;
        Poll::Ready(Some(made.map(|(piece, place)| {
            this.next = place.map(|place| spawn(&this.make, place));
            Frame::data(piece)
        })))
    }
}
