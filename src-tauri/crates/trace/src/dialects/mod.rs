//! Where on a span each convention puts what: one small file per dialect, one line each in [`DIALECTS`].
//!
//! Every dialect is asked about every span, whatever its scope is called; each proposes field groups it found, and [`merge`] takes
//! each group from the best source by [`precedence`]. A dialect reads through the [`Reader`], which remembers what was understood.
//! What is inside a payload is the business of [`crate::shapes`] and [`crate::chunks`].

mod ag2;
mod agenta;
mod agentops;
mod arms;
mod autogen;
mod bare;
mod beeai;
mod bifrost;
mod braintrust;
mod claude_code;
mod cloudflare;
mod codex;
mod crewai;
mod cut;
mod datadog;
mod datadog_evaluations;
mod datadog_google;
mod datadog_llmobs;
mod datadog_messages;
mod datadog_openai;
mod datadog_tags;
mod datadog_written;
mod deepeval;
mod effect_ai;
mod eino;
mod embabel;
mod flattened;
mod from_logs;
mod galileo;
mod gemini_cli;
mod gen_ai;
mod gen_ai_choices;
mod gen_ai_content;
mod gen_ai_details;
mod gen_ai_events;
mod gen_ai_extras;
mod gen_ai_facts;
mod gen_ai_kind;
mod gen_ai_params;
mod genai_otel;
mod genkit;
mod google_adk;
mod guardrails;
mod haystack;
mod honeyhive;
mod identity;
mod judgment;
mod laminar;
mod langfuse;
mod langfuse_events;
mod langfuse_facts;
mod langfuse_js;
mod langfuse_mastra;
mod langfuse_media;
mod langfuse_scores;
mod langsmith;
mod langtrace;
mod langtrace_langchain;
mod langwatch;
mod letta;
mod litellm;
mod litellm_said;
mod livekit;
mod llama_index;
mod logfire;
mod logfire_messages;
mod logfire_parts;
mod mastra;
mod mcp;
mod mcp_agent;
mod merge;
mod merge_sides;
mod merge_tool;
mod merge_usage;
pub mod metrics;
mod mirascope;
mod mlflow;
mod mlflow_bare;
mod mlflow_chunks;
mod mlflow_facts;
mod mlflow_run;
mod mlflow_trace;
mod monocle;
mod n8n;
mod neatlogs;
mod netra;
mod of_trace;
mod openai_items;
mod openinference;
mod openinference_chunks;
mod openinference_copies;
mod openinference_facts;
mod openinference_google;
mod openinference_judgements;
mod openinference_media;
mod openinference_messages;
mod openinference_parameters;
mod openlit;
mod openlit_written;
mod openrouter;
mod otel;
mod pipecat;
mod placeholders;
mod portkey;
mod precedence;
mod promptflow;
mod promptlayer;
mod proposal;
mod protocols;
mod pydantic_ai;
mod redacted;
mod respan;
mod semantic_kernel;
mod sentry;
mod spring_ai;
mod strands;
mod switches;
mod tanstack_ai;
mod told;
mod traceai;
mod traceloop;
mod traceloop_agents;
mod traceloop_call;
mod traceloop_endpoint;
mod traceloop_entity;
mod traceloop_facts;
mod traceloop_messages;
mod truefoundry;
mod trulens;
mod value;
mod vector_store;
mod vercel_ai;
mod vercel_ai_extras;
mod vercel_ai_said;
mod vercel_ai_usage;
mod voltagent;
mod weave;

use crate::reading::{Reader, Reading, TraceFacts};
use crate::span::{LogRecord, Span, TraceId};
use proposal::Proposal;
pub use switches::Switch;

/// A convention: its name as documents show it, and what reads it.
pub struct Dialect {
    /// The name, as in a document's `dialects` and `sources`.
    pub name: &'static str,
    /// `None`: the span is none of its.
    read: for<'a> fn(&Reader<'a>, &[LogRecord]) -> Option<Proposal>,
    /// What makes the libraries that speak it send what was said; those of some scopes only first, last that of all others.
    pub content: &'static [Switch],
}

