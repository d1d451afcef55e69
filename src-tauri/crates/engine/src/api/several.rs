//! What is done with several traces at once: compare two, or delete a selection.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use spanglass_trace::span::TraceId;
use spanglass_trace::views;

use super::App;
use super::asked::Sent;
use super::error::Failure;
use super::traces::{answer, open, parse};
use super::types::{Deleted, TraceIds};

/// The most traces of one request.
const MOST: usize = 10_000;

/// Compares two traces.
pub(crate) async fn compare(
    State(app): State<App>,
    Path((first, second)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (a, b) = (open(&app, &first).await?, open(&app, &second).await?);
    let room = app.room.making(a.bytes + b.bytes).await;
    answer(room.during(move || Ok(views::compare::compare(&a.trace, a.row.clone(), &b.trace, b.row.clone())))).await
}

/// Deletes traces; those that are not there are left out of the count.
pub(crate) async fn delete(
    State(app): State<App>,
    Sent(TraceIds { trace_ids }): Sent<TraceIds>,
) -> Result<Json<Deleted>, Failure> {
    let traces = app.query.delete(&ids(&trace_ids)?).await?;
    Ok(Json(Deleted { traces }))
}

fn ids(trace_ids: &[String]) -> Result<Vec<TraceId>, Failure> {
    if trace_ids.len() > MOST {
        return Err(Failure::BadRequest(format!(
            "{} traces are too many at once; name at most {MOST}",
            trace_ids.len()
        )));
    }
    trace_ids.iter().map(|id| parse(id)).collect()
}
