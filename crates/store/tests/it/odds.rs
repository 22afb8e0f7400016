//! Idempotency keys, stop switches, learned limits, settings.

use crate::support::{at, on_every_backend, sealed, write};
use model::{CallId, CallerId, ConnectionId};
use store::idempotency::{self, Attempt, Claim};
use store::stops::{self, EVERYTHING, Stop};
use store::{limits, settings};

/// An attempt under the key `x`.
fn attempt(caller: &str, id: &str) -> Attempt {
    Attempt { caller: CallerId::new(caller), key: "x".into(), id: id.into() }
}

#[tokio::test]
async fn an_idempotency_key_belongs_to_one_caller_one_body_and_one_attempt() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let (one, two) = (attempt("k1", "a1"), attempt("k1", "a2"));
            let (first, second) = (CallId::new("c1"), CallId::new("c2"));
            let claim = idempotency::claim(tx, &one, "h1", &first, at(0), at(10))?;
            assert_eq!(claim, Claim::Mine(first.clone()));
            assert_eq!(idempotency::claim(tx, &two, "h1", &second, at(1), at(11))?, Claim::Busy);
            assert_eq!(idempotency::claim(tx, &two, "h2", &second, at(1), at(11))?, Claim::OtherBody);
            let elsewhere = idempotency::claim(tx, &attempt("k2", "a3"), "h2", &second, at(1), at(11))?;
            assert_eq!(elsewhere, Claim::Mine(second.clone()));

            // One that lives on keeps it, one that died leaves it, under the same id.
            assert!(idempotency::renew(tx, &one, at(20))?);
            assert_eq!(idempotency::claim(tx, &two, "h1", &second, at(15), at(25))?, Claim::Busy);
            assert_eq!(
                idempotency::claim(tx, &two, "h1", &second, at(20), at(30))?,
                Claim::Mine(first.clone())
            );
            assert!(!idempotency::renew(tx, &one, at(40))?);
            assert!(!idempotency::stand_for(tx, &one, &second)?);
            assert!(!idempotency::end(tx, &one, Some(&sealed(1)))?);

            // What failed may be asked again, what was answered is replayed.
            assert!(idempotency::end(tx, &two, None)?);
            assert_eq!(
                idempotency::claim(tx, &one, "h1", &second, at(21), at(31))?,
                Claim::Mine(first.clone())
            );
            assert!(idempotency::end(tx, &one, Some(&sealed(1)))?);
            let again = idempotency::claim(tx, &two, "h1", &second, at(22), at(32))?;
            assert_eq!(again, Claim::Answered(first, sealed(1)));
            assert_eq!(idempotency::delete_older(tx, at(0))?, 0);
            assert_eq!(idempotency::delete_older(tx, at(1))?, 1);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn keys_on_which_somebody_died_are_free_and_answers_stay() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let (died, answered) = (attempt("k1", "a1"), attempt("k2", "a2"));
            let (first, second, fresh) = (CallId::new("c1"), CallId::new("c2"), CallId::new("c3"));
            idempotency::claim(tx, &died, "h1", &first, at(0), at(100))?;
            idempotency::claim(tx, &answered, "h2", &second, at(0), at(100))?;
            assert!(idempotency::end(tx, &answered, Some(&sealed(1)))?);
            assert_eq!(idempotency::free_all(tx)?, 1);
            let next = attempt("k1", "a3");
            assert_eq!(idempotency::claim(tx, &next, "h1", &fresh, at(1), at(2))?, Claim::Mine(first));
            assert!(!idempotency::renew(tx, &died, at(200))?, "who was taken for dead has it no more");
            let next = attempt("k2", "a4");
            let again = idempotency::claim(tx, &next, "h2", &fresh, at(1), at(2))?;
            assert_eq!(again, Claim::Answered(second, sealed(1)));
            Ok(())
        })
        .await;
    })
    .await;
}

fn stop(scope: &str, on: bool) -> Stop {
    Stop { scope: scope.into(), on, reason: "ransomware".into(), by: "ana".into(), at: at(1) }
}

#[tokio::test]
async fn the_switch_for_everything_stops_every_connection() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let (here, there) = (ConnectionId::new("c1"), ConnectionId::new("c2"));
            assert_eq!(stops::is_stopped(tx, &here)?, None);
            stops::set(tx, &stop("c1", true))?;
            assert_eq!(stops::is_stopped(tx, &here)?, Some(stop("c1", true)));
            assert_eq!(stops::is_stopped(tx, &there)?, None);
            stops::set(tx, &stop(EVERYTHING, true))?;
            assert_eq!(stops::is_stopped(tx, &here)?, Some(stop(EVERYTHING, true)));
            assert_eq!(stops::is_stopped(tx, &there)?, Some(stop(EVERYTHING, true)));
            stops::set(tx, &stop(EVERYTHING, false))?;
            assert_eq!(stops::is_stopped(tx, &there)?, None);
            assert_eq!(stops::get(tx, EVERYTHING)?, Some(stop(EVERYTHING, false)));
            assert_eq!(stops::list(tx)?, [stop(EVERYTHING, false), stop("c1", true)]);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_last_limit_and_the_last_setting_are_remembered() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let here = ConnectionId::new("c1");
            limits::put(tx, &here, "devices", 3)?;
            limits::put(tx, &here, "devices", 5)?;
            limits::put(tx, &here, "reports", 1)?;
            let learned = limits::learned(tx, &here)?;
            assert_eq!(learned, [("devices".to_owned(), 5), ("reports".to_owned(), 1)].into());
            assert!(limits::learned(tx, &ConnectionId::new("c2"))?.is_empty());
            assert_eq!(settings::get(tx, "x")?, None);
            settings::put(tx, "x", "1")?;
            settings::put(tx, "x", "2")?;
            assert_eq!(settings::get(tx, "x")?.as_deref(), Some("2"));
            Ok(())
        })
        .await;
    })
    .await;
}
