//! What is wrong with a request, in MLflow's words.

use http::StatusCode;

use super::super::answer::{Refusal, Why};

/// The code of what is not here.
const ABSENT: &str = "RESOURCE_DOES_NOT_EXIST";

/// A request that is not answered. Clients tell failures apart by their code.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    /// For a person: what is wrong, and what to do about it.
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_PARAMETER_VALUE", message)
    }

    pub(super) fn absent(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, ABSENT, message)
    }

    /// Says whether it is only that what was asked for is not here.
    pub(super) fn is_absence(&self) -> bool {
        self.code == ABSENT
    }

    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "TEMPORARILY_UNAVAILABLE", message)
    }

    /// A part of MLflow that is not here.
    pub(super) fn not_ours(path: &str) -> Self {
        let message = format!(
            "{path}: this part of MLflow is not part of Spanglass, which is a viewer of traces; here are experiments, traces, their \
             tags and assessments, and what an evaluation logs in a run"
        );
        Self::new(StatusCode::NOT_FOUND, "ENDPOINT_NOT_FOUND", message)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal.why {
            Why::Malformed | Why::Unsupported | Why::WrongMethod => "INVALID_PARAMETER_VALUE",
            Why::TooLarge => "REQUEST_LIMIT_EXCEEDED",
            Why::Forbidden => "PERMISSION_DENIED",
            Why::Unauthenticated => "UNAUTHENTICATED",
            Why::NotFound => "ENDPOINT_NOT_FOUND",
            Why::TooSlow | Why::Unavailable { .. } => "TEMPORARILY_UNAVAILABLE",
            Why::Internal => "INTERNAL_ERROR",
        };
        Self::new(refusal.why.http(), code, refusal.message)
    }
}
