//! Traces: what is told of them beside their spans, and what is asked back.

use serde_json::{Value, json};
use spanglass_trace::decode::mlflow::{self, Told};
use spanglass_trace::dialects;
use spanglass_trace::span::{LogRecord, SpanId, TraceId};

use super::failure::Failure;
use super::filter::Filter;
use super::search::{Search, Step};
use super::{Call, LARGEST_ANSWER, text, trace_id};

/// How many traces a search answers with at most, and without being told.
const MOST_FOUND: usize = 500;
const USUALLY_FOUND: usize = 100;

/// How many traces are asked for at once.
const MOST_ASKED: usize = 100;

impl Call<'_> {
    /// "startTraceV3": a root span has ended, or is about to be sent.
    pub(super) async fn start_trace(&self, mut sent: Value) -> Result<Value, Failure> {
        let info = sent.pointer_mut("/trace/trace_info").filter(|info| info.is_object());
        let mut info = info.ok_or_else(|| Failure::invalid("`trace.trace_info` is missing"))?.take();
        let trace = trace_id(text(&info, "trace_id")?)?;
        self.name_experiment(&mut info);
        self.tell(trace, Told::TraceInfo, None, info).await?;
        Ok(json!({"trace": {"trace_info": self.info(trace).await?}}))
    }

    /// Adds the name of the experiment a trace is in.
    pub(super) fn name_experiment(&self, info: &mut Value) {
        let experiment = info.pointer("/trace_location/mlflow_experiment/experiment_id").and_then(Value::as_str);
        if let Some(name) = experiment.and_then(|id| self.tracking().experiments.name_of(id)) {
            info["experiment_name"] = name.into();
        }
    }

    /// Returns a trace's `TraceInfo`.
    pub(super) async fn info(&self, trace: TraceId) -> Result<Value, Failure> {
        let told = self.told(trace, Box::new(dialects::is_told_to_mlflow)).await?;
        trace_info(&told).ok_or_else(|| {
            Failure::absent(format!("Trace with ID 'tr-{trace}' is not found: no MLflow client sent it here"))
        })
    }

    pub(super) async fn get(&self, named: &str, with_spans: bool) -> Result<Value, Failure> {
        let mut left = LARGEST_ANSWER;
        Ok(json!({"trace": self.trace(trace_id(named)?, with_spans, &mut left).await?}))
    }

    pub(super) async fn batch_get(&self) -> Result<Value, Failure> {
        let asked: Vec<&str> =
            self.query.iter().filter(|(key, _)| key == "trace_ids").map(|(_, id)| id.as_str()).collect();
        if asked.len() > MOST_ASKED {
            return Err(Failure::invalid(format!("ask for at most {MOST_ASKED} traces at once")));
        }
        let (mut traces, mut left) = (Vec::new(), LARGEST_ANSWER);
        for named in asked {
            match self.trace(trace_id(named)?, true, &mut left).await {
                Ok(trace) => traces.push(trace),
                Err(failure) if failure.status == http::StatusCode::NOT_FOUND => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(json!({"traces": traces}))
    }

    async fn trace(&self, trace: TraceId, with_spans: bool, left: &mut usize) -> Result<Value, Failure> {
        let info = self.info(trace).await?;
        if !with_spans {
            return Ok(json!({"trace_info": info}));
        }
        let too_large =
            || Failure::invalid("the traces are too large to be given back at once; open them in Spanglass");
        let spans = self.spans(trace, *left).await?.ok_or_else(too_large)?;
        *left -= spans.iter().map(|(_, raw)| raw.len()).sum::<usize>();
        let spans = tokio::task::spawn_blocking(move || {
            spans.iter().map(|(encoding, raw)| mlflow::span(*encoding, raw)).collect::<Option<Vec<Value>>>()
        });
        let spans = spans.await.ok().flatten();
        let spans = spans.ok_or_else(|| Failure::invalid("a span's values are nested too deep to be given back"))?;
        Ok(json!({"trace_info": info, "spans": spans}))
    }

    pub(super) async fn search(&self, sent: &Value) -> Result<Value, Failure> {
        let located: Vec<&str> = sent["locations"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|at| at.pointer("/mlflow_experiment/experiment_id")?.as_str())
            .collect();
        let filter: Filter = sent["filter"].as_str().unwrap_or_default().parse()?;
        let most = sent["max_results"].as_u64().map_or(USUALLY_FOUND, |most| (most as usize).clamp(1, MOST_FOUND));
        check_order(&sent["order_by"])?;
        let (mut found, mut search) = (Vec::new(), Search::begin(sent)?);
        loop {
            match search.step(&*self.tracking().kept, found.len() == most).await? {
                Step::Look(trace) => {
                    let Ok(info) = self.info(trace).await else { continue };
                    let at = info.pointer("/trace_location/mlflow_experiment/experiment_id").and_then(Value::as_str);
                    let is_located = located.is_empty() || at.is_some_and(|at| located.contains(&at));
                    if is_located && filter.lets_through(&info) {
                        found.push(info);
                    }
                }
                Step::GoOn(token) => return Ok(json!({"traces": found, "next_page_token": token})),
                Step::End => return Ok(json!({"traces": found})),
            }
        }
    }

    pub(super) async fn delete(&self, sent: &Value) -> Result<Value, Failure> {
        let named = sent.get("trace_ids").or_else(|| sent.get("request_ids")).and_then(Value::as_array);
        let Some(named) = named else {
            return Err(Failure::invalid("name the traces to delete in `trace_ids`; here none is deleted by its age"));
        };
        let mut ours = Vec::new();
        for named in named.iter().filter_map(Value::as_str).take(MOST_FOUND) {
            let trace = trace_id(named)?;
            if self.info(trace).await.is_ok() {
                ours.push(trace);
            }
        }
        Ok(json!({"traces_deleted": self.delete_own(ours).await?}))
    }

    pub(super) async fn set_tag(&self, named: &str, sent: &Value) -> Result<Value, Failure> {
        let tag = json!({"key": text(sent, "key")?, "value": text(sent, "value")?});
        self.tell(trace_id(named)?, Told::Tag, None, tag).await?;
        Ok(json!({}))
    }

    pub(super) async fn delete_tag(&self, named: &str, sent: &Value) -> Result<Value, Failure> {
        let key = match text(sent, "key") {
            Ok(key) => key,
            Err(_) => self.asked("key")?,
        };
        self.tell(trace_id(named)?, Told::Tag, None, json!({"key": key, "value": null})).await?;
        Ok(json!({}))
    }

    /// Keeps an assessment, or what is changed of one.
    pub(super) async fn assess(&self, named: &str, id: Option<&str>, sent: &Value) -> Result<Value, Failure> {
        let trace = trace_id(named)?;
        let told = sent.get("assessment").filter(|told| told.is_object());
        let told = told.ok_or_else(|| Failure::invalid("`assessment` is missing"))?;
        let mut assessment = match id {
            Some(id) => self.standing(trace, id).await?,
            None => json!({"assessment_id": format!("a-{:032x}", rand::random::<u128>())}),
        };
        for (key, value) in told.as_object().into_iter().flatten().filter(|(key, _)| *key != "assessment_id") {
            assessment[key] = value.clone();
        }
        text(&assessment, "assessment_name")?;
        let span = span_of(&assessment);
        self.tell(trace, Told::Assessment, span, assessment.clone()).await?;
        Ok(json!({"assessment": assessment}))
    }

    pub(super) async fn assessment(&self, named: &str, id: &str) -> Result<Value, Failure> {
        Ok(json!({"assessment": self.standing(trace_id(named)?, id).await?}))
    }

    pub(super) async fn unassess(&self, named: &str, id: &str) -> Result<Value, Failure> {
        let trace = trace_id(named)?;
        let span = span_of(&self.standing(trace, id).await?);
        self.tell(trace, Told::Assessment, span, json!({"assessment_id": id})).await?;
        Ok(json!({}))
    }

    async fn standing(&self, trace: TraceId, id: &str) -> Result<Value, Failure> {
        let info = self.info(trace).await?;
        let found = info["assessments"].as_array().into_iter().flatten().find(|known| known["assessment_id"] == id);
        found
            .cloned()
            .ok_or_else(|| Failure::absent(format!("Assessment with ID '{id}' not found for trace 'tr-{trace}'")))
    }
}

/// Returns a trace's `TraceInfo` without what was added to it here.
fn trace_info(told: &[LogRecord]) -> Option<Value> {
    let mut info = dialects::mlflow_trace_info(told)?;
    info.as_object_mut()?.remove("experiment_name");
    Some(info)
}

/// Returns the span an assessment is of, if it is of one.
fn span_of(assessment: &Value) -> Option<SpanId> {
    assessment.get("span_id")?.as_str()?.parse().ok()
}

/// The newest come first, which is also what clients ask for.
fn check_order(order: &Value) -> Result<(), Failure> {
    let is_newest_first = |by: &Value| {
        let by = by.as_str().unwrap_or_default().to_ascii_lowercase();
        let mut words = by.split_whitespace();
        let key = words.next().unwrap_or_default().trim_start_matches("attributes.").trim_matches('`').to_owned();
        matches!(key.as_str(), "timestamp" | "timestamp_ms" | "request_time")
            && words.next().unwrap_or("desc") == "desc"
    };
    match order.as_array().into_iter().flatten().find(|by| !is_newest_first(by)) {
        Some(by) => Err(Failure::invalid(format!(
            "{by}: traces come newest first here; ask without `order_by`, or for timestamp_ms DESC"
        ))),
        None => Ok(()),
    }
}
