//! Experiments: names by which MLflow's programs group traces, numbered as they come and kept in a file beside the data.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::failure::Failure;
use super::{Call, now, text};
use crate::part_file;

/// How many there are; the oldest goes for one more. The file is written anew for each.
const MOST: usize = 1_000;

/// How long a name may be, in bytes.
const LONGEST_NAME: usize = 500;

/// The experiment of programs that name none.
const DEFAULT: &str = "Default";

/// An experiment.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Experiment {
    id: u32,
    name: String,
    created_ms: u64,
}

/// What is in the file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct File {
    experiments: Vec<Experiment>,
}

/// The experiments of a data folder.
pub(crate) struct Experiments {
    path: PathBuf,
    /// What is wrong with the file, instead, when it cannot be read: it is left as it is.
    known: Mutex<Result<File, String>>,
}

impl Experiments {
    /// Returns the experiments of a folder.
    pub(super) fn open(folder: &Path) -> Self {
        let path = folder.join("mlflow-experiments.json");
        let known = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = &known {
            tracing::warn!(path = %path.display(), error, "MLflow's experiments cannot be read");
        }
        Self { path, known: Mutex::new(known) }
    }

    fn lock(&self) -> Result<MutexGuard<'_, Result<File, String>>, Failure> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Ok(_) => Ok(known),
            Err(error) => {
                let path = self.path.display();
                Err(Failure::unavailable(format!("{path} cannot be read: {error}; mend or remove it and start again")))
            }
        }
    }

    fn all(&self) -> Result<Vec<Experiment>, Failure> {
        let known = self.lock()?;
        let default = Experiment { id: 0, name: DEFAULT.to_owned(), created_ms: 0 };
        Ok(std::iter::once(default).chain(known.iter().flat_map(|file| file.experiments.iter().cloned())).collect())
    }

    /// Returns the name of the experiment with an id.
    pub(super) fn name_of(&self, id: &str) -> Option<String> {
        let known = self.all().ok()?;
        known.into_iter().find(|known| known.id.to_string() == id).map(|known| known.name)
    }

    /// Makes an experiment; it is on disk when this returns.
    fn create(&self, name: &str, at_ms: u64) -> Result<u32, Failure> {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(Failure::invalid(format!("an experiment's name has 1 to {LONGEST_NAME} bytes")));
        }
        let mut known = self.lock()?;
        let Ok(file) = &mut *known else { return Err(Failure::unavailable("the experiments cannot be read")) };
        if name == DEFAULT || file.experiments.iter().any(|known| known.name == name) {
            let message = format!("Experiment '{name}' already exists.");
            return Err(Failure::new(http::StatusCode::BAD_REQUEST, "RESOURCE_ALREADY_EXISTS", message));
        }
        let id = file.experiments.iter().map(|known| known.id).max().unwrap_or(0).saturating_add(1);
        let kept = file.experiments.len().saturating_sub(MOST - 1);
        let mut experiments = file.experiments[kept..].to_vec();
        experiments.push(Experiment { id, name: name.to_owned(), created_ms: at_ms });
        let next = File { experiments };
        self.write(&next)?;
        *file = next;
        Ok(id)
    }

    fn write(&self, file: &File) -> Result<(), Failure> {
        let list = serde_json::to_vec_pretty(file).map_err(io::Error::from);
        list.and_then(|list| part_file::replace(&self.path, &list))
            .map_err(|error| Failure::unavailable(format!("{} cannot be written: {error}", self.path.display())))
    }
}

impl Experiment {
    fn json(&self) -> Value {
        json!({
            "experiment_id": self.id.to_string(),
            "name": self.name,
            "artifact_location": format!("mlflow-artifacts:/{}", self.id),
            "lifecycle_stage": "active",
            "creation_time": self.created_ms,
            "last_update_time": self.created_ms,
        })
    }
}

impl Call<'_> {
    pub(super) async fn experiments(&self, what: &str, sent: &Value) -> Result<Value, Failure> {
        let experiments = &self.tracking().experiments;
        match (self.method.as_str(), what) {
            ("GET", "get-by-name") => {
                let name = self.asked("experiment_name")?;
                let found = experiments.all()?.into_iter().find(|known| known.name == name);
                let found = found.ok_or_else(|| {
                    Failure::absent(format!("Could not find experiment with name '{name}'; create it first"))
                })?;
                Ok(json!({"experiment": found.json()}))
            }
            ("GET", "get") => {
                let id = self.asked("experiment_id")?;
                let found = experiments.all()?.into_iter().find(|known| known.id.to_string() == id);
                let found = found.ok_or_else(|| Failure::absent(format!("No Experiment with id={id} exists")))?;
                Ok(json!({"experiment": found.json()}))
            }
            ("POST", "create") => {
                let (name, tracking) = (text(sent, "name")?.to_owned(), self.intake.tracking.clone());
                let made = tokio::task::spawn_blocking(move || tracking.experiments.create(&name, now() / 1_000_000));
                let id = made.await.map_err(|_| Failure::unavailable("the experiment was not made"))??;
                Ok(json!({"experiment_id": id.to_string()}))
            }
            ("POST", "search") => {
                if sent.get("filter").and_then(Value::as_str).is_some_and(|filter| !filter.is_empty()) {
                    return Err(Failure::invalid("experiments are not filtered here; ask without a filter"));
                }
                let all: Vec<Value> = experiments.all()?.iter().rev().map(Experiment::json).collect();
                Ok(json!({"experiments": all}))
            }
            ("POST", "set-experiment-tag") => Ok(json!({})),
            _ => Err(Failure::not_ours(&format!("experiments/{what}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experiments_keep_their_numbers_over_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let experiments = Experiments::open(folder.path());
        assert_eq!(experiments.create("one", 1).ok(), Some(1));
        assert_eq!(experiments.create("two", 2).ok(), Some(2));
        assert_eq!(experiments.create("two", 3).expect_err("there").code, "RESOURCE_ALREADY_EXISTS");
        let again = Experiments::open(folder.path());
        assert_eq!(again.create("three", 4).ok(), Some(3));
        assert_eq!((again.name_of("2").as_deref(), again.name_of("0").as_deref()), (Some("two"), Some(DEFAULT)));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mlflow-experiments.json");
        std::fs::write(&path, "{").expect("written");
        let experiments = Experiments::open(folder.path());
        assert!(experiments.create("one", 1).expect_err("refused").message.contains("mend or remove it"));
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "{");
    }
}
