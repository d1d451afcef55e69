//! What is answered: the result of taking a request in, as OTLP wants it said over HTTP and gRPC.
//!
//! Sources: opentelemetry-proto `docs/specification.md` (responses, partial success, throttling) and google/rpc/code.proto.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use prost::Message;
use serde_json::json;
use spanglass_trace::decode::Encoding;

use crate::otlp_answer::{Any, Delay, ExportResponse, PartialSuccess, RETRY_INFO, RetryInfo, Status, rejected_field};
pub(crate) use crate::signal::Signal;

/// What became of a request that was taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// How many of its items were stored.
    pub(crate) kept: usize,
    /// How many of its items were left out.
    pub(crate) rejected: u64,
    /// What was wrong with it, if anything was; at most a few kilobytes.
    pub(crate) message: String,
}

/// Why a request was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) why: Why,
    /// For a person: what is wrong, and what to do about it.
    pub(crate) message: String,
}

/// Kinds of refusal, each with its HTTP and its gRPC status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It can never be read.
    Malformed,
    /// It is larger than anything taken in.
    TooLarge,
    /// It came too slowly.
    TooSlow,
    /// Its media type or compression is not one of ours.
    Unsupported,
    /// It may not be asked from there.
    Forbidden,
    /// Whoever asked did not say the token.
    Unauthenticated,
    /// Nothing is there.
    NotFound,
    /// Something is there, for another method.
    WrongMethod,
    /// Not now: sending again in so many seconds can help.
    Unavailable { retry_after_s: u32 },
    /// A bug of ours.
    Internal,
}

impl Refusal {
    pub(crate) fn new(why: Why, message: impl Into<String>) -> Self {
        Self { why, message: message.into() }
    }
}

impl Why {
    pub(crate) fn http(self) -> http::StatusCode {
        use http::StatusCode as S;
        match self {
            Self::Malformed => S::BAD_REQUEST,
            Self::TooLarge => S::PAYLOAD_TOO_LARGE,
            Self::TooSlow => S::REQUEST_TIMEOUT,
            Self::Unsupported => S::UNSUPPORTED_MEDIA_TYPE,
            Self::Forbidden => S::FORBIDDEN,
            Self::Unauthenticated => S::UNAUTHORIZED,
            Self::NotFound => S::NOT_FOUND,
            Self::WrongMethod => S::METHOD_NOT_ALLOWED,
            Self::Unavailable { .. } => S::SERVICE_UNAVAILABLE,
            Self::Internal => S::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the code of google/rpc/code.proto and its name.
    pub(crate) fn grpc(self) -> (i32, &'static str) {
        match self {
            Self::Malformed => (3, "INVALID_ARGUMENT"),
            Self::TooLarge => (8, "RESOURCE_EXHAUSTED"),
            Self::TooSlow => (4, "DEADLINE_EXCEEDED"),
            Self::Forbidden => (7, "PERMISSION_DENIED"),
            Self::Unauthenticated => (16, "UNAUTHENTICATED"),
            Self::NotFound | Self::Unsupported | Self::WrongMethod => (12, "UNIMPLEMENTED"),
            Self::Unavailable { .. } => (14, "UNAVAILABLE"),
            Self::Internal => (13, "INTERNAL"),
        }
    }
}

impl Refusal {
    fn retry_after_s(&self) -> Option<u32> {
        match self.why {
            Why::Unavailable { retry_after_s } => Some(retry_after_s),
            _ => None,
        }
    }

    fn status(&self) -> Status {
        let details = self.retry_after_s().map(|seconds| {
            let info = RetryInfo { retry_delay: Some(Delay { seconds: seconds.into() }) };
            Any { type_url: RETRY_INFO.into(), value: info.encode_to_vec().into() }
        });
        Status { code: self.why.grpc().0, message: self.message.clone(), details: details.into_iter().collect() }
    }

    /// Returns the `google.rpc.Status` in the request's encoding.
    pub(crate) fn encode(&self, encoding: Encoding) -> Bytes {
        match encoding {
            Encoding::Protobuf => self.status().encode_to_vec().into(),
            Encoding::Json => {
                let mut status = json!({"code": self.why.grpc().0, "message": self.message});
                if let Some(seconds) = self.retry_after_s() {
                    status["details"] = json!([{"@type": RETRY_INFO, "retryDelay": format!("{seconds}s")}]);
                }
                status.to_string().into()
            }
        }
    }

    /// Returns the value of the trailer `grpc-status-details-bin` when there is more to say than code and message.
    pub(crate) fn grpc_details(&self) -> Option<String> {
        self.retry_after_s().map(|_| STANDARD_NO_PAD.encode(self.status().encode_to_vec()))
    }
}

impl Accepted {
    /// Returns the `Export*ServiceResponse` in the request's encoding; empty but for what was wrong.
    pub(crate) fn encode(&self, signal: Signal, encoding: Encoding) -> Bytes {
        let complete = self.rejected == 0 && self.message.is_empty();
        match encoding {
            Encoding::Protobuf => {
                let rejected = i64::try_from(self.rejected).unwrap_or(i64::MAX);
                let partial = PartialSuccess { rejected, error_message: self.message.clone() };
                ExportResponse { partial_success: (!complete).then_some(partial) }.encode_to_vec().into()
            }
            Encoding::Json if complete => Bytes::from_static(b"{}"),
            Encoding::Json => {
                let mut partial = serde_json::Map::new();
                if self.rejected > 0 {
                    partial.insert(rejected_field(signal).into(), self.rejected.to_string().into());
                }
                partial.insert("errorMessage".into(), self.message.clone().into());
                json!({"partialSuccess": partial}).to_string().into()
            }
        }
    }
}
