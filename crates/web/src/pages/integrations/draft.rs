//! What was chosen in the table of policies and is not saved: it travels in the form itself, so that nothing of it is
//! kept on the server, and so that it works without scripts.

use super::table::saved_mode;
use gate::{PoliciesView, PolicyChange, TOOLS, Tool};
use model::{Mode, Preset};
use std::collections::BTreeMap;

/// The fields of the form that are about one tool, each followed by the tool's name.
const MODE: &str = "mode.";
const SEEN: &str = "was.";

/// What was chosen.
#[derive(Default)]
pub(super) struct Draft {
    /// The version that was looked at.
    pub(super) version: Option<u64>,
    /// A preset that was chosen.
    pub(super) preset: Option<Preset>,
    /// The modes that were chosen.
    pub(super) modes: BTreeMap<&'static str, Mode>,
    /// The modes that were saved when the table was looked at.
    pub(super) seen: BTreeMap<&'static str, Mode>,
    /// The rows that are ticked.
    pub(super) picks: Vec<&'static str>,
}

impl Draft {
    /// Reads the form. What it does not know is left out: the gate would refuse it.
    pub(super) fn of(fields: &[(String, String)]) -> Self {
        let mut draft = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "version" => draft.version = value.parse().ok(),
                "preset" => draft.preset = value.parse().ok(),
                "pick" => draft.picks.extend(known(value)),
                name => {
                    let (modes, tool) = match (name.strip_prefix(MODE), name.strip_prefix(SEEN)) {
                        (Some(tool), _) => (&mut draft.modes, tool),
                        (_, Some(tool)) => (&mut draft.seen, tool),
                        _ => continue,
                    };
                    if let (Some(tool), Ok(mode)) = (known(tool), value.parse()) {
                        modes.insert(tool, mode);
                    }
                }
            }
        }
        draft
    }

    /// Gives the ticked rows a mode.
    pub(super) fn set_picked(&mut self, mode: Mode) {
        for tool in std::mem::take(&mut self.picks) {
            self.modes.insert(tool, mode);
        }
    }

    /// Starts over from a preset.
    pub(super) fn start_from(&mut self, preset: Preset) {
        self.preset = Some(preset);
        self.modes = TOOLS.iter().map(|tool| (tool.record.name, preset.mode(tool.record.effect))).collect();
    }

    /// What saving would change, against what is saved now.
    pub(super) fn changes(&self, saved: &PoliciesView) -> Vec<Change> {
        let changes = TOOLS.iter().filter_map(|tool| {
            let from = saved_mode(saved, tool);
            let to = self.chosen(tool)?;
            (from != to).then_some(Change { tool, from, to })
        });
        changes.collect()
    }

    /// The mode that was chosen for a tool; none where its mode was left as it was seen, so that what somebody else
    /// set meanwhile stays.
    fn chosen(&self, tool: &Tool) -> Option<Mode> {
        let name = tool.record.name;
        let mode = *self.modes.get(name)?;
        let is_left = self.preset.is_none() && self.seen.get(name) == Some(&mode);
        (!is_left).then_some(mode)
    }

    /// What others changed since the table was looked at.
    pub(super) fn meanwhile(&self, saved: &PoliciesView) -> Vec<Change> {
        let changes = TOOLS.iter().filter_map(|tool| {
            let (from, to) = (*self.seen.get(tool.record.name)?, saved_mode(saved, tool));
            (from != to).then_some(Change { tool, from, to })
        });
        changes.collect()
    }

    /// The preset, where it is another one than that which is saved.
    pub(super) fn new_preset(&self, saved: &PoliciesView) -> Option<Preset> {
        self.preset.filter(|preset| *preset != saved.preset)
    }

    /// What the gate is asked for.
    pub(super) fn to_change(&self, saved: &PoliciesView) -> PolicyChange {
        let wanted = |tool: &Tool| self.chosen(tool).unwrap_or_else(|| saved_mode(saved, tool));
        // A preset starts every tool over, so what differs from it is told with it.
        let before = |tool: &Tool| match self.preset {
            Some(preset) => preset.mode(tool.record.effect),
            None => saved_mode(saved, tool),
        };
        let changed = TOOLS.iter().filter(|tool| wanted(tool) != before(tool));
        PolicyChange {
            version: self.version,
            preset: self.preset,
            policies: changed.map(|tool| (tool.record.name.to_owned(), wanted(tool))).collect(),
        }
    }
}

/// One tool's policy, before and after.
pub(super) struct Change {
    pub(super) tool: &'static Tool,
    pub(super) from: Mode,
    pub(super) to: Mode,
}

impl Change {
    /// Whether callers may do more afterwards.
    pub(super) fn is_looser(&self) -> bool {
        self.to < self.from
    }
}

/// The canonical name of a tool that there is.
fn known(name: &str) -> Option<&'static str> {
    TOOLS.iter().map(|tool| tool.record.name).find(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "n_central-list-devices";
    const RUN: &str = "n_central-run-direct-task";

    fn saved(preset: Preset, version: u64) -> PoliciesView {
        let modes = TOOLS.iter().map(|tool| (tool.record.name.to_owned(), preset.mode(tool.record.effect)));
        PoliciesView { version, preset, policies: modes.collect() }
    }

    fn draft(fields: &[(&str, &str)]) -> Draft {
        let owned: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Draft::of(&owned)
    }

    #[test]
    fn what_was_left_alone_is_not_a_change_even_if_others_changed_it() {
        let mut now = saved(Preset::Standard, 2);
        now.policies.insert(LIST.into(), Mode::Disabled);
        let mine = draft(&[
            ("version", "1"),
            (&format!("was.{LIST}"), "auto"),
            (&format!("mode.{LIST}"), "auto"),
            (&format!("was.{RUN}"), "approval_needed"),
            (&format!("mode.{RUN}"), "auto"),
            ("mode.no-such-tool", "auto"),
        ]);
        let changes = mine.changes(&now);
        assert_eq!(changes.iter().map(|change| change.tool.record.name).collect::<Vec<_>>(), [RUN]);
        assert!(changes[0].is_looser());
        let others = mine.meanwhile(&now);
        assert_eq!((others.len(), others[0].tool.record.name, others[0].to), (1, LIST, Mode::Disabled));
        assert_eq!(mine.to_change(&now).policies, [(RUN.to_owned(), Mode::Auto)].into());
    }

    #[test]
    fn a_preset_is_sent_with_what_differs_from_it_alone() {
        let now = saved(Preset::Standard, 4);
        let mut mine = draft(&[("version", "4")]);
        mine.start_from(Preset::ReadOnly);
        mine.modes.insert(RUN, Mode::ApprovalNeeded);
        let change = mine.to_change(&now);
        assert_eq!((change.version, change.preset), (Some(4), Some(Preset::ReadOnly)));
        assert_eq!(change.policies, [(RUN.to_owned(), Mode::ApprovalNeeded)].into());
        assert!(
            mine.changes(&now).iter().all(|change| change.tool.record.name != RUN && !change.is_looser())
        );
    }

    #[test]
    fn ticked_rows_get_one_mode() {
        let mut mine = draft(&[("pick", LIST), ("pick", RUN), ("pick", "<script>")]);
        mine.set_picked(Mode::Disabled);
        assert_eq!(mine.modes, [(LIST, Mode::Disabled), (RUN, Mode::Disabled)].into());
        assert!(mine.picks.is_empty());
    }
}