/// The dialects, most specific first. A new one is a file and a line here, and a recorded span under `tests/fixtures/dialects`.
pub const DIALECTS: &[Dialect] = &[
    Dialect { name: "mlflow", read: mlflow::read, content: mlflow::CONTENT },
    Dialect { name: "langfuse", read: langfuse::read, content: langfuse::CONTENT },
    Dialect { name: "langsmith", read: langsmith::read, content: langsmith::CONTENT },
    Dialect { name: "langtrace", read: langtrace::read, content: langtrace::CONTENT },
    Dialect { name: "langwatch", read: langwatch::read, content: langwatch::CONTENT },
    Dialect { name: "haystack", read: haystack::read, content: haystack::CONTENT },
    Dialect { name: "laminar", read: laminar::read, content: laminar::CONTENT },
    Dialect { name: "litellm", read: litellm::read, content: litellm::CONTENT },
    Dialect { name: "agentops", read: agentops::read, content: agentops::CONTENT },
    Dialect { name: "mastra", read: mastra::read, content: mastra::CONTENT },
    Dialect { name: "honeyhive", read: honeyhive::read, content: honeyhive::CONTENT },
    Dialect { name: "mirascope", read: mirascope::read, content: mirascope::CONTENT },
    Dialect { name: "guardrails", read: guardrails::read, content: guardrails::CONTENT },
    Dialect { name: "respan", read: respan::read, content: respan::CONTENT },
    Dialect { name: "braintrust", read: braintrust::read, content: braintrust::CONTENT },
    Dialect { name: "strands", read: strands::read, content: strands::CONTENT },
    Dialect { name: "datadog", read: datadog::read, content: datadog::CONTENT },
    Dialect { name: "traceai", read: traceai::read, content: traceai::CONTENT },
    Dialect { name: "beeai", read: beeai::read, content: openinference::CONTENT },
    Dialect { name: "openinference", read: openinference::read, content: openinference::CONTENT },
    Dialect { name: "vercel_ai", read: vercel_ai::read, content: vercel_ai::CONTENT },
    Dialect { name: "eino", read: eino::read, content: eino::CONTENT },
    Dialect { name: "traceloop", read: traceloop::read, content: traceloop::CONTENT },
    Dialect { name: "vector_store", read: vector_store::read, content: traceloop::CONTENT },
    Dialect { name: "google_adk", read: google_adk::read, content: google_adk::CONTENT },
    Dialect { name: "genkit", read: genkit::read, content: genkit::CONTENT },
    Dialect { name: "pydantic_ai", read: pydantic_ai::read, content: pydantic_ai::CONTENT },
    Dialect { name: "logfire", read: logfire::read, content: logfire::CONTENT },
    Dialect { name: "claude_code", read: claude_code::read, content: claude_code::CONTENT },
    Dialect { name: "codex", read: codex::read, content: codex::CONTENT },
    Dialect { name: "gemini_cli", read: gemini_cli::read, content: gemini_cli::CONTENT },
    Dialect { name: "voltagent", read: voltagent::read, content: voltagent::CONTENT },
    Dialect { name: "tanstack_ai", read: tanstack_ai::read, content: tanstack_ai::CONTENT },
    Dialect { name: "effect_ai", read: effect_ai::read, content: effect_ai::CONTENT },
    Dialect { name: "crewai", read: crewai::read, content: traceloop::CONTENT },
    Dialect { name: "ag2", read: ag2::read, content: ag2::CONTENT },
    Dialect { name: "autogen", read: autogen::read, content: gen_ai_content::CONTENT },
    Dialect { name: "semantic_kernel", read: semantic_kernel::read, content: gen_ai_content::CONTENT },
    Dialect { name: "llama_index", read: llama_index::read, content: llama_index::CONTENT },
    Dialect { name: "sentry", read: sentry::read, content: sentry::CONTENT },
    Dialect { name: "spring_ai", read: spring_ai::read, content: spring_ai::CONTENT },
    Dialect { name: "livekit", read: livekit::read, content: livekit::CONTENT },
    Dialect { name: "pipecat", read: pipecat::read, content: pipecat::CONTENT },
    Dialect { name: "portkey", read: portkey::read, content: portkey::CONTENT },
    Dialect { name: "promptflow", read: promptflow::read, content: promptflow::CONTENT },
    Dialect { name: "promptlayer", read: promptlayer::read, content: promptlayer::CONTENT },
    Dialect { name: "galileo", read: galileo::read, content: galileo::CONTENT },
    Dialect { name: "monocle", read: monocle::read, content: monocle::CONTENT },
    Dialect { name: "n8n", read: n8n::read, content: n8n::CONTENT },
    Dialect { name: "neatlogs", read: neatlogs::read, content: neatlogs::CONTENT },
    Dialect { name: "agenta", read: agenta::read, content: agenta::CONTENT },
    Dialect { name: "netra", read: netra::read, content: netra::CONTENT },
    Dialect { name: "judgment", read: judgment::read, content: judgment::CONTENT },
    Dialect { name: "bifrost", read: bifrost::read, content: bifrost::CONTENT },
    Dialect { name: "cloudflare", read: cloudflare::read, content: cloudflare::CONTENT },
    Dialect { name: "openrouter", read: openrouter::read, content: openrouter::CONTENT },
    Dialect { name: "truefoundry", read: truefoundry::read, content: truefoundry::CONTENT },
    Dialect { name: "embabel", read: embabel::read, content: embabel::CONTENT },
    Dialect { name: "letta", read: letta::read, content: letta::CONTENT },
    Dialect { name: "deepeval", read: deepeval::read, content: deepeval::CONTENT },
    Dialect { name: "trulens", read: trulens::read, content: trulens::CONTENT },
    Dialect { name: "weave", read: weave::read, content: weave::CONTENT },
    Dialect { name: "arms", read: arms::read, content: arms::CONTENT },
    Dialect { name: "mcp", read: mcp::read, content: mcp::CONTENT },
    Dialect { name: "mcp_agent", read: mcp_agent::read, content: mcp_agent::CONTENT },
    Dialect { name: "gen_ai", read: gen_ai::read, content: gen_ai_content::CONTENT },
    Dialect { name: "gen_ai_events", read: gen_ai_events::read, content: gen_ai_events::CONTENT },
    Dialect { name: "genai_otel", read: genai_otel::read, content: genai_otel::CONTENT },
    Dialect { name: "otel", read: otel::read, content: otel::CONTENT },
    Dialect { name: "bare", read: bare::read, content: bare::CONTENT },
];

