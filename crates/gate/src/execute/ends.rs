//! What is said of a call whose writes are all settled: of one problem as it is, of several kinds how many there are
//! of each.

use model::text::shorten;
use model::{Changed, Kind, Outcome, Problem};
use store::writes::{WriteRow, WriteState};

/// How many kinds of failure one sentence tells, and how much of each, in characters.
const MOST_KINDS: usize = 3;
const MOST_OF_ONE: usize = 160;

/// The problem of a call that did not end well: `known`, where more is known of it than the store keeps.
pub(super) fn problem(outcome: Outcome, writes: &[WriteRow], known: Option<Problem>) -> Option<Problem> {
    let problem = in_view_of(writes, known.or_else(|| first(outcome, writes))?);
    Some(match mixed(writes) {
        Some(message) => Problem { message, ..problem },
        None => problem,
    })
}

/// The problem of a run in which something failed, for the call's own record.
fn first(outcome: Outcome, writes: &[WriteRow]) -> Option<Problem> {
    let error = writes.iter().find_map(|w| w.error.clone())?;
    match outcome {
        Outcome::Done => None,
        Outcome::Failed => Some(
            Problem::new(Kind::UpstreamRefused, error)
                .hint("put right what it names, and ask again if it is still wanted"),
        ),
        Outcome::Unknown => Some(Problem::new(Kind::OutcomeUnknown, error).changed(Changed::Unknown).hint(
            "look in N-central whether it happened; nothing is repeated by itself, and a person settles it",
        )),
    }
}

/// The problem with what is certain of all the writes together: that one was refused does not undo another.
fn in_view_of(writes: &[WriteRow], problem: Problem) -> Problem {
    let any = |state| writes.iter().any(|write| write.state == state);
    let changed = match (any(WriteState::Unknown), any(WriteState::Done)) {
        (true, _) => Changed::Unknown,
        (false, true) => Changed::Yes,
        (false, false) => return problem,
    };
    let hint = format!("{}. Part of it may be done: look at each target before asking again", problem.hint);
    let problem = if problem.changed == Changed::No { problem.hint(hint) } else { problem };
    problem.changed(changed).retryable(false)
}

/// How many writes failed in which way; none where one way is all there is to tell.
fn mixed(writes: &[WriteRow]) -> Option<String> {
    let mut kinds: Vec<(&str, &str, usize)> = Vec::new();
    for write in writes.iter().filter(|write| write.state != WriteState::Done) {
        let (state, error) = (write.state.as_str(), write.error.as_deref().unwrap_or_default());
        match kinds.iter_mut().find(|(known, said, _)| (*known, *said) == (state, error)) {
            Some((_, _, count)) => *count += 1,
            None => kinds.push((state, error, 1)),
        }
    }
    if kinds.len() < 2 {
        return None;
    }
    let count = |kinds: &[(&str, &str, usize)]| kinds.iter().map(|(_, _, count)| count).sum::<usize>();
    let (told, rest) = kinds.split_at(kinds.len().min(MOST_KINDS));
    let mut parts: Vec<String> = told
        .iter()
        .map(|(state, error, count)| format!("{count} {state} ({})", shorten(error, MOST_OF_ONE)))
        .collect();
    if !rest.is_empty() {
        parts.push(format!("{} in other ways", count(rest)));
    }
    Some(format!("{} of {} are not done: {}", count(&kinds), writes.len(), parts.join(", ")))
}
