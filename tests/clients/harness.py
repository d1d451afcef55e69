"""Starts the program and a model server, runs the programs of `programs/` against them, and reads what the program shows."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

from model_server import ModelServer

HERE = Path(__file__).parent
BIN = os.environ.get("SPANGLASS_BIN", str(HERE.parent.parent / "target" / "debug" / "spanglass"))
LOCAL = {"NO_PROXY": "*", "no_proxy": "*", "MLFLOW_DISABLE_TELEMETRY": "true", "LITELLM_LOCAL_MODEL_COST_MAP": "True",
         "OPENAI_AGENTS_DISABLE_TRACING": "0", "PYTHONWARNINGS": "ignore"}


def parts(messages, kind):
    return [p for m in messages or [] for p in m["parts"] if p["type"] == kind]


def texts(messages):
    return [(m["role"], p["text"]) for m in messages or [] for p in m["parts"] if p["type"] == "text"]


class Traced(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="spanglass-clients-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.app = subprocess.Popen([BIN, "serve", "--json", "--data-dir", cls.dir, "--otlp-http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0",
                                    "--datadog", "127.0.0.1:0", "--dogstatsd", "127.0.0.1:0", "--ui", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.stop)
        cls.at = json.loads(cls.app.stdout.readline())
        servers = contextlib.ExitStack()
        cls.addClassCleanup(servers.close)
        cls.model = servers.enter_context(ModelServer())
        cls.seen = set()

    @classmethod
    def stop(cls):
        cls.app.terminate()
        cls.app.wait(10)
        cls.app.stdout.close()

    def read(self, *args):
        done = subprocess.run([BIN, *args, "--data-dir", self.dir, "--json"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def metrics(self, name):
        """Returns the series of a name once there are some: datagrams are stored once a second."""
        address, token = self.at["ui"].split("/?token=")
        request = urllib.request.Request(f"{address}/api/metrics?name={name}", headers={"Authorization": "Bearer " + token})
        until = time.monotonic() + 20
        while True:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                series = json.load(answer)["series"]
            if series:
                return series
            self.assertLess(time.monotonic(), until, f"no {name} arrived")

    def run_program(self, program, scenario=None, route="http", **environment):
        """Runs a program to its end; returns the documents of the traces it made and what the model server saw."""
        self.model.exchanges.clear()
        otlp = {"http": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": self.at["otlp_http"] + "/v1/traces", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"},
                "grpc": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": self.at["otlp_grpc"]},
                "grpc to the HTTP port": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": self.at["otlp_http"] + "/v1/traces"},
                "langfuse path": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": self.at["otlp_http"] + "/api/public/otel/v1/traces",
                                  "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "Authorization=Basic cGstbGYtZGVtbzpzay1sZi1kZW1v",
                                  "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"},
                "langfuse sdk": {"LANGFUSE_HOST": self.at["otlp_http"], "LANGFUSE_BASE_URL": self.at["otlp_http"], "LANGFUSE_PUBLIC_KEY": "pk-lf-demo", "LANGFUSE_SECRET_KEY": "sk-lf-demo"},
                "datadog agent": {"DD_TRACE_AGENT_URL": self.at["datadog"], "DD_DOGSTATSD_URL": self.at["dogstatsd"], "DD_SERVICE": "demo-app",
                                  "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false"},
                "tracking server": {"TRACKING": self.at["otlp_http"], "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false"}}[route]
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "MLFLOW_", "LANGFUSE_", "OPENAI_", "DD_"))}
        done = subprocess.run([sys.executable, str(HERE / "programs" / f"{program}.py"), *([scenario] if scenario else [])], cwd=self.dir, capture_output=True, text=True,
                              timeout=300, env={**keep, **LOCAL, "OPENAI_BASE_URL": self.model.url, "OPENAI_API_BASE": self.model.url, "OPENAI_API_KEY": "sk-demo", "HOME": self.dir, **otlp, **environment})
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.printed, self.complained = done.stdout, done.stderr
        ids = {t["trace_id"] for t in self.read("traces", "--limit", "1000")["traces"]}
        fresh, type(self).seen = sorted(ids - self.seen), ids
        self.assertTrue(fresh, "no trace arrived; the program said: " + done.stderr[-3000:])
        return [self.read("show", i) for i in fresh], list(self.model.exchanges)

    def one(self, *args, **kwargs):
        documents, exchanges = self.run_program(*args, **kwargs)
        self.assertEqual(len(documents), 1)
        return documents[0], exchanges

    def calls(self, document, kind="llm"):
        return [s for s in document["spans"] if s["kind"] == kind]

    def assert_usage(self, usage, exchanges):
        """The usage is the sum of what the server counted."""
        told = [e["usage"] for e in exchanges]
        self.assertEqual(usage["input_tokens"], sum(u.get("prompt_tokens", u.get("input_tokens")) for u in told))
        self.assertEqual(usage["output_tokens"], sum(u.get("completion_tokens", u.get("output_tokens", 0)) for u in told))
