//! Every tool offered, every call of it, and what came of each.

mod window;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
pub use window::{ToolHead, ToolLine, ToolsRow, ToolsWindow};

use super::conversation::{Asked, Messages, given, link, returned};
use super::{ReadSpan, ReadTrace};
use crate::json::Kept;
use crate::reading::{Kind, ToolDefinition};

/// What became of a tool call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ToolCallState {
    /// It has a result.
    Ok,
    /// It failed.
    Error,
    /// Asked for; no result in the trace.
    NoResult,
    /// Executed without a model asking for it in this trace.
    NotAsked,
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolCallRow {
    /// Names the call, stable while the trace grows.
    pub key: String,
    /// The call's id.
    pub id: Option<String>,
    /// What became of it.
    pub state: ToolCallState,
    /// The model call that asked for it.
    pub asked_by: Option<String>,
    /// The span that executed it; `None` = the trace has no span for it.
    pub executed_by: Option<String>,
    /// What the tool was given.
    pub arguments: Value,
    /// What came back.
    pub result: Option<Value>,
    /// What went wrong.
    pub error: Option<String>,
    /// Start of the execution (else of the call that asked), from the trace's start.
    #[ts(type = "number")]
    pub start_ns: u64,
    /// How long the execution took.
    #[ts(type = "number | null")]
    pub duration_ns: Option<u64>,
    /// How many calls before it gave the tool the same arguments: an agent that goes round in circles.
    pub repeats: u32,
}

/// One tool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolRow {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The JSON schema of its arguments.
    pub parameters: Option<Value>,
    /// How many model calls offered it; 0 = called without being offered in the telemetry.
    pub offered: u32,
    /// Its calls, in order of time.
    pub calls: Vec<ToolCallRow>,
}

/// Every tool of a trace: called ones first, by first call; then unused ones by name. What is drawn of them at once is a
/// [`ToolsWindow`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tools {
    /// Grows with every change of the trace.
    pub version: u64,
    /// The tools.
    pub tools: Vec<ToolRow>,
}

/// Returns every tool of a trace and its calls.
pub fn tools(trace: &ReadTrace, version: u64) -> Tools {
    let mut messages = Messages::of(trace);
    let linked = link(trace, &mut messages);
    let mut rows: BTreeMap<String, ToolRow> = BTreeMap::new();
    for spoken in &messages.calls {
        let tools = spoken.call.tell(trace, |reading| (!reading.tools.is_empty()).then_some(&reading.tools));
        tools.into_iter().flatten().for_each(|tool| offer(row(&mut rows, &tool.name), tool));
    }
    // An agent may say what its calls do not.
    for read in trace.spans.iter().filter(|read| read.reading.kind != Kind::Llm) {
        read.reading.tools.iter().for_each(|tool| {
            let row = row(&mut rows, &tool.name);
            if row.offered == 0 {
                offer(row, tool);
            }
        });
    }
    for asked in &messages.asked {
        let name = asked.view.name.as_deref().unwrap_or(UNNAMED);
        row(&mut rows, name).calls.push(asked_row(trace, &messages, asked));
    }
    for at in linked.not_asked {
        let read = &trace.spans[at];
        let name = read.reading.tool.as_ref().and_then(|tool| tool.name.as_deref()).unwrap_or(&read.span.name);
        row(&mut rows, name).calls.push(executed_row(trace, at));
    }
    let mut tools: Vec<ToolRow> = rows.into_values().collect();
    for tool in &mut tools {
        tool.calls.sort_by_key(|call| call.start_ns);
        let repeats = repeats(&tool.calls);
        tool.calls.iter_mut().zip(repeats).for_each(|(call, repeats)| call.repeats = repeats);
    }
    // Called ones by their first call; the sort keeps the order by name among the unused.
    tools.sort_by_key(|tool| tool.calls.first().map_or(u64::MAX, |call| call.start_ns));
    Tools { version, tools }
}

/// Returns, for each call, how many before it have the same arguments; without any there is nothing that is the same.
fn repeats(calls: &[ToolCallRow]) -> Vec<u32> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut before = |arguments: &Value| {
        let times = seen.entry(arguments.to_string()).or_default();
        *times += 1;
        *times - 1
    };
    calls.iter().map(|call| if call.arguments.is_null() { 0 } else { before(&call.arguments) }).collect()
}

/// What a tool is called that no telemetry names.
const UNNAMED: &str = "unknown";

fn row<'a>(rows: &'a mut BTreeMap<String, ToolRow>, name: &str) -> &'a mut ToolRow {
    rows.entry(name.to_owned()).or_insert_with(|| ToolRow {
        name: name.to_owned(),
        description: None,
        parameters: None,
        offered: 0,
        calls: Vec::new(),
    })
}

fn offer(row: &mut ToolRow, tool: &ToolDefinition) {
    row.offered += 1;
    row.description = row.description.take().or_else(|| tool.description.clone());
    row.parameters = row.parameters.take().or_else(|| tool.parameters.as_ref().map(Kept::to_value));
}

