//! Blobs against what no reader or writer could be faster than: zlib alone, and a copy of memory.
//!
//! `cargo bench -p djc --no-default-features --bench blob` runs it. Each pair works on the same bytes: traces of 16-bit samples, as
//! recordings have them, in arrays of 100 kB. Wanted: packing and unpacking within 1.2 times zlib and the copy.

use std::io::Write;

use divan::counter::BytesCount;
use djc::core::blob::{self, Limits};
use djc::core::value::{Array, Value};
use flate2::write::ZlibEncoder;
use flate2::{Compression, Decompress, FlushDecompress};

fn main() {
    divan::main();
}

/// Samples in an array.
const SAMPLES: usize = 50_000;

/// A walk by small steps, the same in each run.
fn trace() -> Vec<i16> {
    let (mut state, mut level) = (0x9e37_79b9_7f4a_7c15u64, 0i16);
    let step = |state: &mut u64| {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state % 9) as i16 - 4
    };
    (0..SAMPLES)
        .map(|_| {
            level = level.wrapping_add(step(&mut state));
            level
        })
        .collect()
}

fn value() -> Value {
    Value::from(Array::vector(trace().into()))
}

fn raw() -> Vec<u8> {
    blob::pack(&value()).expect("numbers pack")
}

fn zlib(raw: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(raw.len()), Compression::default());
    encoder.write_all(raw).and_then(|()| encoder.finish()).expect("writing into memory cannot fail")
}

#[divan::bench]
fn pack_1_copy_of_memory(bencher: divan::Bencher) {
    let raw = raw();
    bencher.counter(BytesCount::new(raw.len())).bench_local(|| divan::black_box(&raw).to_vec());
}

#[divan::bench]
fn pack_2_plain(bencher: divan::Bencher) {
    let value = value();
    bencher.counter(BytesCount::new(raw().len())).bench_local(|| blob::pack(divan::black_box(&value)));
}

#[divan::bench]
fn pack_3_zlib_alone(bencher: divan::Bencher) {
    let raw = raw();
    bencher.counter(BytesCount::new(raw.len())).bench_local(|| zlib(divan::black_box(&raw)));
}

#[divan::bench]
fn pack_4_compressed(bencher: divan::Bencher) {
    let value = value();
    bencher.counter(BytesCount::new(raw().len())).bench_local(|| blob::pack_compressed(divan::black_box(&value)));
}

#[divan::bench]
fn unpack_1_copy_of_memory(bencher: divan::Bencher) {
    pack_1_copy_of_memory(bencher);
}

#[divan::bench]
fn unpack_2_plain(bencher: divan::Bencher) {
    let raw = raw();
    let limits = Limits::default();
    bencher.counter(BytesCount::new(raw.len())).bench_local(|| blob::unpack(divan::black_box(&raw), &limits));
}

#[divan::bench]
fn unpack_3_zlib_alone(bencher: divan::Bencher) {
    let raw = raw();
    let packed = zlib(&raw);
    bencher.counter(BytesCount::new(raw.len())).bench_local(|| {
        let mut out = vec![0; raw.len()];
        Decompress::new(true).decompress(divan::black_box(&packed), &mut out, FlushDecompress::Finish).expect("a whole stream");
        out
    });
}

#[divan::bench]
fn unpack_4_compressed(bencher: divan::Bencher) {
    let raw = raw();
    let packed = blob::pack_compressed(&value()).expect("numbers pack");
    let limits = Limits::default();
    bencher.counter(BytesCount::new(raw.len())).bench_local(|| blob::unpack(divan::black_box(&packed), &limits));
}
