//! What log records that name a trace and none of its spans tell of it.

use super::{langfuse_media, langfuse_scores, mlflow_run, mlflow_trace};
use crate::reading::{Reading, TraceFacts};
use crate::span::LogRecord;

/// Reads facts about a whole trace; `logs` are its records that name no span, in order.
pub(super) fn facts(logs: &[LogRecord]) -> TraceFacts {
    let mut facts = TraceFacts::default();
    mlflow_trace::read(logs, &mut facts);
    mlflow_run::read(logs, &mut facts);
    langfuse_scores::read_of_trace(logs, &mut facts);
    facts
}

/// Puts what a sender cut out of a span's messages and sent on its own back into them.
pub(super) fn complete(reading: &mut Reading, logs: &[LogRecord]) {
    mlflow_trace::attach(reading, logs);
    langfuse_media::attach(reading, logs);
}
