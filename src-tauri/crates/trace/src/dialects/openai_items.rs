//! Calls under the id of their item: the Responses API has two ids for a call, and OpenLLMetry's OpenAI agents (0.62) tell the
//! item's (`fc_…`) where an answer names the call's (`call_…`).

use crate::reading::{Message, Part};

/// Gives calls the ids that the answers to them name: where as many of each have none to go with, they are told in one order.
pub(super) fn name_calls(messages: &mut [Message]) {
    let parts = || messages.iter().flat_map(|message| &message.parts);
    let answered: Vec<String> = parts()
        .filter_map(|part| match part {
            Part::ToolResult { id: Some(id), .. } if id.starts_with("call_") => Some(id.clone()),
            _ => None,
        })
        .collect();
    let items = parts().filter(|part| is_item(part)).count();
    let is_called =
        |id: &String| parts().any(|part| matches!(part, Part::ToolCall { id: Some(other), .. } if other == id));
    if items == 0 || items != answered.len() || answered.iter().any(is_called) {
        return;
    }
    let mut answered = answered.into_iter();
    for part in messages.iter_mut().flat_map(|message| &mut message.parts).filter(|part| is_item(part)) {
        if let Part::ToolCall { id, .. } = part {
            *id = answered.next();
        }
    }
}

fn is_item(part: &Part) -> bool {
    matches!(part, Part::ToolCall { id: Some(id), .. } if id.starts_with("fc_"))
}
