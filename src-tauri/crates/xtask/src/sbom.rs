//! `cargo xtask sbom`: what is built into Spanglass, as CycloneDX 1.6 JSON; the desktop package carries it.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::run::target;
use crate::step::{cargo, root};

/// A crate or a package of npm.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression; empty when none is told.
    pub(crate) license: String,
    /// Whether it is one of ours or comes from crates.io or npm, and is pinned.
    pub(crate) is_of_registry: bool,
    /// Its address in the package-url form.
    purl: String,
    /// A SHA-256 or SHA-512 of what was downloaded, where the lock file has one.
    checksum: Option<(&'static str, String)>,
}

/// Writes the list to `target/sbom.cdx.json`.
///
/// # Errors
/// When cargo cannot tell what is built, or the file cannot be written.
pub(crate) fn sbom() -> Result<()> {
    let parts = parts()?;
    let components = parts.iter().map(|part| {
        let mut component = json!({
            "type": "library", "name": part.name, "version": part.version, "purl": part.purl, "bom-ref": part.purl,
        });
        if !part.license.is_empty() {
            component["licenses"] = json!([{"expression": part.license}]);
        }
        if let Some((algorithm, content)) = &part.checksum {
            component["hashes"] = json!([{"alg": algorithm, "content": content}]);
        }
        component
    });
    let list = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "spanglass", "version": env!("CARGO_PKG_VERSION")}},
        "components": components.collect::<Vec<_>>(),
    });
    let file = target().join("sbom.cdx.json");
    fs::create_dir_all(target())?;
    fs::write(&file, serde_json::to_vec_pretty(&list)?).with_context(|| format!("writing {}", file.display()))?;
    println!("── {} parts: {}", parts.len(), file.display());
    Ok(())
}

/// Returns the parts, crates first, each by name.
///
/// # Errors
/// When cargo cannot tell what is built.
pub(crate) fn parts() -> Result<Vec<Part>> {
    let mut parts = crates()?;
    parts.extend(packages()?);
    Ok(parts)
}

/// Returns the crates of the lock file. Cargo tells their licences; the lock file, what was downloaded.
fn crates() -> Result<Vec<Part>> {
    let told = cargo().args(["metadata", "--format-version", "1", "--locked"]).output()?;
    let told: Value = serde_json::from_slice(&told.stdout).context("cargo metadata answers no JSON")?;
    let lock = fs::read_to_string(root().join("Cargo.lock"))?;
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let ours = told["workspace_members"].as_array().cloned().unwrap_or_default();
    let all = told["packages"].as_array().context("cargo metadata lists no packages")?;
    let parts = all.iter().filter(|package| !ours.contains(&package["id"])).map(|package| {
        let (name, version) = (text(package, "name"), text(package, "version"));
        let checksum = checksum(&lock, &name, &version);
        let from_registry = text(package, "source") == "registry+https://github.com/rust-lang/crates.io-index";
        Part {
            purl: format!("pkg:cargo/{name}@{version}"),
            is_of_registry: from_registry && checksum.is_some(),
            // Older manifests write `/` for "or".
            license: text(package, "license").replace('/', " OR "),
            checksum: checksum.map(|sum| ("SHA-256", sum)),
            name,
            version,
        }
    });
    Ok(parts.collect())
}

fn checksum(lock: &str, name: &str, version: &str) -> Option<String> {
    let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
    let rest = lock.split(&entry).nth(1)?.split("[[package]]").next()?;
    let line = rest.lines().find_map(|line| line.strip_prefix("checksum = "))?;
    Some(line.trim_matches('"').to_owned())
}

/// Returns the packages the interface is built from.
fn packages() -> Result<Vec<Part>> {
    let lock: Value = serde_json::from_slice(&fs::read(root().join("ui/package-lock.json"))?)?;
    let all = lock["packages"].as_object().context("package-lock.json lists no packages")?;
    let parts = all.iter().filter(|(place, _)| !place.is_empty()).map(|(place, package)| {
        let name = place.rsplit("node_modules/").next().unwrap_or(place).to_owned();
        let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
        let version = text("version");
        Part {
            purl: format!("pkg:npm/{}@{version}", name.replace('@', "%40")),
            license: text("license"),
            is_of_registry: !text("integrity").is_empty() || package["inBundle"] == true,
            checksum: None,
            name,
            version,
        }
    });
    Ok(parts.collect())
}
