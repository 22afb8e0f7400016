//! The pages of the integrations, as a browser without scripts meets them: connecting and each way in which it fails,
//! policies from choosing to saving, settings, disconnecting and deleting.

use crate::browserless::{Answer, admin, get, post};
use crate::world::{LIST_DEVICES, World};
use emulator::{Expire, Fault, FaultKind};
use serde_json::json;

/// Enough of a JWT to be looked for in answers.
const SECRET: &str = "eyJhbGciOi.PLANTED.SIGNATURE";
const RUN: &str = "n_central-run-direct-task";
const LIST: &str = "n_central-list-devices";

/// A form with the token of the session that fetched this page.
async fn sent(world: &World, path: &str, session: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = get(world, "/", session).await.csrf().to_owned();
    let mut form = form_urlencoded(&[("csrf", &csrf)]);
    form.push('&');
    form.push_str(&form_urlencoded(fields));
    post(world, path, session, &form).await
}

fn form_urlencoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

async fn connect(world: &World, url: &str, jwt: &str) -> Answer {
    let fields = [("url", url), ("jwt", jwt), ("name", "Second"), ("preset", "cautious"), ("ca", "")];
    sent(world, "/integrations/connect", &world.admin, &fields).await
}

#[tokio::test]
async fn the_card_says_how_every_connection_does() {
    let world = World::new().await;
    let card = get(&world, "/integrations", &world.admin).await.text;
    assert!(card.contains("MSP Settings → Integrations") && card.contains("N-able N-central"));
    assert!(card.contains("href=\"/integrations/main\"") && card.contains(">connected<"), "{card}");
    assert!(card.contains(&world.emulator.url) && card.contains("signed in as"), "{card}");
    assert!(
        get(&world, "/integrations?search=n-CENTRAL", &world.admin).await.text.contains("id=\"n-central\"")
    );
    assert!(get(&world, "/integrations?search=psa", &world.admin).await.text.contains("Nothing fits"));

    world.emulator.emulator.expire(Expire::Jwt);
    world.get("/api/v1/connections", &world.admin).await.expect(200);
    world.post(LIST_DEVICES, &world.admin, json!({})).await;
    let card = get(&world, "/integrations", &world.admin).await.text;
    assert!(
        card.contains(">reconnect<") && card.contains("refuses the JWT") && card.contains("main#reconnect"),
        "{card}"
    );
    let viewed = get(&world, "/integrations", &world.approver).await.text;
    assert!(!viewed.contains("main#reconnect") && !viewed.contains("/integrations/connect\""), "{viewed}");
}

#[tokio::test]
async fn an_empty_gateway_leads_to_the_form_with_its_help() {
    let world = World::new().await;
    world.delete("/api/v1/connections/main", &world.admin).await;
    let card = get(&world, "/integrations", &world.admin).await.text;
    assert!(card.contains("not connected") && card.contains(">Connect<"), "{card}");
    let form = get(&world, "/integrations/connect", &world.admin).await.text;
    for words in [
        "Instance URL",
        "JWT token",
        "type=\"password\"",
        "Private CA",
        "Cautious",
        "Administration → User Management → Users",
        "disable two-factor",
        "Generate JSON Web Token",
        "Copy the JWT at once",
        "90 days",
        "2023.9",
    ] {
        assert!(form.contains(words), "{words}: {form}");
    }
    assert_eq!(get(&world, "/integrations/connect", &world.approver).await.status, 403);
}

#[tokio::test]
async fn what_is_typed_as_address_is_judged_as_saving_would() {
    let world = World::new().await;
    for (typed, said) in [
        ("https://nc.example.com", ""),
        ("https://nc.example.com/", "The slash at the end of the address was dropped."),
        ("http://nc.example.com", "use https"),
        ("https://nc.example.com/login", "without a path"),
        ("https://nc.example.com?a=1", "without a query"),
        ("https://ana:pw@nc.example.com", "Leave the user name and password out"),
        ("ftp://nc.example.com", "Only https"),
        ("<script>alert(1)</script>", "not a web address"),
    ] {
        let path = format!("/parts/address?{}", form_urlencoded(&[("url", typed)]));
        let part = get(&world, &path, &world.admin).await;
        assert_eq!(part.status, 200, "{typed}");
        assert!(part.text.contains(said) && !part.text.contains("<script>"), "{typed}: {}", part.text);
        assert_eq!(part.text.contains("<p"), !said.is_empty(), "{typed}: {}", part.text);
    }
}

