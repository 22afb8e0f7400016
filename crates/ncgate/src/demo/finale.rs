//! The finale: what really arrived at N-central, by its own journal, and whether the record holds.

use super::approval::Ran;
use super::show::Show;
use super::stage::Stage;
use model::Problem;
use serde_json::Value;

/// Compares the plan with N-central's journal and proves the record. Answers whether both are as they should be.
pub(super) fn compare(show: &Show, stage: &Stage, ran: &Ran) -> Result<bool, Problem> {
    let journal = stage.n_central().emulator.journal();
    let mut left: Vec<&Value> = ran.targets.iter().collect();
    // Each change has to be for a planned device that has had none yet; after a good run, no device is left over.
    let each_once = journal.iter().all(|entry| {
        let planned = left.iter().position(|target| **target == entry.body["deviceId"]);
        planned.map(|at| left.swap_remove(at)).is_some()
    });
    let as_planned = each_once && (!ran.exit.is_done() || left.is_empty());
    let targets = ran.targets.len();
    show.says(
        as_planned,
        &match (as_planned, journal.len()) {
            (true, 0) => "N-central's journal: empty. Nothing was changed.".to_owned(),
            (true, posts) => format!("N-central's journal: {posts} changes for {targets} planned devices, one POST each, nothing else."),
            (false, posts) => format!("N-central's journal: {posts} changes for {targets} planned devices, which is not one each."),
        },
    );
    let found = gate::verify_state(stage.state()).map_err(|error| gate::state_error(&error))?;
    let entries: u64 = found.chains.iter().map(|(_, entries)| entries).sum();
    match &found.broken {
        None => show.says(
            true,
            &format!("The record: {entries} entries in {} chains, all of them proved.", found.chains.len()),
        ),
        Some(broken) => show.says(
            false,
            &format!(
                "The record is broken: {:?} at entry {} of {}.",
                broken.problem, broken.seq, broken.chain
            ),
        ),
    }
    Ok(as_planned && found.broken.is_none())
}
