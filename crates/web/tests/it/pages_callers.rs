//! The pages of keys, people and one's own account, as a browser without scripts meets them.

use crate::browserless::{Answer, get, post};
use crate::world::{PASSWORD, World};
use http::header;
use serde_json::json;

/// A form out of its fields.
fn form(csrf: &str, fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let fields = fields.iter().map(|(name, value)| format!("&{name}={}", encoded(value)));
    format!("csrf={csrf}{}", fields.collect::<String>())
}

/// The value of the first field of this name on a page.
fn value<'a>(page: &'a Answer, name: &str) -> &'a str {
    let begin = format!("name=\"{name}\" value=\"");
    let at = page.text.find(&begin).expect("the page has the field") + begin.len();
    page.text[at..].split('"').next().unwrap()
}

/// The secret on a page.
fn secret(page: &Answer) -> Option<&str> {
    let at = page.text.find("<code>ncg_")? + "<code>".len();
    Some(page.text[at..].split('<').next().unwrap())
}

/// Has the administrator fill the form of a new key; the form that was sent, and the answer.
async fn make(world: &World, fields: &[(&str, &str)]) -> (String, Answer) {
    let page = get(world, "/callers/new", &world.admin).await;
    let own = [("form", value(&page, "form")), ("connection", "main")];
    let sent = form(page.csrf(), &[&own, fields].concat());
    let answer = post(world, "/callers/new", &world.admin, &sent).await;
    (sent, answer)
}

/// A form on a page, sent there or elsewhere.
async fn send(world: &World, session: &str, page: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = get(world, page, session).await.csrf().to_owned();
    post(world, to, session, &form(&csrf, fields)).await
}

#[tokio::test]
async fn a_key_is_shown_once_and_made_once() {
    let world = World::new().await;
    let fields = [("name", "triage <b>"), ("kind", "agent"), ("tools", "all"), ("names", "canonical")];
    let (sent, made) = make(&world, &fields).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.headers[header::CACHE_CONTROL], "no-store");
    assert!(made.headers.get(header::SET_COOKIE).is_none(), "no cookie carries it");
    let secret = secret(&made).unwrap().to_owned();
    world.get("/api/v1/tools", &secret).await.expect(200);
    assert!(made.text.contains("triage &#60;b&#62;") && !made.text.contains("triage <b>"));
    // What a client is told has the gateway's own address, and the key where the client has no better place for it.
    assert!(made.text.contains("http://localhost:8080/mcp") && made.text.contains("${input:ncgate-key}"));
    assert!(made.text.contains(&format!("export NCGATE_KEY=&#39;{secret}&#39;")), "{}", made.text);

    // Sent again, as a browser does when it loads that page again.
    let again = post(&world, "/callers/new", &world.admin, &sent).await;
    assert_eq!(again.status, 409);
    assert!(again.text.contains("This key was made already") && !again.text.contains(&secret));
    let keys = world.get("/api/v1/keys", &world.admin).await.expect(200);
    assert_eq!(keys["items"].as_array().unwrap().len(), 1, "{keys}");

    let id = keys["items"][0]["id"].as_str().unwrap();
    for page in ["/callers".to_owned(), format!("/callers/{id}")] {
        let page = get(&world, &page, &world.admin).await;
        assert!(page.status == 200 && !page.text.contains(&secret), "{}", page.text);
        assert!(page.text.contains("triage &#60;b&#62;"));
    }
    let one = get(&world, &format!("/callers/{id}"), &world.admin).await;
    assert!(one.text.contains("Bearer ncg_YOUR_KEY"), "the configuration stays, without the secret");
}

