//! Room in memory for what is made of large spans: what finds none waits until others were answered.
//!
//! What is being made and what waits to be taken are counted apart: who takes an answer slowly keeps nobody from looking at a span.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bytes of spans, as sent, of which something is made at once. In between it takes a few times as much.
pub(super) const MAKING: u64 = 64 << 20;

/// The bytes of all large answers that wait to be taken.
const SENDING: u64 = 128 << 20;

/// The unit in which both are counted; what is smaller is not large.
const UNIT: u64 = 1 << 20;

/// How many exports are written at once.
const EXPORTS: u64 = 2;

/// Room in memory; clones share it.
#[derive(Clone)]
pub(crate) struct Room {
    making: Arc<Semaphore>,
    sending: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    exports: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        let of = |most: u64| Arc::new(Semaphore::new(most as usize));
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let turns = Arc::new(Semaphore::new(processors));
        Self { turns, making: of(MAKING / UNIT), sending: of(SENDING / UNIT), exports: of(EXPORTS) }
    }
}

impl Room {
    /// Waits until something may be made of so many bytes. Whoever also asks for [`Self::sending`] asks for that first.
    pub(super) async fn making(&self, bytes: u64) -> Taken {
        take(&self.making, bytes, MAKING).await
    }

    /// Waits until an answer of so many bytes may be there.
    pub(super) async fn sending(&self, bytes: u64) -> Taken {
        take(&self.sending, bytes, SENDING).await
    }

    /// Returns the turns of those who make pieces of answers: one for each processor.
    pub(super) fn turns(&self) -> Arc<Semaphore> {
        Arc::clone(&self.turns)
    }

    /// Waits until it is an export's turn.
    pub(super) async fn export(&self) -> Taken {
        Taken::of(Arc::clone(&self.exports).acquire_owned().await.ok())
    }
}

/// What is larger than all the room takes it alone.
async fn take(room: &Arc<Semaphore>, bytes: u64, most: u64) -> Taken {
    let units = bytes.min(most) / UNIT;
    Taken::of(match units {
        0 => None,
        _ => Arc::clone(room).acquire_many_owned(units as u32).await.ok(),
    })
}

/// Room that is free again when all clones of this are gone.
#[derive(Clone)]
pub(super) struct Taken {
    _permit: Option<Arc<OwnedSemaphorePermit>>,
}

impl Taken {
    fn of(permit: Option<OwnedSemaphorePermit>) -> Self {
        Self { _permit: permit.map(Arc::new) }
    }

    /// Returns work that keeps this room while it is done.
    pub(super) fn during<T>(self, work: impl FnOnce() -> T) -> impl FnOnce() -> T {
        move || {
            let _room = self;
            work()
        }
    }

    /// Returns an answer that keeps its room until it was sent.
    pub(super) fn with(self, answer: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        Bytes::from_owner(Answer { answer, _room: self })
    }
}

struct Answer<A> {
    answer: A,
    _room: Taken,
}

impl<A: AsRef<[u8]>> AsRef<[u8]> for Answer<A> {
    fn as_ref(&self) -> &[u8] {
        self.answer.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn an_answer_keeps_its_room_until_its_last_piece_is_sent() {
        let room = Room::default();
        let is_full = async || tokio::time::timeout(Duration::ZERO, room.sending(UNIT)).await.is_err();
        let large = room.sending(2 * SENDING).await;
        let mut answer = large.clone().with(b"an answer".to_vec());
        drop(large);
        let last = answer.split_off(4);
        drop(answer);
        assert!(is_full().await);
        room.sending(UNIT - 1).await;
        drop(last);
        assert!(!is_full().await);
    }
}
