//! The three cookies of the pages: the session (kept from scripts and from other sites' posts), the choice of colours,
//! and one message that is shown on the next page.

use super::Web;
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

const SESSION: &str = "ncgate_session";
const THEME: &str = "ncgate_theme";
const FLASH: &str = "ncgate_flash";

/// What the token of every session begins with. Nothing else is taken from the cookie, least of all a key.
const SESSION_TOKEN: &str = "ncs_";
/// How long the choice of colours is kept, in seconds.
const YEAR: u32 = 365 * 24 * 3600;
/// A message is for the next page; longer than this it was forgotten. In seconds.
const MINUTE: u32 = 60;
/// The longest message that is put into a cookie, in characters.
const MESSAGE_LENGTH: usize = 700;

/// The value of a cookie, where the browser sent exactly one of that name.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut named = all
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(key, value)| (key == name).then_some(value));
    let first = named.next();
    if named.next().is_some() { None } else { first }
}

/// The token of the session that the browser holds.
pub(crate) fn session(headers: &HeaderMap) -> Option<SecretString> {
    value(headers, SESSION).filter(|token| token.starts_with(SESSION_TOKEN)).map(SecretString::from)
}

fn cookie(web: &Web, name: &str, value: &str, rest: &str) -> HeaderValue {
    let secure = if web.is_https { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{rest}"))
        .expect("a cookie is made of plain characters")
}

/// The cookie that holds a session for as long as the browser is open; the gate ends it earlier.
pub(super) fn signed_in(web: &Web, token: &SecretString) -> HeaderValue {
    cookie(web, SESSION, token.expose_secret(), "")
}

/// Takes the session out of the browser.
pub(super) fn signed_out(web: &Web) -> HeaderValue {
    cookie(web, SESSION, "", "; Max-Age=0")
}

/// Which colours a person has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Theme {
    /// Those of the system.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    pub(super) const ALL: [Theme; 3] = [Theme::Auto, Theme::Light, Theme::Dark];

    /// The choice that the browser remembers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self::ALL.into_iter().find(|theme| value(headers, THEME) == Some(theme.as_str())).unwrap_or_default()
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub(super) fn keep(self, web: &Web) -> HeaderValue {
        cookie(web, THEME, self.as_str(), &format!("; Max-Age={YEAR}"))
    }
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tone {
    /// It went well.
    Good,
    /// Something to know.
    Note,
    /// It did not.
    Bad,
}

impl Tone {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Note => "note",
            Tone::Bad => "bad",
        }
    }
}

/// A message for the next page.
#[derive(Clone, Debug, Serialize, Deserialize, Template)]
#[template(path = "parts/flash.html")]
pub(crate) struct Flash {
    pub(crate) tone: Tone,
    pub(crate) text: String,
}

impl askama::filters::HtmlSafe for Flash {}

impl Flash {
    /// It went well, and this is what was done.
    pub(crate) fn done(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into() }
    }

    /// Something to know.
    pub(crate) fn note(text: impl Into<String>) -> Self {
        Self { tone: Tone::Note, text: text.into() }
    }

    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(value(headers, FLASH)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    pub(super) fn keep(&self, web: &Web) -> HeaderValue {
        let short = Self { tone: self.tone, text: model::text::shorten(&self.text, MESSAGE_LENGTH) };
        let json = serde_json::to_vec(&short).expect("a message is JSON");
        cookie(web, FLASH, &URL_SAFE_NO_PAD.encode(json), &format!("; Max-Age={MINUTE}"))
    }

    pub(super) fn forget(web: &Web) -> HeaderValue {
        cookie(web, FLASH, "", "; Max-Age=0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|line| (header::COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    #[test]
    fn only_a_session_token_is_taken_for_a_session() {
        let token = |cookies: &[&str]| session(&headers(cookies)).map(|t| t.expose_secret().to_owned());
        assert_eq!(token(&["a=b; ncgate_session=ncs_x"]).as_deref(), Some("ncs_x"));
        assert_eq!(token(&["ncgate_session=ncg_key_x"]), None);
        assert_eq!(token(&["ncgate_session=nco_owner"]), None);
        // A second one was planted by somebody who can't remove the first.
        assert_eq!(token(&["ncgate_session=ncs_x; ncgate_session=ncs_y"]), None);
    }

    #[test]
    fn an_odd_theme_is_the_systems() {
        assert_eq!(Theme::of(&headers(&["ncgate_theme=dark"])), Theme::Dark);
        assert_eq!(Theme::of(&headers(&["ncgate_theme=\"><script>"])), Theme::Auto);
    }
}
