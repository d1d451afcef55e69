//! Filters of searches: comparisons joined by `AND`, as MLflow's `mlflow/utils/search_utils.py` defines them for traces.

use std::str::FromStr;

use serde_json::Value;

use super::failure::Failure;

/// A filter; the empty one lets everything through.
#[derive(Debug, Default)]
pub(super) struct Filter {
    terms: Vec<Term>,
}

#[derive(Debug)]
struct Term {
    at: At,
    compare: Compare,
    with: String,
}

/// Where in a `TraceInfo` what is compared stands.
#[derive(Debug)]
enum At {
    Path(&'static str),
    Tag(String),
    Metadata(String),
    Assessment(&'static str, String),
    TimeMs,
    DurationMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Like,
    LikeAnyCase,
}

const COMPARISONS: [(&str, Compare); 8] = [
    ("!=", Compare::Unequal),
    ("<=", Compare::LessOrEqual),
    (">=", Compare::MoreOrEqual),
    ("=", Compare::Equal),
    ("<", Compare::Less),
    (">", Compare::More),
    ("ILIKE", Compare::LikeAnyCase),
    ("LIKE", Compare::Like),
];

impl FromStr for Filter {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let terms = joined(text).into_iter().map(term).collect::<Option<_>>();
        let terms = terms.ok_or_else(|| {
            Failure::invalid(format!(
                "the filter `{text}` is not understood: compare status, name, timestamp_ms, execution_time_ms, trace_id, tag.KEY, metadata.KEY, \
                 feedback.NAME or expectation.NAME with =, !=, <, <=, >, >=, LIKE or ILIKE, and join comparisons with AND"
            ))
        })?;
        Ok(Self { terms })
    }
}

/// Returns the parts of a text between the words AND that stand in no quotation marks.
fn joined(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut quote) = (Vec::new(), 0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '\'' | '"' | '`') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, c) if c.is_whitespace() => {
                let rest = &text[at + c.len_utf8()..];
                if at >= begin && rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("AND ")) {
                    parts.push(&text[begin..at]);
                    begin = at + c.len_utf8() + 4;
                }
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn term(text: &str) -> Option<Term> {
    let (at, rest) = key(text)?;
    let rest = rest.trim_start();
    let (compare, with) = COMPARISONS.iter().find_map(|(word, compare)| {
        let head = rest.get(..word.len())?;
        head.eq_ignore_ascii_case(word).then(|| (*compare, rest[word.len()..].trim()))
    })?;
    let quoted = ['\'', '"'].iter().find_map(|quote| with.strip_prefix(*quote)?.strip_suffix(*quote));
    let with = quoted.or_else(|| with.parse::<f64>().is_ok().then_some(with))?;
    Some(Term { at, compare, with: with.to_owned() })
}

/// Returns what is compared, and the rest of the comparison.
fn key(text: &str) -> Option<(At, &str)> {
    let ends = |c: char| c.is_whitespace() || "=!<>".contains(c);
    let (group, name) = match text.find('.').filter(|dot| text.find(ends).is_none_or(|end| *dot < end)) {
        Some(dot) => (&text[..dot], &text[dot + 1..]),
        None => ("attributes", text),
    };
    let (name, rest) = match name.strip_prefix('`') {
        Some(quoted) => quoted.split_once('`')?,
        None => name.split_at(name.find(ends).unwrap_or(name.len())),
    };
    let named = name.to_owned();
    let at = match group.to_ascii_lowercase().as_str() {
        "tag" | "tags" => At::Tag(named),
        "metadata" | "request_metadata" => At::Metadata(named),
        "feedback" => At::Assessment("feedback", named),
        "expectation" => At::Assessment("expectation", named),
        "attribute" | "attributes" | "attr" | "trace" => match name {
            "status" | "state" => At::Path("/state"),
            "name" => At::Path("/tags/mlflow.traceName"),
            "request_id" | "trace_id" | "id" => At::Path("/trace_id"),
            "client_request_id" => At::Path("/client_request_id"),
            "run_id" => At::Metadata("mlflow.sourceRun".to_owned()),
            "timestamp" | "timestamp_ms" => At::TimeMs,
            "execution_time" | "execution_time_ms" => At::DurationMs,
            _ => return None,
        },
        _ => return None,
    };
    Some((at, rest))
}

