//! What Spanglass is made of: known parts, from one registry, under licences we may pass on.

use std::process::Stdio;

use anyhow::Result;

use super::Came;
use crate::sbom;
use crate::step::{cargo, command};

/// Checks it: with cargo-deny where that is installed, the list of parts in any case.
///
/// # Errors
/// When cargo cannot tell what is built.
pub(super) fn check() -> Result<Came> {
    let parts = sbom::parts()?;
    let foreign: Vec<_> = parts.iter().filter(|part| !part.is_of_registry).map(|part| part.name.clone()).collect();
    let unlicensed: Vec<_> =
        parts.iter().filter(|part| part.license.is_empty()).map(|part| part.name.clone()).collect();
    let mut came = Came::default();
    came.tests.push((format!("from one registry, pinned; not so: {foreign:?}"), foreign.is_empty()));
    came.tests.push((format!("licensed; not so: {unlicensed:?}"), unlicensed.is_empty()));
    came.printed.push(format!(
        "safety S20: {} parts, {} of no registry, {} without a licence",
        parts.len(),
        foreign.len(),
        unlicensed.len()
    ));
    let has_deny = command("cargo-deny").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if has_deny {
        let allowed =
            cargo().args(["deny", "--locked", "check", "licenses", "bans", "sources"]).stdout(Stdio::null()).status();
        came.tests
            .push(("cargo deny: licences, bans, sources".to_owned(), allowed.is_ok_and(|status| status.success())));
        let advisories = cargo().args(["deny", "--locked", "check", "advisories"]).stdout(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&advisories.stderr).into_owned();
        // Without its database there is nothing to say, and that is said.
        if said.contains("failed to fetch advisory database") {
            came.printed
                .push("safety S20: advisories were not checked: their database cannot be reached from here".to_owned());
        } else {
            came.tests.push(("cargo deny: advisories".to_owned(), advisories.status.success()));
        }
    } else {
        came.printed.push(
            "safety S20: cargo-deny is not installed, so licences and advisories were not held against deny.toml"
                .to_owned(),
        );
    }
    let locked =
        cargo().args(["metadata", "--no-deps", "--format-version", "1", "--locked"]).stdout(Stdio::null()).status()?;
    came.tests.push(("the lock file is that of the manifests".to_owned(), locked.success()));
    Ok(came)
}
