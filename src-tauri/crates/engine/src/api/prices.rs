//! What tokens cost: the table, and the user's own entries.

use axum::Json;
use axum::extract::State;

use super::App;
use super::asked::Sent;
use super::error::Failure;
use super::types::{KeepPrices, PriceTable};

pub(crate) async fn table(State(app): State<App>) -> Result<Json<PriceTable>, Failure> {
    let now = app.query.prices().await?;
    Ok(Json(PriceTable {
        as_of: now.prices.as_of.clone(),
        read_from: now.prices.read_from.clone(),
        sources: now.prices.sources.clone(),
        prices: now.prices.prices.clone(),
        file: app.query.prices_file().display().to_string(),
        own: now.own.clone(),
        problem: now.problem.clone(),
    }))
}

/// Keeps the user's own prices and answers with the table as it is then.
pub(crate) async fn keep(State(app): State<App>, Sent(asked): Sent<KeepPrices>) -> Result<Json<PriceTable>, Failure> {
    app.query.keep_prices(asked.own, asked.instead_of).await??;
    table(State(app)).await
}
