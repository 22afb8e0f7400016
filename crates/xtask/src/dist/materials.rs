//! What the binary is made of: every crate that is linked into it, with version, licence, checksum and what it needs
//! itself. Crates that only build or test the workspace are not among them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, MetadataCommand, Node, Package, PackageId};
use serde::Deserialize;

/// The crates behind one version of the binary.
pub(super) struct Materials {
    pub(super) version: String,
    /// By name and version; the binary's own crate is among them.
    pub(super) crates: BTreeMap<(String, String), Crate>,
}

/// One of them.
pub(super) struct Crate {
    pub(super) licence: Option<String>,
    pub(super) description: Option<String>,
    pub(super) repository: Option<String>,
    /// SHA-256 of its archive, in hex; none for the workspace's own.
    pub(super) checksum: Option<String>,
    pub(super) needs: Vec<(String, String)>,
    /// Where its files are on this machine.
    pub(super) directory: PathBuf,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

impl Materials {
    /// Reads them off the workspace at `root`, for this machine's platform.
    pub(super) fn of(root: &Path) -> Result<Self> {
        let host = crate::sh::output(std::process::Command::new("rustc").arg("-vV"))?;
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc has no host")?;
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .other_options(vec!["--locked".to_owned(), "--filter-platform".to_owned(), host.to_owned()])
            .exec()?;
        let lock: Lock = toml::from_str(&std::fs::read_to_string(root.join("Cargo.lock"))?)?;
        let checksums: HashMap<_, _> =
            lock.package.into_iter().map(|found| ((found.name, found.version), found.checksum)).collect();

        let packages: HashMap<&PackageId, &Package> =
            metadata.packages.iter().map(|package| (&package.id, package)).collect();
        let resolve = metadata.resolve.as_ref().context("cargo resolved nothing")?;
        let nodes: HashMap<&PackageId, &Node> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
        let ncgate =
            metadata.packages.iter().find(|package| package.name == "ncgate").context("no ncgate")?;

        let mut seen = BTreeSet::from([&ncgate.id]);
        let mut open = vec![&ncgate.id];
        let mut crates = BTreeMap::new();
        while let Some(id) = open.pop() {
            let package = packages[id];
            let linked: Vec<&PackageId> = linked(nodes[id]).collect();
            let directory = package.manifest_path.parent().context("a manifest lies in a directory")?;
            crates.insert(
                key(package),
                Crate {
                    licence: package.license.clone(),
                    description: package.description.clone(),
                    repository: package.repository.clone(),
                    checksum: checksums.get(&key(package)).cloned().flatten(),
                    needs: linked
                        .iter()
                        .map(|id| key(packages[id]))
                        .collect::<BTreeSet<_>>()
                        .into_iter()
                        .collect(),
                    directory: directory.as_std_path().to_owned(),
                },
            );
            open.extend(linked.into_iter().filter(|id| seen.insert(id)));
        }
        Ok(Self { version: ncgate.version.to_string(), crates })
    }
}

/// What is linked with it: no build scripts, no tests, no macros of its own.
fn linked(node: &Node) -> impl Iterator<Item = &PackageId> {
    node.deps
        .iter()
        .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal))
        .map(|dependency| &dependency.pkg)
}

fn key(package: &Package) -> (String, String) {
    (package.name.to_string(), package.version.to_string())
}
