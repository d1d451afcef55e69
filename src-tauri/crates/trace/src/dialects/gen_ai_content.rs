//! What makes the libraries that speak the GenAI conventions send what was said: each has a switch of its own.

use super::switches::Switch;

/// The variable most of them read.
const CAPTURE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true";
const TRACELOOP: &str = "TRACELOOP_TRACE_CONTENT=true";
const SEMANTIC_KERNEL: &str = "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE=true";

/// What brings text that is missing, by the instrumentation scope's name:
/// opentelemetry-util-genai 1.3b0 `utils.py` (which takes no `true`), opentelemetry-instrumentation-openai-v2 2.4b0, Semantic
/// Kernel 1.45 `utils/telemetry`, agent-framework-core 1.23 `observability.py`, Microsoft.Extensions.AI
/// `OpenTelemetryChatClient.EnableSensitiveData`, azure-ai-inference 1.0.0b9, azure-ai-agents 1.1, azure-ai-projects 2.10, docs.github.com
/// "OpenTelemetry monitoring" of Copilot, microsoft/vscode-copilot-chat `otelConfig.ts`, Spring AI 1.0 "Observability",
/// anthropic 2.12 `_tracing.py`, openlit 1.45, opentelemetry-instrumentation-openai 0.62, autogen-core 0.7.5 `_telemetry/_genai.py`.
pub(super) const CONTENT: &[Switch] = &[
    Switch::of(
        "OpenTelemetry GenAI",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY",
        "OpenTelemetry's GenAI instrumentations keep it back unless capturing is on.",
    )
    .in_scope("opentelemetry.instrumentation.genai."),
    Switch::of("Semantic Kernel", SEMANTIC_KERNEL, "Semantic Kernel keeps it back unless sensitive diagnostics are on.")
        .in_scope("semantic_kernel"),
    Switch::of("Semantic Kernel", SEMANTIC_KERNEL, "Semantic Kernel keeps it back unless sensitive diagnostics are on.")
        .in_scope("Microsoft.SemanticKernel"),
    Switch::of(
        "Microsoft Agent Framework",
        "ENABLE_SENSITIVE_DATA=true",
        "The Agent Framework keeps it back unless sensitive data is asked for.",
    )
    .in_scope("agent_framework"),
    Switch::of(
        "Microsoft.Extensions.AI",
        "EnableSensitiveData = true",
        "Microsoft.Extensions.AI keeps it back unless UseOpenTelemetry is configured with EnableSensitiveData.",
    )
    .in_scope("Experimental.Microsoft."),
    Switch::of("Azure AI Projects", CAPTURE, "The Azure AI client keeps it back unless recording of content is on.")
        .in_scope("azure.ai.projects"),
    Switch::of(
        "Azure AI",
        "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED=true",
        "The Azure AI client keeps it back unless recording of content is on.",
    )
    .in_scope("azure.ai."),
    Switch::of(
        "GitHub Copilot in VS Code",
        "COPILOT_OTEL_CAPTURE_CONTENT=true",
        "Copilot keeps it back unless capturing of content is on.",
    )
    .in_scope("copilot-chat"),
    Switch::of("GitHub Copilot", CAPTURE, "Copilot keeps it back unless capturing of content is on.")
        .in_scope("github.copilot"),
    Switch::of(
        "Spring AI",
        "spring.ai.chat.observations.log-prompt=true spring.ai.chat.observations.log-completion=true",
        "Spring AI writes it to the program's log and not to its spans, and that only when asked for.",
    )
    .in_scope("org.springframework."),
    Switch::of(
        "Anthropic SDK",
        "ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE=content",
        "Anthropic's own SDK keeps it back unless its content mode asks for it.",
    )
    .in_scope("com.anthropic.sdk."),
    Switch::of("OpenLLMetry", TRACELOOP, "OpenLLMetry sends it unless its content is switched off.").in_scope("@traceloop/"),
    // The scopes of OpenTelemetry's own instrumentations of OpenAI's client end in `openai_v2` and `genai.openai`.
    Switch::of("OpenLLMetry", TRACELOOP, "OpenLLMetry sends it unless its content is switched off.")
        .in_scope("opentelemetry.instrumentation.openai.v"),
    Switch::of(
        "OpenTelemetry for the AWS SDK",
        "",
        "The instrumentation of JavaScript's AWS SDK tells models, counts and reasons and no text; an instrumentation of Bedrock itself does.",
    )
    .in_scope("@opentelemetry/instrumentation-aws-sdk"),
    Switch::of("vLLM", "", "vLLM's own spans tell times and counts and no text; the program that asks it can tell what it asked.")
        .in_scope("vllm."),
    Switch::of("OpenAI for .NET", "", "OpenAI's own library for .NET tells models and counts and no text.")
        .in_scope("OpenAI."),
    Switch::of("Koog", "setVerbose(true)", "Koog hides it unless its OpenTelemetry feature is verbose.")
        .in_scope("ai.koog"),
    Switch::of("OpenLIT", CAPTURE, "OpenLIT sends it unless capture_message_content is off.").in_scope("openlit"),
    Switch::of(
        "AutoGen",
        "",
        "AutoGen's own spans name agents and tools and carry no text; an instrumentation of the model's client tells what was said.",
    )
    .in_scope("autogen"),
    Switch::of(
        "OpenTelemetry GenAI",
        CAPTURE,
        "Most instrumentations that follow OpenTelemetry's GenAI conventions keep it back unless capturing is on; with the newest conventions the value is SPAN_ONLY.",
    ),
];
