//! What the context of an agent's calls was made of, and where a prompt cache could no longer be used, and why.
//!
//! Providers cache a prompt from its beginning: tools, then the system prompt, then the messages (Anthropic's "tools, system,
//! messages"; OpenAI caches "exact prefix matches"). So a call goes on where an earlier one of its agent ended when all of that
//! one's prompt stands at its beginning; the first thing that differs is where a cache ends.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::conversation::{ShownCall, is_system, shown_calls, sign};
use super::{ReadTrace, grouped};
use crate::reading::{Kind, Message, Part, ToolDefinition, Usage};

/// How many earlier calls of an agent are looked at for the one a call goes on from.
const LOOKED_BACK: usize = 32;

/// The fewest tokens of a prompt that providers cache (OpenAI: 1,024; Anthropic: 1,024 or more, by model).
const FEWEST_CACHED: u64 = 1_024;

/// What part of a prompt no longer is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// The tools offered.
    Tools,
    /// The system prompt.
    System,
    /// A message.
    Message,
    /// Nothing: the prompt goes on where the earlier one ended, and the provider read less of it from its cache.
    Nothing,
}

/// Where a prompt cache could not be used any further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CacheBreak {
    /// The earlier call whose prompt this one should have begun with.
    pub after: String,
    /// What differs first.
    pub changed: Changed,
    /// Which message differs, from 0, system messages included; of tools which tool.
    pub index: u32,
    /// The first character of it that differs, from 0, where both are text.
    pub character: Option<u32>,
    /// What it said there, and what it says: at most 80 characters each from shortly before the difference.
    pub was: String,
    /// See `was`.
    pub is: String,
    /// What changed, in a sentence.
    pub text: String,
    /// Whether the sender's own counts show it: less was read from the cache than by the call before. Else nobody counted.
    pub is_measured: bool,
}

/// A call's prompt, by what it is made of, in characters; pictures, sounds and files count as nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallContext {
    /// The call.
    pub span_id: String,
    /// The tools offered.
    #[ts(type = "number")]
    pub tools: u64,
    /// System prompts.
    #[ts(type = "number")]
    pub system: u64,
    /// What the call before had or answered.
    #[ts(type = "number")]
    pub history: u64,
    /// Results of tools that came with this call.
    #[ts(type = "number")]
    pub tool_results: u64,
    /// What else came with this call.
    #[ts(type = "number")]
    pub fresh: u64,
    /// The tokens reported.
    pub usage: Option<Usage>,
    /// Where a prompt cache could not be used any further.
    pub cache_break: Option<CacheBreak>,
}

/// The contexts of one agent's calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgentContext {
    /// The agent; `None` = calls that no agent is above.
    pub span_id: Option<String>,
    /// What it is called.
    pub name: String,
    /// Its calls, by start time.
    pub calls: Vec<CallContext>,
    /// Calls of it before these that are not told.
    pub before: u32,
}

/// A piece of a prompt.
struct Unit<'a> {
    said: u64,
    /// The message it is of.
    message: usize,
    of: &'a Message,
    part: &'a Part,
}

/// A call's prompt.
struct Prompt<'a> {
    call: ShownCall,
    tools: &'a [ToolDefinition],
    system: Vec<Unit<'a>>,
    messages: Vec<Unit<'a>>,
    /// What was answered.
    answer: Vec<u64>,
    usage: Option<Usage>,
}

/// Returns the contexts of all calls whose prompt was sent, agent by agent in order of their first call.
pub fn contexts(trace: &ReadTrace) -> Vec<AgentContext> {
    let mut agents: BTreeMap<Option<usize>, Vec<Prompt<'_>>> = BTreeMap::new();
    for call in shown_calls(trace) {
        let agent = trace.tree.ancestors(call.at).find(|&up| trace.spans[up].reading.kind == Kind::Agent);
        agents.entry(agent).or_default().extend(prompt(trace, call));
    }
    let agents = agents.into_iter().filter(|(_, prompts)| !prompts.is_empty()).map(|(agent, prompts)| AgentContext {
        span_id: agent.map(|at| trace.spans[at].span.span_id.to_string()),
        name: agent.map_or_else(|| "No agent".to_owned(), |at| trace.spans[at].span.name.clone()),
        calls: (0..prompts.len()).map(|at| context(trace, &prompts[..at], &prompts[at])).collect(),
        before: 0,
    });
    agents.collect()
}

/// Says whether a prompt cache could not be used any further in one of a trace's calls.
pub fn breaks_a_cache(trace: &ReadTrace) -> bool {
    contexts(trace).iter().flat_map(|agent| &agent.calls).any(|call| call.cache_break.is_some())
}

