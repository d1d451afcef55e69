// Generated from the Rust types by `UPDATE=1 cargo test --test types`. Do not edit.

export type JsonValue = unknown;
/**
 * What kind of work a span did.
 */
export type Kind = "llm" | "embedding" | "agent" | "chain" | "tool" | "retriever" | "reranker" | "parser" | "guardrail" | "evaluator" | "memory" | "prompt" | "task" | "http" | "db" | "rpc" | "other";
/**
 * The models of a call, as recorded: `openai/gpt-4o-mini` is not shortened.
 */
export type Model = { 
/**
 * The model asked for.
 */
request: string | null, 
/**
 * The model that answered.
 */
response: string | null, 
/**
 * Who runs it.
 */
provider: string | null, };
/**
 * A picture, sound, film or file within a message.
 */
export type Media = { 
/**
 * Its media type, when known.
 */
mime: string | null, 
/**
 * Where it is: a URL, a `data:` URI with the bytes, or the sender's own reference. Never fetched.
 */
uri: string | null, 
/**
 * Its size in bytes, when known.
 */
bytes: number | null, 
/**
 * The SHA-256 of the bytes, in hexadecimal, when they are here.
 */
sha256: string | null, 
/**
 * What is said in it, when the sender told.
 */
transcript: string | null, };
/**
 * One piece of a message.
 */
export type Part = { "type": "text", 
/**
 * The text.
 */
text: string, } | { "type": "reasoning", 
/**
 * The text.
 */
text: string, } | { "type": "refusal", 
/**
 * The text.
 */
text: string, } | { "type": "tool_call", 
/**
 * The name the answer will refer to.
 */
id: string | null, 
/**
 * The tool.
 */
name: string | null, 
/**
 * JSON, or the text as sent when it is not JSON.
 */
arguments: JsonValue, } | { "type": "tool_result", 
/**
 * The call it answers.
 */
id: string | null, 
/**
 * The tool.
 */
name: string | null, 
/**
 * JSON, or the text as sent when it is not JSON.
 */
result: JsonValue, 
/**
 * Whether the tool failed, when told.
 */
is_error: boolean | null, } | { "type": "image" } & Media | { "type": "audio" } & Media | { "type": "video" } & Media | { "type": "file" } & Media | { "type": "json", 
/**
 * The JSON as sent.
 */
value: JsonValue, };
/**
 * Who said what.
 */
export type Message = { 
/**
 * `system`, `developer`, `user`, `assistant`, `tool`, or the sender's own word.
 */
role: string, 
/**
 * The speaker's name, when given.
 */
name: string | null, 
/**
 * The message's content, in order.
 */
parts: Array<Part>, };
/**
 * What went into a span.
 */
export type Input = { 
/**
 * The messages; `None` when nothing in it is a message.
 */
messages: Array<Message> | null, 
/**
 * What is not messages: a function's arguments, plain text of a span that calls no model.
 */
value: JsonValue | null, };
/**
 * What came out of a span.
 */
export type Output = { 
/**
 * The messages, one or more per choice; `None` when nothing in it is a message.
 */
messages: Array<Message> | null, 
/**
 * What is not messages: a function's result, plain text of a span that calls no model.
 */
value: JsonValue | null, 
/**
 * Why the model stopped, as sent, one per choice in choice order.
 */
finish_reasons: Array<string>, };
/**
 * A tool offered to the model.
 */
export type ToolDefinition = { 
/**
 * Its name.
 */
name: string, 
/**
 * What it is for.
 */
description: string | null, 
/**
 * The JSON schema of its arguments.
 */
parameters: JsonValue | null, };
/**
 * A tool's own execution.
 */
export type ToolExecution = { 
/**
 * Its name.
 */
name: string | null, 
/**
 * The call it executes.
 */
call_id: string | null, 
/**
 * What it was given.
 */
arguments: JsonValue | null, 
/**
 * What it answered.
 */
result: JsonValue | null, };
/**
 * A document found or ordered.
 */
export type Document = { 
/**
 * Its name.
 */
id: string | null, 
/**
 * Its text.
 */
content: string | null, 
/**
 * How well it fits.
 */
score: number | null, 
/**
 * What else describes it.
 */
metadata: JsonValue | null, };
/**
 * Token counts in normal form: input includes cached tokens, output includes reasoning tokens. `None` = not reported.
 */
export type Usage = { 
/**
 * All input tokens, cached ones included.
 */
input_tokens: number | null, 
/**
 * All output tokens, reasoning included.
 */
output_tokens: number | null, 
/**
 * All tokens.
 */
total_tokens: number | null, 
/**
 * Input tokens read from a cache.
 */
cache_read_tokens: number | null, 
/**
 * Input tokens written to a cache.
 */
cache_write_tokens: number | null, 
/**
 * Those of them that the cache keeps for an hour, which costs more; only where a sender tells.
 */
cache_write_1h_tokens?: number, 
/**
 * Output tokens spent on reasoning.
 */
reasoning_tokens: number | null, };
/**
 * What went wrong in a span.
 */
export type ErrorInfo = { 
/**
 * The error's class.
 */
type: string | null, 
/**
 * What it says.
 */
message: string | null, 
/**
 * Where it happened.
 */
stacktrace: string | null, };
/**
 * What a chunk of a streamed answer carried.
 */
export type ChunkType = "text" | "reasoning" | "tool_call" | "usage" | "other";
/**
 * One chunk of a streamed answer.
 */
export type Chunk = { 
/**
 * Its place in the stream as the sender counted, from 0.
 */
index: number, 
/**
 * When it arrived, in nanoseconds after the span's start; negative when clocks disagree.
 */
offset_ns: number, 
/**
 * What it carried.
 */
type: ChunkType, 
/**
 * The text delta, or the piece of a tool call's arguments.
 */
text: string, 
/**
 * The choice it belongs to.
 */
choice: number, 
/**
 * Which tool call of the choice, when it carries a piece of one.
 */
tool_call: number | null, };
/**
 * A streamed answer as it arrived.
 */
export type Stream = { 
/**
 * How many chunk events were received.
 */
chunks: number, 
/**
 * How many chunk events the sender left out; `chunks + dropped_chunks` were sent.
 */
dropped_chunks: number, 
/**
 * From the span's start to the first chunk, in nanoseconds; `None` when the head of the stream was left out.
 */
time_to_first_chunk_ns: number | null, 
/**
 * Where that was read from.
 */
time_to_first_chunk_source: string | null, 
/**
 * The text deltas of choice 0, joined.
 */
text: string, 
/**
 * The chunks, in the sender's order.
 */
items: Array<Chunk>, };
/**
 * The groups of fields that are taken whole from one source.
 */
export type FieldGroup = "kind" | "model" | "parameters" | "input" | "output" | "tools" | "tool" | "documents" | "usage" | "cost" | "stream" | "session" | "metadata" | "error";
/**
 * How a trace ended, as far as is known.
 */
export type TraceStatus = "ok" | "error" | "unset" | "running";
/**
 * How much of what is in a trace.
 */
export type Counts = { 
/**
 * Spans.
 */
spans: number, 
/**
 * Spans that failed.
 */
errors: number, 
/**
 * Calls of a model, a call seen by two libraries counted once.
 */
llm_calls: number, 
/**
 * Of those, calls that went well or still run and whose tokens nobody tells, no span above them either.
 */
llm_calls_without_usage: number, 
/**
 * Spans of which nobody knows what they cost: the sender did not say, and their model has no price, or their tokens are not
 * told.
 */
calls_without_cost: number, 
/**
 * Executions of tools, one seen by several libraries counted once.
 */
tool_calls: number, 
/**
 * Parents that are named and not there.
 */
missing_parents: number, 
/**
 * Attributes left out by the sender.
 */
dropped_attributes: number, 
/**
 * Events left out by the sender.
 */
dropped_events: number, 
/**
 * Links left out by the sender.
 */
dropped_links: number, 
/**
 * Spans received again.
 */
duplicates: number, };
/**
 * A trace in one row.
 */
export type TraceSummary = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * The sender's name for the trace, else the root's name, else the earliest span's.
 */
name: string, 
/**
 * Earliest start, nanoseconds since 1970, as a string.
 */
start_time_unix_nano: string, 
/**
 * Latest end, nanoseconds since 1970, as a string.
 */
end_time_unix_nano: string, 
/**
 * From the earliest start to the latest end.
 */
duration_ns: number, 
/**
 * How it ended.
 */
status: TraceStatus, 
/**
 * The root; `None` while it has not arrived.
 */
root_span_id: string | null, 
/**
 * Services, in order of first use.
 */
services: Array<string>, 
/**
 * Models that answered (else that were asked), in order of first use.
 */
models: Array<string>, 
/**
 * Dialects that were read, sorted.
 */
dialects: Array<string>, 
/**
 * The conversation it belongs to.
 */
session_id: string | null, 
/**
 * The person it was done for.
 */
user_id: string | null, 
/**
 * Labels.
 */
tags: Array<string>, 
/**
 * Free-form facts about the trace.
 */
metadata: { [key in string]: JsonValue }, 
/**
 * All tokens of the trace, each call once; `None` = nobody reported any.
 */
