//! Connections and scripts on the command line, over the real binary: what stays after a change, and what is gone.

use crate::support::Home;
use serde_json::json;

#[test]
fn disconnecting_keeps_what_removing_takes_away() {
    let outside = Home::new();
    let emulator = outside.emulator(&[]);
    let home = Home::connected(&emulator);
    let mode = || home.run(&["policy", "list"]).done()["policies"]["n_central-list-sites"].clone();
    home.run(&["policy", "set", "n_central-list-sites", "disabled"]).done();
    let off = home.run(&["disconnect", "main"]).done();
    assert_eq!((&off["state"], &off["reason"]["kind"]), (&json!("reconnect"), &json!("not-connected")));
    let refused = home.run(&["call", "n_central-list-customers"]);
    assert_eq!((refused.code, &refused.json()["kind"]), (1, &json!("not-connected")), "{refused:?}");
    let back = home.connect(&emulator);
    assert_eq!((&back["id"], &back["state"]), (&off["id"], &json!("connected")));
    assert_eq!(mode(), "disabled");

    // Nobody is at a terminal here, so the name has to come along.
    for confirm in [&[][..], &["--confirm", "Main"]] {
        let refused = home.run(&[&["disconnect", "main", "--remove"], confirm].concat());
        assert_eq!((refused.code, &refused.json()["kind"]), (2, &json!("wrong-confirmation")), "{refused:?}");
        assert!(
            refused.err.contains("nothing was removed") && refused.err.contains("--confirm"),
            "{refused:?}"
        );
    }
    assert_eq!(home.run(&["disconnect", "main", "--confirm", "main"]).code, 2);
    let removed = home.run(&["disconnect", "main", "--remove", "--confirm", "main"]).done();
    assert_eq!(removed, json!({"removed": "main"}));
    assert_eq!(home.run(&["connections"]).done()["items"], json!([]));
    assert_eq!(home.run(&["disconnect", "main"]).code, 1);
    assert_ne!(home.connect(&emulator)["id"], off["id"]);
    assert_eq!(mode(), "auto");
}

#[test]
fn a_script_on_the_list_is_changed_where_something_is_named() {
    let outside = Home::new();
    let emulator = outside.emulator(&[]);
    let home = Home::connected(&emulator);
    let add = ["script", "add", "--name", "Clean up", "--item-id", "2014", "--type", "Script"];
    let added = home.run(&[&add[..], &["--param", "days:integer:required"]].concat()).done();
    let change = |options: &[&str]| home.run(&[&["script", "change", "clean up"], options].concat());

    let described = change(&["--description", "Empties the temporary folders"]).done();
    assert_eq!(described["parameters"], added["parameters"], "what is not named stays");
    assert_eq!((&described["id"], &described["item_id"]), (&added["id"], &added["item_id"]));
    let other = change(&["--item-id", "2020", "--param", "token:password", "--param", "days:integer"]).done();
    assert_eq!((&other["item_id"], &other["name"]), (&json!(2020), &json!("Clean up")));
    assert_eq!(
        (&other["parameters"][0]["secret"], &other["parameters"][1]["name"]),
        (&json!(true), &json!("days"))
    );
    let renamed = change(&["--rename", "Sweep", "--param", "none"]).done();
    assert_eq!((&renamed["name"], &renamed["parameters"]), (&json!("Sweep"), &json!([])));
    assert_eq!(home.run(&["script", "list"]).done()["items"], json!([renamed]));

    assert_eq!(home.run(&["script", "change", "Sweep"]).code, 2, "nothing was named");
    let gone = change(&["--item-id", "2014"]);
    assert!(gone.code == 1 && gone.err.contains("no script `clean up`"), "{gone:?}");
    let shipped = home.run(&["script", "change", "Sweep", "--item-id", "7"]);
    assert!(shipped.code != 0 && shipped.err.contains("ships with N-central"), "{shipped:?}");
}
