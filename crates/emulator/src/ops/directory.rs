//! The directory resources: links and nothing else, whatever their names suggest (NOTES §1). Their relation names are
//! uneven on purpose: hyphenated mostly, with the method at the end for users and access groups.

use serde_json::json;

use super::Served;
use crate::answer::Answer;

pub(crate) const SERVED: Served = &[
    ("getApiRoot", |_, _| {
        Ok(Answer::links(&[
            ("root", "/api"),
            ("server-info", "/api/server-info"),
            ("health", "/api/health"),
            ("auth", "/api/auth"),
            ("service-orgs", "/api/service-orgs"),
            ("customers", "/api/customers"),
            ("sites", "/api/sites"),
            ("org-units", "/api/org-units"),
            ("devices", "/api/devices"),
            ("device-filters", "/api/device-filters"),
            ("scheduled-tasks", "/api/scheduled-tasks"),
            ("users", "/api/users"),
            ("access-groups", "/api/access-groups"),
            ("standard-psa", "/api/standard-psa"),
            ("custom-psa", "/api/custom-psa"),
        ]))
    }),
    ("getAuthRoot", |_, _| {
        // The published sample has the relations at the top level; this resource alone has no `_links`.
        Ok(Answer::ok(json!({
            "authenticate": "/api/auth/authenticate",
            "sso": "/api/auth/sso",
            "refresh": "/api/auth/refresh",
            "logout": "/api/auth/logout",
            "validate": "/api/auth/validate",
        })))
    }),
    ("getScheduledTasksRoot", |_, _| {
        Ok(Answer::links(&[("direct-support-task", "/api/scheduled-tasks/direct")]))
    }),
    ("getUsersRoot", |_, _| Ok(Answer::links(&[("user-list - GET", "/api/org-units/{orgUnitId}/users")]))),
    ("getAccessGroupsRoot", |_, _| {
        Ok(Answer::links(&[
            ("access-group-list - GET", "/api/org-units/{orgUnitId}/access-groups"),
            ("access-group-info - GET", "/api/access-groups/{accessGroupId}"),
            ("org-unit-access-group-create - POST", "/api/org-units/{orgUnitId}/access-groups"),
            ("device-access-group-create - POST", "/api/org-units/{orgUnitId}/device-access-groups"),
        ]))
    }),
    ("getStandardPsaRoot", |_, _| {
        Ok(Answer::links(&[("standard-psa-validate-credential", "/api/standard-psa/{psaType}/credential")]))
    }),
    ("getCustomPsaRoot", |_, _| {
        Ok(Answer::links(&[
            ("custom-psa-ticket-info", "/api/custom-psa/tickets/{customPsaTicketId}"),
            ("custom-psa-tickets", "/api/custom-psa/tickets"),
        ]))
    }),
    ("getCustomPsaTicketsRoot", |_, _| {
        Ok(Answer::links(&[("custom-psa-ticket-info", "/api/custom-psa/tickets/{customPsaTicketId}")]))
    }),
];
