use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::reading::{Message, Part};

fn events(values: impl IntoIterator<Item = Value>) -> Vec<Event<'static>> {
    let numbered = values.into_iter().enumerate();
    numbered
        .map(|(at, value)| Event {
            index: at as u64,
            offset_ns: at as i64 * 10,
            value: Said::Read(Document::from(&value)),
        })
        .collect()
}

fn chat(choice: u32, delta: Value) -> Value {
    json!({"id": "chatcmpl-1", "model": "m-1", "choices": [{"index": choice, "delta": delta, "finish_reason": null}]})
}

fn text_message(text: &str) -> Message {
    Message::new("assistant", vec![Part::Text { text: text.into() }])
}

#[test]
fn pieces_of_parallel_tool_calls_are_put_together_by_their_index() {
    let piece = |at: u32, id: Value, name: Value, arguments: &str| {
        chat(0, json!({"tool_calls": [{"index": at, "id": id, "function": {"name": name, "arguments": arguments}}]}))
    };
    let (stream, answer) = assemble(
        events([
            piece(0, json!("a"), json!("get_weather"), ""),
            piece(1, json!("b"), json!("get_weather"), ""),
            piece(0, json!(null), json!(null), "{\"city\": "),
            piece(1, json!(null), json!(null), "{\"city\": \"Tokyo\"}"),
            piece(0, json!(null), json!(null), "\"Paris\"}"),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
            json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}),
        ]),
        0,
    );
    let call = |id: &str, city: &str| Part::ToolCall {
        id: Some(id.into()),
        name: Some("get_weather".into()),
        arguments: json!({"city": city}),
    };
    assert_eq!(answer.messages, [Message::new("assistant", vec![call("a", "Paris"), call("b", "Tokyo")])]);
    assert_eq!(answer.finish_reasons, ["tool_calls"]);
    assert_eq!(answer.counts.and_then(|counts| counts.output), Some(4));
    let kinds: Vec<ChunkType> = stream.items.iter().map(|item| item.kind).collect();
    assert_eq!(kinds[..5], [ChunkType::ToolCall; 5]);
    assert_eq!(kinds[5..], [ChunkType::Other, ChunkType::Usage]);
    assert_eq!(stream.items[1].tool_call, Some(1));
}

#[test]
fn whole_calls_under_one_index_are_calls_of_their_own() {
    let called = |id: &str, city: &str| Part::ToolCall {
        id: Some(id.into()).filter(|_| !id.is_empty()),
        name: Some("get_weather".into()),
        arguments: json!({"city": city}),
    };
    let arguments = |city: &str| json!({"city": city}).to_string();
    for ids in [["u1", "u2"], ["", ""]] {
        // Gemini's endpoint for OpenAI's clients; LangChain's Google integration.
        let by_openai = |id: &str, city: &str| {
            let function = json!({"name": "get_weather", "arguments": arguments(city)});
            chat(0, json!({"tool_calls": [{"index": 0, "id": id, "function": function}]}))
        };
        let by_langchain = |id: &str, city: &str| {
            let piece = json!({"index": null, "id": id, "name": "get_weather", "args": arguments(city)});
            json!({"message": {"content": "", "tool_call_chunks": [piece]}})
        };
        let all = [by_openai(ids[0], "Paris"), by_openai(ids[1], "Tokyo")];
        let (stream, answer) = assemble(events(all), 0);
        let whole = Message::new("assistant", vec![called(ids[0], "Paris"), called(ids[1], "Tokyo")]);
        assert_eq!(answer.messages, std::slice::from_ref(&whole));
        assert_eq!(stream.items[1].tool_call, Some(1));
        let (_, answer) = assemble(events([by_langchain(ids[0], "Paris"), by_langchain(ids[1], "Tokyo")]), 0);
        assert_eq!(answer.messages, [whole]);
    }
}

#[test]
fn an_id_that_is_new_in_every_piece_begins_no_call() {
    let piece =
        |id: &str, function: Value| chat(0, json!({"tool_calls": [{"index": 0, "id": id, "function": function}]}));
    let (_, answer) = assemble(
        events([
            piece("a", json!({"name": "f"})),
            piece("b", json!({"arguments": "{\"x\""})),
            piece("c", json!({"arguments": ": 1}"})),
        ]),
        0,
    );
    let [message] = &answer.messages[..] else { panic!("{:?}", answer.messages) };
    assert!(matches!(&message.parts[..], [Part::ToolCall { arguments, .. }] if *arguments == json!({"x": 1})));
}