#[tokio::test]
async fn a_key_is_narrowed_as_the_form_says() {
    let world = World::new().await;
    let customers = world.post(
        "/api/v1/tools/list_customers",
        &world.admin,
        json!({"fields": ["customer_id", "customer_name"]}),
    );
    let customers = customers.await.expect(200);
    let (first, second) = (&customers["rows"][0], &customers["rows"][1]);
    let typed =
        format!("{}, {}", first[1].as_str().unwrap().to_uppercase(), second[0].to_string().trim_matches('"'));
    let fields = [
        ("name", "nightly"),
        ("kind", "workflow"),
        ("tools", "some"),
        ("tool", "n_central-list-devices"),
        ("tool", "n_central-list-customers"),
        ("customers", typed.as_str()),
        ("plan_only", "true"),
        ("names", "alias"),
        ("expires_on", "2026-12-31"),
        ("rate", "60"),
        ("notes", "on the old build server"),
    ];
    let (_, made) = make(&world, &fields).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let keys = world.get("/api/v1/keys", &world.admin).await.expect(200);
    let key = &keys["items"][0];
    assert_eq!(key["tools"], json!(["n_central-list-customers", "n_central-list-devices"]));
    assert_eq!(key["customers"].as_array().unwrap().len(), 2, "{key}");
    assert_eq!(
        (&key["kind"], &key["plan_only"], &key["names"]),
        (&json!("workflow"), &json!(true), &json!("alias"))
    );
    assert_eq!(
        (&key["expires_at"], &key["requests_per_minute"]),
        (&json!("2027-01-01T00:00:00Z"), &json!(60))
    );

    let place = format!("/callers/{}", key["id"].as_str().unwrap());
    let names = get(&world, &format!("{place}/customers"), &world.approver).await;
    assert!(names.text.contains(first[1].as_str().unwrap()), "{}", names.text);

    // What the form does not change stays as it is, to the second.
    let kept = [
        ("name", "nightly two"),
        ("tools", "all"),
        ("names", "canonical"),
        ("expires_on", "2026-12-31"),
        ("rate", "60"),
    ];
    let saved = send(&world, &world.admin, &place, &place, &kept).await;
    assert_eq!((saved.status.as_u16(), saved.location()), (303, place.as_str()), "{}", saved.text);
    let key = world.get(&place.replace("/callers", "/api/v1/keys"), &world.admin).await.expect(200);
    assert_eq!(
        (&key["name"], &key["tools"], &key["customers"]),
        (&json!("nightly two"), &json!(null), &json!(null))
    );
    assert_eq!((&key["expires_at"], &key["plan_only"]), (&json!("2027-01-01T00:00:00Z"), &json!(false)));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let world = World::new().await;
    for (field, value, said) in [
        ("name", " ", "The key needs a name"),
        ("tools", "some", "No tool is ticked"),
        ("customers", "Nobody Ltd, 5", "No customer is called “Nobody Ltd”"),
        ("expires_on", "soon", "This is no date"),
        ("expires_on", "2020-01-01", "The end of the key is in the past"),
        ("rate", "many", "This is not a whole number"),
        ("rate", "0", "This is not a whole number above 0"),
        ("kind", "person", "Choose who will use the key"),
    ] {
        let given =
            [("name", "triage"), ("kind", "agent"), ("tools", "all"), ("notes", "<script>alert(1)</script>")];
        let given =
            given.into_iter().filter(|(name, _)| *name != field).chain([(field, value)]).collect::<Vec<_>>();
        let (_, answer) = make(&world, &given).await;
        assert_eq!(answer.status, 422, "{field}: {}", answer.text);
        assert!(
            answer.text.contains(said) || answer.text.contains(&said.replace('\'', "&#39;")),
            "{field}: {}",
            answer.text
        );
        assert!(answer.text.contains("&#60;script&#62;alert(1)"), "{field}: the notes are still there");
        assert!(!answer.text.contains("<script>alert"));
    }
    assert_eq!(world.get("/api/v1/keys", &world.admin).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn revoking_takes_the_typed_name_and_ends_the_key() {
    let world = World::new().await;
    let secret = world.key("triage").await;
    let keys = world.get("/api/v1/keys", &world.admin).await.expect(200);
    let place = format!("/callers/{}", keys["items"][0]["id"].as_str().unwrap());
    let revoke = format!("{place}/revoke");
    let slip = send(&world, &world.admin, &place, &revoke, &[("word", "triag")]).await;
    assert_eq!(slip.status, 422);
    assert!(slip.text.contains("Nothing was revoked"));
    world.get("/api/v1/tools", &secret).await.expect(200);
    let done = send(&world, &world.admin, &place, &revoke, &[("word", "triage")]).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, place.as_str()), "{}", done.text);
    world.get("/api/v1/tools", &secret).await.refused(401, "unauthenticated");
    let page = get(&world, &place, &world.admin).await;
    assert!(page.text.contains("revoked") && !page.text.contains("Type <strong>"));
    assert!(get(&world, "/callers", &world.admin).await.text.contains("Nobody calls yet"));
    assert!(get(&world, "/callers?state=ended", &world.admin).await.text.contains(&place));
}

