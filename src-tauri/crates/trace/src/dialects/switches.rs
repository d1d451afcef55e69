//! Why a message area is blank: the switch of each library that makes it send what was said. The words stand beside each
//! dialect, as `CONTENT`.

use super::DIALECTS;
use crate::reading::{FieldGroup, Kind, Reading, WhyBlank};
use crate::span::Span;

/// What makes a library send what was said.
pub struct Switch {
    /// The beginning of the names of its instrumentation scopes; empty = whatever the scope is called.
    pub scope: &'static str,
    /// The library, as people call it.
    pub library: &'static str,
    /// What to set in the sending program, to be copied; empty where there is nothing to set.
    pub set: &'static str,
    /// What keeps the text back and what brings it, in a sentence.
    pub why: &'static str,
}

/// Returns why nothing was recorded of what went in or came out; `None` where something was, or where there is nothing to say
/// or to do.
pub(super) fn why_blank(span: &Span, reading: &Reading) -> Option<WhyBlank> {
    let failed = span.status.code == 2 || reading.error.is_some();
    let unfinished = failed || reading.running || span.end_time_unix_nano == 0;
    let (input, output) = match (reading.kind, &reading.tool) {
        (Kind::Tool, Some(tool)) => (tool.arguments.is_none(), tool.result.is_none()),
        (Kind::Llm | Kind::Tool, _) => (
            reading.input.messages.is_none() && reading.input.value.is_none(),
            reading.output.messages.is_none() && reading.output.value.is_none(),
        ),
        _ => return None,
    };
    let output = output && !unfinished;
    if !input && !output {
        return None;
    }
    let switch = switch(span, reading)?;
    Some(WhyBlank {
        input,
        output,
        library: switch.library.to_owned(),
        why: switch.why.to_owned(),
        set: (!switch.set.is_empty()).then(|| switch.set.to_owned()),
    })
}

/// Returns the switch of the library that made a span: told by the scope, else by who says what the span is.
fn switch(span: &Span, reading: &Reading) -> Option<&'static Switch> {
    let spoken = || DIALECTS.iter().filter(|dialect| reading.dialects.iter().any(|name| name == dialect.name));
    let scope = span.scope.name.as_str();
    let by_scope = spoken()
        .flat_map(|dialect| dialect.content)
        .find(|switch| !switch.scope.is_empty() && scope.starts_with(switch.scope));
    let said = |group: FieldGroup| {
        let name = reading.sources.get(&group)?.split(':').next()?;
        spoken().find(|dialect| dialect.name == name)
    };
    let by_word = || said(FieldGroup::Kind).or_else(|| said(FieldGroup::Model)).or_else(|| spoken().next());
    by_scope.or_else(|| by_word()?.content.iter().find(|switch| switch.scope.is_empty()))
}
