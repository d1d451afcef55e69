//! One Router for the window (in-process) and for `serve` (loopback, token).
//!
//! It answers from [`crate::query`] and [`crate::live`]; what it must know of the listeners it is given as functions.

mod asked;
mod assets;
mod bounded;
mod copy;
mod error;
mod export;
mod file_body;
pub(crate) mod guard;
mod made_body;
mod metrics;
mod opened;
mod prices;
mod room;
mod running;
mod samples;
mod settings;
mod several;
mod spans;
mod status;
mod test_trace;
mod texts;
mod totals;
mod traces;
pub mod types;
mod views;

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};
use bytes::Bytes;

pub use assets::CONTENT_POLICY;
pub use export::Exporter;
pub(crate) use room::Room;
pub(crate) use running::Running;
pub(crate) use status::Receiving;
pub(crate) use texts::LastText;

use crate::config::Assets;
use crate::live::Live;
use crate::query::Query;
use crate::share::OpenedFiles;

/// Takes in an OTLP/JSON request for traces that this program made, as its receiver would.
pub(crate) type SendTraces =
    Arc<dyn Fn(Bytes) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// What the routes answer from.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) query: Query,
    pub(crate) live: Live,
    pub(crate) data_dir: PathBuf,
    pub(crate) assets: Assets,
    /// Says how the listeners are and what came.
    pub(crate) receiving: Arc<dyn Fn() -> Receiving + Send + Sync>,
    pub(crate) send_traces: SendTraces,
    pub(crate) exports: Running,
    pub(crate) opened: OpenedFiles,
    pub(crate) last_text: LastText,
    pub(crate) room: Room,
}

/// Returns the Router. It knows no hosts, origins or tokens: see [`guard`] for those of a listener.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/api/status", get(status::status))
        .route("/api/changes", get(status::changes))
        .route("/api/prices", get(prices::table).post(prices::keep))
        .route("/api/settings", get(settings::now).post(settings::keep))
        .route("/api/test-trace", post(test_trace::send))
        .route("/api/opened/{id}", delete(opened::stop))
        .route("/api/samples", post(samples::add).delete(samples::remove))
        .route("/api/metrics", get(metrics::metrics))
        .route("/api/totals", get(totals::totals))
        .route("/api/traces", get(traces::list))
        .route("/api/filter/completions", get(traces::complete))
        .route("/api/delete", post(several::delete))
        .route("/api/compare/{first}/{second}", get(several::compare))
        .route("/api/traces/{id}", get(traces::head).delete(traces::delete))
        .route("/api/traces/{id}/reading", get(traces::reading))
        .route("/api/traces/{id}/document", get(traces::document))
        .route("/api/traces/{id}/export", get(export::one))
        .route("/api/export", post(export::several))
        .route("/api/export/preview", post(export::preview))
        .route("/api/export/{name}", get(export::progress).delete(export::stop))
        .route("/api/traces/{id}/copy", get(copy::copy))
        .route("/api/traces/{id}/timeline", post(views::timeline))
        .route("/api/traces/{id}/next-failure", get(traces::next_failure))
        .route("/api/traces/{id}/good-before", get(traces::good_before))
        .route("/api/traces/{id}/conversation", get(views::conversation))
        .route("/api/traces/{id}/conversation/find", get(views::conversation_find))
        .route("/api/traces/{id}/conversation/text", get(views::conversation_text))
        .route("/api/traces/{id}/conversation/json", post(views::conversation_json))
        .route("/api/traces/{id}/streams", get(views::streams))
        .route("/api/traces/{id}/streams/{span}", get(views::stream))
        .route("/api/traces/{id}/tools", get(views::tools))
        .route("/api/traces/{id}/tools/text", get(views::tools_text))
        .route("/api/traces/{id}/tools/json", post(views::tools_json))
        .route("/api/traces/{id}/ledger", get(views::ledger))
        .route("/api/traces/{id}/ledger/sum", get(views::ledger_sum))
        .route("/api/traces/{id}/ledger/chart", get(views::ledger_chart))
        .route("/api/traces/{id}/spans/{span}", get(spans::span))
        .route("/api/traces/{id}/spans/{span}/text", get(spans::text))
        .route("/api/traces/{id}/spans/{span}/json", post(spans::json))
        .route("/api/traces/{id}/spans/{span}/otlp", get(spans::otlp))
        .fallback(assets::file)
        .layer(axum::middleware::map_response(assets::secure))
        .with_state(app)
}
