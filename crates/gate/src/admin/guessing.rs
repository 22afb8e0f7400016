//! Whoever guesses passwords is listened to less and less: by the name that is tried and by the address that tries.
//!
//! Five wrong passwords for one name lock the name, thirty from one address, for whatever names, lock the address;
//! each further one doubles the time. A name that nobody has is compared with a hash and locked like any other, so
//! neither the answer nor its time tells who has an account. Behind a proxy everybody comes from the proxy's address,
//! which is why an address is allowed more.

use super::passwords;
use crate::gate::{Gate, Refused};
use crate::record::Line;
use model::canonical::sha256_hex;
use model::{Kind, Problem, Source, Timestamp};
use secrecy::SecretString;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;
use store::guesses::Guesses;
use store::people::Person;
use store::{Topic, Tx};

/// The first lock-out; each further wrong password doubles it, up to [`LONGEST_LOCK`].
const FIRST_LOCK: Duration = Duration::from_secs(60);

/// The longest lock-out.
const LONGEST_LOCK: Duration = Duration::from_secs(3600);

/// How long wrong passwords are remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// Who or what is locked out.
#[derive(Clone, Debug)]
struct Subject {
    key: String,
    /// Wrong passwords that are put up with.
    tries: i64,
    /// What is told while it is locked.
    locked: &'static str,
}

/// A password that somebody gave.
pub(super) struct Attempt {
    /// The name it was given for.
    pub(super) name: String,
    /// Who has that name.
    pub(super) found: Option<Person>,
    pub(super) password: SecretString,
    pub(super) source: Source,
    /// What goes on the record if it is wrong.
    pub(super) refused: Line,
    /// What is answered if it is wrong.
    pub(super) wrong: Problem,
}

impl Gate {
    /// Compares a password, and counts it if it is wrong. The locks are looked at again after the comparison, so
    /// that guesses made side by side count like those made in a row.
    pub(super) async fn check_password(&self, attempt: Attempt) -> Result<Person, Problem> {
        let Attempt { name, found, password, source, refused, wrong } = attempt;
        let subjects = self.subjects(&name, &source);
        let _seat = source.address.map(|address| self.sign_in_seat(&network(address))).transpose()?;
        let (checked, now) = (subjects.clone(), self.now());
        self.commit(move |tx| check_locks(tx, &checked, now)).await?;
        let right =
            passwords::matches(password, found.as_ref().map(|person| person.password_hash.clone())).await?;
        self.inner.metrics.passwords.inc();
        let (id, now) = (found.map(|person| person.id), self.now());
        self.commit(move |tx| {
            check_locks(tx, &subjects, now)?;
            let person = match &id {
                Some(id) => store::people::get(tx, id)?,
                None => None,
            };
            if let Some(person) = &person
                && right
                && person.disabled_at.is_none()
            {
                store::guesses::forget(tx, &subjects[0].key)?;
                return Ok(Ok(person.clone()));
            }
            store::guesses::delete_older(tx, now - REMEMBERED)?;
            let mut line = refused.clone();
            for (place, subject) in subjects.iter().enumerate() {
                let failures = store::guesses::get(tx, &subject.key)?.failures + 1;
                let locked_until = lock_after(failures, subject.tries).map(|lock| now + lock);
                store::guesses::put(tx, &subject.key, Guesses { failures, locked_until }, now)?;
                line = match (place, &person) {
                    // A name that nobody has is not recorded: people type passwords into the wrong field.
                    (0, Some(person)) => line
                        .with("account", &person.name)
                        .with("failures", failures)
                        .with("locked_until", locked_until),
                    (0, None) => line,
                    _ => {
                        line.with("failures_of_address", failures).with("address_locked_until", locked_until)
                    }
                };
            }
            line.append(tx)?;
            Ok(Err(wrong.clone()))
        })
        .await?
    }

    /// The name first, then the address, where there is one.
    fn subjects(&self, name: &str, source: &Source) -> Vec<Subject> {
        let address = source.address.map(|address| Subject {
            key: format!("address:{}", network(address)),
            tries: 30,
            locked: "too many wrong passwords came from this address, so it is not listened to for a while",
        });
        [self.named(name)].into_iter().chain(address).collect()
    }

    fn named(&self, name: &str) -> Subject {
        // Under a key, because what is typed as a name may be a password.
        let mut text = self.inner.sealer.marks_key().to_vec();
        text.extend_from_slice(name.trim().to_lowercase().as_bytes());
        Subject {
            key: format!("name:{}", sha256_hex(&text)),
            tries: 5,
            locked: "too many wrong passwords: this name is locked for a while",
        }
    }

    /// Until when a name is locked, or was.
    pub(super) fn locked_until(
        &self,
        tx: &mut Tx<'_>,
        name: &str,
    ) -> Result<Option<Timestamp>, store::Error> {
        Ok(store::guesses::get(tx, &self.named(name).key)?.locked_until)
    }

    /// Forgets the wrong passwords of a name, in a transaction that gives it another password.
    pub(super) fn forget_guesses(&self, tx: &mut Tx<'_>, person: &Person) -> Result<(), Refused> {
        if store::guesses::forget(tx, &self.named(&person.name).key)? {
            tx.announce(Topic::Person, &person.id, None);
        }
        Ok(())
    }
}

/// What one attacker has of its own: an address, or with IPv6 the network of one subscriber.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// How long a subject is locked after this many wrong passwords in a row.
fn lock_after(failures: i64, tries: i64) -> Option<Duration> {
    let doublings = u32::try_from(failures - tries).ok()?.min(16);
    Some((FIRST_LOCK * 2_u32.pow(doublings)).min(LONGEST_LOCK))
}

fn check_locks(tx: &mut Tx<'_>, subjects: &[Subject], now: Timestamp) -> Result<(), Refused> {
    for subject in subjects {
        let Some(until) = store::guesses::get(tx, &subject.key)?.locked_until.filter(|until| *until > now)
        else {
            continue;
        };
        let seconds = now.duration_until(until).as_secs() + 1;
        return Err(Problem::new(Kind::TooManyRequests, subject.locked)
            .hint(format!("try again after {until}"))
            .retryable(true)
            .detail("retry_after", seconds)
            .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_doubles_up_to_an_hour() {
        let minutes = |failures| lock_after(failures, 5).map(|lock| lock.as_secs() / 60);
        assert_eq!(minutes(4), None);
        assert_eq!([5, 6, 7, 10, 11, 400].map(minutes), [1, 2, 4, 32, 60, 60].map(Some));
    }

    #[test]
    fn one_subscriber_is_one_address() {
        let network = |text: &str| super::network(text.parse().unwrap());
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
