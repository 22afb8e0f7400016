//! The bundle that MCP clients install by themselves (`.mcpb`): the binary with a form for what it has to be told. The
//! format's own tool checks the manifest and packs it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::conformance::Tools;
use crate::sh;

/// The manifest, but for version and platform.
const MANIFEST: &str = "packaging/mcpb/manifest.json";

/// Makes `ncgate-VERSION-PLATFORM.mcpb` in `out`.
pub(super) fn pack(root: &Path, ncgate: &Path, version: &str, platform: &str, out: &Path) -> Result<()> {
    let tools = Tools::install(root)?;
    let stage = out.join("bundle");
    fs::create_dir_all(stage.join("server"))?;
    fs::copy(ncgate, stage.join("server/ncgate"))?;
    fs::write(stage.join("manifest.json"), manifest(root, version)?)?;
    validate(&tools, &stage.join("manifest.json"))?;
    let bundle = out.join(format!("ncgate-{version}-{platform}.mcpb"));
    sh::output(tools.program("mcpb").arg("pack").arg(&stage).arg(&bundle))?;
    let unpacked = out.join("unpacked");
    sh::output(tools.program("mcpb").arg("unpack").arg(&bundle).arg(&unpacked))?;
    let same = fs::read(unpacked.join("server/ncgate"))? == fs::read(ncgate)?;
    ensure!(same, "the bundle's binary is not the one that went in");
    sh::output(Command::new(unpacked.join("server/ncgate")).arg("--version"))
        .context("the bundle's binary can't be run as it is unpacked")?;
    fs::remove_dir_all(unpacked)?;
    fs::remove_dir_all(stage)?;
    Ok(())
}

/// Has the format's own tool look at the committed manifest.
pub(crate) fn check(root: &Path, tools: &Tools) -> Result<()> {
    validate(tools, &root.join(MANIFEST))
}

fn validate(tools: &Tools, manifest: &Path) -> Result<()> {
    sh::run(tools.program("mcpb").arg("validate").arg(manifest))
}

fn manifest(root: &Path, version: &str) -> Result<String> {
    let mut manifest: Value =
        serde_json::from_str(&fs::read_to_string(root.join(MANIFEST))?).context(MANIFEST)?;
    manifest["version"] = version.into();
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_marked_and_everything_asked_for_is_handed_on() {
        let manifest: Value =
            serde_json::from_str(&manifest(&sh::workspace_root(), "1.2.3").unwrap()).unwrap();
        assert_eq!(manifest["version"], "1.2.3");
        let asked = manifest["user_config"].as_object().unwrap();
        let variables = manifest["server"]["mcp_config"]["env"].as_object().unwrap();
        for (name, question) in asked {
            let secret = name.ends_with("jwt") || name.ends_with("key");
            assert_eq!(question["sensitive"] == true, secret, "{name}");
            // What is left empty counts as not set, so each pair can be left out.
            assert_eq!(question["default"], "", "{name}");
            let reference = format!("${{user_config.{name}}}");
            assert!(variables.values().any(|value| *value == *reference), "{name} goes nowhere");
        }
        assert_eq!(variables.len(), asked.len());
        let arguments = manifest["server"]["mcp_config"]["args"].to_string();
        assert!(!arguments.contains("user_config"), "nothing of it stands on a command line");
    }
}
