//! What the engine is told at its start: defaults, then the settings beside the data, then environment, then flags; read once.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::forward::ForwardTo;
use crate::store::ENDPOINTS;

/// Where OTLP/HTTP is expected by default.
pub const OTLP_HTTP_PORT: u16 = 4318;
/// Where OTLP/gRPC is expected by default.
pub const OTLP_GRPC_PORT: u16 = 4317;
/// Where programs expect a Datadog agent by default.
pub const DATADOG_PORT: u16 = 8126;
/// Where programs send dogstatsd metrics by default (UDP).
pub const DOGSTATSD_PORT: u16 = 8125;
/// Where `serve` shows its interface by default.
pub const UI_PORT: u16 = 4319;
/// How much is kept by default before the oldest traces go: 2 GB.
pub const MAX_STORED_BYTES: u64 = 2_000_000_000;

/// Everything the engine is told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything is kept; made, for its owner only, when it is not there.
    pub data_dir: PathBuf,
    /// OTLP over HTTP (and gRPC).
    pub otlp_http: Listen,
    /// OTLP over gRPC (and HTTP).
    pub otlp_grpc: Listen,
    /// What programs send a Datadog agent.
    pub datadog: Listen,
    /// The same at a socket that is a file; `None` = nowhere.
    pub datadog_socket: Option<PathBuf>,
    /// Zipkin's own port; what is sent there is taken on the OTLP ports, too.
    pub zipkin: Listen,
    /// dogstatsd metrics, over UDP.
    pub dogstatsd: Listen,
    /// The interface for a browser on this machine. The window needs none: it asks [`crate::Engine::router`] directly.
    pub ui: Listen,
    /// How many bytes the store may take before the oldest traces go.
    pub max_stored_bytes: u64,
    /// Whether senders of OTLP must know the token that is kept with the data.
    pub require_token: bool,
    /// Where to pass on what is received; `None` = nothing leaves the machine.
    pub forward: Option<ForwardTo>,
    /// The interface's files.
    pub assets: Assets,
}

impl Config {
    /// Returns what the window starts with: all receiving ports, no listener for the interface.
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            otlp_http: Listen::Port(OTLP_HTTP_PORT),
            otlp_grpc: Listen::Port(OTLP_GRPC_PORT),
            datadog: Listen::Port(DATADOG_PORT),
            datadog_socket: None,
            zipkin: Listen::Off,
            dogstatsd: Listen::Port(DOGSTATSD_PORT),
            ui: Listen::Off,
            max_stored_bytes: MAX_STORED_BYTES,
            require_token: false,
            forward: None,
            assets: Assets::None,
        }
    }
}

impl Config {
    /// Returns the same with nothing listened on but the interface: where nothing can be kept, nothing is taken in.
    pub(crate) fn without_senders(self) -> Self {
        let (otlp_http, otlp_grpc, datadog, dogstatsd, zipkin) =
            (Listen::Off, Listen::Off, Listen::Off, Listen::Off, Listen::Off);
        let (datadog_socket, require_token, forward) = (None, false, None);
        Self { otlp_http, otlp_grpc, datadog, dogstatsd, zipkin, datadog_socket, require_token, forward, ..self }
    }
}

/// Where the interface's files come from.
#[derive(Clone, Debug, Default)]
pub enum Assets {
    /// There are none; the API answers all the same.
    #[default]
    None,
    /// A folder, read at each request.
    Folder(PathBuf),
    /// Paths relative to the page, with `/` between folders, and their bytes.
    Embedded(&'static [(&'static str, &'static [u8])]),
}

/// Where a listener listens: on both loopback addresses, 127.0.0.1 and ::1, with one port, unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Nowhere.
    Off,
    /// On this port; 0 = any free one.
    Port(u16),
    /// On an address that other machines can reach; only for OTLP, and only with a token ([`Config::require_token`]).
    Beyond(SocketAddr),
}

impl Listen {
    /// Refuses an address that other machines can reach.
    ///
    /// # Errors
    ///
    /// A sentence that says what to do instead.
    pub fn on_this_machine(self) -> Result<Self, NotAnAddress> {
        match self {
            Self::Beyond(address) => Err(NotAnAddress::NotLoopback(address.to_string())),
            listen => Ok(listen),
        }
    }
}

/// Why an address cannot be listened on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    /// It is none.
    #[error("`{0}` is no address to listen on; write a port (4318), 127.0.0.1:4318, or off")]
    Malformed(String),
    /// Other machines could reach it.
    #[error(
        "`{0}` can be reached from other machines, and what is received holds prompts; use 127.0.0.1 and forward the port (for example with ssh -R), or, for OTLP, add --require-token"
    )]
    NotLoopback(String),
}

impl FromStr for Listen {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let malformed = || NotAnAddress::Malformed(text.to_owned());
        if text == "off" {
            return Ok(Self::Off);
        }
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        let port = port.parse().map_err(|_| malformed())?;
        if host.is_empty() || host.eq_ignore_ascii_case("localhost") {
            return Ok(Self::Port(port));
        }
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        match bare.parse::<IpAddr>() {
            Ok(address) if address.is_loopback() => Ok(Self::Port(port)),
            Ok(address) => Ok(Self::Beyond(SocketAddr::new(address, port))),
            Err(_) => Err(malformed()),
        }
    }
}

