//! Why a message area is blank: what makes each library send what was said. The words stand beside each dialect, as `CONTENT`.

use super::DIALECTS;
use crate::reading::{FieldGroup, Kind, Reading, WhyBlank};
use crate::span::Span;

/// Who keeps 128 attributes of a span unless told otherwise (OpenTelemetry specification 1.50, "SDK environment variables").
const SDK: &str = "OpenTelemetry SDK";

/// What makes a library send what was said.
pub struct Switch {
    /// The beginning of the names of its instrumentation scopes; empty = whatever the scope is called.
    pub scope: &'static str,
    /// The library, as people call it.
    pub library: &'static str,
    /// What to set in the sending program, to be copied; empty = there is nothing to set.
    pub set: &'static str,
    /// What keeps the text back and what brings it, in a sentence.
    pub why: &'static str,
    /// Whether what goes in and what comes out are switched each by itself; else one side that is there says that it is on.
    pub by_side: bool,
}

impl Switch {
    pub(super) const fn of(library: &'static str, set: &'static str, why: &'static str) -> Self {
        Self { scope: "", library, set, why, by_side: false }
    }

    pub(super) const fn by_side(self) -> Self {
        Self { by_side: true, ..self }
    }

    pub(super) const fn in_scope(self, scope: &'static str) -> Self {
        Self { scope, ..self }
    }
}

/// Returns why nothing was recorded of what went in or came out; `None` where something was, or where nothing was to be expected.
pub(super) fn why_blank(span: &Span, reading: &Reading) -> Option<WhyBlank> {
    let (no_input, no_output) = match (reading.kind, &reading.tool) {
        // Tools that take nothing or answer nothing are many.
        (Kind::Tool, Some(tool)) if tool.arguments.is_some() || tool.result.is_some() => return None,
        (Kind::Llm | Kind::Tool, _) => (
            reading.input.messages.is_none() && reading.input.value.is_none(),
            reading.output.messages.is_none() && reading.output.value.is_none(),
        ),
        _ => return None,
    };
    // A call sent in two halves tells its answer in the other one.
    let elsewhere = reading.half.is_some_and(|half| half.answered_from.is_none());
    let unfinished = reading.running || span.end_time_unix_nano == 0;
    let no_output_though_expected = no_output && !unfinished && !elsewhere;
    if !no_input && !no_output_though_expected {
        return None;
    }
    // What a failed call was asked is often left out; the error is what there is to say.
    if span.status.code == 2 || reading.error.is_some() {
        return None;
    }
    let of = |library: &str, why: String, set: &str| WhyBlank {
        input: no_input,
        output: no_output_though_expected,
        library: library.to_owned(),
        why,
        set: (!set.is_empty()).then(|| set.to_owned()),
    };
    if span.dropped_attributes > 0 {
        let why = format!(
            "The SDK left out {} attributes of this span; what was said may be in them.",
            span.dropped_attributes
        );
        return Some(of(SDK, why, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=10000"));
    }
    let switch = switch(span, reading)?;
    let is_blank = switch.by_side || (no_input && no_output);
    is_blank.then(|| of(switch.library, switch.why.to_owned(), switch.set))
}

/// Returns the switch of the library that made a span: told by the scope, else by who says what the span is.
pub(super) fn switch(span: &Span, reading: &Reading) -> Option<&'static Switch> {
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
