//! CrewAI: `crewai.*` of OpenLLMetry's instrumentation, and `crew_*` / `task_*` of CrewAI's own telemetry.
//!
//! Source: `opentelemetry-instrumentation-crewai` 0.30 to 0.62 (`crewai_span_attributes.py`, `instrumentation.py`) and
//! `crewai/telemetry/telemetry.py` of CrewAI 0.100 to 1.15, whose names OpenInference's instrumentation repeats. The model's calls
//! are other instrumentations' spans; these are crews, tasks and agents around them.

use serde_json::{Map, Value};

use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Side};
use super::value::{self, first_text};
use crate::reading::{Kind, Model, Reader, ToolExecution};
use crate::shapes::{python, tools, usage};
use crate::span::{AnyValue, LogRecord};
use crate::usage::normal::Counts;

/// Keys of CrewAI's own telemetry start with these.
const OWN: &[&str] = &["crew_", "crewai_", "task_"];

/// What spans of CrewAI's own telemetry do, by their names.
const NAMES: &[(&str, Kind)] = &[
    ("Crew Created", Kind::Chain),
    ("Crew Execution", Kind::Chain),
    ("Task Created", Kind::Task),
    ("Task Execution", Kind::Task),
    ("Tool Usage", Kind::Tool),
    ("Tool Repeated Usage", Kind::Tool),
    ("Flow Execution", Kind::Chain),
];

/// Reads a span of a crew, a task or an agent.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let own = ["crew_key", "crew_id", "crewai_version"].iter().any(|key| reader.peek(key).is_some());
    let spoken = own || reader.with_prefix("crewai.").next().is_some();
    if !spoken {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    if let Some((name, kind)) = NAMES.iter().find(|(name, _)| own && reader.span.name == *name) {
        proposal.kind =
            Some(KindVote { kind: *kind, raw: Some((*name).to_owned()), evidence: Evidence::Operation, key: NAME });
    }
    if let Some((key, kind)) = instrumented(reader) {
        proposal.kind.get_or_insert(KindVote { kind, raw: None, evidence: Evidence::Protocol, key });
    }
    let model = reader.get("crewai.llm.model").and_then(value::text);
    proposal.model =
        model.map(|model| Found::new("crewai.llm.model", Model { request: Some(model), ..Model::default() }));
    let asked =
        ["crewai.task.description", "formatted_description", "crew_inputs", "crewai.crew.tasks", "crewai.flow.inputs"];
    let answered = [
        "crewai.crew.result",
        "crewai.task.result",
        "crewai.agent.result",
        "crewai.flow.result",
        "crew_output",
        "task_output",
    ];
    proposal.input = side(reader, &asked);
    proposal.output = side(reader, &answered);
    proposal.tools = ["crewai.agent.tools", "crewai.task.tools"].iter().find_map(|key| {
        let offered = tools::definitions(&structured(reader.get(key)?)?);
        (!offered.is_empty()).then(|| Found::new(*key, offered))
    });
    proposal.tool = first_text(reader, &["tool_name"])
        .filter(|_| own)
        .map(|(key, name)| Found::new(key, ToolExecution { name: Some(name), ..ToolExecution::default() }));
    read_usage(reader, &mut proposal);
    read_facts(reader, own, &mut proposal);
    Some(proposal)
}

/// What OpenLLMetry's instrumentation before 0.45 tells only by its keys.
fn instrumented(reader: &Reader<'_>) -> Option<(&'static str, Kind)> {
    let kinds = [
        ("crewai.llm.model", Kind::Llm),
        ("crewai.agent.id", Kind::Agent),
        ("crewai.task.id", Kind::Task),
        ("crewai.crew.id", Kind::Chain),
    ];
    kinds.into_iter().find(|(key, _)| reader.peek(key).is_some())
}

fn side(reader: &Reader<'_>, keys: &[&'static str]) -> Side {
    let value = keys.iter().find_map(|key| Some(Found::new(*key, structured(reader.get(key)?)?)));
    Side { messages: None, value }
}

/// Returns what a text holds: JSON, Python's `repr`, or the text.
fn structured(sent: &AnyValue) -> Option<Value> {
    match value::json(sent)? {
        Value::String(text) => Some(python::repr(&text).unwrap_or(Value::String(text))),
        other => Some(other),
    }
}

/// A crew's counts are the sum of its agents' calls.
fn read_usage(reader: &Reader<'_>, proposal: &mut Proposal) {
    for key in ["crewai.crew.usage_metrics", "crewai.crew.token_usage"] {
        let Some(sent) = reader.get(key).and_then(structured) else { continue };
        if proposal.usage.is_none()
            && let Some(counts) = summed(&sent)
        {
            proposal.usage = Some(Found::new(key, counts));
            proposal.usage_is_aggregate = true;
        }
    }
}

/// Returns the counts of `UsageMetrics`, as a dict or as Pydantic writes it: `total_tokens=5 prompt_tokens=3`.
fn summed(sent: &Value) -> Option<Counts> {
    let pairs = |text: &str| {
        let fields = text.split_whitespace().filter_map(|field| {
            let (name, number) = field.split_once('=')?;
            Some((name.to_owned(), Value::from(number.parse::<u64>().ok()?)))
        });
        fields.collect::<Map<String, Value>>()
    };
    let fields = match sent {
        Value::String(text) => Value::Object(pairs(text)),
        other => other.clone(),
    };
    let cached = fields.get("cached_prompt_tokens").and_then(Value::as_u64);
    usage::counts(&fields).map(|counts| Counts { cache_read: counts.cache_read.or(cached), ..counts })
}

/// What is left describes the crew, the task or the agent.
fn read_facts(reader: &Reader<'_>, own: bool, proposal: &mut Proposal) {
    const READ: [&str; 16] = [
        "crewai.llm.model",
        "crewai.crew.tasks",
        "crewai.task.description",
        "formatted_description",
        "crew_inputs",
        "crewai.flow.inputs",
        "crewai.crew.result",
        "crewai.task.result",
        "crewai.agent.result",
        "crewai.flow.result",
        "crew_output",
        "task_output",
        "crewai.agent.tools",
        "crewai.task.tools",
        "crewai.crew.usage_metrics",
        "crewai.crew.token_usage",
    ];
    let own = OWN.iter().copied().filter(|_| own);
    for (key, _, sent) in own.chain(["crewai."]).flat_map(|prefix| reader.with_prefix(prefix)) {
        reader.understand(key);
        if !READ.contains(&key) {
            proposal.metadata.extend(structured(sent).map(|sent| (key.to_owned(), sent)));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_are_read_as_dict_and_as_pydantic_writes_them() {
        let dict = json!({"total_tokens": 8, "prompt_tokens": 5, "cached_prompt_tokens": 2, "completion_tokens": 3});
        let text = json!("total_tokens=8 prompt_tokens=5 cached_prompt_tokens=2 completion_tokens=3");
        for sent in [dict, text] {
            let counts = summed(&sent).expect("counts");
            assert_eq!(
                (counts.input, counts.output, counts.total, counts.cache_read),
                (Some(5), Some(3), Some(8), Some(2))
            );
        }
        assert_eq!(summed(&json!("nothing here")), None);
    }
}
