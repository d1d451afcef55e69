//! Puts the interface (`ui/dist`) into the library when it was built before; everything compiles without it.
//!
//! A debug binary reads the folder when it runs, so that a rebuilt page needs no rebuilt engine.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")).join("../../../ui/dist");
    let expression = if variable("PROFILE") == "debug" {
        println!("cargo::rerun-if-changed=build.rs");
        format!("crate::config::Assets::Folder({:?}.into())", folder)
    } else {
        // A folder that is not there yet counts as changed at each build.
        println!("cargo::rerun-if-changed={}", folder.display());
        embedded(&folder)?
    };
    let code = format!(
        "/// Returns the interface's files, as this build carries them.\npub fn interface() -> crate::config::Assets {{\n    {expression}\n}}\n"
    );
    fs::write(Path::new(&variable("OUT_DIR")).join("interface.rs"), code)
}

fn embedded(folder: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    list(folder, &mut files)?;
    if files.is_empty() {
        return Ok("crate::config::Assets::None".into());
    }
    files.sort();
    let mut list = String::new();
    for file in files {
        let name = file.strip_prefix(folder).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        let path = file.to_string_lossy().into_owned();
        write!(list, "\n        ({name:?}, include_bytes!({path:?})),").map_err(io::Error::other)?;
    }
    Ok(format!("static FILES: &[(&str, &[u8])] = &[{list}\n    ];\n    crate::config::Assets::Embedded(FILES)"))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
