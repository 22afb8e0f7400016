//! A browser without scripts: what it asks of the pages with the session in its cookie, and what it is answered.

use crate::world::World;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use model::Source;
use tower::ServiceExt;

/// What a browser was answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map(|to| to.to_str().unwrap()).unwrap_or_default()
    }

    /// The value that a cookie is set to.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let set = self.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
        set.filter_map(|line| line.split(';').next()?.split_once('='))
            .find(|(n, _)| *n == name)
            .map(|(_, v)| v)
    }

    /// The page that a form led to, with the message that it left for it.
    pub(crate) async fn follow(&self, world: &World, session: &str) -> Answer {
        let flash = self.cookie("ncgate_flash").unwrap_or_default();
        let cookies = format!("ncgate_session={session}; ncgate_flash={flash}");
        ask(world, Request::get(self.location()).header(header::COOKIE, cookies), "").await
    }

    /// The token in the page's first form.
    pub(crate) fn csrf(&self) -> &str {
        let at = self.text.find("name=\"csrf\" value=\"").expect("the page has a form") + 19;
        self.text[at..].split('"').next().unwrap()
    }
}

pub(crate) async fn ask(world: &World, request: http::request::Builder, body: &str) -> Answer {
    let request: Request<Body> =
        request.header(header::HOST, "localhost:8080").body(Body::from(body.to_owned())).unwrap();
    let (parts, body) = world.router.clone().oneshot(request).await.unwrap().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

pub(crate) async fn get(world: &World, path: &str, session: &str) -> Answer {
    ask(world, Request::get(path).header(header::COOKIE, format!("ncgate_session={session}")), "").await
}

pub(crate) async fn post(world: &World, path: &str, session: &str, form: &str) -> Answer {
    let request = Request::post(path)
        .header(header::COOKIE, format!("ncgate_session={session}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    ask(world, request, form).await
}

/// The administrator, as the gate knows that person.
pub(crate) async fn admin(world: &World) -> gate::Requester {
    world.gate.identify(&world.admin, Source::default()).await.unwrap()
}

/// The value of the first field of this name.
pub(crate) fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let before = format!("name=\"{name}\" value=\"");
    let at = page.find(&before).expect("the page has the field") + before.len();
    page[at..].split('"').next().unwrap()
}
