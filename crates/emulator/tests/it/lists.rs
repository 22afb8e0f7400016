//! Paging, filtering and sorting, with the failures that the server has.

use serde_json::Value;

use crate::support::Server;

#[tokio::test]
async fn pages_cover_a_list_once_and_their_links_lead_on() {
    let server = Server::start().await;
    let mut path = "/api/devices?pageSize=250".to_owned();
    let mut seen = std::collections::HashSet::new();
    loop {
        let page = server.get(&path).await;
        assert_eq!((&page["totalItems"], &page["totalPages"]), (&600.into(), &3.into()));
        assert_eq!(page["itemCount"], page["data"].as_array().unwrap().len());
        seen.extend(page["data"].as_array().unwrap().iter().map(|d| d["deviceId"].as_i64().unwrap()));
        match page["_links"]["nextPage"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 600);
    let beyond = server.get("/api/devices?pageNumber=99").await;
    assert_eq!((&beyond["itemCount"], &beyond["totalItems"]), (&0.into(), &600.into()));
}

#[tokio::test]
async fn minus_one_means_something_else_on_every_list() {
    let server = Server::start().await;
    let size = async |path: &str| server.get(path).await["itemCount"].as_u64().unwrap();
    assert_eq!(size("/api/devices?pageSize=-1").await, 600);
    assert!(size("/api/customers?pageSize=-1").await >= 40);
    assert!(size("/api/org-units/1/users?pageSize=-1").await > 10);
    let acme = server.customer("Acme").await;
    let (status, _) =
        server.call("GET", &format!("/api/org-units/{acme}/active-issues?pageSize=-1"), Value::Null).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn what_is_out_of_range_or_no_word_of_the_list_is_refused() {
    let server = Server::with(emulator::Config { strict: false, ..crate::support::config() }).await;
    for (query, status) in [
        ("pageSize=0", 400),
        ("pageSize=1001", 400),
        ("pageSize=many", 400),
        ("pageNumber=0", 400),
        ("pageNumber=99999999999", 400),
        ("sortBy=longName&sortOrder=upwards", 400),
        ("sortBy=longName&sortOrder=REVERSE", 200),
        ("select=longName,deviceId", 400),
        ("select=colour==red", 400),
        ("select=deviceId=gt=3", 500),
        ("filterId=mine", 400),
        ("filterId=77", 404),
    ] {
        let (got, body) = server.call("GET", &format!("/api/devices?{query}"), Value::Null).await;
        assert_eq!(got, status, "{query}: {body}");
    }
    let (_, body) = server.call("GET", "/api/devices?select=colour==red", Value::Null).await;
    assert!(body["message"].as_str().unwrap().ends_with("Field not found: colour"));
    let users = "/api/org-units/50/users";
    assert_eq!(
        server.call("GET", &format!("{users}?sortOrder=natural&sortBy=name"), Value::Null).await.0,
        400
    );
    assert_eq!(server.call("GET", &format!("{users}?sortBy=shoeSize"), Value::Null).await.0, 400);
}

#[tokio::test]
async fn lists_are_sorted_and_filtered_before_they_are_paged() {
    let server = Server::start().await;
    let page = server
        .get("/api/devices?sortBy=longName&sortOrder=desc&pageSize=3&select=customerName==Globex")
        .await;
    let names: Vec<&str> =
        page["data"].as_array().unwrap().iter().map(|d| d["longName"].as_str().unwrap()).collect();
    assert_eq!(names, ["GLOBEX-WS08", "GLOBEX-WS07", "GLOBEX-WS06"]);
    assert_eq!(page["totalItems"], 10);
    let servers = server.get("/api/org-units/50/devices?filterId=1003&pageSize=1000").await;
    assert!(servers["data"].as_array().unwrap().iter().all(|d| d["deviceClass"] == "Servers - Windows"));
}

#[tokio::test]
async fn a_field_that_cannot_be_sorted_by_is_told_in_a_warning() {
    let server = Server::start().await;
    let page = server.get("/api/customers?sortBy=shoeSize").await;
    assert_eq!(page["_warning"], "Sort field not found: shoeSize");
}
