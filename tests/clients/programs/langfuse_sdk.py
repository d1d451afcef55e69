"""The Langfuse SDK's own OpenAI wrapper, with a session and a user; and scores."""

from langfuse import get_client, propagate_attributes
from langfuse.openai import OpenAI

langfuse = get_client()
assert langfuse.auth_check()
with langfuse.start_as_current_observation(name="ask", as_type="agent"):
    with propagate_attributes(user_id="user-7", session_id="session-7", tags=["demo"]):
        OpenAI(api_key="sk-demo").chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "What is the capital of France?"}])
    langfuse.score_current_span(name="helpful", value=1.0, data_type="BOOLEAN")
    langfuse.score_current_trace(name="quality", value=0.8, comment="fine")
langfuse.flush()
