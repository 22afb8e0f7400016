//! The gateway that a command talks to: a remote one, the process that owns the state directory, or this very
//! process, which becomes the owner for as long as the command lives. Whichever it is, the command speaks REST to it.

use crate::app::App;
use crate::host::Host;
use crate::proof::{self, Actor, Proof};
use crate::rest::{Failure, Reply, Request, Rest};
use crate::settings::{Choices, Settings};
use gate::{Address, Found, Owner};
use model::{Kind, Problem};
use secrecy::SecretString;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;

/// How often another owner is looked for when the one that was found has gone.
const OWNERS: u32 = 400;
/// How long an owner that is going away gets for it.
const GOING: Duration = Duration::from_millis(50);
/// Most rows that a list gives at once.
const PAGE: u32 = 500;

/// The gateway, and as whom the command talks to it.
pub(crate) struct Gateway {
    /// The state directory; none for a remote gateway.
    state: Option<PathBuf>,
    connection: Option<String>,
    seat: RwLock<Arc<Seat>>,
    /// Held by whoever looks for another owner, or asks the person at the terminal: one at a time.
    moving: Mutex<()>,
}

/// Where the gateway is at the moment, and the proof that counts there.
struct Seat {
    place: Arc<Place>,
    proof: Proof,
}

struct Place {
    rest: Rest,
    token: Option<SecretString>,
    host: Option<Host>,
}

impl Gateway {
    /// Finds the gateway, or becomes it.
    ///
    /// # Errors
    /// A state directory that can't be used, an address that is none, a key where a person is needed.
    pub(crate) async fn enter(app: &App, actor: Actor) -> Result<Gateway, Problem> {
        // Proof first: a program that may not do this shall not open the state for it.
        Proof::find(actor, None)?;
        let (state, place) = match app.global.remote() {
            Some(url) => (None, Place { rest: Rest::remote(&url)?, token: None, host: None }),
            None => {
                let state = app.global.state_dir()?;
                let place = Place::local(&state).await?;
                (Some(state), place)
            }
        };
        Gateway::at(state, place, app.global.connection.clone(), actor)
    }

    /// The gateway of another process that owns this state directory.
    pub(crate) fn of_owner(
        app: &App,
        state: PathBuf,
        owner: Address,
        actor: Actor,
    ) -> Result<Gateway, Problem> {
        let place = Place { rest: Rest::new(&owner.url)?, token: Some(owner.token), host: None };
        Gateway::at(Some(state), place, app.global.connection.clone(), actor)
    }

    fn at(
        state: Option<PathBuf>,
        place: Place,
        connection: Option<String>,
        actor: Actor,
    ) -> Result<Gateway, Problem> {
        let proof = Proof::find(actor, place.token.as_ref())?;
        let seat = RwLock::new(Arc::new(Seat { place: Arc::new(place), proof }));
        Ok(Gateway { state, connection, seat, moving: Mutex::new(()) })
    }

    /// Enters, does the work and leaves, whatever came of the work.
    pub(crate) async fn with<T>(
        app: &App,
        actor: Actor,
        work: impl AsyncFnOnce(&Gateway) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let gateway = Gateway::enter(app, actor).await?;
        let worked = work(&gateway).await;
        gateway.leave().await;
        worked
    }

    /// Whether the state is on this machine, and this user's own.
    pub(crate) fn is_local(&self) -> bool {
        self.state.is_some()
    }

    /// The connection that was named on the command line.
    pub(crate) fn named_connection(&self) -> Option<&str> {
        self.connection.as_deref()
    }

    /// Opens a session with name and password from the terminal, and leaves it open.
    pub(crate) async fn sign_in(&self) -> Result<Value, Problem> {
        proof::sign_in(&self.seat().place.rest).await
    }

    /// Sends a request. An owner that has gone is replaced by the next one or by this process; where the owner's
    /// token is no longer proof of a person, the person at the terminal is asked.
    ///
    /// # Errors
    /// The gateway's problem, or why it could not be asked.
    pub(crate) async fn send(&self, request: &Request) -> Result<Reply, Problem> {
        let mut owners = 0;
        loop {
            let seat = self.seat();
            if matches!(seat.proof, Proof::None) {
                self.prove(&seat).await?;
                continue;
            }
            let mut request = request.clone();
            if matches!(seat.proof, Proof::OwnersAgent(_)) {
                request = request.header("Ncgate-Local-Agent", 1);
                if let Some(connection) = &self.connection {
                    request = request.header("Ncgate-Connection", connection);
                }
            }
            match seat.place.rest.send(&request, seat.proof.bearer()).await {
                Ok(reply) => return Ok(reply),
                Err(Failure::NotThere(problem)) => {
                    owners += 1;
                    let Some(state) = self.state.as_deref().filter(|_| owners < OWNERS) else {
                        return Err(problem);
                    };
                    self.follow(&seat, state).await?;
                }
                Err(Failure::Problem(problem))
                    if problem.kind == Kind::Unauthenticated && seat.proof.gives_way_to_a_password() =>
                {
                    self.prove(&seat).await?;
                }
                Err(Failure::Problem(problem)) if problem.kind == Kind::Unauthenticated => {
                    return Err(seat.proof.refused(problem));
                }
                Err(Failure::Problem(problem)) => return Err(problem),
            }
        }
    }

