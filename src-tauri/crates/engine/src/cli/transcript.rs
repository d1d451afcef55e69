//! A trace as text for a terminal: the conversation, nested, with what each call cost.

use serde_json::Value;
use spanglass_trace::reading::{ErrorInfo, Media, Part, Usage, WhyBlank};
use spanglass_trace::views::conversation::{Block, Conversation, MessageView, PartView, ToolCallView};
use spanglass_trace::views::counted;
use spanglass_trace::views::summary::TraceSummary;

use super::table::{cost, date, dollars};
use crate::in_words::duration;
use crate::terminal::{safe, safe_line};

/// Returns the transcript.
pub(super) fn transcript(trace: &TraceSummary, conversation: &Conversation) -> String {
    cut_transcript(trace, conversation, usize::MAX)
}

/// Returns the transcript with every text cut after `longest` characters; what was cut says where it is read in full.
pub(super) fn cut_transcript(trace: &TraceSummary, conversation: &Conversation, longest: usize) -> String {
    let mut page = Page { text: String::new(), indent: 0, longest, place: String::new() };
    let mut facts =
        vec![date(trace.start_time_unix_nano.parse().unwrap_or_default()) + " UTC", duration(trace.duration_ns)];
    facts.push(counted(trace.counts.spans, "span"));
    facts.extend(trace.usage.as_ref().map(Usage::in_words));
    facts.extend(cost(trace));
    page.line(&trace.name);
    page.line(&format!("{} · {}", trace.trace_id, facts.join(" · ")));
    for block in &conversation.blocks {
        page.text.push('\n');
        draw(&mut page, block);
    }
    page.text
}

struct Page {
    text: String,
    indent: u32,
    /// The most characters of one text.
    longest: usize,
    /// Where what is written now is read in full: a span id and a JSON pointer into its document.
    place: String,
}

/// How deep lines are indented at most, in steps.
const DEEPEST: u32 = 20;

impl Page {
    fn line(&mut self, text: &str) {
        self.put(&safe_line(text));
    }

    /// Writes text of many lines, one step deeper.
    fn block(&mut self, text: &str) {
        self.indent += 1;
        match text.char_indices().nth(self.longest) {
            None => safe(text).lines().for_each(|line| self.put(line)),
            Some((end, _)) => {
                safe(&text[..end]).lines().for_each(|line| self.put(line));
                let more = text[end..].chars().count();
                self.put(&format!("… [{more} more characters: read_value {}]", self.place));
            }
        }
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
    match block {
        Block::Scope { span_id, name, kind, duration_ns, input, output, error, .. }
        | Block::Step { span_id, name, kind, duration_ns, input, output, error, .. } => {
            let place = |field| format!("{span_id} /{field}");
            page.line(&format!("{} {name} ({})", word(kind), duration(*duration_ns)));
            page.place = place("input");
            value(page, "input", input.as_ref());
            page.place = place("output");
            value(page, "output", output.as_ref());
            page.place = place("error");
            failure(page, error.as_ref());
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
            ..
        } => {
            let mut facts = vec![duration(*duration_ns)];
            facts.extend(usage.as_ref().map(Usage::in_words));
            facts.extend(cost_usd.map(dollars));
            facts.extend((!finish_reasons.is_empty()).then(|| finish_reasons.join(", ")));
            page.line(&format!("call {} ({})", model.as_deref().unwrap_or(name), facts.join(" · ")));
            if *history > 0 {
                page.block(&format!("({} as above)", counted(*history, "message")));
            }
            let (cut_in, cut_out) = cut.as_deref().map_or((false, false), |cut| (cut.input, cut.output));
            for (side, is_cut) in [(input, cut_in), (output, cut_out)] {
                for message in side {
                    page.place = format!("{span_id} {}", message.pointer);
                    draw_message(page, message);
                }
                if is_cut {
                    page.block("(cut by the sender; the rest was not sent)");
                }
            }
            page.place = format!("{span_id} /documents");
            if !cited.is_empty() {
                page.block(&format!("cited: {}", cited.join(", ")));
            }
            page.place = format!("{span_id} /error");
            match why_blank {
                Some(why) => page.block(&format!("({})", blank(why))),
                None if *content_missing => page.block("(the sender recorded no content)"),
                None => {}
            }
            failure(page, error.as_ref());
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

fn draw_message(page: &mut Page, message: &MessageView) {
    page.indent += 1;
    match &message.name {
        Some(name) => page.line(&format!("{} ({name}):", message.role)),
        None => page.line(&format!("{}:", message.role)),
    }
    for part in &message.parts {
        match part {
            PartView::Part { part } => draw_part(page, part),
            PartView::Call { call } => draw_call(page, call),
        }
    }
    page.indent -= 1;
}

fn draw_part(page: &mut Page, part: &Part) {
    match part {
        Part::Text { text } => page.block(text),
        Part::Reasoning { text } => page.block(&format!("(thinking) {text}")),
        Part::Refusal { text } => page.block(&format!("(refusal) {text}")),
        Part::ToolCall { name, arguments, .. } => {
            page.block(&format!("→ {}({})", name.as_deref().unwrap_or("?"), plain(arguments)));
        }
        Part::ToolResult { result, .. } => page.block(&format!("← {}", plain(result))),
        Part::Image(media) => page.block(&picture("image", media)),
        Part::Audio(media) => page.block(&picture("audio", media)),
        Part::Video(media) => page.block(&picture("video", media)),
        Part::File(media) => page.block(&picture("file", media)),
        Part::Json { value } => page.block(&plain(value)),
    }
}

fn draw_call(page: &mut Page, call: &ToolCallView) {
    page.block(&format!("→ {}({})", call.name.as_deref().unwrap_or("?"), plain(&call.arguments)));
    if let Some(error) = &call.error {
        page.block(&format!("✗ {error}"));
    }
    if let Some(result) = &call.result {
        let failed = if call.is_error == Some(true) { "error: " } else { "" };
        page.block(&format!("← {failed}{}", plain(result)));
    }
}

fn picture(what: &str, media: &Media) -> String {
    let mime = media.mime.as_deref().unwrap_or("of unknown type");
    let size = media.bytes.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
    let said = media.transcript.as_ref().map(|said| format!(": {said}")).unwrap_or_default();
    format!("[{what} {mime}{size}]{said}")
}

fn value(page: &mut Page, name: &str, value: Option<&Value>) {
    if let Some(value) = value {
        page.block(&format!("{name}: {}", plain(value)));
    }
}

fn failure(page: &mut Page, error: Option<&ErrorInfo>) {
    if let Some(error) = error {
        let kind = error.kind.as_deref().unwrap_or("error");
        page.block(&format!("✗ {kind}: {}", error.message.as_deref().unwrap_or_default()));
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