/// Returns the span that a received one stands for, when it only says that another has started: that other as far as it is known,
/// not ended yet. Of the two, what [`crate::span::Span::span_id`] of the answer names is the one to show.
pub fn started(received: &Span) -> Option<Span> {
    logfire_parts::started(received)
}

/// Returns the trace a log record belongs to: the one it names or, for a coding agent's, the one made for its session; `None` when
/// nothing says where it belongs.
pub fn trace_of(log: &LogRecord) -> Option<TraceId> {
    from_logs::trace_of(log)
}

/// Says whether a trace is one of those of an agent that tells of the calls of a session twice, in log records and in spans of other
/// traces: returns the agent's dialect, and whether this is the trace that the records make.
pub fn told_twice(trace_id: TraceId, dialects: &[String], session_id: &str) -> Option<(&'static str, bool)> {
    from_logs::told_twice(trace_id, dialects, session_id)
}

/// Returns the spans that the log records of a trace make of which no span was received. They follow from the set of records
/// alone; whoever shows them says that they were made.
pub fn spans_of(trace_id: TraceId, logs: &[LogRecord]) -> Vec<Span> {
    from_logs::spans(trace_id, logs)
}

/// Returns the spans that log records make in a trace of which spans were received, too; `logs` are those that name none of the
/// received ones. What [`spans_of`] says of them holds here.
pub fn spans_beside(trace_id: TraceId, logs: &[LogRecord]) -> Vec<Span> {
    from_logs::spans_beside(trace_id, logs)
}

