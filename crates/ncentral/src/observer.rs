//! Who is told of every exchange on the wire.

use std::time::Duration;

use jiff::Timestamp;

/// Is told of each attempt, sign-ins and renewals among them.
///
/// It is called from within the call and should return at once.
pub trait Observer: Send + Sync {
    /// One attempt ended.
    fn exchange(&self, exchange: &Exchange);
}

/// One attempt on the wire, from the first byte of the request to the last of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The contract's `operationId`, or `raw` for a path outside it.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path that was asked, with its values and without the query.
    pub path: String,
    /// 1 for the first attempt of a call, counting up.
    pub attempt: u32,
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// The [`kind`](crate::Error::kind) of the failure where no whole answer came; `cancelled` where the caller
    /// went away first.
    pub error: Option<&'static str>,
    /// When the attempt began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// Bytes of the answer's body.
    pub bytes: u64,
}
