//! People, their sessions, and keys.

use crate::support::{at, on_every_backend, write};
use model::{Caller, CallerId, CallerKind, ConnectionId, NameSet, Role, Source};
use store::keys::Key;
use store::people::Person;
use store::sessions::Session;
use store::{Error, guesses, keys, people, sessions};

fn person(id: &str, name: &str, role: Role) -> Person {
    Person {
        id: CallerId::new(id),
        name: name.into(),
        role,
        password_hash: "$argon2id$…".into(),
        created_at: at(0),
        created_by: Some("Olga".into()),
        disabled_at: None,
    }
}

fn session(token: &str, person: &str, expires: i64) -> Session {
    Session {
        token_hash: token.into(),
        person_id: CallerId::new(person),
        created_at: at(0),
        expires_at: at(expires),
        proved_at: at(0),
        seen_at: at(0),
        source: Source { face: "rest".into(), ..Source::default() },
        ended_at: None,
    }
}

#[tokio::test]
async fn a_person_is_found_in_any_case_and_only_once() {
    on_every_backend(async |store| {
        write(&store, |tx| people::insert(tx, &person("p1", "Żaneta", Role::Admin))).await;
        let again = store.write(|tx| people::insert(tx, &person("p2", "żANETA", Role::Viewer))).await;
        assert!(matches!(again, Err(Error::Unique { table: "people" })));
        let found = store.read(|tx| people::by_name(tx, "ŻANETA")).await.unwrap();
        assert_eq!(found, Some(person("p1", "Żaneta", Role::Admin)));
    })
    .await;
}

#[tokio::test]
async fn a_disabled_administrator_does_not_count() {
    on_every_backend(async |store| {
        let (before, after, row, all) = write(&store, |tx| {
            let id = CallerId::new("p1");
            people::insert(tx, &person("p1", "Ana", Role::Admin))?;
            people::insert(tx, &person("p2", "Bo", Role::Approver))?;
            let before = people::count_active_admins(tx)?;
            people::set_disabled(tx, &id, Some(at(3)))?;
            people::set_password(tx, &id, "$argon2id$new")?;
            people::set_role(tx, &id, Role::Viewer)?;
            Ok((before, people::count_active_admins(tx)?, people::get(tx, &id)?, people::list(tx)?))
        })
        .await;
        assert_eq!((before, after), (1, 0));
        let row = row.unwrap();
        assert_eq!((row.disabled_at, row.role), (Some(at(3)), Role::Viewer));
        assert_eq!(row.password_hash, "$argon2id$new");
        assert_eq!(all.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Ana", "Bo"]);
    })
    .await;
}

#[tokio::test]
async fn an_ended_session_proves_nothing_more() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            people::insert(tx, &person("p1", "Ana", Role::Admin))?;
            sessions::insert(tx, &session("t1", "p1", 100))?;
            sessions::insert(tx, &session("t2", "p1", 200))?;
            assert!(sessions::prove(tx, "t1", at(10))?);
            assert!(sessions::end(tx, "t1", at(20))?);
            assert!(!sessions::end(tx, "t1", at(21))?);
            assert!(!sessions::prove(tx, "t1", at(22))?);
            let ended = sessions::get(tx, "t1")?.unwrap();
            assert_eq!((ended.proved_at, ended.ended_at), (at(10), Some(at(20))));
            assert_eq!(sessions::end_all(tx, &CallerId::new("p1"), at(30))?, 1);
            assert_eq!(sessions::delete_expired(tx, at(100))?, 1);
            assert_eq!(sessions::get(tx, "t1")?, None);
            assert_eq!(sessions::get(tx, "t2")?.unwrap().ended_at, Some(at(30)));
            Ok(())
        })
        .await;
        let nobodys = store.write(|tx| sessions::insert(tx, &session("t3", "p9", 1))).await;
        assert!(
            matches!(nobodys, Err(Error::Sqlite(_) | Error::Postgres { .. })),
            "a session of nobody: {nobodys:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_keeps_its_whole_caller_and_is_revoked_once() {
    on_every_backend(async |store| {
        let id = CallerId::new("k1");
        let key = Key {
            id: id.clone(),
            secret_hash: "ab12".into(),
            caller: Caller {
                kind: CallerKind::Workflow,
                owner: Some(CallerId::new("p1")),
                connection: Some(ConnectionId::new("c1")),
                tools: Some(vec!["n_central-list-devices".into()]),
                customers: Some(vec![214]),
                plan_only: true,
                names: NameSet::Alias,
                ..Caller::person(id.clone(), "nightly", Role::Viewer)
            },
            created_at: at(0),
            expires_at: Some(at(9_000)),
            revoked_at: None,
            last_used_at: None,
            notes: "nightly report".into(),
        };
        let written = key.clone();
        write(&store, move |tx| {
            keys::insert(tx, &written)?;
            assert_eq!(keys::get(tx, &id)?.as_ref(), Some(&written));
            assert!(matches!(keys::insert(tx, &written), Err(Error::Unique { table: "keys" })));
            let narrowed = Caller { tools: None, requests_per_minute: Some(30), ..written.caller.clone() };
            let changed = Key { caller: narrowed, expires_at: None, notes: String::new(), ..written.clone() };
            keys::update(tx, &changed)?;
            assert_eq!(keys::get(tx, &id)?.as_ref(), Some(&changed));
            keys::update(tx, &written)?;
            keys::touch(tx, &id, at(4))?;
            assert!(keys::revoke(tx, &id, at(5))?);
            assert!(!keys::revoke(tx, &id, at(6))?);
            Ok(())
        })
        .await;
        let all = store.read(keys::list).await.unwrap();
        assert_eq!(all, [Key { last_used_at: Some(at(4)), revoked_at: Some(at(5)), ..key }]);
    })
    .await;
}

