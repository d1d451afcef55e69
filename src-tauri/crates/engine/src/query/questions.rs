//! Whoever waits for an answer comes first: work in the background gives way to questions.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long work in the background waits at once: where questions never end, it goes on all the same, in small steps.
const LONGEST: Duration = Duration::from_millis(100);

/// The questions that are being answered.
#[derive(Debug, Default)]
pub(super) struct Questions {
    under_way: Mutex<usize>,
    answered: Condvar,
}

impl Questions {
    fn lock(&self) -> MutexGuard<'_, usize> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a question, until what is returned is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        *self.lock() += 1;
        UnderWay(Arc::clone(self))
    }

    /// Returns once no question is under way, at the latest after [`LONGEST`].
    pub(super) fn give_way(&self) {
        let waited = self.answered.wait_timeout_while(self.lock(), LONGEST, |under_way| *under_way > 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

/// A question that is being answered.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Questions>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        *self.0.lock() -= 1;
        self.0.answered.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answered_question_is_waited_for_no_more() {
        let questions = Arc::new(Questions::default());
        let (one, other) = (questions.begin(), questions.begin());
        drop(one);
        assert_eq!(*questions.lock(), 1);
        let (waiting, last) = (Arc::clone(&questions), std::thread::spawn(move || drop(other)));
        while *waiting.lock() > 0 {
            waiting.give_way();
        }
        last.join().expect("the thread panics nowhere");
    }

    #[test]
    fn questions_that_never_end_hold_nothing_up_for_good() {
        let questions = Arc::new(Questions::default());
        let _endless = questions.begin();
        questions.give_way();
        assert_eq!(*questions.lock(), 1);
    }
}