#[tokio::test]
async fn each_way_in_which_connecting_fails_is_told_and_the_jwt_never_is() {
    let world = World::new().await;
    let url = world.emulator.url.clone();
    let fails = async |url: &str, words: &[&str]| {
        let answer = connect(&world, url, SECRET).await;
        assert_eq!(answer.status, 422, "{url}: {}", answer.text);
        for word in words {
            assert!(answer.text.contains(word), "{word}: {}", answer.text);
        }
        assert!(!answer.text.contains("PLANTED"), "the JWT came back");
        assert!(
            answer.text.contains("value=\"Second\"") && answer.text.contains("value=\"cautious\" checked")
        );
        assert!(answer.text.contains(&format!("value=\"{url}\"")), "what was typed stays: {}", answer.text);
    };
    fails("https://nc.example.com/login", &["without a path", "aria-invalid"]).await;
    fails("http://nc.example.com", &["use https"]).await;
    fails(
        "http://127.0.0.1:1",
        &["Check the address for slips", "Reach the server<span class=\"hidden\">: failed"],
    )
    .await;
    let plain = url.replace("http://", "https://");
    fails(&plain, &["does not speak TLS", "Trust its certificate<span class=\"hidden\">: failed"]).await;
    fails(
        &url,
        &[
            "refuses the JWT",
            "Sign in<span class=\"hidden\">: failed",
            "generating a new one ends the old one",
        ],
    )
    .await;
    let faulty = async |fault: Fault, words: &[&str]| {
        world.emulator.emulator.set_faults(vec![fault]);
        fails(&url, words).await;
        world.emulator.emulator.set_faults(vec![]);
    };
    let status = |status| Fault { status: Some(status), ..Fault::new("authenticate", FaultKind::Status) };
    faulty(Fault::new("authenticate", FaultKind::Html), &["has to be N-central itself"]).await;
    faulty(status(503), &["restarting", "Try again in a few minutes"]).await;
    faulty(status(429), &["Too many"]).await;
    faulty(Fault::new("authenticate", FaultKind::Redirect), &["redirects are not followed"]).await;

    let bad_ca = [
        ("url", plain.as_str()),
        ("jwt", SECRET),
        ("name", "Second"),
        ("ca", "no certificate"),
        ("preset", "standard"),
    ];
    let answer = sent(&world, "/integrations/connect", &world.admin, &bad_ca).await;
    assert!(
        answer.status == 422 && answer.text.contains("private CA") && answer.text.contains("no certificate")
    );
    let none = connect(&world, &url, "").await;
    assert!(none.status == 422 && none.text.contains("JWT is missing"), "{}", none.text);
    let other = [("url", url.as_str()), ("jwt", SECRET), ("name", "main"), ("preset", "standard")];
    let other = sent(
        &world,
        "/integrations/connect",
        &world.admin,
        &[("url", "https://other.example.com"), other[1], other[2], other[3]],
    )
    .await;
    assert!(
        other.status == 422 && other.text.contains("is called `main` already"),
        "{} {}",
        other.status,
        other.text
    );
    assert_eq!(world.gate.connections(&admin(&world).await).await.unwrap().len(), 1, "nothing was kept");
    let record = world.get("/api/v1/audit?limit=200", &world.admin).await.expect(200).to_string();
    assert!(!record.contains("PLANTED"));
}

#[tokio::test]
async fn a_second_server_is_connected_with_its_preset_and_its_notice() {
    let world = World::new().await;
    let (url, jwt) = (format!("{}/", world.emulator.url), world.emulator.jwt.clone());
    let answer = connect(&world, &url, &jwt).await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (303, "/integrations/Second?connected=1"),
        "{}",
        answer.text
    );
    let said = answer.cookie("ncgate_flash").unwrap().to_owned();
    assert!(!said.is_empty());
    let page = get(&world, answer.location(), &world.admin).await.text;
    assert!(
        page.contains("Preset cautious")
            && page.contains("Try the permissions<span class=\"hidden\">: not tried"),
        "{page}"
    );
    assert!(!page.contains(&jwt));
    let checks = get(&world, "/integrations/Second/checks", &world.admin).await.text;
    assert!(checks.contains("Permissions") && checks.contains("may make the"), "{checks}");
    assert!(checks.contains("Try the permissions<span class=\"hidden\">: done"), "{checks}");
    let grid = get(&world, "/integrations", &world.admin).await.text;
    assert!(grid.contains("/integrations/main\"") && grid.contains("/integrations/Second\""));
}

