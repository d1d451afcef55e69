//! What this machine has to draw with.

/// Starts this program again with WebKit's GPU buffers off, when it runs on Linux without a graphics device. Half the frame
/// rate would be lost to copying otherwise.
///
/// WebKit reads the setting from the environment before the first window, and a process cannot change its own environment
/// safely; hence a new process image under the same process id. Returns when there is nothing to change.
#[cfg(target_os = "linux")]
pub(crate) fn prepare() {
    use std::os::unix::process::CommandExt;

    const SETTING: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SETTING).is_some() || std::path::Path::new("/dev/dri").exists() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SETTING, "1").exec();
    eprintln!("spanglass-app: drawing will be slow, {SETTING}=1 could not be set: {error}");
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare() {}

/// Says what to do where no window can open; GTK would end the program with a panic.
///
/// # Errors
/// When neither X11 nor Wayland is there.
#[cfg(target_os = "linux")]
pub(crate) fn require_display() -> anyhow::Result<()> {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    anyhow::ensure!(
        set("DISPLAY") || set("WAYLAND_DISPLAY"),
        "there is no display to open a window on; `spanglass serve` shows the same in a browser"
    );
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn require_display() -> anyhow::Result<()> {
    Ok(())
}
