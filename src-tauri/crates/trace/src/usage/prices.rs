//! What tokens cost: the table that ships inside the program, and the user's own entries, which come first.
//!
//! The shipped table is `prices.json`: list prices for text in US dollars per million tokens, read on the day it names, never
//! fetched. A model is looked up by its whole name, less what comes before it (`openai/`, `us.anthropic.`) and the date or
//! version behind it, so that one model's price never stands for another's. What a table does not hold has no price.

mod names;
mod own;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use names::{matches, names, plain, split};
pub use own::NotPrices;

use super::providers::{Provider, provider};
use crate::reading::Usage;

/// What a million tokens cost, in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Rates {
    /// Input tokens.
    pub input: f64,
    /// Output tokens; `None` for a model that has no output, such as an embedding.
    pub output: Option<f64>,
    /// Input tokens read from a cache; `None` = like other input.
    pub cache_read: Option<f64>,
    /// Input tokens written to a cache (for the shortest time offered); `None` = like other input.
    pub cache_write: Option<f64>,
}

/// What a call with a long input costs: all of it, and not only what exceeds the bound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Above {
    /// It holds for calls with more input tokens than this.
    #[ts(type = "number")]
    pub input_tokens: u64,
    /// The rates.
    #[serde(flatten)]
    pub rates: Rates,
}

/// One price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Price {
    /// The models' names, without provider and date. In an own entry `*` stands for anything.
    pub models: Vec<String>,
    /// Whose models they are. An own entry without one holds whoever runs the model.
    pub provider: Option<String>,
    /// The rates.
    #[serde(flatten)]
    pub rates: Rates,
    /// The rates of calls with a long input.
    pub above: Option<Above>,
    /// Whether it is one of the user's own.
    pub own: bool,
}

impl Rates {
    /// Returns the rate of what a cache keeps for an hour, and that for the shortest time; `None` where no time costs more than
    /// other input. Anthropic, which alone asks more for an hour, asks twice the input's ("Prompt caching", "Pricing").
    pub(crate) fn for_an_hour(&self) -> Option<(f64, f64)> {
        self.cache_write.filter(|short| *short > self.input).map(|short| (2.0 * self.input, short))
    }
}

impl Price {
    /// Returns what `part` of a call's usage costs; `whole` is all of it, which decides the rates. `None` when the usage lacks
    /// what the price needs.
    ///
    /// Linear in `part`: the parts of a call cost together what the whole does. A part that only says how much of another's
    /// input was cached is a correction, below 0.
    pub fn of(&self, whole: &Usage, part: &Usage) -> Option<f64> {
        let input = whole.billed_input(&self.rates);
        let known = input.is_some() && (self.rates.output.is_none() || whole.output_tokens.is_some());
        let rates = self.rates_of(whole);
        let tokens = |count: Option<u64>| count.unwrap_or(0) as f64;
        let cached =
            |count: Option<u64>, rate: Option<f64>| tokens(count) * (rate.unwrap_or(rates.input) - rates.input);
        let micro_dollars = tokens(part.billed_input(&self.rates)) * rates.input
            + tokens(part.output_tokens) * rates.output.unwrap_or(0.0)
            + cached(part.cache_read_tokens, rates.cache_read)
            + cached(part.cache_write_tokens, rates.cache_write)
            + tokens(part.cache_write_1h_tokens) * rates.for_an_hour().map_or(0.0, |(rate, short)| rate - short);
        known.then(|| exact(micro_dollars / 1e6))
    }

    /// Returns the rates of a call with this usage.
    pub fn rates_of(&self, whole: &Usage) -> Rates {
        let input = whole.billed_input(&self.rates);
        match self.above {
            Some(above) if input.is_some_and(|tokens| tokens > above.input_tokens) => above.rates,
            _ => self.rates,
        }
    }
}

impl Usage {
    /// Returns the tokens that are paid as input: of a model without output all there are.
    pub(crate) fn billed_input(&self, rates: &Rates) -> Option<u64> {
        match rates.output {
            Some(_) => self.input_tokens,
            None => self.input_tokens.or(self.total_tokens),
        }
    }
}

/// Returns a sum of costs to a millionth of a millionth of a dollar: doubles add up to 0.30000000000000004.
pub(super) fn exact(cost: f64) -> f64 {
    (cost * 1e12).round() / 1e12
}

/// The shipped prices of one provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PriceSource {
    /// The provider.
    pub provider: String,
    /// Who else runs these models at these prices.
    pub also: Vec<String>,
    /// The page the prices stand on.
    pub source: String,
    /// Whether the prices hold only where a span names the provider: others run models of these names too.
    pub named_only: bool,
}

