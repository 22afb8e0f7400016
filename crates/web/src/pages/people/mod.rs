//! People and what each may do: the list with the form that adds somebody, and the page of one account.

mod list;
mod one;

use super::cookies::Flash;
use super::page::Page;
use super::posted::Posted;
use super::refusal::{Refusal, status};
use super::{Answer, Web, html};
use axum::Router;
use gate::PersonView;
use model::{Kind, Problem, Role};
use secrecy::{ExposeSecret, SecretString};

pub(super) fn routes() -> Router<Web> {
    list::routes().merge(one::routes())
}

/// The roles, each with its name and what it lets a person do; each includes the ones before it.
static ROLES: [(Role, &str, &str); 3] = [
    (Role::Viewer, "Viewer", "Sees everything, and calls look-ups."),
    (
        Role::Approver,
        "Approver",
        "Also calls every tool through the gate, decides approvals, and presses stop.",
    ),
    (
        Role::Admin,
        "Administrator",
        "Also connections, policies, scripts, keys and people, and resumes after a stop.",
    ),
];

/// A role's name.
fn role(role: &Role) -> &'static str {
    ROLES.iter().find(|(known, ..)| known == role).map_or("", |(_, name, _)| name)
}

/// What a role lets a person do.
fn help(role: &Role) -> &'static str {
    ROLES.iter().find(|(known, ..)| known == role).map_or("", |(_, _, help)| help)
}

/// Whether somebody may sign in.
fn state(person: &PersonView) -> html::Html {
    match (person.disabled_at, person.locked_until) {
        (Some(_), _) => html::badge("quiet", "disabled"),
        (None, Some(_)) => html::badge("amber", "locked"),
        (None, None) => html::badge("green", "active"),
    }
}

/// Who made an account, in words.
fn maker(by: &str) -> &str {
    if by == "operator" { "whoever set the gateway up" } else { by }
}

fn place(name: &str) -> String {
    format!("/people/{}", html::encoded(name))
}

/// A new password that was typed twice.
///
/// # Errors
/// Where the two differ.
pub(super) fn same(password: SecretString, again: &SecretString) -> Result<SecretString, Problem> {
    if password.expose_secret() == again.expose_secret() {
        return Ok(password);
    }
    Err(Problem::new(Kind::InvalidArguments, "nothing was changed: the two passwords are not the same")
        .hint("type the same password into both fields"))
}
