"""The Langfuse cookbook's "MLflow over OpenTelemetry" page: plain OpenTelemetry spans around MLflow's OpenAI autolog."""

import mlflow
import openai
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
mlflow.openai.autolog()

question = "How does observability improve debugging?"
with trace.get_tracer(__name__).start_as_current_span("OpenAI-Trace") as span:
    span.set_attribute("langfuse.user.id", "user-123")
    span.set_attribute("langfuse.session.id", "123456789")
    span.set_attribute("langfuse.tags", ["staging", "demo"])
    answer = openai.OpenAI(api_key="sk-demo").chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": question}])
    span.set_attribute("input.value", question)
    span.set_attribute("output.value", answer.choices[0].message.content)