#[tokio::test]
async fn the_detail_page_has_every_tool_and_a_viewer_can_only_look() {
    let world = World::new().await;
    world.person("vic", "viewer").await;
    let viewer = world.sign_in("vic").await;
    let page = get(&world, "/integrations/main", &world.admin).await.text;
    assert!(page.len() < 150_000, "{} bytes", page.len());
    for tool in gate::TOOLS.iter() {
        assert!(page.contains(&format!("name=\"mode.{}\"", tool.record.name)), "{}", tool.record.name);
    }
    assert!(page.contains("also <code>list_devices</code>") && page.contains("Scripts and tasks"));
    let viewed = get(&world, "/integrations/main", &viewer).await.text;
    assert!(viewed.contains(RUN) && viewed.contains("Only administrators change policies"));
    assert!(
        !viewed.contains("mode.n_central")
            && !viewed.contains("/delete\"")
            && !viewed.contains("name=\"jwt\"")
    );
    for path in ["policies", "reconnect", "settings", "disconnect", "delete"] {
        for session in [&viewer, &world.approver] {
            let fields = [
                ("jwt", "x"),
                ("name", "main"),
                ("max_targets", "1"),
                ("do", "save"),
                (&format!("mode.{RUN}"), "auto"),
            ];
            let answer = sent(&world, &format!("/integrations/main/{path}"), session, &fields).await;
            assert_eq!(answer.status, 403, "{path}: {}", answer.text);
        }
        let no_token = post(
            &world,
            &format!("/integrations/main/{path}"),
            &world.admin,
            "name=main&jwt=x&max_targets=1",
        )
        .await;
        assert_eq!(no_token.status, 403, "{path}");
        assert!(no_token.text.contains("not sent from a page of your session"));
    }
    assert_eq!(get(&world, "/integrations/elsewhere", &viewer).await.status, 404);
}

#[tokio::test]
async fn the_table_is_narrowed_by_words_effect_and_policy() {
    let world = World::new().await;
    let rows = async |query: &str| {
        let page = get(&world, &format!("/integrations/main?{query}"), &world.admin).await.text;
        page.matches("data-words=").count()
    };
    assert_eq!(rows("").await, gate::TOOLS.len());
    assert_eq!(rows("effect=run").await, 1);
    assert_eq!(rows("search=list_devices").await, 1, "by its alias");
    assert_eq!(rows("search=registration+token&policy=disabled").await, 0);
    assert_eq!(rows("search=%3Cscript%3E").await, 0);
}