impl Filter {
    /// Says whether a trace is let through.
    pub(super) fn lets_through(&self, info: &Value) -> bool {
        self.terms.iter().all(|term| term.holds(info))
    }
}

impl Term {
    fn holds(&self, info: &Value) -> bool {
        let found = self.at.find(info);
        let Some(found) = found else { return false };
        let order = match (found.parse::<f64>(), self.with.parse::<f64>()) {
            (Ok(found), Ok(with)) => found.partial_cmp(&with),
            _ => Some(found.as_str().cmp(self.with.as_str())),
        };
        match self.compare {
            Compare::Equal => found == self.with || order.is_some_and(|order| order.is_eq()),
            Compare::Unequal => found != self.with && order.is_none_or(|order| order.is_ne()),
            Compare::Less => order.is_some_and(|order| order.is_lt()),
            Compare::LessOrEqual => order.is_some_and(|order| order.is_le()),
            Compare::More => order.is_some_and(|order| order.is_gt()),
            Compare::MoreOrEqual => order.is_some_and(|order| order.is_ge()),
            Compare::Like => is_like(&found, &self.with),
            Compare::LikeAnyCase => is_like(&found.to_lowercase(), &self.with.to_lowercase()),
        }
    }
}

impl At {
    fn find(&self, info: &Value) -> Option<String> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match self {
            Self::Path(path) => info.pointer(path).map(text),
            Self::Tag(key) => info.get("tags")?.get(key).map(text),
            Self::Metadata(key) => info.get("trace_metadata")?.get(key).map(text),
            Self::Assessment(kind, name) => {
                let known = info.get("assessments")?.as_array()?;
                let found =
                    known.iter().find(|known| known["assessment_name"] == **name && known.get(*kind).is_some())?;
                found.get(*kind)?.get("value").map(text)
            }
            Self::TimeMs => Some(
                (spanglass_trace::rfc3339::unix_nano(info.get("request_time")?.as_str()?)? / 1_000_000).to_string(),
            ),
            Self::DurationMs => {
                let seconds: f64 = info.get("execution_duration")?.as_str()?.strip_suffix('s')?.parse().ok()?;
                Some((seconds * 1e3).to_string())
            }
        }
    }
}

/// Says whether a text is like a pattern in which `%` stands for anything.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('%');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn comparisons_hold_as_in_mlflow() {
        let info = json!({
            "trace_id": "tr-1", "state": "OK", "request_time": "2026-11-20T11:49:02.315Z", "execution_duration": "0.731s",
            "tags": {"mlflow.traceName": "chat_turn", "env": "pro AND test"}, "trace_metadata": {"mlflow.trace.session": "s-1"},
            "assessments": [{"assessment_name": "helpful", "feedback": {"value": true}}],
        });
        for (filter, holds) in [
            ("", true),
            ("status = 'OK'", true),
            ("attributes.status != 'OK'", false),
            ("name LIKE 'chat%' AND tag.env = 'pro AND test'", true),
            ("tags.`env` ILIKE '%TEST'", true),
            ("metadata.`mlflow.trace.session` = \"s-1\"", true),
            ("timestamp_ms > 1795175342314 and execution_time_ms<=731", true),
            ("timestamp > 1795175342315", false),
            ("feedback.helpful = 'true'", true),
            ("expectation.helpful = 'true'", false),
            ("tag.missing != 'x'", false),
        ] {
            let read: Filter = filter.parse().expect(filter);
            assert_eq!(read.lets_through(&info), holds, "{filter}");
        }
        for unknown in ["colour = 'red'", "status", "status = OK", "name RLIKE 'x'", "span.name = 'x'"] {
            assert_eq!(unknown.parse::<Filter>().expect_err(unknown).code, "INVALID_PARAMETER_VALUE");
        }
    }

    #[test]
    fn patterns_match_as_in_sql() {
        for (text, pattern, like) in [
            ("abc", "abc", true),
            ("abc", "a%", true),
            ("abc", "%b%", true),
            ("abc", "%c", true),
            ("abc", "b%", false),
            ("aa", "a%a%a", false),
            ("", "%", true),
        ] {
            assert_eq!(is_like(text, pattern), like, "{text} {pattern}");
        }
    }
}
