//! Debian packages: installing them where we may, naming the command where we may not.

use std::process::{Command, Stdio};

use crate::error::Result;
use crate::process::{self, find_program};
use crate::report;

/// Makes sure of a Debian package. Returns `None` when it was installed now, else what the person has to do.
///
/// The daemon that the package may start by itself is left alone: our own instances have ports of their own.
pub fn install(package: &str) -> Result<Option<String>> {
    let by_hand = format!("apt-get install {package}   (as root; or the same server from elsewhere, in PATH)");
    if find_program("apt-get", &[]).is_none() || !process::is_root() {
        return Ok(Some(by_hand));
    }
    let installed = report::step(&format!("install the Debian package {package}"), || {
        process::run(apt_get().arg("update"))?;
        process::run(apt_get().args(["install", "-y", "--no-install-recommends", package]))
    });
    match installed {
        Ok(()) => Ok(None),
        Err(error @ crate::error::Error::Interrupted(_)) => Err(error),
        Err(error) => Ok(Some(format!("{by_hand}; trying it failed: {error}"))),
    }
}

/// Returns apt-get that asks nothing, waits for another one that is running, and keeps our stdout clean.
fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-o", "DPkg::Lock::Timeout=600"]);
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    command
}
