//! How an answer was asked to look: the response format among the parameters of a call, in any provider's words.

use serde_json::{Map, Value};

use super::text;
use crate::json::Kept;
use crate::reading::AnswerFormat;

/// Parameters that are a format or a schema: OpenAI's chat completions, its client's `parse`, Anthropic's, Gemini's in either
/// spelling, and OpenLLMetry's.
const FORMATS: [&str; 8] = [
    "response_format",
    "text_format",
    "output_format",
    "response_json_schema",
    "responseJsonSchema",
    "response_schema",
    "responseSchema",
    "structured_output_schema",
];

/// Parameters a format stands in: OpenAI's Responses, Anthropic's, Gemini's.
const AROUND: [&str; 4] = ["text", "output_config", "generation_config", "generationConfig"];

/// Returns how an answer was asked to look; `None` when any text would do.
pub fn answer_format(parameters: &Map<String, Value>) -> Option<AnswerFormat> {
    if parameters.is_empty() {
        return None;
    }
    let within = || AROUND.iter().filter_map(|key| Some(text::parsed(parameters.get(*key)?)));
    let format = FORMATS.iter().find_map(|key| told(&text::parsed(parameters.get(*key)?)));
    format.or_else(|| within().find_map(|around| within_object(around.as_object()?))).or_else(|| mime(parameters))
}

fn within_object(around: &Map<String, Value>) -> Option<AnswerFormat> {
    let format = around.get("format").and_then(told);
    format.or_else(|| FORMATS.iter().find_map(|key| told(around.get(*key)?))).or_else(|| mime(around))
}

/// JSON without a schema: Gemini's media type, GenAI's kind of output.
fn mime(parameters: &Map<String, Value>) -> Option<AnswerFormat> {
    let says = |key: &str, word: &str| parameters.get(key).and_then(Value::as_str) == Some(word);
    let is_json = says("response_mime_type", "application/json")
        || says("responseMimeType", "application/json")
        || says("output_type", "json");
    is_json.then(AnswerFormat::default)
}

/// Reads a format: a provider's envelope round a schema, the schema itself, a class of which only the name was recorded.
fn told(format: &Value) -> Option<AnswerFormat> {
    let format = match format {
        Value::String(word) if matches!(word.as_str(), "json" | "json_object") => return Some(AnswerFormat::default()),
        Value::String(words) => return class(words),
        format => format.as_object()?,
    };
    let kind = format.get("type").and_then(Value::as_str);
    let inner = format.get("json_schema").filter(|_| kind == Some("json_schema")).and_then(Value::as_object);
    let inner = inner.unwrap_or(format);
    let schema = ["schema", "json_schema"].iter().find_map(|key| inner.get(*key)).filter(|schema| schema.is_object());
    let is_json = matches!(kind, Some("json" | "json_schema" | "json_object"))
        || format.get("format").and_then(Value::as_str) == Some("json");
    if schema.is_some() || is_json {
        return Some(AnswerFormat {
            name: inner.get("name").and_then(Value::as_str).map(str::to_owned),
            strict: inner.get("strict").and_then(Value::as_bool),
            schema: schema.cloned().map(Kept::from),
        });
    }
    is_schema(format).then(|| AnswerFormat {
        name: format.get("title").and_then(Value::as_str).map(str::to_owned),
        schema: Some(Kept::from(Value::Object(format.clone()))),
        ..AnswerFormat::default()
    })
}

/// Says whether an object is a JSON schema and not a format of another kind (`{"type": "text"}`).
fn is_schema(format: &Map<String, Value>) -> bool {
    let kind = format.get("type").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    ["$schema", "$ref", "properties", "anyOf", "enum"].iter().any(|key| format.contains_key(*key))
        || matches!(kind.as_str(), "object" | "array")
}

/// Reads what Python calls a class (`<class 'app.Event'>`): its schema is not there, but that JSON was asked for.
fn class(words: &str) -> Option<AnswerFormat> {
    let path = words.strip_prefix("<class '")?.strip_suffix("'>")?;
    let name = path.rsplit('.').next().filter(|name| !name.is_empty() && *name != "str")?;
    Some(AnswerFormat { name: Some(name.to_owned()), ..AnswerFormat::default() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(parameters: Value) -> Option<(Option<String>, Option<bool>, Option<Value>)> {
        let format = answer_format(parameters.as_object().expect("parameters"))?;
        Some((format.name, format.strict, format.schema.map(|schema| schema.to_value())))
    }

    #[test]
    fn every_provider_says_it_in_its_own_words() {
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
        let named = Some((Some("Place".to_owned()), Some(true), Some(schema.clone())));
        let bare = Some((None, None, Some(schema.clone())));
        let any = Some((None, None, None));
        let inner = json!({"name": "Place", "strict": true, "schema": schema});
        let flat = json!({"type": "json_schema", "name": "Place", "strict": true, "schema": schema});
        let cases = [
            (json!({"response_format": {"type": "json_schema", "json_schema": inner}}), &named),
            (json!({"response_format": json!({"type": "json_schema", "json_schema": inner}).to_string()}), &named),
            (json!({"text": {"format": flat, "verbosity": "low"}}), &named),
            (json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}}), &bare),
            (json!({"output_format": {"type": "json_schema", "schema": schema}}), &bare),
            (json!({"response_schema": schema, "response_mime_type": "application/json"}), &bare),
            (json!({"generationConfig": {"responseSchema": schema}}), &bare),
            (json!({"structured_output_schema": schema}), &bare),
            (json!({"response_format": schema}), &bare),
            (
                json!({"response_format": {"format": "json", "contentType": "application/json", "schema": schema}}),
                &bare,
            ),
            (json!({"response_format": {"type": "json_object"}}), &any),
            (json!({"response_mime_type": "application/json"}), &any),
            (json!({"output_type": "json"}), &any),
            (json!({"response_format": "<class 'app.<locals>.Place'>"}), &Some((Some("Place".to_owned()), None, None))),
            (json!({"text": {"format": {"type": "text"}}, "output_type": "text"}), &None),
            (json!({"response_format": "<openai.Omit object at 0x7f479fd0c410>"}), &None),
            (json!({"response_format": {"type": "text"}, "temperature": 1}), &None),
            (json!({"response_format": null}), &None),
        ];
        for (parameters, expected) in cases {
            assert_eq!(&read(parameters.clone()), expected, "{parameters}");
        }
    }
}
