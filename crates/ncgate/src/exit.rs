//! Exit codes that scripts can use. A problem's code is the one that the model maps its kind to.

use model::{Kind, Outcome, Problem};
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit(u8);

impl Exit {
    /// It did what it should.
    pub(crate) const DONE: Exit = Exit(0);
    /// It failed.
    pub(crate) const FAILED: Exit = Exit(1);
    /// It waits for a person's approval, or for its time.
    pub(crate) const WAITING: Exit = Exit(3);
    /// It was refused: by policy, by a stop switch, by a person, by expiry.
    pub(crate) const REFUSED: Exit = Exit(4);

    /// The code of a problem.
    pub(crate) fn of(problem: &Problem) -> Exit {
        Exit(problem.kind.exit_code())
    }

    /// The code of a run's outcome.
    pub(crate) fn of_outcome(outcome: Outcome) -> Exit {
        match outcome {
            Outcome::Done => Exit::DONE,
            Outcome::Failed => Exit::FAILED,
            Outcome::Unknown => Exit(Kind::OutcomeUnknown.exit_code()),
        }
    }

    /// Whether all went well.
    pub(crate) fn is_done(self) -> bool {
        self == Exit::DONE
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.0)
    }
}

/// What a command ends with.
pub(crate) type Ended = Result<Exit, Problem>;

/// The problem for what this machine refused: a file, a port, a thread.
pub(crate) fn defect(what: &str, error: &dyn std::fmt::Display) -> Problem {
    Problem::new(Kind::Internal, format!("{what}: {error}"))
}

/// The problem for a command line that can't be meant.
pub(crate) fn usage(message: impl Into<String>) -> Problem {
    Problem::new(Kind::BadRequest, message)
}
