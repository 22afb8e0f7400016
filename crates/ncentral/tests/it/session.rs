//! Signing in, staying signed in, and what is said when that fails.

use std::sync::{Arc, Mutex};

use futures::future::join_all;
use ncentral::{Certainty, Error, LocalPermits, Params, Tokens, operations};
use serde_json::{Value, json};

use crate::double::{Act, Double, JWT, ok, slow, tokens};

const AUTHENTICATE: &str = "/api/auth/authenticate";
const REFRESH: &str = "/api/auth/refresh";
const INFO: &str = "/api/server-info";

fn info() -> Act {
    ok(json!({"version": "3.4.0", "ncentral": "2026.3.0.11"}))
}

fn refusal(status: u16, said: &str) -> Act {
    Act::Answer(status, json!({"status": status, "message": said}))
}

#[tokio::test(start_paused = true)]
async fn many_first_calls_sign_in_once() {
    let double = Double::new(|_| info());
    let client = double.client();
    let calls = (0..64).map(|_| client.server_info());
    for result in join_all(calls).await {
        assert_eq!(result.expect("an answer").ncentral.as_deref(), Some("2026.3.0.11"));
    }
    assert_eq!(double.count(AUTHENTICATE), 1);
    let seen = double.seen();
    assert_eq!(seen[0].authorization.as_deref(), Some("Bearer jwt-of-the-api-user"));
    assert_eq!((seen[0].method.as_str(), seen[0].body.as_str()), ("POST", ""));
    assert!(seen[1..].iter().all(|seen| seen.authorization.as_deref() == Some("Bearer access-1")));
}

#[tokio::test(start_paused = true)]
async fn the_access_token_is_renewed_before_it_expires() {
    let double = Double::new(|_| info());
    let client = double.client();
    client.server_info().await.expect("an answer");
    double.advance(3600 - 61);
    client.server_info().await.expect("an answer");
    assert_eq!(double.count(REFRESH), 0);
    double.advance(2);
    for result in join_all((0..16).map(|_| client.server_info())).await {
        result.expect("an answer");
    }
    assert_eq!((double.count(REFRESH), double.count(AUTHENTICATE)), (1, 1));
    let seen = double.seen();
    let refresh = seen.iter().find(|seen| seen.path == REFRESH).expect("a renewal");
    assert_eq!(refresh.body, "refresh-1");
    assert_eq!(refresh.content_type.as_deref(), Some("text/plain"));
    assert_eq!(refresh.authorization, None);
}

