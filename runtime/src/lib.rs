//! djc-runtime.
