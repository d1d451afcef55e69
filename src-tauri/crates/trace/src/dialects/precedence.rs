//! Which dialect is believed first, group by group: the most structured, most specific to the call, least derived.
//!
//! A dialect that is not named in a list comes after those that are, in the order of [`super::DIALECTS`].

/// Messages: whole and structured before flattened, flattened before raw payloads. A coding agent's own are all there is of them.
/// OpenInference's copies of the AI SDK's and of Traceloop's messages come after them: they lose the ids of tools' answers.
pub(super) const MESSAGES: &[&str] = &[
    "datadog",
    "claude_code",
    "gemini_cli",
    "langsmith",
    "litellm",
    "mastra",
    "voltagent",
    "braintrust",
    "respan",
    "laminar",
    "agentops",
    "langtrace",
    "traceai",
    "mcp_agent",
    "gen_ai",
    "mlflow",
    "langfuse",
    "vercel_ai",
    "eino",
    "traceloop",
    "openinference",
    "pydantic_ai",
    "logfire",
    "gen_ai_events",
    "google_adk",
    "genkit",
];

/// What went in and out that is not messages.
pub(super) const VALUES: &[&str] = &[
    "datadog",
    "laminar",
    "langsmith",
    "langfuse",
    "mlflow",
    "openinference",
    "traceloop",
    "vercel_ai",
    "genkit",
    "gen_ai",
];

/// A tool's own execution. Traceloop's is GenAI's taken out of its callback's envelope; others add arguments and result to it.
pub(super) const TOOL: &[&str] = &[
    "datadog",
    "agentops",
    "claude_code",
    "gemini_cli",
    "langsmith",
    "strands",
    "beeai",
    "pydantic_ai",
    "traceloop",
    "google_adk",
    "mcp_agent",
    "gen_ai",
    "vercel_ai",
    "genkit",
    "mlflow",
    "openinference",
    "langfuse",
];

/// Models. MLflow copies the caller's own argument, which is nearer to the request than what a converter wrote from the answer,
/// and so does LangSmith; Pipecat tells the settings it asks with.
pub(super) const MODEL: &[&str] = &[
    "datadog",
    "mlflow",
    "pipecat",
    "vercel_ai",
    "traceai",
    "logfire",
    "langsmith",
    "gen_ai",
    "traceloop",
    "langfuse",
    "openinference",
];

/// Token counts. The AI SDK repeats its own under GenAI's names without the details; Google's ADK has its own where GenAI's are wrong.
pub(super) const USAGE: &[&str] = &[
    "datadog",
    "mlflow",
    "vercel_ai",
    "google_adk",
    "traceai",
    "gen_ai",
    "traceloop",
    "openinference",
    "langfuse",
    "langsmith",
];

/// Cost.
pub(super) const COST: &[&str] = &["langfuse", "mlflow", "openinference", "gen_ai"];

/// Session and user.
pub(super) const SESSION: &[&str] = &["datadog", "gen_ai", "otel", "langfuse", "mlflow"];

/// Everything else.
pub(super) const OTHERS: &[&str] =
    &["datadog", "mlflow", "vercel_ai", "traceloop", "traceai", "gen_ai", "langfuse", "openinference"];

/// Returns a dialect's place in a list.
pub(super) fn rank(list: &[&str], dialect: &str) -> usize {
    list.iter().position(|name| *name == dialect).unwrap_or(list.len())
}
