//! What is handed to people who install ncgate: one archive with the static binary, its manual and completions, the
//! bundle for MCP clients that install those, a list of everything that went into it, and checksums of all that.
//!
//! The same commit and toolchain give the same archive: order, owners and times are fixed, paths of this machine are not
//! in it.

mod archive;
mod binary;
mod bundle;
mod container;
mod materials;
mod notices;
mod sbom;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

pub(crate) use bundle::check as check_bundle;

use crate::sh;

/// What of the repository goes into the archive, and where it lies there: folders with all that is in them.
const DOCUMENTS: [&str; 6] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "docs", "deploy"];

/// Makes everything below `target/release-files`, of `binary` or else of one that is built for it.
pub(crate) fn run(root: &Path, binary: Option<PathBuf>) -> Result<()> {
    container::check(root)?;
    let materials = materials::Materials::of(root)?;
    let built = match binary {
        Some(path) => binary::Binary::given(path)?,
        None => binary::Binary::build(root)?,
    };
    println!("{}", built.remark);

    let out = root.join("target/release-files");
    let name = format!("ncgate-{}-{}", materials.version, built.platform);
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let stage = out.join(&name);
    fs::create_dir_all(&stage)?;
    fs::copy(&built.path, stage.join("ncgate"))?;
    for document in DOCUMENTS {
        copy(root, document, &stage).with_context(|| document.to_owned())?;
    }
    fs::write(stage.join("THIRD-PARTY.txt"), notices::of(&materials)?)?;
    write_usage(&stage)?;

    let sbom = serde_json::to_string_pretty(&sbom::of(&materials, &commit_date(root)?))?;
    fs::write(out.join(format!("{name}.cdx.json")), sbom + "\n")?;
    let time = commit_time(root)?;
    archive::pack(&stage, &out.join(format!("{name}.tar.gz")), time)?;
    bundle::pack(root, &stage.join("ncgate"), &materials.version, &built.platform, &out)?;
    fs::remove_dir_all(&stage)?;
    // The image is built of the archive, in this directory.
    fs::copy(root.join(container::FILE), out.join("Containerfile"))?;
    println!("{}", checksums(&out)?);
    println!("ncgate: {}", megabytes(&built.path)?);
    for file in ["tar.gz", "mcpb"].map(|kind| format!("{name}.{kind}")) {
        println!("{file}: {}", megabytes(&out.join(&file))?);
    }
    Ok(())
}

/// Copies a file, or a folder with all that is in it, from below `root` to the same place below `to`.
fn copy(root: &Path, name: &str, to: &Path) -> Result<()> {
    for path in archive::tree(&root.join(name))? {
        let there = to.join(path.strip_prefix(root)?);
        if path.is_dir() {
            fs::create_dir(there)?;
        } else {
            fs::copy(path, there)?;
        }
    }
    Ok(())
}

/// The manual and the completions, as the binary itself prints them.
fn write_usage(stage: &Path) -> Result<()> {
    let ncgate = stage.join("ncgate");
    sh::output(Command::new(&ncgate).arg("man").arg(stage.join("man")))?;
    let completions = stage.join("completions");
    fs::create_dir(&completions)?;
    for (shell, file) in [("bash", "ncgate.bash"), ("zsh", "_ncgate"), ("fish", "ncgate.fish")] {
        let script = sh::output(Command::new(&ncgate).args(["completions", shell]))?;
        ensure!(script.contains("ncgate"), "the completions for {shell} are empty");
        fs::write(completions.join(file), script)?;
    }
    Ok(())
}

/// How large a file is.
fn megabytes(file: &Path) -> Result<String> {
    Ok(format!("{:.1} MB", fs::metadata(file)?.len() as f64 / 1e6))
}

/// When the commit was made: the time of every file in the archive, in seconds since 1970.
fn commit_time(root: &Path) -> Result<u64> {
    let text = sh::output(Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root))?;
    text.trim().parse().context("the commit's time")
}

fn commit_date(root: &Path) -> Result<String> {
    let mut git = Command::new("git");
    git.args(["log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ"]).env("TZ", "UTC");
    Ok(sh::output(git.current_dir(root))?.trim().to_owned())
}

/// Writes `SHA256SUMS` over every file in `directory`, in the form that `sha256sum --check` reads; its text.
fn checksums(directory: &Path) -> Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        names.push(entry?.file_name().into_string().ok().context("a name that is not UTF-8")?);
    }
    names.sort();
    let mut text = String::new();
    for name in names {
        let digest = Sha256::digest(fs::read(directory.join(&name))?);
        text.push_str(&format!("{}  {name}\n", hex::encode(digest)));
    }
    fs::write(directory.join("SHA256SUMS"), &text)?;
    Ok(text)
}
