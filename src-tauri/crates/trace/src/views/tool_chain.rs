//! Which spans stand for one execution of a tool.
//!
//! A framework's span, the protocol client's and the server's often stand for one execution, one below the other: they name the
//! same tool, and no two of them carry different call ids.

use super::tree::Tree;
use crate::reading::Kind;

/// What a chain needs to know of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ToolFacts<'a> {
    pub(super) kind: Kind,
    pub(super) tool_name: Option<&'a str>,
    pub(super) call_id: Option<&'a str>,
}

/// An execution of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Execution<'a> {
    /// The outermost span of the chain.
    pub(super) at: u32,
    /// The first call id on the way down the chain.
    pub(super) call_id: Option<&'a str>,
}

/// Returns the executions of tools in tree order.
pub(super) fn executions<'a>(tree: &Tree, facts: impl Fn(usize) -> ToolFacts<'a>) -> Vec<Execution<'a>> {
    // For each span the execution it is part of, as a place in `found`. Agents and model calls start afresh.
    let mut within: Vec<Option<u32>> = vec![None; tree.len()];
    let mut found: Vec<Execution<'a>> = Vec::new();
    for at in 0..tree.len() {
        let outer = tree.parent[at].and_then(|up| within[up as usize]);
        let span = facts(at);
        within[at] = match span.kind {
            Kind::Llm | Kind::Agent => None,
            Kind::Tool => {
                let same = outer.filter(|&outer| {
                    let head = found[outer as usize];
                    facts(head.at as usize).tool_name == span.tool_name
                        && (span.call_id.is_none() || head.call_id.is_none() || span.call_id == head.call_id)
                });
                match same {
                    Some(same) => {
                        let head = &mut found[same as usize];
                        head.call_id = head.call_id.or(span.call_id);
                    }
                    None => found.push(Execution { at: at as u32, call_id: span.call_id }),
                }
                same.or(Some(found.len() as u32 - 1))
            }
            _ => outer,
        };
    }
    found
}
