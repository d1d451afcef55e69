//! Two traces side by side as lines: the steps in which they differ, and how.

use std::io::Write;

use anyhow::Context;
use serde_json::json;
use spanglass_trace::span::TraceId;
use spanglass_trace::views::compare::{Compare, ComparedText, Step, StepSide, Whose, compare};
use spanglass_trace::views::counted;
use spanglass_trace::views::summary::TraceSummary;

use super::table::{cost, date, dollars, status};
use super::transcript::word;
use super::{naming, read};
use crate::in_words::duration;
use crate::query::{Filter, Query};
use crate::terminal::{SafeJson, cut_line, safe_line};

/// The most characters shown of a text from where it differs.
const SHOWN: usize = 160;

/// Characters shown before that.
const BEFORE: usize = 24;

/// The longest name or error, in characters.
const LONGEST: usize = 120;

/// Two traces, compared.
pub(super) struct Pair {
    pub(super) compare: Compare,
    /// Whether nobody said which the other trace is: it is the last good one.
    is_last_good: bool,
}

/// Compares a trace (`b`) with another (`a`): the one that is named, else the last one of its name before it in which nothing failed.
/// `list` is what shows ids, for errors.
pub(super) async fn pair(query: &Query, named: &str, with: Option<&str>, list: &str) -> anyhow::Result<Pair> {
    let nothing = Filter::default();
    let trace_id = naming::trace_id(query, named, &nothing, list).await?;
    let missing = |id: TraceId| format!("there is no trace {id}; {list} shows those there are");
    let b = query.open(trace_id).await?.with_context(|| missing(trace_id))?;
    let other = match with {
        Some(with) => naming::trace_id(query, with, &nothing, list).await?,
        None => {
            let good = query.good_before(trace_id).await?.with_context(|| missing(trace_id))?;
            let name = safe_line(&b.row.summary.name);
            good.with_context(|| format!("no earlier trace named `{name}` went well; name the one to compare with"))?
                .parse()?
        }
    };
    let a = query.open(other).await?.with_context(|| missing(other))?;
    let made = move || compare(&a.trace, a.row.clone(), &b.trace, b.row.clone());
    Ok(Pair { compare: tokio::task::spawn_blocking(made).await?, is_last_good: with.is_none() })
}

pub(super) async fn print(asked: &super::Compare) -> anyhow::Result<()> {
    let query = read::open(&asked.data)?.with_context(|| read::nothing_yet(&asked.data))?;
    let pair = pair(&query, &asked.trace_id, asked.with.as_deref(), read::LIST).await?;
    read::print(|out| match asked.json {
        true => writeln!(
            SafeJson::new(out),
            "{}",
            json!({"format": "spanglass.compare/v1", "is_last_good": pair.is_last_good, "compare": pair.compare})
        ),
        false => out.write_all(text(&pair).as_bytes()),
    })
}

/// Returns what differs: `a` is what was, `b` what is; `+` a step that only `b` has, `-` one that only `a` has, `~` one of both.
pub(super) fn text(Pair { compare, is_last_good }: &Pair) -> String {
    let why = if *is_last_good { ", the last of this name before it in which nothing failed" } else { "" };
    let mut text = format!("a {}{why}\nb {}\n", trace(&compare.a.row.summary), trace(&compare.b.row.summary));
    for setting in &compare.settings {
        let value =
            |value: &Option<String>| value.as_deref().map_or("not set".to_owned(), |value| cut_line(value, LONGEST));
        text.push_str(&format!(
            "{}: {} → {}\n",
            cut_line(&setting.name, LONGEST),
            value(&setting.a),
            value(&setting.b)
        ));
    }
    let (differing, alike): (Vec<&Step>, Vec<&Step>) = compare.steps.iter().partition(|step| differs(step));
    differing.iter().for_each(|step| draw(&mut text, step));
    let more =
        if compare.more_steps > 0 { format!("; {} more were not compared", compare.more_steps) } else { String::new() };
    text.push_str(&format!("[{} differ, {} alike{more}]\n", counted(differing.len() as u64, "step"), alike.len()));
    text
}

fn trace(summary: &TraceSummary) -> String {
    let started = date(summary.start_time_unix_nano.parse().unwrap_or_default());
    let mut facts = vec![format!("{} {} ({started} UTC)", summary.trace_id, cut_line(&summary.name, LONGEST))];
    facts.extend(status(summary.status).map(str::to_owned));
    facts.push(duration(summary.duration_ns));
    facts.push(counted(summary.counts.spans, "span"));
    facts.push(format!("{} failed", counted(summary.counts.errors, "span")));
    let total = summary.usage.as_ref().and_then(|usage| usage.total_tokens);
    facts.extend(total.map(|total| counted(total, "token")));
    facts.extend(cost(summary));
    facts.join(" · ")
}

