//! The whole of a text that stands cut in an answer: at once, some lines of it, or rows of the tree that it is when it is JSON.

use std::sync::{Arc, Mutex, PoisonError};

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use spanglass_trace::json::outline::Outline;
use spanglass_trace::views::json_tree::{self, JsonTreeWindow};
use spanglass_trace::views::lines::pieces;

use super::App;
use super::bounded::text_at;
use super::error::Failure;
use super::traces::{answer, apart, unwritable};
use super::types::{JsonTree, JsonTreeQuery, TextLines};

/// A line over this many bytes is several.
const LONGEST_LINE: usize = 400;

/// The most lines of one answer.
const LINES_LIMIT: u32 = 2_000;

/// The most places of a tree that may be open.
const OPEN_LIMIT: usize = 10_000;

/// Which text of an answer.
#[derive(Debug, Deserialize)]
pub(crate) struct TextQuery {
    /// Left out = all of the answer.
    #[serde(default)]
    pointer: String,
    /// The row of a transcript or of tools that the pointer leads into.
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
pub(crate) struct LastText {
    placed: Arc<Mutex<Placed>>,
    /// Held while a tree is made: whoever asks for one that is being made waits for it.
    making: Arc<Mutex<()>>,
}

/// A text and which it is.
#[derive(Default)]
struct Placed {
    place: String,
    text: Option<Arc<str>>,
    /// `Some(None)` = it is no JSON.
    outline: Option<Option<Arc<Outline>>>,
}

impl LastText {
    fn get(&self, place: &str) -> Option<Arc<str>> {
        let last = self.placed.lock().unwrap_or_else(PoisonError::into_inner);
        last.text.clone().filter(|_| last.place == place)
    }

    fn put(&self, place: &str, text: &Arc<str>) {
        let (place, text) = (place.to_owned(), Some(Arc::clone(text)));
        *self.placed.lock().unwrap_or_else(PoisonError::into_inner) = Placed { place, text, outline: None };
    }

    /// Returns the outline of the text at a place, made when it is not known; `None` when it is no JSON.
    fn outline(&self, place: &str, text: &Arc<str>) -> Option<Arc<Outline>> {
        let known = || {
            let last = self.placed.lock().unwrap_or_else(PoisonError::into_inner);
            last.outline.clone().filter(|_| last.place == place)
        };
        if let Some(outline) = known() {
            return outline;
        }
        let outline = Outline::of(Arc::clone(text)).map(Arc::new);
        let mut last = self.placed.lock().unwrap_or_else(PoisonError::into_inner);
        if last.place == place {
            last.outline = Some(outline.clone());
        }
        outline
    }
}

/// An answer that [`super::bounded::bound`] cuts.
pub(super) struct Cut<M> {
    /// Names it and its version.
    pub(super) place: String,
    /// Of how many bytes it is made, as they were sent.
    pub(super) bytes: u64,
    /// Makes it anew.
    pub(super) make: M,
}

/// A text of an answer, and how it is found.
struct Wanted<M> {
    last: LastText,
    place: String,
    pointer: String,
    make: M,
}

impl<T: Serialize, M: FnOnce() -> Result<T, Failure>> Wanted<M> {
    fn new(app: &App, Cut { place, make, .. }: Cut<M>, pointer: String) -> Self {
        Self { last: app.last_text.clone(), place: format!("{place} {pointer}"), pointer, make }
    }

    /// Returns the text as the tree that it is; `None` when it is no JSON.
    fn outline(self) -> Result<Option<Arc<Outline>>, Failure> {
        let (last, place) = (self.last.clone(), self.place.clone());
        let _making = last.making.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(last.outline(&place, &self.find()?))
    }

    fn find(self) -> Result<Arc<str>, Failure> {
        let Self { last, place, pointer, make } = self;
        if let Some(text) = last.get(&place) {
            return Ok(text);
        }
        let text = text_at(&make()?, &pointer).map_err(unwritable)?;
        let absent = || Failure::NotFound(format!("no text is at {pointer:?}; the trace may have grown"));
        let text: Arc<str> = text.ok_or_else(absent)?.into();
        last.put(&place, &text);
        Ok(text)
    }
}

/// Answers with one whole text of an answer, or with lines of it.
pub(super) async fn text<T: Serialize>(
    app: &App,
    cut: Cut<impl FnOnce() -> Result<T, Failure> + Send + 'static>,
    TextQuery { pointer, line, lines, .. }: TextQuery,
) -> Result<Response, Failure> {
    let bytes = cut.bytes;
    let wanted = Wanted::new(app, cut, pointer);
    match line {
        Some(from) => {
            let room = app.room.making(bytes).await;
            answer(room.during(move || Ok(lines_of(&wanted.find()?, from, lines.min(LINES_LIMIT))))).await
        }
        None => {
            let kept = app.room.sending(bytes).await;
            let room = app.room.making(bytes).await;
            let text = kept.with(Shared(apart(room.during(|| wanted.find())).await?));
            Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
        }
    }
}

/// A text that several answers are.
struct Shared(Arc<str>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Answers with rows of the tree that one whole text of an answer is; null when it is no JSON.
pub(super) async fn tree<T: Serialize>(
    app: &App,
    cut: Cut<impl FnOnce() -> Result<T, Failure> + Send + 'static>,
    asked: JsonTreeQuery,
) -> Result<Response, Failure> {
    if asked.open.as_ref().is_some_and(|open| open.len() > OPEN_LIMIT) {
        return Err(Failure::BadRequest(format!("name at most {OPEN_LIMIT} open places")));
    }
    let room = app.room.making(cut.bytes).await;
    let wanted = Wanted::new(app, cut, asked.pointer);
    answer(room.during(move || {
        let Some(outline) = wanted.outline()? else { return Ok(None) };
        let no_place = || Failure::NotFound("this JSON has no such place; the trace may have grown".into());
        let (rows, find) = (asked.rows, asked.find.filter(|words| !words.is_empty()));
        let window = JsonTreeWindow { from: asked.from, rows, open: asked.open, reveal: asked.reveal };
        Ok(Some(JsonTree {
            window: json_tree::rows(&outline, &window),
            hits: find.map(|words| json_tree::find(&outline, &words)),
            value: asked.value.map(|place| json_tree::value_at(&outline, &place).ok_or_else(no_place)).transpose()?,
        }))
    }))
    .await
}

/// Makes the tree of one whole text of an answer before it is asked for.
pub(super) fn outline_ahead<T: Serialize>(
    app: &App,
    cut: Cut<impl FnOnce() -> Result<T, Failure> + Send + 'static>,
    pointer: String,
) {
    let (making, bytes) = (app.room.clone(), cut.bytes);
    let wanted = Wanted::new(app, cut, pointer);
    tokio::spawn(async move {
        let room = making.making(bytes).await;
        // What fails here is said to whoever asks for it.
        let _ = apart(room.during(|| wanted.outline())).await;
    });
}

fn lines_of(text: &str, from: u32, count: u32) -> TextLines {
    let mut lines = Vec::new();
    let mut total = 0;
    for piece in pieces(text, LONGEST_LINE) {
        if total >= from && total - from < count {
            lines.push(piece.to_owned());
        }
        total += 1;
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