usage: Usage | null, 
/**
 * All cost in US dollars that is known: reported by the sender, else tokens times price; `None` = unknown. It is partial
 * when `counts.calls_without_cost` is not 0.
 */
cost_usd: number | null, 
/**
 * How much of what.
 */
counts: Counts, };
/**
 * How loud a note is.
 */
export type NoteLevel = "warning" | "info";
/**
 * One sentence about what is missing from a trace or odd in it.
 */
export type Note = { 
/**
 * How loud it is.
 */
level: NoteLevel, 
/**
 * A stable word for programs: `dropped_chunks`, `missing_root`, `missing_parent`, `no_content`, `no_usage`, `duplicates`, …
 */
code: string, 
/**
 * The sentence: who did what.
 */
text: string, 
/**
 * What to set in the sending program so that it does not happen again, to be copied.
 */
fix: string | null, 
/**
 * The first span it is about.
 */
span_id: string | null, };
/**
 * Which of two accounts a trace is: some agents tell of the calls of a session in log records, which make one trace, and in spans,
 * which are in others. Sums of traces count one of the two, that with the more tokens: both tell of the same calls.
 */
export type ToldTwice = { 
/**
 * The agent, its service and the session: the same in all traces of both accounts.
 */
of: string, 
/**
 * Whether this is the trace that was made of the log records.
 */
in_records: boolean, };
/**
 * A row of the trace list.
 */
export type TraceRow = { 
/**
 * The trace.
 */
summary: TraceSummary, 
/**
 * The first line of what the user asked, cut to 200 characters.
 */
question: string | null, 
/**
 * The first error's message, cut to 200 characters.
 */
error: string | null, 
/**
 * What of the totals is one model's, the most tokens first.
 */
model_totals?: Array<ModelTotal>, 
/**
 * The longest time to a first chunk among its streamed answers, in nanoseconds; `None` = no answer was streamed, or of
 * none that was is its beginning here.
 */
time_to_first_chunk_ns: number | null, 
/**
 * Of an agent that tells of its calls twice: which of the two this is.
 */
told_twice?: ToldTwice, 
/**
 * The longest silence within one of its streamed answers, in nanoseconds (see [`super::stream::longest_silence_ns`]);
 * `None` = of no answer can that be told.
 */
longest_silence_ns: number | null, 
/**
 * Grows with every change of the trace.
 */
version: number, };
/**
 * The head of an opened trace.
 */
export type TraceHead = { 
/**
 * The trace in one row.
 */
row: TraceRow, 
/**
 * What is missing or odd, warnings first; never empty.
 */
notes: Array<Note>, 
/**
 * Spans with a streamed answer, in start order.
 */
streams: Array<string>, 
/**
 * Which views have something to show: `timeline`, `conversation`, `stream`, `tools`, `tokens`, `raw`.
 */
views: Array<string>, };
/**
 * A place where an answer does not fit.
 */
export type Misfit = { 
/**
 * The place as a JSON pointer into the answer; empty = the whole of it.
 */
at: string, 
/**
 * What is wrong there, in words that follow the place.
 */
problem: string, };
/**
 * A part of an answer that was asked to look in some way, and whether it does.
 */
export type Checked = { 
/**
 * The message of the answer, from 0.
 */
message: number, 
/**
 * The part of the message, from 0; the first of them when one JSON value is split over several texts.
 */
part: number, 
/**
 * How many texts of the message were judged as one, from `part` on.
 */
texts: number, 
/**
 * What the schema is called.
 */
name: string | null, 
/**
 * Whether the provider was told to keep to it to the letter, when it was told anything.
 */
strict: boolean | null, 
/**
 * The JSON schema; `None` = JSON of whatever form was asked for, or the schema was not recorded.
 */
schema: JsonValue | null, 
/**
 * Where the answer does not fit, at most 50 places.
 */
misfits: Array<Misfit>, 
/**
 * Whether there are more.
 */
more: boolean, 
/**
 * Keywords of the schema that nobody looked at.
 */
unchecked: Array<string>, };
/**
 * How a span ended.
 */
export type StatusCode = "ok" | "error" | "unset";
/**
 * How a span ended, and the sender's words for it.
 */
export type SpanStatus = { 
/**
 * How.
 */
code: StatusCode, 
/**
 * The words.
 */
message: string | null, };
/**
 * An event of a span.
 */
export type EventDocument = { 
/**
 * What.
 */
name: string, 
/**
 * When, nanoseconds since 1970, as a string.
 */
time_unix_nano: string, 
/**
 * Its particulars.
 */
attributes: { [key in string]: JsonValue }, };
/**
 * A link of a span.
 */
export type LinkDocument = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * 16 hexadecimal digits.
 */
span_id: string, 
/**
 * What describes it.
 */
attributes: { [key in string]: JsonValue }, };
/**
 * What the sender left out of a span.
 */
export type Dropped = { 
/**
 * Attributes.
 */
attributes: number, 
/**
 * Events.
 */
events: number, 
/**
 * Links.
 */
links: number, };
/**
 * One span, normalised, with everything it was sent with.
 */
export type SpanDocument = { 
/**
 * 16 hexadecimal digits.
 */
span_id: string, 
/**
 * 16 hexadecimal digits.
 */
parent_span_id: string | null, 
/**
 * Whether the parent is named and not there.
 */
parent_missing: boolean, 
/**
 * Whether the span was not received but made of log records: by a program that sends no spans.
 */
from_logs: boolean, 
/**
 * What it is called.
 */
name: string, 
/**
 * What kind of work it did.
 */
kind: Kind, 
/**
 * The sender's own word for the kind.
 */
kind_raw: string | null, 
/**
 * The dialects that were read.
 */
dialects: Array<string>, 
/**
 * `service.name`.
 */
service: string | null, 
/**
 * The instrumentation library.
 */
scope: string | null, 
/**
 * Nanoseconds since 1970, as a string.
 */
start_time_unix_nano: string, 
/**
 * Nanoseconds since 1970, as a string.
 */
end_time_unix_nano: string, 
/**
 * From start to end.
 */
duration_ns: number, 
/**
 * How it ended.
 */
status: SpanStatus, 
/**
 * What went wrong.
 */
error: ErrorInfo | null, 
/**
 * The models of a call.
 */
model: Model | null, 
/**
 * Call parameters under canonical names.
 */
parameters: { [key in string]: JsonValue }, 
/**
 * What went in.
 */
input: Input, 
/**
 * What came out.
 */
output: Output, 
/**
 * Tools offered to the model.
 */
tools: Array<ToolDefinition>, 
/**
 * A tool's own execution.
 */
tool: ToolExecution | null, 
/**
 * Documents found or ordered.
 */
documents: Array<Document>, 
/**
 * What the span recorded of token counts.
 */
usage: Usage | null, 
/**
 * What it cost: as reported, else as its tokens are priced (`sources.cost` says which); `None` = unknown, never 0.
 */
cost_usd: number | null, 
/**
 * The streamed answer.
 */
stream: Stream | null, 
/**
 * The conversation it belongs to.
 */
session_id: string | null, 
/**
 * The person it was done for.
 */
user_id: string | null, 
/**
 * Free-form facts.
 */
metadata: { [key in string]: JsonValue }, 
/**
 * Where each group was read from.
 */
sources: { [key in FieldGroup]?: string }, 
/**
 * Attribute keys nobody understood.
 */
not_understood: Array<string>, 
/**
 * Why nothing was recorded of what was said, and what to set to see it; `None` = something was, or nothing was said.
 */
why_blank: WhyBlank | null, 
/**
 * What the sender cut short; `None` = nothing, as far as can be told.
 */
cut: Cut | null, 
/**
 * What of the answer was asked to keep to a schema, and where it does not.
 */
checks: Array<Checked>, 
/**
 * The attributes as sent.
 */
attributes: { [key in string]: JsonValue }, 
/**
 * The events as sent.
 */
events: Array<EventDocument>, 
/**
 * The links as sent.
 */
links: Array<LinkDocument>, 
/**
 * The resource as sent.
 */
resource: { [key in string]: JsonValue }, 
/**
 * What the sender left out.
 */
dropped: Dropped, };
/**
 * A span's document, and how the span stands in its trace: `own_ns`, how long none of its children ran (null when it has none).
 */
export type InspectedSpan = SpanDocument & { own_ns: number | null };
/**
 * A whole trace, normalised.
 */
export type TraceDocument = { 
/**
 * Always `spanglass.trace/v1`.
 */
format: string, 
/**
 * The trace in one row.
 */
trace: TraceSummary, 
/**
 * Its spans in tree order, children by start time.
 */
spans: Array<SpanDocument>, };
/**
 * What part of a prompt no longer is as it was.
 */
export type Changed = "tools" | "system" | "message" | "nothing";
/**
 * Where a prompt cache could not be used any further.
 */
export type CacheBreak = { 
/**
 * The earlier call whose prompt this one should have begun with.
 */
after: string, 
/**
 * What differs first.
 */
changed: Changed, 
/**
 * Which message differs, from 0, system messages included; of tools which tool.
 */
index: number, 
/**
 * The first character of it that differs, from 0, where both are text.
 */
character: number | null, 
/**
 * What it said there, and what it says: at most 80 characters each from shortly before the difference.
 */
was: string, 
/**
 * See `was`.
 */
is: string, 
/**
 * What changed, in a sentence.
 */
text: string, 
/**
 * Whether the sender's own counts show it: less was read from the cache than by the call before. Else nobody counted.
 */
is_measured: boolean, };
/**
 * A call's prompt, by what it is made of, in characters; pictures, sounds and files count as nothing.
 */
