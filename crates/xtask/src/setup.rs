//! Brings what the tests need beside the Rust toolchain, before anything else is done: whoever may not install packages
//! learns at once, and in one line, which ones are missing.

use anyhow::Result;

use crate::{browser, documents, postgres, python, sh};

/// Installs what is missing.
pub(crate) fn run() -> Result<()> {
    let missing = [postgres::missing(), browser::missing(), documents::missing(), python::missing()].concat();
    if missing.is_empty() {
        println!("nothing is missing");
        return Ok(());
    }
    sh::install(&missing)
}
