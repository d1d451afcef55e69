"""Clients of 2023 against the running program, in an environment of their own: they need a Python before 3.12.

  SPANGLASS_BIN=target/debug/spanglass python -m unittest discover -s tests/clients -p "old_*.py"

Needs the packages of requirements-2023.txt.
"""

import unittest

from harness import Traced, texts


class OldClients(Traced):
    def test_ddtrace_1_14_with_the_openai_client_of_its_time(self):
        document, [exchange] = self.one("ddtrace_old", route="datadog agent")
        [call] = self.calls(document)
        self.assertEqual(texts(call["input"]["messages"]), [("user", "What is the capital of France?")])
        self.assertEqual(texts(call["output"]["messages"]), [("assistant", exchange["output"]["content"])])
        self.assertEqual((call["name"], call["model"]["request"]), ("chat.completions/gpt-3.5-turbo", "gpt-3.5-turbo"))
        self.assertEqual(call["parameters"]["temperature"], 0.1)
        self.assert_usage(call["usage"], [exchange])
        [series] = self.metrics("openai.tokens.total")
        self.assertEqual((series["about"]["model"], sum(p["sum"] for p in series["points"])), ("gpt-3.5-turbo", exchange["usage"]["total_tokens"]))


if __name__ == "__main__":
    unittest.main()