export type CallContext = { 
/**
 * The call.
 */
span_id: string, 
/**
 * The tools offered.
 */
tools: number, 
/**
 * System prompts.
 */
system: number, 
/**
 * What the call before had or answered.
 */
history: number, 
/**
 * Results of tools that came with this call.
 */
tool_results: number, 
/**
 * What else came with this call.
 */
fresh: number, 
/**
 * The tokens reported.
 */
usage: Usage | null, 
/**
 * Where a prompt cache could not be used any further.
 */
cache_break: CacheBreak | null, };
/**
 * The contexts of one agent's calls.
 */
export type AgentContext = { 
/**
 * The agent; `None` = calls that no agent is above.
 */
span_id: string | null, 
/**
 * What it is called.
 */
name: string, 
/**
 * Its calls, by start time.
 */
calls: Array<CallContext>, 
/**
 * Calls of it before these that are not told.
 */
before: number, };
/**
 * What the traces of one total share.
 */
export type TotalsBy = "session" | "user" | "service" | "experiment" | "name" | "tag" | "model" | "day";
/**
 * Which total comes first: the one with the most of this, those of which it is unknown last.
 */
export type TotalsOrder = "cost" | "tokens" | "input" | "output" | "traces" | "failed" | "calls" | "duration" | "latest";
/**
 * What some traces took together.
 */
export type Total = { 
/**
 * What they share; `None` = nothing was recorded, and of the sum of all.
 */
key: string | null, 
/**
 * By model, who runs it, in one word where the recorded one is known; `None` = not recorded.
 */
provider: string | null, 
/**
 * The model that most of the cost, else most of the tokens, is of; `None` by model, and where none is recorded.
 */
most_of: string | null, 
/**
 * How many models there are; 0 by model.
 */
models: number, 
/**
 * Traces.
 */
traces: number, 
/**
 * Of those, traces that ended in an error.
 */
failed: number, 
/**
 * Calls of models, one seen by two libraries counted once; by model, those whose tokens or cost count.
 */
llm_calls: number, 
/**
 * Executions of tools; `None` by model.
 */
tool_calls: number | null, 
/**
 * Tokens, each call once; `None` = nobody reported any.
 */
usage: Usage | null, 
/**
 * US dollars, as far as they are known; `None` = unknown.
 */
cost_usd: number | null, 
/**
 * Calls of which nobody knows what they cost: with them it would be more.
 */
cost_missing: number, 
/**
 * Traces of agents that tell of the same calls in another trace, which counts: of these only their number, failures and
 * durations do. By model they are none of its.
 */
told_twice: number, 
/**
 * The durations of the traces, summed up, in nanoseconds; `None` by model.
 */
duration_ns: number | null, 
/**
 * When the latest of the traces began, nanoseconds since 1970, as a string.
 */
latest_unix_nano: string, };
/**
 * What traces took, the largest first.
 */
export type Totals = { 
/**
 * What the traces of a row share.
 */
by: TotalsBy, 
/**
 * How the rows are sorted.
 */
order: TotalsOrder, 
/**
 * At most as many as were asked for.
 */
rows: Array<Total>, 
/**
 * How many there are in all.
 */
groups: number, 
/**
 * All traces together, each once.
 */
all: Total, };
/**
 * Totals, and of what.
 */
export type TotalsNow = { 
/**
 * The change sequence they are at least as new as.
 */
seq: number, 
/**
 * What the traces of a row share.
 */
by: TotalsBy, 
/**
 * How the rows are sorted.
 */
order: TotalsOrder, 
/**
 * At most as many as were asked for.
 */
rows: Array<Total>, 
/**
 * How many there are in all.
 */
groups: number, 
/**
 * All traces together, each once.
 */
all: Total, };
/**
 * Why a row stands out.
 */
export type RowBadge = "missing_parent" | "negative_duration" | "clock_skew" | "dropped" | "cycle";
/**
 * One row of the timeline: a span or, above spans whose parent was not received, that parent's place.
 */
export type TimelineRow = { 
/**
 * Its place among the rows, from 0, collapsed ones not counted.
 */
row: number, 
/**
 * 16 hexadecimal digits.
 */
span_id: string, 
/**
 * 16 hexadecimal digits.
 */
parent_span_id: string | null, 
/**
 * How many ancestors it has.
 */
depth: number, 
/**
 * Direct children.
 */
children: number, 
/**
 * How many of them ran at one time, at most.
 */
at_once: number, 
/**
 * Spans below it at any depth.
 */
descendants: number, 
/**
 * How many siblings that are alike it stands for, itself included: the others are shown below it, as its children, where it
 * is expanded; 0 = it stands for itself.
 */
alike: number, 
/**
 * Whether its children are shown.
 */
expanded: boolean, 
/**
 * Its place among its siblings, from 1.
 */
position: number, 
/**
 * How many siblings there are, itself included.
 */
siblings: number, 
/**
 * Whether it stands for a span that others name as their parent and that was not received: nothing is known of it, and its
 * times are those of what is below it.
 */
missing: boolean, 
/**
 * What it is called.
 */
name: string, 
/**
 * What kind of work it did.
 */
kind: Kind, 
/**
 * How it ended.
 */
status: StatusCode, 
/**
 * Whether it has started and not ended.
 */
running: boolean, 
/**
 * Start, from the trace's start.
 */
start_ns: number, 
/**
 * From start to end; for a running span up to the latest known time of the trace.
 */
duration_ns: number, 
/**
 * Time in the span itself, no child running.
 */
self_ns: number, 
/**
 * The first chunk of a streamed answer, from the span's start.
 */
first_chunk_ns: number | null, 
/**
 * Pieces of the critical path, as start and end from the trace's start.
 */
critical: Array<[number, number]>, 
/**
 * The model that answered (else that was asked).
 */
model: string | null, 
/**
 * Input tokens.
 */
input_tokens: number | null, 
/**
 * Output tokens.
 */
output_tokens: number | null, 
/**
 * The error's first line.
 */
error: string | null, 
/**
 * Why the row stands out.
 */
badges: Array<RowBadge>, };
/**
 * Which lane of the minimap a span is drawn in.
 */
export type Lane = "agents" | "structure" | "model" | "tools" | "wire";
/**
 * A stretch of one lane of the minimap in which spans of one kind were running.
 */
export type MinimapMark = { 
/**
 * The lane.
 */
lane: Lane, 
/**
 * First bin, of [`Minimap::bins`].
 */
from: number, 
/**
 * One past the last bin.
 */
to: number, 
/**
 * The commonest kind in it.
 */
kind: Kind, 
/**
 * Whether a span in it failed.
 */
error: boolean, };
/**
 * The whole trace at a glance, at most 5 × `bins` marks whatever its size.
 */
export type Minimap = { 
/**
 * Into how many equal stretches the trace's duration is cut.
 */
bins: number, 
/**
 * What runs where.
 */
marks: Array<MinimapMark>, };
/**
 * Where the wall time went, as fractions that sum to 1 (all 0 for a trace without duration).
 */
export type Shares = { 
/**
 * Some model call was running.
 */
model: number, 
/**
 * Some tool was running and no model call.
 */
tools: number, 
/**
 * Neither.
 */
gap: number, };
/**
 * A window of rows of the timeline.
 */
export type Timeline = { 
/**
 * Grows with every change of the trace.
 */
version: number, 
/**
 * The trace's start, nanoseconds since 1970, as a string.
 */
start_time_unix_nano: string, 
/**
 * From the earliest start to the latest end.
 */
duration_ns: number, 
/**
 * Spans of the trace.
 */
spans_total: number, 
/**
 * Rows in all, those of missing parents counted and those below collapsed spans not.
 */
rows_total: number, 
/**
 * The rows asked for.
 */
rows: Array<TimelineRow>, 
/**
 * The ancestors of the first row, outermost first; of more than 256 those nearest to it.
 */
ancestors: Array<TimelineRow>, 
/**
 * The whole trace at a glance.
 */
minimap: Minimap, 
/**
 * Where the wall time went.
 */
shares: Shares, };
/**
 * A tool call with everything that became of it.
 */
export type ToolCallView = { 
/**
 * The call's id.
 */
id: string | null, 
/**
 * The tool.
 */
name: string | null, 
/**
 * JSON, or the text as sent when it is not JSON.
 */
arguments: JsonValue, 
/**
 * What came back, as the model was told it (else as the executing span recorded it).
 */
result: JsonValue | null, 
/**
 * Whether the tool failed, when told.
 */
is_error: boolean | null, 
/**
 * What went wrong, as the executing span recorded it, where the result does not say it.
 */
error: string | null, 
/**
 * The span that executed it.
 */
executed_by: string | null, 
/**
 * How long that took.
 */
duration_ns: number | null, 
/**
 * The span whose input first carried the result.
 */
answered_in: string | null, };
/**
 * A part of a message, or a tool call with what became of it.
 */
