//! What every tool is typically asked for, of things that the emulated fleet has: by the tests that compare faces, and by
//! the measurement of what answers cost. A script `Cleanup` (2014) has to be on the connection's list.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Arguments for every tool; the given function calls one and answers its result.
pub(crate) fn arguments(ask: impl Fn(&str, Value) -> Value) -> BTreeMap<&'static str, Value> {
    let first = |tool: &str, arguments: Value, column: &str| {
        let list = ask(tool, arguments);
        let columns = list["columns"].as_array().unwrap_or_else(|| panic!("{tool} lists nothing: {list}"));
        let at = columns.iter().position(|name| name == column).unwrap();
        list["rows"][0][at].clone()
    };
    let device = first("n_central-list-devices", json!({ "search": "ACME-FS01" }), "device_id");
    let customer = first("n_central-list-customers", json!({ "sort_by": "customer_name" }), "customer_id");
    let property =
        first("n_central-list-org-custom-properties", json!({ "customer": "Acme" }), "property_id");
    let owner =
        first("n_central-get-device-custom-properties", json!({ "device_id": device }), "property_id");
    let task = first("n_central-list-scheduled-tasks", json!({ "device_id": device }), "task_id");
    let issue = first("n_central-list-active-issues", json!({ "customer": "Acme" }), "active_issue_id");
    let report = ask("n_central-generate-patch-report", json!({ "start_date": "2026-03-01" }));
    let held = ask("n_central-create-site", json!({ "customer": "Acme", "site_name": "Attic" }));
    let id = |value: &Value| value.to_string().trim_matches('"').to_owned();
    BTreeMap::from([
        ("n_central-list-service-orgs", json!({})),
        ("n_central-list-customers", json!({ "level": "all", "page_size": 5 })),
        ("n_central-get-customer", json!({ "customer": "Acme", "detail": "full" })),
        ("n_central-create-customer", json!({ "service_org_id": 50, "customer_name": "Umbrella" })),
        ("n_central-list-sites", json!({ "customer": "Acme" })),
        ("n_central-create-site", json!({ "customer_id": customer, "site_name": "Cellar" })),
        ("n_central-list-devices", json!({ "customer": "Acme", "fields": "device_id,long_name" })),
        ("n_central-get-device", json!({ "device_id": device })),
        ("n_central-get-device-assets", json!({ "device": "ACME-FS01", "software": "a" })),
        ("n_central-get-device-lifecycle-info", json!({ "device_id": device })),
        ("n_central-get-device-service-monitor-status", json!({ "device_id": device })),
        ("n_central-get-device-custom-properties", json!({ "device_id": device })),
        ("n_central-get-device-custom-property", json!({ "device_id": device, "property_id": owner })),
        (
            "n_central-update-device-custom-property",
            json!({ "device_id": device, "property_id": owner, "value": "R1-U2" }),
        ),
        ("n_central-list-org-custom-properties", json!({ "customer": "Acme" })),
        (
            "n_central-update-org-custom-property",
            json!({ "customer": "Acme", "property_id": property, "value": "Silver" }),
        ),
        ("n_central-list-active-issues", json!({ "customer": "Acme" })),
        ("n_central-get-active-issue", json!({ "active_issue_id": issue })),
        ("n_central-list-job-statuses", json!({ "customer": "Acme" })),
        ("n_central-list-scheduled-tasks", json!({ "customer": "Acme", "page_size": 3 })),
        ("n_central-list-device-scheduled-tasks", json!({ "device_id": device })),
        (
            "n_central-run-direct-task",
            json!({ "device_ids": [device], "script": "Cleanup", "reason": "disk full" }),
        ),
        ("n_central-list-scripts", json!({})),
        ("n_central-get-task", json!({ "task_id": task })),
        ("n_central-get-task-status", json!({ "task_id": task })),
        ("n_central-get-task-details", json!({ "task_id": task })),
        ("n_central-generate-patch-report", json!({ "start_date": "2026-03-01" })),
        ("n_central-get-report", json!({ "report_id": report["report_id"] })),
        ("n_central-list-device-filters", json!({})),
        ("n_central-get-registration-token", json!({ "customer": "Acme" })),
        ("n_central-list-users", json!({ "page_size": 5 })),
        (
            "n_central-create-user-role",
            json!({ "org_unit_id": 50, "role_name": "Night shift", "description": "Looks only", "permission_ids": ["1"] }),
        ),
        (
            "n_central-create-device-access-group",
            json!({ "org_unit_id": 50, "group_name": "Servers", "group_description": "Acme's", "device_ids": [device] }),
        ),
        ("n_central-api-get", json!({ "path": format!("/api/devices/{}", id(&device)) })),
        (
            "n_central-api-post",
            json!({ "path": format!("/api/devices/{}/notes", id(&device)), "body": { "text": "Seen" } }),
        ),
        (
            "n_central-api-put",
            json!({ "path": format!("/api/devices/{}/custom-properties/{}", id(&device), id(&owner)), "body": { "value": "R1-U3" } }),
        ),
        ("n_central-api-patch", json!({ "path": "/api/org-units/50/limits", "body": { "limits": [] } })),
        ("n_central-api-delete", json!({ "path": format!("/api/devices/{}", id(&device)) })),
        ("n_central-get-approval", json!({ "approval_id": held["approval_id"] })),
        ("n_central-find-operation", json!({ "query": "maintenance window" })),
    ])
}
