//! A trace's conversation as Markdown, for an issue or a chat. What was said stands in fences, so that nothing of it becomes a
//! link, a picture or markup where it is pasted, and nothing moves the terminal it is printed on.

use std::fmt::Write;

use serde_json::Value;
use spanglass_trace::reading::{ErrorInfo, Media, Part, Usage};
use spanglass_trace::views::conversation::{Block, Conversation, MessageView, PartView, ToolCallView};
use spanglass_trace::views::counted;
use spanglass_trace::views::summary::TraceSummary;

use crate::in_words::duration;
use crate::terminal::{safe, safe_line};

/// Headings below the title: what is nested deeper is not set off further.
const DEEPEST: u32 = 3;

/// Returns the Markdown of a trace.
pub(super) fn markdown(trace: &TraceSummary, conversation: &Conversation) -> String {
    let mut text = String::new();
    let mut facts = vec![format!("trace {}", code(&trace.trace_id)), duration(trace.duration_ns)];
    facts.push(counted(trace.counts.spans, "span"));
    facts.extend(trace.usage.as_ref().map(Usage::in_words));
    facts.extend(trace.cost_usd.map(|usd| format!("{usd:.6} USD")));
    let _ = writeln!(text, "# {}\n\n{}", code(&trace.name), facts.join(" · "));
    for block in &conversation.blocks {
        draw(&mut text, block);
    }
    text
}

fn draw(text: &mut String, block: &Block) {
    let depth = block.depth();
    match block {
        Block::Scope { name, duration_ns, input, output, error, .. }
        | Block::Step { name, duration_ns, input, output, error, .. } => {
            heading(text, depth, &format!("{} ({})", code(name), duration(*duration_ns)));
            for (word, value) in [("Input", input), ("Output", output)] {
                if let Some(value) = value {
                    said(text, word, value);
                }
            }
            failure(text, error.as_ref());
        }
        Block::Call {
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
            why_blank,
            cut,
            error,
            ..
        } => {
            let mut facts = vec![duration(*duration_ns)];
            facts.extend(usage.as_ref().map(Usage::in_words));
            facts.extend(cost_usd.map(|usd| format!("{usd:.6} USD")));
            facts.extend(finish_reasons.iter().map(|reason| code(reason)));
            heading(text, depth, &format!("{} ({})", code(model.as_deref().unwrap_or(name)), facts.join(" · ")));
            if *history > 0 {
                let _ = writeln!(text, "\n*{} as above*", counted(*history, "message"));
            }
            let (cut_in, cut_out) = cut.as_deref().map_or((false, false), |cut| (cut.input, cut.output));
            for (side, is_cut) in [(input, cut_in), (output, cut_out)] {
                side.iter().for_each(|message| draw_message(text, message));
                if is_cut {
                    text.push_str("\n*cut by the sender; the rest was not sent*\n");
                }
            }
            if !cited.is_empty() {
                text.push_str("\nCited:\n\n");
                for source in cited {
                    let _ = writeln!(text, "- {}", code(source));
                }
            }
            if let Some(why) = why_blank {
                let _ = writeln!(text, "\n*Not everything that was said was sent. {}*", why.why);
            }
            failure(text, error.as_ref());
        }
    }
}

fn heading(text: &mut String, depth: u32, title: &str) {
    let marks = "#".repeat(2 + depth.min(DEEPEST) as usize);
    let _ = writeln!(text, "\n{marks} {title}");
}

fn draw_message(text: &mut String, message: &MessageView) {
    let speaker = message.name.as_ref().map(|name| format!(" ({})", code(name))).unwrap_or_default();
    let _ = writeln!(text, "\n**{}**{speaker}", code(&message.role));
    for part in &message.parts {
        match part {
            PartView::Part { part } => draw_part(text, part),
            PartView::Call { call } => draw_call(text, call),
        }
    }
}

fn draw_part(text: &mut String, part: &Part) {
    match part {
        Part::Text { text: said } => fence(text, "text", said),
        Part::Reasoning { text: said } => {
            text.push_str("\n*thinking*\n");
            fence(text, "text", said);
        }
        Part::Refusal { text: said } => {
            text.push_str("\n*refusal*\n");
            fence(text, "text", said);
        }
        Part::ToolCall { name, arguments, .. } => {
            said(text, &format!("calls {}", code(name.as_deref().unwrap_or("?"))), arguments);
        }
        Part::ToolResult { result, .. } => said(text, "result", result),
        Part::Image(media) => picture(text, "image", media),
        Part::Audio(media) => picture(text, "audio", media),
        Part::Video(media) => picture(text, "video", media),
        Part::File(media) => picture(text, "file", media),
        Part::Json { value } => fenced(text, value),
    }
}

fn draw_call(text: &mut String, call: &ToolCallView) {
    said(text, &format!("calls {}", code(call.name.as_deref().unwrap_or("?"))), &call.arguments);
    if let Some(error) = &call.error {
        text.push_str("\n*failed*\n");
        fence(text, "text", error);
    }
    if let Some(result) = &call.result {
        said(text, if call.is_error == Some(true) { "error" } else { "result" }, result);
    }
}

fn picture(text: &mut String, what: &str, media: &Media) {
    let size = media.bytes.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
    let _ = writeln!(text, "\n*{what} {}{size}*", code(media.mime.as_deref().unwrap_or("of unknown type")));
    if let Some(said) = &media.transcript {
        fence(text, "text", said);
    }
}

fn failure(text: &mut String, error: Option<&ErrorInfo>) {
    if let Some(error) = error {
        let _ = writeln!(text, "\n**failed**: {}", code(error.kind.as_deref().unwrap_or("error")));
        fence(text, "text", error.message.as_deref().unwrap_or_default());
    }
}

fn said(text: &mut String, word: &str, value: &Value) {
    let _ = writeln!(text, "\n{word}");
    fenced(text, value);
}

fn fenced(text: &mut String, value: &Value) {
    match value {
        Value::String(said) => fence(text, "text", said),
        value => fence(text, "json", &serde_json::to_string_pretty(value).unwrap_or_default()),
    }
}

/// Text between fences longer than any run of backticks in it.
fn fence(text: &mut String, language: &str, said: &str) {
    let said = safe(said);
    let marks = "`".repeat(longest_run(&said).max(2) + 1);
    let end = if said.ends_with('\n') { "" } else { "\n" };
    let _ = writeln!(text, "\n{marks}{language}\n{said}{end}{marks}");
}

/// Text on one line as code.
fn code(text: &str) -> String {
    let line = safe_line(text);
    let marks = "`".repeat(longest_run(&line) + 1);
    let room = if line.starts_with('`') || line.ends_with('`') || line.trim().is_empty() { " " } else { "" };
    format!("{marks}{room}{line}{room}{marks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_fence() {
        let mut text = String::new();
        fence(&mut text, "text", "before\n````\n![](https://example.com/x.png)");
        assert_eq!(text, "\n`````text\nbefore\n````\n![](https://example.com/x.png)\n`````\n");
        assert_eq!(
            [code("a`b"), code("`"), code("two\nlines"), code("")],
            ["``a`b``", "`` ` ``", "`two lines`", "`  `"]
        );
    }
}
