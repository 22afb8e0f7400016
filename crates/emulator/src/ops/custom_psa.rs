//! Tickets of a custom PSA integration: N-central raises them, the outside system reports its number and what became
//! of them. An unknown ticket is a failure of the backend here, not a 404 (NOTES §3).

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields, as_id};
use crate::clock::{HOUR, iso_with_zone};
use crate::failure::Failure;
use crate::world::World;

/// Tickets that N-central has raised: these ids.
const RAISED: std::ops::RangeInclusive<i32> = 40_101..=40_140;

#[derive(Clone)]
struct Ticket {
    number: Option<String>,
    url: Option<String>,
    status: &'static str,
    changed_ms: i64,
}

/// Tickets that the outside system has reported on.
#[derive(Default)]
pub(crate) struct Tickets {
    reported: HashMap<i32, Ticket>,
}

pub(crate) const SERVED: Served = &[
    ("createCustomPsaTicket", create),
    ("getCustomPsaTicket", get),
    ("getCustomPsaTicketWithCredential", |world, call| {
        // A read in spite of its POST.
        let body = call.object()?;
        let mut fields = Fields::of(&body);
        fields.text_if_given("username");
        fields.text_if_given("password");
        fields.done()?;
        get(world, call)
    }),
    ("resolveCustomPsaTicket", |world, call| report(world, call, "RESOLVED")),
    ("reopenCustomPsaTicket", |world, call| report(world, call, "REOPENED")),
];

fn ticket_id(call: &Call<'_>) -> Result<i32, Failure> {
    let text = call.parameter("customPsaTicketId");
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if !digits {
        return Err(Failure::format(&format!(
            "For input string: \"{text}\" (the ticket id must be a positive number)"
        )));
    }
    text.parse().ok().filter(|id| RAISED.contains(id)).ok_or_else(unknown)
}

fn unknown() -> Failure {
    Failure::server("UnexpectedDmsResponseException", "The custom PSA ticket could not be read.")
}

fn raised_ms(world: &World, id: i32) -> i64 {
    world.fleet.started_ms - i64::from(id - RAISED.start() + 1) * HOUR
}

fn ticket(world: &World, id: i32) -> Ticket {
    let fresh = || Ticket { number: None, url: None, status: "CREATED", changed_ms: raised_ms(world, id) };
    world.tickets.reported.get(&id).cloned().unwrap_or_else(fresh)
}

fn get(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = ticket_id(call)?;
    let status = match ticket(world, id).status {
        "CREATED" => "CREATE_TICKET_CREATED_IN_NCENTRAL",
        "RESOLVED" => "RESOLVE_TICKET_CONFIRMED",
        _ => "REOPEN_TICKET_CONFIRMED",
    };
    let index = (id - RAISED.start()).unsigned_abs().min(world.fleet.size.saturating_sub(1));
    let device = if world.fleet.size > 0 { world.device_at(index).name } else { "a device".to_owned() };
    let data = json!({
        "ticketId": id.to_string(),
        "ticketTitle": format!("Disk on {device} failed"),
        "ticketDetails": "Disk usage above 90%",
        "ticketStatus": status,
        "creationDate": iso_with_zone(raised_ms(world, id)),
    });
    Ok(Answer::data(data, &[]))
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let text =
        |name: &str| body.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    let missing = |name: &str| Failure::format(&format!("{name} is missing or malformed"));
    let id = body.get("psaCustomTicketId").and_then(as_id).ok_or_else(|| missing("psaCustomTicketId"))?;
    let number = text("ticketNumber").ok_or_else(|| missing("ticketNumber"))?;
    let is_link = |u: &String| {
        ["http://", "https://"].iter().any(|s| u.strip_prefix(s).is_some_and(|rest| !rest.is_empty()))
    };
    let url = text("ticketUrl").filter(is_link).ok_or_else(|| missing("ticketUrl"))?;
    if !RAISED.contains(&id) {
        return Err(unknown());
    }
    let ticket =
        Ticket { number: Some(number), url: Some(url), status: "CREATED", changed_ms: world.now_ms() };
    world.tickets.reported.insert(id, ticket);
    Ok(Answer::message(201, "OK", ticket_json(world, id)).changed())
}

fn report(world: &mut World, call: &Call<'_>, status: &'static str) -> Outcome {
    let id = ticket_id(call)?;
    let ticket = Ticket { status, changed_ms: world.now_ms(), ..ticket(world, id) };
    world.tickets.reported.insert(id, ticket);
    Ok(Answer::message(200, "OK", ticket_json(world, id)).changed())
}

fn ticket_json(world: &World, id: i32) -> Value {
    let ticket = ticket(world, id);
    json!({
        "psaCustomTicketId": id,
        "psaTicketNumber": ticket.number,
        "ticketCreationDate": iso_with_zone(raised_ms(world, id)),
        "lastStatus": ticket.status,
        "lastStatusTimestamp": iso_with_zone(ticket.changed_ms),
        "newConfirmedStatus": ticket.status,
        "inconsistencyDetected": false,
        "url": ticket.url,
    })
}
