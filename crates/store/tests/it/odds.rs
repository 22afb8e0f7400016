//! Idempotency keys, stop switches, learned limits, settings.

use crate::support::{at, on_every_backend, sealed, write};
use model::{CallId, CallerId, ConnectionId};
use store::idempotency::{self, Remembered};
use store::stops::{self, EVERYTHING, Stop};
use store::{limits, settings};

#[tokio::test]
async fn an_idempotency_key_belongs_to_one_caller_and_one_body() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let (mine, other) = (CallerId::new("k1"), CallerId::new("k2"));
            let first =
                Remembered { body_hash: "h1".into(), call_id: None, response: None, created_at: at(0) };
            assert!(idempotency::put(tx, &mine, "x", &first)?);
            assert_eq!(idempotency::get(tx, &mine, "x")?.as_ref(), Some(&first));
            assert_eq!(idempotency::get(tx, &other, "x")?, None);

            let then = Remembered {
                call_id: Some(CallId::new("c1")),
                response: Some(sealed(1)),
                created_at: at(50),
                ..first.clone()
            };
            assert!(idempotency::put(tx, &mine, "x", &then)?);
            let kept = Remembered { created_at: at(0), ..then.clone() };
            assert_eq!(
                idempotency::get(tx, &mine, "x")?.as_ref(),
                Some(&kept),
                "its age is that of its first use"
            );

            let another = Remembered { body_hash: "h2".into(), ..then };
            assert!(!idempotency::put(tx, &mine, "x", &another)?);
            assert_eq!(idempotency::get(tx, &mine, "x")?, Some(kept));
            assert_eq!(idempotency::delete_older(tx, at(0))?, 0);
            assert_eq!(idempotency::delete_older(tx, at(1))?, 1);
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