#[test]
fn choices_that_come_interleaved_are_told_apart() {
    let (stream, answer) = assemble(
        events([
            chat(0, json!({"content": "Why"})),
            chat(1, json!({"content": "What"})),
            chat(0, json!({"content": " not"})),
            chat(1, json!({"content": " if"})),
        ]),
        0,
    );
    assert_eq!(answer.messages, [text_message("Why not"), text_message("What if")]);
    assert_eq!(stream.text, "Why not");
}

#[test]
fn a_lost_head_is_said_and_has_no_first_chunk_time() {
    let tail: Vec<Event> = (390..518)
        .map(|index| Event {
            index,
            offset_ns: index as i64,
            value: Said::Read(Document::from(&chat(0, json!({"content": "x"})))),
        })
        .collect();
    let (stream, _) = assemble(tail, 390);
    assert_eq!((stream.chunks, stream.dropped_chunks, stream.time_to_first_chunk_ns), (128, 390, None));
}

#[test]
fn a_lost_tail_is_said() {
    let (stream, _) = assemble(events([chat(0, json!({"content": "x"}))]), 5);
    assert_eq!((stream.chunks, stream.dropped_chunks, stream.time_to_first_chunk_ns), (1, 5, Some(0)));
}

#[test]
fn the_number_in_the_name_is_the_order() {
    let mut shuffled = events((0..12).map(|n| chat(0, json!({"content": format!("{n} ")}))));
    shuffled.reverse();
    let (stream, _) = assemble(shuffled, 0);
    assert_eq!(stream.text, "0 1 2 3 4 5 6 7 8 9 10 11 ");
}

#[test]
fn a_responses_stream_that_broke_off_is_what_came() {
    let (stream, answer) = assemble(
        events([
            json!({"type": "response.created", "response": {"id": "r", "object": "response", "model": "m-1", "output": []}}),
            json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "role": "assistant", "content": []}}),
            json!({"type": "response.output_text.delta", "output_index": 0, "delta": "Half an "}),
            json!({"type": "response.output_text.delta", "output_index": 0, "delta": "answer"}),
        ]),
        0,
    );
    assert_eq!(answer.messages, [text_message("Half an answer")]);
    assert_eq!((answer.finish_reasons.len(), answer.model.as_deref()), (0, Some("m-1")));
    assert_eq!(stream.text, "Half an answer");
}

#[test]
fn anthropic_blocks_are_put_together() {
    let (stream, answer) = assemble(
        events([
            json!({"type": "message_start", "message": {"id": "msg", "model": "claude", "usage": {"input_tokens": 9, "output_tokens": 1}}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}}),
            json!({"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "look", "input": {}}}),
            json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "{\"at\": 1}"}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}}),
            json!({"type": "message_stop"}),
        ]),
        0,
    );
    let call = Part::ToolCall { id: Some("t".into()), name: Some("look".into()), arguments: json!({"at": 1}) };
    assert_eq!(answer.messages, [Message::new("assistant", vec![Part::Reasoning { text: "Hm.".into() }, call])]);
    assert_eq!(answer.finish_reasons, ["tool_use"]);
    let counts = answer.counts.expect("the stream has counts");
    assert_eq!((counts.input, counts.output), (Some(9), Some(7)), "counts are cumulative");
    assert_eq!(stream.text, "");
}

#[test]
fn texts_amount_to_no_message() {
    let (stream, answer) = assemble(events([json!("piece 0"), json!("piece 1")]), 0);
    assert_eq!(stream.text, "piece 0piece 1");
    assert_eq!(answer.messages, []);
}

#[test]
fn an_unknown_event_is_shown_as_it_came() {
    let (stream, answer) = assemble(events([json!({"beat": 1})]), 0);
    assert_eq!((stream.items[0].kind, stream.items[0].text.as_str()), (ChunkType::Other, "{\"beat\":1}"));
    assert_eq!(answer.messages, []);
}

