//! The engine as others see it: the real binary, started on any free port with a temporary folder, asked over its sockets and
//! its command line.

#[path = "main/app.rs"]
mod app;
#[path = "main/grpc.rs"]
mod grpc;
#[path = "main/http.rs"]
mod http;
#[path = "main/otlp.rs"]
mod otlp;
#[path = "main/upstream.rs"]
mod upstream;

#[cfg(target_os = "linux")]
#[path = "main/abuse.rs"]
mod abuse;
#[path = "main/answers.rs"]
mod answers;
#[path = "main/command_line.rs"]
mod command_line;
#[path = "main/conformance_grpc.rs"]
mod conformance_grpc;
#[path = "main/conformance_http.rs"]
mod conformance_http;
#[path = "main/crawl.rs"]
mod crawl;
#[path = "main/datadog.rs"]
mod datadog;
#[path = "main/doors.rs"]
mod doors;
#[path = "main/forward.rs"]
mod forward;
#[path = "main/frames.rs"]
mod frames;
#[path = "main/langfuse.rs"]
mod langfuse;
#[path = "main/life.rs"]
mod life;
#[path = "main/limits.rs"]
mod limits;
#[path = "main/mcp.rs"]
mod mcp;
#[path = "main/metrics.rs"]
mod metrics;
#[path = "main/mlflow.rs"]
mod mlflow;
#[path = "main/mlflow_old.rs"]
mod mlflow_old;
#[path = "main/reading_again.rs"]
mod reading_again;
#[cfg(unix)]
#[path = "main/run.rs"]
mod run;
#[cfg(unix)]
#[path = "main/sharing.rs"]
mod sharing;
#[path = "main/token.rs"]
mod token;
#[cfg(target_os = "linux")]
#[path = "main/view_only.rs"]
mod view_only;
#[path = "main/zipkin.rs"]
mod zipkin;
