//! What MCP clients are told about the gateway, and what becomes of their files.

use crate::support::Home;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const BINARY: &str = env!("CARGO_BIN_EXE_ncgate");
const REMOTE: &[&str] = &["--url", "https://ncgate.example.com"];

fn printed(home: &Home, client: &str, options: &[&str]) -> Value {
    home.run(&[&["install", client, "--print"], options].concat()).done()
}

fn read(home: &Home, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(home.file(name)).unwrap()).unwrap()
}

#[test]
fn a_client_on_this_machine_starts_the_gateway_itself() {
    let home = Home::new();
    let state = home.state();
    let server =
        json!({ "type": "stdio", "command": BINARY, "args": ["mcp"], "env": { "NCGATE_STATE": state } });
    for (client, section) in [("claude", "mcpServers"), ("vscode", "servers"), ("cursor", "mcpServers")] {
        let answer = printed(&home, client, &[]);
        assert_eq!(answer["config"], json!({ section: { "ncgate": server } }), "{client}");
    }
    let answer = printed(&home, "claude", &["--name", "msp", "--connection", "main"]);
    assert_eq!(answer["config"]["mcpServers"]["msp"]["args"], json!(["mcp", "--connection", "main"]));
}

#[test]
fn each_client_leaves_the_key_of_a_remote_gateway_out_in_its_own_way() {
    let home = Home::new();
    let url = "https://ncgate.example.com/mcp";
    let with = |reference: &str| json!({ "Authorization": format!("Bearer {reference}") });

    let claude = printed(&home, "claude", REMOTE);
    let server = json!({ "type": "http", "url": url, "headers": with("${NCGATE_KEY}") });
    assert_eq!(claude["config"], json!({ "mcpServers": { "ncgate": server } }));
    assert_eq!(
        claude["command"],
        r#"claude mcp add-json --scope user ncgate '{"type":"http","url":"https://ncgate.example.com/mcp","headers":{"Authorization":"Bearer ${NCGATE_KEY}"}}'"#
    );
    assert_eq!(claude["link"], Value::Null);

    let vscode = printed(&home, "vscode", REMOTE);
    let server = json!({ "type": "http", "url": url, "headers": with("${input:ncgate-key}") });
    let input = json!({ "type": "promptString", "id": "ncgate-key",
        "description": "Key of the ncgate gateway (ncg_…)", "password": true });
    assert_eq!(vscode["config"], json!({ "inputs": [input], "servers": { "ncgate": server } }));
    assert!(
        vscode["command"].as_str().unwrap().starts_with(r#"code --add-mcp '{"name":"ncgate","type":"http","#)
    );
    assert!(vscode["link"].as_str().unwrap().starts_with("vscode:mcp/install?%7B%22name%22%3A%22ncgate%22"));

    let cursor = printed(&home, "cursor", REMOTE);
    let server = json!({ "url": url, "headers": with("${env:NCGATE_KEY}") });
    assert_eq!(cursor["config"], json!({ "mcpServers": { "ncgate": server } }));
    assert_eq!(cursor["command"], Value::Null);
    let link = cursor["link"].as_str().unwrap();
    assert!(
        link.starts_with("cursor://anysphere.cursor-deeplink/mcp/install?name=ncgate&config=eyJ1cmwi"),
        "{link}"
    );
}

#[test]
fn what_is_in_the_file_stays_and_what_it_said_is_kept() {
    let home = Home::new();
    let before = r#"{ "theme": "dark", "mcpServers": { "other": { "command": "other" } }, "zoom": 1.5 }"#;
    fs::write(home.file(".claude.json"), before).unwrap();
    fs::set_permissions(home.file(".claude.json"), fs::Permissions::from_mode(0o640)).unwrap();

    let answer = home.run(&[&["install", "claude"], REMOTE].concat()).done();
    assert_eq!(answer["status"], "added");
    let after = read(&home, ".claude.json");
    let members: Vec<_> = after.as_object().unwrap().keys().collect();
    assert_eq!(members, ["theme", "mcpServers", "zoom"]);
    assert_eq!(after["mcpServers"]["other"], json!({ "command": "other" }));
    assert_eq!(after["mcpServers"]["ncgate"]["type"], "http");
    assert_eq!(fs::read_to_string(answer["before"].as_str().unwrap()).unwrap(), before);
    assert_eq!(fs::metadata(home.file(".claude.json")).unwrap().permissions().mode() & 0o777, 0o640);

    // The same again changes nothing; another address replaces the entry.
    let again = home.run(&[&["install", "claude"], REMOTE].concat()).done();
    assert_eq!((&again["status"], &again["before"]), (&json!("unchanged"), &Value::Null));
    let moved = home.run(&["install", "claude", "--url", "http://127.0.0.1:8080/"]).done();
    assert_eq!(moved["status"], "replaced");
    assert_eq!(read(&home, ".claude.json")["mcpServers"]["ncgate"]["url"], "http://127.0.0.1:8080/mcp");
}

#[test]
fn questions_are_asked_once_however_often_it_is_installed() {
    let home = Home::new();
    let file = home.file("mcp.json");
    let install = |name| {
        let target = file.to_str().unwrap();
        home.run(&[&["install", "vscode", "--file", target, "--name", name], REMOTE].concat()).done()
    };
    assert_eq!(install("ncgate")["before"], Value::Null);
    assert_eq!(install("ncgate")["status"], "unchanged");
    assert_eq!(install("other")["status"], "added");
    let ids: Vec<_> = read(&home, "mcp.json")["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| input["id"].clone())
        .collect();
    assert_eq!(ids, ["ncgate-key", "other-key"]);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_key_is_written_only_when_that_is_asked_for() {
    let home = Home::new();
    let key = [("NCGATE_KEY", "ncg_made_up")];
    let file = home.file("mcp.json");
    let install = |options: &[&str], variables: &[(&str, &str)]| {
        let target = ["install", "cursor", "--file", file.to_str().unwrap()];
        home.run_with(&[&target, options].concat(), variables, "")
    };
    assert_eq!(install(REMOTE, &key).code, 0);
    assert!(!fs::read_to_string(&file).unwrap().contains("ncg_made_up"));
    let asked = [REMOTE, &["--with-key"]].concat();
    assert_eq!(install(&asked, &key).code, 0);
    assert_eq!(
        read(&home, "mcp.json")["mcpServers"]["ncgate"]["headers"]["Authorization"],
        "Bearer ncg_made_up"
    );
    assert_eq!(install(&["--with-key"], &key).code, 0);
    assert_eq!(read(&home, "mcp.json")["mcpServers"]["ncgate"]["env"]["NCGATE_KEY"], "ncg_made_up");
    let without = install(&asked, &[]);
    assert_eq!(without.code, 2);
    assert!(without.err.contains("NCGATE_KEY"), "{without:?}");
}

#[test]
fn a_file_that_can_not_be_added_to_is_left_alone() {
    let home = Home::new();
    let file = home.file("mcp.json");
    for (text, why) in [
        ("{ // mine\n \"servers\": {} }", "no JSON object"),
        ("[]", "no JSON object"),
        (r#"{ "servers": [] }"#, "not where this client keeps them"),
        (r#"{ "inputs": {} }"#, "not where this client keeps them"),
    ] {
        fs::write(&file, text).unwrap();
        let target = ["install", "vscode", "--file", file.to_str().unwrap()];
        let refused = home.run(&[&target, REMOTE].concat());
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.err.contains(why) && refused.err.contains("--print"), "{refused:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn a_client_that_is_not_there_is_not_set_up_behind_its_back() {
    let home = Home::new();
    let refused = home.run(&["install", "cursor"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("Cursor is not set up for this user"), "{refused:?}");
    assert!(!home.file(".cursor").exists());
}

#[test]
fn an_address_that_no_client_could_use_is_refused() {
    let home = Home::new();
    for url in ["ncgate.example.com", "http://ncgate.example.com", "https://ncgate.example.com/?key=1"] {
        let refused = home.run(&["install", "claude", "--print", "--url", url]);
        assert_eq!(refused.code, 2, "{url}: {refused:?}");
    }
    for name in ["", "two words", "a-name-of-more-than-twenty"] {
        assert_eq!(home.run(&["install", "claude", "--print", "--name", name]).code, 2, "{name}");
    }
}

#[test]
fn a_healthcheck_looks_and_opens_nothing() {
    let home = Home::new();
    let nobody = home.run(&["healthcheck", "--url", "http://127.0.0.1:9"]);
    assert_eq!(nobody.code, 1, "{nobody:?}");
    assert!(!home.state().exists());
    let serve = home.serve();
    let up = home.run(&["healthcheck", "--url", serve.url()]).done();
    assert_eq!(up["ok"], true);
    let listen = serve.url().strip_prefix("http://").unwrap();
    assert_eq!(home.run_with(&["healthcheck"], &[("NCGATE_LISTEN", listen)], "").code, 0);
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let home = Home::new();
    let directory = home.file("man");
    home.run(&["man", directory.to_str().unwrap()]).done();
    for page in ["ncgate.1", "ncgate-serve.1", "ncgate-approvals-approve.1", "ncgate-install.1"] {
        let text = fs::read_to_string(directory.join(page)).unwrap();
        assert!(text.contains(".SH NAME") || text.contains(".SH \"NAME\""), "{page}: {text}");
    }
}
