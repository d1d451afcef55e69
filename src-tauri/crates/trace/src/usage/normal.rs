//! One normal form for token counts: input includes what was cached, output includes what was reasoned.
//!
//! Senders disagree: OpenAI counts cached tokens within the input, Anthropic and Bedrock beside it, Gemini counts thoughts beside
//! the output. What each key is called is the business of dialects and shapes; here is only the arithmetic that finds out which
//! way a sender counted.

use crate::json::AsJson;
use crate::reading::Usage;

/// Token counts as a sender reported them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Input tokens, with or without the cached ones.
    pub input: Option<u64>,
    /// Output tokens, with or without the reasoning ones.
    pub output: Option<u64>,
    /// All tokens.
    pub total: Option<u64>,
    /// Input tokens read from a cache.
    pub cache_read: Option<u64>,
    /// Input tokens written to a cache.
    pub cache_write: Option<u64>,
    /// Those of them that are kept for an hour.
    pub cache_write_1h: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning: Option<u64>,
    /// Whether this sender's format counts cached tokens beside the input; what the numbers themselves prove goes first.
    pub cache_is_beside: bool,
    /// Whether this sender's format counts reasoning tokens beside the output; what the numbers themselves prove goes first.
    pub reasoning_is_beside: bool,
}

/// A count is at most this: beyond it a double no longer holds every whole number, so the sender's own number is in doubt.
const MAX_COUNT: u64 = 1 << 53;

/// Returns a reported count; `None` for anything but a whole number from 0 to 2^53, given as a number or as text.
pub fn count(value: impl AsJson) -> Option<u64> {
    let number = value.with(|value| match value.as_str() {
        Some(text) => text.trim().parse().ok().or_else(|| whole(text.trim().parse().ok()?)),
        None => value.as_u64().or_else(|| whole(value.as_f64()?)),
    });
    number.filter(|number| *number <= MAX_COUNT)
}

fn whole(number: f64) -> Option<u64> {
    (number >= 0.0 && number <= MAX_COUNT as f64 && number.fract() == 0.0).then_some(number as u64)
}

impl Counts {
    /// Returns the counts in normal form; `None` when nothing was reported.
    ///
    /// More cached than input tokens prove that the cache is counted beside. Otherwise a reported total tells: it equals one of
    /// the four possible sums. Otherwise the sender's format decides; by default the parts are included.
    pub fn normalise(self) -> Option<Usage> {
        let reported = [self.input, self.output, self.total, self.cache_read, self.cache_write, self.reasoning];
        reported.iter().any(Option::is_some).then(|| {
            let (cache_beside, reasoning_beside) = self.beside();
            let cached = self.cached();
            let input = self.input.map(|input| if cache_beside { input.saturating_add(cached) } else { input });
            let reasoned = self.reasoning.unwrap_or(0);
            let output =
                self.output.map(|output| if reasoning_beside { output.saturating_add(reasoned) } else { output });
            let sum = input.zip(output).map(|(input, output)| input.saturating_add(output));
            // A total of less than one of its parts was not counted.
            let reported = self.total.filter(|total| input.max(output).is_none_or(|part| *total >= part));
            let total = if cache_beside || reasoning_beside { sum.or(reported) } else { reported.or(sum) };
            Usage {
                input_tokens: input,
                output_tokens: output,
                total_tokens: total,
                cache_read_tokens: self.cache_read,
                cache_write_tokens: self.cache_write,
                // More than were written is not what was counted.
                cache_write_1h_tokens: self.cache_write_1h.filter(|kept| *kept > 0 && Some(*kept) <= self.cache_write),
                reasoning_tokens: self.reasoning,
            }
        })
    }

    fn cached(self) -> u64 {
        self.cache_read.unwrap_or(0).saturating_add(self.cache_write.unwrap_or(0))
    }

