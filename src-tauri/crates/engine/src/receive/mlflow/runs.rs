//! Runs: what an evaluation logs of itself. A run is kept as a trace of log records whose id is the run's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::{Value, json};
use spanglass_trace::decode::mlflow::{self, Told};
use spanglass_trace::dialects;
use spanglass_trace::span::{LogRecord, TraceId};

use super::failure::Failure;
use super::search::{Search, Step};
use super::{Call, now, run_id, text};

/// How many runs a search answers with at most.
const MOST_FOUND: usize = 1_000;

impl Call<'_> {
    pub(super) async fn runs(&self, what: &str, path: &str, sent: Value) -> Result<Value, Failure> {
        match (self.method.as_str(), what) {
            ("POST", "create") => self.create_run(sent).await,
            ("POST", "update") => {
                let (id, mut info) = (run_id(text(&sent, "run_id")?)?, self.run(&sent).await?["info"].take());
                for key in ["status", "end_time", "run_name"] {
                    if let Some(said) = sent.get(key).filter(|said| !said.is_null()) {
                        info[key] = said.clone();
                    }
                }
                self.tell(id, Told::Run, None, info.clone()).await?;
                Ok(json!({"run_info": info}))
            }
            ("GET", "get") => Ok(json!({"run": self.run(&json!({"run_id": self.asked("run_id")?})).await?})),
            ("POST", "search") => self.search_runs(&sent).await,
            ("POST", "delete") => {
                let id = run_id(text(&sent, "run_id")?)?;
                self.run(&sent).await?;
                self.delete_own(vec![id]).await?;
                Ok(json!({}))
            }
            ("POST", "log-batch") => {
                self.log(&sent, ["params", "metrics", "tags"].map(|list| (list, sent.get(list).cloned()))).await
            }
            ("POST", "log-metric") => self.log(&sent, [("metrics", Some(json!([item(&sent)])))]).await,
            ("POST", "log-parameter") => self.log(&sent, [("params", Some(json!([item(&sent)])))]).await,
            ("POST", "set-tag") => self.log(&sent, [("tags", Some(json!([item(&sent)])))]).await,
            ("POST", "delete-tag") => {
                let tag = json!({"key": text(&sent, "key")?, "value": null});
                self.log(&sent, [("tags", Some(json!([tag])))]).await
            }
            // Data sets and models are named by what is logged elsewhere.
            ("POST", "log-inputs" | "outputs" | "log-model") => {
                self.run(&sent).await?;
                Ok(json!({}))
            }
            _ => Err(Failure::not_ours(path)),
        }
    }

    async fn create_run(&self, sent: Value) -> Result<Value, Failure> {
        let run = TraceId(rand::random());
        let experiment = sent["experiment_id"].as_str().unwrap_or("0");
        let name = self.tracking().experiments.name_of(experiment);
        let name = name.ok_or_else(|| Failure::absent(format!("No Experiment with id={experiment} exists")))?;
        let tags = sent["tags"].as_array().cloned().unwrap_or_default();
        let run_name = sent["run_name"].as_str().filter(|name| !name.is_empty());
        let tagged = tags.iter().find(|tag| tag["key"] == "mlflow.runName").and_then(|tag| tag["value"].as_str());
        let run_name = run_name.or(tagged).map_or_else(|| format!("run-{}", &run.to_string()[..8]), str::to_owned);
        let info = json!({
            "run_id": run.to_string(),
            "run_uuid": run.to_string(),
            "run_name": run_name,
            "experiment_id": experiment,
            "experiment_name": name,
            "user_id": sent["user_id"],
            "status": "RUNNING",
            "start_time": sent["start_time"].as_u64().unwrap_or(now() / 1_000_000),
            "lifecycle_stage": "active",
            "artifact_uri": format!("mlflow-artifacts:/{experiment}/{run}/artifacts"),
        });
        let records = [(Told::Run, None, info), (Told::RunData, None, json!({"tags": tags}))];
        self.keep(mlflow::records(run, now(), records)).await?;
        Ok(json!({"run": self.run(&json!({"run_id": run.to_string()})).await?}))
    }

    /// Returns the run that a request names.
    async fn run(&self, sent: &Value) -> Result<Value, Failure> {
        let named = text(sent, "run_id").or_else(|_| text(sent, "run_uuid"))?;
        let told = self.told_of_run(run_id(named)?).await?;
        dialects::mlflow_run(&told).ok_or_else(|| Failure::absent(format!("Run with id={named} not found")))
    }

    async fn told_of_run(&self, run: TraceId) -> Result<Vec<LogRecord>, Failure> {
        self.told(run, Box::new(dialects::is_told_to_mlflow)).await
    }

    /// Calls `each` with path and content of every file of a run, in the order they came.
    async fn each_file<T: Default + Send + 'static>(
        &self,
        run: &str,
        each: impl Fn(&mut T, &str, &[u8]) + Send + 'static,
    ) -> Result<T, Failure> {
        let made = Arc::<Mutex<T>>::default();
        let taking = Arc::clone(&made);
        let look = move |log: &LogRecord| {
            let mut made = taking.lock().unwrap_or_else(PoisonError::into_inner);
            dialects::mlflow_artifacts(std::slice::from_ref(log))
                .for_each(|(path, bytes)| each(&mut made, path, bytes));
            false
        };
        self.told(run_id(run)?, Box::new(look)).await?;
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut made))
    }

    /// Keeps lists of what a run logs.
    async fn log<const N: usize>(&self, sent: &Value, lists: [(&str, Option<Value>); N]) -> Result<Value, Failure> {
        let id = run_id(text(sent, "run_id").or_else(|_| text(sent, "run_uuid"))?)?;
        let lists = lists.into_iter().filter_map(|(list, items)| Some((list.to_owned(), items?)));
        self.tell(id, Told::RunData, None, Value::Object(lists.collect())).await?;
        Ok(json!({}))
    }

    async fn search_runs(&self, sent: &Value) -> Result<Value, Failure> {
        if sent["filter"].as_str().is_some_and(|filter| !filter.is_empty()) {
            return Err(Failure::invalid("runs are not filtered here; ask without a filter"));
        }
        let asked: Vec<&str> =
            sent["experiment_ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let most = sent["max_results"].as_u64().map_or(MOST_FOUND, |most| (most as usize).min(MOST_FOUND));
        let (mut found, mut search) = (Vec::new(), Search::begin(sent)?);
        loop {
            match search.step(&*self.tracking().kept, found.len() >= most).await? {
                Step::Look(id) => {
                    let Some(run) = dialects::mlflow_run(&self.told_of_run(id).await?) else { continue };
                    if run["info"]["experiment_id"].as_str().is_some_and(|id| asked.contains(&id)) {
                        found.push(run);
                    }
                }
                Step::GoOn(token) => return Ok(json!({"runs": found, "next_page_token": token})),
                Step::End => return Ok(json!({"runs": found})),
            }
        }
    }

    /// Returns a file of a run.
    pub(super) async fn file_of_run(&self, run: &str, path: &str) -> Result<Bytes, Failure> {
        let wanted = path.to_owned();
        let found = self.each_file(run, move |found: &mut Option<Bytes>, path, bytes| {
            if path == wanted {
                *found = Some(Bytes::copy_from_slice(bytes));
            }
        });
        found.await?.ok_or_else(|| Failure::absent(format!("the run {run} has no file {path}")))
    }

    /// Returns what a folder of a run has: the run's own by `run_id`, one by its whole `path`.
    pub(super) async fn files_of_run(&self) -> Result<Value, Failure> {
        let path = self.asked("path").unwrap_or_default();
        let (run, folder) = match self.asked("run_id") {
            Ok(run) => (run, path),
            Err(_) => match path.splitn(4, '/').collect::<Vec<_>>()[..] {
                [_, run, "artifacts"] => (run, ""),
                [_, run, "artifacts", folder] => (run, folder),
                _ => return Err(Failure::invalid("`path` is not one of a run's files")),
            },
        };
        let folder = folder.trim_end_matches('/').to_owned();
        let known = self.each_file(run, move |known: &mut BTreeMap<String, Option<usize>>, path, bytes| {
            let within = match &*folder {
                "" => Some(path),
                folder => path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')),
            };
            match within.map(|within| within.split_once('/').ok_or(within)) {
                Some(Ok((folder, _))) => drop(known.insert(folder.to_owned(), None)),
                Some(Err(file)) => drop(known.insert(file.to_owned(), Some(bytes.len()))),
                None => {}
            }
        });
        let known = known.await?;
        let listed = known.into_iter().map(|(path, size)| match size {
            Some(size) => json!({"path": path, "is_dir": false, "file_size": size}),
            None => json!({"path": path, "is_dir": true}),
        });
        Ok(json!({"files": listed.collect::<Vec<Value>>()}))
    }
}

/// Returns what is logged by a request for one parameter, metric or tag.
fn item(sent: &Value) -> Value {
    let mut item = sent.clone();
    if let Some(fields) = item.as_object_mut() {
        fields.retain(|key, _| !["run_id", "run_uuid"].contains(&key.as_str()));
    }
    item
}
