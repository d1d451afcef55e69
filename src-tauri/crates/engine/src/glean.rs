//! What is made of spans while they are at hand, so that nobody need read them again once they are stored. Here are only the
//! words between the way in, which has them at hand, and the search, which makes an index of them.

use spanglass_trace::reading::Reading;
use spanglass_trace::span::Span;
use spanglass_trace::views::summary::Digest;

/// Makes something of what comes in.
pub trait Gleaner: Send + Sync {
    /// Begins with the spans of a request.
    fn begin(&self) -> Box<dyn Gleaning>;
}

/// What is made of the spans of one request.
pub trait Gleaning: Send {
    /// Takes a span that was read; its log records are not part of the reading.
    fn span(&mut self, span: &Span, reading: &Reading, digest: &Digest);

    /// Says that all of them are stored and none of them was there before, in their order, numbered from `first` on, and of
    /// traces with numbers below `next_trace`. It is called by the writer and must not wait. What is not stored so is dropped.
    fn stored(self: Box<Self>, first: i64, next_trace: i64);
}
