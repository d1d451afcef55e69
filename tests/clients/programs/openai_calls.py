"""MLflow's OpenAI autolog: one scenario per call, named on the command line."""

import sys

import mlflow
import openai
from weather import TOOLS, ask

mlflow.openai.autolog()
client = openai.OpenAI(api_key="sk-demo", max_retries=0)


@mlflow.trace(span_type="TOOL")
def get_weather(city):
    return f"{city}: sunny, 24 degrees"


@mlflow.trace(span_type="AGENT")
def run_tool_agent(question):
    return ask(client, question, get_weather)


def plain():
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "What is the capital of France?"}], temperature=0.1)


def agent():
    run_tool_agent("What is the weather in Paris and Tokyo?")


def stream():
    for _ in client.chat.completions.create(model="gpt-4o-mini", stream=True, stream_options={"include_usage": True},
                                            messages=[{"role": "user", "content": "Explain observability."}]):
        pass


def stream_tools():
    for _ in client.chat.completions.create(model="gpt-4o-mini", stream=True, stream_options={"include_usage": True}, tools=TOOLS,
                                            messages=[{"role": "user", "content": "What is the weather in Paris and Tokyo?"}]):
        pass


def stream_long():
    for _ in client.chat.completions.create(model="gpt-4o-mini", stream=True, messages=[{"role": "user", "content": "[[long 300]]"}]):
        pass


def responses():
    client.responses.create(model="gpt-4o", instructions="Be brief.", input="What is the capital of France?")


def responses_stream():
    for _ in client.responses.create(model="gpt-4o", input="Explain observability.", stream=True):
        pass


def embeddings():
    client.embeddings.create(model="text-embedding-3-small", input=["red", "green"])


def error():
    try:
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "[[error 429]]"}])
    except openai.RateLimitError:
        pass


if __name__ == "__main__":
    globals()[sys.argv[1]]()
