//! Where a trace's totals come from, call by call, and what was not counted and why.

mod bill;
mod chart;
mod sum;
mod window;

use std::collections::BTreeMap;

pub use bill::{Bill, Billed, BilledTokens};
pub use chart::{AgentCalls, CallBar, LedgerChart};
use serde::{Deserialize, Serialize};
pub use sum::{Addend, LedgerSum, LeftOut};
use ts_rs::TS;
pub use window::{Column, LedgerWindow};

use super::context::{AgentContext, contexts};
use super::tree::Tree;
use super::{ReadSpan, ReadTrace, grouped};
use crate::reading::{FieldGroup, Kind, Usage};
use crate::usage::prices::{Prices, Rates};
use crate::usage::providers::{Provider, provider};
use crate::usage::rollup::{Entry, Line, Reported, RollUp, plus, roll_up};

/// What the roll-up did with a span's usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// It is in the total.
    Counted,
    /// It repeats what spans below it report.
    RepeatsChildren,
    /// It is the same call as another span.
    SameCall,
    /// The call reported no usage.
    NotReported,
}

/// One line of the ledger: a span that is a call or reports usage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LedgerRow {
    /// The span.
    pub span_id: String,
    /// What it is called.
    pub name: String,
    /// What kind of work it did.
    pub kind: Kind,
    /// How many ancestors it has.
    pub depth: u32,
    /// The model that answered (else that was asked).
    pub model: Option<String>,
    /// What it reported.
    pub usage: Option<Usage>,
    /// What of it is in the total: for a call that another span repeats in part, the difference.
    pub added: Option<Usage>,
    /// What it cost: as reported, else as its tokens are priced.
    pub cost_usd: Option<f64>,
    /// What it adds to the trace's cost; `None` = nothing, or unknown.
    pub cost_added: Option<f64>,
    /// Where the cost was read from: `dialect:key`, or `prices:<model>@<day>` for the shipped price of a model and
    /// `prices.json:<model>` for one of the user's own.
    pub cost_source: Option<String>,
    /// What a million of its tokens cost, where its cost is computed.
    pub rates: Option<Rates>,
    /// Whether the total would be more if anybody knew what it cost: its tokens have no price, or are not told.
    pub cost_missing: bool,
    /// What the roll-up did with it.
    pub counted: Counted,
    /// Why, in a sentence.
    pub why: String,
    /// Where the counts were read from.
    pub source: Option<String>,
    /// Start, from the trace's start.
    #[ts(type = "number")]
    pub start_ns: u64,
    /// Its number among the calls in order of time, from 1; `None` = it is no call, or stands for those below it.
    pub number: Option<u32>,
}

/// What of the totals is one model's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelTotal {
    /// The model that answered (else that was asked), as recorded; `None` = not recorded.
    pub model: Option<String>,
    /// Who runs it, in one word where the recorded one is known.
    pub provider: Option<String>,
    /// Spans whose tokens or cost count, and calls of which both are unknown.
    pub spans: u32,
    /// Their tokens.
    pub usage: Option<Usage>,
    /// Their cost, as far as it is known.
    pub cost_usd: Option<f64>,
    /// How many of them have no known cost.
    pub cost_missing: u32,
}

/// The totals of a trace and their arithmetic; what is drawn of it at once is a [`LedgerWindow`], a [`LedgerChart`] and the
/// [`LedgerSum`] of a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ledger {
    /// Grows with every change of the trace.
    pub version: u64,
    /// The sum of all `added`; `None` = nobody reported any.
    pub total: Option<Usage>,
    /// The sum of all `cost_added`; `None` = unknown.
    pub cost_usd: Option<f64>,
    /// The totals model by model, the most tokens first.
    pub models: Vec<ModelTotal>,
    /// In tree order.
    pub rows: Vec<LedgerRow>,
    /// For each row, the place among the rows where those below its span end.
    #[serde(skip)]
    ends: Vec<u32>,
    /// What the prompts of each agent's calls were made of.
    pub contexts: Vec<AgentContext>,
}

/// Returns where a trace's totals come from.
pub fn ledger(trace: &ReadTrace, version: u64) -> Ledger {
    let totals = &trace.totals;
    let mut rows: Vec<LedgerRow> = totals.lines.iter().map(|line| row(trace, line)).collect();
    let ends = ends(trace);
    number(&mut rows, &ends);
    Ledger {
        version,
        total: totals.usage,
        cost_usd: totals.cost_usd,
        models: models(trace),
        rows,
        ends,
        contexts: contexts(trace),
    }
}

