//! What a trace's cost was paid for: tokens times their price, and what senders told themselves.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::LedgerRow;
use crate::reading::Usage;
use crate::usage::prices::Rates;

/// What tokens are paid as, in the order they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Billed {
    /// Input that a cache neither held nor took.
    Input,
    /// Input read from a cache.
    CacheRead,
    /// Input written to a cache.
    CacheWrite,
    /// Input written to a cache that keeps it for an hour.
    CacheWriteHour,
    /// Output.
    Output,
}

/// Tokens of one price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BilledTokens {
    /// What they are paid as.
    pub billed: Billed,
    /// How many; below 0 where all that was added says how much of another's input was cached.
    #[ts(type = "number")]
    pub tokens: i64,
    /// US dollars per million.
    pub rate: f64,
    /// US dollars.
    pub usd: f64,
}

/// What was paid at one price.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Bill {
    /// Which price: as [`LedgerRow::cost_source`]; `None` = the senders told the cost.
    pub source: Option<String>,
    /// How many spans.
    pub spans: u32,
    /// What for; nothing where the senders told the cost.
    pub items: Vec<BilledTokens>,
    /// US dollars in all.
    pub usd: f64,
}

/// Returns what is in the cost of all rows, price by price in order of their rows; the last one is what senders told.
pub(super) fn bills(rows: &[LedgerRow]) -> Vec<Bill> {
    let mut bills: Vec<(Rates, Bill)> = Vec::new();
    let mut told = Bill::default();
    for row in rows {
        let Some(usd) = row.cost_added else { continue };
        let (Some(rates), Some(added)) = (row.rates, row.added) else {
            (told.spans, told.usd) = (told.spans + 1, told.usd + usd);
            continue;
        };
        let same = |(known, bill): &(Rates, Bill)| *known == rates && bill.source == row.cost_source;
        let at = bills.iter().position(same).unwrap_or(bills.len());
        if at == bills.len() {
            bills.push((rates, Bill { source: row.cost_source.clone(), ..Bill::default() }));
        }
        let bill = &mut bills[at].1;
        (bill.spans, bill.usd) = (bill.spans + 1, bill.usd + usd);
        for (billed, tokens, rate) in paid_for(&rates, &added) {
            match bill.items.iter_mut().find(|item| item.billed == billed) {
                Some(item) => item.tokens += tokens,
                None => bill.items.push(BilledTokens { billed, tokens, rate, usd: 0.0 }),
            }
        }
    }
    let mut bills: Vec<Bill> = bills.into_iter().map(|(_, bill)| bill).collect();
    for bill in &mut bills {
        bill.items.sort_by_key(|item| item.billed);
        bill.items.iter_mut().for_each(|item| item.usd = item.tokens as f64 * item.rate / 1e6);
    }
    bills.extend((told.spans > 0).then_some(told));
    bills
}

/// Returns what tokens are paid as: what a cache held or took has a price of its own only where the table says so.
fn paid_for(rates: &Rates, added: &Usage) -> Vec<(Billed, i64, f64)> {
    let count = |count: Option<u64>| count.unwrap_or(0) as i64;
    let apart = |tokens: Option<u64>, rate: Option<f64>| rate.map(|rate| (count(tokens), rate));
    let read = apart(added.cache_read_tokens, rates.cache_read);
    let hour = rates.for_an_hour().map(|(rate, _)| (count(added.cache_write_1h_tokens), rate));
    let kept = hour.map_or(0, |(tokens, _)| tokens);
    let written = apart(added.cache_write_tokens, rates.cache_write).map(|(tokens, rate)| (tokens - kept, rate));
    let aside = [read, written, hour].into_iter().flatten().map(|(tokens, _)| tokens).sum::<i64>();
    let output = rates.output.map(|rate| (count(added.output_tokens), rate));
    let items = [
        (Billed::Input, Some((count(added.billed_input(rates)) - aside, rates.input))),
        (Billed::CacheRead, read),
        (Billed::CacheWrite, written),
        (Billed::CacheWriteHour, hour),
        (Billed::Output, output),
    ];
    let items = items.into_iter().filter_map(|(billed, item)| item.map(|(tokens, rate)| (billed, tokens, rate)));
    items.filter(|(billed, tokens, _)| *tokens != 0 || *billed == Billed::Input).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Column, ledger};
    use super::*;
    use crate::reading::{Kind, Model};
    use crate::views::drawn::{span, trace};

    #[test]
    fn what_a_cache_keeps_for_an_hour_is_paid_apart() {
        let rates = Rates { input: 3.0, output: Some(15.0), cache_read: Some(0.3), cache_write: Some(3.75) };
        let added = Usage {
            input_tokens: Some(100),
            output_tokens: Some(1),
            cache_write_tokens: Some(30),
            cache_write_1h_tokens: Some(20),
            ..Usage::default()
        };
        let paid = [
            (Billed::Input, 70, 3.0),
            (Billed::CacheWrite, 10, 3.75),
            (Billed::CacheWriteHour, 20, 6.0),
            (Billed::Output, 1, 15.0),
        ];
        assert_eq!(paid_for(&rates, &added), paid);
        let as_other = Rates { cache_write: None, ..rates };
        assert_eq!(paid_for(&as_other, &added), [(Billed::Input, 100, 3.0), (Billed::Output, 1, 15.0)]);
    }

    #[test]
    fn the_cost_is_tokens_times_prices_and_what_senders_told() {
        let asked = |number, model: &str, cached| {
            let mut span = span(number, 0, number, 99).kind(Kind::Llm).using(1_000, 100);
            span.reading.model = Some(Model { request: Some(model.to_owned()), ..Model::default() });
            span.reading.usage.iter_mut().for_each(|usage| usage.cache_read_tokens = Some(cached));
            span
        };
        let mut told = asked(4, "gpt-4o", 0);
        told.reading.cost_usd = Some(0.5);
        let spans = vec![asked(1, "gpt-4o-mini", 0), asked(2, "gpt-4o", 0), asked(3, "gpt-4o-mini", 400), told];
        let sum = ledger(&trace(spans), 1).sum(Column::Cost);
        let paid = |bill: &Bill| bill.items.iter().map(|item| (item.billed, item.tokens)).collect::<Vec<_>>();
        let mini = [(Billed::Input, 1_600), (Billed::CacheRead, 400), (Billed::Output, 200)];
        assert_eq!(paid(&sum.bills[0]), mini);
        assert_eq!(paid(&sum.bills[1]), [(Billed::Input, 1_000), (Billed::Output, 100)]);
        assert_eq!((sum.bills[2].source.as_deref(), sum.bills[2].usd), (None, 0.5));
        for bill in &sum.bills[..2] {
            let items: f64 = bill.items.iter().map(|item| item.usd).sum();
            assert!((items - bill.usd).abs() < 1e-12, "{bill:?}");
        }
        let all: f64 = sum.bills.iter().map(|bill| bill.usd).sum();
        assert!((all - sum.sum.unwrap()).abs() < 1e-12);
    }
}
