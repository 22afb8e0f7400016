//! What a person sees while a server is being connected: each step as it is done, and at which one it failed; of
//! nobody else's attempt, and of nothing that was typed.

use crate::browserless::{Answer, get, post};
use crate::world::World;
use emulator::{Fault, FaultKind};
use std::pin::pin;

const PROGRESS: &str = "/integrations/connect/progress";

/// Sends the form that connects the emulator as one more server.
async fn connect(world: &World) -> Answer {
    let csrf = get(world, "/", &world.admin).await.csrf().to_owned();
    let (url, jwt) = (&world.emulator.url, &world.emulator.jwt);
    let fields = [("csrf", csrf.as_str()), ("url", url), ("jwt", jwt), ("name", "Second")];
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    post(world, "/integrations/connect", &world.admin, &form).await
}

/// A step with how it went, as it stands in the page.
fn step(name: &str, went: &str) -> String {
    format!("{name}<span class=\"hidden\">: {went}</span>")
}

#[tokio::test]
async fn each_step_is_shown_once_it_is_done() {
    let world = World::new().await;
    world.emulator.emulator.set_faults(vec![Fault::new("getServerInfo", FaultKind::Hang)]);
    let follow = async {
        // Without an attempt it waits for one; then for each step that the page does not show yet.
        let mut page = get(&world, PROGRESS, &world.admin).await.text;
        for seen in ["seen=0", "seen=1"] {
            if page.contains(seen) {
                page = get(&world, &format!("{PROGRESS}?{seen}"), &world.admin).await.text;
            }
        }
        page
    };
    let page = {
        let connecting = pin!(connect(&world));
        tokio::select! {
            _ = connecting => panic!("the server doesn't answer"),
            page = follow => page,
        }
    };
    assert!(page.contains(&step("Reach the server", "done")), "{page}");
    assert!(page.contains(&step("Sign in", "done")), "{page}");
    assert!(page.contains(&step("Check the version", "under way")), "{page}");
    assert!(page.contains(&step("Try the permissions", "not tried")), "{page}");
    assert!(page.contains("seen=2") && !page.contains(&world.emulator.jwt), "{page}");
    // Nobody waits for that answer any more, so it is forgotten.
    assert_eq!(get(&world, &format!("{PROGRESS}?seen=2"), &world.admin).await.status, 204);
}

#[tokio::test]
async fn the_answer_tells_at_which_step_it_failed() {
    let world = World::new().await;
    let status = Fault { status: Some(503), ..Fault::new("getServerInfo", FaultKind::Status) };
    for fault in [status, Fault::new("getServerInfo", FaultKind::Html)] {
        world.emulator.emulator.set_faults(vec![fault]);
        let answer = connect(&world).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(answer.text.contains(&step("Sign in", "done")), "{}", answer.text);
        assert!(answer.text.contains(&step("Check the version", "failed")), "{}", answer.text);
    }
    world.emulator.emulator.set_faults(vec![]);
    assert_eq!(connect(&world).await.status, 303);
}

#[tokio::test]
async fn nobody_sees_how_far_somebody_else_has_come() {
    let world = World::new().await;
    world.emulator.emulator.set_faults(vec![Fault::new("authenticate", FaultKind::Hang)]);
    let others = async {
        let own = get(&world, PROGRESS, &world.admin).await;
        assert!(own.text.contains("class=\"steps\""), "{}", own.text);
        // What the approver's page would show last is the end of an attempt of the approver's own.
        get(&world, &format!("{PROGRESS}?seen=0"), &world.approver).await
    };
    let connecting = pin!(connect(&world));
    let other = tokio::select! {
        _ = connecting => panic!("the server doesn't answer"),
        other = others => other,
    };
    assert_eq!((other.status.as_u16(), other.text.as_str()), (204, ""));
}
