//! Metrics.

use axum::Json;
use axum::extract::{Query as Parameters, State};

use super::App;
use super::error::Failure;
use super::types::{Metrics, MetricsQuery};

pub(crate) async fn metrics(
    State(app): State<App>,
    parameters: Result<Parameters<MetricsQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Metrics>, Failure> {
    let Parameters(asked) = parameters.map_err(|error| Failure::BadRequest(error.body_text()))?;
    Ok(Json(app.query.metrics(asked).await?))
}
