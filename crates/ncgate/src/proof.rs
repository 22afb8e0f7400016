//! Who acts. A key is proof of a program; a person is proved by a session, or by a password that is typed into the
//! terminal itself. Until an administrator exists, the user who owns the state directory is proof enough.

use crate::exit::usage;
use crate::rest::{Failure, Request, Rest};
use crate::settings::env;
use crate::terminal;
use model::{Kind, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// As whom a command acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    /// A person; a key will not do.
    Person,
    /// Whoever there is proof of, a key first.
    Caller,
    /// Whoever there is proof of, and else the state directory's own agent: what needs no proof.
    Anyone,
    /// A program: a key, else the state directory's own agent; never a person.
    Agent,
}

/// Proof of who acts.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// A caller's key, from the environment.
    Key(SecretString),
    /// A session's token, from the environment.
    Session(SecretString),
    /// A session that this command opened and has to end.
    OwnSession(SecretString),
    /// The token of the state directory's owner.
    Owner(SecretString),
    /// The same, for the built-in key.
    OwnersAgent(SecretString),
    /// None yet.
    None,
}

impl Proof {
    /// The proof that the environment and the state directory give.
    ///
    /// # Errors
    /// [`Kind::NotAPerson`] where a person is needed and a key is set: a program must not get further by accident.
    pub(crate) fn find(actor: Actor, owner: Option<&SecretString>) -> Result<Proof, Problem> {
        let key = env("NCGATE_KEY").map(SecretString::from);
        if actor == Actor::Person && key.is_some() {
            return Err(Problem::new(
                Kind::NotAPerson,
                "only a person may do this, and NCGATE_KEY is the key of a program",
            )
            .hint("a person signs in with `ncgate login`, without NCGATE_KEY in the environment"));
        }
        if let Some(key) = key {
            return Ok(Proof::Key(key));
        }
        if let Some(token) = env("NCGATE_SESSION").filter(|_| actor != Actor::Agent) {
            return Ok(Proof::Session(token.into()));
        }
        Ok(match (actor, owner.cloned()) {
            (Actor::Anyone | Actor::Agent, Some(token)) => Proof::OwnersAgent(token),
            (_, Some(token)) => Proof::Owner(token),
            (_, None) => Proof::None,
        })
    }

    /// The bearer to send.
    pub(crate) fn bearer(&self) -> Option<&SecretString> {
        match self {
            Proof::Key(token)
            | Proof::Session(token)
            | Proof::OwnSession(token)
            | Proof::Owner(token)
            | Proof::OwnersAgent(token) => Some(token),
            Proof::None => None,
        }
    }

    /// The same kind of proof for another owner of the same state.
    pub(crate) fn under(self, owner: Option<&SecretString>) -> Proof {
        match (self, owner.cloned()) {
            (Proof::Owner(_), Some(token)) => Proof::Owner(token),
            (Proof::OwnersAgent(_), Some(token)) => Proof::OwnersAgent(token),
            (proof, _) => proof,
        }
    }

    /// The refusal of it, with what to do about where it came from.
    pub(crate) fn refused(&self, problem: Problem) -> Problem {
        match self {
            Proof::Key(_) => problem.hint(
                "NCGATE_KEY has to hold a key of this gateway that is not revoked; an administrator makes one with \
                 `ncgate key create`",
            ),
            Proof::Session(_) => problem.hint(
                "NCGATE_SESSION has to hold the token of a session that has not ended; `ncgate login` begins a new one",
            ),
            _ => problem,
        }
    }

    /// Whether a password can take its place when it is refused.
    pub(crate) fn gives_way_to_a_password(&self) -> bool {
        matches!(self, Proof::Owner(_) | Proof::None)
    }
}

/// Asks the person at the terminal for name and password, and opens a session with them. Answers the session as the
/// gateway gave it.
///
/// Nothing is asked for before a gateway has answered: a password is typed for nobody else.
pub(crate) async fn sign_in(rest: &Rest) -> Result<serde_json::Value, Problem> {
    rest.answers().await.map_err(Failure::into_problem)?;
    let name = match env("NCGATE_USER") {
        Some(name) => name,
        None => terminal::ask("Name: ")?,
    };
    if name.is_empty() {
        return Err(usage("no name was given"));
    }
    let password = terminal::ask_secret(&format!("Password of {name}: "))?;
    let body = json!({ "name": name, "password": password.expose_secret() });
    let session = rest.send(&Request::post(&["sessions"], body), None).await;
    session.map(|reply| reply.body).map_err(Failure::into_problem)
}

/// The token in a session as the gateway gave it.
pub(crate) fn token_of(session: &serde_json::Value) -> Result<SecretString, Problem> {
    let token = session["token"].as_str().map(|token| SecretString::from(token.to_owned()));
    token
        .ok_or_else(|| Problem::new(Kind::BadAnswer, "the gateway opened a session and gave no token for it"))
}
