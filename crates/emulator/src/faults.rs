//! Things that go wrong on purpose: which fault meets which request, and how often. What each fault does to the bytes
//! on the wire is in `spoil`; what some do to a list while it is read, in `shift`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::generated::routes::Route;
use crate::hash::Dice;
use crate::shift::Shift;

/// One rule of `PUT /_emulator/faults`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// An `operationId`, or `*` for all.
    #[serde(default = "every_operation")]
    pub operation: String,
    /// Only requests of this path: exact, with `*` for any text at its end, or a template of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What goes wrong.
    pub fault: FaultKind,
    /// The status, where the fault has one to choose: 500 for `status`, 302 for `redirect` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers added to the answer, `Retry-After` or `Location` for instance.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Whether the effect of the request is applied.
    #[serde(default)]
    pub when: When,
    /// How many rows a list that moves loses or gets at a time, or which row is listed twice; 1 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
    /// How often it strikes; every time when neither this nor `rate` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The share of matching requests that it strikes, 0 to 1, drawn from the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
}

fn every_operation() -> String {
    "*".to_owned()
}

impl Fault {
    /// A fault that strikes every request of an operation (`*` for all) before it has any effect.
    pub fn new(operation: &str, fault: FaultKind) -> Self {
        Self {
            operation: operation.to_owned(),
            path: None,
            fault,
            status: None,
            headers: BTreeMap::new(),
            when: When::Before,
            rows: None,
            times: None,
            rate: None,
        }
    }
}

/// Whether the request takes effect before things go wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// It never had an effect.
    #[default]
    Before,
    /// It was applied; only the answer is lost or spoilt.
    After,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// An error status with an error body.
    Status,
    /// The TCP connection is reset without an answer.
    Reset,
    /// No answer until the client goes away.
    Hang,
    /// The answer arrives a byte at a time, four a second.
    Slow,
    /// A body that never ends.
    Endless,
    /// Fewer bytes than `Content-Length` promises, then the connection closes.
    Truncate,
    /// Half of the answer, then silence until the client goes away.
    Stall,
    /// A page of HTML with status 200.
    Html,
    /// Status 200 whose body has a member `Error Message`.
    #[serde(rename = "error_in_200")]
    ErrorIn200,
    /// JSON of another shape than the contract has.
    WrongType,
    /// A body of a quarter of a gigabyte.
    Huge,
    /// A redirect, to `/login` unless `headers` has a `Location`.
    Redirect,
    /// A list loses its first rows each time a page after the first is asked for.
    Shrinks,
    /// A list gets rows before its first each time a page after the first is asked for: those it did not show before.
    Grows,
    /// A list holds one row twice, one after the other, and counts both.
    Twice,
}

impl FaultKind {
    /// Whether it moves the rows of a list, and leaves the answer as it is.
    fn moves(self) -> bool {
        matches!(self, Self::Shrinks | Self::Grows | Self::Twice)
    }
}

/// How often a list grows that is not told how often.
const GROWS: u32 = 8;

pub(crate) struct Faults {
    rules: Vec<Rule>,
    dice: Dice,
}

struct Rule {
    fault: Fault,
    left: Option<u32>,
    met: u64,
}

impl Faults {
    pub(crate) fn new(dice: Dice) -> Self {
        Self { rules: Vec::new(), dice }
    }

    pub(crate) fn replace(&mut self, faults: Vec<Fault>) {
        self.rules = faults.into_iter().map(|fault| Rule { left: fault.times, fault, met: 0 }).collect();
    }

    /// How the rows of a paged list lie for whoever asks for this page of it.
    pub(crate) fn shift(&mut self, route: &Route, path: &str, page: Option<&str>) -> Shift {
        let goes_on = page.and_then(|number| number.parse::<u32>().ok()).is_some_and(|number| number > 1);
        let mut shift = Shift::default();
        for rule in self.rules.iter_mut().filter(|rule| rule.fault.fault.moves() && rule.matches(route, path))
        {
            rule.met += u64::from(goes_on && rule.left != Some(0));
            if goes_on && let Some(left) = &mut rule.left {
                *left = left.saturating_sub(1);
            }
            let rows = rule.fault.rows.unwrap_or(1) as usize;
            match rule.fault.fault {
                FaultKind::Shrinks => shift.hidden += rows * rule.met as usize,
                FaultKind::Grows => {
                    let times = u64::from(rule.fault.times.unwrap_or(GROWS));
                    shift.hidden += rows * times.saturating_sub(rule.met) as usize;
                }
                _ => shift.twice = Some(rows),
            }
        }
        shift
    }

    /// The fault that strikes this request: the first rule that matches and is not used up.
    pub(crate) fn strike(&mut self, route: &Route, path: &str) -> Option<Fault> {
        for (place, rule) in self.rules.iter_mut().enumerate() {
            if rule.fault.fault.moves() || rule.left == Some(0) || !rule.matches(route, path) {
                continue;
            }
            rule.met += 1;
            if let Some(rate) = rule.fault.rate {
                let roll =
                    self.dice.below("fault", rule.met.wrapping_mul(1_000_003) ^ place as u64, 1_000_000);
                if roll as f64 >= rate * 1_000_000.0 {
                    continue;
                }
            }
            if let Some(left) = &mut rule.left {
                *left -= 1;
            }
            return Some(rule.fault.clone());
        }
        None
    }
}

impl Rule {
    fn matches(&self, route: &Route, path: &str) -> bool {
        (self.fault.operation == "*" || self.fault.operation == route.id)
            && self.fault.path.as_deref().is_none_or(|wanted| {
                wanted == path
                    || wanted == route.path
                    || wanted.strip_suffix('*').is_some_and(|start| path.starts_with(start))
            })
    }
}
