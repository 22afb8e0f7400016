//! Sessions: signing in and out, looking at sessions and ending them, and proving oneself again.
//!
//! A session ends half a day after it began, or four hours after its last use, whichever comes first; so a screen
//! that was left open does not decide anything the next morning.

use super::guessing::Attempt;
use super::identity;
use super::roles::need;
use crate::OPERATOR;
use crate::api::{NewSession, Requester, SessionView};
use crate::gate::{Gate, Refused};
use crate::record::Line;
use crate::seal::random_token;
use model::canonical::sha256_hex;
use model::{Caller, CallerId, Kind, Problem, Role, Source, Timestamp};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::time::Duration;
use store::Topic;
use store::people::Person;
use store::sessions::Session;

/// How long a session lasts.
const LIFE: Duration = Duration::from_secs(12 * 3600);

/// How long an unused one does.
const IDLE: Duration = Duration::from_secs(4 * 3600);

/// How often the use of a session is noted.
const NOTED: Duration = Duration::from_secs(60);

impl Gate {
    /// Begins a session of a person.
    ///
    /// # Errors
    /// [`Kind::Unauthenticated`] for a wrong name or password, which look the same; [`Kind::TooManyRequests`] while
    /// the name or the address is locked.
    pub async fn sign_in(
        &self,
        name: &str,
        password: SecretString,
        source: Source,
    ) -> Result<NewSession, Problem> {
        let (name, wanted) = (name.trim().to_owned(), name.trim().to_owned());
        let found = self.look(move |tx| store::people::by_name(tx, &wanted)).await?;
        let refused = Line::new(None, "session.refused", self.now()).with("source", &source);
        let wrong = Problem::new(Kind::Unauthenticated, "the name or the password is wrong")
            .hint("after five wrong passwords a name is locked for a while");
        let attempt = Attempt { name, found, password, source: source.clone(), refused, wrong };
        let person = self.check_password(attempt).await?;

        let now = self.now();
        let token = format!("{}{}", identity::SESSION, random_token());
        let session = Session {
            token_hash: sha256_hex(token.as_bytes()),
            person_id: person.id.clone(),
            created_at: now,
            expires_at: now + LIFE,
            proved_at: now,
            seen_at: now,
            source: source.clone(),
            ended_at: None,
        };
        let expires_at = session.expires_at;
        let line = Line::new(None, "session.created", now)
            .by(&Requester::new(caller(&person), source))
            .with("session", session.id())
            .with("expires_at", expires_at);
        self.commit(move |tx| {
            store::sessions::delete_expired(tx, now)?;
            store::sessions::insert(tx, &session)?;
            Ok(line.append(tx)?)
        })
        .await?;
        Ok(NewSession { token, person: person.into(), expires_at })
    }

