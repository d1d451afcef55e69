//! Links in traces open outside. The page has shown where they lead and asked; what is opened is checked once more here.

use tauri::{AppHandle, Url};
use tauri_plugin_opener::OpenerExt;

/// Longest address that is opened; a dialog cannot show more in full.
const LONGEST: usize = 2000;

/// Opens a web address in the system's browser.
///
/// # Errors
/// A sentence, when the address is none that may be opened or no browser could be started.
#[tauri::command]
pub(crate) fn open_link(app: AppHandle, url: String) -> Result<(), String> {
    let url = openable(&url)?;
    app.opener().open_url(url, None::<&str>).map_err(|error| format!("The browser could not be started: {error}"))
}

/// Returns the address in the form that cannot pretend to be another (the host in ASCII), when it is a web address.
fn openable(url: &str) -> Result<Url, String> {
    if url.len() > LONGEST {
        return Err("The address is too long to show in full.".into());
    }
    let url: Url = url.parse().map_err(|_| "This is no address.".to_owned())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("Only http and https addresses open.".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("An address with a user name in it can pretend to lead elsewhere.".into());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::openable;

    #[test]
    fn web_addresses_open_with_their_host_in_ascii() {
        assert_eq!(openable("https://example.com/a?b#c").unwrap().as_str(), "https://example.com/a?b#c");
        assert_eq!(openable("https://еxample.com/").unwrap().host_str(), Some("xn--xample-2of.com"));
    }

    #[test]
    fn everything_else_stays_text() {
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "smb://host/x",
            "mailto:a@b",
            "vscode://x",
            "about:blank",
            "//example.com",
            "example.com",
            "",
            "https://",
            "https://bank.example@evil.example/",
            "spanglass://localhost/",
            "ftp://example.com/",
        ] {
            assert!(openable(url).is_err(), "{url}");
        }
    }
}