/// Returns the bytes a size such as `2GB`, `512MiB` or `1000000` says.
///
/// # Errors
///
/// A sentence, when it is no size.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = text[digits.len()..].trim().to_ascii_lowercase();
    let factor: u64 = match unit.as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err(format!("`{text}` is no size; write for example 2GB or 512MiB")),
    };
    let bytes = digits.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0).map(|n| n * factor as f64);
    bytes.map(|n| n as u64).ok_or_else(|| format!("`{text}` is no size; write for example 2GB or 512MiB"))
}

/// The least that a store may be bounded to: with less, what comes in would go at once.
const LEAST_STORED: u64 = 1_000_000;

/// Returns the bytes a bound of the store says.
///
/// # Errors
///
/// A sentence, when it is no size, or too little to keep anything.
pub fn parse_max_size(text: &str) -> Result<u64, String> {
    match parse_size(text)? {
        bytes @ LEAST_STORED.. => Ok(bytes),
        bytes => {
            Err(format!("`{text}` is {bytes} bytes, too little to keep traces; write at least 1MB, for example 2GB"))
        }
    }
}

/// Returns where the window and the command line keep their data when they are not told: `$SPANGLASS_DATA_DIR`, else the
/// place the system has for it. `None` when the system names no home.
pub fn default_data_dir(env: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let path = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // The XDG base directory specification says to ignore paths that are not absolute.
    let absolute = |name: &str| path(name).filter(|path| path.is_absolute());
    if let Some(told) = path("SPANGLASS_DATA_DIR") {
        return Some(told);
    }
    if cfg!(windows) {
        return absolute("LOCALAPPDATA").map(|dir| dir.join("Spanglass"));
    }
    let home = absolute("HOME");
    if cfg!(target_os = "macos") {
        return home.map(|home| home.join("Library/Application Support/Spanglass"));
    }
    absolute("XDG_DATA_HOME").or_else(|| home.map(|home| home.join(".local/share"))).map(|dir| dir.join("spanglass"))
}

/// Returns where the bound addresses are written.
pub fn endpoints_file(data_dir: &Path) -> PathBuf {
    data_dir.join(ENDPOINTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_ports_on_loopback_or_off() {
        for (text, expected) in [
            ("off", Ok(Listen::Off)),
            ("4318", Ok(Listen::Port(4318))),
            (":4318", Ok(Listen::Port(4318))),
            ("127.0.0.1:0", Ok(Listen::Port(0))),
            ("localhost:9", Ok(Listen::Port(9))),
            ("[::1]:4318", Ok(Listen::Port(4318))),
            ("0.0.0.0:4318", Ok(Listen::Beyond(([0, 0, 0, 0], 4318).into()))),
            ("[::]:4318", Ok(Listen::Beyond("[::]:4318".parse().expect("an address")))),
            ("192.168.1.7:1", Ok(Listen::Beyond(([192, 168, 1, 7], 1).into()))),
            ("", Err(NotAnAddress::Malformed("".into()))),
            ("127.0.0.1:", Err(NotAnAddress::Malformed("127.0.0.1:".into()))),
            ("127.0.0.1:65536", Err(NotAnAddress::Malformed("127.0.0.1:65536".into()))),
            ("example.com:1", Err(NotAnAddress::Malformed("example.com:1".into()))),
            ("+80", Err(NotAnAddress::Malformed("+80".into()))),
        ] {
            assert_eq!(text.parse::<Listen>(), expected, "{text}");
        }
    }

    #[test]
    fn sizes_are_decimal_or_binary() {
        for (text, expected) in
            [("2GB", 2_000_000_000), ("1.5 GiB", 1_610_612_736), ("512MiB", 536_870_912), ("7", 7), ("3k", 3_000)]
        {
            assert_eq!(parse_size(text), Ok(expected), "{text}");
        }
        for text in ["", "GB", "-1GB", "2XB", "1e999"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bound_that_keeps_nothing_is_refused_with_what_to_write() {
        assert_eq!(parse_max_size("1MB"), Ok(1_000_000));
        for text in ["2", "2kB", "0", "0.9MB"] {
            let error = parse_max_size(text).unwrap_err();
            assert!(error.contains("at least 1MB"), "{error}");
        }
        assert!(parse_max_size("much").unwrap_err().contains("2GB"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn data_is_kept_where_the_system_says() {
        let env = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        };
        let dir = |pairs| default_data_dir(env(pairs)).map(|dir| dir.display().to_string());
        assert_eq!(dir(&[("HOME", "/h")]).as_deref(), Some("/h/.local/share/spanglass"));
        assert_eq!(dir(&[("HOME", "/h"), ("XDG_DATA_HOME", "/x")]).as_deref(), Some("/x/spanglass"));
        assert_eq!(dir(&[("HOME", "/h"), ("XDG_DATA_HOME", "x")]).as_deref(), Some("/h/.local/share/spanglass"));
        assert_eq!(dir(&[("SPANGLASS_DATA_DIR", "/s"), ("HOME", "/h")]).as_deref(), Some("/s"));
        assert_eq!(dir(&[]), None);
    }
}
