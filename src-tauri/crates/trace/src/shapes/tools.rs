//! Tools offered to a model, in any provider's format.

use std::collections::BTreeSet;

use super::{any, cut, python, string, text};
use crate::json::{AsJson, Json, Kept, Kind, Object};
use crate::reading::ToolDefinition;

/// Returns the tools in a list (or a map by name), each once; what has no name is no tool.
pub fn definitions(value: impl AsJson) -> Vec<ToolDefinition> {
    value.with(|value| match value.kind() {
        Kind::Array(items) => all(items),
        Kind::Object(object) if string(object, "name").is_some() || object.contains_key("function") => all([value]),
        Kind::Object(object) => all(object.values()),
        _ => Vec::new(),
    })
}

/// Returns the tools of these entries, each once.
pub(super) fn all<'v>(entries: impl IntoIterator<Item = Json<'v>>) -> Vec<ToolDefinition> {
    let mut names = BTreeSet::new();
    entries.into_iter().flat_map(one).filter(|tool| names.insert(tool.name.clone())).collect()
}

/// Returns the tools one entry offers: Gemini and Bedrock group several.
pub fn definition(value: impl AsJson) -> Vec<ToolDefinition> {
    value.with(one)
}

fn one(value: Json<'_>) -> Vec<ToolDefinition> {
    if let Some(said) = value.as_str().map(text::said).filter(|said| !said.is_string()) {
        // Langtrace writes the whole list as one of its items.
        return said.with(|said| match said.as_array() {
            Some(list) => list.flat_map(described_in).collect(),
            None => described_in(said),
        });
    }
    // A description that was cut short is left with what is whole in it, which its name is nearly always.
    if let Some(said) = value.as_str().filter(|text| cut::breaks_off(text)).and_then(cut::document) {
        return described_in(said.root());
    }
    // Haystack's, as Python writes it.
    if let Some(tool) = value.as_str().filter(|text| text.starts_with("Tool(")).and_then(python::object) {
        return tool.with(described_in);
    }
    described_in(value)
}

fn described_in(value: Json<'_>) -> Vec<ToolDefinition> {
    match value.kind() {
        Kind::String(name) if !name.is_empty() => {
            let name = python::function(name).unwrap_or(name);
            vec![ToolDefinition { name: name.to_owned(), ..ToolDefinition::default() }]
        }
        Kind::Object(object) => {
            if let Some(group) =
                any(object, &["functionDeclarations", "function_declarations"]).and_then(Json::as_array)
            {
                return group.iter().filter_map(|item| described(item.as_object()?, None)).collect();
            }
            let kind = string(object, "type").filter(|kind| kind != "function");
            // A server's tools are offered together, under its own name.
            let kind = kind.map(|kind| match string(object, "server_label").filter(|_| kind == "mcp") {
                Some(server) => format!("mcp:{server}"),
                None => kind,
            });
            let inner = any(object, &["function", "toolSpec", "custom", "data"]).and_then(Json::as_object);
            described(inner.unwrap_or(object), kind).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the tool an object describes. A provider's own tool (`web_search`) has no name but a type.
fn described(object: Object<'_>, kind: Option<String>) -> Option<ToolDefinition> {
    let parameters = any(
        object,
        &[
            "parameters",
            "input_schema",
            "inputSchema",
            "parametersJsonSchema",
            "parameters_json_schema",
            "params_json_schema",
            "args_schema",
        ],
    );
    let parameters = parameters.map(|sent| match sent.as_str() {
        Some(written) => text::said(written).with(schema),
        None => schema(sent),
    });
    Some(ToolDefinition {
        name: string(object, "name").or(kind)?,
        description: string(object, "description"),
        parameters,
    })
}

/// Bedrock's stands in an object of its own.
fn schema(sent: Json<'_>) -> Kept {
    let inner = sent.as_object().filter(|object| object.len() == 1).and_then(|object| object.get("json"));
    Kept::of(inner.unwrap_or(sent))
}
