//! The one table of codes. Bands: DJ00xx syntax, 01xx declarations, 02xx names and references, 03xx lints, 04xx dialect and
//! generation, 05xx migration, 06xx drift, 07xx import, 08xx project. Numbers are never reused; each has a page in `docs/codes/`.

use super::{Code, Level};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal $slug:literal $level:ident $title:literal;)*) => {
        $(
            #[doc = $title]
            pub static $name: Code = Code { id: $id, slug: $slug, level: Level::$level, title: $title };
        )*
        /// Every code, in order of number.
        pub static CODES: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    SYNTAX = "DJ0001" "syntax" Error "text that fits no rule of the language";
}
