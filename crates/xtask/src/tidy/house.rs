//! What the rules look at: the members of the workspace as cargo sees them, and every text file as git sees it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, Metadata, TargetKind};

use crate::sh;

/// The workspace, in memory.
#[derive(Debug, Default)]
pub(super) struct House {
    pub(super) members: Vec<Member>,
    pub(super) files: Vec<Text>,
}

/// One crate of the workspace.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) manifest: Text,
    pub(super) dependencies: Vec<Dependency>,
    /// The names of its integration-test binaries.
    pub(super) test_binaries: Vec<String>,
}

/// One line of a manifest's dependency tables.
#[derive(Debug)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) kind: DependencyKind,
}

/// A text file, its path relative to the root.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) path: String,
    pub(super) text: String,
}

impl Text {
    /// The first line that `wanted` accepts, from 1; the first line of all if none does.
    pub(super) fn line_of(&self, wanted: impl Fn(&str) -> bool) -> usize {
        self.text.lines().position(wanted).map_or(1, |index| index + 1)
    }

    /// Rust source that people write and read.
    pub(super) fn is_source(&self) -> bool {
        self.path.ends_with(".rs") && !self.path.contains("/generated/")
    }
}

impl House {
    /// Reads the workspace at `root`: what git tracks there, and what it would track after `git add`.
    pub(super) fn load(root: &Path) -> Result<Self> {
        let metadata =
            sh::output(&mut sh::cargo(root, &["metadata", "--format-version=1", "--no-deps", "--locked"]))?;
        let metadata: Metadata = serde_json::from_str(&metadata).context("cargo metadata")?;
        let members = metadata
            .workspace_packages()
            .into_iter()
            .map(|package| member(root, package))
            .collect::<Result<_>>()?;

        // A checkout made by another user is fine here: nothing of it is run.
        let git = ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = sh::output(Command::new("git").args(git).current_dir(root))?;
        let files = listed.split_terminator('\0').filter_map(|path| read(root, path)).collect();
        Ok(Self { members, files })
    }
}

fn member(root: &Path, package: &cargo_metadata::Package) -> Result<Member> {
    let path = package.manifest_path.strip_prefix(root).context("a member outside the workspace")?.as_str();
    let is_test = |target: &&cargo_metadata::Target| target.kind.contains(&TargetKind::Test);
    let dependency = |declared: &cargo_metadata::Dependency| Dependency {
        name: declared.name.clone(),
        kind: declared.kind,
    };
    Ok(Member {
        name: package.name.to_string(),
        manifest: read(root, path).with_context(|| format!("cannot read {path}"))?,
        dependencies: package.dependencies.iter().map(dependency).collect(),
        test_binaries: package.targets.iter().filter(is_test).map(|target| target.name.clone()).collect(),
    })
}

/// The file, unless it is not text or (git may list what is deleted) not there.
fn read(root: &Path, path: &str) -> Option<Text> {
    let text = fs::read_to_string(root.join(path)).ok()?;
    Some(Text { path: path.to_owned(), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_can_be_read() {
        let house = House::load(&sh::workspace_root()).unwrap();
        let xtask = house.members.iter().find(|member| member.name == "xtask").unwrap();
        assert!(xtask.manifest.text.contains("name = \"xtask\""));
        assert!(xtask.dependencies.iter().any(|dependency| dependency.name == "cargo_metadata"));
        assert!(house.files.iter().any(|file| file.path == "contract/NOTES.md" && !file.text.is_empty()));
        assert!(!house.files.iter().any(|file| file.path.starts_with("target/")));
    }
}
