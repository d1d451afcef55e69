//! The names of call parameters: each library's spelling, and the one name documents use.

/// Returns the name documents use for a parameter.
pub(super) fn canonical(sent: &str) -> &str {
    match sent {
        "max_completion_tokens"
        | "max_output_tokens"
        | "maxTokens"
        | "maxOutputTokens"
        | "max_new_tokens"
        | "num_predict" => "max_tokens",
        "stop_sequences" | "stopSequences" | "chat.stop_sequences" => "stop",
        "choice.count" | "candidate_count" | "candidateCount" => "n",
        "is_stream" | "is_streaming" | "llm_is_streaming" => "stream",
        "topP" => "top_p",
        "topK" => "top_k",
        "frequencyPenalty" => "frequency_penalty",
        "presencePenalty" => "presence_penalty",
        "reasoning.level" | "reasoning_effort" => "reasoning_level",
        "toolChoice" => "tool_choice",
        other => other,
    }
}