/// Returns the roll-up of spans in tree order.
pub(super) fn totals(spans: &[ReadSpan], tree: &Tree, prices: &Prices) -> RollUp {
    let reported: Vec<Reported<'_>> = spans
        .iter()
        .zip(&tree.parent)
        .map(|(ReadSpan { span, reading, .. }, &parent)| Reported {
            parent,
            times: (span.start_time_unix_nano, span.end_time_unix_nano),
            kind: reading.kind,
            usage: reading.usage,
            usage_is_aggregate: reading.usage_is_aggregate,
            response_id: reading.response_id.as_deref(),
            cost_usd: reading.cost_usd,
            models: reading
                .model
                .as_ref()
                .map_or([None; 2], |model| [model.response.as_deref(), model.request.as_deref()]),
            provider: reading.model.as_ref().and_then(|model| model.provider.as_deref()),
        })
        .collect();
    roll_up(&reported, prices)
}

fn row(trace: &ReadTrace, line: &Line) -> LedgerRow {
    let at = line.at as usize;
    let read = &trace.spans[at];
    let (counted, why) = judge(trace, line);
    LedgerRow {
        span_id: read.span.span_id.to_string(),
        name: read.span.name.clone(),
        kind: read.reading.kind,
        depth: trace.tree.depth[at],
        model: read.model().map(str::to_owned),
        usage: line.usage.own,
        added: line.usage.added,
        cost_usd: line.cost_usd().or(line.cost_added()),
        cost_added: line.cost_added(),
        cost_source: trace.cost_source(at).map(str::to_owned),
        rates: line.cost.own.is_none().then_some(line.computed.as_ref()).flatten().map(|computed| computed.rates),
        cost_missing: line.cost_is_missing(read.failed()),
        counted,
        why,
        source: read.reading.sources.get(&FieldGroup::Usage).cloned(),
        start_ns: trace.start_ns(at),
        number: None,
    }
}

/// Returns for each line the place among the lines where those below its span end.
fn ends(trace: &ReadTrace) -> Vec<u32> {
    let lines = &trace.totals.lines;
    let end = |line: &Line| {
        let last = line.at + trace.tree.descendants[line.at as usize];
        lines.partition_point(|below| below.at <= last) as u32
    };
    lines.iter().map(end).collect()
}

/// Numbers the calls in order of time: rows that count, or told nothing, and have no row below them.
fn number(rows: &mut [LedgerRow], ends: &[u32]) {
    let is_call = |at: usize, row: &LedgerRow| {
        matches!(row.counted, Counted::Counted | Counted::NotReported) && ends[at] as usize == at + 1
    };
    let mut calls: Vec<usize> =
        rows.iter().enumerate().filter(|(at, row)| is_call(*at, row)).map(|(at, _)| at).collect();
    calls.sort_by_key(|&at| rows[at].start_ns);
    for (number, at) in (1..).zip(calls) {
        rows[at].number = Some(number);
    }
}

/// Returns the totals model by model.
fn models(trace: &ReadTrace) -> Vec<ModelTotal> {
    let of = |at: usize| {
        let read = &trace.spans[at];
        (read.model(), read.reading.model.as_ref().and_then(|model| model.provider.as_deref()))
    };
    model_totals(&trace.totals.lines, of, |at| trace.spans[at].failed())
}

/// Returns the totals model by model, the most tokens first; `of` says which model answered at a place, and who runs it as recorded,
/// `has_failed` whether it failed there.
pub(super) fn model_totals<'a>(
    lines: &[Line],
    of: impl Fn(usize) -> (Option<&'a str>, Option<&'a str>),
    has_failed: impl Fn(usize) -> bool,
) -> Vec<ModelTotal> {
    let mut models: BTreeMap<(Option<&str>, Option<&str>), ModelTotal> = BTreeMap::new();
    for line in lines {
        let (added, cost) = (line.usage.added, line.cost_added());
        let is_unknown = line.is_own_call && line.usage_unknown;
        if added.is_none() && cost.is_none() && !is_unknown {
            continue;
        }
        let (model, recorded) = of(line.at as usize);
        let provider = recorded.map(|recorded| match provider(recorded) {
            Provider::Known(word) => word,
            _ => recorded,
        });
        let total = models.entry((model, provider)).or_default();
        total.spans += 1;
        total.usage = plus(total.usage, added);
        total.cost_usd = plus(total.cost_usd, cost);
        total.cost_missing += u32::from(line.cost_is_missing(has_failed(line.at as usize)));
    }
    let named = models.into_iter().map(|((model, provider), total)| ModelTotal {
        model: model.map(str::to_owned),
        provider: provider.map(str::to_owned),
        ..total
    });
    let mut models: Vec<ModelTotal> = named.collect();
    models.sort_by_key(|total| std::cmp::Reverse(total.usage.and_then(|usage| usage.total_tokens)));
    models
}