#[test]
fn huge_indexes_cost_nothing() {
    let hostile = [
        chat(u32::MAX, json!({"content": "x"})),
        json!({"choices": [{"index": u64::MAX, "delta": {"content": "x"}}]}),
        chat(0, json!({"tool_calls": [{"index": 4_000_000_000u64, "function": {"name": "x"}}]})),
    ];
    let mut events = events(hostile);
    events.push(Event { index: u64::MAX, offset_ns: i64::MIN, value: Said::Read(Document::from(&json!({}))) });
    let (stream, answer) = assemble(events, u64::MAX);
    assert_eq!(stream.chunks, 4);
    assert_eq!(answer.messages, []);
}

proptest! {
    #[test]
    fn the_text_is_the_deltas_however_it_was_cut(pieces in proptest::collection::vec("[^\\[{]{0,8}", 1..40)) {
        let whole = pieces.concat();
        let (stream, answer) = assemble(events(pieces.into_iter().map(|piece| chat(0, json!({"content": piece})))), 0);
        prop_assert_eq!(&stream.text, &whole);
        let expected = if whole.is_empty() { Vec::new() } else { vec![text_message(&whole)] };
        prop_assert_eq!(answer.messages, expected);
    }

    #[test]
    fn received_and_dropped_are_what_was_sent(kept in proptest::collection::btree_set(0u64..300, 1..200)) {
        let sent = kept.last().copied().unwrap_or(0) + 1;
        let events = kept.iter().map(|index| Event { index: *index, offset_ns: 0, value: Said::Read(Document::from(&json!("x"))) }).collect();
        let (stream, _) = assemble(events, 0);
        prop_assert_eq!(stream.chunks + stream.dropped_chunks, sent);
    }
}

#[test]
fn events_that_differ_in_their_text_alone_are_read_as_if_each_were_the_only_one() {
    let sent: Vec<AnyValue> = [
        chat(0, json!({"role": "assistant", "content": "one"})),
        chat(0, json!({"content": "two"})),
        chat(0, json!({"content": "and three"})),
        chat(0, json!({"content": "with \"quotes\""})),
        chat(0, json!({"content": "more"})),
        chat(0, json!({"content": "content"})),
        chat(0, json!({"content": "m-1"})),
        chat(0, json!({"content": ""})),
        chat(1, json!({"content": "x"})),
        chat(1, json!({"content": ","})),
        chat(1, json!({"content": "y", "refusal": "no"})),
        chat(1, json!({"content": "z", "refusal": "no"})),
        chat(1, json!({"refusal": "never"})),
        chat(1, json!({"refusal": "ever"})),
        chat(1, json!({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "12"}}]})),
        chat(1, json!({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "34"}}]})),
        json!({"choices": [{"index": 0, "text": "old"}], "usage": {"prompt_tokens": 3}}),
        json!({"choices": [{"index": 0, "text": "er"}], "usage": {"prompt_tokens": 3}}),
        json!({"choices": [{"delta": {"content": "a"}}, {"index": 1, "delta": {"content": "b"}}]}),
        json!({"choices": [{"delta": {"content": "c"}}, {"index": 1, "delta": {"content": "b"}}]}),
    ]
    .map(|chunk| AnyValue::Str(chunk.to_string()))
    .into();
    let number = |(at, value)| Event { index: at as u64, offset_ns: 0, value };
    let together = sent.iter().map(Said::Sent).enumerate().map(number).collect();
    let read_alone = sent.iter().map(|sent| Said::Read(text::sent(sent))).enumerate().map(number).collect();
    assert_eq!(assemble(together, 0), assemble(read_alone, 0));
}

#[test]
fn converse_streams_are_put_together_by_block() {
    let (stream, answer) = assemble(
        events([
            json!({"messageStart": {"role": "assistant"}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "I "}}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "look."}}}),
            json!({"contentBlockStop": {"contentBlockIndex": 0}}),
            json!({"contentBlockStart": {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t", "name": "f"}}}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {"input": "{\"a\": 1}"}}}}),
            json!({"messageStop": {"stopReason": "tool_use"}}),
            json!({"metadata": {"usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}}}),
        ]),
        0,
    );
    let call = Part::ToolCall { id: Some("t".into()), name: Some("f".into()), arguments: json!({"a": 1}) };
    assert_eq!(answer.messages, [Message::new("assistant", vec![Part::Text { text: "I look.".into() }, call])]);
    assert_eq!((stream.text.as_str(), answer.finish_reasons), ("I look.", vec!["tool_use".to_owned()]));
    assert_eq!(answer.counts.and_then(|counts| counts.output), Some(4));
}

