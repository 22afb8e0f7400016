//! People, their sessions, and keys.

use crate::support::{at, on_every_backend, write};
use model::{Caller, CallerId, CallerKind, ConnectionId, NameSet, Role};
use store::keys::Key;
use store::people::Person;
use store::sessions::Session;
use store::{Error, keys, people, sessions};

fn person(id: &str, name: &str, role: Role) -> Person {
    Person {
        id: CallerId::new(id),
        name: name.into(),
        role,
        password_hash: "$argon2id$…".into(),
        created_at: at(0),
        disabled_at: None,
        failures: 0,
        locked_until: None,
    }
}

fn session(token: &str, person: &str, expires: i64) -> Session {
    Session {
        token_hash: token.into(),
        person_id: CallerId::new(person),
        created_at: at(0),
        expires_at: at(expires),
        proved_at: at(0),
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
            people::set_failures(tx, &id, 5, Some(at(9)))?;
            Ok((before, people::count_active_admins(tx)?, people::get(tx, &id)?, people::list(tx)?))
        })
        .await;
        assert_eq!((before, after), (1, 0));
        let row = row.unwrap();
        assert_eq!((row.disabled_at, row.failures, row.locked_until), (Some(at(3)), 5, Some(at(9))));
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
        assert!(matches!(nobodys, Err(Error::Sqlite(_) | Error::Postgres { .. })), "a session of nobody: {nobodys:?}");
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
        };
        let written = key.clone();
        write(&store, move |tx| {
            keys::insert(tx, &written)?;
            assert_eq!(keys::get(tx, &id)?.as_ref(), Some(&written));
            assert!(matches!(keys::insert(tx, &written), Err(Error::Unique { table: "keys" })));
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
