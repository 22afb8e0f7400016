//! `mcp`: one agent on stdio. It uses the gateway that owns the state, or becomes it and listens, so that a person on
//! another terminal finds the call that waits for him.

use crate::app::App;
use crate::doorway::{OwnDoorway, RestDoorway};
use crate::exit::{Ended, Exit, defect, usage};
use crate::gateway::Gateway;
use crate::host::{Host, until_told};
use crate::proof::Actor;
use crate::settings::{Choices, Settings, env};
use ::mcp::{Doorway, LocalAgent, LocalEntrance, View};
use clap::Args;
use gate::{Found, Owner};
use model::{Kind, Problem};
use secrecy::SecretString;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Serve one MCP client on standard input and output
///
/// The caller is the key in NCGATE_KEY, else the built-in key `local-agent`: an agent with the standard policies, never
/// a person. NCGATE_NCENTRAL_URL with NCGATE_NCENTRAL_JWT makes a connection that is held in memory only. Ends when
/// standard input does.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  claude mcp add ncgate -- ncgate mcp
  NCGATE_KEY=ncg_… ncgate mcp --url https://ncgate.example.com")]
pub(crate) struct Mcp {}

impl Mcp {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let key = env("NCGATE_KEY").map(SecretString::from);
        let in_memory = in_memory()?;
        if in_memory.is_some() && (key.is_some() || app.global.remote().is_some()) {
            return Err(usage(
                "a connection from NCGATE_NCENTRAL_URL is the local agent's own, without NCGATE_KEY and --url",
            ));
        }
        if app.global.remote().is_some() {
            if key.is_none() {
                return Err(Problem::new(Kind::Unauthenticated, "a remote gateway needs to know who asks")
                    .hint("put a key into NCGATE_KEY; an administrator makes one with `ncgate key create`"));
            }
            return serve_over_rest(Gateway::enter(app, Actor::Agent).await?).await;
        }
        let state = app.global.state_dir()?;
        match Settings::load(Choices::default(), None, &state)?.find(&state)? {
            Found::Running(owner) if in_memory.is_some() => Err(Problem::new(
                Kind::Conflict,
                format!("process {} owns this state, so no connection can be held in memory here", owner.pid),
            )
            .hint("connect the server there with `ncgate connect`, or choose another state with --state")),
            Found::Running(owner) => {
                serve_over_rest(Gateway::of_owner(app, state, owner, Actor::Agent)?).await
            }
            Found::Free(owner) => serve_as_owner(app, &state, owner, key, in_memory).await,
        }
    }
}

/// The server and the JWT of a connection that is held in memory only.
fn in_memory() -> Result<Option<(String, SecretString)>, Problem> {
    match (env("NCGATE_NCENTRAL_URL"), env("NCGATE_NCENTRAL_JWT")) {
        (Some(url), Some(jwt)) => Ok(Some((url, jwt.into()))),
        (Some(_), None) => Err(usage("NCGATE_NCENTRAL_URL is set and NCGATE_NCENTRAL_JWT is not")),
        (None, _) => Ok(None),
    }
}

async fn serve_over_rest(gateway: Gateway) -> Ended {
    let gateway = Arc::new(gateway);
    let served = serve(Arc::new(RestDoorway(gateway.clone()))).await;
    if let Some(gateway) = Arc::into_inner(gateway) {
        gateway.leave().await;
    }
    served
}

async fn serve_as_owner(
    app: &App,
    state: &Path,
    owner: Owner,
    key: Option<SecretString>,
    in_memory: Option<(String, SecretString)>,
) -> Ended {
    app.output.say(
        "ncgate: this process opens the state itself, as the same user as the agent. The gate then stops mistakes, \
         not a hostile program;\nncgate: for agents you don't trust, run `ncgate serve` as another user and give them a \
         URL and a key.",
    );
    let settings = Settings::load(Choices::default(), None, state)?.opened_by_agent();
    let token = owner.token().clone();
    let host = Host::open_on_loopback(owner, &settings).await?;
    let served = async {
        let mut connection = app.global.connection.clone();
        if let Some((url, jwt)) = in_memory {
            connection = Some(host.gate().connect_in_memory(&url, jwt).await?.to_string());
        }
        let (token, local_agent) = match key {
            Some(key) => (key, None),
            None => (token, Some(LocalAgent { connection })),
        };
        serve(Arc::new(OwnDoorway { entrance: LocalEntrance::new(host.gate().clone()), token, local_agent }))
            .await
    }
    .await;
    host.close().await;
    served
}

async fn serve(doorway: Arc<dyn Doorway>) -> Ended {
    let told = CancellationToken::new();
    let serving = ::mcp::serve_stdio(doorway, View::default(), told.clone());
    tokio::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        () = until_told() => {
            told.cancel();
            serving.await
        }
    };
    served.map(|()| Exit::DONE).map_err(|error| defect("MCP on standard input broke off", &error))
}
