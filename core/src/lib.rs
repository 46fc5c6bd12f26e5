//! djc-core.
