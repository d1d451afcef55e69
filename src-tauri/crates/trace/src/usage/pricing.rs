//! What the price table says of a trace's tokens: each counted token has one price, and none where the sender told the cost.
//!
//! Costs the sender recorded are rolled up by themselves (see [`super::rollup`]) and win: a call is not priced when it, a span
//! that reports the same call, or a counted total above it says what it cost. Everything else that entered the token total is
//! priced as it entered it, so the computed cost follows the same lines as the tokens and repeats nothing. A span that sums up
//! calls which report nothing, and names no model itself (DSPy's modules), is priced as those calls where all have one price.

use std::collections::BTreeMap;

use super::prices::{Price, Prices, Rates};
use super::rollup::{Entry, Reported, call_index, separates};
use crate::reading::Usage;

/// What the price table says of one span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Computed {
    /// What the tokens the span reports cost in US dollars.
    pub own: Option<f64>,
    /// What of that is in the trace's cost; below 0 where all it adds is how much of a call's input was cached.
    pub added: Option<f64>,
    /// Which price that was: `prices:<model>@<day>`, or `prices.json:<model>` for one of the user's own.
    pub source: String,
    /// What a million of its tokens cost.
    pub rates: Rates,
}

/// The computed costs of a trace.
#[derive(Default)]
pub(super) struct Pricing {
    /// By place.
    pub(super) lines: Vec<(u32, Computed)>,
    /// Spans whose tokens are in the total and have no cost.
    pub(super) unpriced: Vec<u32>,
}

/// A cost that is counted for want of those of the calls below.
const ABOVE: u8 = 1 << 7;
/// A cost recorded anywhere below.
const BELOW: u8 = 1 << 6;

/// Prices what entered the token total.
pub(super) fn price(
    spans: &[Reported<'_>],
    same_call: &BTreeMap<u32, u32>,
    usage: &[(u32, Entry<Usage>)],
    cost: &[(u32, Entry<f64>)],
    prices: &Prices,
) -> Pricing {
    let paid = paid(spans, same_call, cost);
    let mut pricing = Pricing::default();
    let mut below = None;
    for (at, entry) in usage {
        let span = &spans[*at as usize];
        let is_call = span.is_call();
        let mask = if is_call { ABOVE | 1 << call_index(span.kind) } else { ABOVE | BELOW };
        let is_paid = paid[*at as usize] & mask != 0;
        let price = match span.models {
            [None, None] if !is_call => below.get_or_insert_with(|| below_each(spans, prices))[*at as usize].only(),
            _ => price_of(span, prices),
        };
        let of = |whole: Option<Usage>, part: Usage| price.and_then(|price| price.of(&whole?, &part));
        let whole = entry.own.or(entry.added);
        let own = entry.own.filter(|_| is_call || entry.added.is_some()).and_then(|own| of(Some(own), own));
        let added = entry.added.filter(|_| !is_paid).and_then(|added| of(whole, added));
        if entry.added.is_some_and(|added| has_tokens(&added)) && !is_paid && added.is_none() {
            pricing.unpriced.push(*at);
        }
        if let Some(price) = price.filter(|_| own.is_some() || added.is_some()) {
            let name = price.models.first().map_or("", String::as_str);
            let source =
                if price.own { format!("prices.json:{name}") } else { format!("prices:{name}@{}", prices.as_of) };
            let rates = whole.map_or(price.rates, |whole| price.rates_of(&whole));
            pricing.lines.push((*at, Computed { own, added, source, rates }));
        }
    }
    pricing
}

fn price_of<'p>(span: &Reported<'_>, prices: &'p Prices) -> Option<&'p Price> {
    span.models.iter().flatten().find_map(|model| prices.find(model, span.provider))
}

/// The prices of the calls below a span.
#[derive(Clone, Copy)]
enum Priced<'p> {
    Nothing,
    One(&'p Price),
    Several,
}

impl<'p> Priced<'p> {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, one) | (one, Self::Nothing) => one,
            (Self::One(one), Self::One(other)) if std::ptr::eq(one, other) => self,
            _ => Self::Several,
        }
    }

    fn only(self) -> Option<&'p Price> {
        if let Self::One(price) = self { Some(price) } else { None }
    }
}

/// Returns, for each span, the prices of the calls below it; a call without a price has one of its own.
fn below_each<'p>(spans: &[Reported<'_>], prices: &'p Prices) -> Vec<Priced<'p>> {
    let mut below = vec![Priced::Nothing; spans.len()];
    for (at, span) in spans.iter().enumerate().rev() {
        // What names no model and has calls inside is one of them, told again.
        let says_nothing = span.models == [None, None] && !matches!(below[at], Priced::Nothing);
        let own = match span.is_call() && !says_nothing {
            true => price_of(span, prices).map_or(Priced::Several, Priced::One),
            false => Priced::Nothing,
        };
        if let Some(up) = span.parent {
            below[up as usize] = below[up as usize].and(below[at]).and(own);
        }
    }
    below
}

fn has_tokens(usage: &Usage) -> bool {
    [usage.input_tokens, usage.output_tokens, usage.total_tokens].into_iter().flatten().any(|count| count > 0)
}

/// Returns, for each span, what is paid by a recorded cost: bits for calls by kind, [`ABOVE`] and [`BELOW`].
fn paid(spans: &[Reported<'_>], same_call: &BTreeMap<u32, u32>, cost: &[(u32, Entry<f64>)]) -> Vec<u8> {
    let mut told = vec![0u8; spans.len()];
    for (at, entry) in cost {
        let span = &spans[*at as usize];
        if span.is_call() && entry.own.is_some() {
            let counted_at = same_call.get(at).copied().unwrap_or(*at);
            told[*at as usize] |= 1 << call_index(span.kind);
            told[counted_at as usize] |= 1 << call_index(span.kind);
        } else if entry.added.is_some() {
            told[*at as usize] |= ABOVE;
        }
    }
    // A call is paid by what calls of its kind inside it say, and by what those around it say; a tool or an agent in between
    // makes it another call.
    let mut below = told.clone();
    for at in (0..spans.len()).rev() {
        if below[at] & !ABOVE != 0 {
            below[at] |= BELOW;
        }
        if let Some(up) = spans[at].parent {
            let passed = if separates(spans[at].kind) { BELOW } else { !ABOVE };
            below[up as usize] |= below[at] & passed;
        }
    }
    let mut above = told;
    for at in 0..spans.len() {
        if let Some(up) = spans[at].parent.map(|up| up as usize) {
            let passed = if separates(spans[up].kind) { ABOVE } else { u8::MAX };
            above[at] |= above[up] & passed;
        }
    }
    above.iter().zip(below).map(|(above, below)| above | below).collect()
}
