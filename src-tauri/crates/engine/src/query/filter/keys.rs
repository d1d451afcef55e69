//! The keys of a filter.

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// The trace's name, or a span's.
    Name,
    /// `service.name`.
    Service,
    /// A span's kind.
    Kind,
    /// How the trace ended.
    Status,
    /// The model that was asked or that answered.
    Model,
    /// Who runs the model.
    Provider,
    /// A tool that was executed.
    Tool,
    /// The conversation.
    Session,
    /// The person it was done for.
    User,
    /// A label.
    Tag,
    /// MLflow's experiment, by name.
    Experiment,
    /// A judgement, by name.
    Score,
    /// What became of a prompt cache.
    Cache,
    /// An attribute as sent, of a span, an event, a log record or a resource.
    Attribute(String),
    /// A number of the whole trace.
    Number(Number),
}

/// A number of a whole trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Number {
    /// All tokens.
    Tokens,
    /// Tokens in.
    Input,
    /// Tokens out.
    Output,
    /// US dollars.
    Cost,
    /// From the earliest start to the latest end.
    Duration,
    /// The longest time to a first chunk among its streamed answers.
    Ttft,
    /// The longest silence within one of its streamed answers.
    Stall,
    /// When it started.
    Time,
    /// Spans.
    Spans,
    /// Calls of models, each once.
    Calls,
    /// Spans that failed.
    Errors,
}

/// What is offered of a key before anything of the store is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyHelp {
    /// As it is written, with what stands before the value.
    pub(crate) text: &'static str,
    /// What it asks.
    pub(crate) note: &'static str,
}

/// All keys, in the order they are offered.
pub(crate) const KEYS: [KeyHelp; 25] = [
    KeyHelp { text: "name:", note: "of the trace or a span" },
    KeyHelp { text: "service:", note: "that sent it" },
    KeyHelp { text: "kind:", note: "of a span: llm, tool, agent, …" },
    KeyHelp { text: "status:", note: "of the run: ok, error, unset, running" },
    KeyHelp { text: "model:", note: "asked or answering" },
    KeyHelp { text: "provider:", note: "of the model" },
    KeyHelp { text: "tool:", note: "that was executed" },
    KeyHelp { text: "session:", note: "the conversation" },
    KeyHelp { text: "user:", note: "the person it was done for" },
    KeyHelp { text: "tag:", note: "a label" },
    KeyHelp { text: "tokens>", note: "all of the trace" },
    KeyHelp { text: "input>", note: "tokens in" },
    KeyHelp { text: "output>", note: "tokens out" },
    KeyHelp { text: "cost>", note: "in US dollars" },
    KeyHelp { text: "duration>", note: "such as 500ms, 2s, 3m" },
    KeyHelp { text: "ttft>", note: "longest time to a first chunk" },
    KeyHelp { text: "stall>", note: "longest silence of a stream: 5s" },
    KeyHelp { text: "time>", note: "such as -2h, today, 2026-01-31" },
    KeyHelp { text: "spans>", note: "how many" },
    KeyHelp { text: "calls>", note: "of models" },
    KeyHelp { text: "errors>", note: "any spans that failed" },
    KeyHelp { text: "cache:", note: "broken: a prompt cache that was lost" },
    KeyHelp { text: "experiment:", note: "of MLflow" },
    KeyHelp { text: "score:", note: "a judgement's name" },
    KeyHelp { text: "attr.", note: "any attribute: attr.http.route:/chat" },
];

/// What `status:` can be.
pub(super) const STATUSES: [&str; 4] = ["ok", "error", "unset", "running"];

/// What `kind:` can be.
pub(super) const KINDS: [&str; 17] = [
    "llm",
    "embedding",
    "agent",
    "chain",
    "tool",
    "retriever",
    "reranker",
    "parser",
    "guardrail",
    "evaluator",
    "memory",
    "prompt",
    "task",
    "http",
    "db",
    "rpc",
    "other",
];

/// What `cache:` can be.
pub(crate) const BROKEN: &str = "broken";

/// Returns all kinds, for a sentence.
pub(super) fn kinds() -> String {
    listed(&KINDS.map(str::to_owned))
}

/// Returns the names of all keys, for a sentence.
pub(super) fn names() -> String {
    let name = |help: &KeyHelp| match help.text {
        "attr." => "attr.KEY".to_owned(),
        text => text.trim_end_matches([':', '>']).to_owned(),
    };
    listed(&KEYS.each_ref().map(name))
}

fn listed<const N: usize>(all: &[String; N]) -> String {
    let (last, others) = all.split_last().expect("there are some");
    format!("{} and {last}", others.join(", "))
}

impl Key {
    pub(crate) fn named(name: &str) -> Option<Self> {
        if let Some(attribute) = name.strip_prefix("attr.").filter(|attribute| !attribute.is_empty()) {
            return Some(Self::Attribute(attribute.to_owned()));
        }
        Some(match name.to_lowercase().as_str() {
            "name" => Self::Name,
            "service" => Self::Service,
            "kind" => Self::Kind,
            "status" => Self::Status,
            "model" => Self::Model,
            "provider" => Self::Provider,
            "tool" => Self::Tool,
            "session" => Self::Session,
            "user" => Self::User,
            "tag" => Self::Tag,
            "experiment" => Self::Experiment,
            "score" => Self::Score,
            "cache" => Self::Cache,
            "tokens" => Self::Number(Number::Tokens),
            "input" => Self::Number(Number::Input),
            "output" => Self::Number(Number::Output),
            "cost" => Self::Number(Number::Cost),
            "duration" => Self::Number(Number::Duration),
            "ttft" => Self::Number(Number::Ttft),
            "stall" => Self::Number(Number::Stall),
            "time" => Self::Number(Number::Time),
            "spans" => Self::Number(Number::Spans),
            "calls" => Self::Number(Number::Calls),
            "errors" => Self::Number(Number::Errors),
            _ => return None,
        })
    }

    /// Returns the key of a text as a filter writes it; of others, nothing.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Service => "service",
            Self::Kind => "kind",
            Self::Status => "status",
            Self::Model => "model",
            Self::Provider => "provider",
            Self::Tool => "tool",
            Self::Session => "session",
            Self::User => "user",
            Self::Tag => "tag",
            Self::Experiment => "experiment",
            Self::Score => "score",
            Self::Cache | Self::Attribute(_) | Self::Number(_) => "",
        }
    }

    /// Returns a value it could have.
    pub(super) fn example(&self) -> &'static str {
        match self {
            Self::Name => "name:agent",
            Self::Service => "service:web",
            Self::Kind => "kind:llm",
            Self::Status => "status:error",
            Self::Model => "model:gpt-4o",
            Self::Provider => "provider:openai",
            Self::Tool => "tool:search",
            Self::Session => "session:42",
            Self::User => "user:ann",
            Self::Tag => "tag:staging",
            Self::Experiment => "experiment:default",
            Self::Score => "score:helpful",
            Self::Cache => "cache:broken",
            Self::Attribute(_) => "attr.http.route:/chat",
            Self::Number(Number::Cost) => "cost>0.01",
            Self::Number(Number::Duration) => "duration>2s",
            Self::Number(Number::Ttft) => "ttft>500ms",
            Self::Number(Number::Stall) => "stall>5s",
            Self::Number(Number::Time) => "time>-2h",
            Self::Number(_) => "tokens>1000",
        }
    }
}