/// Returns what the roll-up did with a span's usage, and why in a sentence.
fn judge(trace: &ReadTrace, line: &Line) -> (Counted, String) {
    let read = &trace.spans[line.at as usize];
    let is_call = read.reading.kind.is_call() && !read.reading.usage_is_aggregate;
    let Entry { own, added, below, same_as } = line.usage;
    if let Some(same) = same_as {
        let other = &trace.spans[same as usize].span.name;
        return (Counted::SameCall, format!("The same call as {other}, by its response id: counted there."));
    }
    match (own, added, below) {
        (None, None, Some(_)) if is_call => {
            (Counted::NotReported, "It reports none itself; the call inside it is counted.".to_owned())
        }
        (None, None, _) if is_call && line.usage_counted_above => {
            (Counted::NotReported, "It reports none; a span above it does, which is counted.".to_owned())
        }
        (None, None, _) if is_call && line.is_own_call && !line.usage_unknown => {
            (Counted::NotReported, "It reports none itself; the call around it does, which is counted.".to_owned())
        }
        (None, None, _) if is_call => (Counted::NotReported, not_reported(read).to_owned()),
        (None, None, _) if line.cost.added.is_some() => (Counted::Counted, "Its cost is counted.".to_owned()),
        (None, None, _) => (Counted::RepeatsChildren, "Its cost repeats that of the calls below it.".to_owned()),
        (Some(_), Some(added), Some(_)) if is_call && !adds_tokens(&added) => {
            (Counted::SameCall, "The same call as the one inside it: counted there, details from here.".to_owned())
        }
        (_, Some(_), Some(below)) => {
            let inside = if is_call { "the calls inside it" } else { "the spans below it" };
            let why = format!("Counted with what it reports beyond {inside} ({}).", words(&below));
            (Counted::Counted, why)
        }
        (_, Some(_), None) if is_call => (Counted::Counted, "A call of a model: counted.".to_owned()),
        (_, Some(_), None) => (Counted::Counted, "Counted: no call below it reports usage.".to_owned()),
        (Some(own), None, Some(below)) => match is_call {
            _ if own == below && is_call => {
                (Counted::SameCall, "The same call as the one inside it: counted there.".to_owned())
            }
            _ if own == below => (
                Counted::RepeatsChildren,
                "It repeats the calls below it: left out, so nothing counts twice.".to_owned(),
            ),
            true => {
                let why = format!(
                    "It reports {}; the calls inside it add up to {} and are counted.",
                    words(&own),
                    words(&below)
                );
                (Counted::SameCall, why)
            }
            false => {
                let why = format!(
                    "It reports {}; the calls below it add up to {} and are counted.",
                    words(&own),
                    words(&below)
                );
                (Counted::RepeatsChildren, why)
            }
        },
        (Some(_), None, None) => (Counted::RepeatsChildren, "Left out.".to_owned()),
    }
}

/// Says whether any of the main counts is more than nothing.
fn adds_tokens(usage: &Usage) -> bool {
    [usage.input_tokens, usage.output_tokens, usage.total_tokens].into_iter().flatten().any(|count| count > 0)
}

fn not_reported(read: &ReadSpan) -> &'static str {
    if read.is_running() {
        "The call is still running."
    } else if read.failed() {
        "The call failed and reported no usage."
    } else if read.reading.stream.is_some() {
        "The streamed call reported no usage: unknown, not 0."
    } else {
        "The call reported no usage: unknown, not 0."
    }
}

