//! The whole of a text that stands cut in an answer: at once, or some lines of it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Query as Parameters;
use axum::extract::rejection::QueryRejection;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};

use super::App;
use super::bounded::text_at;
use super::error::Failure;
use super::traces::{answer, apart};
use super::types::TextLines;
use super::views::unwritable;

/// A line over this many bytes is several.
const LONGEST_LINE: usize = 400;

/// The most lines of one answer.
const LINES_LIMIT: u32 = 2_000;

/// Which text of an answer.
#[derive(Debug, Deserialize)]
pub(crate) struct TextQuery {
    pointer: String,
    /// The row of a transcript that the pointer leads into.
    #[serde(default)]
    pub(super) row: Option<String>,
    /// The first line, from 0; left out = the whole text is asked for.
    #[serde(default)]
    line: Option<u32>,
    /// How many lines, at most 2,000.
    #[serde(default)]
    lines: u32,
}

/// The text that was asked for last: whoever scrolls through one asks for many pieces of it.
#[derive(Clone, Default)]
pub(crate) struct LastText(Arc<Mutex<Placed>>);

/// A text and which it is.
#[derive(Default)]
struct Placed {
    place: String,
    text: Option<Arc<str>>,
}

impl LastText {
    fn get(&self, place: &str) -> Option<Arc<str>> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.text.clone().filter(|_| last.place == place)
    }

    fn put(&self, place: String, text: &Arc<str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Placed { place, text: Some(Arc::clone(text)) };
    }
}

/// Answers with one whole text of what [`super::views::bounded`] answers, or with lines of it. `place` names that answer and its
/// version.
pub(super) async fn text<T: Serialize>(
    app: &App,
    place: String,
    asked: Result<Parameters<TextQuery>, QueryRejection>,
    make: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<Response, Failure> {
    let Parameters(TextQuery { pointer, line, lines, .. }) =
        asked.map_err(|error| Failure::BadRequest(error.body_text()))?;
    let (last, place) = (app.last_text.clone(), format!("{place} {pointer}"));
    let find = move || -> Result<Arc<str>, Failure> {
        if let Some(text) = last.get(&place) {
            return Ok(text);
        }
        let text = text_at(&make()?, &pointer).map_err(unwritable)?;
        let absent = || Failure::NotFound(format!("no text is at {pointer:?}; the trace may have grown"));
        let text: Arc<str> = text.ok_or_else(absent)?.into();
        last.put(place, &text);
        Ok(text)
    };
    match line {
        Some(from) => answer(move || Ok(lines_of(&find()?, from, lines.min(LINES_LIMIT)))).await,
        None => {
            let text = apart(move || Ok(find()?.to_string())).await?;
            Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
        }
    }
}

fn lines_of(text: &str, from: u32, count: u32) -> TextLines {
    let mut lines = Vec::new();
    let mut total = 0;
    for line in text.split('\n') {
        let mut rest = line;
        loop {
            let (piece, after) = match rest.len() <= LONGEST_LINE {
                true => (rest, ""),
                false => rest.split_at(rest.floor_char_boundary(LONGEST_LINE)),
            };
            if total >= from && total - from < count {
                lines.push(piece.to_owned());
            }
            total += 1;
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
    }
    TextLines { from, lines, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_answered_line_by_line_and_nothing_of_it_is_lost() {
        let long = "ä".repeat(1_000);
        let text = format!("first\n\n{long}\nlast\n");
        let all = lines_of(&text, 0, 100);
        assert_eq!((all.total, all.lines.len()), (9, 9));
        assert_eq!(all.lines[2..7].concat(), long);
        assert_eq!(all.lines[7..], ["last".to_owned(), String::new()]);
        let some = lines_of(&text, 6, 2);
        assert_eq!((some.from, some.total, &some.lines[..]), (6, 9, &all.lines[6..8]));
        assert_eq!(lines_of(&text, 50, 2).lines.len(), 0);
        assert_eq!(lines_of("", 0, 5).lines, [""]);
    }
}
