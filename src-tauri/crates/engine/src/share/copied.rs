//! A trace or a part of it as text to be pasted elsewhere: for a person, for a model, and as a request that asks again.

use std::fmt::Write;

use serde_json::Value;
use spanglass_trace::reading::Part;
use spanglass_trace::shapes::requests::Request;
use spanglass_trace::views::conversation::{Block, MessageView, PartView};
use spanglass_trace::views::counted;

use crate::in_words::duration;
use crate::terminal::{safe, safe_json, safe_line};

/// A text of a compact transcript is cut after so many characters: who reads it can ask for the rest.
const COMPACT: usize = 2_000;

/// For whom a transcript is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// With names, times and everything that was said.
    Person,
    /// Roles and words alone, long ones cut.
    Model,
}

/// Returns a transcript of blocks.
pub fn transcript<'a>(blocks: impl IntoIterator<Item = &'a Block>, reader: Reader) -> String {
    let mut text = String::new();
    for block in blocks {
        match block {
            Block::Scope { name, duration_ns, input, output, error, .. }
            | Block::Step { name, duration_ns, input, output, error, .. } => {
                headline(&mut text, reader, name, *duration_ns);
                for (role, value) in [("given", input), ("returned", output)] {
                    if let Some(value) = value {
                        say(&mut text, reader, role, &plain(value));
                    }
                }
                failed(&mut text, reader, error.as_ref().and_then(|error| error.message.as_deref()));
            }
            Block::Call { name, model, duration_ns, history, input, output, cited, error, .. } => {
                headline(&mut text, reader, model.as_deref().unwrap_or(name), *duration_ns);
                if *history > 0 && reader == Reader::Person {
                    let _ = writeln!(text, "({} as above)", counted(*history, "message"));
                }
                input.iter().chain(output).for_each(|message| message_of(&mut text, reader, message));
                if !cited.is_empty() {
                    say(&mut text, reader, "cited", &cited.join(", "));
                }
                failed(&mut text, reader, error.as_ref().and_then(|error| error.message.as_deref()));
            }
        }
    }
    text
}

fn headline(text: &mut String, reader: Reader, name: &str, duration_ns: u64) {
    if reader == Reader::Person {
        let _ = writeln!(text, "\n── {name}, {}", duration(duration_ns));
    }
}

fn failed(text: &mut String, reader: Reader, message: Option<&str>) {
    if let Some(message) = message {
        say(text, reader, "error", message);
    }
}

fn message_of(text: &mut String, reader: Reader, message: &MessageView) {
    for part in &message.parts {
        match part {
            PartView::Part { part: Part::Text { text: said } | Part::Refusal { text: said } } => {
                say(text, reader, &message.role, said);
            }
            PartView::Part { part: Part::Reasoning { text: thought } } if reader == Reader::Person => {
                say(text, reader, "thinking", thought);
            }
            PartView::Part { part: Part::ToolResult { result, .. } } => say(text, reader, "result", &plain(result)),
            PartView::Part { part: Part::Json { value } } => say(text, reader, &message.role, &plain(value)),
            PartView::Part {
                part: Part::Image(media) | Part::Audio(media) | Part::Video(media) | Part::File(media),
            } => {
                let what = media.mime.as_deref().unwrap_or("a file");
                say(text, reader, &message.role, &format!("[{what}]"));
            }
            PartView::Part { .. } => {}
            PartView::Call { call } => {
                let asked = format!("{}({})", call.name.as_deref().unwrap_or("unnamed"), plain(&call.arguments));
                say(text, reader, "call", &asked);
                if let Some(result) = &call.result {
                    say(text, reader, "result", &plain(result));
                }
            }
        }
    }
}