/// Returns a call's prompt; `None` when it was not sent.
fn prompt(trace: &ReadTrace, call: ShownCall) -> Option<Prompt<'_>> {
    let messages = call.tell(trace, |reading| reading.input.messages.as_ref())?;
    let tools =
        call.tell(trace, |reading| (!reading.tools.is_empty()).then_some(&reading.tools[..])).unwrap_or_default();
    let answer = call.tell(trace, |reading| reading.output.messages.as_ref());
    let usage = call.tell(trace, |reading| reading.usage);
    let units = |system: bool| {
        let of = messages.iter().enumerate().filter(move |(_, message)| is_system(message) == system);
        let units = of.flat_map(|(at, of)| {
            let parts = of.parts.iter().filter(|part| !matches!(part, Part::Reasoning { .. }));
            parts.map(move |part| Unit { said: sign(of, part), message: at, of, part })
        });
        units.collect::<Vec<_>>()
    };
    let (system, messages) = (units(true), units(false));
    let answer = answer.into_iter().flatten().flat_map(|of| of.parts.iter().map(|part| sign(of, part))).collect();
    Some(Prompt { tools, system, messages, answer, usage, call })
}

fn context(trace: &ReadTrace, earlier: &[Prompt<'_>], prompt: &Prompt<'_>) -> CallContext {
    let before = earlier.iter().rev().take(LOOKED_BACK).find(|before| goes_on(before, prompt));
    let known: BTreeSet<u64> = before
        .iter()
        .flat_map(|before| before.messages.iter().map(|unit| unit.said).chain(before.answer.iter().copied()))
        .collect();
    let mut context = CallContext {
        span_id: trace.spans[prompt.call.at].span.span_id.to_string(),
        tools: prompt.tools.iter().map(|tool| characters(&written(tool))).sum(),
        system: prompt.system.iter().map(|unit| characters(&words(unit.part))).sum(),
        usage: prompt.usage,
        cache_break: before.and_then(|before| cache_break(trace, before, prompt)),
        ..CallContext::default()
    };
    for unit in &prompt.messages {
        let length = characters(&words(unit.part));
        *match (known.contains(&unit.said), unit.part) {
            (true, _) => &mut context.history,
            (false, Part::ToolResult { .. }) => &mut context.tool_results,
            (false, _) => &mut context.fresh,
        } += length;
    }
    context
}

/// Says whether a call takes up what an earlier one was about: it begins with the same message, or repeats its answer.
fn goes_on(before: &Prompt<'_>, prompt: &Prompt<'_>) -> bool {
    let first = |prompt: &Prompt<'_>| prompt.messages.first().map(|unit| unit.said);
    let repeats =
        || prompt.messages.iter().any(|unit| unit.of.role == "assistant" && before.answer.contains(&unit.said));
    first(before).is_some() && (first(before) == first(prompt) || repeats())
}

/// Says whether a prompt is known to be too short to have been cached, and nobody counts that it was.
fn was_never_cached(before: &Prompt<'_>, prompt: &Prompt<'_>) -> bool {
    let cached = |usage: &Usage| {
        [usage.cache_read_tokens, usage.cache_write_tokens].into_iter().flatten().any(|count| count > 0)
    };
    let is_short = before.usage.and_then(|usage| usage.input_tokens).is_some_and(|input| input < FEWEST_CACHED);
    is_short && [before, prompt].iter().all(|prompt| !prompt.usage.as_ref().is_some_and(cached))
}

fn cache_break(trace: &ReadTrace, before: &Prompt<'_>, prompt: &Prompt<'_>) -> Option<CacheBreak> {
    if was_never_cached(before, prompt) {
        return None;
    }
    let after = trace.spans[before.call.at].span.span_id.to_string();
    let read = |prompt: &Prompt<'_>| prompt.usage.and_then(|usage| usage.cache_read_tokens);
    let fell = match (read(before), read(prompt)) {
        (Some(before), Some(now)) => Some(now < before),
        _ => None,
    };
    let difference = tools_differ(before.tools, prompt.tools)
        .or_else(|| units_differ(&before.system, &prompt.system, Changed::System, &[]))
        .or_else(|| units_differ(&before.messages, &prompt.messages, Changed::Message, &before.answer));
    match (difference, fell) {
        // A cache that was used as far as before was not hurt.
        (Some(_), Some(false)) if read(prompt) > Some(0) => None,
        (Some(difference), fell) => Some(CacheBreak { after, is_measured: fell == Some(true), ..difference }),
        (None, Some(true)) => Some(CacheBreak {
            after,
            changed: Changed::Nothing,
            index: 0,
            character: None,
            was: String::new(),
            is: String::new(),
            text: "The prompt goes on where the earlier one ended: the provider had let go of it, or another machine answered".to_owned(),
            is_measured: true,
        }),
        (None, _) => None,
    }
}

fn difference(changed: Changed, index: usize, text: String) -> CacheBreak {
    let (character, was, is) = (None, String::new(), String::new());
    CacheBreak { after: String::new(), changed, index: index as u32, character, was, is, text, is_measured: false }
}

fn tools_differ(before: &[ToolDefinition], now: &[ToolDefinition]) -> Option<CacheBreak> {
    let at = (0..before.len().max(now.len())).find(|&at| before.get(at) != now.get(at))?;
    let names = |tools: &[ToolDefinition]| tools.iter().map(|tool| tool.name.clone()).collect::<BTreeSet<_>>();
    let (were, are) = (names(before), names(now));
    let text = match (before.get(at), now.get(at)) {
        (_, Some(tool)) if !were.contains(&tool.name) => format!("The tool {} was added", tool.name),
        (Some(tool), _) if !are.contains(&tool.name) => format!("The tool {} is no longer offered", tool.name),
        (Some(was), Some(is)) if was.name == is.name => format!("The definition of the tool {} changed", is.name),
        _ => "The tools stand in another order".to_owned(),
    };
    let written = |tool: Option<&ToolDefinition>| tool.map(written).unwrap_or_default();
    Some(with_words(difference(Changed::Tools, at, text), &written(before.get(at)), &written(now.get(at))))
}

/// Returns the first piece of an earlier prompt that does not stand at the same place of a later one; `answer` followed it.
fn units_differ(before: &[Unit<'_>], now: &[Unit<'_>], changed: Changed, answer: &[u64]) -> Option<CacheBreak> {
    let at = (0..before.len()).find(|&at| now.get(at).is_none_or(|unit| unit.said != before[at].said));
    // A system prompt that grew is another one; messages are expected to grow.
    let at = at.or_else(|| (changed == Changed::System && now.len() > before.len()).then_some(before.len()))?;
    let (was, is) = (before.get(at), now.get(at));
    let message = was.or(is).map_or(0, |unit| unit.message);
    let what = match changed {
        Changed::System => "The system prompt".to_owned(),
        _ => format!("Message {} ({})", message + 1, was.or(is).map_or("", |unit| &unit.of.role)),
    };
    // What came later stands here: the piece between is gone.
    let mut later = before.iter().skip(at + 1).map(|unit| unit.said).chain(answer.iter().copied());
    let left_out = is.is_none_or(|is| later.any(|said| said == is.said));
    let said = |unit: Option<&Unit<'_>>| unit.map(|unit| words(unit.part)).unwrap_or_default();
    let (was, is) = (said(was), said(is));
    let mut found = with_words(difference(changed, message, String::new()), &was, &is);
    found.text = match (found.character, changed) {
        _ if left_out => format!("{what} was left out"),
        (Some(character), _) if character > 0 => {
            format!("{what} changed at character {}", grouped(u64::from(character) + 1))
        }
        _ => format!("{what} changed"),
    };
    Some(found)
}

/// Adds where two texts part.
fn with_words(found: CacheBreak, was: &str, is: &str) -> CacheBreak {
    const AROUND: usize = 80;
    const BEFORE: usize = 24;
    let same = was.chars().zip(is.chars()).take_while(|(a, b)| a == b).count();
    let cut = |text: &str| text.chars().skip(same.saturating_sub(BEFORE)).take(AROUND).collect::<String>();
    CacheBreak { character: u32::try_from(same).ok(), was: cut(was), is: cut(is), ..found }
}

fn written(tool: &ToolDefinition) -> String {
    serde_json::to_string(tool).unwrap_or_default()
}

/// Returns what a part says in characters: nothing for pictures, sounds and files.
fn words(part: &Part) -> String {
    match part {
        Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => text.clone(),
        Part::ToolCall { name, arguments, .. } => {
            format!("{} {}", name.as_deref().unwrap_or_default(), plain(arguments))
        }
        Part::ToolResult { result, .. } => plain(result),
        Part::Json { value } => plain(value),
        Part::Image(_) | Part::Audio(_) | Part::Video(_) | Part::File(_) => String::new(),
    }
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

#[cfg(test)]
mod tests;