#[tokio::test]
async fn a_policy_is_chosen_reviewed_saved_and_met_by_the_next_call() {
    let world = World::new().await;
    let key = world.key("triage").await;
    let path = "/integrations/main/policies";
    world.post(LIST_DEVICES, &key, json!({})).await.expect(200);
    let (was, mode) = (format!("was.{LIST}"), format!("mode.{LIST}"));
    let (run_was, run_mode) = (format!("was.{RUN}"), format!("mode.{RUN}"));
    let chosen = [
        ("version", "1"),
        (&was, "auto"),
        (&mode, "disabled"),
        (&run_was, "approval_needed"),
        (&run_mode, "auto"),
    ];
    let review = sent(&world, path, &world.admin, &[&chosen[..], &[("do", "review")]].concat()).await;
    assert_eq!(review.status, 200, "{}", review.text);
    assert!(
        review.text.contains("2 changes of yours") && review.text.contains("1 looser"),
        "{}",
        review.text
    );
    world.post(LIST_DEVICES, &key, json!({})).await.expect(200);
    let back = sent(&world, path, &world.admin, &[&chosen[..], &[("do", "edit")]].concat()).await;
    assert!(
        back.text.contains("data-changed") && back.text.contains(&format!("Policy of {RUN}")),
        "{}",
        back.text
    );

    let saved = sent(&world, path, &world.admin, &[&chosen[..], &[("do", "save")]].concat()).await;
    assert_eq!((saved.status.as_u16(), saved.location()), (303, "/integrations/main"), "{}", saved.text);
    world.post(LIST_DEVICES, &key, json!({})).await.refused(404, "unknown-tool");
    let record = world.get("/api/v1/audit?limit=50", &world.admin).await.expect(200).to_string();
    assert!(record.contains("policy.changed") && record.contains("ada"));

    // Somebody else looked at version 1 as well.
    let (other_was, other_mode) = ("was.n_central-list-users", "mode.n_central-list-users");
    let stale =
        [("version", "1"), (&was, "auto"), (&mode, "auto"), (other_was, "auto"), (other_mode, "disabled")];
    let refused = sent(&world, path, &world.admin, &[&stale[..], &[("do", "save")]].concat()).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(
        refused.text.contains("Changed meanwhile") && refused.text.contains("1 change of yours"),
        "{}",
        refused.text
    );
    assert!(refused.text.contains("name=\"version\" value=\"2\""), "{}", refused.text);
    let policies = world.get("/api/v1/connections/main/policies", &world.admin).await.expect(200);
    assert_eq!(policies["policies"]["n_central-list-users"], "auto", "nothing was overwritten");
    let again = [("version", "2"), (other_was, "auto"), (other_mode, "disabled"), ("do", "save")];
    assert_eq!(sent(&world, path, &world.admin, &again).await.status, 303);
    let policies = world.get("/api/v1/connections/main/policies", &world.admin).await.expect(200);
    assert_eq!(policies["policies"][LIST], "disabled", "what the other one saved stays");
    assert_eq!(policies["policies"]["n_central-list-users"], "disabled");
    let newer = get(&world, "/integrations/main/newer?version=1", &world.admin).await.text;
    assert!(newer.contains("Somebody changed the policies meanwhile"));
    assert!(!get(&world, "/integrations/main/newer?version=3", &world.admin).await.text.contains("Somebody"));
}

#[tokio::test]
async fn many_policies_are_set_at_once() {
    let world = World::new().await;
    let path = "/integrations/main/policies";
    let ticked = [("version", "1"), ("pick", LIST), ("pick", RUN), ("bulk", "disabled"), ("do", "pick")];
    let page = sent(&world, path, &world.admin, &ticked).await.text;
    assert_eq!(page.matches("class=\"selected\"").count(), 2, "{page}");
    let preset =
        sent(&world, path, &world.admin, &[("version", "1"), ("effect", "read"), ("do", "preset-read-only")])
            .await
            .text;
    assert!(preset.contains("Preset read-only, not saved"), "{preset}");
    assert!(
        preset.contains(&format!("<input type=\"hidden\" name=\"mode.{RUN}\" value=\"disabled\">")),
        "the rows that are not shown go along"
    );
    let all: Vec<(String, &str)> = gate::TOOLS
        .iter()
        .map(|tool| {
            (format!("mode.{}", tool.record.name), model::Preset::ReadOnly.mode(tool.record.effect).as_str())
        })
        .collect();
    let mut fields: Vec<(&str, &str)> = all.iter().map(|(name, mode)| (name.as_str(), *mode)).collect();
    fields.extend([("version", "1"), ("preset", "read-only"), ("do", "save")]);
    assert_eq!(sent(&world, path, &world.admin, &fields).await.status, 303);
    let policies = world.get("/api/v1/connections/main/policies", &world.admin).await.expect(200);
    assert_eq!((&policies["preset"], &policies["policies"][RUN]), (&json!("read-only"), &json!("disabled")));
    let nothing = sent(&world, path, &world.admin, &[("version", "2"), ("do", "review")]).await;
    assert_eq!((nothing.status.as_u16(), nothing.location()), (303, "/integrations/main"));
}

