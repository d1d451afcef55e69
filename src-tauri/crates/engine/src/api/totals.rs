//! Totals of many traces.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query as Parameters, State};
use serde::Deserialize;

use super::App;
use super::error::Failure;
use super::types::TotalsNow;
use crate::query::{Filter, TotalsWanted};

/// How many totals are answered with when nobody says.
const ROWS: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TotalsQuery {
    by: Option<String>,
    order: Option<String>,
    limit: Option<usize>,
    filter: String,
}

pub(crate) async fn totals(
    State(app): State<App>,
    parameters: Result<Parameters<TotalsQuery>, QueryRejection>,
) -> Result<Json<TotalsNow>, Failure> {
    let Parameters(asked) = parameters.map_err(|error| Failure::BadRequest(error.body_text()))?;
    let wrong = |name: &'static str| move |error| Failure::BadRequest(format!("`{name}`: {error}"));
    let wanted = TotalsWanted {
        by: asked.by.as_deref().map(str::parse).transpose().map_err(wrong("by"))?.unwrap_or_default(),
        order: asked.order.as_deref().map(str::parse).transpose().map_err(wrong("order"))?.unwrap_or_default(),
        limit: asked.limit.unwrap_or(ROWS),
    };
    let filter: Filter = asked.filter.parse()?;
    Ok(Json(app.query.totals(wanted, &filter).await?))
}
