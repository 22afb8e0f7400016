//! `demo`, the first run: an N-central that is none, a gateway in front of it, and an agent that handles three
//! requests over real MCP, with its key alone. Nothing here reaches into the gate: what is shown is what anyone sees.

mod agent;
mod approval;
mod finale;
mod show;
mod stage;
mod story;

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::host::until_told;
use agent::Agent;
use secrecy::ExposeSecret;
use show::Show;
use stage::Stage;
use std::net::SocketAddr;
use std::pin::pin;

/// Sets the stage, plays the three requests, and stays up unless `once` says otherwise.
pub(crate) async fn play(app: &App, listen: SocketAddr, approve: bool, once: bool) -> Ended {
    let show = Show::new(app.global.json);
    let mut told = pin!(until_told());
    // Told to end while it is set, the temporary folder goes as well.
    let stage = tokio::select! {
        stage = Stage::set(listen) => stage?,
        () = &mut told => return Ok(broken_off(app)),
    };
    introduce(&show, &stage);
    let played = tokio::select! {
        played = perform(&show, &stage, approve) => Some(played),
        () = &mut told => None,
    };
    if !once && matches!(&played, Some(Ok(exit)) if exit.is_done()) {
        invite(&show, &stage);
        told.await;
    }
    stage.strike().await;
    played.unwrap_or_else(|| Ok(broken_off(app)))
}

/// Whoever ends it early is told that nothing is left of it.
fn broken_off(app: &App) -> Exit {
    app.output.say("Ended before the three requests were through. Nothing of the demonstration is left.");
    Exit::FAILED
}

async fn perform(show: &Show, stage: &Stage, approve: bool) -> Ended {
    let mut agent = Agent::new(format!("{}/mcp", stage.url()), stage.agent_key.clone())?;
    let tools = agent.tools().await?;
    show.says(true, &format!("An agent comes to /mcp with its key, and is offered {} tools.", tools.len()));
    story::file_server(show, &mut agent).await?;
    let ran = story::cleanup(show, &mut agent, stage, approve).await?;
    story::patch_report(show, &mut agent, stage).await?;
    let proved = finale::compare(show, stage, &ran)?;
    Ok(if !proved { Exit::FAILED } else { ran.exit })
}

fn introduce(show: &Show, stage: &Stage) {
    let signs_in = |name: &str, password: &str| format!("{name}, password {password}");
    show.facts(
        "ncgate, the first run",
        &[
            (
                "Dashboard",
                format!("{}  (also REST /api/v1 and MCP /mcp; its state is temporary)", stage.url()),
            ),
            ("N-central", format!("{}  (emulated, 600 devices)", stage.n_central().url)),
            ("Technician", signs_in(stage::TECHNICIAN, stage.technician_password.expose_secret())),
            ("Administrator", signs_in(stage::ADMINISTRATOR, stage.administrator_password.expose_secret())),
        ],
    );
}

fn invite(show: &Show, stage: &Stage) {
    show.hint(
        "Everything stays up until Ctrl-C. To point another agent at it:",
        &format!(
            "claude mcp add --transport http ncgate {}/mcp --header \"Authorization: Bearer {}\"",
            stage.url(),
            stage.agent_key.expose_secret()
        ),
    );
    show.hint(
        "To look around as a person, sign in at the dashboard's address, or on another terminal:",
        &format!("ncgate --url {} approvals list", stage.url()),
    );
}
