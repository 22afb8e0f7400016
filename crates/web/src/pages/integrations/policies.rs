//! Changing policies: choosing for many at once, looking at the difference, and saving it. What gets looser is marked;
//! what somebody else changed meanwhile is shown before anything is overwritten.

use super::draft::{Change, Draft};
use super::one::One;
use super::table::Narrow;
use super::{Answer, Page, Posted, Web, html, place};
use crate::pages::cookies::Flash;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use gate::PoliciesView;
use http::StatusCode;
use model::{Connection, Kind, Mode, Preset, Role};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/integrations/{connection}/policies", post(change))
}

/// What a press of one of the form's buttons asks for.
enum Act {
    /// Give the ticked rows a mode.
    Pick(Mode),
    /// Start over from a preset.
    Preset(Preset),
    /// Show the difference.
    Review,
    /// Go on choosing.
    Edit,
    /// Save what was reviewed.
    Save,
}

impl Act {
    fn of(fields: &[(String, String)]) -> Act {
        let field =
            |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
        match field("do").unwrap_or_default() {
            "pick" => field("bulk").and_then(|mode| mode.parse().ok()).map_or(Act::Edit, Act::Pick),
            "edit" => Act::Edit,
            "save" => Act::Save,
            act => match act.strip_prefix("preset-").and_then(|preset| preset.parse().ok()) {
                Some(preset) => Act::Preset(preset),
                None => Act::Review,
            },
        }
    }
}

/// The difference that saving would make, to be looked at once more.
#[derive(Template)]
#[template(path = "integrations/review.html")]
struct Review {
    page: Page,
    connection: Connection,
    place: String,
    version: u64,
    preset: Option<(Preset, Preset)>,
    draft: Draft,
    changes: Vec<Change>,
    /// What somebody else saved since the table was looked at.
    meanwhile: Vec<Change>,
}

impl Review {
    fn looser(&self) -> usize {
        self.changes.iter().filter(|change| change.is_looser()).count()
    }
}

async fn change(
    State(web): State<Web>,
    Path(connection): Path<String>,
    Posted { page, form }: Posted<Vec<(String, String)>>,
) -> Answer {
    page.need(Role::Admin)?;
    let connection = web.gate.connection(&page.who, &connection).await?;
    let id = connection.id.as_str();
    let (mut draft, act) = (Draft::of(&form), Act::of(&form));
    match act {
        Act::Pick(mode) => draft.set_picked(mode),
        Act::Preset(preset) => draft.start_from(preset),
        Act::Edit => {}
        Act::Review => {
            let saved = web.gate.policies(&page.who, id).await?;
            return review(&web, page, connection, draft, &saved);
        }
        Act::Save => {
            let saved = web.gate.policies(&page.who, id).await?;
            let count = draft.changes(&saved).len();
            return match web.gate.set_policies(&page.who, id, draft.to_change(&saved)).await {
                Ok(_) => {
                    let count = html::counted(count, "policy is", "policies are");
                    let said = format!(
                        "Saved: {count} changed. The next call already meets it, and it is on the record."
                    );
                    Ok(html::go(&web, &place(&connection), &Flash::done(said)))
                }
                Err(problem) if problem.kind == Kind::StaleVersion => {
                    let saved = web.gate.policies(&page.who, id).await?;
                    review(&web, page, connection, draft, &saved)
                }
                Err(problem) => Err(problem.into()),
            };
        }
    }
    let one = One::of(&web, page, id, &draft, narrow(&form)).await?;
    Ok(html::show(&one))
}

/// What the table was narrowed to when its form was sent.
fn narrow(fields: &[(String, String)]) -> Narrow {
    let field = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    Narrow { search: field("search"), effect: field("effect"), policy: field("policy") }
}

fn review(web: &Web, page: Page, connection: Connection, draft: Draft, saved: &PoliciesView) -> Answer {
    let (changes, meanwhile) = (draft.changes(saved), draft.meanwhile(saved));
    let preset = draft.new_preset(saved).map(|new| (saved.preset, new));
    let is_stale = draft.version.is_some_and(|seen| seen != saved.version);
    let place = place(&connection);
    if changes.is_empty() && preset.is_none() && !is_stale {
        return Ok(html::go(web, &place, &Flash::note("Nothing was changed, so there was nothing to save.")));
    }
    let status = if is_stale { StatusCode::CONFLICT } else { StatusCode::OK };
    let version = saved.version;
    Ok(html::show_with(
        status,
        &Review { page, connection, place, version, preset, draft, changes, meanwhile },
    ))
}
