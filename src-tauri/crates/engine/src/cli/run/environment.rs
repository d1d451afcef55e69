//! What tells a program's libraries where to send, and to send what was said.

use std::process::Command;

use serde_json::Value;

/// Where a Spanglass listens.
pub(super) struct Receiver {
    http: String,
    datadog: Option<String>,
    token: Option<String>,
}

impl Receiver {
    /// Reads the line of bound addresses; `token` counts where that names none. `None` = nothing listens for OTLP over HTTP.
    pub(super) fn of(line: &Value, token: Option<&str>) -> Option<Self> {
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        let token = text("token").or(token.map(str::to_owned));
        Some(Self { http: text("otlp_http")?, datadog: text("datadog"), token })
    }
}

/// What would send elsewhere, or nothing: OpenTelemetry's "Protocol Exporter" and "Declarative Configuration" specifications 1.50,
/// ddtrace 4.16.
const REMOVED: &[&str] = &[
    "OTEL_SDK_DISABLED",
    "OTEL_CONFIG_FILE",
    "OTEL_EXPERIMENTAL_CONFIG_FILE",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "DD_LLMOBS_AGENTLESS_ENABLED",
    "DD_TRACE_AGENT_HOSTNAME",
    "DD_AGENT_HOST",
    "DD_TRACE_AGENT_URL",
];

/// What is set in any case.
const SET: &[(&str, &str)] = &[
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
    ("OTEL_TRACES_EXPORTER", "otlp"),
    ("OTEL_LOGS_EXPORTER", "otlp"),
    ("LOGFIRE_SEND_TO_LOGFIRE", "false"),
    ("CLAUDE_CODE_ENABLE_TELEMETRY", "1"),
    ("GEMINI_TELEMETRY_ENABLED", "true"),
    ("GEMINI_TELEMETRY_TARGET", "local"),
    ("GEMINI_TELEMETRY_OTLP_PROTOCOL", "http"),
];

/// What is set to where it listens for OTLP.
const ADDRESSES: &[&str] = &[
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "TRACELOOP_BASE_URL",
    "MLFLOW_TRACKING_URI",
    "LANGFUSE_BASE_URL",
    "LANGFUSE_HOST",
    "PHOENIX_COLLECTOR_ENDPOINT",
    "GEMINI_TELEMETRY_OTLP_ENDPOINT",
];

/// What counts where nothing else is said: that all chunks of a stream are kept, that what was said is sent, and that MLflow (3.17)
/// sends to its tracking server, which is told more.
const UNLESS_SAID: &[(&str, &str)] = &[
    ("OTEL_SPAN_EVENT_COUNT_LIMIT", "100000"),
    ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true"),
    ("MLFLOW_ENABLE_OTLP_EXPORTER", "false"),
    ("TRACELOOP_TRACE_CONTENT", "true"),
    ("LANGFUSE_PUBLIC_KEY", "pk-lf-any"),
    ("LANGFUSE_SECRET_KEY", "sk-lf-any"),
    ("CLAUDE_CODE_ENHANCED_TELEMETRY_BETA", "1"),
    ("OTEL_LOG_USER_PROMPTS", "1"),
    ("OTEL_LOG_TOOL_DETAILS", "1"),
];

/// Sets a program's environment so that it sends to this receiver.
pub(super) fn set(command: &mut Command, to: &Receiver) {
    for name in REMOVED {
        command.env_remove(name);
    }
    command.envs(SET.iter().copied());
    command.envs(ADDRESSES.iter().map(|name| (name, &to.http)));
    command.envs(UNLESS_SAID.iter().copied().filter(|(name, _)| std::env::var_os(name).is_none()));
    // A proxy for what is on other machines is not asked for what is on this one.
    for name in ["NO_PROXY", "no_proxy"] {
        let mut direct = std::env::var_os(name).filter(|hosts| !hosts.is_empty()).unwrap_or_default();
        direct.push(if direct.is_empty() { "" } else { "," });
        direct.push("127.0.0.1,localhost,::1");
        command.env(name, direct);
    }
    command.envs(to.datadog.iter().map(|url| ("DD_TRACE_AGENT_URL", url)));
    // Values are percent-encoded in this list.
    command
        .envs(to.token.iter().map(|token| ("OTEL_EXPORTER_OTLP_HEADERS", format!("authorization=Bearer%20{token}"))));
}
