//! djc.
fn main() {}
