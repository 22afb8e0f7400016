//! Outcomes: what is known of a write after it was attempted. Not knowing is an outcome of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of a write, or of a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// N-central accepted it. It does not say that a script succeeded on its device.
    Done,
    /// Known not to have happened.
    Failed,
    /// May have happened.
    Unknown,
}

impl Outcome {
    /// The outcome of a run over several writes: unknown if any is, else failed if any is, else done.
    pub fn of_all(outcomes: impl IntoIterator<Item = Outcome>) -> Outcome {
        outcomes.into_iter().fold(Outcome::Done, |whole, one| match (whole, one) {
            (Outcome::Unknown, _) | (_, Outcome::Unknown) => Outcome::Unknown,
            (Outcome::Failed, _) | (_, Outcome::Failed) => Outcome::Failed,
            (Outcome::Done, Outcome::Done) => Outcome::Done,
        })
    }

    /// The name used on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Failed => "failed",
            Outcome::Unknown => "unknown",
        }
    }
}

impl std::str::FromStr for Outcome {
    type Err = crate::policy::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "done" => Ok(Outcome::Done),
            "failed" => Ok(Outcome::Failed),
            "unknown" => Ok(Outcome::Unknown),
            _ => Err(crate::policy::UnknownWord {
                what: "outcome",
                given: word.into(),
                known: "done, failed, unknown",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome::{self, Done, Failed, Unknown};

    #[test]
    fn not_knowing_outweighs_failing_outweighs_done() {
        assert_eq!(Outcome::of_all([Done, Failed, Unknown, Done]), Unknown);
        assert_eq!(Outcome::of_all([Done, Failed]), Failed);
        assert_eq!(Outcome::of_all([Done, Done]), Done);
        assert_eq!(Outcome::of_all([]), Done);
    }
}
