//! The table of policies: every tool in its area, as it is and as it is about to be, narrowed to what is looked for.

use super::draft::Draft;
use gate::{Area, PoliciesView, TOOLS, Tool};
use model::{Effect, Mode, Preset, Timestamp};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the table is narrowed to; an empty field means any.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Narrow {
    pub(super) search: String,
    pub(super) effect: String,
    pub(super) policy: String,
}

impl Narrow {
    /// Whether anything is left out.
    pub(super) fn is_narrow(&self) -> bool {
        [&self.search, &self.effect, &self.policy].iter().any(|field| !field.is_empty())
    }

    fn fits(&self, tool: &Tool, mode: Mode) -> bool {
        let record = &tool.record;
        let words = words(tool);
        self.search.to_lowercase().split_whitespace().all(|word| words.contains(word))
            && (self.effect.is_empty() || self.effect == record.effect.as_str())
            && (self.policy.is_empty() || self.policy == mode.as_str())
    }
}

/// What a search finds a tool by.
fn words(tool: &Tool) -> String {
    let record = &tool.record;
    [record.name, record.alias.unwrap_or_default(), record.title, record.summary].join(" ").to_lowercase()
}

/// One tool.
pub(super) struct Row {
    pub(super) tool: &'static Tool,
    /// The mode that is saved.
    pub(super) was: Mode,
    /// The mode that is chosen.
    pub(super) mode: Mode,
    pub(super) used: Option<Timestamp>,
    pub(super) is_picked: bool,
}

impl Row {
    pub(super) fn words(&self) -> String {
        words(self.tool)
    }
}

/// The tools of one area.
pub(super) struct Part {
    pub(super) area: Area,
    pub(super) rows: Vec<Row>,
}

/// The whole table.
pub(super) struct Table {
    pub(super) version: u64,
    /// The preset that is saved.
    pub(super) preset: Preset,
    /// The preset that was chosen since.
    pub(super) chosen: Option<Preset>,
    pub(super) parts: Vec<Part>,
    /// Rows that the filter leaves out though something was changed in them.
    pub(super) aside: Vec<Row>,
    pub(super) narrow: Narrow,
    /// Whether something is chosen that is not saved.
    pub(super) is_changed: bool,
}

impl Table {
    /// The policies as they are, with what was chosen since.
    pub(super) fn of(
        saved: &PoliciesView,
        used: &BTreeMap<String, Timestamp>,
        draft: &Draft,
        narrow: Narrow,
    ) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        let mut aside = Vec::new();
        for tool in TOOLS.iter() {
            let name = tool.record.name;
            let was = draft.seen.get(name).copied().unwrap_or_else(|| saved_mode(saved, tool));
            let mode = draft.modes.get(name).copied().unwrap_or(was);
            let row = Row {
                tool,
                was,
                mode,
                used: used.get(name).copied(),
                is_picked: draft.picks.contains(&name),
            };
            if !narrow.fits(tool, mode) {
                aside.extend(Some(row).filter(|row| row.was != row.mode));
                continue;
            }
            let area = tool.record.area;
            match parts.iter_mut().find(|part| part.area == area) {
                Some(part) => part.rows.push(row),
                None => parts.push(Part { area, rows: vec![row] }),
            }
        }
        let rows = parts.iter().flat_map(|part| &part.rows).chain(&aside);
        let is_changed = draft.preset.is_some() || rows.into_iter().any(|row| row.was != row.mode);
        Self {
            version: draft.version.unwrap_or(saved.version),
            preset: saved.preset,
            chosen: draft.preset,
            parts,
            aside,
            narrow,
            is_changed,
        }
    }

    pub(super) fn effects(&self) -> [Effect; 4] {
        Effect::ALL
    }

    pub(super) fn modes(&self) -> [Mode; 3] {
        MODES
    }

    /// What the chosen preset is called, or else the saved one.
    pub(super) fn preset_name(&self) -> &'static str {
        self.chosen.unwrap_or(self.preset).as_str()
    }
}

/// The modes in the order of their strictness.
pub(super) const MODES: [Mode; 3] = [Mode::Auto, Mode::ApprovalNeeded, Mode::Disabled];

/// A mode in words.
pub(super) fn mode_words(mode: &Mode) -> &'static str {
    match mode {
        Mode::Auto => "auto",
        Mode::ApprovalNeeded => "approval needed",
        Mode::Disabled => "disabled",
    }
}

/// An effect in words.
pub(super) fn effect_words(effect: &Effect) -> &'static str {
    match effect {
        Effect::Read => "read",
        Effect::SensitiveRead => "sensitive read",
        Effect::Change => "change",
        Effect::Run => "run",
    }
}

/// The mode that is saved for a tool.
pub(super) fn saved_mode(saved: &PoliciesView, tool: &Tool) -> Mode {
    let preset = || saved.preset.mode(tool.record.effect);
    saved.policies.get(tool.record.name).copied().unwrap_or_else(preset)
}
