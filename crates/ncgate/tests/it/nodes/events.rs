//! Following what happens over two nodes: each numbers its own events, so whoever comes back to the other one is told
//! that some are missing, and misses none unknowingly.

use super::Cluster;
use serde_json::{Value, json};
use std::time::Duration;

/// One event stream, read as a program would read it.
struct Follower {
    runtime: tokio::runtime::Runtime,
    stream: reqwest::Response,
    read: String,
    /// The last id that was seen.
    mark: String,
}

impl Follower {
    /// Follows a node, from the last id that was seen, if any was.
    fn new(url: &str, session: &str, mark: Option<&str>) -> Follower {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let stream = runtime.block_on(async {
            let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
            let mut request = client.get(format!("{url}/api/v1/events")).bearer_auth(session);
            if let Some(mark) = mark {
                request = request.header("last-event-id", mark);
            }
            request.send().await.unwrap()
        });
        assert_eq!(stream.status(), 200);
        Follower { runtime, stream, read: String::new(), mark: String::new() }
    }

    /// The next frame, one that only says the id included: the event's name and data.
    fn frame(&mut self) -> (String, Value) {
        loop {
            if let Some((frame, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    let value = frame.lines().find_map(|line| line.strip_prefix(name));
                    value.unwrap_or_default().trim().to_owned()
                };
                let (id, name, data) = (field("id:"), field("event:"), field("data:"));
                self.read = rest.to_owned();
                if !id.is_empty() {
                    self.mark = id;
                }
                return (name, serde_json::from_str(&data).unwrap_or(Value::Null));
            }
            let chunk = self.runtime.block_on(async {
                tokio::time::timeout(Duration::from_secs(60), self.stream.chunk()).await.unwrap()
            });
            self.read.push_str(std::str::from_utf8(&chunk.unwrap().expect("it goes on")).unwrap());
        }
    }

    /// The next event.
    fn next(&mut self) -> (String, Value) {
        loop {
            let (name, data) = self.frame();
            if !name.is_empty() {
                return (name, data);
            }
        }
    }

    /// Reads until this person was added; what it was told before.
    fn until_person(&mut self, id: &str) -> Vec<String> {
        let mut before = Vec::new();
        loop {
            let (name, data) = self.next();
            if name == "person" && data["id"] == id {
                return before;
            }
            before.push(name);
        }
    }
}

#[test]
fn who_comes_back_to_another_node_is_told_that_something_is_missing() {
    let Some(cluster) = Cluster::new(&[]) else { return };
    let add = |node: usize, name: &str| {
        let body = json!({"name": name, "role": "viewer", "password": "a longer password"});
        let (status, person) = cluster.person(node, "POST", "/api/v1/people", Some(body));
        assert_eq!(status, 201, "{person}");
        person["id"].as_str().unwrap().to_owned()
    };
    let follow =
        |node: usize, mark: Option<&str>| Follower::new(cluster.node(node).url(), &cluster.session, mark);
    // Somebody who was told nothing yet has a place to come back to as well.
    let mut first = follow(0, None);
    first.frame();
    let before = first.mark.clone();
    assert!(!before.is_empty());
    let one = add(0, "one");
    first.until_person(&one);
    let seen = first.mark.clone();
    drop(first);
    let two = add(1, "two");

    // The node itself goes on from there, about what happened on the other as well.
    let told = follow(0, Some(&seen)).until_person(&two);
    assert!(!told.contains(&"reset".to_owned()), "{told:?}");
    assert!(follow(0, Some(&before)).until_person(&one).iter().all(|name| name != "reset"));

    // The other one can't, and says so before anything else.
    for mark in [&before, &seen] {
        let mut elsewhere = follow(1, Some(mark));
        assert_eq!(elsewhere.next(), ("reset".to_owned(), json!({})));
        let back = elsewhere.mark.clone();
        drop(elsewhere);
        let next = add(0, &format!("after {}", back.rsplit('-').next().unwrap()));
        let told = follow(1, Some(&back)).until_person(&next);
        assert!(!told.contains(&"reset".to_owned()), "from there on nothing is missing: {told:?}");
    }
}
