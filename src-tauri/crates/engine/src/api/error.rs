//! Errors as they are answered: a code for the program, a sentence for the person.

use std::fmt;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::types::ApiError;
use crate::own_file::KeepError;
use crate::query::{FilterError, QueryError};
use crate::share::ExportError;

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing has that id.
    NotFound(String),
    /// The question makes no sense.
    BadRequest(String),
    /// The filter makes no sense.
    BadFilter(FilterError),
    /// The asker may not ask.
    Forbidden(String),
    /// Not now.
    Unavailable(String),
    /// A bug of ours.
    Internal(String),
}

impl Failure {
    pub(crate) fn no_trace() -> Self {
        Self::NotFound("there is no such trace; it may have been deleted".into())
    }

    pub(crate) fn no_span() -> Self {
        Self::NotFound("there is no such span in this trace".into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadFilter(wrong) => write!(f, "{wrong}"),
            Self::NotFound(message)
            | Self::BadRequest(message)
            | Self::Forbidden(message)
            | Self::Unavailable(message)
            | Self::Internal(message) => f.write_str(message),
        }
    }
}

impl From<KeepError> for Failure {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Refused(message) => Self::BadRequest(message),
            KeepError::Io { .. } => Self::Unavailable(error.to_string()),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let place = match &self {
            Self::BadFilter(wrong) => Some([wrong.from as u32, wrong.to as u32]),
            _ => None,
        };
        let (status, code, message) = match self {
            Self::NotFound(message) => (StatusCode::NOT_FOUND, "not_found", message),
            Self::BadRequest(message) => (StatusCode::BAD_REQUEST, "bad_request", message),
            Self::BadFilter(wrong) => (StatusCode::BAD_REQUEST, "bad_request", wrong.to_string()),
            Self::Forbidden(message) => (StatusCode::FORBIDDEN, "forbidden", message),
            Self::Unavailable(message) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", message),
            Self::Internal(message) => (StatusCode::INTERNAL_SERVER_ERROR, "internal", message),
        };
        (status, Json(ApiError { code: code.into(), message, place })).into_response()
    }
}

impl From<FilterError> for Failure {
    fn from(wrong: FilterError) -> Self {
        Self::BadFilter(wrong)
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::BadCursor => Self::BadRequest(error.to_string()),
            QueryError::Unavailable { reason } => Self::Unavailable(reason),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::TooLarge { .. } => Self::BadRequest(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
