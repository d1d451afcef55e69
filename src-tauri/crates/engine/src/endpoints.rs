//! The listeners of a running engine: bound, started, and written down for other programs of this machine.

use std::io;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::{Router, middleware};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::api::guard::guard;
use crate::api::types::Endpoint;
use crate::config::{Config, Listen, endpoints_file};
use crate::part_file;
use crate::receive::{self, Bound, Connections, Datagrams, Intake, Limits, Stop};
use crate::token::Token;

/// Connections of the interface: a browser opens six, and a person has few browsers.
const UI_CONNECTIONS: usize = 128;

/// The listeners of a running engine.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    /// `otlp_http`, `otlp_grpc`, `datadog`, `dogstatsd`; `zipkin` and `datadog_socket` where they are asked for.
    pub(crate) endpoints: Vec<Endpoint>,
    /// The interface's address without its token.
    pub(crate) ui: Option<Endpoint>,
    /// The interface's address with the token that lets a browser in.
    pub(crate) ui_url: Option<String>,
    pub(crate) tasks: Vec<JoinHandle<()>>,
}

/// The ports of all listeners, bound and not yet answering.
pub(crate) struct Ports {
    otlp_http: Option<Result<Bound, String>>,
    otlp_grpc: Option<Result<Bound, String>>,
    datadog: Option<Result<Bound, String>>,
    zipkin: Option<Result<Bound, String>>,
    dogstatsd: Option<Result<Datagrams, String>>,
    ui: Option<Result<Bound, String>>,
}

impl Ports {
    /// Binds what the configuration names.
    pub(crate) fn bind(config: &Config) -> Self {
        let [otlp_http, otlp_grpc, datadog, zipkin, ui] = receive::bind_all([
            ("otlp-http", config.otlp_http),
            ("otlp-grpc", config.otlp_grpc),
            ("datadog", config.datadog),
            ("zipkin", config.zipkin),
            ("ui", config.ui),
        ]);
        let dogstatsd = receive::bind_udp("dogstatsd", config.dogstatsd);
        Self { otlp_http, otlp_grpc, datadog, zipkin, dogstatsd, ui }
    }

    /// Starts answering. `router` is the interface's.
    pub(crate) fn serve(self, config: &Config, intake: &Intake, router: Router, stop: &Stop) -> io::Result<Listeners> {
        let mut listeners = Listeners::default();
        let connections = Connections::new(Limits::default());
        for (name, wanted, bound) in [
            ("otlp_http", config.otlp_http, self.otlp_http),
            ("otlp_grpc", config.otlp_grpc, self.otlp_grpc),
            ("zipkin", config.zipkin, self.zipkin),
        ] {
            // Few have programs that know Zipkin's port alone; the others need no line that says it is off.
            if name == "zipkin" && wanted == Listen::Off {
                continue;
            }
            let (endpoint, sockets) = endpoint(name, wanted, bound);
            listeners.endpoints.push(endpoint);
            if let Some((port, sockets)) = sockets {
                let intake = intake.clone();
                // Beyond this machine it has names nobody here knows; there the token is what keeps pages out.
                let named = (!matches!(wanted, Listen::Beyond(_))).then_some(port);
                let answer = move |request| receive::answer(request, named, intake.clone());
                listeners.tasks.extend(receive::serve(sockets, &connections, stop.clone(), answer)?);
            }
        }
        let (dogstatsd, datagrams) = datagrams(config.dogstatsd, self.dogstatsd);
        let statsd_port = dogstatsd.port;
        let (datadog, sockets) = endpoint("datadog", config.datadog, self.datadog);
        listeners.endpoints.push(datadog);
        if let Some((port, sockets)) = sockets {
            let agent = receive::datadog::Agent { intake: intake.clone(), port: Some(port), statsd_port };
            let answer = move |request| receive::datadog::answer(request, agent.clone());
            listeners.tasks.extend(receive::serve(sockets, &connections, stop.clone(), answer)?);
        }
        if let Some(path) = &config.datadog_socket {
            let (endpoint, tasks) = socket_file(path, intake, statsd_port, &connections, stop);
            listeners.endpoints.push(endpoint);
            listeners.tasks.extend(tasks);
        }
        listeners.endpoints.push(dogstatsd);
        listeners.tasks.extend(receive::dogstatsd::serve(datagrams, intake, stop)?);
        let (ui, sockets) = endpoint("ui", config.ui, self.ui);
        if let Some((port, sockets)) = sockets {
            let token = Token::new();
            listeners.ui_url = ui.url.as_ref().map(|url| format!("{url}/?token={}", token.as_str()));
            let router =
                router.layer(middleware::from_fn(move |request, next| guard(port, token.clone(), request, next)));
            let answer = move |request: http::Request<hyper::body::Incoming>| {
                let router = router.clone();
                async move {
                    let response = router.oneshot(request.map(Body::new)).await;
                    response.unwrap_or_else(|never| match never {}).map(|body| body.map_err(Into::into).boxed_unsync())
                }
            };
            let connections = Connections::new(Limits { connections: UI_CONNECTIONS, ..Limits::default() });
            listeners.tasks.extend(receive::serve(sockets, &connections, stop.clone(), answer)?);
        }
        listeners.ui = (config.ui != Listen::Off).then_some(ui);
        Ok(listeners)
    }
}

