//! How large everything is drawn: chosen in the menu, remembered beside the data.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use spanglass_engine::part_file;
use tauri::{AppHandle, Manager};

use crate::window;

/// The least and the most, in parts of the size as designed.
const BOUNDS: (f64, f64) = (0.5, 3.0);

/// How large everything is drawn; 1 = as designed.
pub(crate) struct Zoom {
    kept_in: PathBuf,
    factor: Mutex<f64>,
}

impl Zoom {
    /// Returns what was remembered in a folder; what cannot be read is as designed.
    pub(crate) fn kept_in(folder: &Path) -> Self {
        let kept_in = folder.join("zoom.json");
        let factor = std::fs::read(&kept_in).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or(1.0);
        Self { kept_in, factor: Mutex::new(within(factor)) }
    }

    /// Returns it as it is.
    pub(crate) fn factor(&self) -> f64 {
        *self.factor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes it, within its bounds, and remembers it.
    fn change(&self, change: impl FnOnce(f64) -> f64) -> f64 {
        let mut factor = self.factor.lock().unwrap_or_else(PoisonError::into_inner);
        *factor = within(change(*factor));
        if let Err(error) = part_file::replace(&self.kept_in, factor.to_string().as_bytes()) {
            tracing::warn!(%error, "how large everything is drawn is kept until the window closes");
        }
        *factor
    }
}

fn within(factor: f64) -> f64 {
    if factor.is_finite() { factor.clamp(BOUNDS.0, BOUNDS.1) } else { 1.0 }
}

/// Makes everything larger or smaller.
pub(crate) fn zoom(app: &AppHandle, change: impl FnOnce(f64) -> f64) -> tauri::Result<()> {
    let factor = app.state::<Zoom>().change(change);
    window::draw_at(app, factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_remembered_within_its_bounds_and_what_cannot_be_read_is_as_designed() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        assert!((Zoom::kept_in(folder).change(|factor| factor * 1.5) - 1.5).abs() < 1e-9);
        assert!((Zoom::kept_in(folder).factor() - 1.5).abs() < 1e-9);
        assert!((Zoom::kept_in(folder).change(|factor| factor * 9.0) - 3.0).abs() < 1e-9);
        for text in ["", "large", "1e999", "null"] {
            std::fs::write(folder.join("zoom.json"), text).expect("a file");
            assert!((Zoom::kept_in(folder).factor() - 1.0).abs() < 1e-9, "{text}");
        }
    }
}
