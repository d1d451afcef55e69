//! Large answers: few at a time, each sent piece by piece, so that who does not take one holds little.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::failure::Failure;
use crate::receive::accept::AnswerBody;
use crate::receive::{body, full};

/// The bytes of all large answers that wait to be taken.
const ROOM: usize = 2 * body::LARGEST_BODY;

/// The unit in which that is counted; what is smaller is no large answer.
const UNIT: usize = 1 << 20;

/// How much is sent at once.
const PIECE: usize = 128 << 10;

/// Room in memory for large answers.
pub(super) struct Giving(Arc<Semaphore>);

impl Default for Giving {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ROOM / UNIT)))
    }
}

impl Giving {
    /// Makes an answer of one that is there already.
    pub(super) fn give(&self, answer: Response<Bytes>) -> Result<Response<AnswerBody>, Failure> {
        let units = answer.body().len() / UNIT;
        if units == 0 {
            return Ok(answer.map(full));
        }
        // One that is larger than all the room is given alone.
        let units = units.min(ROOM / UNIT) as u32;
        let room = Arc::clone(&self.0).try_acquire_many_owned(units);
        let room = room.map_err(|_| Failure::unavailable("too many large answers at once; ask again in a second"))?;
        Ok(answer.map(|left| Pieces { left, _room: room }.map_err(|never| match never {}).boxed_unsync()))
    }
}

/// What is left of an answer, and the room it takes.
struct Pieces {
    left: Bytes,
    _room: OwnedSemaphorePermit,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let left = &mut self.get_mut().left;
        let piece = left.split_to(PIECE.min(left.len()));
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
