//! The binary that is shipped: static, so that it runs on any Linux of its architecture and in an empty container, and
//! without paths of the machine that built it.

use std::env::consts::{ARCH, OS};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::sh;

/// A binary to be shipped.
pub(super) struct Binary {
    pub(super) path: PathBuf,
    /// What the archive is named for, such as `x86_64-linux`.
    pub(super) platform: String,
    /// How it was made, for whoever reads the output.
    pub(super) remark: String,
}

impl Binary {
    /// Builds it: of musl where its target is installed, else of the GNU C library, linked statically too.
    pub(super) fn build(root: &Path) -> Result<Self> {
        ensure!(OS == "linux", "the static binary is built on Linux");
        let musl = format!("{ARCH}-unknown-linux-musl");
        let libraries = PathBuf::from(sh::output(Command::new("rustc").args(["--print", "sysroot"]))?.trim())
            .join("lib/rustlib");
        let (target, remark) = match libraries.join(&musl).is_dir() {
            true => (musl, "static, of musl".to_owned()),
            false => (
                format!("{ARCH}-unknown-linux-gnu"),
                format!(
                    "static, of the GNU C library: {musl} is not installed (`rustup target add {musl}`).\n\
                     Host names are looked up in /etc/hosts and by DNS; other sources of nsswitch.conf need the same \
                     C library on the machine."
                ),
            ),
        };
        let variable = format!("CARGO_TARGET_{}_RUSTFLAGS", target.replace('-', "_").to_uppercase());
        let line = ["build", "--locked", "--profile", "dist", "--package", "ncgate", "--target", &target];
        let epoch = super::commit_time(root)?.to_string();
        sh::run(sh::cargo(root, &line).env(variable, flags(root)).env("SOURCE_DATE_EPOCH", epoch))?;
        let built = crate::service::target(root).join(&target).join("dist/ncgate");
        let binary = Self { path: built, platform: format!("{ARCH}-{OS}"), remark };
        ensure!(!needs_a_loader(&binary.path)?, "{} is not static", binary.path.display());
        Ok(binary)
    }

    /// One that was built elsewhere, for this machine's architecture.
    pub(super) fn given(path: PathBuf) -> Result<Self> {
        sh::output(Command::new(&path).arg("--version")).context("the binary does not run here")?;
        let kind = if needs_a_loader(&path)? {
            "NOT static: for trying this out, not for shipping"
        } else {
            "static"
        };
        Ok(Self { path, platform: format!("{ARCH}-{OS}"), remark: format!("as given, {kind}") })
    }
}

/// A static C library, and neutral names for the directories of this machine.
fn flags(root: &Path) -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let mut flags =
        vec!["-Ctarget-feature=+crt-static".to_owned(), format!("--remap-path-prefix={}=.", root.display())];
    flags.extend(home.map(|home| format!("--remap-path-prefix={}=cargo", home.display())));
    flags.join(" ")
}

/// Whether an ELF file names a program that has to load it, as everything that is not static does.
fn needs_a_loader(path: &Path) -> Result<bool> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    ensure!(bytes.starts_with(b"\x7fELF\x02\x01"), "{} is no 64-bit little-endian ELF file", path.display());
    interpreted(&bytes).context("the ELF header is cut off")
}

fn interpreted(bytes: &[u8]) -> Option<bool> {
    const INTERPRETER: u32 = 3;
    let number = |at: usize, length: usize| {
        let field = bytes.get(at..at.checked_add(length)?)?;
        Some(field.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)))
    };
    let (start, size, count) = (number(0x20, 8)?, number(0x36, 2)?, number(0x38, 2)?);
    for header in 0..count {
        let at = usize::try_from(start.checked_add(header * size)?).ok()?;
        if number(at, 4)? == u64::from(INTERPRETER) {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_dynamically_is_told_from_what_is_static() {
        // This very test program has a loader.
        assert!(needs_a_loader(&std::env::current_exe().unwrap()).unwrap());
        let mut file = vec![0; 0x40];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[0x20] = 0x40;
        file[0x36] = 0x38;
        file[0x38] = 1;
        file.extend([1; 0x38]);
        assert_eq!(interpreted(&file), Some(false));
        file[0x40..0x44].copy_from_slice(&[3, 0, 0, 0]);
        assert_eq!(interpreted(&file), Some(true));
        assert_eq!(interpreted(&file[..0x41]), None);
    }
}
