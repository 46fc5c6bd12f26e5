//! Rust types that elements of an array have.

use super::{Array, Elements, ShapeError};

/// A type that arrays of DataJoint have elements of.
///
/// Nothing else can be one: what numpy and MATLAB store is a closed list. `Char` and `DateTime64` have the Rust types of plain numbers, and
/// are not taken for such.
pub trait Element: Clone + sealed::Sealed + 'static {
    /// Returns the elements, if they are of this type.
    fn slice(elements: &Elements) -> Option<&[Self]>;

    /// Returns the vector of the elements as it is, if they are of this type.
    ///
    /// # Errors
    /// Elements of another type come back.
    fn take(elements: Elements) -> Result<Vec<Self>, Elements>;

    /// Returns elements with this vector as it is.
    fn wrap(vector: Vec<Self>) -> Elements;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! elements {
    ($($element:ty => $variant:ident),* $(,)?) => {$(
        impl sealed::Sealed for $element {}

        impl Element for $element {
            fn slice(elements: &Elements) -> Option<&[Self]> {
                if let Elements::$variant(vector) = elements { Some(vector) } else { None }
            }

            fn take(elements: Elements) -> Result<Vec<Self>, Elements> {
                if let Elements::$variant(vector) = elements { Ok(vector) } else { Err(elements) }
            }

            fn wrap(vector: Vec<Self>) -> Elements {
                Elements::$variant(vector)
            }
        }
    )*};
}

elements! {
    bool => Bool, f64 => Float64, f32 => Float32, i8 => Int8, u8 => UInt8, i16 => Int16, u16 => UInt16,
    i32 => Int32, u32 => UInt32, i64 => Int64, u64 => UInt64,
}

impl Array {
    /// Returns the elements in column-major order, if they are of this type and the array is not complex.
    ///
    /// ```
    /// use djc_core::value::Array;
    /// let trace = Array::vector(vec![1.5f32, 2.5].into());
    /// assert_eq!(trace.as_slice::<f32>(), Some(&[1.5, 2.5][..]));
    /// assert_eq!(trace.as_slice::<f64>(), None);
    /// ```
    pub fn as_slice<T: Element>(&self) -> Option<&[T]> {
        if self.imaginary().is_some() { None } else { T::slice(self.elements()) }
    }

    /// Returns the array of this shape with the vector, which is not copied, as its elements in column-major order.
    ///
    /// # Errors
    /// The shape must hold as many elements as there are.
    pub fn of<T: Element>(shape: Vec<usize>, vector: Vec<T>) -> Result<Array, ShapeError> {
        Array::new(shape, T::wrap(vector))
    }
}