#[tokio::test]
async fn who_is_no_administrator_looks_and_changes_nothing() {
    let world = World::new().await;
    world.key("triage").await;
    let keys = world.get("/api/v1/keys", &world.admin).await.expect(200);
    let place = format!("/callers/{}", keys["items"][0]["id"].as_str().unwrap());
    for page in ["/callers", &place, "/people", "/people/ada", "/account"] {
        let page = get(&world, page, &world.approver).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(!page.text.contains("Revoke</button>") && !page.text.contains("Save the role"));
    }
    assert_eq!(get(&world, "/callers/new", &world.approver).await.status, 403);
    let csrf = get(&world, "/", &world.approver).await.csrf().to_owned();
    let sent = form(
        &csrf,
        &[
            ("name", "x"),
            ("kind", "agent"),
            ("word", "triage"),
            ("role", "admin"),
            ("password", PASSWORD),
            ("again", PASSWORD),
            ("session", "x"),
        ],
    );
    let acts = [
        "/callers/new",
        &place,
        &format!("{place}/revoke"),
        "/people",
        "/people/ada/role",
        "/people/ada/password",
        "/people/ada/disable",
        "/people/ada/enable",
        "/people/ada/sessions",
    ];
    for act in acts {
        assert_eq!(post(&world, act, &world.approver, &sent).await.status, 403, "{act}");
    }
    assert_eq!(get(&world, "/callers/nobody", &world.admin).await.status, 404);
    assert_eq!(get(&world, "/people/nobody", &world.admin).await.status, 404);
}

#[tokio::test]
async fn a_person_is_added_changed_disabled_and_enabled() {
    let world = World::new().await;
    let person = [
        ("name", "cleo"),
        ("role", "viewer"),
        ("password", "a first password"),
        ("again", "another password"),
    ];
    let differ = send(&world, &world.admin, "/people", "/people", &person).await;
    assert_eq!(differ.status, 422);
    assert!(differ.text.contains("value=\"cleo\"") && !differ.text.contains("a first password"));
    let person = [
        ("name", "cleo"),
        ("role", "viewer"),
        ("password", "a first password"),
        ("again", "a first password"),
    ];
    let added = send(&world, &world.admin, "/people", "/people", &person).await;
    assert_eq!((added.status.as_u16(), added.location()), (303, "/people/cleo"), "{}", added.text);
    let taken = send(&world, &world.admin, "/people", "/people", &person).await;
    assert_eq!(taken.status, 409);
    assert!(taken.text.contains("Somebody is called `cleo` already."));

    let page = get(&world, "/people/cleo", &world.approver).await;
    assert!(page.text.contains("by ada"), "who made the account: {}", page.text);
    assert!(get(&world, "/people/ada", &world.approver).await.text.contains("by whoever set the gateway up"));
    let act = async |what: &str, fields: &[(&str, &str)]| {
        let answer =
            send(&world, &world.admin, "/people/cleo", &format!("/people/cleo/{what}"), fields).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/people/cleo"),
            "{what}: {}",
            answer.text
        );
    };
    act("role", &[("role", "approver")]).await;
    act("password", &[("password", PASSWORD), ("again", PASSWORD)]).await;
    let cleo = world.sign_in("cleo").await;
    assert!(get(&world, "/people", &world.admin).await.text.contains("1 session"));
    act("disable", &[]).await;
    assert_eq!(get(&world, "/", &cleo).await.status, 303, "signed out");
    assert!(get(&world, "/people", &world.admin).await.text.contains(">disabled</span>"));
    act("enable", &[]).await;
    let cleo = world.sign_in("cleo").await;
    let page = get(&world, "/people/cleo", &world.admin).await;
    act("sessions", &[("session", value(&page, "session"))]).await;
    assert_eq!(get(&world, "/", &cleo).await.status, 303, "signed out again");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::new().await;
    for (what, fields) in [("disable", &[][..]), ("role", &[("role", "viewer")])] {
        let answer = send(&world, &world.admin, "/people/ada", &format!("/people/ada/{what}"), fields).await;
        assert_eq!(answer.status, 409, "{}", answer.text);
        assert!(answer.text.contains("Add another administrator first."), "{}", answer.text);
    }
    assert_eq!(get(&world, "/callers/new", &world.admin).await.status, 200, "still one");
}

