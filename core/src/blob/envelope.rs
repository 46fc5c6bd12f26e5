//! The compressed envelope around packed bytes.

use std::borrow::Cow;
use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};

use super::{Dims, Limits, UnpackError, code};

/// Raw bytes up to this length, header included, are left alone.
const RAW_KEPT_MAX: usize = 1000;

/// The most that one byte of a deflate stream can stand for: 258 bytes take at least two bits.
const INFLATION_MAX: u64 = 1032;

/// Returns the blob for packed bytes: compressed if they are longer than 1000 and get shorter by it.
pub fn compress(raw: Vec<u8>) -> Vec<u8> {
    if raw.len() <= RAW_KEPT_MAX {
        return raw;
    }
    let mut blob = Vec::with_capacity(raw.len() / 2);
    blob.extend_from_slice(code::COMPRESSED);
    blob.extend_from_slice(&(raw.len() as u64).to_le_bytes());
    let mut encoder = ZlibEncoder::new(blob, Compression::default());
    let written = encoder.write_all(&raw).and_then(|()| encoder.finish());
    let blob = written.expect("writing into memory cannot fail");
    if blob.len() < raw.len() { blob } else { raw }
}

/// Returns the raw bytes of a blob, which are the blob itself where it is not compressed.
///
/// # Errors
/// The stream must be whole, give just as many bytes as the blob says, and end where the blob ends. More
/// than `limits.inflated_max` bytes are refused before the first is inflated.
pub fn decompress<'a>(blob: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, UnpackError> {
    let Some(rest) = blob.strip_prefix(code::COMPRESSED) else {
        return Ok(Cow::Borrowed(blob));
    };
    let width = match limits.dims {
        Dims::U64 => 8,
        Dims::U32 => 4,
    };
    let at = code::COMPRESSED.len();
    let Some((prefix, stream)) = rest.split_at_checked(width) else {
        return Err(UnpackError::Truncated { at, wanted: width as u64, left: rest.len() as u64 });
    };
    let mut wide = [0; 8];
    wide[..width].copy_from_slice(prefix);
    let declared = u64::from_le_bytes(wide);
    if declared > limits.inflated_max {
        return Err(UnpackError::TooLarge { what: "the inflated blob", wanted: declared, limit: limits.inflated_max });
    }
    if declared / INFLATION_MAX > stream.len() as u64 {
        return Err(UnpackError::Inflate("the stream is too short for the declared length".to_owned()));
    }
    let length = usize::try_from(declared).map_err(|_| UnpackError::TooLarge {
        what: "the inflated blob",
        wanted: declared,
        limit: usize::MAX as u64,
    })?;
    inflate(stream, length).map(Cow::Owned)
}

fn inflate(stream: &[u8], length: usize) -> Result<Vec<u8>, UnpackError> {
    let mut raw = vec![0; length];
    let mut inflater = Decompress::new(true);
    // One byte too many shows a stream that goes on after the declared length.
    let mut beyond = [0];
    loop {
        let (read, written) = (inflater.total_in() as usize, inflater.total_out() as usize);
        let target = if written < length { &mut raw[written..] } else { &mut beyond[..] };
        let status =
            inflater.decompress(&stream[read..], target, FlushDecompress::None).map_err(|error| UnpackError::Inflate(error.to_string()))?;
        if inflater.total_out() > length as u64 {
            return Err(UnpackError::InflatedLength { declared: length as u64, longer: true });
        }
        match status {
            Status::StreamEnd if inflater.total_out() < length as u64 => {
                return Err(UnpackError::InflatedLength { declared: length as u64, longer: false });
            }
            Status::StreamEnd => {
                let read = inflater.total_in() as usize;
                return match stream.len() - read {
                    0 => Ok(raw),
                    left => Err(UnpackError::Trailing { after: "the compressed stream", left: left as u64 }),
                };
            }
            Status::Ok | Status::BufError => {
                let stuck = inflater.total_in() as usize == read && inflater.total_out() as usize == written;
                if stuck {
                    return Err(UnpackError::Inflate("the stream is cut off".to_owned()));
                }
            }
        }
    }
}
