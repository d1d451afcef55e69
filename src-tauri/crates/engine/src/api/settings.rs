//! What a person set for the program as a whole: it holds from the next start.

use axum::Json;
use axum::extract::State;

use super::App;
use super::asked::Sent;
use super::error::Failure;
use super::traces::apart;
use super::types::SettingsNow;
use crate::settings::{Settings, keep as keep_settings, load, path, read};

pub(crate) async fn now(State(app): State<App>) -> Result<Json<SettingsNow>, Failure> {
    apart(move || {
        let file = path(&app.data_dir).display().to_string();
        let problem = load(&app.data_dir).err();
        Ok(Json(SettingsNow { file, settings: read(&app.data_dir).unwrap_or_default(), problem }))
    })
    .await
}

/// Keeps settings and answers with them.
pub(crate) async fn keep(State(app): State<App>, Sent(asked): Sent<Settings>) -> Result<Json<SettingsNow>, Failure> {
    let data_dir = app.data_dir.clone();
    apart(move || Ok(keep_settings(&data_dir, &asked))).await??;
    now(State(app)).await
}
