//! Which crate may use which. The table is `docs/ARCHITECTURE.md`'s, as data: an arrow that is not in it is refused,
//! and so is an outside crate that would bring a layer what it must never know.

use cargo_metadata::DependencyKind;

use super::Finding;
use super::house::{Dependency, House, Member};

/// What one crate of the house may and may not use.
struct Place {
    name: &'static str,
    /// Crates of the house that it may use.
    uses: &'static [&'static str],
    /// Crates of the house that its tests may use besides.
    tests_use: &'static [&'static str],
    /// Outside crates that would bring it what it must never know.
    never: &'static [&'static str],
}

const EMULATOR: &[&str] = &["emulator"];
const NOTHING: &[&str] = &[];

#[rustfmt::skip]
const PLACES: [Place; 10] = [
    Place { name: "ncentral", uses: NOTHING, tests_use: EMULATOR,
        never: &["rmcp", "axum", "clap", "rusqlite", "tokio-postgres"] },
    Place { name: "model", uses: NOTHING, tests_use: NOTHING,
        never: &["tokio", "axum", "hyper", "reqwest", "rusqlite", "tokio-postgres"] },
    Place { name: "catalog", uses: &["ncentral", "model"], tests_use: EMULATOR,
        never: &["rmcp", "axum", "clap", "askama", "rusqlite", "tokio-postgres"] },
    Place { name: "store", uses: &["model"], tests_use: NOTHING,
        never: &["reqwest", "axum", "hyper", "rmcp", "clap"] },
    Place { name: "gate", uses: &["catalog", "store", "model", "ncentral"], tests_use: EMULATOR,
        never: &["rmcp", "axum", "clap"] },
    Place { name: "mcp", uses: &["gate", "model"], tests_use: EMULATOR,
        never: &["rusqlite", "tokio-postgres"] },
    Place { name: "web", uses: &["gate", "model"], tests_use: EMULATOR,
        never: &["rmcp", "rusqlite", "tokio-postgres"] },
    Place { name: "emulator", uses: NOTHING, tests_use: NOTHING, never: NOTHING },
    Place { name: "ncgate", tests_use: NOTHING, never: NOTHING,
        uses: &["ncentral", "model", "catalog", "store", "gate", "mcp", "web", "emulator"] },
    Place { name: "xtask", uses: NOTHING, tests_use: NOTHING, never: NOTHING },
];

pub(super) fn check(house: &House) -> Vec<Finding> {
    house.members.iter().flat_map(check_member).collect()
}

fn check_member(member: &Member) -> Vec<Finding> {
    let Some(place) = PLACES.iter().find(|place| place.name == member.name) else {
        return vec![Finding {
            file: member.manifest.path.clone(),
            line: 1,
            rule: "arrows",
            what: format!("`{}` has no place in the house", member.name),
            remedy: "give it a line in crates/xtask/src/tidy/arrows.rs and in docs/ARCHITECTURE.md",
        }];
    };
    member.dependencies.iter().filter_map(|dependency| check_dependency(place, member, dependency)).collect()
}

fn check_dependency(place: &Place, member: &Member, dependency: &Dependency) -> Option<Finding> {
    let Dependency { name, kind } = dependency;
    let in_tests = *kind == DependencyKind::Development;
    let has = |list: &[&str]| list.contains(&name.as_str());
    let (what, remedy) = if PLACES.iter().any(|place| place.name == name) {
        if has(place.uses) || in_tests && has(place.tests_use) {
            return None;
        }
        let whose = if in_tests { "the tests of " } else { "" };
        (
            format!("{whose}`{}` may not use `{name}`", place.name),
            "move the code to a crate that may; the arrows are in docs/ARCHITECTURE.md",
        )
    } else if !in_tests && has(place.never) {
        (
            format!("`{}` must never know `{name}`", place.name),
            "keep it in the crate whose business it is; see docs/ARCHITECTURE.md",
        )
    } else {
        return None;
    };
    let file = member.manifest.path.clone();
    let line = member.manifest.line_of(|line| declares(line, name));
    Some(Finding { file, line, rule: "arrows", what, remedy })
}

/// Whether a manifest's line is `name = …` or `name.workspace = …`.
fn declares(line: &str, name: &str) -> bool {
    line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(['.', '=']))
}

#[cfg(test)]
mod tests {
    use super::super::house::Text;
    use super::*;

    fn findings(name: &str, dependencies: &[(&str, DependencyKind)]) -> Vec<String> {
        let lines = dependencies.iter().map(|(name, _)| format!("{name}.workspace = true\n"));
        let member = Member {
            name: name.to_owned(),
            manifest: Text {
                path: format!("crates/{name}/Cargo.toml"),
                text: "[dependencies]\n".to_owned() + &lines.collect::<String>(),
            },
            dependencies: dependencies
                .iter()
                .map(|(name, kind)| Dependency { name: (*name).to_owned(), kind: *kind })
                .collect(),
            test_binaries: vec![],
        };
        let house = House { members: vec![member], files: vec![] };
        check(&house)
            .into_iter()
            .map(|finding| format!("{}:{}: {}", finding.file, finding.line, finding.what))
            .collect()
    }

    use DependencyKind::{Build, Development, Normal};

    #[test]
    fn an_arrow_of_the_table_passes() {
        assert_eq!(findings("gate", &[("catalog", Normal), ("store", Normal), ("tokio", Normal)]), [""; 0]);
        assert_eq!(
            findings("web", &[("gate", Normal), ("emulator", Development), ("model", Development)]),
            [""; 0]
        );
    }

    #[test]
    fn any_other_arrow_is_refused_with_its_line() {
        assert_eq!(
            findings("mcp", &[("gate", Normal), ("store", Normal)]),
            ["crates/mcp/Cargo.toml:3: `mcp` may not use `store`"]
        );
        assert_eq!(
            findings("model", &[("ncentral", Build)]),
            ["crates/model/Cargo.toml:2: `model` may not use `ncentral`"]
        );
        assert_eq!(
            findings("web", &[("emulator", Normal)]),
            ["crates/web/Cargo.toml:2: `web` may not use `emulator`"]
        );
    }

    #[test]
    fn the_emulator_shares_nothing_with_the_client_even_in_tests() {
        assert_eq!(
            findings("emulator", &[("ncentral", Development)]),
            ["crates/emulator/Cargo.toml:2: the tests of `emulator` may not use `ncentral`"]
        );
    }

    #[test]
    fn a_layer_is_kept_from_what_it_must_never_know_but_its_tests_are_not() {
        assert_eq!(
            findings("model", &[("tokio", Normal)]),
            ["crates/model/Cargo.toml:2: `model` must never know `tokio`"]
        );
        assert_eq!(findings("gate", &[("axum", Development)]), [""; 0]);
    }

    #[test]
    fn a_new_crate_needs_a_place() {
        assert_eq!(
            findings("gadgets", &[]),
            ["crates/gadgets/Cargo.toml:1: `gadgets` has no place in the house"]
        );
    }

    #[test]
    fn the_table_has_no_cycle() {
        fn depth(name: &str, left: usize) {
            assert!(left > 0, "a cycle through {name}");
            let place = PLACES.iter().find(|place| place.name == name).unwrap();
            place.uses.iter().for_each(|used| depth(used, left - 1));
        }
        PLACES.iter().for_each(|place| depth(place.name, PLACES.len()));
    }
}
