//! Passwords: argon2id, off the threads that answer requests, and never more than two at once, because each takes
//! 19 MiB and some tens of milliseconds on purpose.

use super::input::invalid;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use model::{Kind, Problem};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

/// Fewest characters of a password.
const SHORTEST: usize = 8;

/// Most bytes of a password: enough for any sentence.
const LONGEST: usize = 1024;

static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A hash that no password has, for names that nobody has: a wrong name takes as long as a wrong password.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXRoaW5nc2FsdHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The hash of a new password, in PHC form.
///
/// # Errors
/// One that is too short or too long.
pub(super) async fn hash(password: SecretString) -> Result<String, Problem> {
    if password.expose_secret().chars().count() < SHORTEST {
        return Err(invalid(format!("the password has fewer than {SHORTEST} characters"))
            .hint("several words together are easy to remember and hard to guess"));
    }
    if password.expose_secret().len() > LONGEST {
        return Err(invalid(format!("the password is longer than {LONGEST} bytes")));
    }
    let made = off_thread(move || {
        Argon2::default().hash_password(password.expose_secret().as_bytes()).map(|hash| hash.to_string())
    });
    made.await?.map_err(|_| Problem::new(Kind::Internal, "the password could not be hashed"))
}

/// Whether a password is the one of this hash. Without a hash it takes as long, and is wrong.
///
/// # Errors
/// The runtime is going down.
pub(super) async fn matches(password: SecretString, hash: Option<String>) -> Result<bool, Problem> {
    off_thread(move || {
        let stored = hash.as_deref().unwrap_or(NOBODYS);
        let given = password.expose_secret().as_bytes();
        given.len() <= LONGEST
            && PasswordHash::new(stored)
                .is_ok_and(|hash| Argon2::default().verify_password(given, &hash).is_ok())
    })
    .await
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let permit = AT_ONCE.acquire().await.expect("nobody closes it");
    let task = tokio::task::spawn_blocking(move || {
        // Held until the work is over, even if whoever asked has gone.
        let _permit = permit;
        work()
    });
    task.await.map_err(|_| Problem::new(Kind::ShuttingDown, "the gateway is going down").retryable(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_recognised_by_its_hash_alone() {
        let hash = hash("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$") && !hash.contains("horse"));
        assert!(matches("correct horse battery".into(), Some(hash.clone())).await.unwrap());
        assert!(!matches("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!matches("correct horse battery".into(), None).await.unwrap());
        let settings = |hash: &str| hash.split('$').nth(3).map(str::to_owned);
        assert_eq!(settings(NOBODYS), settings(&hash), "an unknown name must take as long as a known one");
        assert!(PasswordHash::new(NOBODYS).is_ok());
    }

    #[tokio::test]
    async fn a_short_password_is_refused() {
        assert!(hash("short".into()).await.unwrap_err().message.contains("fewer than 8"));
    }
}