    /// Ends a session. One that is over already, or never was, is no error.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, token: &str, source: Source) -> Result<(), Problem> {
        let (hash, now) = (sha256_hex(token.as_bytes()), self.now());
        self.commit(move |tx| {
            if store::sessions::end(tx, &hash, now)?
                && let Some(session) = store::sessions::get(tx, &hash)?
                && let Some(person) = store::people::get(tx, &session.person_id)?
            {
                Line::new(None, "session.ended", now)
                    .by(&Requester::new(caller(&person), source.clone()))
                    .with("session", session.id())
                    .append(tx)?;
                tx.announce(Topic::Person, &person.id, None);
            }
            Ok(())
        })
        .await
    }

    /// The running sessions, the last used first: everybody's for an administrator, else one's own.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys.
    pub async fn sessions(&self, who: &Requester) -> Result<Vec<SessionView>, Problem> {
        need(who, Role::Viewer)?;
        let now = self.now();
        let whose = (!who.caller.has_role(Role::Admin)).then(|| who.caller.id.clone());
        let (sessions, people) = self
            .look(move |tx| {
                Ok((store::sessions::running(tx, whose.as_ref(), now)?, store::people::list(tx)?))
            })
            .await?;
        let names: BTreeMap<CallerId, String> = people.into_iter().map(|p| (p.id, p.name)).collect();
        let running = sessions.into_iter().filter(|session| idle_until(session) > now);
        let view = |session: Session| SessionView {
            id: session.id().to_owned(),
            person: names.get(&session.person_id).cloned().unwrap_or_default(),
            current: who.session.as_deref() == Some(session.id()),
            created_at: session.created_at,
            seen_at: session.seen_at,
            expires_at: session.expires_at,
            idle_until: idle_until(&session),
            source: session.source,
        };
        Ok(running.map(view).collect())
    }

    /// Ends a session by its id: one's own, or anybody's for an administrator. One that is over stays so.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys, [`Kind::NotFound`] for an id that is nobody's or somebody else's.
    pub async fn end_session(&self, who: &Requester, id: &str) -> Result<(), Problem> {
        need(who, Role::Viewer)?;
        let (now, wanted, by) = (self.now(), id.to_owned(), who.clone());
        self.commit(move |tx| {
            let found = store::sessions::by_id(tx, &wanted)?;
            let session = found
                .filter(|session| session.person_id == by.caller.id || by.caller.has_role(Role::Admin))
                .ok_or_else(|| {
                    Problem::new(Kind::NotFound, "no such session").hint("`ncgate sessions list` lists them")
                })?;
            if store::sessions::end(tx, &session.token_hash, now)? {
                let person = store::people::get(tx, &session.person_id)?;
                Line::new(None, "session.ended", now)
                    .by(&by)
                    .with("session", session.id())
                    .with("person", &session.person_id)
                    .with("person_name", person.map(|person| person.name))
                    .append(tx)?;
                tx.announce(Topic::Person, &session.person_id, None);
            }
            Ok(())
        })
        .await
    }

    /// Who a session's token stands for.
    pub(super) async fn by_session(&self, token: &str, source: Source) -> Result<Requester, Problem> {
        let hash = sha256_hex(token.as_bytes());
        let found = self
            .look(move |tx| {
                let Some(session) = store::sessions::get(tx, &hash)? else { return Ok(None) };
                let person = store::people::get(tx, &session.person_id)?;
                Ok(person.map(|person| (session, person)))
            })
            .await?;
        let (session, person) = found.ok_or_else(|| ended("this session is not known"))?;
        let now = self.now();
        if session.ended_at.is_some() || session.expires_at <= now {
            return Err(ended("this session has ended"));
        }
        if idle_until(&session) <= now {
            return Err(ended("this session was not used for four hours, so it has ended"));
        }
        if person.disabled_at.is_some() {
            return Err(ended("this account is disabled"));
        }
        self.note_session(&session, now);
        let id = session.id().to_owned();
        Ok(Requester {
            proved_at: Some(session.proved_at),
            session: Some(id),
            ..Requester::new(caller(&person), source)
        })
    }

    /// Notes once a minute that a session is in use. Nobody waits for it.
    fn note_session(&self, session: &Session, now: Timestamp) {
        if now < session.seen_at + NOTED {
            return;
        }
        let (gate, hash) = (self.clone(), session.token_hash.clone());
        self.spawn(async move {
            if let Err(error) = gate.inner.store.write(move |tx| store::sessions::see(tx, &hash, now)).await {
                tracing::warn!(%error, "the use of a session could not be noted");
            }
        });
    }

    /// Makes sure that it is this person who asks, by the password. The session counts as freshly proved from then on.
    ///
    /// # Errors
    /// [`Kind::FreshProofRequired`] for a wrong password; [`Kind::TooManyRequests`] while the name is locked.
    pub(crate) async fn prove(&self, who: &Requester, password: &SecretString) -> Result<(), Problem> {
        let wrong = Problem::new(Kind::FreshProofRequired, "the password is wrong");
        if who.caller.id.as_str() == OPERATOR {
            return Err(wrong.hint(
                "nobody has a password yet: make an administrator with `ncgate user add NAME --role admin`",
            ));
        }
        let id = who.caller.id.clone();
        let attempt = Attempt {
            name: who.caller.name.clone(),
            found: self.look(move |tx| store::people::get(tx, &id)).await?,
            password: password.clone(),
            source: who.source.clone(),
            refused: Line::new(None, "proof.refused", self.now()).by(who),
            wrong: wrong.hint("send the right one"),
        };
        self.check_password(attempt).await?;
        let Some(session) = who.session.clone() else { return Ok(()) };
        let now = self.now();
        self.commit(move |tx| -> Result<(), Refused> {
            if let Some(session) = store::sessions::by_id(tx, &session)? {
                store::sessions::prove(tx, &session.token_hash, now)?;
            }
            Ok(())
        })
        .await
    }
}

fn idle_until(session: &Session) -> Timestamp {
    session.seen_at + IDLE
}

fn caller(person: &Person) -> Caller {
    Caller::person(person.id.clone(), person.name.clone(), person.role)
}

fn ended(message: &str) -> Problem {
    Problem::new(Kind::Unauthenticated, message).hint("sign in again")
}
