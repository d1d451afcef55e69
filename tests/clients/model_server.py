"""A model server of our own that speaks enough of the OpenAI API to drive real client libraries.

Every answer follows from the request alone, and every exchange is kept in `exchanges`, so a test can compare what a viewer
shows with what really happened. Words in the last user message choose the behaviour:

  [[error 429]]  answer with that HTTP status      [[long N]]  answer with N words
  a city name + an offered tool                    call the tool (two cities: two calls at once)

Standard library only.
"""

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CITIES = ("Paris", "Tokyo", "Oslo")
ANSWERS = {
    "capital of france": "The capital of France is Paris.",
    "observability": "Traces show each call, its **tools** and its tokens:\n\n1. what was asked\n2. what came back",
}


def ident(prefix, *seed):
    return prefix + hashlib.sha256(json.dumps(seed, sort_keys=True).encode()).hexdigest()[:24]


def text_of(content):
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content or ""


def count(value):
    """Tokens of a value: one for every four bytes of its JSON."""
    return (len(json.dumps(value)) + 3) // 4


def dspy_fields(prompt):
    """The output fields that a DSPy chat prompt asks for, in order."""
    asked = re.search(r"Respond with the corresponding output fields, starting with the field (.*?)\.(?:\s|$)", prompt, re.S)
    return re.findall(r"\[\[ ## (\w+) ## \]\]", asked.group(1))[:-1] if asked else []


