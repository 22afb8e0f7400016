//! The durable state of ncgate.
