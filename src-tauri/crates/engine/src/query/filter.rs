//! What `--filter` and the search box say: words and `key:value` pairs, all of which must hold.

use std::str::FromStr;

use spanglass_trace::views::summary::{TraceRow, TraceStatus};

/// A filter over the trace list; the empty one lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    key: Key,
    /// In lower case.
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Any,
    Name,
    Service,
    Model,
    Status,
    Session,
    User,
    Tag,
    Experiment,
    Score,
}

/// Says what is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A key nobody knows.
    #[error(
        "`{key}:` is not a key; there are name, service, model, status, session, user, tag, experiment and score (quote the word to search for it as text)"
    )]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// A status nobody knows.
    #[error("`status:{value}` is not a status; there are ok, error, unset and running")]
    UnknownStatus {
        /// The value.
        value: String,
    },
    /// A quotation mark without its other half.
    #[error("a quotation mark is not closed")]
    OpenQuote,
}

impl FromStr for Filter {
    type Err = FilterError;

    /// Reads words separated by blanks; `"…"` keeps blanks and colons within a word.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        let words = split(text)?;
        Ok(Self { terms: words.iter().map(Word::read).collect::<Result<_, _>>()? })
    }
}

impl Filter {
    /// Says whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Says whether a trace is let through. Case does not matter, and a part of a name suffices.
    pub fn lets_through(&self, row: &TraceRow) -> bool {
        self.terms.iter().all(|term| term.holds(row))
    }
}

/// A word and where its key ends, if it has one outside quotation marks.
struct Word {
    text: String,
    key_end: Option<usize>,
}

fn split(text: &str) -> Result<Vec<Word>, FilterError> {
    let mut words = Vec::new();
    let mut word = Word { text: String::new(), key_end: None };
    let (mut quoted, mut begun) = (false, false);
    for c in text.chars() {
        match c {
            '"' => (quoted, begun) = (!quoted, true),
            c if c.is_whitespace() && !quoted => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::replace(&mut word, Word { text: String::new(), key_end: None }));
                }
            }
            c => {
                if c == ':' && !quoted && word.key_end.is_none() && !word.text.is_empty() {
                    word.key_end = Some(word.text.len());
                }
                word.text.push(c);
                begun = true;
            }
        }
    }
    if quoted {
        return Err(FilterError::OpenQuote);
    }
    if begun {
        words.push(word);
    }
    Ok(words)
}

impl Word {
    fn read(&self) -> Result<Term, FilterError> {
        let Some(end) = self.key_end else {
            return Ok(Term { key: Key::Any, value: self.text.to_lowercase() });
        };
        let value = self.text[end + 1..].to_lowercase();
        let key = match self.text[..end].to_lowercase().as_str() {
            "name" => Key::Name,
            "service" => Key::Service,
            "model" => Key::Model,
            "status" => Key::Status,
            "session" => Key::Session,
            "user" => Key::User,
            "tag" => Key::Tag,
            "experiment" => Key::Experiment,
            "score" => Key::Score,
            key => return Err(FilterError::UnknownKey { key: key.to_owned() }),
        };
        if key == Key::Status && !["ok", "error", "unset", "running"].contains(&value.as_str()) {
            return Err(FilterError::UnknownStatus { value });
        }
        Ok(Term { key, value })
    }
}

impl Term {
    fn holds(&self, row: &TraceRow) -> bool {
        let summary = &row.summary;
        let within = |text: &str| text.to_lowercase().contains(&self.value);
        match self.key {
            Key::Any => {
                let lists = summary.services.iter().chain(&summary.models).chain(&summary.tags);
                let options = [&summary.session_id, &summary.user_id, &row.question, &row.error];
                let mut texts = lists.chain(options.into_iter().flatten()).map(String::as_str);
                within(&summary.name) || summary.trace_id.starts_with(&self.value) || texts.any(within)
            }
            Key::Name => within(&summary.name),
            Key::Service => summary.services.iter().any(|service| within(service)),
            Key::Model => summary.models.iter().any(|model| within(model)),
            Key::Status => self.value == status_word(summary.status),
            Key::Session => summary.session_id.as_deref().is_some_and(within),
            Key::User => summary.user_id.as_deref().is_some_and(within),
            Key::Tag => summary.tags.iter().any(|tag| within(tag)),
            Key::Experiment => summary.metadata.get("experiment").and_then(|name| name.as_str()).is_some_and(within),
            Key::Score => summary.metadata.keys().any(|key| judgement(key).is_some_and(within)),
        }
    }
}

/// Returns the name of the judgement a fact about a trace is; `None` when it is none.
fn judgement(key: &str) -> Option<&str> {
    ["score.", "assessment.", "evaluation."].iter().find_map(|kind| key.strip_prefix(kind))
}

fn status_word(status: TraceStatus) -> &'static str {
    match status {
        TraceStatus::Ok => "ok",
        TraceStatus::Error => "error",
        TraceStatus::Unset => "unset",
        TraceStatus::Running => "running",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, row: &TraceRow, expected: bool) {
        let filter: Filter = filter.parse().unwrap_or_else(|e| panic!("{filter}: {e}"));
        assert_eq!(filter.lets_through(row), expected, "{filter:?}");
    }

    #[test]
    fn every_word_must_hold() {
        let mut row = TraceRow::default();
        row.summary.name = "Weather agent".to_owned();
        row.summary.services = vec!["demo".to_owned()];
        row.summary.models = vec!["openai/gpt-4o-mini".to_owned()];
        row.summary.status = TraceStatus::Error;
        row.summary.session_id = Some("s:1".to_owned());
        row.summary.tags = vec!["staging".to_owned()];
        row.summary.metadata.insert("experiment".to_owned(), "OpenAI".into());
        row.summary.metadata.insert("assessment.helpful".to_owned(), true.into());
        for filter in
            ["", "weather", "WEATHER model:gpt-4o", "status:error service:demo", "\"weather agent\"", "session:\"s:1\""]
        {
            check(filter, &row, true);
        }
        check("tag:staging experiment:openai score:helpful", &row, true);
        for filter in ["tag:prod", "experiment:dspy", "score:quality"] {
            check(filter, &row, false);
        }
        for filter in ["weather demo2", "status:ok", "user:x", "name:demo", "\"agent weather\""] {
            check(filter, &row, false);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!("colour:red".parse::<Filter>(), Err(FilterError::UnknownKey { key: "colour".to_owned() }));
        assert_eq!("status:bad".parse::<Filter>(), Err(FilterError::UnknownStatus { value: "bad".to_owned() }));
        assert_eq!("\"open".parse::<Filter>(), Err(FilterError::OpenQuote));
    }
}