class Answer:
    """What the model says to a conversation: text or tool calls."""

    def __init__(self, messages, tools):
        asked = next((text_of(m["content"]) for m in reversed(messages) if m["role"] == "user"), "")
        results = [m for m in messages if m["role"] == "tool"]
        error = re.search(r"\[\[error (\d+)\]\]", asked)
        long = re.search(r"\[\[long (\d+)\]\]", asked)
        self.status = int(error.group(1)) if error else 200
        self.calls = []
        if tools and not results:
            self.calls = [(ident("call_", c, asked), tools[0], json.dumps({"city": c})) for c in CITIES if c in asked]
        fields = dspy_fields(asked)
        if results:
            self.text = "The tools say: " + "; ".join(text_of(m["content"]) for m in results) + "."
        elif fields:
            words = {"reasoning": "France is a country; its capital is Paris.", "answer": "Paris", "next_thought": "I am done.",
                     "next_tool_name": "finish", "next_tool_args": "{}"}
            self.text = "\n\n".join(f"[[ ## {f} ## ]]\n{words.get(f, f)}" for f in fields) + "\n\n[[ ## completed ## ]]"
        elif long:
            self.text = " ".join(f"word{i}" for i in range(int(long.group(1))))
        else:
            self.text = next((a for q, a in ANSWERS.items() if q in asked.lower()), "You said: " + asked)
        if self.calls:
            self.text = None

    def pieces(self):
        return re.findall(r"\S+\s*|\s+", self.text or "")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        api = self.path.removeprefix("/v1/")
        handle = {"chat/completions": self.chat, "responses": self.respond, "embeddings": self.embeddings}.get(api)
        if handle is None:
            return self.send(404, {"error": {"message": "no such endpoint", "type": "invalid_request_error"}})
        handle(request)

    def keep(self, request, status, output, usage, finish=None, chunks=None):
        self.server.exchanges.append({"api": self.path.removeprefix("/v1/"), "request": request, "status": status, "output": output,
                                      "usage": usage, "finish": finish, "chunks": chunks})

    def send(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, request, status):
        self.keep(request, status, None, None)
        self.send(status, {"error": {"message": f"made to fail with {status}", "type": "server_error", "code": "made_to_fail"}})

    def events(self, events, done):
        """Sends server-sent events, one HTTP chunk each."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        lines = [(f"event: {e['type']}\n" if "type" in e else "") + f"data: {json.dumps(e)}\n\n" for e in events]
        for line in lines + (["data: [DONE]\n\n"] if done else []):
            data = line.encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def chat(self, request):
        messages = request["messages"]
        answer = Answer(messages, [t["function"]["name"] for t in request.get("tools") or []])
        if answer.status != 200:
            return self.refuse(request, answer.status)
        calls = [{"id": i, "type": "function", "function": {"name": n, "arguments": a}} for i, n, a in answer.calls]
        message = {"role": "assistant", "content": answer.text, **({"tool_calls": calls} if calls else {})}
        finish = "tool_calls" if calls else "stop"
        usage = {"prompt_tokens": count(messages), "completion_tokens": count(message), "total_tokens": count(messages) + count(message),
                 "prompt_tokens_details": {"cached_tokens": count(messages) // 2}, "completion_tokens_details": {"reasoning_tokens": 1}}
        head = {"id": ident("chatcmpl-", messages, len(self.server.exchanges)), "created": 1763640000, "model": request["model"] + "-2024-07-18"}
        if not request.get("stream"):
            self.keep(request, 200, message, usage, finish)
            return self.send(200, head | {"object": "chat.completion", "usage": usage,
                                          "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}]})
        deltas = [{"role": "assistant", "content": "" if answer.text else None}]
        deltas += [{"content": piece} for piece in answer.pieces()]
        for index, call in enumerate(calls):
            deltas.append({"tool_calls": [{"index": index, "id": call["id"], "type": "function",
                                           "function": {"name": call["function"]["name"], "arguments": ""}}]})
            arguments = call["function"]["arguments"]
            deltas += [{"tool_calls": [{"index": index, "function": {"arguments": arguments[i:i + 5]}}]} for i in range(0, len(arguments), 5)]
        chunk = head | {"object": "chat.completion.chunk"}
        chunks = [chunk | {"choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas]
        chunks.append(chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        told = (request.get("stream_options") or {}).get("include_usage")
        if told:
            chunks.append(chunk | {"choices": [], "usage": usage})
        self.keep(request, 200, message, usage if told else None, finish, len(chunks))
        self.events(chunks, done=True)

    def respond(self, request):
        items = request["input"]
        items = [{"role": "user", "content": items}] if isinstance(items, str) else items
        messages = [{"role": "tool", "content": i["output"]} if i.get("type") == "function_call_output"
                    else {"role": i.get("role", "assistant"), "content": text_of(i.get("content"))} for i in items]
        answer = Answer(messages, [t["name"] for t in request.get("tools") or [] if t["type"] == "function"])
        if answer.status != 200:
            return self.refuse(request, answer.status)
        if answer.calls:
            output = [{"type": "function_call", "id": "fc_" + i, "call_id": i, "name": n, "arguments": a, "status": "completed"} for i, n, a in answer.calls]
        else:
            output = [{"type": "message", "id": ident("msg_", items), "role": "assistant", "status": "completed",
                       "content": [{"type": "output_text", "text": answer.text, "annotations": []}]}]
        usage = {"input_tokens": count(items), "output_tokens": count(output), "total_tokens": count(items) + count(output),
                 "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 2}}
        whole = {"id": ident("resp_", items, len(self.server.exchanges)), "object": "response", "created_at": 1763640000, "status": "completed",
                 "model": request["model"] + "-2024-08-06", "output": output, "usage": usage, "error": None, "incomplete_details": None,
                 "instructions": request.get("instructions"), "metadata": {}, "parallel_tool_calls": True, "temperature": 1.0, "top_p": 1.0,
                 "tool_choice": "auto", "tools": request.get("tools") or []}
        if not request.get("stream"):
            self.keep(request, 200, output, usage)
            return self.send(200, whole)
        started = whole | {"status": "in_progress", "output": [], "usage": None}
        events = [{"type": "response.created", "response": started}]
        for index, item in enumerate(output):
            at = {"output_index": index, "item_id": item["id"]}
            if item["type"] == "function_call":
                events.append({"type": "response.output_item.added", "output_index": index, "item": item | {"arguments": "", "status": "in_progress"}})
                events.append({"type": "response.function_call_arguments.delta", "delta": item["arguments"], **at})
                events.append({"type": "response.function_call_arguments.done", "arguments": item["arguments"], "name": item["name"], **at})
            else:
                events.append({"type": "response.output_item.added", "output_index": index, "item": item | {"content": [], "status": "in_progress"}})
                at = at | {"content_index": 0}
                empty = {"type": "output_text", "text": "", "annotations": []}
                events.append({"type": "response.content_part.added", "part": empty, **at})
                events += [{"type": "response.output_text.delta", "delta": p, "logprobs": [], **at} for p in answer.pieces()]
                events.append({"type": "response.output_text.done", "text": answer.text, "logprobs": [], **at})
                events.append({"type": "response.content_part.done", "part": item["content"][0], **at})
            events.append({"type": "response.output_item.done", "output_index": index, "item": item})
        events.append({"type": "response.completed", "response": whole})
        events = [e | {"sequence_number": n} for n, e in enumerate(events)]
        self.keep(request, 200, output, usage, None, len(events))
        self.events(events, done=False)

    def embeddings(self, request):
        texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
        usage = {"prompt_tokens": count(texts), "total_tokens": count(texts)}
        self.keep(request, 200, None, usage)
        self.send(200, {"object": "list", "model": request["model"], "usage": usage,
                        "data": [{"object": "embedding", "index": i, "embedding": [0.25, -0.5, 0.125]} for i in range(len(texts))]})


class ModelServer(ThreadingHTTPServer):
    """The server, listening on a free loopback port; use as a context manager."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.exchanges = []
        self.url = f"http://127.0.0.1:{self.server_port}/v1"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args):
        self.shutdown()
        self.server_close()
