//! Trying a tool without scripts: the form, what is wrong in it, answers, plans, and what is never shown again.

use crate::browserless::{Answer, get, post};
use crate::world::World;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

const LIST: &str = "/try/n_central-list-devices";
const RUN: &str = "/try/n_central-run-direct-task";

/// Sends the form of a tool.
async fn send(world: &World, path: &str, session: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = get(world, path, session).await.csrf().to_owned();
    let encoded = |value: &str| utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let mut body = format!("csrf={csrf}");
    for (name, value) in fields {
        body.push_str(&format!("&{name}={}", encoded(value)));
    }
    post(world, path, session, &body).await
}

/// A hidden field of the page.
fn hidden<'a>(page: &'a Answer, name: &str) -> &'a str {
    let before = format!("name=\"{name}\" value=\"");
    page.text.split(&before).nth(1).unwrap().split('"').next().unwrap()
}

async fn rows(world: &World, tool: &str) -> (Vec<String>, Vec<Value>) {
    let path = format!("/api/v1/tools/{tool}?connection=main");
    let list = world.post(&path, &world.admin, json!({"page_size": 200})).await.expect(200);
    let columns =
        list["columns"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect();
    (columns, list["rows"].as_array().unwrap().clone())
}

/// A workstation: its name.
async fn workstation(world: &World) -> String {
    let (columns, rows) = rows(world, "n_central-list-devices").await;
    let at = |column: &str| columns.iter().position(|c| c == column).unwrap_or_else(|| panic!("{columns:?}"));
    let (name, class) = (at("long_name"), at("device_class"));
    let found =
        rows.iter().find(|row| row[class].as_str().is_some_and(|class| class.contains("Workstation")));
    found.expect("there is a workstation")[name].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_tool_has_a_page_with_its_form() {
    let world = World::new().await;
    let all = get(&world, "/try", &world.approver).await;
    assert_eq!(all.status, 200);
    assert!(all.text.len() < 150_000);
    for tool in gate::TOOLS {
        assert!(all.text.contains(tool.record.name), "{}", tool.record.name);
        let page = get(&world, &format!("/try/{}", tool.record.name), &world.approver).await;
        assert_eq!(page.status, 200, "{}", tool.record.name);
        for name in tool.input_schema()["properties"].as_object().unwrap().keys() {
            assert!(page.text.contains(&format!("name=\"a.{name}")), "{}: {name}", tool.record.name);
        }
    }
    let found = get(&world, "/try?q=direct+task", &world.approver).await;
    assert!(found.text.contains("n_central-run-direct-task") && !found.text.contains("n_central-list-users"));
    assert_eq!(get(&world, "/try/no-such-tool", &world.approver).await.status, 404);
    assert_eq!(
        get(&world, "/try/list_devices", &world.approver).await.status,
        200,
        "the alias leads there too"
    );
}

#[tokio::test]
async fn a_viewer_sees_look_ups_and_is_told_of_the_rest() {
    let world = World::new().await;
    world.person("vic", "viewer").await;
    let viewer = world.sign_in("vic").await;
    let all = get(&world, "/try", &viewer).await;
    assert!(all.text.contains("n_central-list-devices") && !all.text.contains("n_central-run-direct-task"));
    assert!(all.text.contains("more tools change or run"));
    let run = get(&world, RUN, &viewer).await;
    assert!(
        run.text.contains("That takes the role approver.")
            && run.text.contains("disabled>Show what will happen"),
        "{}",
        run.text
    );
    let refused = send(&world, RUN, &viewer, &[("a.device", "X"), ("do", "ask")]).await;
    assert_eq!(refused.status, 403);
    assert_eq!(send(&world, LIST, &viewer, &[("a.page_size", "2"), ("do", "ask")]).await.status, 200);
}

#[tokio::test]
async fn rows_come_as_a_table_with_the_way_on() {
    let world = World::new().await;
    let page = send(
        &world,
        LIST,
        &world.approver,
        &[("a.page_size", "3"), ("a.fields", "device_id\r\nlong_name"), ("do", "ask")],
    )
    .await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Answer: 3 of 40"), "{}", page.text);
    assert!(page.text.contains("<th scope=\"col\">long_name</th>") && page.text.contains("Raw JSON"));
    assert_eq!(page.text.matches("<tr data-row>").count(), 3);
    assert!(page.text.contains("name=\"next\" value=\"2\""));
    let next = send(&world, LIST, &world.approver, &[("a.page_size", "3"), ("next", "2")]).await;
    assert!(
        next.text.contains("name=\"next\" value=\"3\"")
            && next.text.contains("name=\"a.page_number\" value=\"2\""),
        "{}",
        next.text
    );
}

#[tokio::test]
async fn anything_else_comes_as_a_tree() {
    let world = World::new().await;
    let name = workstation(&world).await;
    let page = send(
        &world,
        "/try/n_central-get-device",
        &world.approver,
        &[("a.device", &name), ("a.detail", "full"), ("do", "ask")],
    )
    .await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("<dl class=\"facts tree\">") && page.text.contains(&name), "{}", page.text);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_the_rest_stays() {
    let world = World::new().await;
    let page = send(
        &world,
        LIST,
        &world.approver,
        &[("a.page_size", "many"), ("a.customer", "\"><script>"), ("do", "ask")],
    )
    .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("id=\"a-page_size-error\">Give a whole number."), "{}", page.text);
    assert!(page.text.contains("value=\"&#34;&#62;&#60;script&#62;\"") && !page.text.contains("\"><script>"));
    let unknown = send(&world, LIST, &world.approver, &[("a.customer", "Acmee"), ("do", "ask")]).await;
    assert!(unknown.status.is_client_error());
    assert!(
        unknown.text.contains("no customer is called") || unknown.text.contains("No customer is called"),
        "{}",
        unknown.text
    );
    let json = send(&world, LIST, &world.approver, &[("json", "{\"colour\": 1}"), ("do", "ask")]).await;
    assert_eq!(json.status, 422);
    assert!(
        json.text.contains("unknown argument") || json.text.contains("Unknown argument"),
        "{}",
        json.text
    );
    let torn = send(&world, LIST, &world.approver, &[("json", "{\"a\":"), ("do", "ask")]).await;
    assert!(
        torn.text.contains("This is no JSON: line 1") && torn.text.contains("{&#34;a&#34;:"),
        "{}",
        torn.text
    );
}

#[tokio::test]
async fn an_address_fills_the_form_and_asks_for_nothing() {
    let world = World::new().await;
    let before = world.get("/api/v1/audit?limit=500", &world.admin).await.expect(200)["items"]
        .as_array()
        .unwrap()
        .len();
    let page =
        get(&world, &format!("{RUN}?device=WS01&item_id=2014&credential.password=hunter2"), &world.approver)
            .await;
    assert!(page.text.contains("value=\"WS01\"") && page.text.contains("value=\"2014\""), "{}", page.text);
    assert!(!page.text.contains("hunter2") && !page.text.contains("class=\"error\""));
    let json = get(&world, &format!("{LIST}?customer=Acme&as=json"), &world.approver).await;
    assert!(json.text.contains("&#34;customer&#34;: &#34;Acme&#34;"), "{}", json.text);
    let after = world.get("/api/v1/audit?limit=500", &world.admin).await.expect(200)["items"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(before, after, "nothing was asked");
}

#[tokio::test]
async fn a_run_shows_its_plan_first_and_then_waits_for_a_person() {
    let world = World::new().await;
    let name = workstation(&world).await;
    let fields = [
        ("a.device", name.as_str()),
        ("a.item_id", "2014"),
        ("a.task_type", "Script"),
        ("a.reason", "<script>x</script>"),
        ("a.credential.type", "CustomCredentials"),
        ("a.credential.username", "svc"),
        ("a.credential.password", "hunter2"),
        ("do", "ask"),
    ];
    let plan = send(&world, RUN, &world.approver, &fields).await;
    assert_eq!(plan.status, 200, "{}", plan.text);
    for part in
        ["What will happen", &name, "Nothing has been sent yet", "Ask for it", "approval needed: it waits"]
    {
        assert!(plan.text.contains(part), "{part}: {}", plan.text);
    }
    assert!(!plan.text.contains("hunter2") && !plan.text.contains("<script>x"), "{}", plan.text);
    let waiting = world.get("/api/v1/approvals?state=pending", &world.admin).await.expect(200);
    assert_eq!(waiting["items"], json!([]), "a preview raises none");
    let draft = hidden(&plan, "draft").to_owned();
    let others = send(&world, RUN, &world.admin, &[("draft", &draft), ("do", "confirm")]).await;
    assert_eq!(others.status, 422, "a preview is good for its own session");
    let asked = send(&world, RUN, &world.approver, &[("draft", &draft), ("do", "confirm")]).await;
    assert_eq!(asked.status, 303, "{}", asked.text);
    assert!(asked.location().starts_with("/approvals/"), "{}", asked.location());
    let page = asked.follow(&world, &world.approver).await;
    assert!(
        page.text.contains("It waits for a person&#39;s decision")
            || page.text.contains("It waits for a person's decision"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("hunter2"));
    let waiting = world.get("/api/v1/approvals?state=pending", &world.admin).await.expect(200);
    assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn under_auto_it_runs_once_it_is_asked_for() {
    let world = World::new().await;
    world.policy("n_central-run-direct-task", "auto").await;
    let name = workstation(&world).await;
    let fields =
        [("a.device", name.as_str()), ("a.item_id", "2014"), ("a.task_type", "Script"), ("do", "ask")];
    let plan = send(&world, RUN, &world.approver, &fields).await;
    assert!(plan.text.contains("The policy is auto"), "{}", plan.text);
    let asked =
        send(&world, RUN, &world.approver, &[("draft", hidden(&plan, "draft")), ("do", "confirm")]).await;
    assert!(asked.location().starts_with("/calls/"), "{} {}", asked.status, asked.location());
}

#[tokio::test]
async fn a_held_look_up_leads_to_its_approval() {
    let world = World::new().await;
    world.policy("n_central-list-devices", "approval_needed").await;
    let asked = send(&world, LIST, &world.approver, &[("a.page_size", "2"), ("do", "ask")]).await;
    assert!(asked.location().starts_with("/approvals/"), "{} {}", asked.status, asked.text);
    world.policy("n_central-list-devices", "disabled").await;
    let page = get(&world, LIST, &world.approver).await;
    assert!(page.text.contains("disabled on this connection"), "{}", page.text);
    assert_eq!(send(&world, LIST, &world.approver, &[("do", "ask")]).await.status, 403);
}

/// Gives a device another name, as a technician would in N-central's own console.
async fn rename(world: &World, device: &Value, name: &str) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = world.emulator.url.strip_prefix("http://").unwrap();
    let body = json!({"longName": name}).to_string();
    let request = format!(
        "PATCH /_emulator/devices/{device} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut socket = tokio::net::TcpStream::connect(host).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

#[tokio::test]
async fn an_ambiguous_name_is_a_choice() {
    let world = World::new().await;
    let (_, devices) = rows(&world, "n_central-list-devices").await;
    for device in &devices[..2] {
        rename(&world, &device[0], "TWIN").await;
    }
    let path = "/try/n_central-get-device";
    let page = send(&world, path, &world.approver, &[("a.device", "TWIN"), ("do", "ask")]).await;
    assert_eq!(page.status, 422, "{}", page.text);
    assert!(page.text.contains("Which one do you mean?"), "{}", page.text);
    let choice =
        page.text.split("name=\"choose\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(choice.starts_with("device_id="), "{choice}");
    let chosen = send(&world, path, &world.approver, &[("a.device", "TWIN"), ("choose", &choice)]).await;
    assert_eq!(chosen.status, 200, "{}", chosen.text);
    assert!(chosen.text.contains("id=\"answer-title\">Answer"), "{}", chosen.text);
}
