//! Every tool of ncgate, once: input, effect, plan, run, read back.
