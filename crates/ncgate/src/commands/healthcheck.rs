//! `healthcheck`: whether a gateway is up, for those who start one and can't speak HTTP, such as a container's engine.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::rest::{Failure, Rest};
use crate::settings::env;
use clap::Args;
use serde_json::json;

/// Say whether the gateway answers
///
/// It looks at --url (or NCGATE_URL), else at this machine, on the port that NCGATE_LISTEN names. It opens no state and
/// never becomes the gateway itself; what is wrong with one that answers, `ncgate doctor` tells.
#[derive(Args, Debug)]
pub(crate) struct Healthcheck {}

impl Healthcheck {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let url = app.global.remote().unwrap_or_else(|| on_this_machine(env("NCGATE_LISTEN").as_deref()));
        Rest::remote(&url)?.answers().await.map_err(Failure::into_problem)?;
        app.output.answer(&json!({ "ok": true, "url": url }));
        Ok(Exit::DONE)
    }
}

/// What listens on all addresses listens on loopback too.
fn on_this_machine(listen: Option<&str>) -> String {
    let listen = listen.unwrap_or("127.0.0.1:8080");
    let (host, port) = listen.rsplit_once(':').unwrap_or((listen, "8080"));
    let host = match host {
        "" | "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        other => other,
    };
    format!("http://{host}:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_where_the_gateway_listens() {
        for (listen, url) in [
            (None, "http://127.0.0.1:8080"),
            (Some("0.0.0.0:9000"), "http://127.0.0.1:9000"),
            (Some("[::]:9000"), "http://[::1]:9000"),
            (Some("127.0.0.1:81"), "http://127.0.0.1:81"),
        ] {
            assert_eq!(on_this_machine(listen), url);
        }
    }
}
