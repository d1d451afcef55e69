"""An agent with one tool, as programs write it by hand: what the programs of several tracers run."""

import json

TOOLS = [{"type": "function", "function": {"name": "get_weather", "description": "Current weather of a city.", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]


def ask(client, question, get_weather):
    """Asks, runs the tool for each call of it, and returns what is said to the results."""
    messages = [{"role": "system", "content": "You answer questions about the weather."}, {"role": "user", "content": question}]
    message = client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=TOOLS).choices[0].message
    messages.append(message.model_dump(exclude_none=True))
    for call in message.tool_calls:
        messages.append({"role": "tool", "tool_call_id": call.id, "content": get_weather(**json.loads(call.function.arguments))})
    return client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=TOOLS).choices[0].message.content
