//! The target `webhook_url`; what it does stands in `bodies/`.

#![no_main]

#[path = "../bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::of("webhook_url")(bytes));
