//! What the user says about passing on: where to, under which headers, what of it, and how much may wait.

use std::str::FromStr;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::config::parse_size;
use crate::signal::Signal;

/// How many bytes may wait for the endpoint unless told otherwise.
const WAITING_BYTES: u64 = 1_000_000_000;

/// The flags of `serve` and of the window. Without `--forward` nothing is passed on.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Flags {
    /// Pass on everything received over OTLP to this OTLP/HTTP endpoint, unchanged; without it, nothing leaves the machine
    #[arg(long, value_name = "URL")]
    forward: Option<Address>,
    /// Headers for it, as in OTEL_EXPORTER_OTLP_HEADERS: name=value,name=value; $SPANGLASS_FORWARD_HEADERS shows in no list of processes
    #[arg(long, value_name = "LIST", requires = "forward")]
    forward_headers: Option<String>,
    /// What to pass on
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "traces,logs,metrics",
        requires = "forward"
    )]
    forward_signals: Vec<Signal>,
    /// How much may wait on disk while the endpoint does not answer; what comes beyond is not passed on, and counted
    #[arg(long, value_name = "SIZE", value_parser = parse_size, requires = "forward")]
    forward_queue: Option<u64>,
}

impl Flags {
    /// Returns what they say together with the environment; `None` = pass nothing on.
    ///
    /// # Errors
    ///
    /// A sentence, when the headers are none.
    pub fn read(self, env: impl Fn(&str) -> Option<String>) -> Result<Option<ForwardTo>, String> {
        let Some(Address(endpoint)) = self.forward else { return Ok(None) };
        let headers = self.forward_headers.or_else(|| env("SPANGLASS_FORWARD_HEADERS")).unwrap_or_default();
        let headers = headers_of(&headers)?;
        Ok(Some(ForwardTo {
            endpoint,
            headers,
            signals: self.forward_signals,
            max_waiting_bytes: self.forward_queue.unwrap_or(WAITING_BYTES),
        }))
    }
}

/// Where to pass on what is received, and how.
#[derive(Clone, Debug)]
pub struct ForwardTo {
    pub(super) endpoint: Url,
    /// Sent with every request.
    pub(super) headers: HeaderMap,
    pub(super) signals: Vec<Signal>,
    pub(super) max_waiting_bytes: u64,
}

impl ForwardTo {
    /// Returns where a signal is sent to.
    pub(super) fn url(&self, signal: Signal) -> Url {
        let mut url = self.endpoint.clone();
        url.set_path(&format!("{}/v1/{}", url.path().trim_end_matches('/'), signal.name()));
        url
    }

    /// Returns the endpoint without the secrets an address can hold.
    pub(super) fn shown(&self) -> String {
        let mut url = self.endpoint.clone();
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.to_string().trim_end_matches('/').to_owned()
    }
}

/// The base address of an OTLP/HTTP endpoint, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it.
#[derive(Clone, Debug)]
struct Address(Url);

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            format!("`{text}` is no OTLP/HTTP endpoint ({why}); write for example https://otel.example.com:4318")
        };
        let mut url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(wrong("it begins with neither http:// nor https://"));
        }
        url.set_fragment(None);
        // The address of one signal is often what a product's page shows.
        let path = url.path().trim_end_matches('/');
        let base = Signal::ALL.iter().find_map(|signal| path.strip_suffix(&format!("/v1/{}", signal.name())));
        let base = base.unwrap_or(path).to_owned();
        url.set_path(&base);
        Ok(Self(url))
    }
}

/// Reads `name=value,name=value`, values percent-encoded where they need to be (W3C Baggage without its properties, as
/// OTEL_EXPORTER_OTLP_HEADERS is defined).
fn headers_of(text: &str) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        // The pair itself may be a secret, so no message repeats it.
        let wrong =
            |what: &str| format!("the headers to forward with cannot be read: {what}; write name=value,name=value");
        let (name, value) = pair.split_once('=').ok_or_else(|| wrong("a pair has no `=`"))?;
        let name = HeaderName::from_str(name.trim()).map_err(|_| wrong("a name is none"))?;
        let value =
            percent_decoded(value.trim()).ok_or_else(|| wrong("a `%` is not followed by two hexadecimal digits"))?;
        let mut value = HeaderValue::from_bytes(&value).map_err(|_| wrong("a value holds a line break"))?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut pieces = text.split('%');
    let mut decoded = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        decoded.push(u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?);
        decoded.extend_from_slice(rest.as_bytes());
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(text: &str) -> ForwardTo {
        let forward = Some(text.parse().expect("an endpoint"));
        let flags = Flags { forward, ..Flags::default() };
        flags.read(|_| None).expect("no headers").expect("an endpoint")
    }

    #[test]
    fn an_endpoint_is_a_base_address_however_it_is_written() {
        for (written, sent_to) in [
            ("http://otel.test:4318", "http://otel.test:4318/v1/traces"),
            ("http://otel.test:4318/", "http://otel.test:4318/v1/traces"),
            ("https://otel.test/v1/traces", "https://otel.test/v1/traces"),
            ("https://otel.test/v1/logs/", "https://otel.test/v1/traces"),
            ("https://cloud.test/api/public/otel", "https://cloud.test/api/public/otel/v1/traces"),
        ] {
            assert_eq!(to(written).url(Signal::Traces).as_str(), sent_to, "{written}");
        }
        for wrong in ["", "otel.test:4318", "ftp://otel.test", "/v1/traces", "http://"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
        assert_eq!(to("https://me:secret@otel.test/x?key=secret").shown(), "https://otel.test/x");
    }

    #[test]
    fn headers_are_pairs_whose_values_may_be_encoded() {
        let headers = headers_of("authorization=Basic%20YTpi, x-key = a=b ,").expect("pairs");
        assert_eq!(headers["authorization"], "Basic YTpi");
        assert_eq!(headers["x-key"], "a=b");
        assert!(headers_of("").expect("none").is_empty());
        for wrong in ["secret", "a b=secret", "x=secret%0a", "x=secret%+1", "x=secret%"] {
            let error = headers_of(wrong).expect_err(wrong);
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
