"""The OpenAI Agents SDK under MLflow's autolog: one scenario per run, named on the command line."""

import sys

import mlflow
from agents import Agent, Runner, function_tool

mlflow.openai.autolog()


@function_tool
def get_weather(city: str) -> str:
    """Current weather of a city."""
    return f"{city}: rainy, 12 degrees"


def tools():
    agent = Agent(name="Weather agent", instructions="You answer questions about the weather.", model="gpt-4o", tools=[get_weather])
    Runner.run_sync(agent, "What is the weather in Paris?")


if __name__ == "__main__":
    globals()[sys.argv[1]]()
