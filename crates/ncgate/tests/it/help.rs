//! The help that is made of more than clap knows: a tool's flags, and what shells complete. What each command says is
//! kept in `docs/cli.md`.

use crate::support::Home;

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