/// Says whether a step is another one or says something else; how long it took always differs.
fn differs(step: &Step) -> bool {
    let (Some(a), Some(b)) = (&step.a, &step.b) else { return true };
    let facts =
        |side: &StepSide| (side.kind, side.name.clone(), side.input_tokens, side.output_tokens, side.error.clone());
    !step.texts.is_empty() || facts(a) != facts(b)
}

fn draw(text: &mut String, step: &Step) {
    let line = match (&step.a, &step.b) {
        (Some(a), Some(b)) => {
            let tokens = |side: &StepSide| tokens(side).unwrap_or_default();
            let mut facts = vec![format!("~ {} a {} b {}", what(b), a.span_id, b.span_id)];
            facts.push(changed(&duration(a.duration_ns), &duration(b.duration_ns)));
            facts.push(changed(&tokens(a), &tokens(b)));
            let costs = [a, b].map(|side| side.cost_usd.map(dollars).unwrap_or_default());
            facts.push(changed(&costs[0], &costs[1]));
            facts.push(match (&a.error, &b.error) {
                (None, None) => String::new(),
                (was, is) if was == is => format!("✗ {}", cut_line(is.as_deref().unwrap_or_default(), LONGEST)),
                (was, is) => {
                    let error = |error: &Option<String>| {
                        error.as_deref().map_or("no error".to_owned(), |error| cut_line(error, LONGEST))
                    };
                    format!("✗ {} → {}", error(was), error(is))
                }
            });
            facts
        }
        (Some(only), None) => alone("-", "a", only),
        (None, Some(only)) => alone("+", "b", only),
        (None, None) => return,
    };
    let line: Vec<String> = line.into_iter().filter(|fact| !fact.is_empty()).collect();
    text.push_str(&line.join(" · "));
    text.push('\n');
    for differing in step.texts.iter().take(1) {
        text.push_str(&format!("    {}\n", first_difference(differing)));
    }
    match step.texts.len() {
        0 | 1 => {}
        several => text.push_str(&format!("    and {}\n", counted(several as u64 - 1, "more text"))),
    }
}

fn alone(sign: &str, whose: &str, side: &StepSide) -> Vec<String> {
    let mut facts = vec![format!("{sign} {} {whose} {}", what(side), side.span_id), duration(side.duration_ns)];
    facts.extend(tokens(side));
    facts.extend(side.cost_usd.map(dollars));
    facts.extend(side.error.as_deref().map(|error| format!("✗ {}", cut_line(error, LONGEST))));
    facts
}

fn what(side: &StepSide) -> String {
    format!("{} {}", word(&side.kind), cut_line(&side.name, LONGEST))
}

fn tokens(side: &StepSide) -> Option<String> {
    let count = |count: Option<u64>| count.map_or("?".to_owned(), |count| count.to_string());
    let is_known = side.input_tokens.is_some() || side.output_tokens.is_some();
    is_known.then(|| format!("{} in, {} out", count(side.input_tokens), count(side.output_tokens)))
}

fn changed(was: &str, is: &str) -> String {
    match (was, is) {
        _ if was == is => is.to_owned(),
        ("", is) => format!("nothing → {is}"),
        (was, "") => format!("{was} → nothing"),
        (was, is) => format!("{was} → {is}"),
    }
}

/// Returns where a text of a step differs first, and what stands there in both.
fn first_difference(text: &ComparedText) -> String {
    let what = cut_line(&text.what, LONGEST);
    let side = |whose: Whose| -> String {
        text.runs
            .iter()
            .filter(|run| run.whose == Whose::Both || run.whose == whose)
            .map(|run| run.text.as_str())
            .collect()
    };
    let (a, b) = (side(Whose::A), side(Whose::B));
    match (text.in_a, text.in_b) {
        (true, false) => format!("{what}, only in a: {}", quoted(&a, 0)),
        (false, true) => format!("{what}, only in b: {}", quoted(&b, 0)),
        _ => {
            let at = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
            format!("{what}, at character {}: {} → {}", at + 1, quoted(&a, at), quoted(&b, at))
        }
    }
}

/// Returns what stands in a text from shortly before a place.
fn quoted(text: &str, at: usize) -> String {
    let from = at.saturating_sub(BEFORE);
    let shown: String = text.chars().skip(from).take(SHOWN).collect();
    let left = if from > 0 { "…" } else { "" };
    let right = if text.chars().nth(from + SHOWN).is_some() { "…" } else { "" };
    format!("\"{left}{}{right}\"", safe_line(&shown))
}
