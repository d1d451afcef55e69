//! The user's own prices: a file people write by hand, so that every error says where it is and what to write.

use serde_json::Value;

use super::{Above, Price, Rates};

/// Says what is wrong with a file of own prices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPrices {
    /// It is no JSON.
    #[error("line {line}, column {column}: {reason}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// It is not a list of prices.
    #[error("it must be an object with a list under `prices`, such as {EXAMPLE}")]
    NoList,
    /// An entry is wrong.
    #[error("entry {number}{name}: {reason}")]
    Entry {
        /// Which, from 1.
        number: usize,
        /// Its first model, in brackets, when it has one.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

const EXAMPLE: &str = r#"{"prices": [{"models": ["my-model*"], "input": 0.5, "output": 1.5}]}"#;

/// Own prices beyond this number are not read: a lookup looks at each pattern.
const OWN_AT_MOST: usize = 1_000;

/// Reads a file of own prices. An empty one has none.
pub(super) fn read(text: &str) -> Result<Vec<Price>, NotPrices> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let json: Value = serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        let reason = said.split(" at line ").next().unwrap_or_default().to_owned();
        NotPrices::Json { line: error.line(), column: error.column(), reason }
    })?;
    let list = json.get("prices").and_then(Value::as_array).ok_or(NotPrices::NoList)?;
    if list.len() > OWN_AT_MOST {
        let reason = format!("there are more than {OWN_AT_MOST} entries; use `*` to say several models in one");
        return Err(NotPrices::Entry { number: OWN_AT_MOST + 1, name: String::new(), reason });
    }
    let entries = list.iter().enumerate();
    entries
        .map(|(at, entry)| {
            let model = entry.get("models").and_then(|models| models.get(0)).and_then(Value::as_str);
            let name = model.map(|model| format!(" ({model})")).unwrap_or_default();
            read_entry(entry).map_err(|reason| NotPrices::Entry { number: at + 1, name, reason })
        })
        .collect()
}

fn read_entry(entry: &Value) -> Result<Price, String> {
    const KEYS: &[&str] = &["models", "provider", "input", "output", "cache_read", "cache_write", "above", "own"];
    let fields = entry.as_object().ok_or_else(|| format!("it must be an object, such as those of {EXAMPLE}"))?;
    if let Some(unknown) = fields.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("`{unknown}` means nothing here; there are {}", KEYS[..7].join(", ")));
    }
    let models: Option<Vec<String>> = fields.get("models").and_then(Value::as_array).and_then(|models| {
        let text = |model: &Value| model.as_str().filter(|model| !model.trim().is_empty()).map(str::to_owned);
        models.iter().map(text).collect()
    });
    let models = models.filter(|models| !models.is_empty()).ok_or("`models` must be a list of names")?;
    let provider = match fields.get("provider") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(_) => return Err("`provider` must be a name".to_owned()),
    };
    let above = match fields.get("above") {
        None | Some(Value::Null) => None,
        Some(above) => {
            let bound = above.get("input_tokens").and_then(Value::as_u64);
            let input_tokens = bound.ok_or("`above` must say `input_tokens`, a whole number")?;
            Some(Above { input_tokens, rates: read_rates(above)? })
        }
    };
    Ok(Price { models, provider, rates: read_rates(entry)?, above, own: true })
}

fn read_rates(entry: &Value) -> Result<Rates, String> {
    let rate = |key: &str| match entry.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64().filter(|rate| rate.is_finite() && *rate >= 0.0) {
            Some(rate) => Ok(Some(rate)),
            None => Err(format!("`{key}` must be US dollars per million tokens, a number from 0 on")),
        },
    };
    let input = rate("input")?.ok_or("`input` is missing: US dollars per million input tokens")?;
    Ok(Rates { input, output: rate("output")?, cache_read: rate("cache_read")?, cache_write: rate("cache_write")? })
}