#[test]
fn langchains_chunks_are_pieces_of_one_message() {
    let chunk = |text: &str, pieces: Value| {
        let message = json!({"lc": 1, "type": "constructor", "kwargs": {"content": text, "tool_call_chunks": pieces,
            "response_metadata": {"finish_reason": "tool_calls", "model_name": "m-1"}}});
        json!({"lc": 1, "type": "constructor", "kwargs": {"text": text, "message": message}})
    };
    let piece = |id: Value, name: Value, args: &str| json!([{"index": 0, "id": id, "name": name, "args": args}]);
    let (stream, answer) = assemble(
        events([
            chunk("I ", json!([])),
            chunk("look.", json!([])),
            chunk("", piece(json!("c"), json!("f"), "{\"a\"")),
            chunk("", piece(json!(null), json!(null), ": 1}")),
        ]),
        0,
    );
    let call = Part::ToolCall { id: Some("c".into()), name: Some("f".into()), arguments: json!({"a": 1}) };
    assert_eq!(answer.messages, [Message::new("assistant", vec![Part::Text { text: "I look.".into() }, call])]);
    assert_eq!((answer.finish_reasons, answer.model), (vec!["tool_calls".to_owned()], Some("m-1".to_owned())));
    assert_eq!(stream.items[2].tool_call, Some(0));
}

#[test]
fn what_streamed_answers_cite_is_read_in_each_providers_way() {
    let cited = |values: Vec<Value>| {
        let documents = assemble(events(values), 0).1.cited;
        documents.into_iter().map(|document| (document.id, document.content)).collect::<Vec<_>>()
    };
    let (lima, cusco) = ("https://example.org/lima", "https://example.org/cusco");
    let of = |address: &str, text: Option<&str>| (Some(address.to_owned()), text.map(str::to_owned));
    let annotated = |address: &str| {
        let note = json!({"type": "url_citation", "url": address, "start_index": 0, "end_index": 4});
        json!({"type": "response.output_text.annotation.added", "output_index": 0, "annotation": note})
    };
    let of_responses = vec![
        json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "content": []}}),
        json!({"type": "response.output_text.delta", "output_index": 0, "delta": "Lima."}),
        annotated(lima),
        annotated(cusco),
    ];
    assert_eq!(cited(of_responses), [of(lima, None), of(cusco, None)]);
    let found = json!({"type": "web_search_result_location", "url": lima, "cited_text": "is the capital"});
    let of_anthropic = vec![
        json!({"type": "message_start", "message": {"id": "msg", "model": "claude"}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "", "citations": null}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": found}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Lima."}}),
    ];
    assert_eq!(cited(of_anthropic), [of(lima, Some("is the capital"))]);
    let note = json!([{"type": "url_citation", "url_citation": {"url": cusco, "title": "Cusco"}}]);
    let of_chat = vec![
        chat(0, json!({"content": "Lima."})),
        chat(0, json!({"annotations": note})),
        chat(0, json!({"annotations": note})),
    ];
    assert_eq!(cited(of_chat), [of(cusco, None)]);
    let of_perplexity = |text: &str| {
        let mut chunk = chat(0, json!({"content": text}));
        chunk["search_results"] = json!([{"title": "Lima", "url": lima}]);
        chunk["citations"] = json!([lima]);
        chunk
    };
    assert_eq!(cited(vec![of_perplexity("Li"), of_perplexity("ma.")]), [of(lima, None)]);
    let block = json!([{"type": "text", "text": "Lima.", "annotations": [{"type": "citation", "url": lima}]}]);
    let of_langchain = json!({"text": "Lima.", "message": {"content": block, "tool_call_chunks": []}});
    assert_eq!(cited(vec![of_langchain.clone(), of_langchain]), [of(lima, None)]);
}

