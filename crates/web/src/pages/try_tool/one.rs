//! One tool: its form, and what came of it. A look-up is asked for at once; of a change or a run the plan comes first,
//! and asking for it takes exactly the arguments that were planned.

use super::answer::{Cell, Outcome, Plan, Read, Trouble};
use super::form::{Form, Json};
use super::{Answer, Choice, Flash, Page, Posted, Web, html, is_planned};
use crate::pages::refusal::{Refusal, is_partial, redirect, status};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use gate::{Answer as Answered, Ask, Requester, Silent, Tool};
use http::{HeaderMap, StatusCode};
use model::plan::TargetKind;
use model::{Kind, Mode, Problem, Target};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The fields of a form, or the parameters of an address.
type Fields = Vec<(String, String)>;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/try/{tool}", get(show).post(ask))
}

#[derive(Template)]
#[template(path = "try/one.html")]
struct One {
    page: Page,
    tool: &'static Tool,
    /// What holds on the chosen connection; none where the person's role does not reach the tool.
    policy: Option<Mode>,
    choice: Choice,
    form: Form,
    outcome: Option<Outcome>,
    deadline: u64,
}

impl One {
    async fn of(web: &Web, page: Page, name: &str, connection: &str) -> Result<Self, Refusal> {
        let named = |tool: &&Tool| tool.record.name == name || tool.record.alias == Some(name);
        let tool = gate::TOOLS.iter().find(named).ok_or_else(|| {
            Refusal::new(Kind::NotFound, "There is no tool of this name.", "Choose one under “Try a tool”.")
        })?;
        let choice = Choice::of(web, &page, connection).await?;
        let offers = match &choice.chosen {
            Some(connection) => web.gate.offers(&page.who, Some(connection)).await?,
            None => Vec::new(),
        };
        let policy =
            offers.iter().find(|offer| offer.tool.record.name == tool.record.name).map(|offer| offer.policy);
        let deadline = web.gate.upstream_deadline().as_secs();
        Ok(Self { page, policy, choice, form: Form::of(tool), tool, outcome: None, deadline })
    }

    fn is_planned(&self) -> bool {
        is_planned(self.tool)
    }

    /// Why it can't be asked for, if so.
    fn hurdle(&self) -> Option<&'static str> {
        match self.policy {
            _ if self.choice.chosen.is_none() => Some("No N-central server is connected yet."),
            None => Some("This tool changes something, or runs something. That takes the role approver."),
            Some(Mode::Disabled) => {
                Some("This tool is disabled on this connection. An administrator can change the policy.")
            }
            Some(_) => None,
        }
    }

    fn address(&self) -> String {
        format!("/try/{}", html::encoded(self.tool.record.name))
    }
}

/// What a target is.
fn kind(target: &Target) -> &'static str {
    match target.kind {
        TargetKind::Device => "device",
        TargetKind::ServiceOrg => "service org",
        TargetKind::Customer => "customer",
        TargetKind::Site => "site",
        TargetKind::OrgUnit => "unit",
    }
}

async fn show(
    State(web): State<Web>,
    page: Page,
    Path(name): Path<String>,
    Query(given): Query<Fields>,
) -> Answer {
    let of = |wanted: &str| joined(&given, wanted).unwrap_or_default();
    let mut one = One::of(&web, page, &name, &of("connection")).await?;
    // What an address gives is put into the form, and nothing is made of it yet.
    let arguments = one.form.read(&|name| joined(&given, name.strip_prefix("a.").unwrap_or(name)));
    let is_json = of("as") == "json";
    if is_json {
        one.form.json = Some(Json::default());
        one.form.fill(&arguments);
    }
    if !given.iter().any(|(name, _)| !["connection", "as"].contains(&name.as_str())) {
        let json = one.form.json.take();
        one.form = Form { json, ..Form::of(one.tool) };
    }
    Ok(html::show(&one))
}

/// What is given under a name; several values stand on lines of their own.
fn joined(given: &Fields, wanted: &str) -> Option<String> {
    let values: Vec<&str> =
        given.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).collect();
    (!values.is_empty()).then(|| values.join("\n"))
}

