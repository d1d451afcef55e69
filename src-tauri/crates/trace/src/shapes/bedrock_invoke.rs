//! Amazon Bedrock InvokeModel: requests and answers in each model's own format, by themselves or as the `body` of the call.
//!
//! Source: the Bedrock user guide, "Inference request parameters and response fields for foundation models": Amazon Titan, Anthropic
//! Claude text completions, AI21 Jurassic-2, Meta Llama and Mistral. Claude's messages, Nova's and Cohere's are read with their own.

use super::{Payload, Side, any, content, string, text};
use crate::json::{Document, Json, Object};
use crate::reading::Message;
use crate::usage::normal::{Counts, count};

/// A call with its body, or the body of a model whose format is only found here.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object()?;
    let is_call = ["modelId", "ResponseMetadata", "contentType"].iter().any(|key| object.contains_key(key));
    if let Some(body) = object.get("body").filter(|_| is_call) {
        let said = body.as_str().map(|sent| text::document(sent).unwrap_or_else(|| Document::text(sent)));
        let mut payload = super::read_call(said.as_ref().map_or(body, Document::root), side)?;
        payload.model = payload.model.or_else(|| string(object, "modelId"));
        return Some(payload);
    }
    match side {
        Side::Input => Some(Payload::of(vec![Message::new("user", content::text(object.get("inputText")?.as_str()?))])),
        Side::Output => answer(object),
    }
}

fn answer(object: Object<'_>) -> Option<Payload> {
    let number = |key: &str| object.get(key).and_then(count);
    let of = |texts: Vec<(Json<'_>, Option<String>)>, counts: Counts| {
        let said = |text: &Json<'_>| Some(Message::new("assistant", content::text(text.as_str()?)));
        Payload {
            messages: texts.iter().filter_map(|(text, _)| said(text)).collect(),
            finish_reasons: texts.into_iter().filter_map(|(_, reason)| reason).collect(),
            counts: (counts != Counts::default()).then_some(counts),
            ..Payload::default()
        }
    };
    // Llama, and Claude's text completions.
    if let Some(said) = any(object, &["generation", "completion"]).filter(|said| said.is_string()) {
        let counts = Counts {
            input: number("prompt_token_count"),
            output: number("generation_token_count"),
            ..Counts::default()
        };
        let reason = string(object, "stop_reason");
        let is_own = reason.is_some() || counts != Counts::default();
        return is_own.then(|| of(vec![(said, reason)], counts));
    }
    let list = any(object, &["results", "outputs", "completions"])?.as_array().filter(|list| !list.is_empty())?;
    let mut counts = Counts { input: number("inputTextTokenCount"), ..Counts::default() };
    let mut texts = Vec::new();
    for entry in list {
        let entry = entry.as_object()?;
        if let Some(said) = entry.get("outputText") {
            counts.output = counts.output.or_else(|| entry.get("tokenCount").and_then(count));
            texts.push((said, string(entry, "completionReason")));
        } else if let Some(said) = entry.get("text") {
            texts.push((said, Some(string(entry, "stop_reason")?)));
        } else {
            let reason = entry.get("finishReason").and_then(|reason| reason.get("reason")?.as_str());
            texts.push((entry.get("data")?.get("text")?, reason.map(str::to_owned)));
        }
    }
    Some(of(texts, counts))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::AsJson;

    fn read(value: &Value, side: Side) -> Payload {
        value.with(|value| envelope(value, side)).expect("Bedrock's")
    }

    #[test]
    fn every_models_answer_is_its_text() {
        for answer in [
            json!({"inputTextTokenCount": 3, "results": [{"tokenCount": 4, "outputText": "Paris.", "completionReason": "FINISH"}]}),
            json!({"generation": "Paris.", "prompt_token_count": 3, "generation_token_count": 4, "stop_reason": "stop"}),
            json!({"outputs": [{"text": "Paris.", "stop_reason": "stop"}]}),
            json!({"id": 1, "completions": [{"data": {"text": "Paris."}, "finishReason": {"reason": "endoftext"}}]}),
            json!({"completion": "Paris.", "stop_reason": "stop_sequence"}),
        ] {
            let said = read(&answer, Side::Output);
            assert_eq!(said.messages, [Message::new("assistant", content::text("Paris."))], "{answer}");
            assert_eq!(said.finish_reasons.len(), 1, "{answer}");
        }
    }

    #[test]
    fn body_is_a_text_or_an_object() {
        let asked = json!({"modelId": "amazon.titan", "body": json!({"inputText": "France?"}).to_string()});
        let payload = read(&asked, Side::Input);
        assert_eq!(payload.messages, [Message::new("user", content::text("France?"))]);
        assert_eq!(payload.model.as_deref(), Some("amazon.titan"));
        let answer = json!({"ResponseMetadata": {}, "body": {"type": "message", "role": "assistant", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": "Paris."}], "usage": {"input_tokens": 3, "output_tokens": 4}}});
        assert_eq!(read(&answer, Side::Output).messages, [Message::new("assistant", content::text("Paris."))]);
    }

    #[test]
    fn other_lists_of_results_are_left_alone() {
        for other in [json!({"results": [{"title": "a"}]}), json!({"outputs": [{"text": "a"}]}), json!({"body": "a"})] {
            assert_eq!(other.with(|value| envelope(value, Side::Output)), None, "{other}");
        }
    }
}
