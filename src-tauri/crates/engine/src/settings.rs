//! What a person set for the program as a whole, to hold from its next start: the ports and how much is kept.
//!
//! A file beside the data. Whoever starts the program reads it once, between the defaults and the flags of the command line.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::config::{Config, Listen, parse_max_size};
use crate::own_file::{self, KeepError};

/// The file's name.
const FILE: &str = "settings.json";

/// A larger file is not read.
const LARGEST: u64 = 64 << 10;

/// The settings; what is absent is as the program has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where OTLP over HTTP is listened for: a port, an address of this machine, or `off`.
    pub otlp_http: Option<String>,
    /// The same of OTLP over gRPC.
    pub otlp_grpc: Option<String>,
    /// The same of what programs send a Datadog agent.
    pub datadog: Option<String>,
    /// The same of dogstatsd metrics.
    pub dogstatsd: Option<String>,
    /// The same of Zipkin's own port.
    pub zipkin: Option<String>,
    /// How much is kept before the oldest traces go, such as `2GB`.
    pub max_size: Option<String>,
}

/// Returns where the settings of a data folder are.
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// Returns the settings of a data folder, and its configuration with them; without a file, as the program has it.
///
/// # Errors
///
/// A sentence that names the file, when it cannot be read or says what cannot be done.
pub fn load(data_dir: &Path) -> Result<(Settings, Config), String> {
    let settings = read(data_dir)?;
    let config = settings.apply(Config::new(data_dir.to_owned())).map_err(|error| left_aside(data_dir, &error))?;
    Ok((settings, config))
}

/// Returns the settings of a data folder as they are written, whether or not what they say can be done.
///
/// # Errors
///
/// A sentence that names the file, when it cannot be read.
pub fn read(data_dir: &Path) -> Result<Settings, String> {
    let text = own_file::read(&path(data_dir), LARGEST).map_err(|error| left_aside(data_dir, &error.to_string()))?;
    let Some(text) = text else { return Ok(Settings::default()) };
    serde_json::from_str(&text).map_err(|error| left_aside(data_dir, &error.to_string()))
}

fn left_aside(data_dir: &Path, error: &str) -> String {
    format!("{}: {error}. It is left aside until this is put right", path(data_dir).display())
}

/// Returns the configuration of a data folder as it is set. Settings that cannot be read change nothing; the interface says why.
pub fn configured(data_dir: PathBuf) -> Config {
    match load(&data_dir) {
        Ok((_, config)) => config,
        Err(problem) => {
            tracing::warn!("{problem}");
            Config::new(data_dir)
        }
    }
}

/// Keeps the settings of a data folder.
///
/// # Errors
///
/// When one of them says nothing that can be done, when somebody wrote a file that cannot be read, and when it cannot be written;
/// then it stays as it is.
pub fn keep(data_dir: &Path, settings: &Settings) -> Result<(), KeepError> {
    read(data_dir).map_err(|problem| KeepError::Refused(format!("{problem}, or the file is removed")))?;
    settings.apply(Config::new(data_dir.to_owned())).map_err(KeepError::Refused)?;
    own_file::keep(&path(data_dir), &serde_json::to_string_pretty(settings).unwrap_or_default())
}

impl Settings {
    /// Returns the configuration with what was set.
    ///
    /// # Errors
    ///
    /// A sentence that says what to write instead. The ports of these settings are this machine's alone.
    fn apply(&self, config: Config) -> Result<Config, String> {
        let listen = |told: &Option<String>, default: Listen| match told.as_deref().map(str::trim) {
            None | Some("") => Ok(default),
            Some(told) => {
                let listen: Result<Listen, _> = told.parse();
                listen.and_then(Listen::on_this_machine).map_err(|error| error.to_string())
            }
        };
        let size = match self.max_size.as_deref().map(str::trim) {
            None | Some("") => Ok(config.max_stored_bytes),
            Some(told) => parse_max_size(told),
        };
        Ok(Config {
            otlp_http: listen(&self.otlp_http, config.otlp_http)?,
            otlp_grpc: listen(&self.otlp_grpc, config.otlp_grpc)?,
            datadog: listen(&self.datadog, config.datadog)?,
            dogstatsd: listen(&self.dogstatsd, config.dogstatsd)?,
            zipkin: listen(&self.zipkin, config.zipkin)?,
            max_stored_bytes: size?,
            ..config
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(port: &str, size: &str) -> Settings {
        Settings { otlp_http: Some(port.to_owned()), max_size: Some(size.to_owned()), ..Settings::default() }
    }

    #[test]
    fn what_is_kept_is_read_and_holds_over_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load(folder.path()).unwrap().0, Settings::default());
        keep(folder.path(), &settings("14318", "512MiB")).unwrap();
        let (_, config) = load(folder.path()).unwrap();
        assert_eq!((config.otlp_http, config.otlp_grpc), (Listen::Port(14318), Listen::Port(4317)));
        assert_eq!(config.max_stored_bytes, 512 << 20);
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_what_to_write() {
        let folder = tempfile::tempdir().unwrap();
        for (bad, says) in [
            (settings("0.0.0.0:4318", ""), "can be reached from other machines"),
            (settings("http", ""), "write a port"),
            (settings("", "much"), "write for example 2GB"),
            (settings("", "2"), "at least 1MB"),
        ] {
            let error = keep(folder.path(), &bad).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(!path(folder.path()).exists());
        std::fs::write(path(folder.path()), "{\"otlp\": 1}").unwrap();
        let error = load(folder.path()).unwrap_err();
        assert!(error.contains(FILE) && error.contains("unknown field"), "{error}");
    }

    #[test]
    fn what_a_person_wrote_and_cannot_be_read_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let written = "{\"otlp_http\": \"14318\", \"max_size\": \"5GB\"";
        std::fs::write(path(folder.path()), written).unwrap();
        let error = keep(folder.path(), &settings("4318", "")).unwrap_err().to_string();
        assert!(error.contains(FILE) && error.contains("put right, or the file is removed"), "{error}");
        assert_eq!(std::fs::read_to_string(path(folder.path())).unwrap(), written);
        std::fs::write(path(folder.path()), format!("{written}}}").replace("5GB", "much")).unwrap();
        assert_eq!(read(folder.path()).unwrap().otlp_http.as_deref(), Some("14318"), "the rest of it is shown");
        keep(folder.path(), &settings("14318", "5GB")).unwrap();
    }
}
