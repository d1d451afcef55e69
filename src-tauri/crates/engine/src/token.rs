//! A secret that lets someone in: to the interface of `serve`, made at each start, and to the receiving ports where that is asked
//! for, made once and kept with the data.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderMap;
use http::header::AUTHORIZATION;

/// 256 bits, in base64.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn new() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// Returns the token of the receiving ports, and makes it at the first time.
    ///
    /// # Errors
    ///
    /// When the file can be neither read nor written.
    pub(crate) fn kept_in(data_dir: &Path) -> io::Result<Self> {
        let file = token_file(data_dir);
        match std::fs::read_to_string(&file) {
            Ok(kept) if kept.trim().len() >= 32 => Ok(Self(kept.trim().to_owned())),
            _ => {
                let token = Self::new();
                // For its owner only: the store has set the process's umask.
                std::fs::write(&file, format!("{}\n", token.0))?;
                Ok(token)
            }
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares without telling by the time it takes how much is right.
    pub(crate) fn is(&self, told: &str) -> bool {
        let (own, told) = (self.0.as_bytes(), told.as_bytes());
        own.len() == told.len() && own.iter().zip(told).fold(0, |wrong, (a, b)| wrong | (a ^ b)) == 0
    }

    /// Says whether a request carries it: as `Authorization: Bearer`, as the password of `Basic` (what Langfuse's and MLflow's
    /// clients send) or as `x-otlp-api-key`. Of two that disagree, neither counts.
    pub(crate) fn is_carried(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get_all(AUTHORIZATION).iter().chain(headers.get_all("x-otlp-api-key"));
        let mut told = sent.map(|value| value.to_str().ok().and_then(secret)).peekable();
        told.peek().is_some() && told.all(|told| told.is_some_and(|told| self.is(&told)))
    }
}

/// Returns where the token of the receiving ports is kept.
pub(crate) fn token_file(data_dir: &Path) -> PathBuf {
    data_dir.join("token")
}

fn secret(told: &str) -> Option<String> {
    let (scheme, rest) = told.split_once(' ').unwrap_or(("", told));
    match scheme.to_ascii_lowercase().as_str() {
        "" | "bearer" => Some(rest.trim().to_owned()),
        "basic" => {
            let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
            Some(pair.split_once(':')?.1.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_carried_whole_and_without_contradiction() {
        let token = Token::new();
        let own = token.as_str();
        let bearer = format!("Bearer {own}");
        let basic = format!("Basic {}", STANDARD.encode(format!("user:{own}")));
        let carried = |sent: &[(&'static str, &str)]| {
            let headers = sent.iter().map(|(name, value)| {
                (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).expect("ASCII"))
            });
            token.is_carried(&headers.collect())
        };
        for good in [("authorization", &*bearer), ("authorization", &*basic), ("x-otlp-api-key", own)] {
            assert!(carried(&[good]), "{good:?}");
        }
        assert!(carried(&[("authorization", &bearer), ("x-otlp-api-key", own)]));
        assert!(!carried(&[]));
        let cut = &own[..own.len() - 1];
        let longer = format!("{own}x");
        for wrong in ["", "Bearer", "Bearer ", cut, longer.as_str(), "Basic eA==", "Digest x", &own.to_lowercase()] {
            assert!(!carried(&[("authorization", wrong)]), "{wrong}");
            assert!(!carried(&[("authorization", &bearer), ("x-otlp-api-key", wrong)]), "{wrong} beside the right one");
        }
    }
}
