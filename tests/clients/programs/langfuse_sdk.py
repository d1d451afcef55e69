"""The Langfuse SDK's own OpenAI wrapper, with a session and a user."""

from langfuse import get_client, propagate_attributes
from langfuse.openai import OpenAI

langfuse = get_client()
with langfuse.start_as_current_observation(name="ask", as_type="agent"):
    with propagate_attributes(user_id="user-7", session_id="session-7", tags=["demo"]):
        OpenAI(api_key="sk-demo").chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "What is the capital of France?"}])
langfuse.flush()
