//! Going through what MLflow's clients sent, the newest first: a search looks at so much of it, and its answer says where to go on.

use serde_json::Value;
use spanglass_trace::span::TraceId;

use super::failure::Failure;
use crate::receive::kept::{Kept, Page};

/// How many traces or runs one search looks at.
const LOOKED_AT: usize = 2_000;

/// Where a search is.
pub(super) struct Search {
    /// Where the page before this one ended.
    before: Option<String>,
    /// How much of this page was passed over or looked at.
    skip: usize,
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
        let token = sent["page_token"].as_str().unwrap_or_default();
        let (before, skip) = token.split_once('.').unwrap_or((token, "0"));
        let skip = skip.parse().map_err(|_| Failure::invalid("`page_token` is not one of an answer's"))?;
        let before = Some(before.to_owned()).filter(|before| !before.is_empty());
        Ok(Self { before, skip, page: None, looked_at: 0 })
    }

    /// Goes on to the next trace or run, unless enough was found.
    pub(super) async fn step(&mut self, kept: &dyn Kept, is_enough: bool) -> Result<Step, Failure> {
        loop {
            let (ids, next) = match &mut self.page {
                Some(page) => page,
                page => {
                    let asked = kept.page("mlflow", self.before.clone());
                    page.insert(asked.await.map_err(Failure::unavailable)?)
                }
            };
            if let Some(id) = ids.get(self.skip) {
                if is_enough || self.looked_at == LOOKED_AT {
                    return Ok(Step::GoOn(format!("{}.{}", self.before.as_deref().unwrap_or_default(), self.skip)));
                }
                (self.skip, self.looked_at) = (self.skip + 1, self.looked_at + 1);
                return Ok(Step::Look(*id));
            }
            let Some(next) = next.take() else { return Ok(Step::End) };
            (self.before, self.skip, self.page) = (Some(next), 0, None);
        }
    }
}