    /// Says whether cached tokens are counted beside the input, and reasoning tokens beside the output.
    fn beside(self) -> (bool, bool) {
        let (cached, reasoned) = (self.cached(), self.reasoning.unwrap_or(0));
        let cache_certain = self.input.is_some_and(|input| cached > input);
        let reasoning_certain = self.output.is_some_and(|output| reasoned > output);
        if let (Some(input), Some(output), Some(total)) = (self.input, self.output, self.total) {
            let base = input.saturating_add(output);
            let sums = [
                (base, (false, false)),
                (base.saturating_add(cached), (true, false)),
                (base.saturating_add(reasoned), (false, true)),
                (base.saturating_add(cached).saturating_add(reasoned), (true, true)),
            ];
            let told = sums.iter().find(|(sum, (cache, reasoning))| {
                *sum == total && (*cache || !cache_certain) && (*reasoning || !reasoning_certain)
            });
            if let Some((_, beside)) = told {
                return *beside;
            }
        }
        (cache_certain || self.cache_is_beside, reasoning_certain || self.reasoning_is_beside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(input: u64, output: u64) -> Counts {
        Counts { input: Some(input), output: Some(output), ..Counts::default() }
    }

    fn normal(counts: Counts) -> (Option<u64>, Option<u64>, Option<u64>) {
        let usage = counts.normalise().expect("counts were given");
        (usage.input_tokens, usage.output_tokens, usage.total_tokens)
    }

    #[test]
    fn nothing_reported_is_no_usage() {
        assert_eq!(Counts::default().normalise(), None);
    }

    #[test]
    fn total_of_input_and_output_says_the_cache_is_included() {
        let told = Counts { total: Some(130), cache_read: Some(80), cache_is_beside: true, ..counts(100, 30) };
        assert_eq!(normal(told), (Some(100), Some(30), Some(130)));
    }

    #[test]
    fn total_with_the_cache_says_it_is_beside() {
        let told = Counts { total: Some(210), cache_read: Some(60), cache_write: Some(20), ..counts(100, 30) };
        assert_eq!(normal(told), (Some(180), Some(30), Some(210)));
    }

    #[test]
    fn total_with_the_reasoning_says_it_is_beside() {
        let told = Counts { total: Some(150), reasoning: Some(20), ..counts(100, 30) };
        assert_eq!(normal(told), (Some(100), Some(50), Some(150)));
    }

    #[test]
    fn total_with_both_says_both_are_beside() {
        let told = Counts { total: Some(155), cache_read: Some(5), reasoning: Some(20), ..counts(100, 30) };
        assert_eq!(normal(told), (Some(105), Some(50), Some(155)));
    }

    #[test]
    fn more_cached_than_input_is_beside_whatever_the_total_says() {
        let told = Counts { total: Some(40), cache_read: Some(900), ..counts(10, 30) };
        assert_eq!(normal(told), (Some(910), Some(30), Some(940)));
    }

    #[test]
    fn format_decides_when_the_numbers_do_not() {
        let told = Counts { cache_read: Some(4), cache_is_beside: true, ..counts(10, 30) };
        assert_eq!(normal(told), (Some(14), Some(30), Some(44)));
        assert_eq!(normal(Counts { cache_read: Some(4), ..counts(10, 30) }), (Some(10), Some(30), Some(40)));
    }

    #[test]
    fn output_that_was_not_reported_stays_unknown() {
        let told = Counts { input: Some(3), total: Some(3), ..Counts::default() };
        assert_eq!(normal(told), (Some(3), None, Some(3)));
    }

    #[test]
    fn counts_that_are_no_counts_are_not_read() {
        for value in [serde_json::json!(-1), serde_json::json!(1.5), serde_json::json!("NaN"), serde_json::json!(1e300)]
        {
            assert_eq!(count(&value), None, "{value}");
        }
        assert_eq!(count(&serde_json::json!("12")), Some(12));
        assert_eq!(count(&serde_json::json!(12.0)), Some(12));
    }

    proptest! {
        #[test]
        fn parts_never_exceed_the_whole(input in 0u64..1000, output in 0u64..1000, total in proptest::option::of(0u64..4000),
            read in proptest::option::of(0u64..1000), write in proptest::option::of(0u64..1000),
            reasoning in proptest::option::of(0u64..1000), beside in any::<(bool, bool)>()) {
            let told = Counts { total, cache_read: read, cache_write: write, reasoning,
                cache_is_beside: beside.0, reasoning_is_beside: beside.1, ..counts(input, output) };
            let usage = told.normalise().expect("counts were given");
            prop_assert!(usage.input_tokens.unwrap() >= read.unwrap_or(0) + write.unwrap_or(0));
            prop_assert!(usage.output_tokens.unwrap() >= reasoning.unwrap_or(0));
            prop_assert!(usage.total_tokens >= usage.input_tokens.max(usage.output_tokens));
        }

        #[test]
        fn both_ways_of_counting_the_cache_give_one_result(input in 0u64..1000, output in 1u64..1000, cached in 1u64..1000) {
            let total = Some(input + cached + output);
            let beside = Counts { total, cache_read: Some(cached), ..counts(input, output) };
            let within = Counts { total, cache_read: Some(cached), ..counts(input + cached, output) };
            prop_assert_eq!(beside.normalise(), within.normalise());
        }

        #[test]
        fn hostile_counts_never_panic(input: u64, output: u64, read: u64, reasoning: u64, total: u64) {
            let told = Counts { total: Some(total), cache_read: Some(read), reasoning: Some(reasoning), ..counts(input, output) };
            prop_assert!(told.normalise().is_some());
        }
    }
}