#[tokio::test]
async fn settings_are_changed_and_a_wrong_one_leaves_all_as_it_was() {
    let world = World::new().await;
    let path = "/integrations/main/settings";
    for (fields, words) in [
        ([("name", "main"), ("max_targets", "many"), ("self_approval", "true")], "whole number"),
        ([("name", "main"), ("max_targets", "0"), ("self_approval", "true")], "from 1 to 1000"),
        ([("name", " "), ("max_targets", "5"), ("self_approval", "true")], "name is missing"),
    ] {
        let answer = sent(&world, path, &world.admin, &fields).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(
            answer.text.contains(words) && answer.text.contains("value=\"true\" checked"),
            "{}",
            answer.text
        );
    }
    let ca = [("name", "main"), ("max_targets", "5"), ("ca", "junk <script>")];
    let answer = sent(&world, path, &world.admin, &ca).await;
    assert!(
        answer.status == 422 && answer.text.contains("private CA") && !answer.text.contains("junk <script>")
    );
    let before = world.get("/api/v1/connections/main", &world.admin).await.expect(200);
    assert_eq!((&before["max_targets"], &before["self_approval"]), (&json!(50), &json!(false)));

    let good = [("name", "Globex <b>"), ("max_targets", "7"), ("self_approval", "true")];
    let answer = sent(&world, path, &world.admin, &good).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/integrations/Globex%20%3Cb%3E"));
    let page = get(&world, answer.location(), &world.admin).await;
    assert!(page.status == 200 && page.text.contains("value=\"7\"") && !page.text.contains("Globex <b>"));
    let changed = world.get("/api/v1/connections/Globex%20%3Cb%3E", &world.admin).await.expect(200);
    assert_eq!((&changed["max_targets"], &changed["self_approval"]), (&json!(7), &json!(true)));
}

#[tokio::test]
async fn a_new_jwt_heals_and_a_wrong_one_changes_nothing() {
    let world = World::new().await;
    world.policy(LIST, "approval_needed").await;
    let path = "/integrations/main/reconnect";
    let wrong = sent(&world, path, &world.admin, &[("jwt", SECRET)]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    assert!(
        wrong.text.contains("refuses the JWT")
            && wrong.text.contains("Sign in<span")
            && !wrong.text.contains("PLANTED")
    );
    let renewed = world.emulator.emulator.expire(Expire::Password).unwrap();
    let expired = sent(&world, path, &world.admin, &[("jwt", &world.emulator.jwt)]).await;
    assert!(expired.status == 422 && expired.text.contains("password"), "{}", expired.text);
    let healed = sent(&world, path, &world.admin, &[("jwt", &renewed)]).await;
    assert_eq!(
        (healed.status.as_u16(), healed.location()),
        (303, "/integrations/main?connected=1"),
        "{}",
        healed.text
    );
    let policies = world.get("/api/v1/connections/main/policies", &world.admin).await.expect(200);
    assert_eq!(policies["policies"][LIST], "approval_needed");
}

#[tokio::test]
async fn disconnecting_keeps_policies_and_deleting_takes_the_typed_name() {
    let world = World::new().await;
    world.policy(LIST, "approval_needed").await;
    let off = sent(&world, "/integrations/main/disconnect", &world.admin, &[]).await;
    assert_eq!((off.status.as_u16(), off.location()), (303, "/integrations/main"));
    let card = get(&world, "/integrations", &world.admin).await.text;
    assert!(card.contains(">not connected<") && card.contains("Disconnected by ada"), "{card}");
    world
        .post("/api/v1/tools/n_central-list-customers", &world.admin, json!({}))
        .await
        .refused(409, "not-connected");
    let back =
        sent(&world, "/integrations/main/reconnect", &world.admin, &[("jwt", &world.emulator.jwt)]).await;
    assert_eq!(back.status, 303, "{}", back.text);
    let policies = world.get("/api/v1/connections/main/policies", &world.admin).await.expect(200);
    assert_eq!(policies["policies"][LIST], "approval_needed");

    for typed in ["", "Main", "<script>"] {
        let answer = sent(&world, "/integrations/main/delete", &world.admin, &[("name", typed)]).await;
        assert_eq!(answer.status, 422, "{typed}");
        assert!(
            answer.text.contains("Nothing was deleted") && !answer.text.contains("<script>alert"),
            "{}",
            answer.text
        );
    }
    let gone = sent(&world, "/integrations/main/delete", &world.admin, &[("name", "main")]).await;
    assert_eq!((gone.status.as_u16(), gone.location()), (303, "/integrations"));
    assert!(get(&world, "/integrations", &world.admin).await.text.contains(">Connect<"));
}
