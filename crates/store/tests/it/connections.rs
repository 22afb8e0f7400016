//! Connections and their script lists.

use crate::support::{at, connection, on_every_backend, sealed, write};
use model::connection::Reason;
use model::script::{ScriptParameter, TaskType};
use model::{ConnectionId, ConnectionState, Kind, Mode, Policies, Preset, Script};
use store::{Error, connections, scripts};

#[tokio::test]
async fn a_connection_is_read_back_as_it_was_written() {
    on_every_backend(async |store| {
        let row = connection("c1", "Main");
        let written = row.clone();
        let (by_id, by_name, all) = write(&store, move |tx| {
            connections::insert(tx, &written)?;
            Ok((
                connections::get(tx, &ConnectionId::new("c1"))?,
                connections::by_name(tx, "MAIN")?,
                connections::list(tx)?,
            ))
        })
        .await;
        assert_eq!(by_id.as_ref(), Some(&row));
        assert_eq!(by_name.as_ref(), Some(&row));
        assert_eq!(all, [row]);
    })
    .await;
}

#[tokio::test]
async fn a_name_is_taken_in_any_case_until_its_connection_is_removed() {
    on_every_backend(async |store| {
        write(&store, |tx| connections::insert(tx, &connection("c1", "Main"))).await;
        let again = store.write(|tx| connections::insert(tx, &connection("c2", "mAIN"))).await;
        assert!(matches!(again, Err(Error::Unique { table: "connections" })));
        let (removed, twice, row) = write(&store, |tx| {
            let id = ConnectionId::new("c1");
            Ok((
                connections::remove(tx, &id, at(5))?,
                connections::remove(tx, &id, at(6))?,
                connections::get(tx, &id)?.unwrap(),
            ))
        })
        .await;
        assert!(removed && !twice);
        assert_eq!(row.removed_at, Some(at(5)));
        assert!(row.jwt.bytes.is_empty() && row.tokens.is_none(), "secrets outlived the connection");
        write(&store, |tx| connections::insert(tx, &connection("c2", "mAIN"))).await;
    })
    .await;
}

#[tokio::test]
async fn a_new_jwt_drops_the_tokens_and_keeps_the_policies() {
    on_every_backend(async |store| {
        let row = write(&store, |tx| {
            let id = ConnectionId::new("c1");
            connections::insert(tx, &connection("c1", "Main"))?;
            connections::set_jwt(tx, &id, &sealed(9))?;
            connections::get(tx, &id)
        })
        .await
        .unwrap();
        assert_eq!((row.jwt, row.tokens), (sealed(9), None));
        assert_eq!(row.policies, connection("c1", "Main").policies);
        let missing = store.write(|tx| connections::set_jwt(tx, &ConnectionId::new("c9"), &sealed(9))).await;
        assert!(matches!(missing, Err(Error::NotFound { table: "connections" })));
    })
    .await;
}

#[tokio::test]
async fn health_and_settings_are_kept_and_a_silent_server_unsays_nothing() {
    on_every_backend(async |store| {
        let reason =
            Reason { kind: Kind::ReconnectNeeded, message: "JWT refused".into(), hint: "reconnect".into() };
        let given = reason.clone();
        let row = write(&store, move |tx| {
            let id = ConnectionId::new("c1");
            connections::insert(tx, &connection("c1", "Main"))?;
            connections::set_health(tx, &id, ConnectionState::Reconnect, Some(&given), None, Some("api"))?;
            connections::set_settings(tx, &id, true, 7)?;
            connections::set_tokens(tx, &id, None)?;
            connections::get(tx, &id)
        })
        .await
        .unwrap();
        assert_eq!(row.connection.state, ConnectionState::Reconnect);
        assert_eq!(row.connection.reason, Some(reason));
        assert_eq!(row.connection.server_version.as_deref(), Some("2026.3"));
        assert_eq!(row.connection.user.as_deref(), Some("api"));
        assert!(row.connection.self_approval);
        assert_eq!(row.connection.max_targets, 7);
        assert_eq!(row.tokens, None);
    })
    .await;
}

