//! To and from the arrays of `ndarray`.
//!
//! DataJoint's elements lie in column-major order, which `ndarray` can have too: vectors are moved, not copied, in both directions, unless an
//! array of `ndarray` lies in another order or is a part of a larger one.

use ndarray::{ArrayD, ArrayViewD, Dimension, IxDyn, ShapeBuilder};

use super::{Array, Element};

/// Why an array cannot be one of `ndarray` of this type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the elements are {found}, not {wanted}")]
pub struct WrongElement {
    /// What they are, in numpy's words.
    pub found: String,
    /// What was asked for, in Rust's.
    pub wanted: &'static str,
}

impl WrongElement {
    fn new<T>(array: &Array) -> WrongElement {
        WrongElement { found: array.dtype(), wanted: std::any::type_name::<T>() }
    }
}

impl Array {
    /// Returns a view of the array, without a copy.
    ///
    /// ```
    /// use djc_core::value::Array;
    /// let array = Array::of(vec![2, 3], vec![1, 4, 2, 5, 3, 6])?;
    /// assert_eq!(array.view::<i32>()?, ndarray::array![[1, 2, 3], [4, 5, 6]].into_dyn());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Elements of another type, and complex arrays, whose parts are apart.
    pub fn view<T: Element>(&self) -> Result<ArrayViewD<'_, T>, WrongElement> {
        let elements = self.as_slice::<T>().ok_or_else(|| WrongElement::new::<T>(self))?;
        Ok(ArrayViewD::from_shape(IxDyn(self.shape()).f(), elements).expect("the shape holds as many elements as there are"))
    }

    /// Returns the array, its elements moved.
    ///
    /// # Errors
    /// As [`Array::view`].
    pub fn into_ndarray<T: Element>(self) -> Result<ArrayD<T>, WrongElement> {
        if self.as_slice::<T>().is_none() {
            return Err(WrongElement::new::<T>(&self));
        }
        let (shape, elements, _) = self.into_parts();
        let Ok(vector) = T::take(elements) else { unreachable!("the type was just looked at") };
        Ok(ArrayD::from_shape_vec(IxDyn(&shape).f(), vector).expect("the shape holds as many elements as there are"))
    }
}

impl<T: Element, D: Dimension> From<ndarray::Array<T, D>> for Array {
    /// Takes the array; its elements are moved if they lie in column-major order, as vectors do.
    fn from(array: ndarray::Array<T, D>) -> Array {
        let shape = array.shape().to_vec();
        let is_column_major = array.view().reversed_axes().is_standard_layout();
        let count = array.len();
        let vector = if is_column_major {
            let (vector, offset) = array.into_raw_vec_and_offset();
            match offset {
                None | Some(0) if vector.len() == count => vector,
                offset => vector[offset.unwrap_or(0)..][..count].to_vec(),
            }
        } else {
            array.reversed_axes().iter().cloned().collect()
        };
        Array::of(shape, vector).expect("an array has as many elements as its shape says")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis, Slice, array};

    use super::*;

    #[test]
    fn arrays_keep_their_meaning_in_every_layout() {
        let rows: Array2<f64> = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let stored = Array::from(rows.clone());
        assert_eq!(stored.as_slice::<f64>(), Some(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0][..]));
        assert_eq!(stored.into_ndarray::<f64>(), Ok(rows.clone().into_dyn()));
        let turned = Array::from(rows.clone().reversed_axes());
        assert_eq!((turned.shape(), turned.as_slice::<f64>()), (&[3, 2][..], Some(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0][..])));
        let sliced = |mut array: ArrayD<f64>, axis: usize, slice: Slice| {
            array.slice_axis_inplace(Axis(axis), slice);
            array
        };
        let part = sliced(rows.into_dyn(), 1, Slice::from(1..));
        assert_eq!(Array::from(part.clone()).into_ndarray::<f64>(), Ok(part));
        let line = || array![1.0, 2.0, 3.0].into_dyn();
        assert_eq!(Array::from(sliced(line(), 0, Slice::new(0, None, -1))).as_slice::<f64>(), Some(&[3.0, 2.0, 1.0][..]));
        assert_eq!(Array::from(sliced(line(), 0, Slice::from(1..))).as_slice::<f64>(), Some(&[2.0, 3.0][..]));
        let empty: Array2<i16> = Array2::zeros((0, 4));
        assert_eq!(Array::from(empty).shape(), [0, 4]);
    }

    #[test]
    fn vectors_are_moved() {
        let vector = vec![1.0f32; 1000];
        let place = vector.as_ptr();
        let array = Array::of(vec![10, 100], vector).expect("they fit").into_ndarray::<f32>().expect("floats");
        assert_eq!(array.as_ptr(), place);
        let back = Array::from(array);
        assert_eq!(back.as_slice::<f32>().expect("floats").as_ptr(), place);
    }

    #[test]
    fn another_type_is_named() {
        let complex = Array::complex(vec![1], vec![1.0].into(), vec![2.0].into()).expect("one number");
        assert_eq!(complex.view::<f64>().expect_err("two parts").to_string(), "the elements are complex128, not f64");
        let wide = Array::vector(vec![1i64].into());
        assert_eq!(wide.into_ndarray::<i32>().expect_err("too wide").to_string(), "the elements are int64, not i32");
    }
}
