//! A client for the N-able N-central REST API.