export type PartView = { "show": "part", 
/**
 * The part.
 */
part: Part, } | { "show": "call", 
/**
 * The call and what became of it.
 */
call: ToolCallView, };
/**
 * A message of the transcript.
 */
export type MessageView = { 
/**
 * Names the message within the conversation, stable while the trace grows: `<span id>:<in|out>:<index>`.
 */
key: string, 
/**
 * Who speaks.
 */
role: string, 
/**
 * The speaker's name, when given.
 */
name: string | null, 
/**
 * The message's place in its span's document, as a JSON pointer such as `/input/messages/0`.
 */
pointer: string, 
/**
 * What is said.
 */
parts: Array<PartView>, 
/**
 * What of it was asked to keep to a schema, and where it does not.
 */
checks: Array<Checked>, };
/**
 * What is said beside a model's answer.
 */
export type Answer = { 
/**
 * Why the model stopped.
 */
finish_reason: string | null, 
/**
 * The choice's number from 1 when there are several.
 */
choice: number | null, 
/**
 * Tokens of all choices together; said once.
 */
output_tokens: number | null, 
/**
 * Output tokens a second after the first chunk, of a streamed answer.
 */
tokens_per_second: number | null, 
/**
 * What the answer says it has something from: addresses, files, titles; said once for all choices.
 */
cited: Array<string>, };
/**
 * What a row shows.
 */
export type Line = { "row": "scope", 
/**
 * What it is called.
 */
name: string, 
/**
 * Agent or other structure.
 */
kind: Kind, 
/**
 * How long it took.
 */
duration_ns: number, 
/**
 * Whether it failed.
 */
failed: boolean, 
/**
 * Calls of models within it.
 */
calls: number, 
/**
 * Their tokens; `None` = there are none, or one of them told nothing.
 */
usage: Usage | null, } | { "row": "call", 
/**
 * What the span is called.
 */
name: string, 
/**
 * The model that answered (else that was asked).
 */
model: string | null, 
/**
 * From start to end.
 */
duration_ns: number, 
/**
 * To the first chunk.
 */
time_to_first_chunk_ns: number | null, 
/**
 * Whether the answer was streamed with chunk events.
 */
streamed: boolean, 
/**
 * Token counts.
 */
usage: Usage | null, 
/**
 * What it cost.
 */
cost_usd: number | null, 
/**
 * Whether it has started and not ended.
 */
running: boolean, 
/**
 * Its number among the calls, from 1.
 */
number: number, 
/**
 * How many calls there are.
 */
of: number, } | { "row": "frame", 
/**
 * The message.
 */
message: MessageView, } | { "row": "tools", 
/**
 * The tools.
 */
tools: Array<ToolDefinition>, } | { "row": "history", 
/**
 * How many.
 */
count: number, 
/**
 * Messages that came with this call.
 */
fresh: number, 
/**
 * Tool results that came with this call; they stand at the call that asked for them.
 */
results: number, 
/**
 * Indices of the request's messages that stand below.
 */
known: Array<number>, } | { "row": "message", 
/**
 * The message.
 */
message: MessageView, 
/**
 * Whether it is new in a call that repeats others.
 */
fresh: boolean, 
/**
 * What is said beside it, when it is an answer.
 */
answer: Answer | null, } | { "row": "value", 
/**
 * `Input` or `Output`.
 */
title: string, 
/**
 * Text or JSON.
 */
value: JsonValue, } | { "row": "step", 
/**
 * What it is called.
 */
name: string, 
/**
 * What kind of work it did.
 */
kind: Kind, 
/**
 * How long it took.
 */
duration_ns: number, 
/**
 * How many steps it stands for, one after the other and alike, of which nothing was told: their durations are summed up.
 */
alike: number, 
/**
 * Whether it failed.
 */
failed: boolean, 
/**
 * What it was given.
 */
input: JsonValue | null, 
/**
 * What it answered.
 */
output: JsonValue | null, } | { "row": "error", 
/**
 * The error.
 */
error: ErrorInfo, } | { "row": "missing", 
/**
 * Why, and what to set to see it.
 */
why: WhyBlank | null, } | { "row": "cut", 
/**
 * What it cut.
 */
cut: Cut, 
/**
 * Whether it is the answer that was cut; else it is what was asked.
 */
of_answer: boolean, } | { "row": "silent", 
/**
 * Whether it may still come.
 */
running: boolean, };
/**
 * A row of the transcript.
 */
export type TranscriptRow = { 
/**
 * Names the row, stable while the trace grows.
 */
key: string, 
/**
 * The span it shows something of.
 */
span_id: string, 
/**
 * Scopes around it, the outermost one not counted.
 */
depth: number, 
/**
 * For the outer ones of them, at most eight, whether they are agents.
 */
agents: Array<boolean>, } & ({ "row": "scope", 
/**
 * What it is called.
 */
name: string, 
/**
 * Agent or other structure.
 */
kind: Kind, 
/**
 * How long it took.
 */
duration_ns: number, 
/**
 * Whether it failed.
 */
failed: boolean, 
/**
 * Calls of models within it.
 */
calls: number, 
/**
 * Their tokens; `None` = there are none, or one of them told nothing.
 */
usage: Usage | null, } | { "row": "call", 
/**
 * What the span is called.
 */
name: string, 
/**
 * The model that answered (else that was asked).
 */
model: string | null, 
/**
 * From start to end.
 */
duration_ns: number, 
/**
 * To the first chunk.
 */
time_to_first_chunk_ns: number | null, 
/**
 * Whether the answer was streamed with chunk events.
 */
streamed: boolean, 
/**
 * Token counts.
 */
usage: Usage | null, 
/**
 * What it cost.
 */
cost_usd: number | null, 
/**
 * Whether it has started and not ended.
 */
running: boolean, 
/**
 * Its number among the calls, from 1.
 */
number: number, 
/**
 * How many calls there are.
 */
of: number, } | { "row": "frame", 
/**
 * The message.
 */
message: MessageView, } | { "row": "tools", 
/**
 * The tools.
 */
tools: Array<ToolDefinition>, } | { "row": "history", 
/**
 * How many.
 */
count: number, 
/**
 * Messages that came with this call.
 */
fresh: number, 
/**
 * Tool results that came with this call; they stand at the call that asked for them.
 */
results: number, 
/**
 * Indices of the request's messages that stand below.
 */
known: Array<number>, } | { "row": "message", 
/**
 * The message.
 */
message: MessageView, 
/**
 * Whether it is new in a call that repeats others.
 */
fresh: boolean, 
/**
 * What is said beside it, when it is an answer.
 */
answer: Answer | null, } | { "row": "value", 
/**
 * `Input` or `Output`.
 */
title: string, 
/**
 * Text or JSON.
 */
value: JsonValue, } | { "row": "step", 
/**
 * What it is called.
 */
name: string, 
/**
 * What kind of work it did.
 */
kind: Kind, 
/**
 * How long it took.
 */
duration_ns: number, 
/**
 * How many steps it stands for, one after the other and alike, of which nothing was told: their durations are summed up.
 */
alike: number, 
/**
 * Whether it failed.
 */
failed: boolean, 
/**
 * What it was given.
 */
input: JsonValue | null, 
/**
 * What it answered.
 */
output: JsonValue | null, } | { "row": "error", 
/**
 * The error.
 */
error: ErrorInfo, } | { "row": "missing", 
/**
 * Why, and what to set to see it.
 */
why: WhyBlank | null, } | { "row": "cut", 
/**
 * What it cut.
 */
cut: Cut, 
/**
 * Whether it is the answer that was cut; else it is what was asked.
 */
of_answer: boolean, } | { "row": "silent", 
/**
 * Whether it may still come.
 */
running: boolean, });
/**
 * The rows of a transcript from one place on.
 */
export type TranscriptWindow = { 
/**
 * The version of the trace it was made of.
 */
version: number, 
/**
 * Messages in all: those of the rows, and those that only brought results of tool calls.
 */
messages: number, 
/**
 * Rows in all.
 */
rows_total: number, 
/**
 * The first row of `rows`.
 */
from: number, 
/**
 * The rows.
 */
rows: Array<TranscriptRow>, 
/**
 * Where the row stands that was asked for.
 */
found: number | null, };
/**
 * Where words stand in a transcript.
 */
export type Found = { 
/**
 * The version of the trace it was looked for in.
 */
version: number, 
/**
 * The rows that hold them, at most 10,000.
 */
rows: Array<number>, 
/**
 * Whether there are more.
 */
more: boolean, };
/**
 * What a row of a JSON tree shows.
 */
export type JsonKind = "null" | "boolean" | "number" | "string" | "array" | "object" | "line";
/**
 * What a value is called in the list or object that holds it.
 */
export type JsonKey = number | string;
/**
 * A row of a JSON tree.
 */
export type JsonTreeRow = { 
/**
 * The places of the value and of those around it among their siblings, from 0 and the outermost first, such as `0/12/3`.
 */
place: string, 
/**
 * The value's JSON pointer.
 */
pointer: string, 
/**
 * How many lists and objects are around it, the outermost not counted.
 */
depth: number, 
/**
 * `None` = it is a line of a text.
 */
key: JsonKey | null, 
/**
 * What it shows.
 */
kind: JsonKind, 
/**
 * The value, a list or object in brief, or a line.
 */
text: string, 
/**
 * Whether it can be opened.
 */
opens: boolean, 
/**
 * Whether it is open.
 */
open: boolean, 
/**
 * Values of a list or object, bytes of a text.
 */
size: number, };
/**
 * Some rows of a JSON tree.
 */
