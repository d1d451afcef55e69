//! Pictures, sounds and files that Langfuse's SDKs cut out of what they record and upload on their own: a client asks where to,
//! puts the bytes there, and says how that went. What is put is kept with its trace.
//!
//! Source: the Langfuse Python SDK 5.0, `_task_manager/media_manager.py` and `media.py`; its JavaScript SDK does the same.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use spanglass_trace::decode::json_tree::whole_json;
use spanglass_trace::decode::{Budget, DecodeError, Received, langfuse};

use super::accept::AnswerBody;
use super::answer::{Refusal, Signal, Why};
use super::intake::{Decoded, Intake};
use super::langfuse::{check_media_type, json_answer};
use super::{body, full, otlp_http};

const MEDIA: &str = "/api/public/media";

/// How many characters of its checksum name a medium.
const ID_LENGTH: usize = 22;

/// Says whether a path is one of Langfuse's media.
pub(super) fn is_ours(path: &str) -> bool {
    path.strip_prefix(MEDIA).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request to one of these paths.
pub(super) async fn answer(request: &Parts, body: Incoming, intake: &Intake) -> Result<Response<AnswerBody>, Refusal> {
    let rest = request.uri.path().strip_prefix(MEDIA).unwrap_or_default();
    let place: Vec<&str> = rest.split('/').skip(1).collect();
    if request.method == Method::POST {
        check_media_type(request)?;
    }
    let compression = otlp_http::compression(&request.headers)?;
    let taken = body::take(body, &intake.room).await?;
    match (&request.method, &place[..]) {
        (&Method::POST, []) => {
            let host = request.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
            let authority = request.uri.authority().map_or(host, |authority| authority.as_str()).to_owned();
            let asked = intake.parse(compression, taken, |bytes| whole_json(bytes, Budget::default())).await?;
            Ok(json_answer(StatusCode::CREATED, &upload(&asked, &authority)?))
        }
        (&Method::PUT, [trace, id]) => {
            let (trace, id) = ((*trace).to_owned(), (*id).to_owned());
            let media_type = request.headers.get(http::header::CONTENT_TYPE).and_then(|told| told.to_str().ok());
            let media_type = media_type.unwrap_or("application/octet-stream").to_owned();
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
            let put = move |bytes: &Bytes| put(&trace, &id, &media_type, now, bytes);
            let Decoded { value, turn } = intake.decode(compression, taken, put).await?;
            intake.keep_in_turn(Signal::Logs, value, turn).await?;
            Ok(Response::new(full(Bytes::new())))
        }
        // How an upload went: who was uploaded to knows.
        (&Method::PATCH, [_]) => Ok(json_answer(StatusCode::OK, &json!({}))),
        (&Method::GET, _) => {
            Err(Refusal::new(Why::NotFound, "media can be sent here, not fetched; open the trace in Spanglass"))
        }
        _ => Err(Refusal::new(Why::WrongMethod, "ask with POST where to upload a medium, then PUT it there")),
    }
}

/// Says where to upload a medium. One of a data set belongs to no trace and is said to be there already.
fn upload(asked: &Value, authority: &str) -> Result<Value, Refusal> {
    let text = |key: &str| asked.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let missing = |key: &str| Refusal::new(Why::Malformed, format!("`{key}` is missing"));
    let id = id_of(text("sha256Hash").ok_or_else(|| missing("sha256Hash"))?);
    let to = text("traceId").map(|trace| format!("http://{authority}{MEDIA}/{}/{id}", langfuse::trace_id(trace)));
    Ok(json!({"mediaId": id, "uploadUrl": to}))
}

/// Returns the name a medium has by its checksum in base64.
fn id_of(sum: &str) -> String {
    sum.chars()
        .take(ID_LENGTH)
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect()
}

fn put(trace: &str, id: &str, media_type: &str, now: u64, bytes: &Bytes) -> Result<Received, DecodeError> {
    let sum = URL_SAFE_NO_PAD.encode(Sha256::digest(bytes));
    if sum[..ID_LENGTH] != *id {
        let reason = "the bytes are not those that were announced: their checksum is another".to_owned();
        return Err(DecodeError::Malformed { place: "request".to_owned(), reason });
    }
    Ok(langfuse::medium(langfuse::trace_id(trace), now, id, media_type, bytes))
}
