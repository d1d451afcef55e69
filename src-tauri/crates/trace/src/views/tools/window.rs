//! Tools and their calls as rows, from one place on, with what all rows make together.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::{ToolCallRow, ToolCallState, ToolRow, Tools};

/// The most rows of one answer.
const ROWS_LIMIT: u32 = 500;

/// A tool without its calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolHead {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The JSON schema of its arguments.
    pub parameters: Option<Value>,
    /// How many model calls offered it; 0 = called without being offered in the telemetry.
    pub offered: u32,
    /// How many calls of it there are.
    pub calls: u32,
    /// How many of them failed.
    pub failed: u32,
    /// How many of them gave it the arguments of one before.
    pub repeated: u32,
    /// How long the longest of several took; `None` = fewer than two are known.
    #[ts(type = "number | null")]
    pub longest_ns: Option<u64>,
    /// Whether there are several calls and no model asked for any of them.
    pub unasked: bool,
    /// Whether there are several calls and no span executed any of them.
    pub spanless: bool,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum ToolLine<'a> {
    /// A tool; its calls follow.
    Tool {
        /// The tool.
        tool: ToolHead,
    },
    /// A call of the tool above.
    Call {
        /// The call.
        call: Cow<'a, ToolCallRow>,
        /// See [`ToolHead::unasked`]: it is said at the tool, once.
        unasked: bool,
        /// See [`ToolHead::spanless`].
        spanless: bool,
    },
}

/// A row of the tools of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolsRow<'a> {
    /// Names the row, stable while the trace grows.
    pub key: String,
    /// What it shows.
    #[serde(flatten)]
    pub line: ToolLine<'a>,
}

/// The rows of the tools of a trace from one place on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolsWindow<'a> {
    /// The version of the trace it was made of.
    #[ts(type = "number")]
    pub version: u64,
    /// Tools in all.
    pub tools: u32,
    /// Tools that nobody called.
    pub unused: u32,
    /// Calls in all.
    pub calls: u32,
    /// Calls that failed.
    pub failed: u32,
    /// Calls that no span executed.
    pub spanless: u32,
    /// Executions that no model call asked for.
    pub unasked: u32,
    /// Rows in all.
    pub rows_total: u32,
    /// The first row of `rows`.
    pub from: u32,
    /// Where the row is around which the window was asked for; `None` = it is not there, or none was.
    pub found: Option<u32>,
    /// The rows: each tool, then its calls.
    pub rows: Vec<ToolsRow<'a>>,
}

impl ToolsRow<'_> {
    /// Returns the same row for itself.
    pub fn into_owned(self) -> ToolsRow<'static> {
        let line = match self.line {
            ToolLine::Tool { tool } => ToolLine::Tool { tool },
            ToolLine::Call { call, unasked, spanless } => {
                ToolLine::Call { call: Cow::Owned(call.into_owned()), unasked, spanless }
            }
        };
        ToolsRow { key: self.key, line }
    }
}

impl Tools {
    /// Returns `count` rows (at most 500) from `from` on; when `around` names a row, those in whose middle it is, wherever that is:
    /// by its key, else the first call that a span executed, else by the name of a tool.
    pub fn window(&self, from: u32, count: u32, around: Option<&str>) -> ToolsWindow<'_> {
        let count = count.clamp(1, ROWS_LIMIT);
        let found = around.and_then(|name| self.place_of(name));
        let from = found.map_or(from, |at| at.saturating_sub(count / 2));
        ToolsWindow { found, ..self.rows(from, count) }
    }

    fn place_of(&self, name: &str) -> Option<u32> {
        let lines = || {
            self.tools.iter().flat_map(|tool| {
                std::iter::once((tool, None)).chain(tool.calls.iter().map(move |call| (tool, Some(call))))
            })
        };
        let place =
            |is: &dyn Fn(&ToolRow, Option<&ToolCallRow>) -> bool| lines().position(|(tool, call)| is(tool, call));
        let at = place(&|tool, call| call.map_or_else(|| key_of(tool) == name, |call| call.key == name))
            .or_else(|| place(&|_, call| call.is_some_and(|call| call.executed_by.as_deref() == Some(name))))
            .or_else(|| place(&|tool, call| call.is_none() && tool.name == name));
        at.map(|at| at as u32)
    }

    /// Returns all rows as one window.
    pub fn whole(&self) -> ToolsWindow<'_> {
        self.rows(0, u32::MAX)
    }

    /// Returns the row of this key.
    pub fn row(&self, key: &str) -> Option<ToolsRow<'_>> {
        let head = self.tools.iter().find(|tool| key_of(tool) == key).map(head_row);
        head.or_else(|| {
            let of = |tool: &'_ ToolRow| tool.calls.iter().position(|call| call.key == key);
            self.tools.iter().find_map(|tool| of(tool).and_then(|at| call_rows(tool, at, at + 1).next()))
        })
    }

    fn rows(&self, from: u32, count: u32) -> ToolsWindow<'_> {
        let calls = || self.tools.iter().flat_map(|tool| &tool.calls);
        let such = |is: fn(&ToolCallRow) -> bool| calls().filter(|call| is(call)).count() as u32;
        let total = self.tools.len() + calls().count();
        let from = (from as usize).min(total);
        let to = total.min(from.saturating_add(count as usize));
        let mut rows = Vec::with_capacity(to - from);
        let mut at = 0;
        for tool in &self.tools {
            let first = at + 1;
            if (from..to).contains(&at) {
                rows.push(head_row(tool));
            }
            at = first + tool.calls.len();
            let (wanted_from, wanted_to) = (from.max(first).min(at), to.max(first).min(at));
            rows.extend(call_rows(tool, wanted_from - first, wanted_to - first));
        }
        ToolsWindow {
            version: self.version,
            tools: self.tools.len() as u32,
            unused: self.tools.iter().filter(|tool| tool.calls.is_empty()).count() as u32,
            calls: such(|_| true),
            failed: such(|call| call.state == ToolCallState::Error),
            spanless: such(|call| call.executed_by.is_none()),
            unasked: such(|call| call.state == ToolCallState::NotAsked),
            rows_total: total as u32,
            from: from as u32,
            found: None,
            rows,
        }
    }
}

