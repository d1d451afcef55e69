//! Which dialect is believed first, group by group: the most structured, most specific to the call, least derived.
//!
//! A dialect that is not named in a list comes after those that are, in the order of [`super::DIALECTS`].

/// Messages: whole and structured before flattened, flattened before raw payloads.
pub(super) const MESSAGES: &[&str] = &["gen_ai", "mlflow", "langfuse", "openinference", "gen_ai_events"];

/// What went in and out that is not messages.
pub(super) const VALUES: &[&str] = &["langfuse", "mlflow", "openinference", "gen_ai"];

/// A tool's own execution.
pub(super) const TOOL: &[&str] = &["gen_ai", "mlflow", "openinference", "langfuse"];

/// Models. MLflow copies the caller's own argument, which is nearer to the request than what a converter wrote from the answer.
pub(super) const MODEL: &[&str] = &["mlflow", "gen_ai", "langfuse", "openinference"];

/// Token counts.
pub(super) const USAGE: &[&str] = &["mlflow", "gen_ai", "openinference", "langfuse"];

/// Cost.
pub(super) const COST: &[&str] = &["langfuse", "mlflow", "openinference", "gen_ai"];

/// Session and user.
pub(super) const SESSION: &[&str] = &["gen_ai", "otel", "langfuse", "mlflow"];

/// Everything else.
pub(super) const OTHERS: &[&str] = &["mlflow", "gen_ai", "langfuse", "openinference"];

/// Returns a dialect's place in a list.
pub(super) fn rank(list: &[&str], dialect: &str) -> usize {
    list.iter().position(|name| *name == dialect).unwrap_or(list.len())
}
