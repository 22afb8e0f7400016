//! ncgate over HTTP: REST, sign-in, events.
