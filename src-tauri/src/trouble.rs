//! What the window shows when the engine could not start: why, and what to do.

use axum::Router;
use axum::response::Html;
use http::StatusCode;

/// Returns a Router whose every page says the error.
pub(crate) fn router(error: &impl std::fmt::Display) -> Router {
    let page = page(&error.to_string());
    Router::new().fallback(|| async { (StatusCode::SERVICE_UNAVAILABLE, Html(page)) })
}

fn page(sentence: &str) -> String {
    let sentence = sentence.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=color-scheme content=\"dark light\"><title>Spanglass</title>\
         <h1>Spanglass could not open its data</h1><p>{sentence}</p><p>Nothing was deleted. Start it again afterwards.</p>"
    )
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn a_folder_s_name_is_text() {
        assert!(page("<script> & co").contains("&lt;script> &amp; co"));
    }
}