export type JsonTreeRows = { 
/**
 * Rows in all.
 */
rows_total: number, 
/**
 * The first row of `rows`.
 */
from: number, 
/**
 * The rows.
 */
rows: Array<JsonTreeRow>, 
/**
 * The places that are open, as they were asked for; else those that are open at first.
 */
open: Array<string>, 
/**
 * Where the row stands that was asked for.
 */
found: number | null, };
/**
 * Where words stand in a JSON text.
 */
export type JsonHits = { 
/**
 * The places of the values they stand in or whose keys they stand in, at most 2,000.
 */
places: Array<string>, 
/**
 * Whether there are more.
 */
more: boolean, };
/**
 * A pause between two chunks that is far longer than usual.
 */
export type Stall = { 
/**
 * The place in `items` of the chunk that ended it.
 */
item: number, 
/**
 * How long it was.
 */
gap_ns: number, };
/**
 * How even a stream was: gaps between chunks, nearest-rank percentiles.
 */
export type Gaps = { 
/**
 * Half of the gaps are at most this long.
 */
p50_ns: number, 
/**
 * 95 % of the gaps are at most this long.
 */
p95_ns: number, 
/**
 * The longest.
 */
max_ns: number, 
/**
 * Gaps over four times the 95th percentile or over one second, longest first, at most 20.
 */
stalls: Array<Stall>, };
/**
 * A streamed call in the list of a trace's streams.
 */
export type StreamRow = { 
/**
 * The span.
 */
span_id: string, 
/**
 * What the span is called.
 */
name: string, 
/**
 * The model that answered (else that was asked).
 */
model: string | null, 
/**
 * Chunk events received.
 */
chunks: number, 
/**
 * Chunk events the sender left out.
 */
dropped_chunks: number, 
/**
 * To the first chunk; `None` = unknown.
 */
time_to_first_chunk_ns: number | null, 
/**
 * See [`longest_silence_ns`].
 */
longest_silence_ns: number | null, 
/**
 * Start, from the trace's start.
 */
start_ns: number, 
/**
 * From start to end of the span.
 */
duration_ns: number, };
/**
 * The head of a tool call that arrived in pieces.
 */
export type StreamedToolCall = { 
/**
 * The choice.
 */
choice: number, 
/**
 * Which tool call of the choice.
 */
tool_call: number, 
/**
 * The call's id.
 */
id: string | null, 
/**
 * The tool.
 */
name: string | null, };
/**
 * One streamed answer.
 */
export type StreamView = { 
/**
 * The span.
 */
span_id: string, 
/**
 * From start to end of the span.
 */
duration_ns: number, 
/**
 * Chunk events received.
 */
chunks: number, 
/**
 * Chunk events the sender left out.
 */
dropped_chunks: number, 
/**
 * To the first chunk; `None` = unknown.
 */
time_to_first_chunk_ns: number | null, 
/**
 * Where that was read from.
 */
time_to_first_chunk_source: string | null, 
/**
 * Output tokens per second from the first chunk to the last, when both are known.
 */
tokens_per_second: number | null, 
/**
 * How even the stream was.
 */
gaps: Gaps, 
/**
 * Of a span that failed, from its last chunk to its end; `None` = it did not fail, or no chunk of it is here.
 */
silent_end_ns: number | null, 
/**
 * The text deltas of choice 0, joined.
 */
text: string, 
/**
 * The chunks, in the sender's order.
 */
items: Array<Chunk>, 
/**
 * The tool calls being assembled: `(choice, tool call)` of a chunk point to these.
 */
tool_calls: Array<StreamedToolCall>, 
/**
 * The answer as the span shows it.
 */
output: Array<Message>, 
/**
 * Token counts.
 */
usage: Usage | null, 
/**
 * Whether the head of the stream was left out by the sender.
 */
head_dropped: boolean, };
/**
 * What became of a tool call.
 */
export type ToolCallState = "ok" | "error" | "no_result" | "not_asked";
/**
 * One call of a tool.
 */
export type ToolCallRow = { 
/**
 * Names the call, stable while the trace grows.
 */
key: string, 
/**
 * The call's id.
 */
id: string | null, 
/**
 * What became of it.
 */
state: ToolCallState, 
/**
 * The model call that asked for it.
 */
asked_by: string | null, 
/**
 * The span that executed it; `None` = the trace has no span for it.
 */
executed_by: string | null, 
/**
 * What the tool was given.
 */
arguments: JsonValue, 
/**
 * What came back.
 */
result: JsonValue | null, 
/**
 * What went wrong.
 */
error: string | null, 
/**
 * Start of the execution (else of the call that asked), from the trace's start.
 */
start_ns: number, 
/**
 * How long the execution took.
 */
duration_ns: number | null, 
/**
 * How many calls before it gave the tool the same arguments: an agent that goes round in circles.
 */
repeats: number, };
/**
 * A tool without its calls.
 */
export type ToolHead = { 
/**
 * Its name.
 */
name: string, 
/**
 * What it is for.
 */
description: string | null, 
/**
 * The JSON schema of its arguments.
 */
parameters: JsonValue | null, 
/**
 * How many model calls offered it; 0 = called without being offered in the telemetry.
 */
offered: number, 
/**
 * How many calls of it there are.
 */
calls: number, 
/**
 * How many of them failed.
 */
failed: number, 
/**
 * How many of them gave it the arguments of one before.
 */
repeated: number, 
/**
 * How long the longest of several took; `None` = fewer than two are known.
 */
longest_ns: number | null, 
/**
 * Whether there are several calls and no model asked for any of them.
 */
unasked: boolean, 
/**
 * Whether there are several calls and no span executed any of them.
 */
spanless: boolean, };
/**
 * What a row shows.
 */
export type ToolLine = { "row": "tool", 
/**
 * The tool.
 */
tool: ToolHead, } | { "row": "call", 
/**
 * The call.
 */
call: ToolCallRow, 
/**
 * See [`ToolHead::unasked`]: it is said at the tool, once.
 */
unasked: boolean, 
/**
 * See [`ToolHead::spanless`].
 */
spanless: boolean, };
/**
 * A row of the tools of a trace.
 */
export type ToolsRow = { 
/**
 * Names the row, stable while the trace grows.
 */
key: string, } & ({ "row": "tool", 
/**
 * The tool.
 */
tool: ToolHead, } | { "row": "call", 
/**
 * The call.
 */
call: ToolCallRow, 
/**
 * See [`ToolHead::unasked`]: it is said at the tool, once.
 */
unasked: boolean, 
/**
 * See [`ToolHead::spanless`].
 */
spanless: boolean, });
/**
 * The rows of the tools of a trace from one place on.
 */
export type ToolsWindow = { 
/**
 * The version of the trace it was made of.
 */
version: number, 
/**
 * Tools in all.
 */
tools: number, 
/**
 * Tools that nobody called.
 */
unused: number, 
/**
 * Calls in all.
 */
calls: number, 
/**
 * Calls that failed.
 */
failed: number, 
/**
 * Calls that no span executed.
 */
spanless: number, 
/**
 * Executions that no model call asked for.
 */
unasked: number, 
/**
 * Rows in all.
 */
rows_total: number, 
/**
 * The first row of `rows`.
 */
from: number, 
/**
 * Where the row is around which the window was asked for; `None` = it is not there, or none was.
 */
found: number | null, 
/**
 * The rows: each tool, then its calls.
 */
rows: Array<ToolsRow>, };
/**
 * What the roll-up did with a span's usage.
 */
export type Counted = "counted" | "repeats_children" | "same_call" | "not_reported";
/**
 * One line of the ledger: a span that is a call or reports usage.
 */
export type LedgerRow = { 
/**
 * The span.
 */
span_id: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * What kind of work it did.
 */
kind: Kind, 
/**
 * How many ancestors it has.
 */
depth: number, 
/**
 * The model that answered (else that was asked).
 */
model: string | null, 
/**
 * What it reported.
 */
usage: Usage | null, 
/**
 * What of it is in the total: for a call that another span repeats in part, the difference.
 */
added: Usage | null, 
/**
 * What it cost: as reported, else as its tokens are priced.
 */
cost_usd: number | null, 
/**
 * What it adds to the trace's cost; `None` = nothing, or unknown.
 */
cost_added: number | null, 
/**
 * Where the cost was read from: `dialect:key`, or `prices:<model>@<day>` for the shipped price of a model and
 * `prices.json:<model>` for one of the user's own.
 */
cost_source: string | null, 
/**
 * What a million of its tokens cost, where its cost is computed.
 */
rates: Rates | null, 
/**
 * Whether the total would be more if anybody knew what it cost: its tokens have no price, or are not told.
 */
cost_missing: boolean, 
/**
 * What the roll-up did with it.
 */
counted: Counted, 
/**
 * Why, in a sentence.
 */
why: string, 
/**
 * Where the counts were read from.
 */
source: string | null, 
/**
 * Start, from the trace's start.
 */
start_ns: number, 
/**
 * Its number among the calls in order of time, from 1; `None` = it is no call, or stands for those below it.
 */
number: number | null, };
/**
 * What of the totals is one model's.
 */
