/** What to paste so that a program sends here. Pure: the bound addresses in, texts out. */

export interface Addresses {
  /** Such as `http://127.0.0.1:4318`. */
  http: string;
  /** Such as `http://127.0.0.1:4317`. */
  grpc: string;
  /** Where agents of Datadog are looked for; null = it is not listened to. */
  datadog: string | null;
}

export interface Snippet {
  /** The language or the way. */
  title: string;
  text: string;
  /** What else to know, in a sentence or two. */
  note: string;
}

export interface Sender {
  id: string;
  title: string;
  snippets: Snippet[];
}

/** More chunks than any answer has: SDKs keep 128 events of a span unless told otherwise. */
const EVENT_LIMIT = 'export OTEL_SPAN_EVENT_COUNT_LIMIT=100000   # keep every streamed chunk';
const SHELL = '# in the shell that starts your program';

export function senders(addresses: Addresses): Sender[] {
  const { http, grpc, datadog } = addresses;
  const traces = `${http}/v1/traces`;
  const otlp = [`export OTEL_EXPORTER_OTLP_ENDPOINT=${http}`, 'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf'];
  const shell = (...lines: string[]) => [SHELL, ...lines].join('\n');
  const capture = 'export OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true   # send message text';

  return [
    {
      id: 'mlflow',
      title: 'MLflow',
      snippets: [
        {
          title: 'Tracking',
          text: ['import mlflow', `mlflow.set_tracking_uri("${http}")`, 'mlflow.set_experiment("my-app")', 'mlflow.openai.autolog()'].join('\n'),
          note: 'Clients before 3.0 work, too. Sessions, tags, feedback and pictures come along, and mlflow.get_trace() reads back what was sent. For long streamed answers set OTEL_SPAN_EVENT_COUNT_LIMIT=100000.',
        },
        {
          title: 'OTLP',
          text: shell(
            `export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${traces}`,
            'export OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf',
            EVENT_LIMIT,
            '',
            '# in Python, once',
            'import mlflow',
            'mlflow.openai.autolog()',
          ),
          note: 'MLflow 3.6 or newer with opentelemetry-exporter-otlp-proto-http. Message text is sent by default. Without the third line only 128 chunks of a streamed answer are kept.',
        },
        {
          title: 'gRPC',
          text: shell(`export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${grpc}`, 'export OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc', EVENT_LIMIT, '', '# in Python, once', 'import mlflow', 'mlflow.openai.autolog()'),
          note: 'With opentelemetry-exporter-otlp-proto-grpc. gRPC is also what MLflow speaks when no protocol is set.',
        },
      ],
    },
    {
      id: 'otel',
      title: 'OpenTelemetry',
      snippets: [
        {
          title: 'Python',
          text: shell(...otlp, EVENT_LIMIT, capture, '', 'pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http', 'opentelemetry-bootstrap -a install', 'opentelemetry-instrument python app.py'),
          note: 'Any instrumentation that follows the GenAI conventions is read; plain spans are shown as they are.',
        },
        {
          title: 'JavaScript',
          text: shell(...otlp, EVENT_LIMIT, capture, '', 'npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node', 'node --require @opentelemetry/auto-instrumentations-node/register app.js'),
          note: 'With ES modules start with --import instead of --require.',
        },
        {
          title: 'Go',
          text: [
            SHELL,
            ...otlp,
            '',
            '// in Go, once, at the start',
            'exporter, err := otlptracehttp.New(ctx)   // reads the variables above',
            'provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))',
            'defer provider.Shutdown(ctx)',
            'otel.SetTracerProvider(provider)',
          ].join('\n'),
          note: 'go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp. Shutdown sends what is still waiting.',
        },
        {
          title: 'Java',
          text: shell(...otlp, EVENT_LIMIT, capture, '', 'java -javaagent:opentelemetry-javaagent.jar -jar app.jar'),
          note: 'The agent also sends metrics and logs: logs are joined to their spans, metrics are plotted under Metrics.',
        },
      ],
    },
    {
      id: 'openinference',
      title: 'OpenInference',
      snippets: [
        {
          title: 'Python',
          text: [
            '# pip install openinference-instrumentation-openai opentelemetry-sdk opentelemetry-exporter-otlp-proto-http',
            'from openinference.instrumentation.openai import OpenAIInstrumentor',
            'from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter',
            'from opentelemetry.sdk.trace import TracerProvider',
            'from opentelemetry.sdk.trace.export import BatchSpanProcessor',
            '',
            'provider = TracerProvider()',
            `provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter("${traces}")))`,
            'OpenAIInstrumentor().instrument(tracer_provider=provider)',
          ].join('\n'),
          note: 'The same provider serves every other OpenInference instrumentor: LangChain, LlamaIndex, DSPy, and so on.',
        },
      ],
    },
    {
      id: 'openllmetry',
      title: 'OpenLLMetry',
      snippets: [
        {
          title: 'Python',
          text: shell(`export TRACELOOP_BASE_URL=${http}`, 'export TRACELOOP_TRACE_CONTENT=true   # send message text', '', '# in Python, once', 'from traceloop.sdk import Traceloop', 'Traceloop.init(app_name="my-app", disable_batch=True)'),
          note: 'pip install traceloop-sdk. With disable_batch each span is seen as soon as it ends.',
        },
      ],
    },
    {
      id: 'vercel',
      title: 'Vercel AI SDK',
      snippets: [
        {
          title: 'Node.js',
          text: [
            SHELL,
            ...otlp,
            '',
            '// npm install @opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-proto',
            "import { NodeSDK } from '@opentelemetry/sdk-node';",
            "import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';",
            'const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter() });   // reads the variables above',
            'sdk.start();',
            '',
            '// in every call',
            "await generateText({ model, prompt, experimental_telemetry: { isEnabled: true } });",
            '',
            '// before the program ends',
            'await sdk.shutdown();',
          ].join('\n'),
          note: 'Inputs and outputs are recorded unless recordInputs or recordOutputs says no.',
        },
      ],
    },
    {
      id: 'langfuse',
      title: 'Langfuse',
      snippets: [
        {
          title: 'SDK',
          text: shell(`export LANGFUSE_BASE_URL=${http}`, `export LANGFUSE_HOST=${http}   # what older SDKs read`, 'export LANGFUSE_PUBLIC_KEY=pk-lf-any   # any keys will do', 'export LANGFUSE_SECRET_KEY=sk-lf-any'),
          note: 'SDKs of every version, 2 included. Scores and media come along.',
        },
        {
          title: 'OTLP',
          text: shell(`export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${http}/api/public/otel/v1/traces`, 'export OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf', EVENT_LIMIT),
          note: 'The Langfuse path is taken too, with any Authorization header, so only the host has to change.',
        },
      ],
    },
    {
      id: 'ddtrace',
      title: 'ddtrace',
      snippets: [
        ...(datadog === null
          ? []
          : [
              {
                title: 'Agent',
                text: shell(`export DD_TRACE_AGENT_URL=${datadog}`, 'export DD_LLMOBS_ENABLED=1 DD_LLMOBS_ML_APP=my-app   # send message text', '', 'ddtrace-run python app.py'),
                note: 'Traces, LLM Observability and its evaluations. Where no agent is named, ddtrace sends to port 8126 of this machine by itself.',
              },
            ]),
        {
          title: 'OTLP',
          text: shell('export OTEL_TRACES_EXPORTER=otlp', `export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${traces}`, 'export OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf', '', 'ddtrace-run python app.py'),
          note: 'For versions of ddtrace that can export OTLP. Message text is sent only with LLM Observability on (DD_LLMOBS_ENABLED=1).',
        },
      ],
    },
    {
      id: 'claude-code',
      title: 'Claude Code',
      snippets: [
        {
          title: 'Shell',
          text: shell(
            'export CLAUDE_CODE_ENABLE_TELEMETRY=1',
            'export CLAUDE_CODE_ENHANCED_TELEMETRY_BETA=1   # spans, not only log events',
            'export OTEL_TRACES_EXPORTER=otlp',
            'export OTEL_LOGS_EXPORTER=otlp',
            'export OTEL_LOG_USER_PROMPTS=1 OTEL_LOG_TOOL_DETAILS=1   # send what was said and done',
            ...otlp,
            '',
            'claude',
          ),
          note: 'Without the beta variable only log events are sent; a trace is made of each session of them.',
        },
      ],
    },
    {
      id: 'gemini-cli',
      title: 'Gemini CLI',
      snippets: [
        {
          title: 'Shell',
          text: shell('export GEMINI_TELEMETRY_ENABLED=true GEMINI_TELEMETRY_TARGET=local', `export GEMINI_TELEMETRY_OTLP_PROTOCOL=http GEMINI_TELEMETRY_OTLP_ENDPOINT=${http}`, '', 'gemini'),
          note: 'A trace is made of the log records of each session; what it sends as spans, too, counts once in totals.',
        },
      ],
    },
    {
      id: 'codex',
      title: 'Codex',
      snippets: [
        {
          title: 'config.toml',
          text: ['# in ~/.codex/config.toml', '[otel]', 'log_user_prompt = true   # send message text', `exporter = { otlp-http = { endpoint = "${http}/v1/logs", protocol = "binary" } }`].join('\n'),
          note: 'A trace is made of the log records of each session; what it sends as spans, too, counts once in totals.',
        },
      ],
    },
    {
      id: 'zipkin',
      title: 'Zipkin',
      snippets: [
        {
          title: 'Shell',
          text: shell('export OTEL_TRACES_EXPORTER=zipkin', `export OTEL_EXPORTER_ZIPKIN_ENDPOINT=${http}/api/v2/spans`),
          note: 'Any client that sends Zipkin’s JSON to that address. Jaeger’s clients send OTLP.',
        },
      ],
    },
    {
      id: 'run',
      title: 'For one run',
      snippets: [
        {
          title: 'Shell',
          text: 'spanglass run python app.py',
          note: 'Starts a program with the variables of OpenTelemetry, OpenLLMetry, MLflow, Langfuse, ddtrace, Claude Code and Gemini CLI set to the addresses above, lists the traces it sent, and ends as it does. It still has to be instrumented.',
        },
      ],
    },
  ];
}

/** A line in pieces, so that its comment can be set apart. `//` within an address is none. */
export function withComment(line: string): { code: string; comment: string } {
  const found = /(^|\s)(#|\/\/)\s.*$/.exec(line);
  return found ? { code: line.slice(0, found.index), comment: line.slice(found.index) } : { code: line, comment: '' };
}
