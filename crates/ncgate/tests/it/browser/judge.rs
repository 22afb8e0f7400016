//! Judges of pages: axe-core for what people with assistive technology need, and the browser's own log for what the
//! policy of the pages blocked.

use super::driver::is_required;
use super::window::Window;
use std::path::PathBuf;

/// The folder for what builds and tests leave behind.
pub(super) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => folder.into(),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
    }
}

/// axe-core, where `cargo xtask browser` put it.
fn axe() -> Option<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/browser");
    let file = std::env::var_os("NCGATE_TEST_AXE")
        .map_or_else(|| PathBuf::from(folder).join("node_modules/axe-core/axe.min.js"), PathBuf::from);
    match std::fs::read_to_string(&file) {
        Ok(script) => Some(script),
        Err(error) => {
            assert!(!is_required(), "{}: {error}", file.display());
            eprintln!(
                "LEFT OUT: accessibility is not judged, there is no {}; `cargo xtask browser` brings it",
                file.display()
            );
            None
        }
    }
}

impl Window {
    /// Fails where axe-core finds a violation of WCAG 2.2 AA or of its own best practices, in either colours.
    #[track_caller]
    pub(crate) fn no_violations(&self, page: &str) {
        let Some(axe) = axe() else { return };
        for is_dark in [false, true] {
            self.dark(is_dark);
            self.ask(&axe);
            let found = self.ask_later(
                "const done = arguments[arguments.length - 1];
                 axe.run(document, { resultTypes: ['violations'] }).then(
                   ({ violations }) => done(violations.map(({ id, help, nodes }) =>
                     `${id}: ${help}\\n` + nodes.map(({ html, failureSummary }) => `  ${html}\\n  ${failureSummary}`).join('\\n'))),
                   (error) => done([String(error)]))",
            );
            let found: Vec<&str> =
                found.as_array().unwrap().iter().filter_map(|text| text.as_str()).collect();
            let colours = if is_dark { "dark" } else { "light" };
            assert!(found.is_empty(), "{page}, {colours}:\n{}", found.join("\n"));
        }
        self.dark(false);
    }

    /// Fails where the page is wider than its window, which on a phone makes people push it about.
    #[track_caller]
    pub(crate) fn fits(&self, page: &str) {
        let wide =
            self.ask("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(wide, 0, "{page} is wider than its window");
    }
}
