"""Real client libraries export to the running program, and the trace document is compared with what the model server said.

  SPANGLASS_BIN=target/debug/spanglass python -m unittest discover -s tests/clients

Needs the packages of requirements.txt. Each test names the route: gRPC and HTTP/protobuf to the OTLP ports, and the paths of
Langfuse's cookbook and SDK.
"""

import json
import unittest

from harness import Traced, parts, texts


class Clients(Traced):
    def test_a_plain_chat_over_http(self):
        document, [exchange] = self.one("openai_calls", "plain")
        [call] = self.calls(document)
        self.assertEqual(texts(call["input"]["messages"]), [("user", "What is the capital of France?")])
        self.assertEqual(texts(call["output"]["messages"]), [("assistant", exchange["output"]["content"])])
        self.assertEqual(call["output"]["finish_reasons"], ["stop"])
        self.assertEqual((call["model"]["request"], call["model"]["response"]), ("gpt-4o-mini", "gpt-4o-mini-2024-07-18"))
        self.assertEqual(call["parameters"]["temperature"], 0.1)
        self.assert_usage(call["usage"], [exchange])
        self.assertEqual(call["usage"]["cache_read_tokens"], exchange["usage"]["prompt_tokens_details"]["cached_tokens"])
        self.assertEqual(call["usage"]["reasoning_tokens"], 1)
        self.assertEqual(document["trace"]["usage"], call["usage"])

    def test_the_example_of_mlflows_documentation_with_a_tracking_server(self):
        document, exchanges = self.one("mlflow_server", "docs", "tracking server")
        self.assert_usage(document["trace"]["usage"], exchanges)
        printed = json.loads(self.printed)
        self.assert_usage(printed["total"], exchanges)
        self.assertEqual([u["input_tokens"] for u in printed["calls"]], [e["usage"]["prompt_tokens"] for e in exchanges])
        self.assertEqual([s["kind"] for s in document["spans"]], ["agent", "llm", "tool", "llm"])
        self.assertEqual(document["trace"]["metadata"]["experiment"], "OpenAI")

    def test_mlflow_judges_and_searches_traces_it_sent(self):
        document, _ = self.one("mlflow_server", "judged", "tracking server")
        trace, printed = document["trace"], json.loads(self.printed)
        self.assertEqual((trace["session_id"], trace["user_id"], trace["name"]), ("session-42", "user-123", "chat_turn"))
        said = {k: trace["metadata"].get(k) for k in ("env", "reviewed", "mistaken")}
        self.assertEqual(said, {"env": "staging", "reviewed": "yes", "mistaken": None})
        judged = {k: v["value"] for k, v in trace["metadata"].items() if k.startswith("assessment.")}
        self.assertEqual(judged, {"assessment.helpful": True, "assessment.answer": "a pun"})
        self.assertEqual((printed["found"], printed["none"], printed["spans"]), (["tr-" + trace["trace_id"]], 0, 2))
        self.assertEqual(printed["assessments"], {"helpful": True, "answer": "a pun"})
        self.assertEqual((printed["tags"]["reviewed"], printed["session"]), ("yes", "session-42"))

    def test_pictures_mlflow_sends_apart_are_shown(self):
        document, _ = self.one("mlflow_server", "picture", "tracking server")
        [call] = self.calls(document)
        [picture] = parts(call["input"]["messages"], "image")
        self.assertEqual((picture["mime"], picture["bytes"]), ("image/png", 70))
        self.assertTrue(picture["uri"].startswith("data:image/png;base64,iVBORw0KGgo"), picture["uri"])

    def test_mlflow_deletes_what_it_sent_and_is_told_what_is_not_here(self):
        document, _ = self.one("mlflow_server", "deleted", "tracking server")
        printed = json.loads(self.printed)
        self.assertEqual((document["trace"]["name"], printed["deleted"]), ("Completions", 1))
        self.assertEqual(set(printed["experiments"]) & {"OpenAI", "another"}, {"OpenAI", "another"})
        self.assertIn("not part of Spanglass", printed["refused"])

    def test_an_evaluation_of_dspys_stands_beside_its_traces(self):
        documents, exchanges = self.run_program("mlflow_server", "evaluated", "tracking server")
        [run] = [d for d in documents if d["spans"][0]["kind"] == "evaluator"]
        traces = [d for d in documents if d is not run]
        self.assertEqual((run["trace"]["name"], run["trace"]["status"], run["trace"]["metadata"]["experiment"]), ("eval", "ok", "DSPy"))
        self.assertEqual(run["spans"][0]["output"]["value"], {"eval": json.loads(self.printed.splitlines()[-1])["score"]})
        self.assertEqual((len(traces), len(exchanges)), (2, 2))
        self.assertEqual({d["trace"]["metadata"]["mlflow.sourceRun"] for d in traces}, {run["trace"]["trace_id"]})
        judged = [v["value"] for d in traces for k, v in d["trace"]["metadata"].items() if k.startswith("assessment.")]
        self.assertEqual(sorted(judged), [False, True])

    def test_an_agent_with_tools_over_grpc(self):
        for route in ("grpc", "grpc to the HTTP port"):
            with self.subTest(route):
                document, exchanges = self.one("openai_calls", "agent", route)
                first, last = self.calls(document)
                tools = self.calls(document, "tool")
                asked = [(p["id"], p["name"], p["arguments"]) for p in parts(first["output"]["messages"], "tool_call")]
                self.assertEqual(asked, [(c["id"], "get_weather", json.loads(c["function"]["arguments"])) for c in exchanges[0]["output"]["tool_calls"]])
                self.assertEqual(len(asked), 2)
                answers = parts(last["input"]["messages"], "tool_result")
                self.assertEqual([(p["id"], p["result"]) for p in answers], [(i, f"{a['city']}: sunny, 24 degrees") for i, _, a in asked])
                self.assertEqual([t["tool"]["name"] for t in tools], ["get_weather"] * 2)
                self.assertEqual(texts(last["output"]["messages"]), [("assistant", exchanges[1]["output"]["content"])])
                self.assertEqual([t["name"] for t in first["tools"]], ["get_weather"])
                self.assertEqual(document["spans"][0]["kind"], "agent")
                self.assert_usage(document["trace"]["usage"], exchanges)
                self.assertEqual(document["trace"]["counts"]["tool_calls"], 2)

    def test_a_streamed_answer(self):
        document, [exchange] = self.one("openai_calls", "stream")
        [call] = self.calls(document)
        self.assertEqual(call["stream"]["chunks"], exchange["chunks"])
        self.assertEqual(call["stream"]["dropped_chunks"], 0)
        self.assertEqual(call["stream"]["text"], exchange["output"]["content"])
        self.assertEqual("".join(i["text"] for i in call["stream"]["items"] if i["type"] == "text"), exchange["output"]["content"])
        self.assertEqual(texts(call["output"]["messages"]), [("assistant", exchange["output"]["content"])])
        self.assertGreater(call["stream"]["time_to_first_chunk_ns"], 0)
        offsets = [i["offset_ns"] for i in call["stream"]["items"]]
        self.assertEqual(offsets, sorted(offsets))
        self.assert_usage(call["usage"], [exchange])

    def test_streamed_tool_calls_are_rebuilt_from_the_chunks(self):
        document, [exchange] = self.one("openai_calls", "stream_tools", "grpc")
        [call] = self.calls(document)
        shown = [(p["id"], p["name"], p["arguments"]) for p in parts(call["output"]["messages"], "tool_call")]
        self.assertEqual(shown, [(c["id"], c["function"]["name"], json.loads(c["function"]["arguments"])) for c in exchange["output"]["tool_calls"]])
        self.assertEqual(call["output"]["finish_reasons"], ["tool_calls"])

    def test_a_stream_whose_head_the_sender_dropped(self):
        document, [exchange] = self.one("openai_calls", "stream_long")
        [call] = self.calls(document)
        self.assertEqual((call["stream"]["chunks"], call["stream"]["dropped_chunks"]), (128, exchange["chunks"] - 128))
        self.assertIsNone(call["stream"]["time_to_first_chunk_ns"])
        self.assertEqual(texts(call["output"]["messages"]), [("assistant", exchange["output"]["content"])])
        self.assertIsNone(call["usage"])
        document, [exchange] = self.one("openai_calls", "stream_long", OTEL_SPAN_EVENT_COUNT_LIMIT="100000")
        [call] = self.calls(document)
        self.assertEqual((call["stream"]["chunks"], call["stream"]["dropped_chunks"]), (exchange["chunks"], 0))
        self.assertEqual(call["stream"]["text"], exchange["output"]["content"])

    def test_the_responses_api(self):
        document, [exchange] = self.one("openai_calls", "responses")
        [call] = self.calls(document)
        self.assertEqual(texts(call["input"]["messages"]), [("system", "Be brief."), ("user", "What is the capital of France?")])
        self.assertEqual(texts(call["output"]["messages"]), [("assistant", exchange["output"][0]["content"][0]["text"])])
        self.assertEqual(call["usage"]["reasoning_tokens"], 2)
        self.assert_usage(call["usage"], [exchange])
        document, [exchange] = self.one("openai_calls", "responses_stream", "grpc")
        [call] = self.calls(document)
        self.assertEqual(call["stream"]["chunks"], exchange["chunks"])
        self.assertEqual(call["stream"]["text"], exchange["output"][0]["content"][0]["text"])
        self.assertEqual(texts(call["output"]["messages"]), [("assistant", exchange["output"][0]["content"][0]["text"])])
        self.assert_usage(call["usage"], [exchange])

    def test_embeddings(self):
        document, [exchange] = self.one("openai_calls", "embeddings")
        [call] = self.calls(document, "embedding")
        self.assertEqual(call["model"]["request"], "text-embedding-3-small")
        self.assertEqual(call["usage"]["input_tokens"], exchange["usage"]["prompt_tokens"])

    def test_an_error_is_shown_with_its_message(self):
        document, _ = self.one("openai_calls", "error")
        [call] = self.calls(document)
        self.assertEqual(call["status"]["code"], "error")
        self.assertEqual(call["error"]["type"], "RateLimitError")
        self.assertIn("made to fail with 429", call["error"]["message"])
        self.assertEqual((document["trace"]["status"], document["trace"]["usage"]), ("error", None))

    def test_dspy_counts_its_tokens_once(self):
        document, exchanges = self.one("dspy_calls", "chain_of_thought")
        [call] = [s for s in self.calls(document) if s["output"]["messages"] and parts(s["output"]["messages"], "text")][-1:]
        self.assertEqual(texts(call["output"]["messages"])[0][1], exchanges[0]["output"]["content"])
        self.assertEqual(texts(call["input"]["messages"])[0][0], "system")
        self.assert_usage(document["trace"]["usage"], exchanges)
        # The module reports the tokens, and the only call below it the model they are priced by.
        self.assertGreater(document["trace"]["cost_usd"], 0)
        self.assertEqual(document["trace"]["counts"]["calls_without_cost"], 0)

    def test_the_agents_sdk_counts_a_call_seen_twice_once(self):
        document, exchanges = self.one("agents_calls", "tools", "grpc")
        self.assertEqual(len(exchanges), 2)
        self.assert_usage(document["trace"]["usage"], exchanges)
        self.assertEqual(document["trace"]["counts"]["llm_calls"], 2)
        [tool] = self.calls(document, "tool")
        self.assertEqual(tool["tool"]["name"], "get_weather")
        said = [t for s in self.calls(document) for t in texts(s["output"]["messages"])]
        self.assertIn(("assistant", exchanges[1]["output"][0]["content"][0]["text"]), said)

    def test_the_langfuse_cookbook(self):
        documents, [exchange] = self.run_program("langfuse_cookbook", route="langfuse path")
        outer = next(d for d in documents if d["trace"]["name"] == "OpenAI-Trace")
        self.assertEqual((outer["trace"]["session_id"], outer["trace"]["user_id"], outer["trace"]["tags"]), ("123456789", "user-123", ["staging", "demo"]))
        self.assertEqual(outer["spans"][0]["output"]["value"], exchange["output"]["content"])
        [call] = [s for d in documents for s in self.calls(d)]
        self.assertEqual(texts(call["output"]["messages"]), [("assistant", exchange["output"]["content"])])
        self.assert_usage(call["usage"], [exchange])

    def test_the_langfuse_sdk(self):
        document, [exchange] = self.one("langfuse_sdk", route="langfuse sdk")
        [call] = self.calls(document)
        self.assertEqual(texts(call["input"]["messages"]), [("user", "What is the capital of France?")])
        self.assertEqual(texts(call["output"]["messages"]), [("assistant", exchange["output"]["content"])])
        self.assert_usage(call["usage"], [exchange])
        self.assertEqual((document["trace"]["session_id"], document["trace"]["user_id"]), ("session-7", "user-7"))
        self.assertEqual(document["spans"][0]["kind"], "agent")
        self.assertEqual(document["spans"][0]["metadata"]["score.helpful"]["value"], 1.0)
        self.assertEqual(document["trace"]["metadata"]["score.quality"]["value"], 0.8)

    def test_the_tracer_of_datadog_with_llm_observability(self):
        document, exchanges = self.one("ddtrace_calls", "evaluated", "datadog agent", DD_LLMOBS_ENABLED="1", DD_LLMOBS_ML_APP="demo")
        root, (first, last), tools = document["spans"][0], self.calls(document), self.calls(document, "tool")
        self.assertEqual((root["kind"], document["trace"]["name"]), ("agent", "run_tool_agent"))
        self.assertEqual((root["input"]["value"], root["output"]["value"]), ("What is the weather in Paris and Tokyo?", exchanges[1]["output"]["content"]))
        self.assertEqual(root["metadata"]["evaluation.helpful"]["value"], 0.8)
        self.assertNotIn("unsupported", self.complained)
        asked = [(p["name"], p["arguments"]) for p in parts(first["output"]["messages"], "tool_call")]
        self.assertEqual(asked, [("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Tokyo"})])
        self.assertEqual([t["tool"]["name"] for t in tools], ["get_weather"] * 2)
        self.assertEqual(texts(last["output"]["messages"]), [("assistant", exchanges[1]["output"]["content"])])
        self.assert_usage(document["trace"]["usage"], exchanges)

    def test_a_stream_seen_by_the_tracer_of_datadog(self):
        document, [exchange] = self.one("ddtrace_calls", "stream", "datadog agent", DD_LLMOBS_ENABLED="1", DD_LLMOBS_ML_APP="demo")
        [call] = self.calls(document)
        self.assertEqual(texts(call["output"]["messages"]), [("assistant", exchange["output"]["content"])])
        self.assert_usage(call["usage"], [exchange])


if __name__ == "__main__":
    unittest.main()