/// All prices: the user's own and the shipped ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    /// The day the shipped prices were read.
    pub as_of: String,
    /// Where they were read.
    pub read_from: String,
    /// The providers of the shipped prices.
    pub sources: Vec<PriceSource>,
    /// The prices: the user's own first, in the order of their file, then the shipped ones.
    pub prices: Vec<Price>,
    /// Which price a name has, for the own and for the shipped ones; of several with one name the first that fits holds.
    by_name: [BTreeMap<String, Vec<usize>>; 2],
}

#[derive(Deserialize)]
struct Shipped {
    as_of: String,
    read_from: String,
    providers: Vec<ShippedProvider>,
}

#[derive(Deserialize)]
struct ShippedProvider {
    #[serde(flatten)]
    source: PriceSource,
    prices: Vec<ShippedPrice>,
}

#[derive(Deserialize)]
struct ShippedPrice {
    names: Vec<String>,
    #[serde(flatten)]
    rates: Rates,
    above: Option<Above>,
}

static SHIPPED: LazyLock<Prices> = LazyLock::new(|| {
    let shipped: Shipped =
        serde_json::from_str(include_str!("prices.json")).expect("the shipped table is read by a test");
    let mut prices = Prices {
        as_of: shipped.as_of,
        read_from: shipped.read_from,
        sources: Vec::new(),
        prices: Vec::new(),
        by_name: Default::default(),
    };
    for ShippedProvider { source, prices: of_provider } in shipped.providers {
        prices.prices.extend(of_provider.into_iter().map(|ShippedPrice { names, rates, above }| Price {
            models: names,
            provider: Some(source.provider.clone()),
            rates,
            above,
            own: false,
        }));
        prices.sources.push(source);
    }
    prices.index();
    prices
});

impl Prices {
    /// Returns the shipped prices.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// Returns the shipped prices with the user's own before them.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, and where; then none of it holds.
    pub fn with_own(text: &str) -> Result<Self, NotPrices> {
        let mut prices = Self::shipped().clone();
        prices.prices.splice(0..0, own::read(text)?);
        prices.index();
        Ok(prices)
    }

    fn index(&mut self) {
        self.by_name = Default::default();
        for (at, price) in self.prices.iter().enumerate() {
            for name in &price.models {
                self.by_name[usize::from(!price.own)].entry(plain(name)).or_default().push(at);
            }
        }
    }

    /// Returns a model's price; `None` when there is none. `recorded` is the provider's name as recorded.
    pub fn find(&self, model: &str, recorded: Option<&str>) -> Option<&Price> {
        let told = recorded.map_or(Provider::Unknown, provider);
        let (model, before) = split(model);
        let runs = match told {
            Provider::Unknown => before.iter().map(|word| provider(word)).find(|told| *told != Provider::Unknown),
            told => Some(told),
        };
        let runs = runs.unwrap_or(Provider::Unknown);
        let names = names(&model);
        let [own, shipped] = &self.by_name;
        let fits = |at: &&usize| self.holds(&self.prices[**at], runs, recorded);
        names
            .iter()
            .find_map(|name| own.get(name)?.iter().find(fits))
            .map(|at| &self.prices[*at])
            .or_else(|| self.by_pattern(&names, runs, recorded))
            .or_else(|| names.iter().find_map(|name| shipped.get(name)?.iter().find(fits)).map(|at| &self.prices[*at]))
    }

    /// Returns the own price with the longest pattern that fits.
    fn by_pattern(&self, names: &[String], runs: Provider, recorded: Option<&str>) -> Option<&Price> {
        let own = self.prices.iter().take_while(|price| price.own);
        let patterns = own.flat_map(|price| price.models.iter().map(move |pattern| (price, plain(pattern))));
        patterns
            .filter(|(price, pattern)| {
                pattern.contains('*')
                    && self.holds(price, runs, recorded)
                    && names.iter().any(|name| matches(pattern, name))
            })
            .max_by_key(|(_, pattern)| pattern.len())
            .map(|(price, _)| price)
    }

    /// Says whether a price holds where this provider runs the model.
    fn holds(&self, price: &Price, runs: Provider, recorded: Option<&str>) -> bool {
        let Some(whose) = &price.provider else { return true };
        if price.own {
            let same_word = recorded.is_some_and(|recorded| recorded.eq_ignore_ascii_case(whose));
            return same_word || (runs != Provider::Unknown && provider(whose) == runs);
        }
        let Some(source) = self.sources.iter().find(|source| source.provider == *whose) else { return false };
        match runs {
            // OpenAI's client asks every compatible server, and instrumentations then say `openai`.
            Provider::Known("openai") if !source.named_only => true,
            Provider::Known(runs) => source.provider == runs || source.also.iter().any(|also| also == runs),
            Provider::Gateway | Provider::Unknown => !source.named_only,
            Provider::Local => false,
        }
    }
}

#[cfg(test)]
mod tests;