#[tokio::test(start_paused = true)]
async fn a_refused_refresh_token_leads_back_to_the_jwt() {
    let double = Double::bare(|seen| match seen.path.as_str() {
        AUTHENTICATE => ok(tokens(seen.nth + 1)),
        REFRESH => refusal(401, "no"),
        _ if seen.authorization.as_deref() == Some("Bearer access-2") => info(),
        _ => refusal(401, "restarted"),
    });
    double.client().server_info().await.expect("an answer");
    assert_eq!((double.count(AUTHENTICATE), double.count(REFRESH), double.count(INFO)), (2, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_past_its_time_is_not_tried() {
    let double = Double::new(|_| info());
    let client = double.client();
    client.server_info().await.expect("an answer");
    double.advance(90_000);
    client.server_info().await.expect("an answer");
    assert_eq!((double.count(AUTHENTICATE), double.count(REFRESH)), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn many_401s_renew_once() {
    let double = Double::bare(|seen| match (seen.path.as_str(), seen.authorization.as_deref()) {
        (AUTHENTICATE, _) => slow(5, ok(tokens(1))),
        (REFRESH, _) => slow(5, ok(tokens(2))),
        (_, Some("Bearer access-2")) => info(),
        _ => slow(5, refusal(401, "restarted")),
    });
    let client = double.client();
    for result in join_all((0..64).map(|_| client.server_info())).await {
        result.expect("an answer");
    }
    assert_eq!((double.count(AUTHENTICATE), double.count(REFRESH)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_401_that_stays_ends_after_one_renewal() {
    let double = Double::new(|_| refusal(401, "no right for it"));
    for operation in [operations::GET_DEVICE, operations::DELETE_DEVICE] {
        let before = double.count("/api/devices/5");
        let params = Params::new().set("deviceId", 5);
        let error = double.client().call(operation, params, None).await.expect_err("refused");
        assert!(matches!(&error, Error::Api { status: 401, message, .. } if message == "no right for it"));
        assert_eq!(error.certainty(), Certainty::Refused);
        assert_eq!(double.count("/api/devices/5") - before, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_is_sent_again_once_after_a_401() {
    let double = Double::new(|seen| match seen.nth {
        0 => refusal(401, "restarted"),
        _ => Act::Answer(204, Value::Null),
    });
    let params = Params::new().set("deviceId", 5);
    let reply = double.client().call(operations::DELETE_DEVICE, params, None).await.expect("deleted");
    assert_eq!((reply.status, reply.body), (204, Value::Null));
    assert_eq!(double.count("/api/devices/5"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refused_jwt_is_told_to_everybody_and_tried_once() {
    let said = "[ID=7] UNAUTHORIZED: DmsLoginException: no such session";
    let double = Double::bare(move |_| slow(5, refusal(401, said)));
    let permits = LocalPermits::new();
    permits.set_limit(operations::GET_SERVER_INFO.class, 8);
    let client = double.builder().permits(Arc::new(permits)).build().expect("a client");
    for result in join_all((0..8).map(|_| client.server_info())).await {
        let error = result.expect_err("refused");
        assert_eq!(
            error,
            Error::JwtRefused { message: "no such session".into(), correlation_id: Some("7".into()) }
        );
        assert_ne!(error.certainty(), Certainty::Unknown);
    }
    assert_eq!((double.count(AUTHENTICATE), double.count(INFO)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_sign_in_fails_was_not_sent() {
    for act in [|| Act::Hang, || Act::Break, || refusal(500, "boom"), || Act::Raw(200, vec![], "<html>")] {
        let double = Double::bare(move |_| act());
        let params = Params::new().set("deviceId", 5);
        let error =
            double.client().call(operations::DELETE_DEVICE, params, None).await.expect_err("no sign-in");
        assert!(matches!(error, Error::SignIn(_)), "{error:?}");
        assert_eq!(error.certainty(), Certainty::NotSent);
        assert_eq!(double.count("/api/devices/5"), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn kept_tokens_spare_the_sign_in() {
    let kept = Arc::new(Mutex::new(None::<Tokens>));
    let double = Double::new(|_| info());
    let keep = Arc::clone(&kept);
    let keep = Arc::new(move |tokens: &Tokens| *keep.lock().expect("the store") = Some(tokens.clone()));
    double.builder().on_tokens(keep).build().expect("a client").server_info().await.expect("an answer");
    let kept = kept.lock().expect("the store").clone().expect("tokens were handed out");
    let kept = Tokens::from_json(&kept.expose_json()).expect("they survive storing");
    double.builder().tokens(kept).build().expect("a client").server_info().await.expect("an answer");
    assert_eq!((double.count(AUTHENTICATE), double.count(INFO)), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn five_hundreds_everywhere_after_a_sign_in_mean_an_expired_password() {
    let double = Double::new(|_| refusal(500, "boom"));
    assert_eq!(double.client().sign_in().await.expect_err("expired"), Error::PasswordExpired);
    let params = Params::new().set("deviceId", 5);
    let error = double.client().call(operations::GET_DEVICE, params, None).await.expect_err("expired");
    assert_eq!(error, Error::PasswordExpired);
}

#[tokio::test(start_paused = true)]
async fn a_password_that_expires_later_is_noticed_too() {
    let double = Double::new(|seen| match (seen.path.as_str(), seen.nth) {
        (INFO, 0) => info(),
        _ => refusal(500, "boom"),
    });
    let client = double.client();
    client.server_info().await.expect("an answer");
    assert_eq!(client.server_info().await.expect_err("answers 500"), Error::PasswordExpired);
    assert_eq!(double.count(AUTHENTICATE), 2, "a fresh sign-in proves it");
}

#[tokio::test(start_paused = true)]
async fn one_failing_endpoint_is_no_expired_password() {
    let double = Double::new(|seen| if seen.path == INFO { info() } else { refusal(500, "boom") });
    let client = double.client();
    for _ in 0..5 {
        let params = Params::new().set("deviceId", 5);
        let error = client.call(operations::GET_DEVICE, params, None).await.expect_err("answers 500");
        assert!(matches!(error, Error::Api { status: 500, .. }), "{error:?}");
    }
    assert_eq!(double.count(INFO), 1, "a server that was just seen well is not asked each time");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_answers_500_stays_unknown() {
    let double = Double::new(|_| refusal(500, "boom"));
    let params = Params::new().set("deviceId", 5);
    let error = double.client().call(operations::DELETE_DEVICE, params, None).await.expect_err("500");
    assert!(matches!(error, Error::Api { status: 500, .. }));
    assert_eq!(error.certainty(), Certainty::Unknown);
    assert_eq!(double.count("/api/devices/5"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_ncentral_is_called_so() {
    for act in [
        || Act::Raw(200, vec![("content-type", "text/html")], "<html>Welcome</html>"),
        || Act::Raw(404, vec![], "not here"),
        || ok(json!({"hello": "world"})),
    ] {
        let double = Double::bare(move |_| act());
        let error = double.client().authenticate().await.expect_err("no N-central");
        assert_eq!(error.kind(), "not_ncentral", "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_token_shows_anywhere() {
    let double = Double::new(|seen| {
        let echoed = format!("bad {} and access-1 {JWT}", seen.authorization.as_deref().unwrap_or_default());
        refusal(403, &echoed)
    });
    let client = double.client();
    let params = Params::new().set("deviceId", 5);
    let error = client.call(operations::GET_DEVICE, params, None).await.expect_err("refused");
    for text in [format!("{error} {error:?}"), format!("{client:?}"), format!("{:?}", double.builder())] {
        assert!(!text.contains("access-1") && !text.contains(JWT), "{text}");
    }
}
