//! What makes the libraries that speak the GenAI conventions send what was said: each has a switch of its own.

use super::switches::Switch;

/// What brings the text that is missing.
pub(super) const CONTENT: &[Switch] = &[
    Switch {
        scope: "Microsoft.SemanticKernel",
        library: "Semantic Kernel",
        set: "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE=true",
        why: "Semantic Kernel keeps it back unless sensitive diagnostics are on.",
    },
    Switch {
        scope: "semantic_kernel",
        library: "Semantic Kernel",
        set: "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE=true",
        why: "Semantic Kernel keeps it back unless sensitive diagnostics are on.",
    },
    Switch {
        scope: "agent_framework",
        library: "Microsoft Agent Framework",
        set: "ENABLE_SENSITIVE_DATA=true",
        why: "The Agent Framework keeps it back unless sensitive data is asked for.",
    },
    Switch {
        scope: "Experimental.Microsoft",
        library: "Microsoft.Extensions.AI",
        set: "EnableSensitiveData = true",
        why: "Microsoft.Extensions.AI keeps it back unless UseOpenTelemetry is given EnableSensitiveData.",
    },
    Switch {
        scope: "azure.ai",
        library: "Azure AI",
        set: "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED=true",
        why: "The Azure AI client keeps it back unless recording of content is on.",
    },
    Switch {
        scope: "Azure.AI",
        library: "Azure AI",
        set: "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED=true",
        why: "The Azure AI client keeps it back unless recording of content is on.",
    },
    Switch {
        scope: "github.copilot",
        library: "GitHub Copilot",
        set: "COPILOT_OTEL_CAPTURE_CONTENT=true",
        why: "Copilot keeps it back unless capturing of content is on.",
    },
    Switch {
        scope: "org.springframework.ai",
        library: "Spring AI",
        set: "spring.ai.chat.observations.log-prompt=true",
        why: "Spring AI keeps it back unless logging of prompts and completions is on.",
    },
    Switch {
        scope: "",
        library: "OpenTelemetry GenAI",
        set: "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true",
        why: "OpenTelemetry's GenAI instrumentations keep it back unless capturing is on; with the newest conventions the value is SPAN_ONLY or SPAN_AND_EVENT.",
    },
];
