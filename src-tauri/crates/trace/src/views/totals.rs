//! What many traces took together: all of them, and those with the same session, user, model, … .

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::ledger::ModelTotal;
use super::summary::{Counts, ToldTwice, TraceRow, TraceStatus};
use crate::reading::Usage;
use crate::rfc3339;
use crate::usage::rollup::plus;

/// What the traces of one total share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TotalsBy {
    /// The conversation.
    #[default]
    Session,
    /// The person it was done for.
    User,
    /// The service that began the trace.
    Service,
    /// MLflow's experiment.
    Experiment,
    /// The trace's name.
    Name,
    /// A label; a trace with several counts for each.
    Tag,
    /// The model that answered, with who runs it. Of a trace with several, each has what was its own.
    Model,
    /// The day it began, in UTC as `time:` counts days: `2026-01-31`.
    Day,
}

impl TotalsBy {
    /// Returns the order that is wanted when nobody says: days one after the other, all else by what it cost.
    pub fn order(self) -> TotalsOrder {
        if self == Self::Day { TotalsOrder::Latest } else { TotalsOrder::Cost }
    }

    /// Returns what a trace shares with others of its total; by model, that is a matter of its calls.
    fn keys(self, took: &Took) -> Vec<Option<String>> {
        let summary = &took.summary;
        let one = |key: Option<&str>| vec![key.filter(|key| !key.is_empty()).map(str::to_owned)];
        match self {
            Self::Session => one(summary.session_id.as_deref()),
            Self::User => one(summary.user_id.as_deref()),
            Self::Service => one(summary.services.first().map(String::as_str)),
            Self::Experiment => one(summary.metadata.experiment.as_ref().and_then(Value::as_str)),
            Self::Name => one(Some(&summary.name)),
            Self::Tag if summary.tags.is_empty() => vec![None],
            Self::Tag => summary.tags.iter().cloned().map(Some).collect(),
            Self::Model => Vec::new(),
            Self::Day => {
                one(began(took).filter(|began| *began > 0).map(rfc3339::text).as_deref().and_then(|at| at.get(..10)))
            }
        }
    }
}

/// Returns when a trace began, in nanoseconds since 1970.
fn began(took: &Took) -> Option<u64> {
    took.summary.start_time_unix_nano.parse().ok()
}

/// Which total comes first: the one with the most of this, those of which it is unknown last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TotalsOrder {
    /// What it cost.
    #[default]
    Cost,
    /// All tokens.
    Tokens,
    /// Tokens that went in.
    Input,
    /// Tokens that came out.
    Output,
    /// Traces.
    Traces,
    /// Traces that failed.
    Failed,
    /// Calls of models.
    Calls,
    /// How long its traces took, summed up.
    Duration,
    /// When the latest of its traces began.
    Latest,
}

/// A word that names none of those there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of {1}")]
pub struct NoSuch(String, &'static str);

fn named<T: for<'de> Deserialize<'de>>(word: &str, all: &'static str) -> Result<T, NoSuch> {
    T::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word))
        .map_err(|_| NoSuch(word.to_owned(), all))
}

impl FromStr for TotalsBy {
    type Err = NoSuch;

    fn from_str(word: &str) -> Result<Self, NoSuch> {
        named(word, "session, user, service, experiment, name, tag, model, day")
    }
}

impl FromStr for TotalsOrder {
    type Err = NoSuch;

    fn from_str(word: &str) -> Result<Self, NoSuch> {
        named(word, "cost, tokens, input, output, traces, failed, calls, duration, latest")
    }
}

/// What some traces took together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Total {
    /// What they share; `None` = nothing was recorded, and of the sum of all.
    pub key: Option<String>,
    /// By model, who runs it, in one word where the recorded one is known; `None` = not recorded.
    pub provider: Option<String>,
    /// The model that most of the cost, else most of the tokens, is of; `None` by model, and where none is recorded.
    pub most_of: Option<String>,
    /// How many models there are; 0 by model.
    pub models: u32,
    /// Traces.
    #[ts(type = "number")]
    pub traces: u64,
    /// Of those, traces that ended in an error.
    #[ts(type = "number")]
    pub failed: u64,
    /// Calls of models, one seen by two libraries counted once; by model, those whose tokens or cost count.
    #[ts(type = "number")]
    pub llm_calls: u64,
    /// Executions of tools; `None` by model.
    #[ts(type = "number | null")]
    pub tool_calls: Option<u64>,
    /// Tokens, each call once; `None` = nobody reported any.
    pub usage: Option<Usage>,
    /// US dollars, as far as they are known; `None` = unknown.
    pub cost_usd: Option<f64>,
    /// Calls of which nobody knows what they cost: with them it would be more.
    #[ts(type = "number")]
    pub cost_missing: u64,
    /// Traces of agents that tell of the same calls in another trace, which counts: of these only their number, failures and
    /// durations do. By model they are none of its.
    #[ts(type = "number")]
    pub told_twice: u64,
    /// The durations of the traces, summed up, in nanoseconds; `None` by model.
    #[ts(type = "number | null")]
    pub duration_ns: Option<u64>,
    /// When the latest of the traces began, nanoseconds since 1970, as a string.
    pub latest_unix_nano: String,
}

