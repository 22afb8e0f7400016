//! A person without a mouse: Tab until what is wanted has the focus, then Enter, Space, arrows or letters.
//!
//! Keys go to whatever has the focus, as a keyboard's do. Whatever Tab stops at has to have a name, in the tree that
//! the browser hands to assistive technology, and has to be seen to have the focus, on the page as it is scrolled.

use super::window::Window;
use serde_json::{Value, json};
use thirtyfour::{Key, TypingData};

/// How far somebody goes with Tab before giving up.
const STEPS: usize = 120;

/// What is wrong with how the focus looks, or nothing: an outline, not cut off, on something that nothing hides.
const FLAW: &str = "
    const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    if (e === document.body) return null;
    const width = parseFloat(style.outlineWidth), reach = width + parseFloat(style.outlineOffset);
    if (style.outlineStyle === 'none' || !(width > 0)) return 'has no outline';
    const seen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) {
      if (getComputedStyle(p).overflow === 'visible') continue;
      const cut = p.getBoundingClientRect();
      for (const side of ['left', 'top']) seen[side] = Math.max(seen[side], cut[side]);
      for (const side of ['right', 'bottom']) seen[side] = Math.min(seen[side], cut[side]);
    }
    const left = Math.max(box.left, seen.left), right = Math.min(box.right, seen.right);
    const top = Math.max(box.top, seen.top), bottom = Math.min(box.bottom, seen.bottom);
    if (left >= right || top >= bottom) return 'is out of sight';
    const sides = [box.left - reach >= seen.left, box.right + reach <= seen.right,
      box.top - reach >= seen.top, box.bottom + reach <= seen.bottom].filter(Boolean).length;
    if (sides < 2) return `has an outline of which ${sides} sides are to be seen`;
    const is = (x, y) => { const hit = document.elementFromPoint(x, y); return hit && (e.contains(hit) || hit.contains(e)); };
    const middle = [(left + right) / 2, (top + bottom) / 2];
    if (![middle, [left + 2, top + 2], [right - 2, bottom - 2]].some(([x, y]) => is(x, y))) return 'is hidden by something';
    return '';";

/// Where Tab stops.
#[derive(Debug)]
struct Stop {
    name: String,
    role: String,
}

impl Stop {
    /// A tick or a choice is known by how its name begins, because what it means stands in its name.
    fn is(&self, name: &str) -> bool {
        self.name == name
            || ["checkbox", "radio"].contains(&self.role.as_str()) && self.name.starts_with(name)
    }
}

impl Window {
    /// Types on whatever has the focus, and where nothing has it, on the page.
    pub(crate) fn strike(&self, keys: impl Into<TypingData>) {
        let keys = keys.into();
        self.wait(self.web().action_chain().send_keys(keys).perform());
    }

    /// What has the focus, as the browser tells it to assistive technology.
    fn stop(&self) -> Stop {
        self.settled(|| async {
            let tools = self.web().cdp();
            let focused = json!({"expression": "document.activeElement"});
            let focused = tools.send_raw("Runtime.evaluate", focused).await?;
            let which = json!({"objectId": focused["result"]["objectId"], "fetchRelatives": false});
            let told = tools.send_raw("Accessibility.getPartialAXTree", which).await?;
            let text = |what: &Value| what["value"].as_str().unwrap_or_default().trim().to_owned();
            Ok(Stop { name: text(&told["nodes"][0]["name"]), role: text(&told["nodes"][0]["role"]) })
        })
    }

    /// Goes on until what has this name has the focus.
    #[track_caller]
    fn reach(&self, name: &str, step: impl Fn()) {
        let mut passed = Vec::new();
        for _ in 0..STEPS {
            step();
            let stop = self.stop();
            let flaw = self.ask(FLAW);
            // Between the end of a page and its beginning nothing has the focus.
            if !flaw.is_null() {
                assert!(!stop.name.is_empty(), "what follows {passed:?} on {} has no name", self.path());
                assert_eq!(flaw, "", "{stop:?} on {}", self.path());
            }
            if stop.is(name) {
                return;
            }
            passed.push(format!("{} {:?}", stop.role, stop.name));
        }
        panic!("{name} is not reached on {}; passed: {}", self.path(), passed.join(", "));
    }

    /// Goes on with Tab until what has this name has the focus.
    #[track_caller]
    pub(crate) fn tab_to(&self, name: &str) {
        self.reach(name, || self.strike(Key::Tab));
    }

    /// Goes back with Shift and Tab until what has this name has the focus.
    #[track_caller]
    pub(crate) fn back_to(&self, name: &str) {
        self.reach(name, || {
            let shift = self.web().action_chain().key_down(Key::Shift).send_keys(Key::Tab).key_up(Key::Shift);
            self.wait(shift.perform());
        });
    }

    /// Goes with the arrows to the choice with this name, within those of which one has the focus.
    #[track_caller]
    pub(crate) fn arrow_to(&self, name: &str) {
        self.reach(name, || self.strike(Key::Down));
    }

    /// Goes to what works on this page, and presses it.
    #[track_caller]
    pub(crate) fn hit(&self, name: &str) {
        self.tab_to(name);
        self.strike(Key::Enter);
    }

    /// Goes to the tick with this name, and sets it.
    #[track_caller]
    pub(crate) fn tick(&self, name: &str) {
        self.tab_to(name);
        self.strike(Key::Space);
    }

    /// Goes to what leads to another page, presses it, and waits for that page.
    #[track_caller]
    pub(crate) fn follow(&self, name: &str) {
        self.tab_to(name);
        self.leave(name, || self.strike(Key::Enter));
    }

    /// Goes to the field with this label, and types in place of what is in it.
    #[track_caller]
    pub(crate) fn write(&self, label: &str, text: &str) {
        self.tab_to(label);
        let all = self.web().action_chain().key_down(Key::Control).send_keys("a").key_up(Key::Control);
        self.wait(all.send_keys(text).perform());
    }

    /// Goes to the list with this label, and with the arrows to one of its options.
    #[track_caller]
    pub(crate) fn choose(&self, label: &str, option: &str) {
        self.tab_to(label);
        self.strike(Key::Home);
        let chosen = || self.ask("return document.activeElement.selectedOptions?.[0].innerText.trim()");
        for _ in 0..STEPS {
            if chosen() == option {
                return;
            }
            self.strike(Key::Down);
        }
        panic!("{label} has no {option}, it ends with {}", chosen());
    }

    /// Passes over what is the same on every page.
    #[track_caller]
    pub(crate) fn skip(&self) {
        self.hit("Skip to the content");
        self.answers("return document.activeElement.tagName", &"MAIN".into());
    }
}
