//! What every crate has in common: the folder carries the crate's name, the workspace's lints apply, and
//! integration tests are one binary, because each further one is another link of the whole crate.

use super::Finding;
use super::house::{House, Member};

pub(super) fn check(house: &House) -> Vec<Finding> {
    house
        .members
        .iter()
        .flat_map(|member| [folder(member), lints(member), one_test_binary(member)])
        .flatten()
        .collect()
}

fn folder(member: &Member) -> Option<Finding> {
    let expected = format!("crates/{}/Cargo.toml", member.name);
    (member.manifest.path != expected).then(|| {
        finding(
            member,
            format!("the crate `{}` lies in another folder", member.name),
            "name the folder as the crate",
        )
    })
}

fn lints(member: &Member) -> Option<Finding> {
    let manifest: toml::Table = member.manifest.text.parse().ok()?;
    let inherited =
        manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    (inherited != Some(true)).then(|| {
        finding(
            member,
            format!("`{}` doesn't take the workspace's lints", member.name),
            "add `[lints]` with `workspace = true`",
        )
    })
}

fn one_test_binary(member: &Member) -> Option<Finding> {
    let stray = member.test_binaries.iter().find(|name| *name != "it")?;
    Some(finding(
        member,
        format!("`{}` has the test binary `{stray}`", member.name),
        "make it a module of tests/it/main.rs, the one binary",
    ))
}

fn finding(member: &Member, what: String, remedy: &'static str) -> Finding {
    Finding { file: member.manifest.path.clone(), line: 1, rule: "manifests", what, remedy }
}

#[cfg(test)]
mod tests {
    use super::super::house::Text;
    use super::*;

    fn findings(path: &str, manifest: &str, test_binaries: &[&str]) -> Vec<String> {
        let member = Member {
            name: "gate".to_owned(),
            manifest: Text { path: path.to_owned(), text: manifest.to_owned() },
            dependencies: vec![],
            test_binaries: test_binaries.iter().map(|&name| name.to_owned()).collect(),
        };
        check(&House { members: vec![member], files: vec![] })
            .into_iter()
            .map(|finding| finding.what)
            .collect()
    }

    const GOOD: &str = "[package]\nname = 'gate'\n[lints]\nworkspace = true\n";

    #[test]
    fn a_crate_as_it_should_be_passes() {
        assert_eq!(findings("crates/gate/Cargo.toml", GOOD, &["it"]), [""; 0]);
        assert_eq!(findings("crates/gate/Cargo.toml", GOOD, &[]), [""; 0]);
    }

    #[test]
    fn each_departure_is_named() {
        assert_eq!(
            findings("crates/door/Cargo.toml", GOOD, &[]),
            ["the crate `gate` lies in another folder"]
        );
        assert_eq!(
            findings("crates/gate/Cargo.toml", "[package]", &[]),
            ["`gate` doesn't take the workspace's lints"]
        );
        assert_eq!(
            findings("crates/gate/Cargo.toml", GOOD, &["it", "plans"]),
            ["`gate` has the test binary `plans`"]
        );
    }
}
