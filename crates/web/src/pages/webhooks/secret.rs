//! The one page with a signing secret on it: the answer to making it. It is not kept by the browser, and no address
//! leads to it.

use super::{Page, html, place};
use askama::Template;
use gate::WebhookView;

#[derive(Template)]
#[template(path = "webhooks/secret.html")]
pub(super) struct Secret {
    pub(super) page: Page,
    pub(super) hook: WebhookView,
    pub(super) secret: String,
}
