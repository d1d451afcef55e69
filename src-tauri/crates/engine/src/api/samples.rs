//! Sample traces: taken in by the same door as real ones, and taken out again.

use axum::Json;
use axum::extract::State;
use http::StatusCode;

use super::App;
use super::error::Failure;
use super::types::Created;
use crate::share::samples;

/// Adds the samples that are not there; answers with the one to look at first.
pub(crate) async fn add(State(app): State<App>) -> Result<Json<Created>, Failure> {
    let samples = samples();
    let first = samples.last().map(|sample| sample.trace_id.to_string()).unwrap_or_default();
    for sample in samples {
        if app.query.row(sample.trace_id).await?.is_some() {
            continue;
        }
        for (request, _) in sample.requests {
            (app.send_traces)(request).await.map_err(Failure::Unavailable)?;
        }
    }
    Ok(Json(Created { trace_id: first }))
}

/// Deletes the samples.
pub(crate) async fn remove(State(app): State<App>) -> Result<StatusCode, Failure> {
    let trace_ids: Vec<_> = samples().iter().map(|sample| sample.trace_id).collect();
    app.query.delete(&trace_ids).await?;
    Ok(StatusCode::NO_CONTENT)
}
