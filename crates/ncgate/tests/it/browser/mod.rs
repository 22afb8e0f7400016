//! The dashboard in a real browser: what a person sees, types and presses, against the real binary and its emulator.
//!
//! A [`Window`] is a browser of its own, with its own cookies. Its methods wait, up to half a minute, for what they are
//! about, so stories need no sleeps. Pictures go to `target/screenshots/`. Where there is no Chromium the stories say
//! that they are left out, unless `NCGATE_TEST_BROWSER=required`; `cargo xtask browser` brings what they need.

mod access;
mod activity;
mod approvals;
mod callers;
mod driver;
mod foreign;
mod hands;
mod house;
mod integrations;
mod judge;
mod keyboard;
mod looks;
mod pictures;
mod scripts;
mod stop;
mod try_tool;
mod webhooks;
mod window;

pub(crate) use driver::is_there;
pub(crate) use house::House;
pub(crate) use window::Window;
