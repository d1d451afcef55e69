//! Token counts of the Vercel AI SDK: `ai.usage.*`, and what versions without words for details left in the provider's metadata.

use super::proposal::Found;
use super::value::{self, first_count};
use crate::reading::Reader;
use crate::usage::normal::{Counts, count};

/// Input includes what was cached since version 6. Before, it was the provider's own number: Anthropic's is without, which the
/// provider's metadata beside it prove.
pub(super) fn read(reader: &Reader<'_>) -> Option<Found<Counts>> {
    let number = |keys: &[&'static str]| first_count(reader, keys).map(|(_, number)| number);
    let mut counts = Counts {
        input: number(&["ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"]),
        output: number(&["ai.usage.outputTokens", "ai.usage.completionTokens"]),
        total: number(&["ai.usage.totalTokens"]),
        cache_read: number(&["ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens"]),
        cache_write: number(&["ai.usage.inputTokenDetails.cacheWriteTokens"]),
        reasoning: number(&["ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"]),
        ..Counts::default()
    };
    for key in ["ai.usage.inputTokenDetails.noCacheTokens", "ai.usage.outputTokenDetails.textTokens"] {
        let _ = reader.get(key);
    }
    let details = reader.peek("ai.response.providerMetadata").and_then(value::json);
    if let Some(own) = details.as_ref().and_then(|details| details.get("openai")) {
        // Version 4 has no words for these; OpenAI's input includes what was cached.
        let told = |key: &str| own.get(key).and_then(count);
        counts.cache_read = counts.cache_read.or(told("cachedPromptTokens"));
        counts.reasoning = counts.reasoning.or(told("reasoningTokens"));
    }
    let own = details.as_ref().and_then(|details| ["anthropic", "bedrock"].iter().find_map(|name| details.get(*name)));
    if let Some(own) = own {
        let told = |pointers: [&str; 2]| pointers.iter().find_map(|pointer| own.pointer(pointer).and_then(count));
        counts.cache_read = counts.cache_read.or(told(["/usage/cache_read_input_tokens", "/cacheReadInputTokens"]));
        counts.cache_read = counts.cache_read.or(told(["/usage/cacheReadInputTokens", "/cache_read_input_tokens"]));
        counts.cache_write =
            counts.cache_write.or(told(["/usage/cache_creation_input_tokens", "/cacheCreationInputTokens"]));
        counts.cache_write =
            counts.cache_write.or(told(["/usage/cacheWriteInputTokens", "/usage/cacheCreationInputTokens"]));
        let without = own.pointer("/usage/input_tokens").and_then(count);
        let is_version_6 = reader.with_prefix("ai.usage.inputTokenDetails.").next().is_some();
        let cached = counts.cache_read.unwrap_or(0) + counts.cache_write.unwrap_or(0);
        if !is_version_6 && cached > 0 && without.is_none_or(|without| counts.input == Some(without)) {
            counts.cache_is_beside = true;
            // Anthropic's total is the sum of the two numbers whatever they include, so it tells nothing; Bedrock's own does.
            counts.total = counts.total.filter(|_| without.is_none());
        }
    }
    (counts != Counts::default()).then(|| Found::new("ai.usage", counts))
}
