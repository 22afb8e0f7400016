//! Signing in and out, and proving oneself again: who guesses passwords is locked out for longer and longer.

use super::{identity, passwords};
use crate::OPERATOR;
use crate::api::{NewSession, Requester};
use crate::gate::Gate;
use crate::record::Line;
use crate::seal::random_token;
use model::canonical::sha256_hex;
use model::{Caller, Kind, Problem, Source, Timestamp};
use secrecy::SecretString;
use std::time::Duration;
use store::people::Person;
use store::sessions::Session;

/// How long a session lasts.
const LIFE: Duration = Duration::from_secs(12 * 3600);

/// Wrong passwords in a row that are put up with.
const TRIES: i64 = 5;

/// The first lock-out; each further wrong password doubles it, up to [`LONGEST_LOCK`].
const FIRST_LOCK: Duration = Duration::from_secs(60);

/// The longest lock-out.
const LONGEST_LOCK: Duration = Duration::from_secs(3600);

impl Gate {
    /// Begins a session of a person.
    ///
    /// # Errors
    /// [`Kind::Unauthenticated`] for a wrong name or password, which look the same; [`Kind::TooManyRequests`] while
    /// the account is locked.
    pub async fn sign_in(
        &self,
        name: &str,
        password: SecretString,
        source: Source,
    ) -> Result<NewSession, Problem> {
        let wanted = name.trim().to_owned();
        let found = self.look(move |tx| store::people::by_name(tx, &wanted)).await?;
        let wrong = Problem::new(Kind::Unauthenticated, "the name or the password is wrong")
            .hint("after five wrong passwords an account is locked for a while");
        // A name that nobody has is not recorded: people type passwords into the wrong field.
        let refused = Line::new(None, "session.refused", self.now()).with("source", &source);
        let person = self.check_password(found, password, refused, wrong).await?;

        let now = self.now();
        let token = format!("{}{}", identity::SESSION, random_token());
        let session = Session {
            token_hash: sha256_hex(token.as_bytes()),
            person_id: person.id.clone(),
            created_at: now,
            expires_at: now + LIFE,
            proved_at: now,
            ended_at: None,
        };
        let expires_at = session.expires_at;
        let line = Line::new(None, "session.created", now)
            .by(&requester(&person, source))
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
                Line::new(None, "session.ended", now).by(&requester(&person, source.clone())).append(tx)?;
            }
            Ok(())
        })
        .await
    }

    /// Makes sure that it is this person who asks, by the password.
    ///
    /// # Errors
    /// [`Kind::FreshProofRequired`] for a wrong password; [`Kind::TooManyRequests`] while the account is locked.
    pub(crate) async fn prove(&self, who: &Requester, password: &SecretString) -> Result<(), Problem> {
        let wrong = Problem::new(Kind::FreshProofRequired, "the password is wrong");
        if who.caller.id.as_str() == OPERATOR {
            return Err(wrong.hint(
                "nobody has a password yet: make an administrator with `ncgate user add NAME --role admin`",
            ));
        }
        let id = who.caller.id.clone();
        let found = self.look(move |tx| store::people::get(tx, &id)).await?;
        let refused = Line::new(None, "proof.refused", self.now()).by(who);
        self.check_password(
            found,
            password.clone(),
            refused,
            wrong.hint("send the right one with the decision"),
        )
        .await
        .map(|_| ())
    }

    /// Compares a password, and counts it if it is wrong. The lock is looked at again after the comparison, so that
    /// guesses made side by side count like those made in a row.
    async fn check_password(
        &self,
        found: Option<Person>,
        password: SecretString,
        refused: Line,
        wrong: Problem,
    ) -> Result<Person, Problem> {
        if let Some(person) = &found {
            check_lock(person, self.now())?;
        }
        let right =
            passwords::matches(password, found.as_ref().map(|person| person.password_hash.clone())).await?;
        let (id, now) = (found.map(|person| person.id), self.now());
        self.commit(move |tx| {
            let person = match &id {
                Some(id) => store::people::get(tx, id)?,
                None => None,
            };
            let Some(person) = person else {
                refused.append(tx)?;
                return Ok(Err(wrong.clone()));
            };
            if let Err(locked) = check_lock(&person, now) {
                return Ok(Err(locked));
            }
            if right && person.disabled_at.is_none() {
                if person.failures > 0 {
                    store::people::set_failures(tx, &person.id, 0, None)?;
                }
                return Ok(Ok(person));
            }
            let failures = person.failures + 1;
            let locked_until = lock_after(failures).map(|lock| now + lock);
            store::people::set_failures(tx, &person.id, failures, locked_until)?;
            refused
                .clone()
                .with("account", &person.name)
                .with("failures", failures)
                .with("locked_until", locked_until)
                .append(tx)?;
            Ok(Err(wrong.clone()))
        })
        .await?
    }
}

/// How long an account is locked after this many wrong passwords in a row.
fn lock_after(failures: i64) -> Option<Duration> {
    let doublings = u32::try_from(failures - TRIES).ok()?.min(16);
    Some((FIRST_LOCK * 2_u32.pow(doublings)).min(LONGEST_LOCK))
}

fn check_lock(person: &Person, now: Timestamp) -> Result<(), Problem> {
    match person.locked_until {
        Some(until) if until > now => {
            let seconds = now.duration_until(until).as_secs() + 1;
            Err(Problem::new(
                Kind::TooManyRequests,
                "too many wrong passwords: this account is locked for a while",
            )
            .hint(format!("try again after {until}"))
            .retryable(true)
            .detail("retry_after", seconds))
        }
        _ => Ok(()),
    }
}

fn requester(person: &Person, source: Source) -> Requester {
    let caller = Caller::person(person.id.clone(), person.name.clone(), person.role);
    Requester { caller, source, proved_at: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_doubles_up_to_an_hour() {
        let minutes = |failures| lock_after(failures).map(|lock| lock.as_secs() / 60);
        assert_eq!(minutes(4), None);
        assert_eq!([5, 6, 7, 10, 11, 400].map(minutes), [1, 2, 4, 32, 60, 60].map(Some));
    }
}