/// Returns usage in words: `1,772 in, 222 out`.
fn words(usage: &Usage) -> String {
    let side = |count: Option<u64>, side: &str| count.map(|count| format!("{} {side}", grouped(count)));
    let sides: Vec<String> =
        [side(usage.input_tokens, "in"), side(usage.output_tokens, "out")].into_iter().flatten().collect();
    match (sides.is_empty(), usage.total_tokens) {
        (true, Some(total)) => format!("{} in all", grouped(total)),
        (true, None) => "only details".to_owned(),
        (false, _) => sides.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::drawn::{span, trace};

    fn rows(spans: Vec<ReadSpan>) -> Vec<(Counted, String)> {
        ledger(&trace(spans), 1).rows.into_iter().map(|row| (row.counted, row.why)).collect()
    }

    #[test]
    fn every_line_says_why_it_counts_or_not() {
        let llm = |number, up, tokens| span(number, up, number, 99).kind(Kind::Llm).using(tokens, 5);
        let agent = |tokens| span(1, 0, 0, 99).kind(Kind::Agent).using(tokens, 10);
        let counted = (Counted::Counted, "A call of a model: counted.".to_owned());
        let repeats = "It repeats the calls below it: left out, so nothing counts twice.".to_owned();
        assert_eq!(
            rows(vec![agent(300), llm(2, 1, 100), llm(3, 1, 200)]),
            [(Counted::RepeatsChildren, repeats), counted.clone(), counted.clone()]
        );
        let differs =
            "It reports 12,900 in, 10 out; the calls below it add up to 100 in, 5 out and are counted.".to_owned();
        assert_eq!(rows(vec![agent(12_900), llm(2, 1, 100)]), [(Counted::RepeatsChildren, differs), counted.clone()]);
        let same = "The same call as the one inside it: counted there.".to_owned();
        assert_eq!(rows(vec![llm(1, 0, 100), llm(2, 1, 100)]), [(Counted::SameCall, same), counted.clone()]);
        let by_id = "The same call as s1, by its response id: counted there.".to_owned();
        assert_eq!(
            rows(vec![llm(1, 0, 100).response("r"), llm(2, 0, 100).response("r")]),
            [counted, (Counted::SameCall, by_id)]
        );
        let around = "It reports none itself; the call around it does, which is counted.".to_owned();
        let inner = span(2, 1, 1, 9).kind(Kind::Llm);
        assert_eq!(rows(vec![llm(1, 0, 100), inner.clone()])[1], (Counted::NotReported, around));
        let above = "It reports none; a span above it does, which is counted.".to_owned();
        assert_eq!(rows(vec![agent(100), inner])[1], (Counted::NotReported, above));
        let mut detailed = llm(1, 0, 100);
        detailed.reading.usage.iter_mut().for_each(|usage| usage.cache_read_tokens = Some(0));
        assert_eq!(rows(vec![detailed, llm(2, 1, 100)])[0].0, Counted::SameCall);
        let failed = "The call failed and reported no usage.".to_owned();
        assert_eq!(rows(vec![span(1, 0, 0, 9).kind(Kind::Llm).failing("429")]), [(Counted::NotReported, failed)]);
    }

    #[test]
    fn calls_are_numbered_in_order_of_time_and_roll_ups_are_none() {
        let call = |number, up, start| span(number, up, start, 99).kind(Kind::Llm).using(1, 1);
        let agent = |number, up| span(number, up, number, 99).kind(Kind::Agent);
        let spans =
            vec![agent(1, 0).using(3, 3), call(2, 1, 3), agent(3, 1), call(4, 3, 5), agent(5, 3), call(6, 5, 6)];
        let rows = ledger(&trace(spans), 1).rows;
        let numbers: Vec<_> = rows.iter().map(|row| (&row.name[..], row.number)).collect();
        assert_eq!(numbers, [("s1", None), ("s2", Some(1)), ("s4", Some(2)), ("s6", Some(3))]);
    }

    #[test]
    fn the_difference_is_what_a_partly_instrumented_call_adds() {
        let llm = |number, up, tokens| span(number, up, number, 99).kind(Kind::Llm).using(tokens, 5);
        let ledger = ledger(&trace(vec![llm(1, 0, 100), llm(2, 1, 60)]), 1);
        let added: Vec<_> = ledger.rows.iter().map(|row| row.added.and_then(|usage| usage.input_tokens)).collect();
        assert_eq!((added, ledger.total.and_then(|usage| usage.input_tokens)), (vec![Some(40), Some(60)], Some(100)));
    }
}
