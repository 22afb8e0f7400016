//! The pages of script lists, as a browser without scripts meets them.

use crate::browserless::{Answer, admin, get, post};
use crate::world::World;
use serde_json::json;

async fn send(world: &World, path: &str, to: &str, fields: &str) -> Answer {
    let page = get(world, path, &world.admin).await;
    post(world, to, &world.admin, &format!("csrf={}&{fields}", page.csrf())).await
}

const NEW: &str = "/scripts/new?connection=main";
const CLEAN: &str = "connection=main&name=Clean+up+disk&item_id=2014&task_type=Script&description=Empties+the+bin\
                     &parameter=&kind=string&parameter=Path&kind=text&parameter=Key&kind=password&required=1&secret=2";

/// The address of the first script's own page.
async fn first(world: &World) -> String {
    let list = get(world, "/scripts", &world.admin).await;
    let at = list.text.find("scope=\"row\"><a href=\"").expect("a script is listed") + 21;
    list.text[at..].split('"').next().unwrap().replace("&#38;", "&")
}

#[tokio::test]
async fn a_script_that_is_added_is_offered_to_callers() {
    let world = World::new().await;
    let empty = get(&world, "/scripts", &world.admin).await;
    assert!(empty.text.contains("No script is listed yet") && empty.text.contains("Repository ID"));
    let added = send(&world, NEW, "/scripts/new", CLEAN).await;
    assert_eq!(
        (added.status.as_u16(), added.location()),
        (303, "/scripts?connection=main"),
        "{}",
        added.text
    );
    let list = added.follow(&world, &world.admin).await;
    for shown in [
        "“Clean up disk” is on the list.",
        "2014",
        "Path <span class=\"muted\">text</span> <span class=\"badge blue\">required",
        "Empties the bin",
    ] {
        assert!(list.text.contains(shown), "{shown}");
    }
    let offered =
        world.post("/api/v1/tools/n_central-list-scripts", &world.admin, json!({})).await.expect(200);
    assert_eq!(offered["rows"][0][0], "Clean up disk", "{offered}");
    assert!(offered.to_string().contains("Path: text, required; Key: password, secret"), "{offered}");
}

#[tokio::test]
async fn a_script_is_changed_in_place_and_taken_off() {
    let world = World::new().await;
    send(&world, NEW, "/scripts/new", CLEAN).await;
    let place = first(&world).await;
    let page = get(&world, &place, &world.admin).await;
    assert!(
        page.text.contains("value=\"Path\"") && page.text.contains("name=\"required\" value=\"0\" checked")
    );
    let id = place.split(['/', '?']).nth(2).unwrap();
    let to = format!("/scripts/{id}");
    let change = "connection=main&name=Clean+up&item_id=2015&task_type=MacScript&parameter=Path&kind=integer";
    assert_eq!(send(&world, &place, &to, change).await.status, 303);
    let scripts = world.gate.scripts(&admin(&world).await, "main").await.unwrap();
    assert_eq!(
        (scripts[0].id.as_str(), scripts[0].name.as_str(), scripts[0].item_id),
        (id, "Clean up", 2015)
    );
    assert_eq!(scripts[0].parameters[0].kind, "integer");
    let other = "connection=main&name=Other&item_id=2016&task_type=Script";
    send(&world, NEW, "/scripts/new", other).await;
    let taken = send(&world, &place, &to, "connection=main&name=OTHER&item_id=2015&task_type=Script").await;
    assert_eq!(taken.status, 422);
    assert!(taken.text.contains("A script called `OTHER` is on the list already."));
    let removed = send(&world, &place, &format!("{to}/remove"), "connection=main").await;
    assert_eq!(removed.status, 303);
    assert_eq!(world.gate.scripts(&admin(&world).await, "main").await.unwrap().len(), 1);
    assert_eq!(get(&world, &place, &world.admin).await.status, 404);
    assert_eq!(send(&world, NEW, &to, other).await.status, 404);
    let audit = world.get("/api/v1/audit", &world.admin).await.expect(200).to_string();
    assert!(
        audit.contains("script.added")
            && audit.contains("script.changed")
            && audit.contains("script.removed")
    );
}

