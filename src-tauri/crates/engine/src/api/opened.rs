//! The files that the window was asked to open.

use axum::extract::{Path, State};
use http::StatusCode;

use super::App;
use super::error::Failure;
use super::traces::parse;

/// Stops the reading of a file, if it is not over.
pub(crate) async fn stop(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    app.opened.stop(parse(&id)?);
    Ok(StatusCode::NO_CONTENT)
}
