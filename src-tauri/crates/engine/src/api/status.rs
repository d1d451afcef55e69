//! How the program is, and what changes.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query as Parameters, State};
use serde::Deserialize;

use super::App;
use super::error::Failure;
use super::types::{Changes, Endpoint, Forwarding, Received, Refusal, Status};

/// The longest wait for a change: shorter than what proxies and browsers bear.
const LONGEST_WAIT_MS: u64 = 25_000;

/// How the listeners are and what came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Receiving {
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) received: Received,
    /// Newest first.
    pub(crate) refusals: Vec<Refusal>,
    /// What is wrong with the store.
    pub(crate) problem: Option<String>,
    pub(crate) forwarding: Option<Forwarding>,
    pub(crate) token_file: Option<std::path::PathBuf>,
}

pub(crate) async fn status(State(app): State<App>) -> Json<Status> {
    let Receiving { endpoints, received, refusals, problem, forwarding, token_file } = (app.receiving)();
    let stats = app.query.stats().await;
    let problem = problem.or_else(|| stats.as_ref().err().map(ToString::to_string));
    let stats = stats.unwrap_or_default();
    Json(Status {
        version: env!("CARGO_PKG_VERSION").into(),
        data_dir: app.data_dir.display().to_string(),
        endpoints,
        traces: stats.traces,
        spans: stats.spans,
        stored_bytes: stats.stored_bytes,
        aside_bytes: stats.aside_bytes,
        unindexed_spans: stats.unindexed_spans,
        received,
        refusals,
        opened: app.opened.list(),
        problem,
        read_only: !app.query.is_writable(),
        forwarding,
        token_file: token_file.map(|file| file.display().to_string()),
        reading_again: app.query.reading_again(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChangesQuery {
    since: u64,
    wait_ms: u64,
}

pub(crate) async fn changes(
    State(app): State<App>,
    parameters: Result<Parameters<ChangesQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Changes>, Failure> {
    let Parameters(asked) = parameters.map_err(|error| Failure::BadRequest(error.body_text()))?;
    let wait = Duration::from_millis(asked.wait_ms.min(LONGEST_WAIT_MS));
    Ok(Json(app.live.changes(asked.since, wait).await))
}