#[tokio::test]
async fn of_two_policy_changes_based_on_one_version_the_second_is_refused() {
    on_every_backend(async |store| {
        write(&store, |tx| connections::insert(tx, &connection("c1", "Main"))).await;
        let change = |mode| {
            let policies = Policies {
                version: 2,
                preset: Preset::Cautious,
                modes: [("n_central-list-devices".to_owned(), mode)].into(),
            };
            store.write(move |tx| connections::set_policies(tx, &ConnectionId::new("c1"), 1, &policies))
        };
        let (first, second) = tokio::join!(change(Mode::Disabled), change(Mode::Auto));
        assert!(first.unwrap());
        assert!(!second.unwrap());
        let row = store.read(|tx| connections::get(tx, &ConnectionId::new("c1"))).await.unwrap().unwrap();
        assert_eq!(row.policies.version, 2);
        assert_eq!(row.policies.preset, Preset::Cautious);
        assert_eq!(row.policies.modes["n_central-list-devices"], Mode::Disabled);
    })
    .await;
}

fn script(id: &str, name: &str) -> Script {
    Script {
        id: id.into(),
        name: name.into(),
        item_id: 2014,
        task_type: TaskType::AutomationPolicy,
        parameters: vec![ScriptParameter {
            name: "Drive".into(),
            kind: "string".into(),
            required: true,
            secret: false,
        }],
        description: "Frees disk space".into(),
    }
}

#[tokio::test]
async fn each_connection_has_its_own_script_list() {
    on_every_backend(async |store| {
        let (here, there) = (ConnectionId::new("c1"), ConnectionId::new("c2"));
        let again = store
            .write({
                let (here, there) = (here.clone(), there.clone());
                move |tx| {
                    scripts::insert(tx, &here, &script("s1", "Disk Cleanup"))?;
                    scripts::insert(tx, &there, &script("s1", "Disk Cleanup"))?;
                    Ok::<_, Error>(scripts::insert(tx, &here, &script("s2", "DISK cleanup")))
                }
            })
            .await
            .unwrap();
        assert!(matches!(again, Err(Error::Unique { table: "scripts" })));
        let (found, removed, again, left) = write(&store, move |tx| {
            let found = scripts::by_name(tx, &here, "disk CLEANUP")?;
            let removed = scripts::remove(tx, &here, "disk cleanup")?;
            let again = scripts::remove(tx, &here, "s1")?;
            Ok((found, removed, again, (scripts::list(tx, &here)?, scripts::list(tx, &there)?)))
        })
        .await;
        assert_eq!(found, Some(script("s1", "Disk Cleanup")));
        assert!(removed && !again);
        assert_eq!(left, (vec![], vec![script("s1", "Disk Cleanup")]));
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_renamed_unless_the_name_is_taken() {
    on_every_backend(async |store| {
        let names = write(&store, |tx| {
            connections::insert(tx, &connection("c1", "Main"))?;
            connections::insert(tx, &connection("c2", "Lab"))?;
            connections::set_name(tx, &ConnectionId::new("c1"), "MAIN")?;
            connections::set_name(tx, &ConnectionId::new("c2"), "Test")?;
            Ok(connections::list(tx)?.into_iter().map(|row| row.connection.name).collect::<Vec<_>>())
        })
        .await;
        assert_eq!(names, ["MAIN", "Test"]);
        let taken = store.write(|tx| connections::set_name(tx, &ConnectionId::new("c2"), "main")).await;
        assert!(matches!(taken, Err(Error::Unique { table: "connections" })), "{taken:?}");
        let gone = store.write(|tx| connections::set_name(tx, &ConnectionId::new("c9"), "New")).await;
        assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
    })
    .await;
}
