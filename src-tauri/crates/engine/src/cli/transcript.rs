//! A trace as text for a terminal: the conversation, nested, with what each call cost.

mod failures;
mod places;

use std::collections::BTreeSet;

use serde_json::Value;
use spanglass_trace::reading::{ErrorInfo, Media, Part, Usage, WhyBlank};
use spanglass_trace::views::conversation::{Block, Conversation, MessageView, PartView, ToolCallView};
use spanglass_trace::views::counted;

use self::places::Places;
use super::table::{cost, date, dollars, status};
use crate::in_words::duration;
use crate::query::OpenTrace;
use crate::terminal::{safe, safe_line};

/// Returns the transcript.
pub(super) fn transcript(trace: &OpenTrace, conversation: &Conversation) -> String {
    cut_transcript(trace, conversation, usize::MAX)
}

/// Returns the transcript with every text cut after `longest` characters; what was cut says where it is read in full, and the
/// spans are named.
pub(super) fn cut_transcript(open: &OpenTrace, conversation: &Conversation, longest: usize) -> String {
    let places = Places(&open.trace);
    let mut page = Page { text: String::new(), indent: 0, longest, places, told: BTreeSet::new() };
    let trace = &open.row.summary;
    let mut facts =
        vec![date(trace.start_time_unix_nano.parse().unwrap_or_default()) + " UTC", duration(trace.duration_ns)];
    facts.extend(status(trace.status).map(str::to_owned));
    facts.push(counted(trace.counts.spans, "span"));
    if trace.counts.errors > 0 {
        facts.push(format!("{} failed", counted(trace.counts.errors, "span")));
    }
    facts.extend(trace.usage.as_ref().map(Usage::in_words));
    facts.extend(cost(trace));
    page.line(&trace.name);
    page.line(&format!("{} · {}", trace.trace_id, facts.join(" · ")));
    for failed in failures::not_drawn(&open.trace, conversation) {
        page.line(&failed);
    }
    for block in &conversation.blocks {
        page.text.push('\n');
        draw(&mut page, block);
    }
    page.text
}

struct Page<'a> {
    text: String,
    indent: u32,
    /// The most characters of one text.
    longest: usize,
    /// Where what is cut is read in full.
    places: Places<'a>,
    /// What was said of calls without text.
    told: BTreeSet<String>,
}

/// How deep lines are indented at most, in steps.
const DEEPEST: u32 = 20;

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.put(&safe_line(text));
    }

    /// Begins what is said of a span, with its id where texts are cut: whoever reads on needs it.
    fn head(&mut self, span_id: &str, text: &str) {
        match self.longest {
            usize::MAX => self.line(text),
            _ => self.line(&format!("{span_id} {text}")),
        }
    }

    /// Writes text of many lines, one step deeper, as long as a text may be; `place` is where it is read in full.
    fn block(&mut self, text: &str, place: impl FnOnce() -> String) {
        match text.char_indices().nth(self.longest) {
            None => self.note(text),
            Some((end, _)) => {
                self.note(&text[..end]);
                let more = text[end..].chars().count();
                self.note(&format!("… [{more} more characters: read_value {}]", place()));
            }
        }
    }

    /// Writes all of a text of many lines, one step deeper.
    fn note(&mut self, text: &str) {
        self.indent += 1;
        safe(text).lines().for_each(|line| self.put(line));
        self.indent -= 1;
    }

    fn put(&mut self, safe: &str) {
        for _ in 0..self.indent.min(DEEPEST) {
            self.text.push_str("  ");
        }
        self.text.push_str(safe);
        self.text.push('\n');
    }
}