#[test]
fn responses_that_fail_keep_what_was_said_before() {
    let (_, answer) = assemble(
        events([
            json!({"type": "response.created", "response": {"id": "r", "object": "response", "output": []}}),
            json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "content": []}}),
            json!({"type": "response.output_text.delta", "output_index": 0, "delta": "He"}),
            json!({"type": "response.failed", "response": {"id": "r", "status": "failed", "output": [],
                "error": {"code": "server_error", "message": "boom"}}}),
        ]),
        0,
    );
    assert_eq!(answer.messages, [text_message("He")]);
    assert_eq!(answer.finish_reasons, ["failed"]);
    let error = answer.error.expect("an error");
    assert_eq!((error.kind.as_deref(), error.message.as_deref()), (Some("server_error"), Some("boom")));
}

#[test]
fn answers_that_go_on_are_joined() {
    let candidate =
        |parts: Value, reason: Value| json!({"content": {"role": "model", "parts": parts}, "finish_reason": reason});
    let gemini = [
        json!({"candidates": [candidate(json!([{"text": "Hm", "thought": true}]), Value::Null)], "model_version": "g-1"}),
        json!({"candidates": [candidate(json!([{"text": "He"}]), Value::Null)]}),
        json!({"candidates": [candidate(json!([{"text": "llo", "thought": null}]), Value::Null)]}),
        json!({"candidates": [candidate(json!([{"functionCall": {"name": "f", "args": {"a": 1}}}]), json!("STOP"))],
            "usage_metadata": {"prompt_token_count": 3, "candidates_token_count": 4, "total_token_count": 7}}),
    ];
    let (stream, answer) = assemble(events(gemini), 0);
    let parts = vec![
        Part::Reasoning { text: "Hm".into() },
        Part::Text { text: "Hello".into() },
        Part::ToolCall { id: None, name: Some("f".into()), arguments: json!({"a": 1}) },
    ];
    assert_eq!(answer.messages, [Message::new("assistant", parts)]);
    assert_eq!((stream.text.as_str(), answer.model.as_deref()), ("Hello", Some("g-1")));
    assert_eq!(answer.counts.and_then(|counts| counts.output), Some(4));
    let kinds: Vec<ChunkType> = stream.items.iter().map(|item| item.kind).collect();
    assert_eq!(kinds, [ChunkType::Reasoning, ChunkType::Text, ChunkType::Text, ChunkType::ToolCall]);

    let chat = |said: &str| json!({"model": "o", "message": {"role": "assistant", "content": said}, "done": false});
    let end = json!({"model": "o", "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
        "prompt_eval_count": 3, "eval_count": 4});
    let (stream, answer) = assemble(events([chat("He"), chat("llo"), end]), 0);
    assert_eq!((answer.messages, stream.text.as_str()), (vec![text_message("Hello")], "Hello"));
    assert_eq!(
        (answer.finish_reasons, answer.counts.and_then(|counts| counts.input)),
        (vec!["stop".to_owned()], Some(3))
    );
    let piece = |said: &str| json!({"model": "o", "response": said, "done": false});
    assert_eq!(assemble(events([piece("He"), piece("llo")]), 0).1.messages, [text_message("Hello")]);
}

#[test]
fn content_that_is_a_list_of_parts_is_read() {
    let thought = json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]});
    let (stream, answer) = assemble(events([chat(0, thought), chat(0, json!({"content": "Hi"}))]), 0);
    let parts = vec![Part::Reasoning { text: "Hm".into() }, Part::Text { text: "Hi".into() }];
    assert_eq!(answer.messages, [Message::new("assistant", parts)]);
    assert_eq!(stream.items[0].kind, ChunkType::Reasoning);
}

#[test]
fn a_block_that_starts_with_text_keeps_it_and_an_error_is_told() {
    let (stream, answer) = assemble(
        events([
            json!({"type": "message_start", "message": {"id": "m", "model": "c", "usage": {"input_tokens": 1}}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "He"}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "llo"}}),
            json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        ]),
        0,
    );
    assert_eq!((answer.messages, stream.text.as_str()), (vec![text_message("Hello")], "Hello"));
    assert_eq!(answer.error.and_then(|error| error.kind).as_deref(), Some("overloaded_error"));
}
