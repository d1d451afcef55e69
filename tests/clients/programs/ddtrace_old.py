"""The tracer and the client of 2023: `ddtrace` 1.14 with `openai` 0.28."""

from ddtrace import patch

patch(openai=True)

import openai  # noqa: E402, after it is patched

openai.ChatCompletion.create(model="gpt-3.5-turbo", messages=[{"role": "user", "content": "What is the capital of France?"}], temperature=0.1)
