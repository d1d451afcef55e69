//! Tools offered to a model, in any provider's format.

use serde_json::{Map, Value};

use super::{any, string, text};
use crate::reading::ToolDefinition;

/// Returns the tools in a list (or a map by name), each once; what has no name is no tool.
pub fn definitions(value: &Value) -> Vec<ToolDefinition> {
    let mut tools: Vec<ToolDefinition> = Vec::new();
    let items: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(object) if string(object, "name").is_some() || object.contains_key("function") => vec![value],
        Value::Object(object) => object.values().collect(),
        _ => Vec::new(),
    };
    for item in items {
        for tool in definition(item) {
            if !tools.iter().any(|known| known.name == tool.name) {
                tools.push(tool);
            }
        }
    }
    tools
}

/// Returns the tools one entry offers: Gemini and Bedrock group several.
pub fn definition(value: &Value) -> Vec<ToolDefinition> {
    let item = text::parsed(value);
    match &item {
        Value::String(name) if !name.is_empty() => {
            vec![ToolDefinition { name: name.clone(), ..ToolDefinition::default() }]
        }
        Value::Object(object) => {
            if let Some(group) =
                any(object, &["functionDeclarations", "function_declarations"]).and_then(Value::as_array)
            {
                return group.iter().filter_map(|item| described(item.as_object()?, None)).collect();
            }
            let kind = string(object, "type").filter(|kind| kind != "function");
            let inner = any(object, &["function", "toolSpec", "custom", "data"]).and_then(Value::as_object);
            described(inner.unwrap_or(object), kind).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the tool an object describes. A provider's own tool (`web_search`) has no name but a type.
fn described(object: &Map<String, Value>, kind: Option<String>) -> Option<ToolDefinition> {
    let parameters = any(
        object,
        &["parameters", "input_schema", "inputSchema", "parametersJsonSchema", "parameters_json_schema", "args_schema"],
    );
    let parameters = parameters.map(text::parsed).map(|schema| match schema.get("json") {
        Some(inner) if schema.as_object().is_some_and(|schema| schema.len() == 1) => inner.clone(),
        _ => schema,
    });
    Some(ToolDefinition {
        name: string(object, "name").or(kind)?,
        description: string(object, "description"),
        parameters,
    })
}