async fn ask(
    State(web): State<Web>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Posted { page, form: fields }: Posted<Fields>,
) -> Answer {
    let of = |wanted: &str| joined(&fields, wanted).unwrap_or_default();
    let mut one = One::of(&web, page, &name, &of("connection")).await?;
    let connection = one.choice.chosen.clone().unwrap_or_default();
    let tool = one.tool.record.name;
    let pressed = of("do");
    if pressed == "confirm" {
        let arguments = web.gate.open_draft(&one.page.who, &connection, tool, &of("draft"));
        let asked = match arguments {
            Ok(arguments) => {
                one.form.fill(&arguments);
                put(&web, one.page.who.clone(), connection, tool, arguments).await
            }
            Err(problem) => Err(problem),
        };
        return answered(&web, &headers, one, asked);
    }
    let mut arguments = match joined(&fields, "json") {
        Some(text) => one.form.read_json(&text),
        None => one.form.read(&|name| joined(&fields, name)),
    };
    match pressed.as_str() {
        // The other way to fill it in. Slips are told once it is asked for.
        "json" => {
            one.form.json = Some(Json::default());
            one.form.fill(&arguments);
            return Ok(html::show(&one));
        }
        "form" => {
            one.form = Form::of(one.tool);
            one.form.fill(&arguments);
            return Ok(html::show(&one));
        }
        _ => {}
    }
    if !one.form.is_good() {
        return Ok(html::show_with(StatusCode::UNPROCESSABLE_ENTITY, &one));
    }
    if amend(&mut arguments, &of("choose"), &of("next")) {
        one.form.fill(&arguments);
    }
    if !one.is_planned() {
        let asked = put(&web, one.page.who.clone(), connection, tool, arguments).await;
        return answered(&web, &headers, one, asked);
    }
    match put(&web, one.page.who.only_planning(), connection.clone(), tool, arguments.clone()).await {
        Ok(Answered::Planned(planned)) => {
            let draft = web.gate.seal_draft(&one.page.who, &connection, tool, &arguments);
            one.outcome = Some(Outcome::Plan(Box::new(Plan::of(planned, draft))));
            Ok(html::show(&one))
        }
        other => answered(&web, &headers, one, other),
    }
}

/// Takes over a choice between candidates or the next page; answers whether there was one.
fn amend(arguments: &mut Value, choose: &str, next: &str) -> bool {
    let Some(members) = arguments.as_object_mut() else { return false };
    if let Some((argument, id)) = choose.split_once('=') {
        let id = id.parse::<i64>().map_or_else(|_| Value::from(id), Value::from);
        // The id stands in place of the name.
        if let Some(by_name) = argument.strip_suffix("_id") {
            members.remove(by_name);
        }
        members.insert(argument.to_owned(), if argument.ends_with("_ids") { json!([id]) } else { id });
        return true;
    }
    if let Ok(page) = next.parse::<u64>() {
        members.insert("page_number".to_owned(), page.into());
        return true;
    }
    false
}

async fn put(
    web: &Web,
    requester: Requester,
    connection: String,
    tool: &str,
    arguments: Value,
) -> Result<Answered, Problem> {
    let ask = Ask {
        requester,
        connection: Some(connection).filter(|name| !name.is_empty()),
        tool: tool.to_owned(),
        arguments,
        hold: Duration::ZERO,
        idempotency_key: None,
        progress: Arc::new(Silent),
    };
    web.gate.ask(ask).await
}

/// The page with what came of it, or the way to where it goes on.
fn answered(web: &Web, headers: &HeaderMap, mut one: One, asked: Result<Answered, Problem>) -> Answer {
    let go = |place: &str, said: &str| -> Response {
        let gone = html::go(web, place, &Flash::note(said));
        if is_partial(headers) { redirect(gone) } else { gone }
    };
    match asked {
        Ok(Answered::Read { call_id, result }) => {
            one.outcome = Some(Outcome::Read(Box::new(Read::of(&result, call_id.to_string()))));
            Ok(html::show(&one))
        }
        Ok(Answered::Held(held)) => {
            let place = format!("/approvals/{}", html::encoded(held.approval_id.as_str()));
            Ok(go(&place, "It waits for a person's decision. Nothing has been sent."))
        }
        Ok(answer) => match answer.call_id() {
            Some(id) => {
                let place = format!("/calls/{}", html::encoded(id.as_str()));
                Ok(go(&place, "It was asked for. What comes of it appears here."))
            }
            None => Ok(html::show(&one)),
        },
        Err(problem) if matches!(problem.kind, Kind::Unauthenticated | Kind::Internal) => Err(problem.into()),
        Err(problem) => {
            let status = status(problem.kind);
            one.form.blame(&html::sentence(&problem.message));
            one.outcome = Some(Outcome::Problem(Box::new(Trouble::of(problem, one.tool.input_schema()))));
            Ok(html::show_with(status, &one))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_takes_the_place_of_the_name() {
        let mut arguments = json!({"device": "FS01", "detail": "full"});
        assert!(amend(&mut arguments, "device_id=7", ""));
        assert_eq!(arguments, json!({"detail": "full", "device_id": 7}));
        assert!(amend(&mut arguments, "", "3"));
        assert_eq!(arguments["page_number"], 3);
        assert!(!amend(&mut arguments, "", ""));
    }
}
