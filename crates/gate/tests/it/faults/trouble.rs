//! Everything that can go wrong between the gate and N-central, as columns of the matrix.

use super::front::Front;
use emulator::{Emulator, Expire, Fault, FaultKind, When};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) struct Trouble {
    /// As the page calls it.
    pub(super) name: &'static str,
    pub(super) how: How,
}

/// See [`Trouble::deadline`].
const SHORT: Duration = Duration::from_secs(3);
const LONG: Duration = Duration::from_secs(60);

#[derive(Clone, Copy)]
pub(super) enum How {
    /// Nothing goes wrong: what the rest is compared with.
    Well,
    /// Connections are refused.
    Refused,
    /// Connections are taken, and nothing comes back.
    Silent,
    /// The answer to the operation is spoilt.
    Spoilt(Spoilt),
    /// Something happens to the server, and so to every operation.
    Server(fn(&Emulator)),
}

#[derive(Clone, Copy)]
pub(super) struct Spoilt {
    kind: FaultKind,
    when: When,
    status: Option<u16>,
    header: Option<(&'static str, &'static str)>,
    once: bool,
}

const fn spoilt(kind: FaultKind, when: When) -> Spoilt {
    Spoilt { kind, when, status: None, header: None, once: false }
}

const fn before(name: &'static str, kind: FaultKind) -> Trouble {
    Trouble { name, how: How::Spoilt(spoilt(kind, When::Before)) }
}

const fn after(name: &'static str, kind: FaultKind) -> Trouble {
    Trouble { name, how: How::Spoilt(spoilt(kind, When::After)) }
}

const fn status(name: &'static str, status: u16) -> Trouble {
    let spoilt = Spoilt { status: Some(status), ..spoilt(FaultKind::Status, When::Before) };
    Trouble { name, how: How::Spoilt(spoilt) }
}

const fn status_after(name: &'static str, status: u16) -> Trouble {
    let spoilt = Spoilt { status: Some(status), ..spoilt(FaultKind::Status, When::After) };
    Trouble { name, how: How::Spoilt(spoilt) }
}

const fn once(name: &'static str, status: u16) -> Trouble {
    let spoilt = Spoilt { status: Some(status), once: true, ..spoilt(FaultKind::Status, When::Before) };
    Trouble { name, how: How::Spoilt(spoilt) }
}

const fn retry_after(name: &'static str, seconds: &'static str, once: bool) -> Trouble {
    let header = Some(("Retry-After", seconds));
    let spoilt = Spoilt { status: Some(429), header, once, ..spoilt(FaultKind::Status, When::Before) };
    Trouble { name, how: How::Spoilt(spoilt) }
}

const WRONG_CONTENT_TYPE: Spoilt =
    Spoilt { header: Some(("Content-Type", "text/plain")), ..spoilt(FaultKind::WrongType, When::After) };

pub(super) const ALL: &[Trouble] = &[
    Trouble { name: "nothing goes wrong", how: How::Well },
    Trouble { name: "connection refused", how: How::Refused },
    Trouble { name: "silence after connecting", how: How::Silent },
    before("reset before the effect", FaultKind::Reset),
    after("reset after the effect", FaultKind::Reset),
    before("silence before the effect", FaultKind::Hang),
    after("silence after the effect", FaultKind::Hang),
    after("silence in the middle of the body", FaultKind::Stall),
    after("body of four bytes a second", FaultKind::Slow),
    after("body that never ends", FaultKind::Endless),
    after("truncated JSON", FaultKind::Truncate),
    after("HTML with 200", FaultKind::Html),
    before("error message with 200, no effect", FaultKind::ErrorIn200),
    after("error message with 200, and the effect", FaultKind::ErrorIn200),
    Trouble { name: "wrong content type", how: How::Spoilt(WRONG_CONTENT_TYPE) },
    after("JSON of another shape", FaultKind::WrongType),
    after("a quarter of a gigabyte", FaultKind::Huge),
    before("redirect", FaultKind::Redirect),
    once("401 once", 401),
    status("401 always", 401),
    once("403 once", 403),
    status("403 always", 403),
    status("404 always", 404),
    status("409 always", 409),
    once("429 once", 429),
    retry_after("429 once, `Retry-After: 1`", "1", true),
    status("429 always", 429),
    retry_after("429 always, `Retry-After: 60`", "60", false),
    once("500 once", 500),
    status("500 always", 500),
    status_after("500 after the effect", 500),
    once("502 once", 502),
    status("502 always", 502),
    status("503 always", 503),
    status("504 always", 504),
    status_after("504 after the effect", 504),
    Trouble { name: "restart: all tokens void", how: How::Server(Emulator::restart) },
    Trouble { name: "access token expired", how: How::Server(|server| end(server, Expire::Access)) },
    Trouble { name: "both tokens expired", how: How::Server(end_both) },
    Trouble { name: "JWT revoked", how: How::Server(|server| end(server, Expire::Jwt)) },
    Trouble { name: "password expired", how: How::Server(|server| end(server, Expire::Password)) },
];