/// Listens for what programs send a Datadog agent at a file (`DD_TRACE_AGENT_URL=unix://…`).
fn socket_file(
    path: &Path,
    intake: &Intake,
    statsd_port: Option<u16>,
    connections: &Arc<Connections>,
    stop: &Stop,
) -> (Endpoint, Vec<JoinHandle<()>>) {
    let name = "datadog_socket".to_owned();
    let mut endpoint = Endpoint { name, url: None, wanted_port: None, port: None, problem: None };
    #[cfg(unix)]
    match receive::SocketFile::bind(path) {
        Ok(socket) => {
            endpoint.url = Some(format!("unix://{}", path.display()));
            let agent = receive::datadog::Agent { intake: intake.clone(), port: None, statsd_port };
            let answer = move |request| receive::datadog::answer(request, agent.clone());
            return (endpoint, receive::serve_doors(vec![socket], connections, stop.clone(), answer));
        }
        Err(problem) => endpoint.problem = Some(problem),
    }
    #[cfg(not(unix))]
    {
        let _ = (path, intake, statsd_port, connections, stop);
        endpoint.problem = Some("this system has no sockets that are files".to_owned());
    }
    (endpoint, Vec::new())
}

fn datagrams(wanted: Listen, bound: Option<Result<Datagrams, String>>) -> (Endpoint, Vec<std::net::UdpSocket>) {
    let (mut endpoint, _) =
        endpoint("dogstatsd", wanted, bound.as_ref().and_then(|bound| Some(Err(bound.as_ref().err()?.clone()))));
    let Some(Ok((sockets, port, problem))) = bound else { return (endpoint, Vec::new()) };
    endpoint.url = Some(format!("udp://127.0.0.1:{port}"));
    endpoint.port = Some(port);
    endpoint.problem = problem;
    (endpoint, sockets)
}

type Sockets = Option<(u16, Vec<std::net::TcpListener>)>;

fn endpoint(name: &str, wanted: Listen, bound: Option<Result<Bound, String>>) -> (Endpoint, Sockets) {
    let wanted_port = match wanted {
        Listen::Off => None,
        Listen::Port(port) => Some(port),
        Listen::Beyond(address) => Some(address.port()),
    };
    let host = match wanted {
        Listen::Beyond(address) => address.ip(),
        _ => std::net::Ipv4Addr::LOCALHOST.into(),
    };
    let mut endpoint = Endpoint { name: name.into(), url: None, wanted_port, port: None, problem: None };
    match bound {
        None => (endpoint, None),
        Some(Err(problem)) => {
            tracing::info!(listener = name, problem, "not listening");
            endpoint.problem = Some(problem);
            (endpoint, None)
        }
        Some(Ok(Bound { sockets, port, problem })) => {
            if let Some(problem) = &problem {
                tracing::info!(listener = name, problem);
            }
            endpoint.url = Some(format!("http://{}", std::net::SocketAddr::new(host, port)));
            endpoint.port = Some(port);
            endpoint.problem = problem;
            (endpoint, Some((port, sockets)))
        }
    }
}

impl Listeners {
    /// Returns the address line of `serve --json`: what is off, or not built, is null.
    pub(crate) fn line(&self, data_dir: &Path) -> Value {
        let url = |name: &str| self.endpoints.iter().find(|endpoint| endpoint.name == name).and_then(|e| e.url.clone());
        json!({
            "otlp_http": url("otlp_http"),
            "otlp_grpc": url("otlp_grpc"),
            "datadog": url("datadog"),
            "datadog_socket": url("datadog_socket"),
            "dogstatsd": url("dogstatsd"),
            "zipkin": url("zipkin"),
            "ui": self.ui_url,
            "data_dir": data_dir.display().to_string(),
            "pid": std::process::id(),
        })
    }

    /// Writes the addresses down for other programs of this machine, without the token.
    pub(crate) fn write_down(&self, data_dir: &Path) -> io::Result<()> {
        let mut line = self.line(data_dir);
        line["ui"] = json!(self.ui.as_ref().and_then(|ui| ui.url.clone()));
        part_file::replace(&endpoints_file(data_dir), format!("{line}\n").as_bytes())
    }
}