#[tokio::test]
async fn a_locked_name_shows() {
    let world = World::new().await;
    for _ in 0..5 {
        post(&world, "/login", "", "name=ben&password=wrong+horse").await;
    }
    assert!(get(&world, "/people", &world.admin).await.text.contains(">locked</span>"));
    assert!(get(&world, "/people/ben", &world.admin).await.text.contains("after too many wrong passwords"));
    world.pass(std::time::Duration::from_secs(61));
    assert!(!get(&world, "/people", &world.admin).await.text.contains(">locked</span>"));
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    let world = World::new().await;
    let (here, there) = (&world.approver, world.sign_in("ben").await);
    let change = |old: &'static str| {
        [("old_password", old), ("password", "a newer password"), ("again", "a newer password")]
    };
    let wrong = send(&world, here, "/account", "/account/password", &change("wrong horse")).await;
    assert_eq!(wrong.status, 403);
    assert!(wrong.text.contains("This was not it."), "{}", wrong.text);
    assert_eq!(get(&world, "/account", &there).await.status, 200);
    let done = send(&world, here, "/account", "/account/password", &change(PASSWORD)).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, "/account"), "{}", done.text);
    assert_eq!(get(&world, "/account", &there).await.status, 303, "the other window is out");
    let page = get(&world, "/account", here).await;
    assert!(page.status == 200 && page.text.contains("this one"), "{}", page.text);
    let old = json!({"name": "ben", "password": PASSWORD});
    world.post("/api/v1/sessions", "", old).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn sessions_are_ended_one_by_one_or_all_others() {
    let world = World::new().await;
    let (one, two) = (world.sign_in("ben").await, world.sign_in("ben").await);
    let here = &world.approver;
    let page = get(&world, "/account", here).await;
    assert_eq!(page.text.matches(">this one</span>").count(), 1);
    let ada = get(&world, "/account", &world.admin).await;
    assert_eq!(ada.text.matches("End it").count(), 0, "one's own only: {}", ada.text);
    // Somebody else's is none of one's own.
    let adas = world.get("/api/v1/sessions", &world.admin).await.expect(200);
    let adas = adas["items"].as_array().unwrap().iter().find(|session| session["person"] == "ada").unwrap();
    send(&world, here, "/account", "/account/sessions", &[("session", adas["id"].as_str().unwrap())]).await;
    assert_eq!(get(&world, "/", &world.admin).await.status, 200);
    send(&world, here, "/account", "/account/sessions", &[("session", "others")]).await;
    for session in [&one, &two] {
        assert_eq!(get(&world, "/", session).await.status, 303);
    }
    assert_eq!(get(&world, "/account", here).await.status, 200);
}

#[tokio::test]
async fn whoever_decided_has_an_account_that_somebody_made() {
    let world = World::new().await;
    let key = world.key("triage").await;
    let devices = world
        .post("/api/v1/tools/list_devices", &world.admin, json!({"search": "WS", "fields": ["device_id"]}))
        .await
        .expect(200);
    let run = json!({"device_id": devices["rows"][0][0], "item_id": 2014, "task_type": "Script"});
    let held = world.post("/api/v1/tools/n_central-run-direct-task", &key, run).await.expect(202);
    let approval = format!("/api/v1/approvals/{}", held["approval_id"].as_str().unwrap());
    let denial = json!({"decision": "deny", "reason": "not now"});
    world.post(&format!("{approval}/decision"), &world.approver, denial).await.expect(200);
    let seen = world.get(&approval, &world.admin).await.expect(200);
    assert_eq!((&seen["decider"]["name"], &seen["decider"]["created_by"]), (&json!("ben"), &json!("ada")));
    assert_eq!(
        world.get(&approval, &key).await.expect(200)["decider"],
        json!(null),
        "keys are told the name alone"
    );
    let page = get(&world, &approval.replace("/api/v1", ""), &world.admin).await;
    assert!(page.text.contains("The account of <a href=\"/people/ben\">"), "{}", page.text);
}
