//! What an agent may ask, and how much of an answer it gets.

use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;

/// The most characters of one answer, whatever is asked.
const MOST_CHARS: usize = 100_000;

fn max_chars() -> u32 {
    8_000
}

fn max_value_chars() -> u32 {
    400
}

fn limit() -> u32 {
    20
}

fn timeout_seconds() -> u32 {
    30
}

fn session() -> String {
    "session".to_owned()
}

/// Which part of an answer is wanted.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Page {
    /// Where to go on: the offset the answer before named
    #[serde(default)]
    offset: u32,
    /// How long the answer may be, in characters
    #[serde(default = "max_chars")]
    max_chars: u32,
}

/// What `list_traces` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ListTraces {
    /// Words, "quoted text" (found anywhere in a trace) and key:value pairs, all of which must hold; `-` before one: must not.
    /// Keys: name, service, kind, status (of the run: ok, error, running), model, provider, tool, session, user, tag, experiment,
    /// score, cache:broken (a prompt cache was lost), attr.KEY; with < and > tokens, input, output, cost, duration (2s), ttft,
    /// stall (longest silence of a stream), spans, calls (of models), errors (spans that failed), time (-2h, 2026-01-31)
    #[serde(default)]
    pub(super) filter: String,
    /// How many traces at most
    #[serde(default = "limit")]
    #[schemars(range(min = 1))]
    pub(super) limit: u32,
    /// Where to go on: as the answer before named it
    #[serde(default)]
    pub(super) before: Option<String>,
    /// How long the answer may be, in characters
    #[serde(default = "max_chars")]
    pub(super) max_chars: u32,
}

/// What `totals` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct OfTotals {
    /// What the traces of one line share: session, user, service, experiment, name, tag, model or day (of UTC)
    #[serde(default = "session")]
    pub(super) by: String,
    /// What the lines are sorted by, the most first: cost, tokens, input, output, traces, failed, calls, duration or latest; cost when nothing is said, of days the latest
    #[serde(default)]
    pub(super) order: Option<String>,
    /// Of which traces; as for list_traces, such as time>-1d
    #[serde(default)]
    pub(super) filter: String,
    /// How many lines at most
    #[serde(default = "limit")]
    #[schemars(range(min = 1))]
    pub(super) limit: u32,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// What `transcript` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct OfTranscript {
    /// Its id, the first digits of it, or `latest`
    pub(super) trace_id: String,
    /// How much of each text to show, in characters
    #[serde(default = "max_value_chars")]
    pub(super) max_value_chars: u32,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// What `trace_outline` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Outline {
    /// Its id, the first digits of it, or `latest`
    pub(super) trace_id: String,
    /// Only this span and those below it: its id or the first digits of it
    #[serde(default)]
    pub(super) span_id: Option<String>,
    /// Only spans of this kind, such as llm, tool, agent
    #[serde(default)]
    pub(super) kind: Option<String>,
    /// errors: only spans that failed
    #[serde(default)]
    pub(super) only: Option<String>,
    /// The most first, not as a tree: cost, duration or tokens
    #[serde(default)]
    pub(super) order: Option<String>,
    /// How many spans at most
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub(super) limit: Option<u32>,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// What `compare` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct OfTwo {
    /// Its id, the first digits of it, or `latest`
    pub(super) trace_id: String,
    /// The other one; left out: the last of its name before it in which nothing failed
    #[serde(default)]
    pub(super) with: Option<String>,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// What `wait_for_trace` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wait {
    /// As for list_traces
    #[serde(default)]
    pub(super) filter: String,
    /// Only traces that arrived after this: as the answer before named it; left out: after now
    #[serde(default)]
    pub(super) after: Option<String>,
    /// At most 50
    #[serde(default = "timeout_seconds")]
    pub(super) timeout_seconds: u32,
}

/// What `span` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct OfSpan {
    /// Its id, the first digits of it, or `latest`
    pub(super) trace_id: String,
    /// Its id or the first digits of it
    pub(super) span_id: String,
    /// Whether to show the attributes, events, links and resource as they were sent, too
    #[serde(default)]
    pub(super) attributes: bool,
    /// Whether to show each chunk of a streamed answer
    #[serde(default)]
    pub(super) chunks: bool,
    /// How much of each text to show, in characters
    #[serde(default = "max_value_chars")]
    pub(super) max_value_chars: u32,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// What `read_value` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct OfValue {
    /// Its id, the first digits of it, or `latest`
    pub(super) trace_id: String,
    /// Its id or the first digits of it
    pub(super) span_id: String,
    /// A JSON pointer into what the span tool shows
    pub(super) pointer: String,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// What `find_in_trace` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct InTrace {
    /// Its id, the first digits of it, or `latest`
    pub(super) trace_id: String,
    /// The words to find, as one text
    pub(super) text: String,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// Returns how long an answer may be, in characters, of what was asked.
pub(super) fn most_chars(asked: u32) -> usize {
    (asked as usize).clamp(200, MOST_CHARS)
}

impl Page {
    /// Says whether this is not the first page.
    pub(super) fn goes_on(&self) -> bool {
        self.offset > 0
    }

    /// Returns the part of `text` that starts `offset` characters in and is at most `max_chars` long, and says where the next one
    /// starts. A page ends at the end of a line when one is near.
    pub(super) fn of(&self, text: &str) -> String {
        let most = most_chars(self.max_chars);
        let total = text.chars().count();
        let offset = (self.offset as usize).min(total);
        let mut rest = text.char_indices().skip(offset).map(|(at, _)| at);
        let start = rest.next().unwrap_or(text.len());
        let end = rest.nth(most - 1).unwrap_or(text.len());
        if end == text.len() {
            return text[start..].to_owned();
        }
        let cut = &text[start..end];
        let cut = cut.rfind('\n').filter(|&at| at >= cut.len() / 2).map_or(cut, |at| &cut[..=at]);
        let next = offset + cut.chars().count();
        format!("{}\n[{next} of {total} characters; go on with offset={next}]\n", cut.trim_end_matches('\n'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_a_text_are_the_text() {
        let text: String = (0..3_000).map(|at| if at % 37 == 36 { '\n' } else { 'ü' }).collect();
        let (mut offset, mut whole) = (0, String::new());
        loop {
            let page = Page { offset, max_chars: 500 }.of(&text);
            let Some((shown, note)) = page.split_once("\n[") else {
                whole.push_str(&page);
                break;
            };
            whole.push_str(shown);
            let (_, next) = note.split_once("offset=").expect("the next page is named");
            offset = next.trim_end_matches("]\n").parse().expect("a number");
            whole.push('\n');
        }
        assert_eq!(whole, text);
    }

    #[test]
    fn a_page_after_the_end_is_empty() {
        assert_eq!(Page { offset: 99, max_chars: 1_000 }.of("short"), "");
        assert_eq!(Page { offset: 0, max_chars: 0 }.of(""), "");
    }
}
