//! Transactions: what is kept, what is not, and who is told.

use crate::support::{on_every_backend, write};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use store::{Error, Sql, Store, Topic, settings};

async fn colour(store: &Store) -> Option<String> {
    store.read(|tx| settings::get(tx, "colour")).await.unwrap()
}

#[derive(Debug)]
enum Refusal {
    Mine,
    Store(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Store(error)
    }
}

#[tokio::test]
async fn an_error_rolls_back_its_own_transaction_and_no_other() {
    on_every_backend(async |store| {
        let good = store.write(|tx| settings::put(tx, "colour", "green"));
        let bad = store.write::<(), Refusal>(|tx| {
            settings::put(tx, "colour", "red")?;
            Err(Refusal::Mine)
        });
        let (good, bad) = tokio::join!(good, bad);
        good.unwrap();
        assert!(matches!(bad, Err(Refusal::Mine)));
        assert_eq!(colour(&store).await.as_deref(), Some("green"));
    })
    .await;
}

#[tokio::test]
async fn a_panic_rolls_back_and_the_writer_lives_on() {
    on_every_backend(async |store| {
        let panicked = store.write::<(), Refusal>(|tx| {
            settings::put(tx, "colour", "red")?;
            panic!("on purpose")
        });
        assert!(matches!(panicked.await, Err(Refusal::Store(Error::Panicked))));
        let panicked = store.read::<(), Error>(|_| panic!("on purpose")).await;
        assert!(matches!(panicked, Err(Error::Panicked)));
        assert_eq!(colour(&store).await, None);
        write(&store, |tx| settings::put(tx, "colour", "green")).await;
        assert_eq!(colour(&store).await.as_deref(), Some("green"));
    })
    .await;
}

#[tokio::test]
async fn a_write_whose_future_is_dropped_stands() {
    on_every_backend(async |store| {
        {
            let begun = pin!(store.write(|tx| settings::put(tx, "colour", "green")));
            let _ = begun.poll(&mut Context::from_waker(Waker::noop()));
        }
        // The queue is served in order, so this one comes after it.
        write(&store, |_| Ok(())).await;
        assert_eq!(colour(&store).await.as_deref(), Some("green"));
    })
    .await;
}

#[tokio::test]
async fn a_read_can_not_write() {
    on_every_backend(async |store| {
        let refused = store.read(|tx| settings::put(tx, "colour", "red")).await;
        assert!(matches!(refused, Err(Error::Sqlite(_) | Error::Postgres { .. })), "{refused:?}");
        assert_eq!(colour(&store).await, None);
        write(&store, |tx| settings::put(tx, "colour", "green")).await;
    })
    .await;
}

#[tokio::test]
async fn changes_are_announced_after_the_commit_and_not_after_a_roll_back() {
    on_every_backend(async |store| {
        let mut changes = store.changes();
        let _ = store
            .write::<(), Error>(|tx| {
                tx.announce(Topic::Call, "never", None);
                Err(Error::Cursor)
            })
            .await;
        let connection = model::ConnectionId::new("acme");
        write(&store, move |tx| {
            tx.announce(Topic::Approval, "a1", Some(&connection));
            Ok(())
        })
        .await;
        // Where others write too, listening begins with a change that may be anything.
        let mut told = std::iter::from_fn(|| changes.try_recv().ok()).filter(|c| c.topic != Topic::Anything);
        let change = told.next().unwrap();
        assert_eq!((change.topic, change.id.as_str()), (Topic::Approval, "a1"));
        assert_eq!(change.connection.as_deref(), Some("acme"));
        assert_eq!(told.next(), None);
    })
    .await;
}

#[tokio::test]
async fn parameters_go_by_their_number_not_by_their_order() {
    on_every_backend(async |store| {
        let row = write(&store, |tx| {
            let rows = tx.query("SELECT $2 AS second, $1 AS first", &["one".into(), "two".into()])?;
            Ok((rows[0].get::<String>("first")?, rows[0].get::<String>("second")?))
        })
        .await;
        assert_eq!(row, ("one".to_owned(), "two".to_owned()));
        let missing = store.write(|tx| tx.execute("DELETE FROM settings WHERE name = $1", &[])).await;
        assert!(missing.is_err());
    })
    .await;
}

#[tokio::test]
async fn whoever_comes_after_closing_is_told_so() {
    let store = Store::open(store::Location::Memory, store::Options::default()).unwrap();
    let late = store.clone();
    store.close().await;
    assert!(matches!(late.write(|_| Ok::<_, Error>(())).await, Err(Error::Closed)));
    assert!(matches!(late.read(|_| Ok::<_, Error>(())).await, Err(Error::Closed)));
    late.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_at_once_all_count() {
    on_every_backend(async |store| {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let store = store.clone();
            tasks.spawn(async move {
                store
                    .write::<_, Error>(|tx| {
                        let count = settings::get(tx, "count")?.and_then(|n| n.parse().ok()).unwrap_or(0);
                        settings::put(tx, "count", &format!("{}", count + 1))
                    })
                    .await
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap().unwrap();
        }
        let count = store.read(|tx| settings::get(tx, "count")).await.unwrap();
        assert_eq!(count.as_deref(), Some("64"));
    })
    .await;
}

#[tokio::test]
async fn what_a_failed_statement_leaves_is_not_kept_even_if_the_closure_goes_on() {
    let Some(schema) = crate::schema::Schema::new() else { return };
    let store = Store::open(schema.location(), store::Options::default()).unwrap();
    let others = store.write(|tx| settings::put(tx, "colour", "green"));
    let careless = store.write::<_, Error>(|tx| {
        settings::put(tx, "shape", "round")?;
        let _ = tx.execute("INSERT INTO settings (name, value) VALUES ('shape', 'square')", &[]);
        Ok(())
    });
    let (others, careless) = tokio::join!(others, careless);
    others.unwrap();
    assert!(
        matches!(&careless, Err(Error::Postgres { message }) if message.contains("23505")),
        "{careless:?}"
    );
    assert_eq!(colour(&store).await.as_deref(), Some("green"));
    assert_eq!(store.read(|tx| settings::get(tx, "shape")).await.unwrap(), None);
    store.close().await;
}
