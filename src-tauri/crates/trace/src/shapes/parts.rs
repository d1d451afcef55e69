//! Messages of typed parts, as OpenTelemetry's GenAI conventions and the libraries that follow them write them.
//!
//! Source: the `gen-ai-input-messages` and `gen-ai-output-messages` JSON schemas of semantic-conventions 1.37 and later; the
//! hyphenated part types are Pydantic AI's.

use super::{any, content, cut, media, string, text, tool_call, tool_result};
use crate::json::{Json, Object};
use crate::reading::{Media, Part};

/// A part.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    let id = || string(part, "id");
    let name = || string(part, "name");
    match part.get("type")?.as_str()? {
        // opentelemetry-util-genai 1.3 writes a block it does not know as a text of nothing.
        "text" if part.get("content").is_some_and(Json::is_null) && !part.contains_key("text") => Some(Vec::new()),
        "text" => Some(match any(part, &["content", "text"])? {
            // OpenLIT 1.45 puts the provider's own blocks where their text belongs.
            blocks if blocks.as_array().is_some() => content::read(blocks),
            // Structured answers are told as what they are.
            object if object.is_object() => vec![Part::Json { value: object.to_value() }],
            words => content::read(words),
        }),
        "reasoning" | "thinking" => {
            let thought = any(part, &["content", "text", "thinking"])?;
            // Mistral's is a list of texts.
            let texts =
                thought.as_array().map(|list| list.filter_map(|part| part.get("text")?.as_str()).collect::<String>());
            texts.map_or_else(|| thought.as_str().map(thoughts), |text| Some(content::reasoning(&text)))
        }
        "refusal" => Some(content::refusal(any(part, &["content", "refusal"])?.as_str()?)),
        // The second is LangChain's and Mirascope's.
        "tool_call" => Some(vec![tool_call(id(), name(), any(part, &["arguments", "args"]))]),
        "server_tool_call" => Some(by_provider(part)),
        // The last is Mirascope's (2.0).
        "tool_call_response" | "server_tool_call_response" | "tool_output" => {
            let answer = any(part, &["response", "result", "server_tool_call_response", "content"]);
            // Anthropic's is in an object that says which tool it was.
            let within = any(part, &["server_tool_call_response"]).and_then(|ran| any(ran.as_object()?, &["content"]));
            let answer = within.or(answer);
            Some(vec![tool_result(id(), name(), answer, part.get("is_error").and_then(Json::as_bool))])
        }
        "blob" | "binary" => {
            let mime = any(part, &["mime_type", "media_type"]).and_then(Json::as_str).map(str::to_owned);
            let data = any(part, &["content", "data"]).and_then(Json::as_str);
            let found =
                data.map_or_else(|| media::without_bytes(mime.clone()), |data| media::inline(data, mime.clone()));
            Some(medium(part, found))
        }
        "uri" => {
            let mut found = media::at(any(part, &["uri", "url"])?.as_str()?);
            found.mime = string(part, "mime_type").or(found.mime);
            Some(medium(part, found))
        }
        "file" => {
            let found = media::reference(any(part, &["file_id", "id", "uri"])?.as_str()?, string(part, "mime_type"));
            Some(medium(part, found))
        }
        kind => {
            let modality = kind.strip_suffix("-url")?;
            let found =
                any(part, &["url"]).and_then(Json::as_str).map_or_else(|| media::without_bytes(None), media::at);
            Some(vec![media::part(modality, found)])
        }
    }
}

/// A call that the provider ran itself: opentelemetry-util-genai 1.3 has what it was given in an object that says which tool it was,
/// as `input` of Anthropic's and beside what came of it of OpenAI's.
fn by_provider(part: Object<'_>) -> Vec<Part> {
    let (id, name) = (string(part, "id"), string(part, "name"));
    let Some(ran) = any(part, &["server_tool_call"]).and_then(Json::as_object) else {
        return vec![tool_call(id, name, any(part, &["arguments", "args"]))];
    };
    let made = ran.get("result").and_then(Json::as_str).filter(|made| !made.is_empty());
    match (ran.get("type").and_then(Json::as_str), made) {
        (Some("mcp"), _) => {
            let answer = any(ran, &["output", "error"]);
            let failed = any(ran, &["error"]).map(|_| true);
            let mut parts = vec![tool_call(id.clone(), name.clone(), ran.get("arguments"))];
            parts.extend(answer.map(|answer| tool_result(id, name, Some(answer), failed)));
            parts
        }
        (Some("image_generation"), Some(made)) => {
            let mime = string(ran, "output_format").map(|format| format!("image/{format}"));
            vec![media::part("image", media::inline(made, mime))]
        }
        _ => vec![tool_call(id, name, any(ran, &["input"]).or_else(|| part.get("server_tool_call")))],
    }
}

/// OpenLLMetry (0.5x to 0.62) writes the list of summaries of the Responses API as text, in which the text comes before the type.
fn thoughts(content: &str) -> Vec<Part> {
    let is_list = content.starts_with("[{");
    let whole = is_list.then(|| text::document(content)).flatten();
    let summaries =
        whole.or_else(|| Some(content).filter(|content| is_list && cut::breaks_off(content)).and_then(cut::document));
    let listed = summaries.as_ref().and_then(|summaries| summaries.root().as_array());
    let summary = |item: Json<'_>| {
        let is_summary = item.get("type").is_none_or(|kind| kind.as_str() == Some("summary_text"));
        item.get("text").filter(|_| is_summary)?.as_str().map(content::reasoning)
    };
    let said = listed.and_then(|summaries| summaries.map(summary).collect::<Option<Vec<_>>>());
    said.map_or_else(|| content::reasoning(content), |said| said.concat())
}

/// A medium of the kind its part says, with what was said in it.
fn medium(part: Object<'_>, found: Media) -> Vec<Part> {
    let modality = part.get("modality").and_then(Json::as_str).unwrap_or("file");
    vec![media::part(modality, Media { transcript: string(part, "transcript"), ..found })]
}
