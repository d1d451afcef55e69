"""MLflow with Spanglass as its tracking server: the documentation's example, and what its users do with a trace afterwards."""

import json
import os
import sys

import mlflow
from mlflow.entities import SpanType
from openai import OpenAI

mlflow.openai.autolog()
mlflow.set_tracking_uri(os.environ["TRACKING"])
mlflow.set_experiment("OpenAI")
client = OpenAI()


@mlflow.trace(span_type=SpanType.TOOL)
def get_weather(city: str) -> str:
    return {"Tokyo": "sunny", "Paris": "rainy"}.get(city, "unknown")


TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]


@mlflow.trace(span_type=SpanType.AGENT)
def run_tool_agent(question: str):
    messages = [{"role": "user", "content": question}]
    response = client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=TOOLS)
    said = response.choices[0].message
    messages.append(said)
    for call in said.tool_calls or []:
        messages.append({"role": "tool", "tool_call_id": call.id, "content": get_weather(**json.loads(call.function.arguments))})
    return client.chat.completions.create(model="gpt-4o-mini", messages=messages).choices[0].message.content


def docs():
    run_tool_agent("What's the weather like in Paris today?")
    trace = mlflow.get_trace(trace_id=mlflow.get_last_active_trace_id())
    calls = [span.get_attribute("mlflow.chat.tokenUsage") for span in trace.data.spans]
    print(json.dumps({"total": trace.info.token_usage, "calls": [usage for usage in calls if usage]}))


def judged():
    @mlflow.trace(name="chat_turn", span_type="CHAIN")
    def turn(text):
        mlflow.update_current_trace(tags={"env": "staging"}, metadata={"mlflow.trace.user": "user-123", "mlflow.trace.session": "session-42"})
        return client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": text}]).choices[0].message.content

    turn("Tell me a joke")
    trace_id = mlflow.get_last_active_trace_id()
    mlflow.set_trace_tag(trace_id, "reviewed", "yes")
    mlflow.set_trace_tag(trace_id, "mistaken", "yes")
    mlflow.delete_trace_tag(trace_id, "mistaken")
    mlflow.log_feedback(trace_id=trace_id, name="helpful", value=True, rationale="It is a joke.")
    wrong = mlflow.log_feedback(trace_id=trace_id, name="wrong", value=1)
    mlflow.delete_assessment(trace_id=trace_id, assessment_id=wrong.assessment_id)
    mlflow.log_expectation(trace_id=trace_id, name="answer", value="a pun")
    found = mlflow.search_traces(filter_string="tag.env = 'staging' AND status = 'OK'", return_type="list")
    none = mlflow.search_traces(filter_string="tag.env = 'production'", return_type="list")
    info = found[0].info
    print(json.dumps({"found": [trace.info.trace_id for trace in found], "none": len(none), "tags": info.tags, "spans": len(found[0].data.spans),
                      "assessments": {each.name: each.value for each in info.assessments}, "session": info.trace_metadata["mlflow.trace.session"]}))


def picture():
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{pixel}"}}]
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": content}])


def deleted():
    run_tool_agent("What's the weather like in Tokyo today?")
    trace_id = mlflow.get_last_active_trace_id()
    experiment = mlflow.get_experiment_by_name("OpenAI").experiment_id
    count = mlflow.MlflowClient().delete_traces(experiment_id=experiment, trace_ids=[trace_id])
    mlflow.set_experiment("another")
    names = [each.name for each in mlflow.search_experiments()]
    try:
        mlflow.register_model("runs:/x/model", "name")
    except mlflow.exceptions.MlflowException as error:
        refused = str(error)
    print(json.dumps({"deleted": count, "experiments": names, "refused": refused}))
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}])


def evaluated():
    import dspy

    mlflow.set_experiment("DSPy")
    mlflow.openai.autolog(disable=True)
    mlflow.dspy.autolog(log_evals=True)
    dspy.configure(lm=dspy.LM("openai/gpt-4o-mini", api_base=os.environ["OPENAI_BASE_URL"], api_key="sk-demo", cache=False), track_usage=True)
    cases = [dspy.Example(question=f"What is the capital of {country}?", answer=city).with_inputs("question") for country, city in (("France", "Paris"), ("Spain", "Madrid"))]
    evaluate = dspy.Evaluate(devset=cases, metric=lambda example, said, trace=None: example.answer == said.answer, num_threads=1, display_progress=False)
    print(json.dumps({"score": evaluate(dspy.Predict("question -> answer")).score}))


globals()[sys.argv[1]]()
mlflow.flush_trace_async_logging()
