//! An engine's life: open the store, bind the ports, answer, stop.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;

use crate::api::types::Endpoint;
use crate::api::{self, App, Exporter, LastText, Receiving, Room, Running, SendTraces};
use crate::config::{Config, endpoints_file};
use crate::endpoints::{Listeners, Ports};
use crate::forward::Forward;
use crate::ingest::Ingest;
use crate::live::Live;
use crate::query::Query;
use crate::receive::{Intake, Record, Tracking};
use crate::share::OpenedFiles;
use crate::store::{self, Store, StoreError};
use crate::token::{Token, token_file};

/// How long requests that are being answered may take after "stop".
const LAST_ANSWERS: Duration = Duration::from_millis(800);

/// A running engine. Stop it with [`Engine::stop`]; dropped, it is like a killed one: nothing acknowledged is lost.
pub struct Engine {
    config: Config,
    store: Store,
    ingest: Ingest,
    query: Query,
    app: App,
    router: Router,
    listeners: Arc<Listeners>,
    token: Option<Token>,
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system refused something every start needs.
    #[error("{doing}: {error}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        error: std::io::Error,
    },
}

impl StartError {
    /// Says whether another Spanglass has the data folder open.
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Store(StoreError::InUse { .. }))
    }
}

impl Engine {
    /// Starts an engine. It listens and answers when this returns. A taken port is no error: [`Engine::endpoints`] says
    /// what is odd. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the data folder, the store, the queue of what is passed on or the token cannot be used, or a listener not be started.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        ignore_file_size_signal();
        let data_dir = std::path::absolute(&config.data_dir)
            .map_err(|error| StartError::System { doing: "finding the data folder", error })?;
        let config = Config { data_dir, ..config };
        let (config, store, ports, forward, token) = apart("opening the store", move || {
            let options = store::Options { max_bytes: Some(config.max_stored_bytes) };
            let (store, config) = match Store::open(&config.data_dir, options) {
                Err(why @ StoreError::ReadOnly { .. }) => {
                    (Store::open_to_look(&config.data_dir, &why)?, config.without_senders())
                }
                store => (store?, config),
            };
            let forward = config.forward.clone().map(|to| Forward::open(to, &config.data_dir)).transpose();
            let forward = forward
                .map_err(|error| StartError::System { doing: "opening the queue of what is passed on", error })?;
            let token = config.require_token.then(|| Token::kept_in(&config.data_dir)).transpose();
            let token = token.map_err(|error| StartError::System { doing: "keeping the token of the ports", error })?;
            let ports = Ports::bind(&config);
            Ok((config, store, ports, forward, token))
        })
        .await?;
        let live = Live::new(store.seq());
        let query = Query::new(&store);
        let ingest = Ingest::new(&store, &live).gleaned_by(query.gleaner());
        let record = Arc::new(Record::default());
        let tracking = Tracking::new(config.data_dir.clone(), Arc::new(query.clone()));
        let intake = Intake::new(ingest.clone(), record.clone(), Arc::new(tracking), forward.clone(), token.clone());
        let (stop, stopped) = watch::channel(false);

        // The Router tells of the listeners, and one of them serves the Router.
        let bound: Arc<std::sync::OnceLock<Arc<Listeners>>> = Arc::default();
        let app = App {
            query: query.clone(),
            live,
            data_dir: config.data_dir.clone(),
            assets: config.assets.clone(),
            receiving: receiving(
                bound.clone(),
                record,
                store.clone(),
                forward.clone(),
                token.is_some().then(|| token_file(&config.data_dir)),
            ),
            send_traces: sender(intake.clone()),
            exports: Running::default(),
            opened: OpenedFiles::default(),
            last_text: LastText::default(),
            room: Room::default(),
        };
        let router = api::router(app.clone());
        let mut listeners = ports
            .serve(&config, &intake, router.clone(), &stopped)
            .map_err(|error| StartError::System { doing: "starting to listen", error })?;
        let mut tasks = std::mem::take(&mut listeners.tasks);
        tasks.extend(forward.map(|forward| tokio::spawn(forward.run(stopped))));
        if let Err(error) = listeners.write_down(&config.data_dir) {
            tracing::warn!(%error, "the bound addresses could not be written down");
        }
        let listeners = Arc::new(listeners);
        let _ = bound.set(listeners.clone());
        Ok(Self { config, store, ingest, query, app, router, listeners, token, stop, tasks })
    }

    /// Returns the API and the interface's files, for use within this process.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Returns the receiving listeners.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.listeners.endpoints
    }

    /// Returns the interface's listener; `None` when it is off.
    pub fn ui(&self) -> Option<&Endpoint> {
        self.listeners.ui.as_ref()
    }

    /// Returns the interface's address with the token that lets a browser in; `None` when it is off or could not be bound.
    pub fn ui_url(&self) -> Option<&str> {
        self.listeners.ui_url.as_deref()
    }

    /// Returns the token that senders must know; `None` = they need none.
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(Token::as_str)
    }

    /// Returns the address line of `serve --json`.
    pub fn address_line(&self) -> Value {
        let mut line = self.listeners.line(&self.config.data_dir);
        line["token"] = self.token().into();
        line
    }

    /// Returns where the data is.
    pub fn data_dir(&self) -> &Path {
        &self.config.data_dir
    }

    /// Returns the way into the store, for imports.
    pub fn ingest(&self) -> &Ingest {
        &self.ingest
    }

    /// Returns the files that the window is asked to open.
    pub fn opened(&self) -> &OpenedFiles {
        &self.app.opened
    }

    /// Returns answers from the store.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Returns what writes traces to files of this machine.
    pub fn exporter(&self) -> Exporter {
        Exporter::new(self.app.clone())
    }

    /// Stops: no new requests, those being answered finish, everything handed in is on disk. Takes two seconds at most.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        // Whoever finds the data open asks there no more; the next who has it writes there.
        let _ = std::fs::remove_file(endpoints_file(&self.config.data_dir));
        self.app.exports.stop_all();
        let deadline = tokio::time::Instant::now() + LAST_ANSWERS;
        for task in self.tasks {
            let abort = task.abort_handle();
            if tokio::time::timeout_at(deadline, task).await.is_err() {
                abort.abort();
            }
        }
        let store = self.store;
        let _ = tokio::task::spawn_blocking(move || store.close()).await;
    }
}

fn receiving(
    bound: Arc<std::sync::OnceLock<Arc<Listeners>>>,
    record: Arc<Record>,
    store: Store,
    forward: Option<Forward>,
    token_file: Option<std::path::PathBuf>,
) -> Arc<dyn Fn() -> Receiving + Send + Sync> {
    Arc::new(move || {
        let (received, refusals) = record.read();
        let endpoints = bound.get().map(|listeners| listeners.endpoints.clone()).unwrap_or_default();
        let forwarding = forward.as_ref().map(Forward::state);
        Receiving {
            endpoints,
            received,
            refusals,
            problem: store.problem(),
            forwarding,
            token_file: token_file.clone(),
        }
    })
}

/// Takes in what this program made itself, from where what a listener received goes on.
fn sender(intake: Intake) -> SendTraces {
    Arc::new(move |request: Bytes| {
        let intake = intake.clone();
        Box::pin(async move { intake.accept_own(request).await })
    })
}

async fn apart<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(StartError::System { doing, error: std::io::Error::other(error) }))
}

/// A write beyond the process's file size limit (`ulimit -f`) raises a signal that kills; handled, the write fails and the
/// store says that the disk is full. A handler of the runtime's stays for the process's life.
fn ignore_file_size_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    }
}
