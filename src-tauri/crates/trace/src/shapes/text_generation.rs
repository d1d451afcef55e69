//! Text Generation Inference, as Hugging Face's endpoints speak it: a text in, the text that follows out.
//!
//! Source: the API reference of Text Generation Inference (`/generate`), and the containers for large models on SageMaker.

use super::{Payload, Side, content, string};
use crate::json::{Json, Object};
use crate::reading::Message;
use crate::usage::normal::{Counts, count};

/// A call: `{"inputs": text}`, answered with `{"generated_text": text}`, by itself or one in a list for each input.
pub(super) fn call(value: Json<'_>, side: Side) -> Option<Payload> {
    if side == Side::Input {
        let asked = string(value.as_object()?, "inputs")?;
        return Some(Payload::of(vec![Message::new("user", content::text(&asked))]));
    }
    let answers: Vec<Object<'_>> = match value.as_array() {
        Some(list) => list.map(Json::as_object).collect::<Option<_>>()?,
        None => vec![value.as_object()?],
    };
    let mut payload = Payload::default();
    let mut written = None;
    for answer in answers {
        let text = string(answer, "generated_text")?;
        payload.messages.push(Message::new("assistant", content::text(&text)));
        let details = answer.get("details").and_then(Json::as_object);
        payload.finish_reasons.extend(details.and_then(|details| string(details, "finish_reason")));
        let tokens = details.and_then(|details| details.get("generated_tokens").and_then(count));
        written = written.or(tokens);
    }
    payload.counts = written.map(|output| Counts { output: Some(output), ..Counts::default() });
    (!payload.messages.is_empty()).then_some(payload)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::AsJson;

    fn read(value: &Value, side: Side) -> Option<Payload> {
        value.with(|value| call(value, side))
    }

    #[test]
    fn inputs_are_asked_and_what_follows_is_the_answer() {
        let asked = read(&json!({"inputs": "France?", "parameters": {}}), Side::Input).expect("a request");
        assert_eq!(asked.messages, [Message::new("user", content::text("France?"))]);
        let one = json!({"generated_text": "Paris.", "details": {"finish_reason": "eos_token", "generated_tokens": 3}});
        for answer in [one.clone(), json!([one])] {
            let said = read(&answer, Side::Output).expect("an answer");
            assert_eq!(said.messages, [Message::new("assistant", content::text("Paris."))], "{answer}");
            assert_eq!(said.finish_reasons, ["eos_token"], "{answer}");
            assert_eq!(said.counts.and_then(|counts| counts.output), Some(3), "{answer}");
        }
    }

    #[test]
    fn other_inputs_are_left_alone() {
        assert_eq!(read(&json!({"inputs": {"a": 1}}), Side::Input), None);
        assert_eq!(read(&json!([]), Side::Output), None);
        assert_eq!(read(&json!([{"text": "a"}]), Side::Output), None);
    }
}
