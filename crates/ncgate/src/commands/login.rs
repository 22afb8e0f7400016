//! `login`: a session for scripts that act as a person.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::{self, Actor};
use clap::Args;
use secrecy::ExposeSecret;
use serde_json::json;

/// Sign in, and print a session token for NCGATE_SESSION
///
/// Name and password are taken from the terminal itself, never from a pipe; NCGATE_USER can give the name. Nothing is
/// stored: whoever should act as you gets the token from you.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  export NCGATE_SESSION=\"$(ncgate login | jq -r .token)\"")]
pub(crate) struct Login {}

impl Login {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let session = Gateway::with(app, Actor::Caller, async |gateway| gateway.sign_in().await).await?;
        let token = proof::token_of(&session)?;
        let shown = json!({ "token": token.expose_secret(), "expires_at": session["expires_at"] });
        app.output.show(&shown, |_| {
            let until = crate::shape::text(&session["expires_at"]);
            format!("export NCGATE_SESSION={}\n\nUntil {until}. Nothing was stored.", token.expose_secret())
        });
        Ok(Exit::DONE)
    }
}
