//! Webhooks: what happens is told to other programs and to chats.
//!
//! A message is put into the outbox in the transaction of what it tells of (`outbox`, hung on the record), so a crash
//! loses none, and it is delivered at least once, always under the same id (`deliver`). The formats say what happened
//! and link to the page where a person decides; they carry no secret and nothing with which anybody could decide.
//! Where a message may go is decided by the address that is actually connected to (`address`, `post`).

mod address;
mod deliver;
mod format;
mod outbox;
mod post;
mod schedule;
mod sign;
mod subject;
mod target;
mod test;

pub(crate) use deliver::{message_id, worker};
pub(crate) use outbox::enqueue;
pub(crate) use post::{Answer, Post};
pub(crate) use sign::new_secret;
pub(crate) use target::Target;

use tokio::sync::Notify;

/// What the gate holds for its webhooks.
pub(crate) struct Webhooks {
    /// Sends the messages.
    pub(crate) post: Post,
    /// Tells the worker to look, for clocks that jump.
    pub(crate) wake: Notify,
}

impl Webhooks {
    pub(crate) fn new(deadline: std::time::Duration) -> Self {
        Self { post: Post::new(deadline), wake: Notify::new() }
    }
}

/// Where a webhook's URL lies, for sealing.
pub(crate) fn url_place(id: &str) -> String {
    format!("webhooks/{id}/url")
}

/// Where its secret lies, for sealing. It is moved to the column of the old one as it is, so both have one place.
pub(crate) fn secret_place(id: &str) -> String {
    format!("webhooks/{id}/secret")
}