/// No call's key begins as that of a tool does: a span's id stands first in it.
fn key_of(tool: &ToolRow) -> String {
    format!("tool {}", tool.name)
}

fn head_row(tool: &ToolRow) -> ToolsRow<'_> {
    let ToolRow { name, description, parameters, offered, calls } = tool;
    let timed = || calls.iter().filter_map(|call| call.duration_ns);
    let head = ToolHead {
        name: name.clone(),
        description: description.clone(),
        parameters: parameters.clone(),
        offered: *offered,
        calls: calls.len() as u32,
        failed: calls.iter().filter(|call| call.state == ToolCallState::Error).count() as u32,
        repeated: calls.iter().filter(|call| call.repeats > 0).count() as u32,
        longest_ns: timed().nth(1).and_then(|_| timed().max()),
        unasked: is_unasked(tool),
        spanless: is_spanless(tool),
    };
    ToolsRow { key: key_of(tool), line: ToolLine::Tool { tool: head } }
}

/// Returns the rows of a tool's calls from one place up to another.
fn call_rows(tool: &ToolRow, from: usize, to: usize) -> impl Iterator<Item = ToolsRow<'_>> {
    let (unasked, spanless) = if from < to { (is_unasked(tool), is_spanless(tool)) } else { (false, false) };
    tool.calls[from..to].iter().map(move |call| ToolsRow {
        key: call.key.clone(),
        line: ToolLine::Call { call: Cow::Borrowed(call), unasked, spanless },
    })
}

fn is_unasked(tool: &ToolRow) -> bool {
    tool.calls.len() > 1 && tool.calls.iter().all(|call| call.state == ToolCallState::NotAsked)
}

fn is_spanless(tool: &ToolRow) -> bool {
    tool.calls.len() > 1 && tool.calls.iter().all(|call| call.executed_by.is_none())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tools;
    use super::*;
    use crate::views::drawn::{span, trace};

    #[test]
    fn a_window_is_a_piece_of_all_rows_and_each_row_is_found_by_its_key() {
        let run = |number: u64, name| span(number, 0, number, number + 5).tool(name, None, json!({}), json!("rain"));
        let tools = tools(&trace(vec![run(1, "news"), run(2, "weather"), run(3, "weather"), run(4, "clock")]), 7);
        let all = tools.whole();
        assert_eq!((all.version, all.rows_total, all.tools, all.calls, all.unasked), (7, 7, 3, 4, 4));
        for from in 0..8 {
            for count in 1..8 {
                let to = (from + count).min(7) as usize;
                assert_eq!(
                    tools.window(from, count, None).rows,
                    all.rows[from.min(7) as usize..to.max(from.min(7) as usize)]
                );
            }
        }
        for (at, row) in all.rows.iter().enumerate() {
            let window = tools.window(0, 3, Some(&row.key));
            assert_eq!(window.found, Some(at as u32));
            assert!(window.rows.contains(row));
        }
        let placed = |name: &str| tools.window(0, 1, Some(name)).found;
        let third = all.rows.iter().position(|row| matches!(&row.line, ToolLine::Call { call, .. } if call.executed_by.as_deref() == Some("0000000000000003")));
        assert!(third.is_some() && placed("0000000000000003") == third.map(|at| at as u32));
        assert_eq!([placed("clock").is_some(), placed("nobody").is_some()], [true, false]);
        for row in &all.rows {
            assert_eq!(tools.row(&row.key).as_ref(), Some(row));
        }
        let heads = all.rows.iter().filter_map(|row| match &row.line {
            ToolLine::Tool { tool } => Some((&tool.name[..], tool.calls, tool.longest_ns, tool.unasked)),
            ToolLine::Call { .. } => None,
        });
        assert_eq!(
            all.rows
                .iter()
                .filter_map(|row| match &row.line {
                    ToolLine::Tool { tool } => Some(tool.repeated),
                    ToolLine::Call { .. } => None,
                })
                .collect::<Vec<_>>(),
            [0, 1, 0]
        );
        let wanted = [("news", 1, None, false), ("weather", 2, Some(5), true), ("clock", 1, None, false)];
        assert_eq!(heads.collect::<Vec<_>>(), wanted);
    }
}