impl Total {
    fn tokens(&self) -> Option<u64> {
        self.usage?.total_tokens
    }
}

/// What traces took, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Totals {
    /// What the traces of a row share.
    pub by: TotalsBy,
    /// How the rows are sorted.
    pub order: TotalsOrder,
    /// At most as many as were asked for.
    pub rows: Vec<Total>,
    /// How many there are in all.
    #[ts(type = "number")]
    pub groups: u64,
    /// All traces together, each once.
    pub all: Total,
}

/// What totals need of a [`TraceRow`]. Reading it from a stored row passes over what else stands there.
#[derive(Clone, Debug, Deserialize)]
pub struct Took {
    summary: Summary,
    #[serde(default)]
    model_totals: Vec<ModelTotal>,
    #[serde(default)]
    told_twice: Option<ToldTwice>,
}

#[derive(Clone, Debug, Deserialize)]
struct Summary {
    name: String,
    start_time_unix_nano: String,
    duration_ns: u64,
    status: TraceStatus,
    services: Vec<String>,
    session_id: Option<String>,
    user_id: Option<String>,
    tags: Vec<String>,
    metadata: Metadata,
    usage: Option<Usage>,
    cost_usd: Option<f64>,
    counts: Counts,
}

#[derive(Clone, Debug, Deserialize)]
struct Metadata {
    experiment: Option<Value>,
}

impl From<&TraceRow> for Took {
    fn from(row: &TraceRow) -> Self {
        let summary = row.summary.clone();
        Self {
            summary: Summary {
                name: summary.name,
                start_time_unix_nano: summary.start_time_unix_nano,
                duration_ns: summary.duration_ns,
                status: summary.status,
                services: summary.services,
                session_id: summary.session_id,
                user_id: summary.user_id,
                tags: summary.tags,
                metadata: Metadata { experiment: summary.metadata.get("experiment").cloned() },
                usage: summary.usage,
                cost_usd: summary.cost_usd,
                counts: summary.counts,
            },
            model_totals: row.model_totals.clone(),
            told_twice: row.told_twice.clone(),
        }
    }
}

/// A total that grows.
#[derive(Default)]
struct Sum {
    total: Total,
    latest: u64,
    /// What of it is each model's: US dollars and tokens.
    models: BTreeMap<String, (f64, u64)>,
}

impl Sum {
    fn add_trace(&mut self, took: &Took) {
        self.total.traces += 1;
        self.total.failed += u64::from(took.summary.status == TraceStatus::Error);
        self.latest = self.latest.max(began(took).unwrap_or_default());
    }

    fn add_all_of(&mut self, took: &Took, is_counted: bool) {
        self.add_trace(took);
        let (total, summary) = (&mut self.total, &took.summary);
        total.duration_ns = plus_count(total.duration_ns, summary.duration_ns);
        total.told_twice += u64::from(!is_counted);
        if !is_counted {
            return;
        }
        total.llm_calls += u64::from(summary.counts.llm_calls);
        total.tool_calls = plus_count(total.tool_calls, u64::from(summary.counts.tool_calls));
        total.usage = plus(total.usage, summary.usage);
        total.cost_usd = plus(total.cost_usd, summary.cost_usd);
        total.cost_missing += u64::from(summary.counts.calls_without_cost);
        for part in &took.model_totals {
            let Some(model) = &part.model else { continue };
            let (cost, tokens) = self.models.entry(model.clone()).or_default();
            *cost += part.cost_usd.unwrap_or_default();
            *tokens += part.usage.and_then(|usage| usage.total_tokens).unwrap_or_default();
        }
    }

    fn add_model(&mut self, took: &Took, model: &ModelTotal) {
        self.add_trace(took);
        let total = &mut self.total;
        total.llm_calls += u64::from(model.spans);
        total.usage = plus(total.usage, model.usage);
        total.cost_usd = plus(total.cost_usd, model.cost_usd);
        total.cost_missing += u64::from(model.cost_missing);
    }