fn say(text: &mut String, reader: Reader, role: &str, said: &str) {
    let cut = match reader {
        Reader::Person => None,
        Reader::Model => said.char_indices().nth(COMPACT).map(|(end, _)| end),
    };
    let told = &said[..cut.unwrap_or(said.len())];
    // Further lines stand deeper: none of them begins as a turn does.
    let told = safe(told.trim_end()).replace('\n', "\n  ");
    let _ = match cut {
        None => writeln!(text, "[{role}] {told}"),
        Some(end) => writeln!(text, "[{role}] {told} … {} more characters", said[end..].chars().count()),
    };
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns a shell command that sends the request. The key is in an environment variable, never in the text.
pub fn curl(request: &Request) -> String {
    // A shell with a person at it may know no comments (zsh) and changes `!` wherever it stands: a note is a command that does nothing,
    // and of what is quoted nothing ends the quotes.
    let mut text: String = notes(request).map(|note| format!(": '{}'\n", note.replace(['\'', '!'], "’"))).collect();
    let (header, before) = request.key_header;
    let url = match request.base_variable {
        Some(variable) => {
            let at = request.url.find("/v1/").map_or(request.url.len(), |at| at + 3);
            format!("${{{variable}:-{}}}{}", &request.url[..at], &request.url[at..])
        }
        None => request.url.clone(),
    };
    let _ = writeln!(text, "curl --no-buffer \"{url}\" \\");
    let _ =
        writeln!(text, "  -H 'Content-Type: application/json' -H \"{header}: {before}${}\" \\", request.key_variable);
    for (name, value) in &request.headers {
        let _ = writeln!(text, "  -H '{name}: {value}' \\");
    }
    // Quoted, so that the shell changes nothing in it; no line of JSON is this word.
    let body = safe_json(&serde_json::to_string_pretty(&request.body).unwrap_or_default()).replace('!', "\\u0021");
    let _ = writeln!(text, "  --data-binary @- <<'REQUEST'\n{body}\nREQUEST");
    text
}

/// Returns a Python program that sends the request with the standard library alone.
pub fn python(request: &Request) -> String {
    let mut text: String = notes(request).map(|note| format!("# {note}\n")).collect();
    let (header, before) = request.key_header;
    let url = match request.base_variable {
        Some(variable) => {
            let at = request.url.find("/v1/").map_or(request.url.len(), |at| at + 3);
            format!("os.environ.get({variable:?}, {:?}) + {:?}", &request.url[..at], &request.url[at..])
        }
        None => format!("{:?}", request.url),
    };
    let body = safe_json(&literal(&Value::Object(request.body.clone()), 0));
    let _ = writeln!(text, "import json\nimport os\nimport urllib.request\n\nbody = {body}\n");
    let _ = writeln!(
        text,
        "request = urllib.request.Request(\n    {url},\n    data=json.dumps(body).encode(),\n    headers={{"
    );
    let _ = writeln!(text, "        \"Content-Type\": \"application/json\",");
    let _ = writeln!(text, "        {header:?}: {before:?} + os.environ[{:?}],", request.key_variable);
    for (name, value) in &request.headers {
        let _ = writeln!(text, "        {name:?}: {value:?},");
    }
    text.push_str("    },\n)\nwith urllib.request.urlopen(request) as answer:\n    print(answer.read().decode())\n");
    text
}

/// Returns what is to be said of a request, each on one line.
fn notes(request: &Request) -> impl Iterator<Item = String> {
    request.notes.iter().map(|note| safe_line(note))
}

/// Returns a value as Python writes it.
fn literal(value: &Value, depth: usize) -> String {
    let inner = "    ".repeat(depth + 1);
    let close = "    ".repeat(depth);
    let lines = |lines: Vec<String>, open: char, shut: char| match lines.is_empty() {
        true => format!("{open}{shut}"),
        false => {
            format!("{open}\n{}{close}{shut}", lines.iter().map(|line| format!("{inner}{line},\n")).collect::<String>())
        }
    };
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        // JSON's escapes are Python's too.
        Value::String(_) => value.to_string(),
        Value::Array(items) => lines(items.iter().map(|item| literal(item, depth + 1)).collect(), '[', ']'),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| format!("{}: {}", Value::String(key.clone()), literal(value, depth + 1)));
            lines(fields.collect(), '{', '}')
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request() -> Request {
        let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "It's $HOME\n\"so\"!\u{9b}" }], "stream": false });
        Request {
            url: "https://api.openai.com/v1/chat/completions".to_owned(),
            base_variable: Some("OPENAI_BASE_URL"),
            key_header: ("Authorization", "Bearer "),
            key_variable: "OPENAI_API_KEY",
            body: body.as_object().expect("an object").clone(),
            notes: vec!["it's two\nlines".to_owned()],
            ..Request::default()
        }
    }

    #[test]
    fn a_command_quotes_what_was_said_and_names_the_key() {
        let command = curl(&request());
        assert!(command.starts_with(": 'it’s two lines'\ncurl "), "{command}");
        assert!(command.contains("\"${OPENAI_BASE_URL:-https://api.openai.com/v1}/chat/completions\""), "{command}");
        assert!(command.contains("-H \"Authorization: Bearer $OPENAI_API_KEY\""), "{command}");
        let (_, body) = command.split_once("<<'REQUEST'\n").expect("a body");
        let sent: Value = serde_json::from_str(body.strip_suffix("\nREQUEST\n").expect("its end")).expect("JSON");
        assert_eq!(sent, Value::Object(request().body));
        assert!(
            !command.contains(['!', '\u{9b}']),
            "a shell puts in what was called before, a terminal obeys: {command}"
        );
    }

    #[test]
    fn a_program_is_python() {
        let program = python(&request());
        assert!(program.contains("\"stream\": False,"), "{program}");
        assert!(program.contains(r#""content": "It's $HOME\n\"so\"!\u009b","#), "{program}");
        assert!(
            program.contains(r#"os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1") + "/chat/completions""#),
            "{program}"
        );
    }
}
