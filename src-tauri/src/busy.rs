//! What must not be broken off by closing the window: files that are being imported or exported.

use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};
use tokio::sync::watch;

/// How many files are worked on.
#[derive(Default)]
pub(crate) struct Busy(watch::Sender<usize>);

/// One file that is worked on, until this goes.
pub(crate) struct Work(AppHandle);

impl Work {
    /// Begins work.
    pub(crate) fn begin(app: &AppHandle) -> Self {
        app.state::<Busy>().0.send_modify(|files| *files += 1);
        Self(app.clone())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.state::<Busy>().0.send_modify(|files| *files -= 1);
    }
}

/// Says whether the window may close; when not, its person is asked, and what they say is done.
pub(crate) fn may_close(app: &AppHandle) -> bool {
    if *app.state::<Busy>().0.borrow() == 0 {
        return true;
    }
    let asking = app.clone();
    app.dialog()
        .message(
            "A file is being imported or exported. Quitting now leaves the rest of it out; no half file stays behind.",
        )
        .title("Spanglass")
        .kind(MessageDialogKind::Warning)
        .buttons(MessageDialogButtons::OkCancelCustom("Quit".into(), "Go on".into()))
        .show(move |quits| {
            if quits {
                asking.exit(0);
            }
        });
    false
}

/// Waits until no file is worked on.
pub(crate) async fn done(app: &AppHandle) {
    let _ = app.state::<Busy>().0.subscribe().wait_for(|files| *files == 0).await;
}
