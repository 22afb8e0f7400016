//! `ncgate`: the one binary.

fn main() {}
