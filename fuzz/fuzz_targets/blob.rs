//! Any bytes are read as a blob, or refused, within the limits; what was read is written and read again as the same value.

#![no_main]

use djc::core::blob::{self, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Small enough that a run which takes more is a finding (`-rss_limit_mb`).
    let limits = Limits { inflated_max: 1 << 22, memory_max: 1 << 24, ..Limits::default() };
    let Ok(value) = blob::unpack(bytes, &limits) else { return };
    // What datajoint could not write is refused: a list as a key, text of MATLAB in more dimensions.
    let Ok(packed) = blob::pack(&value) else { return };
    let again = blob::unpack(&packed, &Limits::default()).expect("what was packed is a blob");
    assert_eq!(blob::pack(&again).expect("what was read can be written"), packed);
});
