//! What a person set for the program as a whole: it holds from the next start.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;

use super::App;
use super::error::Failure;
use super::traces::apart;
use super::types::SettingsNow;
use crate::settings::{Settings, keep as keep_settings, load, path};

pub(crate) async fn now(State(app): State<App>) -> Result<Json<SettingsNow>, Failure> {
    apart(move || {
        let file = path(&app.data_dir).display().to_string();
        let (settings, problem) = match load(&app.data_dir) {
            Ok((settings, _)) => (settings, None),
            Err(problem) => (Settings::default(), Some(problem)),
        };
        Ok(Json(SettingsNow { file, settings, problem }))
    })
    .await
}

/// Keeps settings and answers with them.
pub(crate) async fn keep(
    State(app): State<App>,
    asked: Result<Json<Settings>, JsonRejection>,
) -> Result<Json<SettingsNow>, Failure> {
    let Json(asked) = asked.map_err(|error| Failure::BadRequest(error.body_text()))?;
    let data_dir = app.data_dir.clone();
    apart(move || Ok(keep_settings(&data_dir, &asked))).await??;
    now(State(app)).await
}
