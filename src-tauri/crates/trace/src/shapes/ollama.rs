//! Ollama's answers: one message, or the text of a completion, with the counts beside it.
//!
//! Source: ollama/ollama `docs/api.md`, "Generate a chat completion" and "Generate a completion". A request is read with OpenAI's,
//! whose envelope is the same.

use super::{Payload, Side, content, message, string, usage};
use crate::json::Json;
use crate::reading::Message;

/// An answer.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|_| side == Side::Output)?;
    // Some senders leave out that it is done, which a count of Ollama's own says as well.
    let is_done = object.get("done").is_some_and(|done| done.as_bool().is_some());
    let is_counted = object.get("eval_count").is_some_and(|count| count.as_u64().is_some());
    if !is_done && !is_counted {
        return None;
    }
    let said = match object.get("message") {
        Some(said) => message::read(said, "assistant")?,
        None => {
            let mut parts = string(object, "thinking").map(|thought| content::reasoning(&thought)).unwrap_or_default();
            parts.extend(content::text(object.get("response")?.as_str()?));
            Message::new("assistant", parts)
        }
    };
    Some(Payload {
        finish_reasons: string(object, "done_reason").into_iter().collect(),
        model: string(object, "model"),
        counts: usage::counts(value),
        ..Payload::of(vec![said])
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::AsJson;

    #[test]
    fn chat_and_completion_are_read() {
        let chat = json!({"model": "m", "message": {"role": "assistant", "content": "Paris."}, "done": true,
            "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 4});
        let completion = json!({"model": "m", "response": "Paris.", "done": true, "done_reason": "stop",
            "prompt_eval_count": 3, "eval_count": 4, "context": [1, 2]});
        let untold = json!({"model": "m", "message": {"role": "assistant", "content": "Paris."}, "done_reason": "stop",
            "prompt_eval_count": 3, "eval_count": 4});
        for answer in [chat, completion, untold] {
            let said = answer.with(|answer| envelope(answer, Side::Output)).expect("an answer");
            assert_eq!(said.messages, [Message::new("assistant", content::text("Paris."))]);
            assert_eq!((said.finish_reasons, said.model), (vec!["stop".to_owned()], Some("m".to_owned())));
            assert_eq!(said.counts.and_then(|counts| counts.output), Some(4));
        }
    }
}
