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
    NOT_FORMATTED = "DJ0090" "not-formatted" Warning "a file that `djc fmt` would change";

    // What a server or datajoint cannot hold: src/problems.rs.
    COLUMN_TYPE = "DJ0420" "column-type" Error "a type that the server does not have";
    STRING_TOO_LONG = "DJ0421" "string-too-long" Error "a text type longer than the server's columns";
    NAME_TOO_LONG = "DJ0422" "name-too-long" Error "a name longer than datajoint or the server allows";
    STORED_TWICE = "DJ0423" "stored-twice" Error "two tables of one physical schema with one stored name";
    SCHEMA_LETTER_CASE = "DJ0424" "schema-letter-case" Error "schemas whose names differ only in letter case";
    KEY_TYPE = "DJ0425" "key-type" Error "a type that cannot be in a key or an index";
    INDEX_TOO_WIDE = "DJ0426" "index-too-wide" Error "a key or index of more bytes than the server takes";
    INDEX_TOO_MANY_COLUMNS = "DJ0427" "index-too-many-columns" Error "a key or index of more columns than the server takes";
    ROW_TOO_LARGE = "DJ0428" "row-too-large" Error "a row of more bytes than the server takes";
    SECOND_AUTO_INCREMENT = "DJ0429" "second-auto-increment" Error "a second attribute that the server numbers";
    AUTO_INCREMENT_NOT_KEY = "DJ0430" "auto-increment-not-key" Error "a numbered attribute that no key or index begins with";
    DEFAULT_VALUE = "DJ0431" "default-value" Error "a default that is no value of its type";
    COMMENT_TOO_LONG = "DJ0432" "comment-too-long" Error "a comment longer than the server keeps";
    FOREIGN_KEY_TYPE = "DJ0433" "foreign-key-type" Error "a reference whose attribute has another type than its parent's";
    FOREIGN_KEY_CHARSET = "DJ0434" "foreign-key-charset" Error "a reference of text between two charsets";
    INDEX_COLUMNS = "DJ0435" "index-columns" Error "an index over attributes that the table lacks, or over one twice, or over none";
    INDEX_EXPRESSION = "DJ0436" "index-expression" Error "an index over an expression that the server cannot index";
    ENUM_DUPLICATE = "DJ0437" "enum-duplicate" Error "an enum with one value twice";
    ENUM_VALUE_TOO_LONG = "DJ0438" "enum-value-too-long" Error "an enum value longer than the server takes";
    STORE_NOT_CONFIGURED = "DJ0439" "store-not-configured" Error "an attribute in a store that djc.toml does not know";
    MODERN_UNDER_CLASSIC = "DJ0440" "modern-under-classic" Error "a datajoint 2 table under a table of datajoint 0.14";
    CLASSIC_UNDER_MODERN = "DJ0441" "classic-under-modern" Error "a datajoint 0.14 table under a parent that 0.14 cannot read";
}
