//! Who runs a model, in one word per provider: libraries have many for each. For prices and grouping only; what was recorded
//! stays as it is.

/// Who a recorded word says runs the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// A provider, by the word of this crate.
    Known(&'static str),
    /// A service that passes requests on to providers, at their list prices or its own.
    Gateway,
    /// The sender's own machine or server: there is no list price.
    Local,
    /// No word, a framework's name, or one nobody knows.
    Unknown,
}

/// The words for each provider, in lower case, with `-` for `_` and blanks. The first is this crate's.
const PROVIDERS: &[&[&str]] = &[
    &["openai", "openai-responses", "openai-chat", "text-completion-openai"],
    &[
        "azure",
        "azure-openai",
        "az.ai.openai",
        "azure.ai.openai",
        "az.ai.inference",
        "azure.ai.inference",
        "azure.ai.foundry",
        "microsoft.foundry",
        "azure-ai",
    ],
    &["anthropic"],
    &["aws.bedrock", "aws-bedrock", "bedrock", "bedrock-converse", "amazon-bedrock", "amazon", "aws"],
    &[
        "google",
        "gemini",
        "gcp.gemini",
        "gcp.gen-ai",
        "google-genai",
        "google-generativeai",
        "google.generative-ai",
        "google-ai-studio",
        "google-gla",
        "googleai",
    ],
    &["gcp", "gcp.vertex-ai", "vertex-ai", "vertexai", "google-vertexai", "google-vertex", "google.vertex", "vertex"],
    &["mistral", "mistral-ai", "mistralai"],
    &["cohere", "cohere-chat"],
    &["deepseek"],
    &["groq"],
    &["xai", "x-ai"],
    &["perplexity"],
    &["together", "together-ai", "togetherai"],
    &["fireworks", "fireworks-ai"],
    &["cerebras"],
    &["moonshotai", "moonshot"],
    &["nvidia", "nvidia-nim"],
    &["deepinfra"],
    &["replicate"],
    &["huggingface"],
    &["databricks"],
    &["ibm.watsonx.ai", "watsonx"],
    &["sambanova"],
    &["novita"],
];

const GATEWAYS: &[&str] = &[
    "openrouter",
    "litellm-proxy",
    "vercel",
    "gateway",
    "portkey",
    "helicone",
    "github",
    "github-models",
    "github-copilot",
    "cloudflare",
];

const LOCAL: &[&str] = &[
    "ollama",
    "ollama-chat",
    "lmstudio",
    "lm-studio",
    "llamacpp",
    "llama-cpp",
    "llama.cpp",
    "llamafile",
    "vllm",
    "hosted-vllm",
    "sglang",
    "tgi",
    "localai",
    "local",
    "mlx",
    "gpt4all",
    "transformers",
];

/// Returns who a recorded word says runs the model. What follows a provider's word after a dot is the kind of its API
/// (`openai.chat`, `google.vertex.chat`).
pub fn provider(recorded: &str) -> Provider {
    let word = recorded.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    let mut word = word.as_str();
    loop {
        if let Some(words) = PROVIDERS.iter().find(|words| words.contains(&word)) {
            return Provider::Known(words[0]);
        }
        if GATEWAYS.contains(&word) {
            return Provider::Gateway;
        }
        if LOCAL.contains(&word) {
            return Provider::Local;
        }
        match word.rsplit_once('.') {
            Some((shorter, _)) => word = shorter,
            None => return Provider::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_words_are_one_provider() {
        for (recorded, expected) in [
            ("openai", Provider::Known("openai")),
            ("OpenAI", Provider::Known("openai")),
            ("openai.chat", Provider::Known("openai")),
            ("az.ai.openai", Provider::Known("azure")),
            ("azure_openai", Provider::Known("azure")),
            ("azure-openai.responses", Provider::Known("azure")),
            ("aws.bedrock", Provider::Known("aws.bedrock")),
            ("amazon-bedrock", Provider::Known("aws.bedrock")),
            ("gcp.gemini", Provider::Known("google")),
            ("google_genai", Provider::Known("google")),
            ("google.generative-ai", Provider::Known("google")),
            ("google.vertex.anthropic.messages", Provider::Known("gcp")),
            ("gcp.vertex_ai", Provider::Known("gcp")),
            ("x_ai", Provider::Known("xai")),
            ("mistral_ai", Provider::Known("mistral")),
            ("openrouter.chat", Provider::Gateway),
            ("ollama", Provider::Local),
            ("hosted_vllm", Provider::Local),
            ("langchain", Provider::Unknown),
            ("strands-agents", Provider::Unknown),
            ("", Provider::Unknown),
        ] {
            assert_eq!(provider(recorded), expected, "{recorded}");
        }
    }

    #[test]
    fn no_word_is_two_providers() {
        let mut words: Vec<&str> = PROVIDERS.concat();
        words.extend(GATEWAYS.iter().chain(LOCAL));
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
