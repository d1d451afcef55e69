//! What a request asks with: its query string, or its body as JSON. What cannot be read is a bad request, said in a sentence.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::Failure;

/// The query string.
pub(super) struct Asked<T>(pub(super) T);

/// The body.
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let asked = Query::from_request_parts(parts, state).await;
        asked.map(|Query(asked)| Self(asked)).map_err(|error| Failure::BadRequest(error.body_text()))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let sent = Json::from_request(request, state).await;
        sent.map(|Json(sent)| Self(sent)).map_err(|error| Failure::BadRequest(error.body_text()))
    }
}
