"""Datadog's tracer of today, with LLM Observability: one scenario per call, named on the command line."""

import ddtrace.auto  # noqa: F401, I001, before what it patches

import sys

import openai
from ddtrace.llmobs import LLMObs
from ddtrace.llmobs.decorators import agent, tool
from weather import ask

client = openai.OpenAI(api_key="sk-demo", max_retries=0)


@tool
def get_weather(city):
    answer = f"{city}: sunny, 24 degrees"
    LLMObs.annotate(input_data={"city": city}, output_data=answer)
    return answer


@agent
def run_tool_agent(question):
    answer = ask(client, question, get_weather)
    LLMObs.annotate(input_data=question, output_data=answer, tags={"session": "seven"})
    LLMObs.submit_evaluation(span=LLMObs.export_span(), label="helpful", metric_type="score", value=0.8, ml_app="demo")
    return answer


def evaluated():
    run_tool_agent("What is the weather in Paris and Tokyo?")
    LLMObs.flush()


def stream():
    for _ in client.chat.completions.create(model="gpt-4o-mini", stream=True, messages=[{"role": "user", "content": "Explain observability."}]):
        pass


if __name__ == "__main__":
    globals()[sys.argv[1]]()