/// Returns what the log records of a trace that name none of its spans tell of it; `logs` are [`in_order`].
pub fn facts_of_trace(logs: &[LogRecord]) -> TraceFacts {
    of_trace::facts(logs)
}

/// Completes a reading with what a sender cut out of the span and sent on its own; `logs` are those of [`facts_of_trace`].
pub fn complete(reading: &mut Reading, logs: &[LogRecord]) {
    of_trace::complete(reading, logs);
}

/// Returns a trace's `TraceInfo` as MLflow's tracking server answers it, with the tags and assessments that came since; `None`
/// when the trace was not sent to one. `logs` are all of the trace's, [`in_order`].
pub fn mlflow_trace_info(logs: &[LogRecord]) -> Option<serde_json::Value> {
    mlflow_trace::trace_info(logs)
}

/// Says whether a log record tells something that [`mlflow_trace_info`] or [`mlflow_run`] answers; files do not.
pub fn is_told_to_mlflow(log: &LogRecord) -> bool {
    mlflow_trace::tells(log) || mlflow_run::tells(log)
}

/// Says whether a log record was made of what a client sent to MLflow's tracking server, files included.
pub fn is_sent_to_mlflow(log: &LogRecord) -> bool {
    is_told_to_mlflow(log) || mlflow_trace::is_file(log) || mlflow_run::is_file(log)
}

/// Says whether a span was made by MLflow's client, which marks each it makes.
pub fn is_made_by_mlflow(span: &Span) -> bool {
    span.attribute(mlflow::MADE_BY_US).is_some()
}

/// Returns a run as MLflow's tracking server answers it; `None` when there is none under this id. `logs` are as in
/// [`mlflow_trace_info`].
pub fn mlflow_run(logs: &[LogRecord]) -> Option<serde_json::Value> {
    mlflow_run::run(logs)
}

/// Returns the files that were logged in a run, each with its path, in the order they came.
pub fn mlflow_artifacts(logs: &[LogRecord]) -> impl Iterator<Item = (&str, &[u8])> {
    mlflow_run::artifacts(logs)
}

/// Takes the bytes of a run's file out of the log record that brought it when they are too many, or no text, and so are not shown;
/// that the file is there, and how large it is, stays.
pub fn leave_out_file(log: &mut LogRecord) {
    mlflow_run::leave_out_file(log);
}

/// Brings the log records of a span into the order [`read`] wants: that of time, and for one moment that in which they came.
pub fn in_order(logs: &mut [LogRecord]) {
    from_logs::in_order(logs);
}

/// Reads what a span means. `logs` are the log records that name the span as theirs, [`in_order`].
///
/// Never fails: what cannot be read is missing from the reading and listed as not understood.
pub fn read(span: &Span, logs: &[LogRecord]) -> Reading {
    let reader = Reader::new(span);
    let mut proposals = Vec::new();
    for dialect in DIALECTS {
        if let Some(proposal) = (dialect.read)(&reader, logs)
            && proposal.is_something()
        {
            proposals.push((dialect.name, proposal));
        }
    }
    let cut = cut::keys(span, logs);
    let mut reading = merge::merge(span, proposals, &cut);
    reading.answer_format = crate::shapes::answer_format(&reading.parameters).map(Box::new);
    reading.cut = cut::of(span, &reading, cut).map(Box::new);
    reading.not_understood = reader.not_understood();
    reading.why_blank = switches::why_blank(span, &reading).map(Box::new);
    redacted::take(span, &mut reading);
    reading
}