fn end(server: &Emulator, what: Expire) {
    server.expire(what);
}

fn end_both(server: &Emulator) {
    end(server, Expire::Access);
    end(server, Expire::Refresh);
}

/// An operation that a trouble may strike, and only on this path where there is one.
pub(super) struct Struck {
    pub(super) operation: &'static str,
    pub(super) path: Option<String>,
}

impl Trouble {
    /// The deadline of one exchange under it: short where nothing else ends one, and out of the way otherwise, so that
    /// the machine's load has no say in what is told.
    pub(super) fn deadline(&self) -> Duration {
        match self.how {
            How::Refused | How::Silent => SHORT,
            How::Spoilt(spoilt) => match spoilt.kind {
                FaultKind::Hang | FaultKind::Stall | FaultKind::Slow => SHORT,
                // The last quarter is for an attempt, so a refusal is what ends it.
                FaultKind::Status if spoilt.status == Some(429) && !spoilt.once => 2 * SHORT,
                _ => LONG,
            },
            How::Well | How::Server(_) => LONG,
        }
    }

    /// Whether most of its time is waiting.
    pub(super) fn waits(&self) -> bool {
        self.deadline() < LONG
    }

    /// Lets it happen to these operations; silence to reads as well, or to writes only.
    pub(super) async fn strike(
        &self,
        server: &Emulator,
        front: &mut Front,
        reads: bool,
        at: impl IntoIterator<Item = Struck>,
    ) {
        match self.how {
            How::Well => {}
            How::Refused => front.refuse().await,
            How::Silent => front.fall_silent(reads),
            How::Spoilt(spoilt) => {
                server.set_faults(at.into_iter().map(|struck| spoilt.fault(struck)).collect());
            }
            How::Server(happens) => happens(server),
        }
    }

    /// Lets it happen to an operation as soon as what is answered is called; none if it happens on the way there.
    pub(super) fn later(
        &self,
        server: &Emulator,
        operation: &'static str,
    ) -> Option<Box<dyn FnOnce() + Send>> {
        let server = server.clone();
        match self.how {
            How::Refused | How::Silent => None,
            How::Well => Some(Box::new(|| {})),
            How::Spoilt(spoilt) => {
                let fault = spoilt.fault(Struck { operation, path: None });
                Some(Box::new(move || server.set_faults(vec![fault])))
            }
            How::Server(happens) => Some(Box::new(move || happens(&server))),
        }
    }

    /// Lets it pass, as far as it can.
    pub(super) async fn end(&self, server: &Emulator, front: &mut Front) {
        server.set_faults(vec![]);
        if matches!(self.how, How::Silent) {
            front.cut();
        }
        front.pass();
    }
}

impl Spoilt {
    fn fault(&self, at: Struck) -> Fault {
        let headers = self.header.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Fault {
            path: at.path,
            status: self.status,
            headers: BTreeMap::from_iter(headers),
            when: self.when,
            times: self.once.then_some(1),
            ..Fault::new(at.operation, self.kind)
        }
    }
}
