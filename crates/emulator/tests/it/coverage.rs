//! Every operation of the contract, once, with a request that must succeed: strict mode holds both sides against the
//! schemas. The counters then tell that none was forgotten.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, config};

const OPERATIONS: usize = 105;

async fn expect(server: &Server, status: u16, method: &str, path: &str, body: Value) -> Value {
    let (got, answer) = server.call(method, path, body).await;
    assert_eq!(got, status, "{method} {path}: {answer}");
    answer
}

#[tokio::test]
async fn every_operation_answers_as_the_contract_says() {
    let server = Server::with(emulator::Config { limits: vec![("*".to_owned(), 50)], ..config() }).await;
    let fs = server.device("ACME-FS01").await;
    let (device, unit) = (fs["deviceId"].as_i64().unwrap(), fs["customerId"].as_i64().unwrap());
    let sites = server.get("/api/sites").await;
    let site = sites["data"][0]["siteId"].as_str().unwrap().to_owned();

    for path in [
        "/api",
        "/api/health",
        "/api/server-info",
        "/api/server-info/time",
        "/api/server-info/extra",
        "/api/auth",
        "/api/auth/validate",
        "/api/service-orgs",
        "/api/service-orgs/50",
        "/api/service-orgs/50/customers",
        "/api/customers",
        "/api/org-units",
        "/api/org-units/1",
        "/api/org-units/50/children",
        "/api/org-units/50/limits",
        "/api/scheduled-tasks",
        "/api/users",
        "/api/users/me",
        "/api/org-units/50/users",
        "/api/org-units/50/user-roles",
        "/api/org-units/50/user-roles/1001",
        "/api/access-groups",
        "/api/access-groups/1730114",
        "/api/org-units/50/access-groups",
        "/api/standard-psa",
        "/api/custom-psa",
        "/api/custom-psa/tickets",
        "/api/custom-psa/tickets/40117",
        "/api/device-filters",
        "/api/org-units/50/job-statuses",
        "/api/org-units/50/devices?filterId=1003",
    ] {
        server.get(path).await;
    }
    for tail in [
        "",
        "/assets",
        "/assets/lifecycle-info",
        "/service-monitor-status",
        "/activation-key",
        "/notes",
        "/remote-control-type",
        "/scheduled-tasks",
        "/custom-properties",
        "/custom-properties/1448204610",
        "/maintenance-windows",
    ] {
        server.get(&format!("/api/devices/{device}{tail}")).await;
    }
    for tail in [
        "/active-issues",
        "/registration-token",
        "/custom-properties",
        "/custom-properties/1448203955",
        "/custom-properties/device-custom-property-defaults/1448204572",
        "/org-custom-property-defaults/1448203917",
    ] {
        server.get(&format!("/api/org-units/{unit}{tail}")).await;
    }
    for tail in ["", "/sites", "/registration-token", "/software/installers?softwareType=Agent"] {
        server.get(&format!("/api/customers/{unit}{tail}")).await;
    }
    for tail in ["", "/registration-token"] {
        server.get(&format!("/api/sites/{site}{tail}")).await;
    }
    let issues = server.get(&format!("/api/org-units/{unit}/active-issues")).await;
    server.get(&format!("/api/appliance-tasks/{}", issues["data"][0]["taskId"])).await;

    let psa = format!("/api/standard-psa/customer/{unit}/mappings");
    server.get(&psa).await;
    server.get(&format!("/api/standard-psa/customer-mapping/{unit}")).await;
    let companies = server.get(&format!("/api/standard-psa/customers/{unit}/companies")).await;
    let company = &companies[0]["psaCompanyId"];
    server.get(&format!("/api/standard-psa/customers/{unit}/companies/{company}/sites")).await;
    server.get(&format!("/api/standard-psa/customers/{unit}/companies/{company}/contacts")).await;
    expect(&server, 200, "PUT", &psa, json!({"customerId": unit, "psaCompanyId": company})).await;

    let account = json!({"username": "someone", "password": "not-a-real-password"});
    expect(&server, 200, "POST", "/api/server-info/extra/authenticated", account.clone()).await;
    expect(&server, 200, "POST", "/api/standard-psa/3/credential", account.clone()).await;
    expect(&server, 200, "POST", "/api/custom-psa/tickets/40117", account).await;
    let ticket =
        json!({"psaCustomTicketId": 40117, "ticketNumber": "HD-1", "ticketUrl": "https://desk.example/t/1"});
    expect(&server, 201, "POST", "/api/custom-psa/tickets", ticket).await;
    expect(&server, 200, "POST", "/api/custom-psa/tickets/40117/resolve", Value::Null).await;
    expect(&server, 200, "POST", "/api/custom-psa/tickets/40117/reopen", Value::Null).await;

    expect(&server, 201, "POST", "/api/service-orgs", json!({"soName": "Third Org"})).await;
    let made =
        expect(&server, 201, "POST", "/api/service-orgs/50/customers", json!({"customerName": "Newcomer"}))
            .await;
    let new = made["customerId"].as_i64().unwrap();
    expect(&server, 201, "POST", &format!("/api/customers/{new}/sites"), json!({"siteName": "Attic"})).await;
    let quota = json!([{"limitName": "MaxUsers", "value": 12}]);
    expect(&server, 200, "PATCH", &format!("/api/org-units/{new}/limits"), quota).await;
    let link = json!({"softwareId": "101"});
    expect(&server, 200, "POST", &format!("/api/customers/{new}/software/installers"), link).await;

    let switch = json!({"customerId": new.to_string(), "networkAddress": "10.9.9.9", "longName": "NEW-SW01",
        "supportedOs": "Generic", "deviceClass": "Switch/Router"});
    let added = expect(&server, 200, "POST", "/api/device", switch).await;
    let path = format!("/api/devices/{}", added["deviceId"]);
    assert_eq!(server.get(&path).await["data"]["longName"], "NEW-SW01");
    expect(&server, 204, "DELETE", &path, Value::Null).await;

    let path = format!("/api/devices/{device}");
    let lifecycle = json!({"warrantyExpiryDate": "2027-06-30", "leaseExpiryDate": "", "expectedReplacementDate": "2028-01-31",
        "purchaseDate": "2023-01-20", "cost": 4185.5, "location": "Closet", "assetTag": "A-1", "description": "File server"});
    expect(&server, 204, "PUT", &format!("{path}/assets/lifecycle-info"), lifecycle).await;
    expect(&server, 204, "PATCH", &format!("{path}/assets/lifecycle-info"), json!({"location": "Rack 2"}))
        .await;
    expect(&server, 201, "POST", &format!("{path}/notes"), json!({"userId": 558_210_934, "note": "First"}))
        .await;
    let both = json!({"deviceIds": [device], "userId": 558_210_934, "note": "Second"});
    expect(&server, 201, "POST", "/api/devices/notes", both).await;
    let notes = server.get(&format!("{path}/notes")).await;
    let note = &notes["data"][0]["deviceNoteId"];
    expect(&server, 200, "PUT", &format!("{path}/notes/{note}"), json!({"note": "Edited"})).await;
    expect(&server, 204, "DELETE", &format!("{path}/notes/{note}"), Value::Null).await;
    expect(&server, 204, "DELETE", &format!("{path}/notes"), json!({"noteIds": [1, 2]})).await;
    let restart = json!({"serviceNames": ["Spooler"], "action": "Restart"});
    expect(&server, 200, "POST", &format!("{path}/services/actions"), restart).await;
    expect(&server, 201, "POST", &format!("{path}/remote-control-task"), json!({"remoteControlType": "RDP"}))
        .await;
    expect(&server, 200, "PUT", &format!("{path}/custom-properties/1448204551"), json!({"value": "R9-U9"}))
        .await;

    let org = format!("/api/org-units/{unit}");
    expect(&server, 200, "PUT", &format!("{org}/custom-properties/1448203917"), json!({"value": "Gold"}))
        .await;
    let default = json!({"propertyId": 1_448_203_917, "defaultValue": "Silver", "propagate": false});
    expect(&server, 204, "PUT", &format!("{org}/org-custom-property-defaults"), default).await;
    let user = json!({"email": "new@acme.example", "password": "not-a-real-password", "firstName": "New", "lastName": "User"});
    expect(&server, 201, "POST", &format!("{org}/users"), user).await;
    let role = json!({"roleName": "Auditor", "description": "Reads", "permissionIds": ["12"]});
    expect(&server, 201, "POST", &format!("{org}/user-roles"), role).await;
    let group = json!({"groupName": "Everyone", "groupDescription": "All", "orgUnitIds": [unit.to_string()]});
    expect(&server, 204, "POST", &format!("{org}/access-groups"), group).await;
    let group =
        json!({"groupName": "Servers", "groupDescription": "Servers", "deviceIds": [device.to_string()]});
    expect(&server, 204, "POST", &format!("{org}/device-access-groups"), group).await;

    let window = json!({"applicableAction": [{"type": "Patch", "actions": [{"Key": "detect", "Value": null}]}],
        "name": "Sunday", "type": "action", "cron": "0 0 2 ? * SUN *", "duration": 60, "enabled": true});
    let windows = "/api/devices/maintenance-windows";
    expect(&server, 201, "POST", windows, json!({"deviceIDs": [device], "maintenanceWindows": [window]}))
        .await;
    let list = server.get(&format!("{path}/maintenance-windows")).await;
    let schedule = &list["data"][1]["scheduleID"];
    let mut changed = window;
    changed["scheduleId"] = schedule.clone();
    expect(&server, 204, "PUT", windows, json!({"maintenanceWindows": [changed]})).await;
    expect(&server, 200, "DELETE", windows, json!({"scheduleIds": [schedule]})).await;

    let task = json!({"name": "Report", "itemId": 2011, "taskType": "Script", "customerId": unit, "deviceId": device,
        "credential": {"type": "LocalSystem"}, "parameters": []});
    let created = expect(&server, 201, "POST", "/api/scheduled-tasks/direct", task).await;
    let task = format!("/api/scheduled-tasks/{}", created["data"]["taskId"]);
    for tail in ["", "/status", "/status/details"] {
        server.get(&format!("{task}{tail}")).await;
    }
    let report =
        expect(&server, 200, "POST", "/api/report/patch-comparison", json!({"startDate": "2026-02-01"}))
            .await;
    server.emulator.advance(Duration::from_secs(60));
    let report = server.get(&format!("/api/report/{}", report["reportId"])).await;
    assert_eq!(report["reportStatus"], "COMPLETED");

    let jwt = server.emulator.jwt();
    let (status, _) = server.send("POST", "/api/auth/sso", Some("a.b.c"), None).await;
    assert_eq!(status, 200);
    let (_, tokens) = server.send("POST", "/api/auth/authenticate", Some(&jwt), None).await;
    let refresh = tokens["tokens"]["refresh"]["token"].as_str().unwrap().to_owned();
    let (status, _) = server.send("POST", "/api/auth/refresh", None, Some(("text/plain", refresh))).await;
    assert_eq!(status, 200);
    let (status, _) = server.call("POST", "/api/auth/logout", Value::Null).await;
    assert_eq!(status, 200);

    let counted = server.emulator.requests().operations;
    assert_eq!(counted.len(), OPERATIONS, "{:?}", counted.keys());
    for (operation, counts) in counted {
        assert!(counts.by_status.keys().all(|s| s.starts_with('2')), "{operation}: {:?}", counts.by_status);
    }
}
