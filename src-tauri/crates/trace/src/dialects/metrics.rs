//! What labels of metrics mean: which model, which endpoint, which service, and the unit where the name implies it.
//!
//! Source: semantic-conventions-genai (`gen_ai.client.*`), ddtrace 1.14 to 1.20 (`openai.*` over dogstatsd), OpenLLMetry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::metric::Series;

/// What a series is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct About {
    /// The program.
    pub service: Option<String>,
    /// The model that answered, else the one that was asked for.
    pub model: Option<String>,
    /// The operation or address.
    pub endpoint: Option<String>,
}

/// Returns what a series is about.
pub fn about(labels: &BTreeMap<String, String>) -> About {
    let first = |keys: &[&str]| keys.iter().find_map(|key| labels.get(*key)).cloned();
    About {
        service: first(&["service.name", "service"]),
        model: first(&[
            "gen_ai.response.model",
            "openai.model",
            "openai.request.model",
            "gen_ai.request.model",
            "model_name",
            "model",
        ]),
        endpoint: first(&["openai.endpoint", "openai.request.endpoint", "gen_ai.operation.name", "endpoint"]),
    }
}

/// Returns a series' unit: as sent, or what the name implies.
pub fn unit(series: &Series) -> &str {
    match series.name.as_str() {
        _ if !series.unit.is_empty() => &series.unit,
        // Datadog's OpenAI integration measures in nanoseconds and has no way to say so.
        "openai.request.duration" => "ns",
        name if name.starts_with("openai.tokens.") => "{token}",
        _ => "",
    }
}
