//! Every operation of the contract, by name, by id and by path.
//!
//! The table itself is generated from the contract file; this module adds the ways to look into it.

pub use crate::generated::operations::*;
use crate::operation::{Method, Operation};

/// The operation with this `operationId`.
pub fn find(id: &str) -> Option<&'static Operation> {
    ALL.iter().find(|operation| operation.id == id)
}

/// The operation that a method and a concrete path name. Where a fixed segment and a placeholder both fit
/// (`/api/users/me`), the fixed one wins, as on the server.
pub fn match_path(method: Method, path: &str) -> Option<&'static Operation> {
    ALL.iter()
        .filter(|operation| operation.method == method && operation.matches(path))
        .max_by_key(|operation| operation.fixed_segments())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::operation::{Effect, Envelope, Place};

    #[test]
    fn ids_and_routes_name_one_operation_each() {
        let ids: BTreeSet<_> = ALL.iter().map(|operation| operation.id).collect();
        let routes: BTreeSet<_> = ALL.iter().map(|o| (o.method.as_str(), o.path)).collect();
        assert_eq!((ids.len(), routes.len()), (105, 105));
        for operation in &ALL {
            assert_eq!(find(operation.id), Some(operation));
        }
        assert_eq!(find("listEverything"), None);
    }

    #[test]
    fn every_path_leads_back_to_its_operation() {
        for operation in &ALL {
            let path = operation.path.replace(['{', '}'], "");
            assert_eq!(match_path(operation.method, &path).map(|o| o.id), Some(operation.id), "{path}");
        }
    }

    #[test]
    fn a_fixed_segment_wins_and_nothing_else_matches() {
        let id = |path: &str| match_path(Method::Get, path).map(|operation| operation.id);
        assert_eq!(id("/api/users/me"), Some("getCurrentUser"));
        assert_eq!(id("/api/devices/5"), Some("getDevice"));
        for path in
            ["/api/Devices/5", "/api/devices/", "/api/devices/5/", "api/devices", "/api/devices/5/x", ""]
        {
            assert_eq!(id(path), None, "{path}");
        }
    }

    #[test]
    fn placeholders_are_path_parameters() {
        for operation in &ALL {
            let declared: BTreeSet<_> =
                operation.parameters.iter().filter(|p| p.place == Place::Path).map(|p| p.name).collect();
            let placed: BTreeSet<_> =
                operation.path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')).collect();
            assert_eq!(declared, placed, "{}", operation.id);
            assert!(
                operation.parameters.iter().all(|p| p.required || p.place != Place::Path),
                "{}",
                operation.id
            );
        }
    }

    #[test]
    fn the_published_limits_are_there_and_shared() {
        let limits: BTreeMap<_, _> = ALL.iter().filter_map(|o| Some((o.id, (o.class, o.limit?)))).collect();
        assert_eq!(limits["listDevices"].1, 5);
        let lifecycle: BTreeSet<_> =
            ["getDeviceLifecycleInfo", "replaceDeviceLifecycleInfo", "updateDeviceLifecycleInfo"]
                .map(|id| limits[id])
                .into();
        assert_eq!(lifecycle.into_iter().map(|(_, limit)| limit).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn effects_are_those_that_were_reviewed() {
        for (operation, effect) in [
            (REFRESH_TOKEN, Effect::Change),
            (CREATE_DIRECT_SCHEDULED_TASK, Effect::Run),
            (RUN_WINDOWS_SERVICE_ACTION, Effect::Run),
            (CREATE_REMOTE_CONTROL_TASK, Effect::Run),
            (CREATE_PATCH_COMPARISON_REPORT, Effect::Read),
            (GET_ORG_UNIT_REGISTRATION_TOKEN, Effect::SensitiveRead),
            (GET_DEVICE_ACTIVATION_KEY, Effect::SensitiveRead),
            (LIST_DEVICES, Effect::Read),
            (DELETE_DEVICE, Effect::Change),
        ] {
            assert_eq!(operation.effect, effect, "{}", operation.id);
        }
        let pages = ALL.iter().filter(|operation| operation.envelope == Envelope::Page);
        assert!(
            pages.into_iter().all(|operation| operation.paged),
            "what answers pages can be asked for one"
        );
    }
}
