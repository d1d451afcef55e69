//! OTLP JSON requests.

use std::sync::Arc;

use bytes::Bytes;

use super::{Budget, DecodeError, Received};
use crate::span::{LogRecord, Resource, Scope, Span};

fn not_read() -> DecodeError {
    DecodeError::Malformed { place: "byte 0".to_owned(), reason: "OTLP JSON is not read".to_owned() }
}

/// Decodes a traces request.
pub fn traces(_body: &Bytes, _budget: Budget) -> Result<Received, DecodeError> {
    Err(not_read())
}

/// Decodes a logs request.
pub fn logs(_body: &Bytes, _budget: Budget) -> Result<Received, DecodeError> {
    Err(not_read())
}

/// Counts the data points of a metrics request.
pub fn metrics(_body: &Bytes, _budget: Budget) -> Result<Received, DecodeError> {
    Err(not_read())
}

pub(super) fn span(_: &[u8], _: &Arc<Resource>, _: &Arc<Scope>, _: u32) -> Result<Span, String> {
    Err(not_read().to_string())
}

pub(super) fn log(_: &[u8], _: &Arc<Resource>, _: &Arc<Scope>, _: u32) -> Result<LogRecord, String> {
    Err(not_read().to_string())
}

pub(super) fn resource(_: &[u8], _: u32) -> Resource {
    Resource::default()
}

pub(super) fn scope(_: &[u8], _: u32) -> Scope {
    Scope::default()
}