    fn finish(self, (key, provider): (Option<String>, Option<String>)) -> Total {
        let models = self.models.len() as u32;
        let most = self.models.into_iter().max_by(|(_, a), (_, b)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let most_of = most.map(|(model, _)| model);
        Total { key, provider, most_of, models, latest_unix_nano: self.latest.to_string(), ..self.total }
    }
}

fn is_of_records(took: &Took) -> bool {
    took.told_twice.as_ref().is_some_and(|told| told.in_records)
}

/// Of the two accounts of a session's calls, says whether it is the records' that counts: that which tells of more tokens. `None` =
/// there is one account.
fn records_count(told: &[Took]) -> Option<bool> {
    let tokens = |of_records: bool| {
        let mut told = told.iter().filter(|took| is_of_records(took) == of_records).peekable();
        told.peek()
            .is_some()
            .then(|| told.filter_map(|took| took.summary.usage?.total_tokens).fold(0, u64::saturating_add))
    };
    Some(tokens(true)? >= tokens(false)?)
}

fn plus_count(a: Option<u64>, b: u64) -> Option<u64> {
    Some(a.unwrap_or_default().saturating_add(b))
}

/// Sums up traces, in whatever order they come.
pub struct Gathering {
    by: TotalsBy,
    all: Sum,
    /// By key and, by model, provider.
    sums: BTreeMap<(Option<String>, Option<String>), Sum>,
    /// Traces of agents that tell of their calls twice, by what they tell of: which account counts is known at the end.
    told_twice: BTreeMap<String, Vec<Took>>,
}

impl Gathering {
    /// Returns the sums of no traces.
    pub fn new(by: TotalsBy) -> Self {
        Self { by, all: Sum::default(), sums: BTreeMap::new(), told_twice: BTreeMap::new() }
    }

    /// Adds a trace.
    pub fn add(&mut self, took: Took) {
        match &took.told_twice {
            Some(told) => self.told_twice.entry(told.of.clone()).or_default().push(took),
            None => self.take(&took, true),
        }
    }

    fn take(&mut self, took: &Took, is_counted: bool) {
        self.all.add_all_of(took, is_counted);
        if self.by == TotalsBy::Model {
            for model in took.model_totals.iter().filter(|_| is_counted) {
                self.sums.entry((model.model.clone(), model.provider.clone())).or_default().add_model(took, model);
            }
            return;
        }
        for key in self.by.keys(took) {
            self.sums.entry((key, None)).or_default().add_all_of(took, is_counted);
        }
    }

    /// Returns the `limit` first totals.
    pub fn finish(mut self, order: TotalsOrder, limit: usize) -> Totals {
        for told in std::mem::take(&mut self.told_twice).into_values() {
            let records_count = records_count(&told);
            told.iter()
                .for_each(|took| self.take(took, records_count.is_none_or(|count| is_of_records(took) == count)));
        }
        let mut rows: Vec<Total> = self.sums.into_iter().map(|(key, sum)| sum.finish(key)).collect();
        let groups = rows.len() as u64;
        let amount = |total: &Total| -> Option<f64> {
            let count = |count: u64| Some(count as f64);
            match order {
                TotalsOrder::Cost => total.cost_usd,
                TotalsOrder::Tokens => total.tokens().and_then(count),
                TotalsOrder::Input => total.usage.and_then(|usage| usage.input_tokens).and_then(count),
                TotalsOrder::Output => total.usage.and_then(|usage| usage.output_tokens).and_then(count),
                TotalsOrder::Traces => count(total.traces),
                TotalsOrder::Failed => count(total.failed),
                TotalsOrder::Calls => count(total.llm_calls),
                TotalsOrder::Duration => total.duration_ns.and_then(count),
                TotalsOrder::Latest => total.latest_unix_nano.parse().ok().and_then(count),
            }
        };
        // Where the amounts are the same, or unknown, what else was used most decides; at last the name.
        let place = |total: &Total| (amount(total).unwrap_or(-1.0), total.tokens(), total.traces);
        rows.sort_by(|a, b| {
            let (a_first, b_first) = (place(a), place(b));
            b_first
                .0
                .total_cmp(&a_first.0)
                .then_with(|| (b_first.1, b_first.2).cmp(&(a_first.1, a_first.2)))
                .then_with(|| (&a.key, &a.provider).cmp(&(&b.key, &b.provider)))
        });
        rows.truncate(limit);
        Totals { by: self.by, order, rows, groups, all: self.all.finish((None, None)) }
    }
}

#[cfg(test)]
mod tests;
