//! How WebKit draws on a machine without a graphics device.

/// Starts this program again with WebKit's GPU buffers off, when it runs on Linux without a graphics device. Half the frame
/// rate would be lost to copying otherwise.
///
/// WebKit reads the setting from the environment before the first window, and a process cannot change its own environment
/// safely; hence a new process image under the same process id. Returns when there is nothing to change.
#[cfg(target_os = "linux")]
pub(crate) fn suit_the_machine() {
    use std::os::unix::process::CommandExt;

    const SETTING: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SETTING).is_some() || std::path::Path::new("/dev/dri").exists() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SETTING, "1").exec();
    tracing::warn!(%error, "drawing will be slow: {SETTING}=1 could not be set");
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn suit_the_machine() {}
