//! The operations of the contract, one module a subject. Each lists its handlers by `operationId`; a test sees to it
//! that none of the contract is missing.

pub(crate) mod assets;
pub(crate) mod authentication;
pub(crate) mod custom_psa;
pub(crate) mod devices;
pub(crate) mod directory;
pub(crate) mod filters;
pub(crate) mod groups;
pub(crate) mod installers;
pub(crate) mod inventory;
pub(crate) mod issues;
pub(crate) mod jobs;
pub(crate) mod lifecycle;
pub(crate) mod maintenance;
pub(crate) mod measures;
pub(crate) mod monitoring;
pub(crate) mod notes;
pub(crate) mod properties;
pub(crate) mod property_defaults;
pub(crate) mod psa;
pub(crate) mod quotas;
pub(crate) mod registration;
pub(crate) mod remote;
pub(crate) mod reports;
pub(crate) mod roles;
pub(crate) mod server;
pub(crate) mod task_tree;
pub(crate) mod tasks;
pub(crate) mod units;
pub(crate) mod users;
pub(crate) mod winservices;

use crate::answer::Outcome;
use crate::call::Call;
use crate::generated::routes::ROUTES;
use crate::world::World;

/// Answers one operation.
pub(crate) type Handler = fn(&mut World, &Call<'_>) -> Outcome;

/// What a module serves.
pub(crate) type Served = &'static [(&'static str, Handler)];

const MODULES: [Served; 27] = [
    assets::SERVED,
    authentication::SERVED,
    custom_psa::SERVED,
    devices::SERVED,
    directory::SERVED,
    filters::SERVED,
    groups::SERVED,
    installers::SERVED,
    issues::SERVED,
    jobs::SERVED,
    lifecycle::SERVED,
    maintenance::SERVED,
    monitoring::SERVED,
    notes::SERVED,
    properties::SERVED,
    property_defaults::SERVED,
    psa::SERVED,
    quotas::SERVED,
    registration::SERVED,
    remote::SERVED,
    reports::SERVED,
    roles::SERVED,
    server::SERVED,
    tasks::SERVED,
    units::SERVED,
    users::SERVED,
    winservices::SERVED,
];

fn handler(operation: &str) -> Option<Handler> {
    MODULES.iter().flat_map(|m| m.iter()).find(|(id, _)| *id == operation).map(|(_, handler)| *handler)
}

/// The handlers in the order of the route table.
pub(crate) fn table() -> Vec<Handler> {
    ROUTES
        .iter()
        .map(|route| handler(route.id).expect("the test below names every operation without a handler"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_contract_is_served() {
        let missing: Vec<&str> = ROUTES.iter().map(|r| r.id).filter(|id| handler(id).is_none()).collect();
        assert!(missing.is_empty(), "no handler for {missing:?}");
        let served = MODULES.iter().map(|m| m.len()).sum::<usize>();
        assert_eq!(served, ROUTES.len(), "a handler for an operation that the contract does not have");
    }
}
