//! What was judged of a span, its trace or its session, which OpenInference calls annotations or evaluations.
//!
//! Source: Arize-ai/openinference `spec/annotations.md`: both words mean the same, and a judge may be told apart by an identifier.

use serde_json::{Map, Value};

use super::flattened;
use super::proposal::Proposal;
use crate::reading::Reader;
use crate::shapes::text;

/// Where judgements are spread, what each is called there, and what was judged.
const PLACES: [(&str, &str, Judged); 6] = [
    ("annotations.", "annotation", Judged::Span),
    ("evaluations.", "evaluation", Judged::Span),
    ("trace.annotations.", "annotation", Judged::Trace),
    ("trace.evaluations.", "evaluation", Judged::Trace),
    ("session.annotations.", "annotation", Judged::Session),
    ("session.evaluations.", "evaluation", Judged::Session),
];

#[derive(Clone, Copy, PartialEq)]
enum Judged {
    Span,
    Trace,
    /// Told with the trace that tells it, for want of a place of the session's own.
    Session,
}

/// Reads them, under their names; those of one name that differ are a list.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    for (prefix, word, judged) in PLACES {
        for told in flattened::list(reader, prefix) {
            let Some((name, said)) = told.get(word).and_then(Value::as_object).and_then(|told| judgement(told, judged))
            else {
                continue;
            };
            let of_span = judged == Judged::Span;
            keep(if of_span { &mut proposal.metadata } else { &mut proposal.trace_metadata }, name, said);
        }
    }
}

/// Returns what a judgement is kept under, and what it says.
fn judgement(told: &Map<String, Value>, judged: Judged) -> Option<(String, Value)> {
    let name = told.get("name")?.as_str().filter(|name| !name.is_empty())?;
    let words = [
        ("score", "value"),
        ("label", "label"),
        ("explanation", "explanation"),
        ("annotator_kind", "annotator_kind"),
        ("identifier", "identifier"),
    ];
    let mut said: Map<String, Value> =
        words.into_iter().filter_map(|(key, word)| Some((word.to_owned(), told.get(key)?.clone()))).collect();
    // JSON in a text.
    let beside = told.get("metadata").map(|sent| sent.as_str().and_then(text::json).unwrap_or_else(|| sent.clone()));
    said.extend(beside.map(|beside| ("metadata".to_owned(), beside)));
    if judged == Judged::Session {
        said.insert("scope".to_owned(), "session".into());
    }
    Some((format!("evaluation.{name}"), Value::Object(said)))
}

fn keep(facts: &mut Map<String, Value>, name: String, said: Value) {
    match facts.get_mut(&name) {
        None => _ = facts.insert(name, said),
        Some(Value::Array(kept)) if !kept.contains(&said) => kept.push(said),
        Some(kept @ Value::Object(_)) if *kept != said => *kept = Value::Array(vec![kept.take(), said]),
        Some(_) => {}
    }
}
