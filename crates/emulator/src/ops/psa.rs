//! Standard PSA: the credential test of the one supported product, and how customers are mapped to its companies. The
//! customers of the first service organisation have an integration, the others none.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::failure::Failure;
use crate::fleet::units::Level;
use crate::text;
use crate::world::World;

#[derive(Clone, Copy, Default)]
struct Mapping {
    company: Option<i32>,
    site: Option<i32>,
    contact: Option<i32>,
}

/// Mappings that were written, by place of the customer.
#[derive(Default)]
pub(crate) struct Mappings {
    written: HashMap<usize, Mapping>,
}

pub(crate) const SERVED: Served = &[
    ("validateStandardPsaCredential", validate),
    ("getPsaCustomerMapping", |world, call| {
        let (place, _) = customer(world, call)?;
        Ok(Answer::ok(mapping_json(world, place)))
    }),
    ("getPsaCustomerMappingDeprecated", |world, call| {
        let (place, id) = customer(world, call)?;
        let mapping = mapping(world, place);
        // A live server answers an array here (NOTES §13).
        Ok(Answer::ok(json!([{
            "customerId": id,
            "customerName": world.fleet.units[place].name,
            "psaCustomerId": mapping.company,
            "contactId": mapping.contact.unwrap_or(-1),
            "locationId": null,
            "siteId": mapping.site,
        }])))
    }),
    ("setPsaCustomerMapping", set),
    ("listPsaCompanies", |world, call| {
        let (place, _) = customer(world, call)?;
        let company = company(world, place)?;
        let name = &world.fleet.units[place].name;
        Ok(Answer::ok(json!([
            {"psaCompanyId": company, "psaCompanyName": format!("{name} LLC")},
            {"psaCompanyId": company + 500, "psaCompanyName": format!("{name} Holdings")},
        ])))
    }),
    ("listPsaSites", |world, call| {
        let company = company_in_path(world, call)?;
        Ok(Answer::ok(
            json!([{"psaSiteId": company * 10 + 1, "psaSiteName": "Main office"}, {"psaSiteId": company * 10 + 2, "psaSiteName": "Warehouse"}]),
        ))
    }),
    ("listPsaContacts", |world, call| {
        let company = company_in_path(world, call)?;
        let rows: Vec<Value> = (0..3)
            .map(|n| {
                let key = (company * 8 + n).unsigned_abs().into();
                let name = format!(
                    "{} {}",
                    world.dice.pick("psa first", key, &text::FIRST_NAMES),
                    world.dice.pick("psa last", key, &text::LAST_NAMES)
                );
                json!({"psaContactId": company * 10 + n, "psaContactName": name})
            })
            .collect();
        Ok(Answer::ok(rows.into()))
    }),
];

fn customer(world: &World, call: &Call<'_>) -> Result<(usize, i32), Failure> {
    let id = call.id("customerId")?;
    let place = world.unit_of(id, Level::Customer);
    place.map(|p| (p, id)).ok_or_else(|| Failure::not_found(&format!("Customer with ID {id} was not found!")))
}

/// The customer's company in the PSA; without an integration the backend fails (NOTES §3).
fn company(world: &World, place: usize) -> Result<i32, Failure> {
    let first_org = world.above(place, Level::ServiceOrg).is_some_and(|org| org.id == 50);
    if !first_org {
        return Err(Failure::server(
            "ApiServiceRuntimeException",
            "No PSA integration is configured for the customer.",
        ));
    }
    Ok(9000 + world.fleet.units[place].id)
}

fn company_in_path(world: &World, call: &Call<'_>) -> Result<i32, Failure> {
    let (place, _) = customer(world, call)?;
    let id = call.id("psaCompanyId")?;
    let company = company(world, place)?;
    if id != company && id != company + 500 {
        return Err(Failure::not_found(&format!("PSA company with ID {id} was not found!")));
    }
    Ok(id)
}

fn mapping(world: &World, place: usize) -> Mapping {
    if let Some(written) = world.mappings.written.get(&place) {
        return *written;
    }
    let mapped =
        company(world, place).ok().filter(|c| world.dice.chance("mapped", c.unsigned_abs().into(), 70));
    Mapping { company: mapped, site: mapped.map(|c| c * 10 + 1), contact: None }
}

fn mapping_json(world: &World, place: usize) -> Value {
    let (mapping, unit) = (mapping(world, place), &world.fleet.units[place]);
    json!({
        "customerId": unit.id,
        "customerName": unit.name,
        "psaCompanyId": mapping.company,
        "psaContactId": mapping.contact,
        "psaSiteId": mapping.site,
        "psaLocationId": null,
    })
}

/// Leaving out the company unmaps; leaving out site or contact clears just that (NOTES §13).
fn set(world: &mut World, call: &Call<'_>) -> Outcome {
    let (place, id) = customer(world, call)?;
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let named = fields.number("customerId");
    let company = fields.number_if_given("psaCompanyId");
    let mapping = Mapping {
        company,
        site: fields.number_if_given("psaSiteId").filter(|_| company.is_some()),
        contact: fields.number_if_given("psaContactId").filter(|_| company.is_some()),
    };
    fields.done()?;
    if named != id {
        return Err(Failure::bad_request("The customerId of the body differs from the one of the path"));
    }
    world.mappings.written.insert(place, mapping);
    Ok(Answer::ok(mapping_json(world, place)).changed())
}

fn validate(_: &mut World, call: &Call<'_>) -> Outcome {
    let text = call.parameter("psaType");
    let kind: i64 = text.parse().map_err(|_| Failure::format(&format!("For input string: \"{text}\"")))?;
    if kind != 3 {
        return Err(Failure::not_found(&format!("Psa with type {kind} was not found!")));
    }
    let body = call.object()?;
    let given = |name: &str| body.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if !given("username") || !given("password") {
        return Err(Failure::bad_request("Username and password must not be empty"));
    }
    Ok(Answer::data(json!({"isPsaCredentialsValid": true}), &[]))
}