export type ModelTotal = { 
/**
 * The model that answered (else that was asked), as recorded; `None` = not recorded.
 */
model: string | null, 
/**
 * Who runs it, in one word where the recorded one is known.
 */
provider: string | null, 
/**
 * Spans whose tokens or cost count, and calls of which both are unknown.
 */
spans: number, 
/**
 * Their tokens.
 */
usage: Usage | null, 
/**
 * Their cost, as far as it is known.
 */
cost_usd: number | null, 
/**
 * How many of them have no known cost.
 */
cost_missing: number, };
/**
 * A number that is told of a row.
 */
export type Column = "input" | "cached" | "written" | "output" | "reasoning" | "total" | "cost";
/**
 * The rows of a ledger from one place on.
 */
export type LedgerWindow = { 
/**
 * The version of the trace it was made of.
 */
version: number, 
/**
 * The sum of all `added`; `None` = nobody reported any.
 */
total: Usage | null, 
/**
 * The sum of all `cost_added`; `None` = unknown.
 */
cost_usd: number | null, 
/**
 * The totals model by model, the most tokens first.
 */
models: Array<ModelTotal>, 
/**
 * The columns in which anybody reported anything; input, output, total and cost always.
 */
columns: Array<Column>, 
/**
 * Rows in the totals.
 */
counted: number, 
/**
 * Rows in all.
 */
rows_total: number, 
/**
 * The first row of `rows`.
 */
from: number, 
/**
 * The rows, in tree order.
 */
rows: Array<LedgerRow>, };
/**
 * A line of a sum: one call, or several of one name that told the same number.
 */
export type Addend = { 
/**
 * The first of them.
 */
span_id: string, 
/**
 * What they are called.
 */
name: string, 
/**
 * Their numbers, as the first and the last of each stretch that follow each other; at most nine.
 */
numbers: Array<[number, number]>, 
/**
 * What each of them told.
 */
value: number, 
/**
 * How many there are.
 */
times: number, };
/**
 * A row that told a number that is not added.
 */
export type LeftOut = { 
/**
 * The span.
 */
span_id: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * What it told.
 */
value: number, 
/**
 * Why it is not added, in a sentence.
 */
why: string, };
/**
 * A total of the ledger, taken apart.
 */
export type LedgerSum = { 
/**
 * The version of the trace it was made of.
 */
version: number, 
/**
 * The total; `None` = unknown.
 */
sum: number | null, 
/**
 * What is added, by the first row of each, at most 200.
 */
addends: Array<Addend>, 
/**
 * How many more there are, and what they add up to.
 */
more: number, 
/**
 * See `more`.
 */
more_sum: number, 
/**
 * Rows that would be added and told no number.
 */
silent: number, 
/**
 * Rows that told a number that is not added, at most 50.
 */
left_out: Array<LeftOut>, 
/**
 * Where the numbers were read from, in order of their rows.
 */
sources: Array<string>, 
/**
 * Of the cost: what was paid for, price by price.
 */
bills: Array<Bill>, };
/**
 * What was paid at one price.
 */
export type Bill = { 
/**
 * Which price: as [`LedgerRow::cost_source`]; `None` = the senders told the cost.
 */
source: string | null, 
/**
 * How many spans.
 */
spans: number, 
/**
 * What for; nothing where the senders told the cost.
 */
items: Array<BilledTokens>, 
/**
 * US dollars in all.
 */
usd: number, };
/**
 * What tokens are paid as, in the order they are told.
 */
export type Billed = "input" | "cache_read" | "cache_write" | "cache_write_hour" | "output";
/**
 * Tokens of one price.
 */
export type BilledTokens = { 
/**
 * What they are paid as.
 */
billed: Billed, 
/**
 * How many; below 0 where all that was added says how much of another's input was cached.
 */
tokens: number, 
/**
 * US dollars per million.
 */
rate: number, 
/**
 * US dollars.
 */
usd: number, };
/**
 * The tokens of one call.
 */
export type CallBar = { 
/**
 * The call.
 */
span_id: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * Its number among the calls, from 1.
 */
number: number, 
/**
 * Input tokens.
 */
input: number, 
/**
 * Input tokens that were read from a cache; `None` = not told.
 */
cached: number | null, 
/**
 * Output tokens.
 */
output: number, };
/**
 * An agent whose context grew.
 */
export type AgentCalls = { 
/**
 * What it is called.
 */
name: string, 
/**
 * How many calls it made.
 */
calls: number, };
/**
 * What is drawn of a ledger as bars.
 */
export type LedgerChart = { 
/**
 * The version of the trace it was made of.
 */
version: number, 
/**
 * The tokens of the latest calls, at most 240; none where fewer than two rows count tokens.
 */
bars: Array<CallBar>, 
/**
 * The agents whose context grew, at most 500.
 */
agents: Array<AgentCalls>, 
/**
 * Which of them is told.
 */
agent: number, 
/**
 * Its latest calls, at most 500; `None` = no agent's context grew.
 */
context: AgentContext | null, };
/**
 * Whose a piece of text is.
 */
export type Whose = "both" | "a" | "b";
/**
 * A piece of two texts.
 */
export type Run = { 
/**
 * Whose it is.
 */
whose: Whose, 
/**
 * The piece.
 */
text: string, };
/**
 * One of the traces.
 */
export type Compared = { 
/**
 * The trace in one row.
 */
row: TraceRow, 
/**
 * Where its time went.
 */
shares: Shares, 
/**
 * The spans whose answers were streamed with chunk events.
 */
streams: Array<string>, };
/**
 * A span of one of the traces.
 */
export type StepSide = { 
/**
 * The span.
 */
span_id: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * What kind of work it did.
 */
kind: Kind, 
/**
 * How many ancestors it has.
 */
depth: number, 
/**
 * How long it took, in nanoseconds.
 */
duration_ns: number, 
/**
 * Tokens in.
 */
input_tokens: number | null, 
/**
 * Tokens out.
 */
output_tokens: number | null, 
/**
 * What it cost in US dollars.
 */
cost_usd: number | null, 
/**
 * The error's first line.
 */
error: string | null, };
/**
 * What of two traces a text belongs to.
 */
export type ComparedPart = "prompts" | "tools" | "answers";
/**
 * A text of a step, in both traces or in one.
 */
export type ComparedText = { 
/**
 * Which: `system`, `user`, `assistant`, `reasoning`, `tool call`, `tool result`, `arguments`, `result`, `input`, `output` …
 */
what: string, 
/**
 * What it belongs to.
 */
part: ComparedPart, 
/**
 * Whether it is in the first trace.
 */
in_a: boolean, 
/**
 * Whether it is in the second.
 */
in_b: boolean, 
/**
 * What it says, whose each piece is.
 */
runs: Array<Run>, 
/**
 * Whether only its beginning was compared.
 */
cut: boolean, };
/**
 * A step of one trace, or one of each.
 */
export type Step = { 
/**
 * The first trace's span.
 */
a: StepSide | null, 
/**
 * The second's.
 */
b: StepSide | null, 
/**
 * What is said in it: all of it where only one trace has it, else what differs.
 */
texts: Array<ComparedText>, 
/**
 * Texts of it that both have and that are the same.
 */
alike: number, };
/**
 * A setting of model calls that differs.
 */
export type ComparedSetting = { 
/**
 * Which: `model`, or a parameter's name.
 */
name: string, 
/**
 * In the first trace; `None` = not set.
 */
a: string | null, 
/**
 * In the second.
 */
b: string | null, };
/**
 * Two traces side by side.
 */
export type Compare = { 
/**
 * The first trace.
 */
a: Compared, 
/**
 * The second.
 */
b: Compared, 
/**
 * The steps, aligned.
 */
steps: Array<Step>, 
/**
 * Steps that are not shown.
 */
more_steps: number, 
/**
 * Steps that stand in both.
 */
common_steps: number, 
/**
 * Settings of calls that stand in both and differ, each once.
 */
settings: Array<ComparedSetting>, };
/**
 * Why nothing was recorded of what was said, and what brings it.
 */
export type WhyBlank = { 
/**
 * Whether what went in is missing.
 */
input: boolean, 
/**
 * Whether what came out is missing.
 */
output: boolean, 
/**
 * The library that sends.
 */
library: string, 
/**
 * What keeps the text back, in a sentence.
 */
why: string, 
/**
 * What to set in the sending program, to be copied; `None` = nothing can be set.
 */
set: string | null, };
/**
 * What the sender cut short. What is there of it is shown, and nothing is added.
 */
export type Cut = { 
/**
 * Whether there was more of what went in.
 */
input: boolean, 
/**
 * Whether there was more of what came out.
 */
output: boolean, 
/**
 * The attributes that were cut, in the order sent; of events and log records their names. Empty where only a mark in the text tells.
 */
keys: Array<string>, };
/**
 * What a million tokens cost, in US dollars.
 */
