//! Going through what MLflow's clients sent, the newest first: a search looks at so much of it, and its answer says where to go on.

use serde_json::Value;
use spanglass_trace::span::TraceId;

use super::failure::Failure;
use crate::receive::kept::{Kept, Page};

/// How many traces or runs one search looks at.
const LOOKED_AT: usize = 2_000;

/// Where a search is.
pub(super) struct Search {
    /// Behind which trace it goes on: those that came or went since change nothing in what comes then.
    behind: Option<String>,
    /// What was not looked at of the page under way.
    page: Option<Page>,
    looked_at: usize,
}

/// What a search does next.
pub(super) enum Step {
    Look(TraceId),
    /// Ends here; a search with this `page_token` goes on.
    GoOn(String),
    End,
}

impl Search {
    /// Begins where an earlier answer says that it goes on, else at the newest.
    pub(super) fn begin(sent: &Value) -> Result<Self, Failure> {
        let token = sent["page_token"].as_str().filter(|token| !token.is_empty());
        if token.is_some_and(|token| token.parse::<i64>().is_err()) {
            return Err(Failure::invalid("`page_token` is not one of an answer's"));
        }
        Ok(Self { behind: token.map(str::to_owned), page: None, looked_at: 0 })
    }

    /// Goes on to the next trace or run, unless enough was found.
    pub(super) async fn step(&mut self, kept: &dyn Kept, is_enough: bool) -> Result<Step, Failure> {
        loop {
            let (traces, next) = match &mut self.page {
                Some(page) => page,
                page => {
                    let asked = kept.page("mlflow", self.behind.clone());
                    page.insert(asked.await.map_err(Failure::unavailable)?)
                }
            };
            if (is_enough || self.looked_at == LOOKED_AT) && !traces.is_empty() {
                return Ok(Step::GoOn(self.behind.clone().unwrap_or_default()));
            }
            if let Some((trace, place)) = traces.pop_front() {
                (self.behind, self.looked_at) = (Some(place), self.looked_at + 1);
                return Ok(Step::Look(trace));
            }
            let Some(next) = next.take() else { return Ok(Step::End) };
            (self.behind, self.page) = (Some(next), None);
        }
    }
}
