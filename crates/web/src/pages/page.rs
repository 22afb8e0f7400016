//! What every page needs: who looks at it, what is stopped, what waits, which colours. One extractor brings it all,
//! and sends whoever is not signed in to where that is done.

use super::cookies::{self, Flash, Theme};
use super::refusal::Refusal;
use super::{Web, assets, csrf};
use crate::auth::Via;
use axum::extract::FromRequestParts;
use gate::{Requester, StopView};
use http::HeaderMap;
use http::request::Parts;
use model::{Kind, Role, Source};
use secrecy::{ExposeSecret, SecretString};

/// One entry of the navigation: where it leads, its name, and the letter that follows `g`.
pub(crate) struct Place {
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) key: char,
}

const fn place(path: &'static str, name: &'static str, key: char) -> Place {
    Place { path, name, key }
}

/// The navigation. Who may only look sees the same entries; the pages say what is missing.
pub(crate) static PLACES: [Place; 9] = [
    place("/", "Overview", 'o'),
    place("/approvals", "Approvals", 'a'),
    place("/integrations", "Integrations", 'i'),
    place("/activity", "Activity", 'h'),
    place("/try", "Try a tool", 't'),
    place("/callers", "Callers", 'c'),
    place("/people", "People", 'p'),
    place("/scripts", "Scripts", 's'),
    place("/webhooks", "Webhooks", 'w'),
];

/// A signed-in person's request for a page.
pub(crate) struct Page {
    /// Who looks. Hand it to the gate with everything that is asked of it.
    pub(crate) who: Requester,
    /// The colours.
    pub(crate) theme: Theme,
    /// What the page before has to say.
    pub(crate) flash: Option<Flash>,
    /// The stop switches that are on.
    pub(crate) stops: Vec<StopView>,
    /// How many approvals wait.
    pub(crate) waiting: u64,
    path: String,
    token: SecretString,
}

impl Page {
    /// What a request brings, if the session in its cookie runs.
    pub(super) async fn of(web: &Web, parts: &Parts) -> Result<Self, Refusal> {
        let token = cookies::session(&parts.headers).ok_or(Refusal::SignIn)?;
        let source = source(parts);
        let who = web.gate.identify(token.expose_secret(), source).await?;
        let stops = web.gate.stops(&who).await?.into_iter().filter(|stop| stop.on).collect();
        let waiting = web.gate.waiting(&who).await?;
        Ok(Self {
            who,
            theme: Theme::of(&parts.headers),
            flash: Flash::of(&parts.headers),
            stops,
            waiting,
            path: parts.uri.path().to_owned(),
            token,
        })
    }

    /// A token for a form on this page; put it there with the macro `csrf`.
    pub(crate) fn csrf(&self) -> String {
        csrf::token(&self.token)
    }

    /// The token of the session itself.
    pub(super) fn token(&self) -> &SecretString {
        &self.token
    }

    /// The person's name.
    pub(crate) fn name(&self) -> &str {
        &self.who.caller.name
    }

    /// The person's role in words.
    pub(crate) fn role(&self) -> &'static str {
        match self.who.caller.role() {
            Some(Role::Admin) => "administrator",
            Some(role) => role.as_str(),
            None => "no role",
        }
    }

    /// Whether the person may administer.
    pub(crate) fn is_admin(&self) -> bool {
        self.who.caller.has_role(Role::Admin)
    }

    /// Whether the person may decide, and press stop.
    pub(crate) fn is_approver(&self) -> bool {
        self.who.caller.has_role(Role::Approver)
    }

    /// Ends with a page that says so where the person's role is less. The gate checks again when something is done.
    pub(crate) fn need(&self, role: Role) -> Result<(), Refusal> {
        if self.who.caller.has_role(role) {
            return Ok(());
        }
        let who = if role == Role::Admin { "administrators" } else { "approvers" };
        Err(Refusal::new(
            Kind::Forbidden,
            format!("This page is for {who}. You are signed in as {}, {}.", self.name(), self.role()),
            "Ask an administrator for the role, or sign in as somebody who has it.",
        ))
    }

    /// The navigation, each entry with whether the person is there.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&'static Place, bool)> {
        let here = |place: &Place| match place.path {
            "/" => self.path == "/",
            path => self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        };
        PLACES.iter().map(move |place| (place, here(place)))
    }

    /// The colours to choose from.
    pub(crate) fn themes(&self) -> [(Theme, &'static str); 3] {
        [(Theme::Auto, "System"), (Theme::Light, "Light"), (Theme::Dark, "Dark")]
    }

    /// The path of this page, to come back to.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The address of an asset.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}

impl FromRequestParts<Web> for Page {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        Self::of(web, parts).await
    }
}

/// From where a request for a page came.
pub(super) fn source(parts: &Parts) -> Source {
    Source { face: "dashboard".to_owned(), ..Via::of(parts).0 }
}

/// A request for a page by somebody who is not signed in.
pub(crate) struct Bare {
    pub(crate) theme: Theme,
    pub(crate) flash: Option<Flash>,
}

impl Bare {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self { theme: Theme::of(headers), flash: Flash::of(headers) }
    }

    /// The address of an asset.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}

impl FromRequestParts<Web> for Bare {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}