export type Rates = { 
/**
 * Input tokens.
 */
input: number, 
/**
 * Output tokens; `None` for a model that has no output, such as an embedding.
 */
output: number | null, 
/**
 * Input tokens read from a cache; `None` = like other input.
 */
cache_read: number | null, 
/**
 * Input tokens written to a cache (for the shortest time offered); `None` = like other input.
 */
cache_write: number | null, };
/**
 * What a call with a long input costs: all of it, and not only what exceeds the bound.
 */
export type Above = { 
/**
 * It holds for calls with more input tokens than this.
 */
input_tokens: number, 
/**
 * Input tokens.
 */
input: number, 
/**
 * Output tokens; `None` for a model that has no output, such as an embedding.
 */
output: number | null, 
/**
 * Input tokens read from a cache; `None` = like other input.
 */
cache_read: number | null, 
/**
 * Input tokens written to a cache (for the shortest time offered); `None` = like other input.
 */
cache_write: number | null, };
/**
 * One price.
 */
export type Price = { 
/**
 * The models' names, without provider and date. In an own entry `*` stands for anything.
 */
models: Array<string>, 
/**
 * Whose models they are. An own entry without one holds whoever runs the model.
 */
provider: string | null, 
/**
 * The rates of calls with a long input.
 */
above: Above | null, 
/**
 * Whether it is one of the user's own.
 */
own: boolean, 
/**
 * Input tokens.
 */
input: number, 
/**
 * Output tokens; `None` for a model that has no output, such as an embedding.
 */
output: number | null, 
/**
 * Input tokens read from a cache; `None` = like other input.
 */
cache_read: number | null, 
/**
 * Input tokens written to a cache (for the shortest time offered); `None` = like other input.
 */
cache_write: number | null, };
/**
 * The shipped prices of one provider.
 */
export type PriceSource = { 
/**
 * The provider.
 */
provider: string, 
/**
 * Who else runs these models at these prices.
 */
also: Array<string>, 
/**
 * The page the prices stand on.
 */
source: string, 
/**
 * Whether the prices hold only where a span names the provider: others run models of these names too.
 */
named_only: boolean, };
/**
 * Asks for rows of the tree that a long text is.
 */
export type JsonTreeQuery = { 
/**
 * Where the text stands in its answer.
 */
pointer: string, 
/**
 * The row of a transcript that the pointer leads into.
 */
row: string | null, 
/**
 * The first row, from 0.
 */
from: number, 
/**
 * How many rows, at most 400.
 */
rows: number, 
/**
 * The places that are open, at most 10,000; left out = the outermost.
 */
open: Array<string> | null, 
/**
 * A place that is to be in the middle of the rows, whatever is closed around it.
 */
reveal: string | null, 
/**
 * Words to look for.
 */
find: string | null, 
/**
 * A place whose whole value is asked for.
 */
value: string | null, };
/**
 * Rows of the tree that a long text is.
 */
export type JsonTree = { 
/**
 * Where the words stand that were looked for.
 */
hits: JsonHits | null, 
/**
 * The value that was asked for: what a text says, or JSON as it was sent.
 */
value: string | null, 
/**
 * Rows in all.
 */
rows_total: number, 
/**
 * The first row of `rows`.
 */
from: number, 
/**
 * The rows.
 */
rows: Array<JsonTreeRow>, 
/**
 * The places that are open, as they were asked for; else those that are open at first.
 */
open: Array<string>, 
/**
 * Where the row stands that was asked for.
 */
found: number | null, };
/**
 * What tokens cost.
 */
export type PriceTable = { 
/**
 * The day the shipped prices were read.
 */
as_of: string, 
/**
 * Where they were read.
 */
read_from: string, 
/**
 * The providers of the shipped prices and the pages these stand on.
 */
sources: Array<PriceSource>, 
/**
 * The prices: the user's own first, then the shipped ones.
 */
prices: Array<Price>, 
/**
 * The file of the user's own prices; it need not be there.
 */
file: string, 
/**
 * Its text, to be edited; empty when it is not there.
 */
own: string, 
/**
 * What is wrong with the file; `None` = nothing.
 */
problem: string | null, };
/**
 * The user's own prices, to be kept.
 */
export type KeepPrices = { 
/**
 * The file's new text.
 */
own: string, 
/**
 * The text it has: what was changed by somebody else meanwhile is not lost.
 */
instead_of: string, };
/**
 * The settings; what is absent is as the program has it.
 */
export type Settings = { 
/**
 * Where OTLP over HTTP is listened for: a port, an address of this machine, or `off`.
 */
otlp_http: string | null, 
/**
 * The same of OTLP over gRPC.
 */
otlp_grpc: string | null, 
/**
 * The same of what programs send a Datadog agent.
 */
datadog: string | null, 
/**
 * The same of dogstatsd metrics.
 */
dogstatsd: string | null, 
/**
 * The same of Zipkin's own port.
 */
zipkin: string | null, 
/**
 * How much is kept before the oldest traces go, such as `2GB`.
 */
max_size: string | null, };
/**
 * What a person set for the program as a whole; it holds from the next start.
 */
export type SettingsNow = { 
/**
 * The file; it need not be there.
 */
file: string, 
/**
 * What it says.
 */
settings: Settings, 
/**
 * What is wrong with the file, in a sentence; `None` = nothing.
 */
problem: string | null, };
/**
 * One listener.
 */
export type Endpoint = { 
/**
 * `otlp_http`, `otlp_grpc`, `zipkin`, `datadog`, `datadog_socket` or `dogstatsd`.
 */
name: string, 
/**
 * Its address, such as `http://127.0.0.1:4318`; `None` when it is off or could not be bound.
 */
url: string | null, 
/**
 * The port asked for.
 */
wanted_port: number | null, 
/**
 * The port bound.
 */
port: number | null, 
/**
 * What is odd about it, in a sentence: who holds the wanted port, which address family is missing.
 */
problem: string | null, };
/**
 * A request that was refused.
 */
export type Refusal = { 
/**
 * When, milliseconds since 1970.
 */
time_unix_ms: number, 
/**
 * What was asked, such as `POST /v1/traces`.
 */
request: string, 
/**
 * The HTTP or gRPC status it was answered with.
 */
status: string, 
/**
 * Why, and what to do.
 */
reason: string, };
/**
 * What was passed on since the program started, and what was not.
 */
export type Forwarding = { 
/**
 * The endpoint, without credentials.
 */
endpoint: string, 
/**
 * What is passed on: `traces`, `logs`, `metrics`.
 */
signals: Array<string>, 
/**
 * Requests the endpoint took in.
 */
requests: number, 
/**
 * Spans, log records and data points it took in.
 */
delivered: number, 
/**
 * Spans, log records and data points it refused for good.
 */
refused: number, 
/**
 * Spans, log records and data points that were not queued: the queue was full, or could not be written.
 */
not_queued: number, 
/**
 * Bytes that wait on disk.
 */
waiting_bytes: number, 
/**
 * Why the last delivery did not succeed, or the last request was not queued; `None` = all is well.
 */
problem: string | null, };
/**
 * What was received since the program started.
 */
export type Received = { 
/**
 * Requests accepted.
 */
requests: number, 
/**
 * Requests refused.
 */
refused: number, 
/**
 * Spans stored.
 */
spans: number, 
/**
 * Spans left out of accepted requests.
 */
rejected_spans: number, 
/**
 * Log records stored.
 */
logs: number, 
/**
 * Metric data points received.
 */
metric_points: number, 
/**
 * Metric data points that were left out: of too many series, or in datagrams that came faster than they could be read.
 */
dropped_metric_points: number, };
/**
 * How far reading again what another version of the program read has come.
 */
export type ReadingAgain = { 
/**
 * Traces that were read again since the program started.
 */
done: number, 
/**
 * Traces that another version of the program had read when it started.
 */
of: number, };
/**
 * How far the reading of a trace is.
 */
export type ReadSoFar = { 
/**
 * Spans that were read.
 */
read: number, 
/**
 * Spans that are to be read, those included.
 */
of: number, };
/**
 * The program's state: what the set-up page and the live dot show.
 */
export type Status = { 
/**
 * The program's version.
 */
version: string, 
/**
 * Where the data is.
 */
data_dir: string, 
/**
 * The listeners.
 */
endpoints: Array<Endpoint>, 
/**
 * Traces stored.
 */
traces: number, 
/**
 * Spans stored.
 */
spans: number, 
/**
 * Bytes the store takes on disk, the search index included.
 */
stored_bytes: number, 
/**
 * Bytes that databases take beside it which are kept aside, damaged ones or those of an older version: they may be deleted.
 */
aside_bytes: number, 
/**
 * Spans the search index does not cover yet: they are searched too, only slower.
 */
unindexed_spans: number, 
/**
 * What was received since the program started.
 */
received: Received, 
/**
 * The latest refused requests, newest first, at most 20.
 */
refusals: Array<Refusal>, 
/**
 * The files that the window was asked to open since it started, the latest first, at most 20.
 */
opened: Array<OpenedFile>, 
/**
 * What is wrong with the store, in a sentence that says what to do; `None` = all is well.
 */
problem: string | null, 
/**
 * Whether what is there can only be looked at: nothing is received, imported or deleted.
 */
read_only: boolean, 
/**
 * What is passed on to another endpoint; `None` = nothing is, and nothing leaves the machine.
 */
forwarding: Forwarding | null, 
/**
 * The file with the token that senders of OTLP must know; `None` = they need none.
 */
token_file: string | null, 
/**
 * How far reading again what another version of the program read has come; `None` = there is nothing to read again.
 */
reading_again: ReadingAgain | null, };
/**
 * What a series is about.
 */
