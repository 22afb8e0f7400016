//! The states of monitored services, under one name each and in one order: worst first.

/// States by their code in `notificationState` (contract/NOTES.md, section 8: the scale of the older interface).
const BY_CODE: [&str; 8] =
    ["no_state", "no_data", "stale", "normal", "warning", "failed", "misconfigured", "disconnected"];

/// States from worst to best; what is not here is somewhere between trouble and none.
const WORST_FIRST: [&str; 10] = [
    "failed",
    "warning",
    "stale",
    "misconfigured",
    "disconnected",
    "no_data",
    "no_state",
    "disabled",
    "connected",
    "normal",
];

/// The state behind a code; the code itself where it is not on the scale.
pub(crate) fn of_code(code: i64) -> String {
    usize::try_from(code)
        .ok()
        .and_then(|at| BY_CODE.get(at))
        .map_or_else(|| format!("state_{code}"), |state| (*state).to_owned())
}

/// A state that came as text: `No Data` and `NO_DATA` are one.
pub(crate) fn of_text(text: &str) -> String {
    model::text::clean(text, false).trim().to_lowercase().replace([' ', '-'], "_")
}

/// Where a state stands in the order, 0 for the worst.
pub(crate) fn rank(state: &str) -> usize {
    let unknown = WORST_FIRST.iter().position(|known| *known == "no_data").unwrap_or_default();
    WORST_FIRST.iter().position(|known| *known == state).unwrap_or(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_texts_meet_in_one_order() {
        assert_eq!((of_code(5).as_str(), of_code(42).as_str()), ("failed", "state_42"));
        assert_eq!(of_text("No Data"), of_text("NO_DATA"));
        let mut states = ["normal", "stale", "failed", "no_data", "warning"];
        states.sort_by_key(|state| rank(state));
        assert_eq!(states, ["failed", "warning", "stale", "no_data", "normal"]);
        assert!(rank("normal") > rank("something new"));
    }
}
