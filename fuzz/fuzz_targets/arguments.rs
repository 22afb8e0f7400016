//! The target `arguments`; what it does stands in `bodies/`.

#![no_main]

#[path = "../bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::of("arguments")(bytes));
