//! What is drawn of a ledger as bars: the tokens of its calls, and what the prompts of an agent's calls were made of.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Counted, Ledger, LedgerRow};
use crate::views::context::AgentContext;

/// The most bars of a chart; those of the latest calls are drawn.
const MOST_BARS: usize = 240;
/// The most calls of an agent that are told; the latest ones are.
const MOST_CALLS: usize = 500;
/// The most agents that can be chosen.
const MOST_AGENTS: usize = 500;

/// The tokens of one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallBar {
    /// The call.
    pub span_id: String,
    /// What it is called.
    pub name: String,
    /// Its number among the calls, from 1.
    pub number: u32,
    /// Input tokens.
    #[ts(type = "number")]
    pub input: u64,
    /// Input tokens that were read from a cache; `None` = not told.
    #[ts(type = "number | null")]
    pub cached: Option<u64>,
    /// Output tokens.
    #[ts(type = "number")]
    pub output: u64,
}

/// An agent whose context grew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgentCalls {
    /// What it is called.
    pub name: String,
    /// How many calls it made.
    pub calls: u32,
}

/// What is drawn of a ledger as bars.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LedgerChart {
    /// The version of the trace it was made of.
    #[ts(type = "number")]
    pub version: u64,
    /// The tokens of the latest calls, at most 240; none where fewer than two rows count tokens.
    pub bars: Vec<CallBar>,
    /// The agents whose context grew, at most 500.
    pub agents: Vec<AgentCalls>,
    /// Which of them is told.
    pub agent: u32,
    /// Its latest calls, at most 500; `None` = no agent's context grew.
    pub context: Option<AgentContext>,
}

impl Ledger {
    /// Returns the chart with the agent at a place; without one, with the agent that made the call of this span, else the first.
    pub fn chart(&self, agent: Option<u32>, span_id: Option<&str>) -> LedgerChart {
        let grew =
            |agent: &&AgentContext| agent.calls.iter().any(|call| call.history > 0 || call.cache_break.is_some());
        let agents: Vec<&AgentContext> = self.contexts.iter().filter(grew).take(MOST_AGENTS).collect();
        let made = |agent: &&AgentContext| agent.calls.iter().any(|call| Some(&call.span_id[..]) == span_id);
        let at = agent.map(|agent| agent as usize).filter(|at| *at < agents.len());
        let at = at.or_else(|| agents.iter().position(made)).unwrap_or(0);
        LedgerChart {
            version: self.version,
            bars: self.bars(),
            agent: at as u32,
            context: agents.get(at).map(|agent| latest(agent)),
            agents: agents
                .into_iter()
                .map(|agent| AgentCalls { name: agent.name.clone(), calls: agent.calls.len() as u32 })
                .collect(),
        }
    }

    /// Returns a chart for each agent that can be chosen, and one where there is none; what is the same in all of them stands in
    /// the first alone.
    pub fn charts(&self) -> Vec<LedgerChart> {
        let first = self.chart(None, None);
        let others = (1..first.agents.len() as u32).map(|agent| LedgerChart {
            bars: Vec::new(),
            agents: Vec::new(),
            ..self.chart(Some(agent), None)
        });
        let others: Vec<LedgerChart> = others.collect();
        std::iter::once(first).chain(others).collect()
    }

    fn bars(&self) -> Vec<CallBar> {
        let counts = |row: &&LedgerRow| row.counted == Counted::Counted && row.usage.is_some();
        if self.rows.iter().filter(counts).nth(1).is_none() {
            return Vec::new();
        }
        let mut calls: Vec<(u32, u64, &LedgerRow)> =
            self.rows.iter().filter_map(|row| Some((row.number?, row.usage?.input_tokens?, row))).collect();
        calls.sort_unstable_by_key(|(number, ..)| *number);
        let latest = calls.len().saturating_sub(MOST_BARS);
        let bar = |&(number, input, row): &(u32, u64, &LedgerRow)| CallBar {
            span_id: row.span_id.clone(),
            name: row.name.clone(),
            number,
            input,
            cached: row.usage.and_then(|usage| usage.cache_read_tokens),
            output: row.usage.and_then(|usage| usage.output_tokens).unwrap_or(0),
        };
        calls[latest..].iter().map(bar).collect()
    }
}

fn latest(agent: &AgentContext) -> AgentContext {
    let before = agent.calls.len().saturating_sub(MOST_CALLS);
    AgentContext {
        span_id: agent.span_id.clone(),
        name: agent.name.clone(),
        calls: agent.calls[before..].to_vec(),
        before: agent.before + before as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger;
    use crate::reading::Kind;
    use crate::views::ReadSpan;
    use crate::views::drawn::{assistant, span, trace, user};

    /// A call of an agent that repeats what was said before it.
    fn turn(number: u64, agent: u64) -> ReadSpan {
        let call = span(1_000 + number, agent, number, number + 1).kind(Kind::Llm).using(10 + number, 1);
        call.asked(vec![user("first"), user("second")]).answering(vec![assistant("fine")])
    }

    #[test]
    fn the_latest_calls_are_drawn_under_their_own_numbers() {
        let agent = span(1, 0, 0, 9_999).kind(Kind::Agent);
        let calls = (1..=600).map(|number| turn(number, 1));
        let chart = ledger(&trace(std::iter::once(agent).chain(calls).collect()), 3).chart(None, None);
        let bars = (chart.bars.len(), chart.bars.first().map(|bar| (bar.number, bar.input)));
        assert_eq!((chart.version, bars), (3, (240, Some((361, 371)))));
        let context = chart.context.expect("a context that grows");
        assert_eq!((context.calls.len(), context.before, chart.agents[0].calls), (500, 100, 600));
    }

    #[test]
    fn the_agent_is_the_one_that_was_chosen_else_that_of_the_call() {
        let agents = [1, 2].map(|number| span(number, 0, 0, 9_999).kind(Kind::Agent));
        let calls = [turn(1, 1), turn(2, 1), turn(3, 2), turn(4, 2)];
        let of_second = calls[3].span.span_id.to_string();
        let ledger = ledger(&trace(agents.into_iter().chain(calls).collect()), 1);
        assert_eq!(ledger.chart(None, None).agent, 0);
        assert_eq!(ledger.chart(None, Some(&of_second)).agent, 1);
        assert_eq!(ledger.chart(Some(0), Some(&of_second)).agent, 0);
        assert_eq!(ledger.charts().iter().map(|chart| chart.agent).collect::<Vec<_>>(), [0, 1]);
    }
}
