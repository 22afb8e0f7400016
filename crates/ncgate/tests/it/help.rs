//! Every command teaches how it is used; what it says is kept, so that a change of it is seen.

use crate::support::Home;

const COMMANDS: &[&[&str]] = &[
    &[],
    &["demo"],
    &["emulator"],
    &["serve"],
    &["mcp"],
    &["connect"],
    &["connections"],
    &["disconnect"],
    &["doctor"],
    &["healthcheck"],
    &["install"],
    &["key"],
    &["key", "create"],
    &["key", "list"],
    &["key", "revoke"],
    &["user"],
    &["user", "add"],
    &["user", "list"],
    &["user", "disable"],
    &["login"],
    &["tools"],
    &["call"],
    &["api"],
    &["script"],
    &["script", "add"],
    &["script", "change"],
    &["script", "list"],
    &["script", "remove"],
    &["policy"],
    &["policy", "list"],
    &["policy", "set"],
    &["policy", "preset"],
    &["approvals"],
    &["approvals", "list"],
    &["approvals", "show"],
    &["approvals", "approve"],
    &["approvals", "deny"],
    &["approvals", "withdraw"],
    &["webhook"],
    &["webhook", "add"],
    &["webhook", "list"],
    &["webhook", "show"],
    &["webhook", "change"],
    &["webhook", "test"],
    &["webhook", "disable"],
    &["webhook", "enable"],
    &["webhook", "rotate"],
    &["webhook", "remove"],
    &["webhook", "deliveries"],
    &["webhook", "redeliver"],
    &["stop"],
    &["resume"],
    &["audit"],
    &["audit", "list"],
    &["audit", "verify"],
    &["audit", "export"],
    &["completions"],
    &["sessions"],
    &["backup"],
    &["restore"],
    &["master-key"],
    &["master-key", "rotate"],
    &["key", "show"],
    &["key", "edit"],
    &["user", "enable"],
    &["user", "role"],
    &["user", "password"],
    &["sessions", "list"],
    &["sessions", "revoke"],
    &["man"],
];

#[test]
fn every_command_says_how_it_is_used() {
    let home = Home::new();
    for command in COMMANDS {
        let help = home.run(&[command, &["--help"][..]].concat());
        assert_eq!(help.code, 0, "{help:?}");
        let name = if command.is_empty() { "ncgate".to_owned() } else { command.join("-") };
        insta::assert_snapshot!(format!("help-{name}"), help.out);
    }
}

#[test]
fn no_command_is_missing_from_the_list() {
    let help = Home::new().run(&["--help"]).out;
    let commands = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    for line in commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap();
        assert!(COMMANDS.iter().any(|command| command.first() == Some(&name)), "{name}");
    }
}

#[test]
fn a_tools_help_shows_the_flags_of_its_schema() {
    let help = Home::new().run(&["call", "list_devices", "--help"]);
    assert_eq!(help.code, 0);
    for flag in
        ["--customer ", "--customer-id ", "--page-size ", "--search ", "--wait", "--output ", "--json"]
    {
        assert!(help.out.contains(flag), "{flag}\n{}", help.out);
    }
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = Home::new().run(&["completions", shell]);
        assert_eq!(script.code, 0);
        assert!(script.out.contains("approvals"), "{shell}");
    }
}