#[tokio::test]
async fn sessions_are_told_apart_without_their_tokens() {
    on_every_backend(async |store| {
        let (ana, token) = (CallerId::new("p1"), |n: u8| format!("{n:02x}").repeat(32));
        write(&store, move |tx| {
            people::insert(tx, &person("p1", "Ana", Role::Admin))?;
            people::insert(tx, &person("p2", "Bo", Role::Viewer))?;
            for (n, whose, expires) in [(1, "p1", 100), (2, "p1", 200), (3, "p2", 200), (4, "p1", 10)] {
                sessions::insert(tx, &session(&token(n), whose, expires))?;
            }
            sessions::see(tx, &token(2), at(30))?;
            let ids = |all: Vec<Session>| all.iter().map(|s| s.id()[..2].to_owned()).collect::<Vec<_>>();
            assert_eq!(ids(sessions::running(tx, Some(&ana), at(50))?), ["02", "01"]);
            assert_eq!(ids(sessions::running(tx, None, at(50))?), ["02", "01", "03"]);
            let named = sessions::get(tx, &token(2))?.unwrap();
            assert_eq!((named.id().len(), named.seen_at, named.source.face.as_str()), (16, at(30), "rest"));
            assert_eq!(sessions::by_id(tx, named.id())?.as_ref(), Some(&named));
            assert_eq!(sessions::end_others(tx, &ana, &token(2), at(60))?, 2);
            assert_eq!(ids(sessions::running(tx, None, at(61))?), ["02", "03"]);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn wrong_passwords_are_counted_until_they_are_forgotten() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            assert_eq!(guesses::get(tx, "name:ana")?, guesses::Guesses::default());
            let locked = guesses::Guesses { failures: 5, locked_until: Some(at(9)) };
            guesses::put(tx, "name:ana", guesses::Guesses { failures: 4, locked_until: None }, at(1))?;
            guesses::put(tx, "name:ana", locked, at(2))?;
            guesses::put(tx, "address:192.0.2.1", locked, at(5))?;
            assert_eq!(guesses::get(tx, "name:ana")?, locked);
            assert_eq!(guesses::delete_older(tx, at(3))?, 1);
            assert!(guesses::forget(tx, "address:192.0.2.1")?);
            assert!(!guesses::forget(tx, "address:192.0.2.1")?);
            Ok(())
        })
        .await;
    })
    .await;
}
