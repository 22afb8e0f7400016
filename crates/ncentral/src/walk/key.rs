//! What tells a row of a list from every other.

use serde_json::Value;

use crate::lenient::{Id, Lenient};
use crate::operation::Operation;

/// What two comings of one row have in common.
pub(super) type Key = Box<str>;

/// The members that together are the id of a row, the one that is never missing first; none for lists whose rows
/// have no id.
fn members(operation: &Operation) -> &'static [&'static str] {
    match operation.id {
        "listServiceOrgs" => &["soId"],
        "listCustomers" | "listServiceOrgCustomers" => &["customerId"],
        "listSites" | "listCustomerSites" => &["siteId"],
        "listOrgUnits" | "listOrgUnitChildren" => &["orgUnitId"],
        "listDevices" | "listOrgUnitDevices" => &["deviceId"],
        "listDeviceNotes" => &["deviceNoteId"],
        "listDeviceFilters" => &["filterId"],
        "listActiveIssues" => &["taskId", "deviceId", "serviceId", "serviceItemId", "taskIdent"],
        "listOrgCustomProperties" => &["propertyId"],
        "listOrgUnitUsers" => &["userId"],
        "listUserRoles" => &["roleId"],
        "listAccessGroups" => &["groupId"],
        _ => &[],
    }
}

/// The key of a row: its id, or all of it where it has none.
pub(super) fn of(operation: &Operation, row: &Value) -> Key {
    let mut ids = members(operation).iter().map(|member| Id::read(row[*member].clone()));
    match ids.next().flatten() {
        Some(first) => ids.fold(first.to_string(), |key, id| match id {
            Some(id) => format!("{key} {id}"),
            None => key + " -",
        }),
        None => row.to_string(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations::{self, LIST_ACTIVE_ISSUES, LIST_CUSTOMERS};

    #[test]
    fn the_rows_of_every_paged_list_have_an_id() {
        let without: Vec<_> =
            operations::ALL.iter().filter(|it| it.paged && members(it).is_empty()).map(|it| it.id).collect();
        assert_eq!(without, [""; 0]);
    }

    #[test]
    fn a_number_and_its_text_are_one_id_and_all_members_count() {
        let customer = |row| of(LIST_CUSTOMERS, &row);
        assert_eq!(customer(json!({"customerId": 5, "city": "A"})), customer(json!({"customerId": "5"})));
        assert_ne!(customer(json!({"city": "A"})), customer(json!({"city": "B"})));
        let issue = |row| of(LIST_ACTIVE_ISSUES, &row);
        let one = json!({"taskId": 1, "deviceId": 2, "serviceItemId": 0, "notificationState": 5});
        assert_eq!(issue(one.clone()), issue(json!({"taskId": 1, "deviceId": 2, "serviceItemId": 0})));
        assert_ne!(issue(one), issue(json!({"taskId": 1, "deviceId": 3, "serviceItemId": 0})));
    }
}
