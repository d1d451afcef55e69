//! Notices log records and metrics sent to where traces are taken, and the other way round.
//!
//! The three requests share their outer field numbers, so one decodes as the other with items that make no sense.

use super::super::DecodeError;
use super::super::wire::{Fields, Wire};

/// What rejected items turned out to be.
#[derive(Debug, Default)]
pub(super) struct Watch {
    logs: u64,
    metrics: u64,
    spans: u64,
}

impl Watch {
    /// Looks at what was to be a span and is none.
    pub(super) fn look_at_span(&mut self, raw: &[u8]) {
        // LogRecord: 1 time and 11 observed time (fixed64), 2 severity (varint), 6 attributes (messages), 8 flags (fixed32).
        // Of a span these are 1 and 2 ids, 6 its kind, 8 its end, 11 events.
        let log = any(raw, |number, value| {
            matches!(
                (number, value),
                (1 | 11, Wire::Fixed64(_)) | (2, Wire::Varint(_)) | (6, Wire::Bytes(_)) | (8, Wire::Fixed32(_))
            )
        });
        // Metric: 1 name (text), 7 sum and 10 exponential histogram (messages), 5 gauge, 9 histogram, 11 summary; never a time.
        let metric = any(raw, |number, value| matches!((number, value), (5 | 7 | 9..=11, Wire::Bytes(_))))
            && !any(raw, |number, value| {
                matches!((number, value), (7 | 8, Wire::Fixed64(_)) | (4 | 6 | 13..=16, _))
                    || matches!((number, value), (1, Wire::Bytes(id)) if std::str::from_utf8(id).is_err())
            });
        if log {
            self.logs += 1;
        } else if metric {
            self.metrics += 1;
        }
    }

    /// Looks at what was to be a log record and is none.
    pub(super) fn look_at_log(&mut self, raw: &[u8]) {
        if any(raw, |number, value| matches!((number, value), (1, Wire::Bytes(id)) if id.len() == 16)) {
            self.spans += 1;
        }
    }

    /// Fails when all `rejected` items, and there are some, are of another kind.
    pub(super) fn verdict(&self, rejected: u64) -> Result<(), DecodeError> {
        let (what, path) = match rejected {
            0 => return Ok(()),
            all if self.logs == all => ("a logs export", "/v1/logs"),
            all if self.metrics == all => ("a metrics export", "/v1/metrics"),
            all if self.spans == all => ("a traces export", "/v1/traces"),
            _ => return Ok(()),
        };
        Err(super::super::mistaken_request(what, path))
    }
}

fn any(raw: &[u8], test: impl Fn(u32, &Wire<'_>) -> bool) -> bool {
    Fields::of(raw).map_while(Result::ok).any(|field| test(field.number, &field.value))
}
