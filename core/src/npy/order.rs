//! From row-major to column-major order.

use super::header::Header;

impl Header {
    /// Collects elements in column-major order.
    pub(super) fn ordered<T>(&self, elements: impl Iterator<Item = T>) -> Vec<T> {
        let elements: Vec<T> = elements.collect();
        if self.column_major || self.shape.len() < 2 || elements.len() < 2 {
            return elements;
        }
        // Where each element goes is counted along, as an odometer, with the last index running fastest.
        let strides: Vec<usize> = self.shape.iter().scan(1, |stride, length| Some(std::mem::replace(stride, *stride * length))).collect();
        let mut index = vec![0; self.shape.len()];
        let mut at = 0;
        let mut out: Vec<Option<T>> = Vec::new();
        out.resize_with(elements.len(), || None);
        for element in elements {
            out[at] = Some(element);
            for dimension in (0..index.len()).rev() {
                index[dimension] += 1;
                at += strides[dimension];
                if index[dimension] < self.shape[dimension] {
                    break;
                }
                at -= strides[dimension] * self.shape[dimension];
                index[dimension] = 0;
            }
        }
        out.into_iter().map(|element| element.expect("every place is met once")).collect()
    }
}
