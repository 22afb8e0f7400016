//! The client against the emulator: two readings of one contract.

use std::time::Duration;

use emulator::{Config, Emulator, Expire, Fault, FaultKind, When};
use futures::TryStreamExt;
use ncentral::{
    Certainty, Client, Credential, Device, DirectTask, Effect, Error, Id, ListQuery, Params,
    PatchReportRequest, Place, ServerUrl, TaskType, operations,
};
use serde_json::json;

/// A strict emulator without a socket, and a client that is plugged into it.
fn plugged() -> (Emulator, Client) {
    let emulator = Emulator::new(Config { strict: true, devices: 60, ..Config::default() });
    let (server, _) = ServerUrl::parse("https://nc.example").expect("an address");
    let builder = Client::builder(server, emulator.jwt()).service(emulator.router());
    let client = builder.max_body(1 << 20).deadline(Duration::from_secs(3)).build().expect("a client");
    (emulator, client)
}

/// A device that isn't a probe, of which everything can be asked.
async fn some_device(client: &Client) -> Device {
    let rows = client.rows_as::<Device>(operations::LIST_DEVICES, Params::new());
    let rows: Vec<Device> = rows.try_collect().await.expect("devices");
    assert_eq!(rows.len(), 60);
    rows.into_iter().find(|device| device.is_probe == Some(false)).expect("a device that is no probe")
}

#[tokio::test]
async fn the_typed_reads_agree_with_the_contract() {
    let (_emulator, client) = plugged();
    client.sign_in().await.expect("tokens");
    assert!(client.current_user().await.expect("a user").username.is_some());

    let query = ListQuery::page(1, 10);
    let service_org = client.service_orgs(&query).await.expect("a page").rows.remove(0).so_id.expect("an id");
    assert!(client.service_org(&service_org).await.expect("one").so_name.is_some());
    let customers = client.service_org_customers(&service_org, &query).await.expect("a page");
    let customer = customers.rows[0].customer_id.clone().expect("an id");
    assert_eq!(client.customer(&customer).await.expect("one").customer_id.as_ref(), Some(&customer));
    assert!(client.customers(&query).await.expect("a page").total_items.expect("a total") > 1);
    assert!(client.customer_sites(&customer, &query).await.is_ok());
    let site = client.sites(&query).await.expect("a page").rows.remove(0).site_id.expect("an id");
    assert!(client.site(&site).await.expect("one").site_name.is_some());
    assert!(client.org_units(&query).await.expect("a page").item_count > 0);
    assert!(client.org_unit(&customer).await.expect("one").org_unit_name.is_some());
    assert!(client.org_unit_children(&service_org, &query).await.expect("a page").item_count > 0);

    let device = some_device(&client).await;
    let id = device.device_id.clone().expect("an id");
    let unit = device.customer_id.clone().expect("a customer");
    assert_eq!(client.device(&id).await.expect("one").long_name, device.long_name);
    assert!(client.device_assets(&id).await.expect("an answer").expect("assets").os.is_some());
    client.device_lifecycle_info(&id).await.expect("a life cycle");
    assert!(client.org_unit_devices(&unit, &query, None).await.expect("a page").item_count > 0);
    let filter = client.device_filters(&query, None).await.expect("a page").rows.remove(0);
    client.devices(&query, filter.filter_id.as_ref()).await.expect("a page");
    let monitors = client.service_monitor_status(&id).await.expect("a list").rows;
    let task = monitors[0].task_id.clone().expect("an id");
    assert!(client.appliance_task(&task).await.expect("one").state.is_some());
    client.active_issues(&unit, &query).await.expect("a page");
    client.job_statuses(&unit).await.expect("a list");
    client.device_tasks(&id).await.expect("a list");
    let property = client.device_properties(&id).await.expect("a list").rows.remove(0);
    let property = property.property_id.expect("an id");
    client.device_property(&id, &property).await.expect("one");
    client.org_unit_properties(&unit, &query).await.expect("a page");
}

