//! Saying, on a terminal, that something is still going on. Nothing is shown for what takes less than a second, and
//! nothing at all where nobody looks.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// From when on a person wants to know.
const PATIENCE: Duration = Duration::from_secs(1);

/// Does the work, and says what it waits for once that takes longer than a second.
pub(crate) async fn on<T>(what: impl Into<String>, work: impl Future<Output = T>) -> T {
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    tokio::pin!(work);
    match tokio::time::timeout(PATIENCE, &mut work).await {
        Ok(done) => done,
        Err(_) => {
            let spinner = Spinner::start(what.into());
            let done = work.await;
            drop(spinner);
            done
        }
    }
}

/// A line that moves, and is gone when this is dropped.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Starts it; on anything but a terminal it shows nothing.
    pub(crate) fn start(what: String) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Says something else.
    pub(crate) fn say(&self, what: impl Into<String>) {
        self.0.set_message(what.into());
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