export type About = { 
/**
 * The program.
 */
service: string | null, 
/**
 * The model that answered, else the one that was asked for.
 */
model: string | null, 
/**
 * The operation or address.
 */
endpoint: string | null, };
/**
 * The numbers of one slice of time.
 */
export type MetricPoint = { 
/**
 * The start of the slice, in seconds since 1970.
 */
time_unix: number, 
/**
 * How many numbers there were.
 */
count: number, 
/**
 * All of them together.
 */
sum: number, 
/**
 * The smallest, when known.
 */
min: number | null, 
/**
 * The largest, when known.
 */
max: number | null, 
/**
 * The latest.
 */
last: number, };
/**
 * Numbers under one name with the same labels.
 */
export type MetricSeries = { 
/**
 * The name as sent.
 */
name: string, 
/**
 * The unit, such as `ns`, `s` or `{token}`; empty when unknown.
 */
unit: string, 
/**
 * Whether a number is how much there is now; otherwise numbers are counted.
 */
is_level: boolean, 
/**
 * What it is about.
 */
about: About, 
/**
 * All labels as sent.
 */
labels: { [key in string]: string }, 
/**
 * The numbers, oldest first; at most the latest 1,440 slices.
 */
points: Array<MetricPoint>, };
/**
 * Metrics.
 */
export type Metrics = { 
/**
 * The series, by name; at most 500.
 */
series: Array<MetricSeries>, 
/**
 * How many more there are.
 */
left_out: number, 
/**
 * How long a point is, in seconds.
 */
slice_seconds: number, };
/**
 * Where a text of the filter stands in a trace.
 */
export type Hit = { 
/**
 * The span; `None` when it is a log record that names none.
 */
span_id: string | null, 
/**
 * What the span or the log record is called.
 */
name: string, 
/**
 * What kind of work the span did.
 */
kind: Kind, 
/**
 * Whether a message of the span says it, so that its conversation shows it.
 */
said: boolean, 
/**
 * Where in it: a message's role, `tool call`, `tool result`, or the name of an attribute.
 */
place: string, 
/**
 * What stands before it, on one line.
 */
before: string, 
/**
 * What was found, as it is written there.
 */
text: string, 
/**
 * What stands after it.
 */
after: string, };
/**
 * A page of the trace list, newest first.
 */
export type TraceList = { 
/**
 * The traces.
 */
rows: Array<TraceRow>, 
/**
 * Where the texts of the filter stand, by trace: as many places as were asked for.
 */
hits?: { [key in string]: Array<Hit> }, 
/**
 * Pass as `before` for the next page; `None` = this is the last one. With a filter, a page may hold less than was asked
 * for, even nothing, and not be the last one: looking for more took too long for one answer.
 */
next: string | null, 
/**
 * How many traces there are.
 */
total: number, 
/**
 * The change sequence this page is at least as new as.
 */
seq: number, };
/**
 * What a completion is.
 */
export type CompletionKind = "key" | "value";
/**
 * A way to go on.
 */
export type Completion = { 
/**
 * What is written.
 */
text: string, 
/**
 * What it asks, or how often it was seen.
 */
note: string, 
/**
 * What it is.
 */
kind: CompletionKind, };
/**
 * Ways to go on writing a filter.
 */
export type Completions = { 
/**
 * Where what is offered begins in the filter, in characters.
 */
from: number, 
/**
 * Where it ends.
 */
to: number, 
/**
 * What is offered, the likeliest first.
 */
items: Array<Completion>, };
/**
 * Traces, by their ids.
 */
export type TraceIds = { 
/**
 * 32 hexadecimal digits each, at most 10,000 of them.
 */
trace_ids: Array<string>, };
/**
 * How many there were.
 */
export type Deleted = { 
/**
 * Traces that were deleted.
 */
traces: number, };
/**
 * What changed after a sequence number.
 */
export type Changes = { 
/**
 * Pass as `since` the next time.
 */
seq: number, 
/**
 * The traces that changed, each once; empty when nothing did within the wait.
 */
traces: Array<string>, 
/**
 * Too many changed to name: read everything again.
 */
all: boolean, };
/**
 * A file that was opened.
 */
export type OpenedFile = { 
/**
 * Names it among those since the program started.
 */
id: number, 
/**
 * The file's name without its folder.
 */
name: string, 
/**
 * Whether it is still being read.
 */
running: boolean, 
/**
 * Whether it was stopped before all of it was read.
 */
stopped: boolean, 
/**
 * How large it is, in bytes.
 */
bytes: number, 
/**
 * How many of its bytes were read so far.
 */
bytes_read: number, 
/**
 * Spans and log records of it that were taken in so far.
 */
taken: number, 
/**
 * Spans of it that were there before, so far.
 */
known: number, 
/**
 * Its first trace.
 */
trace_id: string | null, 
/**
 * Why it, or how much of it, was not taken in, in a sentence; `None` = all of it was.
 */
problem: string | null, };
/**
 * Which rows of a timeline to answer with.
 */
export type TimelineQuery = { 
/**
 * The first row.
 */
from: number, 
/**
 * How many rows, at most 2,000.
 */
rows: number, 
/**
 * Spans whose children are hidden.
 */
collapsed: Array<string>, 
/**
 * Hide everything below this depth but what `expanded` names.
 */
max_depth: number | null, 
/**
 * Spans whose children are shown whatever `max_depth` says.
 */
expanded: Array<string>, 
/**
 * Answer with the window around this span and not from `from`; its ancestors are expanded.
 */
reveal: string | null, 
/**
 * Show siblings that are alike as one row, but those whose first `expanded` names.
 */
alike: boolean, 
/**
 * The stretch of time that is drawn, from the trace's start; for packed rows.
 */
from_ns: number, 
/**
 * Its end.
 */
to_ns: number, 
/**
 * How many pieces of it can be told apart.
 */
pieces: number, 
/**
 * The version of the trace whose minimap the asker has: it is not sent again.
 */
known: number | null, };
/**
 * An answer in which long texts are cut.
 */
export type Bounded<T> = { 
/**
 * The answer; a text over 64 KiB stands in it with its first 16 KiB, and shorter ones with less where there are too many.
 */
value: T, 
/**
 * The cut texts: JSON pointer into `value` → full length in bytes. The whole text is at the answer's own address
 * followed by `/text?pointer=…`.
 */
cut: Record<string, number>, };
/**
 * Some lines of a long text. A line of it over 400 bytes is several.
 */
export type TextLines = { 
/**
 * The number of the first of `lines`, from 0.
 */
from: number, 
/**
 * The lines, without their ends.
 */
lines: Array<string>, 
/**
 * Lines in all.
 */
total: number, };
/**
 * An error a person reads and a program tells apart.
 */
export type ApiError = { 
/**
 * `not_found`, `bad_request`, `forbidden`, `unavailable` or `internal`.
 */
code: string, 
/**
 * What went wrong and what to do.
 */
message: string, 
/**
 * Where in a filter it is, in characters: from, to.
 */
place?: [number, number], };
/**
 * What was made.
 */
export type Created = { 
/**
 * The trace.
 */
trace_id: string, };
/**
 * What traces are exported as.
 */
export type ExportFormat = "otlp-json" | "html" | "markdown" | "chrome";
/**
 * Which traces, and how: those that are named, or else all a filter lets through.
 */
export type ExportRequest = { 
/**
 * Ids of traces.
 */
traces: Array<string>, 
/**
 * As in the trace list.
 */
filter: string, 
/**
 * How they are written.
 */
format: ExportFormat, 
/**
 * Rules of redaction, such as `secrets,emails,attribute:user.id`; empty = nothing is taken out.
 */
redact: string, 
/**
 * A name of the asker's making, by which progress is asked for and the export is stopped; empty = neither.
 */
name: string, };
/**
 * How far an export is.
 */
export type ExportProgress = { 
/**
 * Traces that were read.
 */
done: number, 
/**
 * Traces in all.
 */
total: number, };
/**
 * Where something that goes stands.
 */
export type FoundPlace = { 
/**
 * The part of the trace and the attribute or field.
 */
place: string, 
/**
 * How often.
 */
count: number, };
/**
 * What goes out of an export by one rule.
 */
export type Finding = { 
/**
 * The word in the mark, such as `openai-key`.
 */
rule: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * How often it is taken out.
 */
count: number, 
/**
 * How many different ones there are.
 */
distinct: number, 
/**
 * The beginning of one of them, and how long it is.
 */
example: string, 
/**
 * Where they stand, the most frequent first, such as `span http.request.header.authorization`.
 */
places: Array<FoundPlace>, };
/**
 * What an export would hold, and what would be taken out of it.
 */
export type ExportPreview = { 
/**
 * How many traces.
 */
traces: number, 
/**
 * How many spans.
 */
spans: number, 
/**
 * What goes, the most frequent first.
 */
findings: Array<Finding>, };