#[tokio::test]
async fn a_probe_has_no_assets() {
    let (_emulator, client) = plugged();
    let rows: Vec<Device> =
        client.rows_as(operations::LIST_DEVICES, Params::new()).try_collect().await.expect("devices");
    let probe = rows.into_iter().find(|device| device.is_probe == Some(true)).expect("a probe");
    let id = probe.device_id.expect("an id");
    assert_eq!(client.device_assets(&id).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_script_runs_once_and_can_be_followed() {
    let (emulator, client) = plugged();
    let device = some_device(&client).await;
    let item = emulator.repository().into_iter().find(|item| item.api_enabled && item.task_type == "Script");
    let task = DirectTask {
        name: "Collect disk report 1".to_owned(),
        item_id: Id::from(i64::from(item.expect("an item that may run").item_id)),
        task_type: TaskType::Script,
        customer_id: device.customer_id.clone().expect("a customer"),
        device_id: device.device_id.clone().expect("an id"),
        credential: Credential::LocalSystem,
        parameters: Vec::new(),
    };
    let id = client.create_direct_task(&task).await.expect("a task").task_id.expect("an id");
    assert_eq!(emulator.journal().len(), 1);
    client.task(&id).await.expect("the task");
    assert!(client.task_status(&id).await.expect("its status").status_counts.is_some());
    let details = client.task_details(&id).await.expect("its details").rows;
    assert_eq!(details[0].device_id, device.device_id);
    assert_eq!(
        client.create_direct_task(&task).await.expect_err("the name is taken").certainty(),
        Certainty::Refused
    );
}

#[tokio::test]
async fn a_patch_report_is_started_and_fetched() {
    let (emulator, client) = plugged();
    let request = PatchReportRequest { start_date: "2026-02-01".to_owned(), ..PatchReportRequest::default() };
    let started = client.start_patch_report(&request).await.expect("a report");
    let id = started.report_id.expect("an id");
    assert_eq!(client.report(&id).await.expect("a report").report_status.as_deref(), Some("IN_PROGRESS"));
    emulator.advance(Duration::from_secs(3_600));
    let done = client.report(&id).await.expect("a report, after a renewal");
    assert_eq!(done.report_status.as_deref(), Some("COMPLETED"));
    assert!(done.data.is_some() && emulator.journal().is_empty());
}

#[tokio::test]
async fn the_session_survives_what_servers_do() {
    let (emulator, client) = plugged();
    client.server_info().await.expect("an answer");
    emulator.restart();
    client.server_info().await.expect("an answer after a restart");
    emulator.expire(Expire::Access);
    client.server_info().await.expect("an answer after a renewal");
    emulator.expire(Expire::Refresh);
    emulator.expire(Expire::Access);
    client.server_info().await.expect("an answer after a new sign-in");
    emulator.expire(Expire::Password);
    assert_eq!(client.server_info().await.expect_err("expired"), Error::PasswordExpired);
}

#[tokio::test]
async fn a_new_jwt_kills_the_old_one() {
    let (emulator, client) = plugged();
    client.server_info().await.expect("an answer");
    emulator.expire(Expire::Jwt);
    emulator.restart();
    assert_eq!(client.server_info().await.expect_err("refused").kind(), "jwt_refused");
}

/// Every fault, before and after the effect: a write with one is of unknown outcome and was sent once.
#[tokio::test(start_paused = true)]
async fn no_fault_makes_a_write_happen_twice() {
    let (emulator, client) = plugged();
    let device = some_device(&client).await.device_id.expect("an id");
    let properties = client.device_properties(&device).await.expect("a list").rows;
    let text = properties.into_iter().find(|p| p.property_type.as_deref() == Some("TEXT")).expect("a text");
    let property = text.property_id.expect("an id");

    let kinds = [
        FaultKind::Status,
        FaultKind::Reset,
        FaultKind::Hang,
        FaultKind::Slow,
        FaultKind::Endless,
        FaultKind::Truncate,
        FaultKind::Html,
        FaultKind::ErrorIn200,
        FaultKind::WrongType,
        FaultKind::Huge,
        FaultKind::Redirect,
    ];
    for (number, kind) in kinds.into_iter().enumerate() {
        for when in [When::Before, When::After] {
            emulator.clear_journal();
            emulator.clear_requests();
            let write = operations::SET_DEVICE_CUSTOM_PROPERTY;
            let read = operations::GET_DEVICE_CUSTOM_PROPERTY;
            emulator.set_faults(vec![
                Fault { when, ..Fault::new(write.id, kind) },
                Fault { when, ..Fault::new(read.id, kind) },
            ]);
            let params = Params::new().set("deviceId", &device).set("propertyId", &property);
            let value = json!({"value": format!("value {number}")});
            let error = client.call(write, params.clone(), Some(value)).await.expect_err("a fault");
            assert_eq!(error.certainty(), Certainty::Unknown, "{kind:?} {when:?}: {error:?}");
            assert_eq!(emulator.requests().operations[write.id].count, 1, "{kind:?} {when:?}: {error:?}");
            let applied = usize::from(when == When::After);
            assert_eq!(emulator.journal().len(), applied, "{kind:?} {when:?}");
            client.call(read, params, None).await.expect_err("a fault");
        }
    }
    emulator.set_faults(Vec::new());
    client.device_property(&device, &property).await.expect("all is well again");
}

/// The emulator answers every operation or says that it doesn't; the client reads every answer as the contract has
/// it. Path values are invented, so that most answers are refusals; what counts is that none is unreadable.
#[tokio::test]
async fn every_read_of_the_contract_gets_a_readable_answer() {
    let (_emulator, client) = plugged();
    let device = some_device(&client).await;
    let (id, unit) = (device.device_id.expect("an id"), device.customer_id.expect("a customer"));
    for operation in operations::ALL.iter().filter(|o| o.effect == Effect::Read && !o.body) {
        let mut params = Params::new();
        for parameter in operation.parameters.iter().filter(|p| p.place == Place::Path) {
            params = match parameter.name {
                "deviceId" => params.set("deviceId", &id),
                "orgUnitId" | "customerId" => params.set(parameter.name, &unit),
                name => params.set(name, 1),
            };
        }
        match client.call(operation, params, None).await {
            Ok(_) | Err(Error::Api { status: 400 | 403 | 404 | 409 | 500 | 501, .. }) => {}
            Err(error) => panic!("{}: {error:?}", operation.id),
        }
    }
}

#[tokio::test]
async fn a_reset_on_the_wire_is_survived_by_a_read_and_told_of_a_write() {
    let running = Emulator::start_local(Config { devices: 60, ..Config::default() }).await.expect("a port");
    let (server, _) = ServerUrl::parse(&running.url).expect("an address");
    let client = Client::builder(server, running.jwt.clone()).build().expect("a client");
    let device = some_device(&client).await.device_id.expect("an id");
    let once = |id| Fault { times: Some(1), when: When::After, ..Fault::new(id, FaultKind::Reset) };
    let (read, write) = (operations::GET_DEVICE, operations::DELETE_DEVICE);
    running.emulator.set_faults(vec![once(read.id), once(write.id)]);
    let params = Params::new().set("deviceId", &device);
    client.call(read, params.clone(), None).await.expect("the second attempt");
    let error = client.call(write, params, None).await.expect_err("a reset");
    assert_eq!((error.kind(), error.certainty()), ("reset", Certainty::Unknown));
    let counts = running.emulator.requests();
    assert_eq!((counts.operations[read.id].count, counts.operations[write.id].count), (2, 1));
    assert_eq!(running.emulator.journal().len(), 1, "it did happen, and happened once");
}
