"""MLflow's DSPy autolog: one scenario per call, named on the command line."""

import os
import sys

import dspy
import mlflow

mlflow.dspy.autolog()
dspy.configure(lm=dspy.LM("openai/gpt-4o-mini", api_key="sk-demo", api_base=os.environ["OPENAI_BASE_URL"], cache=False), track_usage=True)


def chain_of_thought():
    dspy.ChainOfThought("question -> answer")(question="What is the capital of France?")


if __name__ == "__main__":
    globals()[sys.argv[1]]()
