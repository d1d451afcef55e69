//! Totals of many traces.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use spanglass_trace::views::totals::{TotalsBy, TotalsOrder};

use super::App;
use super::asked::Asked;
use super::error::Failure;
use super::types::TotalsNow;
use crate::query::{Filter, TotalsWanted};

/// How many totals are answered with when nobody says.
const ROWS: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TotalsQuery {
    by: TotalsBy,
    order: Option<TotalsOrder>,
    limit: Option<usize>,
    filter: String,
}

pub(crate) async fn totals(
    State(app): State<App>,
    Asked(asked): Asked<TotalsQuery>,
) -> Result<Json<TotalsNow>, Failure> {
    let TotalsQuery { by, order, limit, .. } = asked;
    let wanted = TotalsWanted { by, order: order.unwrap_or(by.order()), limit: limit.unwrap_or(ROWS) };
    let filter: Filter = asked.filter.parse()?;
    Ok(Json(app.query.totals(wanted, &filter).await?))
}
