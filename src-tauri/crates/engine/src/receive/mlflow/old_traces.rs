//! Traces as clients before 3.0 tell of them: begin, spans in a file, end.

use bytes::Bytes;
use serde_json::{Value, json};
use spanglass_trace::decode::Budget;
use spanglass_trace::decode::mlflow::{Told, old};
use spanglass_trace::span::TraceId;

use super::failure::Failure;
use super::{Call, LARGEST_ANSWER, trace_id};
use crate::receive::answer::{Refusal, Signal};

impl Call<'_> {
    /// "startTrace": the trace gets its name here.
    pub(super) async fn begin(&self, sent: &Value) -> Result<Value, Failure> {
        let trace = TraceId(rand::random());
        let mut info = old::begun(trace, sent);
        self.name_experiment(&mut info);
        self.tell(trace, Told::TraceInfo, None, info).await?;
        Ok(json!({"trace_info": old::info(&self.info(trace).await?)}))
    }

    /// "endTrace".
    pub(super) async fn end(&self, named: &str, sent: &Value) -> Result<Value, Failure> {
        let trace = trace_id(named)?;
        let mut info = self.info(trace).await?;
        old::end(&mut info, sent);
        self.name_experiment(&mut info);
        self.tell(trace, Told::TraceInfo, None, info).await?;
        Ok(json!({"trace_info": old::info(&self.info(trace).await?)}))
    }

    pub(super) async fn old_info(&self, named: &str) -> Result<Value, Failure> {
        Ok(json!({"trace_info": old::info(&self.info(trace_id(named)?).await?)}))
    }

    /// "searchTraces", which asks in the query string.
    pub(super) async fn old_search(&self) -> Result<Value, Failure> {
        let all = |name: &str| {
            let found = self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone());
            found.collect::<Vec<String>>()
        };
        let at = |id: String| json!({"mlflow_experiment": {"experiment_id": id}});
        let sent = json!({
            "locations": all("experiment_ids").into_iter().map(at).collect::<Vec<Value>>(),
            "filter": all("filter").pop(),
            "max_results": all("max_results").pop().and_then(|most| most.parse::<u64>().ok()),
            "order_by": all("order_by"),
            "page_token": all("page_token").pop(),
        });
        let mut found = self.search(&sent).await?;
        for info in found["traces"].as_array_mut().into_iter().flatten() {
            *info = old::info(info);
        }
        Ok(found)
    }

    /// Takes the file of a trace's spans in.
    pub(super) async fn spans_of_file(&self, named: &str, bytes: &Bytes) -> Result<(), Failure> {
        let (trace, bytes) = (trace_id(named)?, bytes.clone());
        let decoded = tokio::task::spawn_blocking(move || old::spans(&bytes, trace, Budget::default())).await;
        let decoded = decoded.map_err(|_| Failure::unavailable("the file was not read"))?;
        let received = decoded.map_err(|error| Failure::invalid(error.to_string()))?;
        let kept = self.intake.keep(Signal::Traces, received).await;
        kept.map(|_| ()).map_err(|refusal: Refusal| Failure::from(refusal))
    }

    /// Gives the file of a trace's spans back.
    pub(super) async fn file_of_trace(&self, named: &str) -> Result<Value, Failure> {
        let trace = trace_id(named)?;
        self.info(trace).await?;
        let spans = self.spans(trace, LARGEST_ANSWER).await?;
        let written = tokio::task::spawn_blocking(move || old::file(trace, &spans?)).await.ok().flatten();
        written.ok_or_else(|| Failure::invalid("the trace is too large to be given back; open it in Spanglass"))
    }
}
