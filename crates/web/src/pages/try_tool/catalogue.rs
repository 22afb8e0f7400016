//! The tools to choose from, by area, each with what it does to the world and the policy that holds for it.

use super::{Answer, Choice, Page, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use gate::{Area, Offer};
use model::Mode;
use serde::Deserialize;
use std::collections::BTreeMap;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/try", get(show))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    connection: String,
}

#[derive(Template)]
#[template(path = "try/catalogue.html")]
struct Catalogue {
    page: Page,
    wanted: Wanted,
    choice: Choice,
    areas: Vec<(Area, Vec<Offer>)>,
    /// How many tools the person's role does not reach.
    beyond: usize,
}

impl Catalogue {
    fn address(&self, offer: &Offer) -> String {
        let path = format!("/try/{}", html::encoded(offer.tool.record.name));
        html::address(&path, &[("connection", self.choice.in_address())])
    }
}

async fn show(State(web): State<Web>, page: Page, Query(wanted): Query<Wanted>) -> Answer {
    let choice = Choice::of(&web, &page, &wanted.connection).await?;
    let offers = match &choice.chosen {
        Some(connection) => web.gate.offers(&page.who, Some(connection)).await?,
        None => Vec::new(),
    };
    let beyond = if choice.chosen.is_some() { gate::TOOLS.len() - offers.len() } else { 0 };
    let mut areas = BTreeMap::<_, Vec<_>>::new();
    for offer in offers.into_iter().filter(|offer| fits(offer, &wanted.q)) {
        areas.entry(offer.tool.record.area).or_default().push(offer);
    }
    Ok(html::show(&Catalogue { page, wanted, choice, areas: areas.into_iter().collect(), beyond }))
}

/// Whether every word that is looked for stands somewhere in what is said of a tool.
fn fits(offer: &Offer, words: &str) -> bool {
    let record = &offer.tool.record;
    let said =
        [record.name, record.alias.unwrap_or_default(), record.title, record.summary, record.area.title()];
    let said = said.join(" ").to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| said.contains(word))
}