    fn seat(&self) -> Arc<Seat> {
        self.seat.read().expect("no holder of the seat panics").clone()
    }

    fn take(&self, place: Arc<Place>, proof: Proof) {
        *self.seat.write().expect("no holder of the seat panics") = Arc::new(Seat { place, proof });
    }

    /// Goes to the next owner of the state, unless another request has done so meanwhile.
    async fn follow(&self, left: &Arc<Seat>, state: &Path) -> Result<(), Problem> {
        let _moving = self.moving.lock().await;
        if Arc::ptr_eq(left, &self.seat()) {
            tokio::time::sleep(GOING).await;
            let place = Place::local(state).await?;
            let proof = left.proof.clone().under(place.token.as_ref());
            self.take(Arc::new(place), proof);
        }
        Ok(())
    }

    /// Asks the person at the terminal for proof, unless another request has done so meanwhile.
    async fn prove(&self, without: &Arc<Seat>) -> Result<(), Problem> {
        let _moving = self.moving.lock().await;
        if Arc::ptr_eq(without, &self.seat()) {
            let session = proof::sign_in(&without.place.rest).await?;
            self.take(without.place.clone(), Proof::OwnSession(proof::token_of(&session)?));
        }
        Ok(())
    }

    /// Sends a request and gives the body of its answer.
    pub(crate) async fn ask(&self, request: &Request) -> Result<Value, Problem> {
        self.send(request).await.map(|reply| reply.body)
    }

    /// One page of a list, and the cursor of the next.
    pub(crate) async fn page(
        &self,
        request: &Request,
        cursor: Option<String>,
    ) -> Result<(Vec<Value>, Option<String>), Problem> {
        let page = self.ask(&request.clone().query("limit", Some(PAGE)).query("cursor", cursor)).await?;
        let next = page["next"].as_str().map(str::to_owned);
        match page {
            Value::Object(mut members) => match members.remove("items") {
                Some(Value::Array(items)) => Ok((items, next)),
                _ => Err(Problem::new(Kind::BadAnswer, "the gateway answered a list without items")),
            },
            _ => Err(Problem::new(Kind::BadAnswer, "the gateway answered a list that is none")),
        }
    }

    /// The first `most` items of a list.
    pub(crate) async fn some(&self, request: Request, most: usize) -> Result<Vec<Value>, Problem> {
        let mut items = Vec::new();
        let mut cursor = None;
        loop {
            let (more, next) = self.page(&request, cursor).await?;
            items.extend(more);
            cursor = next;
            if cursor.is_none() || items.len() >= most {
                items.truncate(most);
                return Ok(items);
            }
        }
    }

    /// Every item of a list.
    pub(crate) async fn all(&self, request: Request) -> Result<Vec<Value>, Problem> {
        self.some(request, usize::MAX).await
    }

    /// The name of the connection that is meant: the one that was named, else the only one.
    ///
    /// # Errors
    /// None yet, or several and none named.
    pub(crate) async fn connection(&self) -> Result<String, Problem> {
        if let Some(name) = &self.connection {
            return Ok(name.clone());
        }
        let connections = self.all(Request::get(&["connections"])).await?;
        let mut names: Vec<&str> = connections.iter().filter_map(|one| one["name"].as_str()).collect();
        match names.as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => Err(Problem::new(Kind::NotConnected, "there is no connection yet")
                .hint("make one with `ncgate connect https://YOUR-SERVER`")),
            _ => {
                names.sort_unstable();
                Err(crate::exit::usage(format!("there are several connections: {}", names.join(", ")))
                    .hint("name one with --connection"))
            }
        }
    }

    /// Ends the session that was opened for this command, and the gateway, where this process is it.
    pub(crate) async fn leave(self) {
        let seat = self.seat.into_inner().expect("no holder of the seat panics");
        if let Proof::OwnSession(token) = &seat.proof
            && let Err(failure) = seat.place.rest.send(&Request::delete(&["sessions"]), Some(token)).await
        {
            tracing::warn!(?failure, "the session could not be ended; it ends by itself");
        }
        let place = seat.place.clone();
        drop(seat);
        // Nobody else holds it by now: every request has ended before its gateway is left.
        if let Some(Place { host: Some(host), .. }) = Arc::into_inner(place) {
            host.close().await;
        }
    }
}

impl Place {
    async fn local(state: &Path) -> Result<Place, Problem> {
        let settings = Settings::load(Choices::default(), None, state)?;
        let mut owners = 0;
        loop {
            let address = match settings.find(state)? {
                Found::Free(owner) => return Place::hosted(owner, &settings).await,
                Found::Running(address) => address,
            };
            let rest = Rest::new(&address.url)?;
            match rest.answers().await {
                // A command that owned the state for its own short life is going just now.
                Err(Failure::NotThere(_)) if owners < OWNERS => owners += 1,
                Err(Failure::NotThere(problem)) => return Err(problem),
                _ => return Ok(Place { rest, token: Some(address.token), host: None }),
            }
            tokio::time::sleep(GOING).await;
        }
    }

    async fn hosted(owner: Owner, settings: &Settings) -> Result<Place, Problem> {
        let token = owner.token().clone();
        let host = Host::open_on_loopback(owner, settings).await?;
        Ok(Place { rest: Rest::new(host.url())?, token: Some(token), host: Some(host) })
    }
}
