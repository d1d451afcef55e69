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
    /// Keys: name, service, kind, status (ok, error, running), model, provider, tool, session, user, tag, experiment, score,
    /// cache (cache:broken: a prompt cache was lost), attr.KEY; with < and > tokens, input, output, cost, duration (2s), ttft, stall (longest silence of a stream), spans, calls (of models), errors,
    /// time (-2h, 2026-01-31)
    #[serde(default)]
    pub(super) filter: String,
    /// How many traces at most
    #[serde(default = "limit")]
    pub(super) limit: u32,
    #[serde(flatten)]
    pub(super) page: Page,
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
    pub(super) limit: u32,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// What `transcript` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct OfTranscript {
    /// The trace: its id, the first digits of it, or `latest`
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
    /// The trace: its id, the first digits of it, or `latest`
    pub(super) trace_id: String,
    /// Only this span and those below it: its id or the first digits of it
    #[serde(default)]
    pub(super) span_id: Option<String>,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// What `span` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct OfSpan {
    /// The trace: its id, the first digits of it, or `latest`
    pub(super) trace_id: String,
    /// The span: its id or the first digits of it
    pub(super) span_id: String,
    /// Whether to show the attributes, events, links and resource as they were sent, too
    #[serde(default)]
    pub(super) attributes: bool,
    /// How much of each text to show, in characters
    #[serde(default = "max_value_chars")]
    pub(super) max_value_chars: u32,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// What `read_value` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct OfValue {
    /// The trace: its id, the first digits of it, or `latest`
    pub(super) trace_id: String,
    /// The span: its id or the first digits of it
    pub(super) span_id: String,
    /// A JSON pointer into what the span tool shows
    pub(super) pointer: String,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// What `find_in_trace` is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct InTrace {
    /// The trace: its id, the first digits of it, or `latest`
    pub(super) trace_id: String,
    /// The words to find, as one text
    pub(super) text: String,
    #[serde(flatten)]
    pub(super) page: Page,
}

impl Page {
    /// Returns the part of `text` that starts `offset` characters in and is at most `max_chars` long, and says where the next one
    /// starts. A page ends at the end of a line when one is near.
    pub(super) fn of(&self, text: &str) -> String {
        let most = (self.max_chars as usize).clamp(200, MOST_CHARS);
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
