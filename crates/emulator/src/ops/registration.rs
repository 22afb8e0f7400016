//! Registration tokens of customers and sites; System and service organisations have none (NOTES §3).

use serde_json::json;

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::clock::{DAY, iso_with_zone};
use crate::failure::Failure;
use crate::fleet::units::Level;
use crate::world::World;

pub(crate) const SERVED: Served = &[
    ("getCustomerRegistrationToken", |world, call| of_level(world, call, "customerId", Level::Customer)),
    ("getSiteRegistrationToken", |world, call| of_level(world, call, "siteId", Level::Site)),
    ("getOrgUnitRegistrationToken", |world, call| {
        let id = call.id("orgUnitId")?;
        let place = world.unit(id)?;
        if !matches!(world.fleet.units[place].level, Level::Customer | Level::Site) {
            let detail = "Registration tokens exist for customers and sites only.";
            return Err(Failure::forbidden("AccessDeniedException", detail));
        }
        Ok(token(world, place))
    }),
];

fn of_level(world: &World, call: &Call<'_>, name: &str, level: Level) -> Outcome {
    let id = call.id(name)?;
    Ok(token(world, world.unit_of(id, level).ok_or_else(|| Failure::no_unit(id))?))
}

/// Both members are null where no token was ever generated.
fn token(world: &World, place: usize) -> Answer {
    let unit = &world.fleet.units[place];
    let key = unit.id.unsigned_abs().into();
    let generated = unit.customer.is_some_and(|c| c < 2) || !world.dice.chance("no token", key, 15);
    let days = 30 + world.dice.below("token days", key, 300) as i64;
    Answer::ok(json!({"data": {
        "registrationToken": generated.then(|| world.dice.uuid("registration", key)),
        "registrationTokenExpiryDate": generated.then(|| iso_with_zone(world.fleet.started_ms + days * DAY)),
    }}))
}