fn asked_row(trace: &ReadTrace, messages: &Messages, asked: &Asked) -> ToolCallRow {
    let call_at = messages.calls[asked.call].call.at;
    let view = &asked.view;
    let executed = asked.executed_at.map(|at| &trace.spans[at]);
    let failed = view.is_error == Some(true) || executed.is_some_and(ReadSpan::failed);
    let told = || view.result.as_ref().and_then(Value::as_str).map(str::to_owned);
    let spoken = &messages.calls[asked.call];
    let said = if asked.in_output { &spoken.output } else { &spoken.input };
    ToolCallRow {
        key: format!("{}:{}", said[asked.message].key, asked.part),
        id: view.id.clone(),
        state: match (failed, view.result.is_some() || executed.is_some_and(|read| !read.is_running())) {
            (true, _) => ToolCallState::Error,
            (false, true) => ToolCallState::Ok,
            (false, false) => ToolCallState::NoResult,
        },
        asked_by: asked.in_output.then(|| trace.spans[call_at].span.span_id.to_string()),
        executed_by: view.executed_by.clone(),
        arguments: view.arguments.clone(),
        result: view.result.clone(),
        error: executed.and_then(error_text).or_else(|| failed.then(told).flatten()),
        start_ns: trace.start_ns(asked.executed_at.unwrap_or(call_at)),
        duration_ns: view.duration_ns,
        repeats: 0,
    }
}

fn executed_row(trace: &ReadTrace, at: usize) -> ToolCallRow {
    let read = &trace.spans[at];
    ToolCallRow {
        key: read.span.span_id.to_string(),
        id: read.reading.tool.as_ref().and_then(|tool| tool.call_id.clone()),
        state: if read.failed() { ToolCallState::Error } else { ToolCallState::NotAsked },
        asked_by: None,
        executed_by: Some(read.span.span_id.to_string()),
        arguments: given(&read.reading).cloned().unwrap_or_default(),
        result: returned(&read.reading).cloned(),
        error: error_text(read),
        start_ns: trace.start_ns(at),
        duration_ns: Some(trace.duration_ns(at)),
        repeats: 0,
    }
}

fn error_text(read: &ReadSpan) -> Option<String> {
    read.error().and_then(|error| error.message.or(error.kind))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::views::drawn::{calling, result, span, trace, user};

    fn offering(names: &[&str]) -> Vec<ToolDefinition> {
        let define = |name: &&str| ToolDefinition { name: (*name).to_owned(), ..ToolDefinition::default() };
        names.iter().map(define).collect()
    }

    #[test]
    fn called_tools_come_first_and_unused_ones_after() {
        let asked = calling(&[("c1", "weather", "Paris"), ("c2", "news", "Paris")]);
        let mut first = span(1, 0, 0, 9).kind(Kind::Llm).asked(vec![user("hi")]).answering(vec![asked.clone()]);
        first.reading.tools = offering(&["b", "a", "weather"]);
        let mut second = span(4, 0, 30, 39).kind(Kind::Llm).asked(vec![user("hi"), asked, result("c1", "rain")]);
        second.reading.tools = offering(&["weather"]);
        let spans = vec![
            first,
            span(2, 0, 10, 15).tool("weather", Some("c1"), json!({}), json!("rain")),
            span(3, 0, 20, 25).tool("clock", None, json!({}), json!("noon")),
            second,
        ];
        let tools = tools(&trace(spans), 1).tools;
        let rows: Vec<_> = tools
            .iter()
            .map(|tool| {
                (tool.name.as_str(), tool.offered, tool.calls.iter().map(|call| call.state).collect::<Vec<_>>())
            })
            .collect();
        let wanted = [
            ("news", 0, vec![ToolCallState::NoResult]),
            ("weather", 2, vec![ToolCallState::Ok]),
            ("clock", 0, vec![ToolCallState::NotAsked]),
            ("a", 1, vec![]),
            ("b", 1, vec![]),
        ];
        assert_eq!(rows, wanted);
        let weather = &tools[1].calls[0];
        assert_eq!((weather.start_ns, weather.duration_ns, &weather.arguments), (10, Some(5), &json!({"of": "Paris"})));
        assert_eq!(weather.asked_by.as_deref(), Some("0000000000000001"));
    }

    #[test]
    fn a_failed_execution_says_what_went_wrong() {
        let spans = vec![
            span(1, 0, 0, 9).kind(Kind::Llm).answering(vec![calling(&[("c1", "weather", "Paris")])]),
            span(2, 0, 10, 15).tool("weather", Some("c1"), json!({}), json!(null)).failing("no network"),
        ];
        let tools = tools(&trace(spans), 1).tools;
        let call = &tools[0].calls[0];
        assert_eq!((call.state, call.error.as_deref()), (ToolCallState::Error, Some("no network")));
    }
}
