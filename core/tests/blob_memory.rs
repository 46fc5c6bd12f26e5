//! Reading a blob, whatever its bytes, allocates no more than its limits allow.
//!
//! This is a test binary of its own, because it counts every allocation of the process.

use std::alloc::System;

use cap::Cap;
use djc_core::blob::{Limits, UnpackError, compress, unpack};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// What the limits do not count: the state of the inflater and the text of an error.
const SLACK: usize = 128 << 10;

/// Numbers without a pattern, the same in each run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// Returns what all allocations during the reading add up to, also those that were freed again.
fn allocated(blob: &[u8], limits: &Limits) -> (usize, Result<(), UnpackError>) {
    let before = ALLOCATOR.total_allocated();
    let result = unpack(blob, limits).map(drop);
    (ALLOCATOR.total_allocated() - before, result)
}

fn hex(text: &str) -> Vec<u8> {
    let byte = |i| u8::from_str_radix(&text[i..i + 2], 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(byte).collect()
}

#[test]
fn damaged_and_hostile_blobs_stay_within_the_limits() {
    let vectors: serde_json::Value = serde_json::from_str(include_str!("data/blob-vectors.json")).expect("the vectors are JSON");
    let vectors = vectors["vectors"].as_array().expect("an array");
    let blobs: Vec<_> = vectors.iter().map(|vector| hex(vector["hex"].as_str().expect("text"))).collect();
    let limits = Limits { inflated_max: 1 << 20, memory_max: 1 << 20, ..Limits::default() };
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);

    // Lengths that grow while the bytes do not.
    for round in 0..40_000 {
        let mut blob = blobs[round % blobs.len()].clone();
        for _ in 0..=noise.below(3) {
            let place = noise.below(blob.len());
            blob[place] = [0, 1, 0x7f, 0x80, 0xff, noise.next() as u8][noise.below(6)];
        }
        let (bytes, result) = allocated(&blob, &limits);
        let bound = 64 * blob.len() + 4096;
        assert!(bytes <= bound, "{bytes} bytes for a blob of {}, {result:?}: {blob:02x?}", blob.len());
    }

    // Many tiny things inside one blob, inflated from a few bytes.
    let count = |count: u64| count.to_le_bytes();
    let many = 100_000u64;
    let nulls = [&count(1)[..], &[0xff]].concat().repeat(many as usize);
    let arrays = [&count(21)[..], b"A", &count(0), &9u32.to_le_bytes(), &[0; 4], &[7]].concat();
    let arrays = [&count(18)[..], &arrays[8..]].concat().repeat(many as usize);
    let ints = [&count(12)[..], &[0x0a, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x89]].concat().repeat(many as usize);
    let decimals = [&count(18)[..], b"d", &count(9), b"1.5E-1000"].concat().repeat(many as usize);
    let hostile = [
        ("nulls", [b"dj0\0\x02", &count(many)[..], &nulls].concat()),
        ("arrays", [b"dj0\0\x02", &count(many)[..], &arrays].concat()),
        ("integers", [b"dj0\0\x01", &count(many)[..], &ints].concat()),
        ("decimals", [b"dj0\0\x03", &count(many)[..], &decimals].concat()),
        ("objects", [b"dj0\0A", &count(1)[..], &count(many), &5u32.to_le_bytes(), &[0; 4], &nulls].concat()),
        ("empty names", [b"mYm\0S", &count(0)[..], &100_000u32.to_le_bytes(), &vec![0; 100_000]].concat()),
        ("dimensions", [b"mYm\0C", &count(many)[..], &vec![0; 800_000]].concat()),
        ("characters", [b"mYm\0A", &count(2)[..], &count(2), &count(many / 2), &4u32.to_le_bytes(), &[0; 4], &vec![200; 200_000]].concat()),
        ("row of text", [b"mYm\0A", &count(1)[..], &count(many), &4u32.to_le_bytes(), &[0; 4], &vec![200; 200_000]].concat()),
    ];
    for (name, raw) in hostile {
        for limits in [limits.clone(), Limits { inflated_max: 1 << 24, memory_max: 1 << 24, ..Limits::default() }] {
            let blob = compress(raw.clone());
            assert!(blob.len() < raw.len());
            let (bytes, result) = allocated(&blob, &limits);
            let bound = (limits.inflated_max + limits.memory_max) as usize + SLACK;
            assert!(bytes <= bound, "{name}: {bytes} bytes, {result:?}");
            let (bytes, result) = allocated(&raw, &limits);
            let bound = limits.memory_max as usize + SLACK;
            assert!(bytes <= bound, "{name}: {bytes} bytes, {result:?}");
            if limits.memory_max == 1 << 24 && name != "empty names" {
                assert_eq!(result, Ok(()), "{name} is a whole blob");
            }
        }
    }

    // A stream that declares more than it may, or more than it can.
    for (declared, limit) in [(u64::MAX, 1 << 20), (1 << 40, u64::MAX), ((1 << 20) + 1, 1 << 20)] {
        let mut blob = compress(vec![0; 5000]);
        blob[6..14].copy_from_slice(&declared.to_le_bytes());
        let (bytes, result) = allocated(&blob, &Limits { inflated_max: limit, ..Limits::default() });
        assert!(result.is_err());
        assert!(bytes < 4096, "{bytes} bytes to refuse {declared}");
    }
}
