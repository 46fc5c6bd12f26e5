//! djc.