#[tokio::test]
async fn another_row_for_a_parameter_keeps_what_was_typed() {
    let world = World::new().await;
    let form = "connection=main&name=%3Cscript%3Ealert(1)&item_id=17&task_type=MacScript&parameter=Path&kind=text&required=0\
                &parameter=Key&kind=password&secret=1";
    let more = send(&world, NEW, "/scripts/new", &format!("{form}&act=more")).await;
    assert_eq!(more.status, 200);
    assert_eq!(more.text.matches("name=\"parameter\"").count(), 3);
    assert!(more.text.contains("value=\"Key\"") && more.text.contains("name=\"secret\" value=\"1\" checked"));
    let refused = send(&world, NEW, "/scripts/new", form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("17 is an item that ships with N-central"));
    assert!(refused.text.contains("&#60;script&#62;alert") && !refused.text.contains("<script>alert"));
    assert!(refused.text.contains("value=\"MacScript\" selected"));
    let twice = format!("{CLEAN}&parameter=Path&kind=text");
    let refused = send(&world, NEW, "/scripts/new", &twice).await;
    assert!(refused.status == 422 && refused.text.contains("The parameter `Path` is there twice."));
    assert!(world.gate.scripts(&admin(&world).await, "main").await.unwrap().is_empty());
}

#[tokio::test]
async fn items_of_a_customers_tasks_are_proposed() {
    let world = World::new().await;
    let found = get(&world, "/scripts?connection=main&customer=Acme", &world.admin).await;
    assert_eq!(found.status, 200);
    assert!(found.text.contains("task names were looked up"), "{}", found.text);
    let at = found.text.find("/scripts/new?connection=main&#38;item_id=").expect("an item is proposed");
    let add = found.text[at..].split('"').next().unwrap().replace("&#38;", "&");
    let form = get(&world, &add, &world.admin).await;
    let item = add.split("item_id=").nth(1).unwrap().split('&').next().unwrap();
    assert!(form.text.contains(&format!("name=\"item_id\" value=\"{item}\"")));
    let viewers = get(&world, "/scripts?customer=Acme", &world.approver).await;
    assert!(!viewers.text.contains("/scripts/new") && viewers.text.contains(item));
    let customers =
        world.post("/api/v1/tools/n_central-list-customers", &world.admin, json!({})).await.expect(200);
    let mut rows = customers["rows"].as_array().unwrap().iter().map(|row| row.as_array().unwrap());
    let acme = rows.find(|row| row.contains(&json!("Acme"))).expect("Acme is a customer");
    let id = acme.iter().find_map(|cell| cell.as_i64().or_else(|| cell.as_str()?.parse().ok())).unwrap();
    let by_id = get(&world, &format!("/scripts?customer={id}"), &world.approver).await;
    assert!(by_id.text.contains(item), "the same by id");
    let nobody = get(&world, "/scripts?customer=Nobody", &world.admin).await;
    assert!(nobody.status == 200 && nobody.text.contains("Nobody") && nobody.text.contains("role=\"alert\""));
}

#[tokio::test]
async fn each_connection_has_its_list_and_only_administrators_change_it() {
    let world = World::new().await;
    let (url, jwt) = (&world.emulator.url, &world.emulator.jwt);
    world.admin_post("/api/v1/connections", json!({"name": "west", "url": url, "jwt": jwt})).await;
    send(&world, NEW, "/scripts/new", CLEAN).await;
    let place = first(&world).await;
    assert!(
        get(&world, "/scripts?connection=west", &world.admin).await.text.contains("No script is listed yet")
    );
    assert_eq!(get(&world, "/scripts?connection=north", &world.admin).await.status, 404);
    let page = get(&world, "/scripts", &world.approver).await;
    assert!(page.text.contains("Clean up disk") && !page.text.contains("Add a script"));
    for path in [NEW, &place] {
        assert_eq!(get(&world, path, &world.approver).await.status, 403, "{path}");
    }
    let to = place.split('?').next().unwrap();
    for to in ["/scripts/new".to_owned(), to.to_owned(), format!("{to}/remove")] {
        let form = format!("csrf={}&{CLEAN}", page.csrf());
        assert_eq!(post(&world, &to, &world.approver, &form).await.status, 403, "{to}");
    }
    assert_eq!(world.gate.scripts(&admin(&world).await, "main").await.unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_connection_the_way_to_one_is_shown() {
    let world = World::empty().await;
    let ada = crate::world::person("ada", model::Role::Admin);
    world.gate.first_administrator(ada, model::Source::default()).await.unwrap();
    let session = world.sign_in("ada").await;
    let page = get(&world, "/scripts", &session).await;
    assert!(page.text.contains("No server is connected") && !page.text.contains("/scripts/new"));
}
