//! The chains that the record consists of, and their verification: begun by a button, carried out in the background,
//! looked at while it goes on.

use super::{Answer, Flash, Page, Posted, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use gate::{ChainView, Proof, ProofEnd};
use model::Problem;
use model::audit::Break;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/activity/verify", post(verify)).route("/activity/proof", get(look))
}

/// Where the chains end, and what the last verification found.
#[derive(Template)]
#[template(path = "activity/record.html")]
pub(super) struct Record {
    csrf: String,
    chains: Vec<ChainView>,
    proof: Option<Proof>,
}

impl askama::filters::HtmlSafe for Record {}

impl Record {
    pub(super) async fn of(web: &Web, page: &Page) -> Result<Self, Problem> {
        let chains = web.gate.chains(&page.who).await?;
        Ok(Self { csrf: page.csrf(), chains, proof: web.gate.proof(&page.who)? })
    }

    fn total(&self) -> u64 {
        self.chains.iter().map(|chain| chain.last).sum()
    }

    fn is_under_way(&self) -> bool {
        self.proof.as_ref().is_some_and(|proof| proof.end.is_none())
    }

    fn name<'a>(&'a self, chain: &'a str) -> &'a str {
        let known = self.chains.iter().find(|view| view.chain == chain);
        known.and_then(|view| view.connection.as_deref()).unwrap_or(chain)
    }
}

/// What a break means.
fn meaning(problem: &Break) -> &'static str {
    match problem {
        Break::Changed => "it is not what was written",
        Break::Missing => "it is missing",
        Break::Order => "it is out of order",
        Break::Tail => "the chain was cut off before it",
    }
}

async fn look(State(web): State<Web>, page: Page) -> Answer {
    Ok(html::show(&Record::of(&web, &page).await?))
}

async fn verify(
    State(web): State<Web>,
    Posted { page, .. }: Posted<Vec<(String, String)>>,
) -> Result<Response, crate::pages::refusal::Refusal> {
    web.gate.begin_proof(&page.who).await?;
    let said = Flash::note("The record is being verified. What is found stands under “The chains”.");
    Ok(html::go(&web, "/activity#record", &said))
}