fn draw(page: &mut Page, block: &Block) {
    page.indent = block.depth();
    let places = page.places;
    match block {
        Block::Scope { span_id, name, kind, duration_ns, input, output, error, .. }
        | Block::Step { span_id, name, kind, duration_ns, input, output, error, .. } => {
            page.head(span_id, &format!("{} {name} ({})", word(kind), duration(*duration_ns)));
            value(page, "input", input.as_ref(), || places.given(span_id, input.as_ref()));
            value(page, "output", output.as_ref(), || places.answered(span_id, output.as_ref()));
            failure(page, span_id, error.as_ref());
        }
        Block::Call {
            span_id,
            name,
            model,
            duration_ns,
            usage,
            cost_usd,
            history,
            input,
            output,
            finish_reasons,
            cited,
            content_missing,
            why_blank,
            cut,
            error,
            running,
            ..
        } => {
            let mut facts = vec![if *running { "running".to_owned() } else { duration(*duration_ns) }];
            facts.extend(usage.as_ref().map(Usage::in_words));
            facts.extend(cost_usd.map(dollars));
            facts.extend((!finish_reasons.is_empty()).then(|| finish_reasons.join(", ")));
            page.head(span_id, &format!("call {} ({})", model.as_deref().unwrap_or(name), facts.join(" · ")));
            if *history > 0 {
                page.note(&format!("({} as above)", counted(*history, "message")));
            }
            let (cut_in, cut_out) = cut.as_deref().map_or((false, false), |cut| (cut.input, cut.output));
            for (side, is_cut) in [(input, cut_in), (output, cut_out)] {
                for message in side {
                    draw_message(page, span_id, message);
                }
                if is_cut {
                    page.note("(cut by the sender; the rest was not sent)");
                }
            }
            if !cited.is_empty() {
                page.block(&format!("cited: {}", cited.join(", ")), || format!("{span_id} /documents"));
            }
            match why_blank {
                Some(why) => {
                    let why = blank(why);
                    let is_told = page.told.contains(&why);
                    page.note(&if is_told { "(not sent, as above)".to_owned() } else { format!("({why})") });
                    page.told.insert(why);
                }
                None if *content_missing => page.note("(the sender recorded no content)"),
                None => {}
            }
            failure(page, span_id, error.as_ref());
        }
    }
}

/// Says what is missing, why, and what brings it.
fn blank(why: &WhyBlank) -> String {
    let what = match (why.input, why.output) {
        (true, false) => "what was asked was not sent",
        (false, true) => "the answer was not sent",
        _ => "message text was not sent",
    };
    let set = why.set.iter().map(|set| format!(" To see it, set: {set}"));
    [format!("{what}. {}", why.why)].into_iter().chain(set).collect()
}

fn draw_message(page: &mut Page, span_id: &str, message: &MessageView) {
    page.indent += 1;
    match &message.name {
        Some(name) => page.line(&format!("{} ({name}):", message.role)),
        None => page.line(&format!("{}:", message.role)),
    }
    for part in &message.parts {
        match part {
            PartView::Part { part } => {
                let places = page.places;
                page.block(&said(part), || places.part(span_id, message, part));
            }
            PartView::Call { call } => draw_call(page, span_id, message, call),
        }
    }
    page.indent -= 1;
}

fn said(part: &Part) -> String {
    match part {
        Part::Text { text } => text.clone(),
        Part::Reasoning { text } => format!("(thinking) {text}"),
        Part::Refusal { text } => format!("(refusal) {text}"),
        Part::ToolCall { name, arguments, .. } => {
            format!("→ {}({})", name.as_deref().unwrap_or("?"), plain(arguments))
        }
        Part::ToolResult { result, .. } => format!("← {}", plain(result)),
        Part::Image(media) => picture("image", media),
        Part::Audio(media) => picture("audio", media),
        Part::Video(media) => picture("video", media),
        Part::File(media) => picture("file", media),
        Part::Json { value } => plain(value),
    }
}

fn draw_call(page: &mut Page, span_id: &str, message: &MessageView, call: &ToolCallView) {
    let places = page.places;
    let asked = format!("→ {}({})", call.name.as_deref().unwrap_or("?"), plain(&call.arguments));
    page.block(&asked, || places.arguments(span_id, message, call));
    if let Some(error) = &call.error {
        page.block(&format!("✗ {error}"), || places.error(call.executed_by.as_deref().unwrap_or(span_id)));
    }
    if let Some(result) = &call.result {
        let failed = if call.is_error == Some(true) { "error: " } else { "" };
        let place = || places.result(call).unwrap_or_else(|| format!("{span_id} {}", message.pointer));
        page.block(&format!("← {failed}{}", plain(result)), place);
    }
}

fn picture(what: &str, media: &Media) -> String {
    let mime = media.mime.as_deref().unwrap_or("of unknown type");
    let size = media.bytes.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
    let said = media.transcript.as_ref().map(|said| format!(": {said}")).unwrap_or_default();
    format!("[{what} {mime}{size}]{said}")
}

fn value(page: &mut Page, name: &str, value: Option<&Value>, place: impl FnOnce() -> String) {
    if let Some(value) = value {
        page.block(&format!("{name}: {}", plain(value)), place);
    }
}

fn failure(page: &mut Page, span_id: &str, error: Option<&ErrorInfo>) {
    if let Some(error) = error {
        let places = page.places;
        page.block(&format!("✗ {}", failures::in_words(error)), || places.error(span_id));
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Returns the word for a kind.
pub(super) fn word(kind: &spanglass_trace::reading::Kind) -> String {
    match serde_json::to_value(kind) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}
