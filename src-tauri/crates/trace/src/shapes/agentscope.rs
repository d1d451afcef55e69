//! AgentScope: what a tool answered, its blocks written in Python's words.
//!
//! Source: `agentscope/middleware/_tracing/_converter.py` and `tool/_response.py` of AgentScope 2.0.

use serde_json::Value;

use super::{python, text};
use crate::json::Array;

/// Returns the text of an answer: `["TextBlock(type='text', text='…')"]` in a message, `ToolResponse(content=[TextBlock(…)], …)` on the
/// tool's own span.
pub(super) fn answered(sent: &str) -> Option<Value> {
    let written = text::document(sent);
    let root = written.as_ref().map(|written| written.root());
    let blocks: Vec<Value> = match root.and_then(|root| root.as_array()) {
        Some(list) => each(list)?,
        None => {
            let response = python::object(root.and_then(|root| root.as_str()).unwrap_or(sent))?;
            response.get("content")?.as_array()?.clone()
        }
    };
    let texts: Option<String> = blocks.iter().map(said).collect();
    texts.filter(|_| !blocks.is_empty()).map(|texts| text::said(&texts))
}

fn each(list: Array<'_>) -> Option<Vec<Value>> {
    list.map(|item| item.as_str().and_then(python::object)).collect()
}

fn said(block: &Value) -> Option<&str> {
    block.get("type").filter(|kind| kind.as_str() == Some("text"))?;
    block.get("text")?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_of_text_are_one_text() {
        let block = "TextBlock(type='text', text='18 degrees', id='1', finished_at=None)";
        let response =
            format!("ToolResponse(content=[{block}], state=<ToolResultState.SUCCESS: 'success'>, metadata={{}})");
        for sent in [json!([block]).to_string(), response.clone(), json!(response).to_string()] {
            assert_eq!(answered(&sent), Some(json!("18 degrees")), "{sent}");
        }
    }

    #[test]
    fn other_answers_are_left_alone() {
        for other in ["[\"Paris\"]", "[]", "Point(x=1)", "\"Paris\"", "Paris (France)", "[{\"type\": \"text\"}]"] {
            assert_eq!(answered(other), None, "{other}");
        }
    }
}
