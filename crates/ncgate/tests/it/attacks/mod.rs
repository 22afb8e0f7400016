//! Attacks on the real binary, one file an attacker: a malicious agent, a malicious web page, a malicious N-central, a
//! thief of the database, somebody who guesses. `docs/security.md` says what each tries and what stands in the way; it
//! names the tests that show it, here and elsewhere, and `claims` holds it to them.

mod agent;
mod canonical;
mod claims;
mod guesser;
mod hostile;
mod routes;
mod server;
mod site;
mod text;
mod thief;
