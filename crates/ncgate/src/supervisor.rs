//! What supervises the process is told how it is: systemd, where it started the process and left a socket for that.

use sd_notify::NotifyState;

/// How the gateway is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum State {
    /// It answers.
    Ready,
    /// It was told to end, and finishes what it has begun.
    Stopping,
}

/// Tells it, where anybody listens.
pub(crate) fn told(state: State) {
    let state = match state {
        State::Ready => NotifyState::Ready,
        State::Stopping => NotifyState::Stopping,
    };
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the supervisor could not be told");
    }
}
