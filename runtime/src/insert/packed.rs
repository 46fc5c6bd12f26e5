//! Values that are packed before their row is made ready: packing takes longer than all else that is done to a row, so all processors do it.

use std::collections::HashMap;

use djc_core::parallel;

use super::source::Rows;
use super::target::Target;
use crate::encode::size;
use crate::value::SqlValue;

/// Bytes that a processor packs in one go, about.
const BYTES: usize = 1 << 20;

/// Bytes that are not worth another processor.
const FEW_BYTES: usize = 1 << 16;

/// Rows that are packed in one go at most.
const ROWS_MAX: usize = 1024;

/// What a value is bound as, or why it does not fit.
type Encoded = Result<Option<SqlValue>, String>;

/// Packed values of the next rows.
#[derive(Debug, Default)]
pub(super) struct Packed {
    /// By row and place in it.
    values: HashMap<(usize, usize), Encoded>,
    /// The first row whose values are not packed.
    next: usize,
    /// What the packed values of a row took of late; unknown at first, when one row is packed by itself.
    row_bytes: Option<usize>,
}

impl Packed {
    /// Makes sure that the values of a row are packed, and packs those of some rows behind it too.
    pub fn ready(&mut self, target: &Target, rows: &Rows, row: usize) {
        if row < self.next {
            return;
        }
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let count = self.row_bytes.map_or(1, |bytes| (processors * BYTES / bytes).clamp(1, ROWS_MAX));
        self.next = rows.len().min(row + count);
        let mut given = Vec::new();
        for row in row..self.next {
            for (at, (place, value)) in rows.row(row).iter().enumerate() {
                if let Some(position) = target.position_of(at, place).filter(|position| target.packs(*position)) {
                    given.push((row, at, position, value));
                }
            }
        }
        let least = self.row_bytes.map_or(given.len(), |bytes| FEW_BYTES / bytes);
        let packed = parallel::chunks(&given, least, |given| {
            let encoded = given.iter().map(|(row, at, position, value)| ((*row, *at), target.encode(*position, value)));
            encoded.collect::<Vec<_>>()
        });
        let of = |(_, encoded): &(_, Encoded)| encoded.as_ref().ok().and_then(Option::as_ref).map_or(0, size);
        let bytes: usize = packed.iter().flatten().map(of).sum();
        self.row_bytes = Some((bytes / (self.next - row)).max(1));
        self.values.extend(packed.into_iter().flatten());
    }

    /// Hands over what a value of a row is bound as, if it was packed.
    pub fn take(&mut self, row: usize, at: usize) -> Option<Encoded> {
        self.values.remove(&(row, at))
    }
}
