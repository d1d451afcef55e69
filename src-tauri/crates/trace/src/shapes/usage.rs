//! Token counts inside a provider's answer: what each provider calls them, and whether its input includes the cached ones.

use super::any;
use crate::json::{AsJson, Json, Object};
use crate::usage::normal::{Counts, count};

/// Returns the counts of a `usage` object in any provider's format; `None` when it holds none.
pub fn counts(value: impl AsJson) -> Option<Counts> {
    value.with(|usage| told(usage.as_object()?))
}

fn told(usage: Object<'_>) -> Option<Counts> {
    let found = google(usage).or_else(|| bedrock(usage)).unwrap_or_else(|| openai_or_anthropic(usage));
    (found
        != Counts {
            cache_is_beside: found.cache_is_beside,
            reasoning_is_beside: found.reasoning_is_beside,
            ..Counts::default()
        })
    .then_some(found)
}

fn number(object: Object<'_>, keys: &[&str]) -> Option<u64> {
    any(object, keys).and_then(count)
}

/// Gemini: thoughts stand beside the answer's tokens, tokens of tool prompts beside the prompt's.
fn google(usage: Object<'_>) -> Option<Counts> {
    let prompt = number(usage, &["promptTokenCount", "prompt_token_count"])?;
    let tools = number(usage, &["toolUsePromptTokenCount", "tool_use_prompt_token_count"]).unwrap_or(0);
    Some(Counts {
        input: Some(prompt.saturating_add(tools)),
        output: number(
            usage,
            &["candidatesTokenCount", "candidates_token_count", "responseTokenCount", "response_token_count"],
        ),
        total: number(usage, &["totalTokenCount", "total_token_count"]),
        cache_read: number(usage, &["cachedContentTokenCount", "cached_content_token_count"]),
        reasoning: number(usage, &["thoughtsTokenCount", "thoughts_token_count"]),
        reasoning_is_beside: true,
        ..Counts::default()
    })
}

/// Bedrock Converse: cached tokens stand beside the input.
fn bedrock(usage: Object<'_>) -> Option<Counts> {
    Some(Counts {
        input: Some(number(usage, &["inputTokens"])?),
        output: number(usage, &["outputTokens"]),
        total: number(usage, &["totalTokens"]),
        cache_read: number(usage, &["cacheReadInputTokens", "cacheReadInputTokenCount", "cachedInputTokens"]),
        cache_write: number(usage, &["cacheWriteInputTokens", "cacheWriteInputTokenCount"]),
        reasoning: number(usage, &["reasoningTokens"]),
        cache_is_beside: usage.contains_key("cacheReadInputTokens"),
        ..Counts::default()
    })
}

/// OpenAI in both APIs, LangChain, Ollama (cache within the input), and Anthropic (cache beside it, and no total).
fn openai_or_anthropic(usage: Object<'_>) -> Counts {
    let details = |keys: &[&str]| any(usage, keys).and_then(Json::as_object);
    let input =
        details(&["prompt_tokens_details", "input_tokens_details", "input_token_details", "prompt_token_details"]);
    let output = details(&[
        "completion_tokens_details",
        "output_tokens_details",
        "output_token_details",
        "completion_token_details",
    ]);
    let total = number(usage, &["total_tokens"]);
    let beside_read = number(usage, &["cache_read_input_tokens", "cache_read_tokens", "cached_tokens"]);
    let beside_write =
        number(usage, &["cache_creation_input_tokens", "cache_write_input_tokens", "cache_write_tokens"]);
    let read = input.and_then(|input| number(input, &["cached_tokens", "cache_read"]));
    let write = input.and_then(|input| number(input, &["cache_write_tokens", "cache_creation"]));
    Counts {
        input: number(usage, &["prompt_tokens", "input_tokens", "prompt_eval_count"]),
        output: number(usage, &["completion_tokens", "output_tokens", "eval_count"]),
        total,
        cache_read: read.or(beside_read),
        cache_write: write.or(beside_write),
        // Anthropic's own, and MLflow's.
        cache_write_1h: details(&["cache_creation"])
            .and_then(|kept| number(kept, &["ephemeral_1h_input_tokens"]))
            .or_else(|| number(usage, &["cache_creation_input_tokens_above_1hr"])),
        reasoning: output
            .and_then(|output| number(output, &["reasoning_tokens", "reasoning"]))
            .or_else(|| number(usage, &["reasoning_tokens", "reasoning_output_tokens"])),
        cache_is_beside: usage.contains_key("input_tokens")
            && input.is_none()
            && total.is_none()
            && (beside_read.is_some() || beside_write.is_some()),
        reasoning_is_beside: false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn normal(usage: Value) -> (Option<u64>, Option<u64>, Option<u64>, Option<u64>) {
        let usage = counts(&usage).and_then(Counts::normalise).expect("the usage holds counts");
        (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.reasoning_tokens)
    }

    #[test]
    fn openai_includes_its_details() {
        let chat = json!({"prompt_tokens": 100, "completion_tokens": 30, "total_tokens": 130,
            "prompt_tokens_details": {"cached_tokens": 64}, "completion_tokens_details": {"reasoning_tokens": 20}});
        let responses = json!({"input_tokens": 100, "output_tokens": 30, "total_tokens": 130,
            "input_tokens_details": {"cached_tokens": 64}, "output_tokens_details": {"reasoning_tokens": 20}});
        for usage in [chat, responses] {
            assert_eq!(normal(usage), (Some(100), Some(30), Some(64), Some(20)));
        }
    }

    #[test]
    fn anthropic_counts_its_cache_beside() {
        let usage = json!({"input_tokens": 10, "output_tokens": 30, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 2});
        assert_eq!(normal(usage), (Some(17), Some(30), Some(5), None));
        let kept = json!({"input_tokens": 10, "output_tokens": 30, "cache_creation_input_tokens": 2,
            "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 1}});
        assert_eq!(counts(&kept).and_then(Counts::normalise).unwrap().cache_write_1h_tokens, Some(1));
    }

    #[test]
    fn gemini_counts_thoughts_beside() {
        let usage =
            json!({"promptTokenCount": 10, "candidatesTokenCount": 30, "thoughtsTokenCount": 7, "totalTokenCount": 47});
        assert_eq!(normal(usage), (Some(10), Some(37), None, Some(7)));
    }

    #[test]
    fn usage_without_counts_is_none() {
        assert_eq!(counts(&json!({})), None);
        assert_eq!(counts(&json!({"prompt_tokens": null, "queue_time": 0.1})), None);
        assert_eq!(counts(&Value::Null), None);
    }
}
