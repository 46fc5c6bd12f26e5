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

    // Lints: one file each in src/check/rules. `cargo xtask new-rule` adds a line at their end.
    FLOAT_IN_KEY = "DJ0301" "float-in-key" Warning "a floating-point number in a key";
    WIDE_KEY = "DJ0302" "wide-key" Note "a key of many attributes";
    PART_WITHOUT_MASTER = "DJ0303" "part-without-master" Warning "a part that does not refer to its master";
    LONG_NAME = "DJ0304" "long-name" Warning "a stored name that leaves no room for names derived from it";
    OWN_KEY_IN_COMPUTED = "DJ0305" "own-key-in-computed" Warning "a populated table whose key has attributes of its own";
    UNPOPULATABLE = "DJ0306" "unpopulatable" Warning "a populated table without a reference in its key";
    UNUSED_USE = "DJ0307" "unused-use" Warning "a name that is brought in and not used";
    NULLABLE_IN_UNIQUE = "DJ0308" "nullable-in-unique" Warning "a unique index over an attribute that may be NULL";
    RESERVED_WORD = "DJ0309" "reserved-word" Note "a reserved word of SQL as an attribute name";
    ENUM_DOUBLE_QUOTES = "DJ0310" "enum-double-quotes" Warning "enum values in double quotes";
    PERCENT = "DJ0311" "percent" Warning "`%` in a comment, default or enum value";
    BRACES = "DJ0312" "braces" Warning "braces in a comment, default or enum value of 0.14";
    BACKSLASH = "DJ0313" "backslash" Warning "a backslash in a comment, default or enum value";
    QUOTE_IN_COMMENT = "DJ0314" "quote-in-comment" Warning "a double quote in a comment that datajoint copies unescaped";
    DUPLICATE_ATTRIBUTE = "DJ0315" "duplicate-attribute" Warning "an attribute line that datajoint drops";
    SHADOWED_ATTRIBUTE = "DJ0316" "shadowed-attribute" Warning "an attribute declared by hand and supplied by a reference";
    DUPLICATE_REFERENCE = "DJ0317" "duplicate-reference" Warning "the same reference twice";
    HOMONYM = "DJ0318" "homonym" Warning "one column for two unrelated attributes of parents";
    PROJ_WITHOUT_EFFECT = "DJ0319" "proj-without-effect" Warning "an argument of `.proj` without effect";
    MYSQL_ONLY_TYPE = "DJ0320" "mysql-only-type" Note "a type of generation 2 that PostgreSQL lacks";
    NATIVE_TYPE = "DJ0321" "native-type" Note "a native type where generation 2 has a core type";
    RAW_BLOB = "DJ0322" "raw-blob" Warning "a native blob in generation 2";
    DEFAULT_ON_KEY = "DJ0323" "default-on-key" Note "a default on a key attribute that others inherit";
    WIDE_STRING_KEY = "DJ0324" "wide-string-key" Note "a text of more than 255 characters in a key";
    JOB_TABLE_KEY = "DJ0325" "job-table-key" Note "a key that generation 2's job table cannot hold";
    ENUM_MARKER = "DJ0326" "enum-marker" Warning "an enum value that datajoint 2 cannot read back";
    ENUM_SHARED_TYPE = "DJ0327" "enum-shared-type" Note "two enums that datajoint 2 gives one PostgreSQL type";
    MERGE_TABLE = "DJ0328" "merge-table" Warning "a part that does not fit its merge table";
    MERGE_LOOKALIKE = "DJ0329" "merge-lookalike" Warning "the form of a merge table without `@merge`";
    LOOKUP_WITHOUT_CONTENTS = "DJ0330" "lookup-without-contents" Allow "a lookup table without contents";
    CONTENTS_IGNORED = "DJ0331" "contents-ignored" Warning "contents that datajoint never inserts";
    JOB_TABLE_COLLISION = "DJ0332" "job-table-collision" Warning "two populated tables with one job table";
    MISSING_COMMENT = "DJ0333" "missing-comment" Allow "a table without a table comment";
    WIDE_CHARACTER = "DJ0334" "wide-character" Warning "a character that MySQL and MariaDB cannot keep in a comment";
    CODE_AS_COMMENT = "DJ0335" "code-as-comment" Warning "a line commented out that becomes the table comment";
    SCHEMA_NAME = "DJ0336" "schema-name" Warning "a schema name that datajoint or a server loses";
    LOOKUP_PART = "DJ0337" "lookup-part" Note "a part of a lookup table in 0.14";
    MIXED_GENERATIONS = "DJ0338" "mixed-generations" Warning "a reference from one generation to the other";
    UNKNOWN_STORE = "DJ0339" "unknown-store" Warning "a store that is not configured";
    SINGLETON = "DJ0340" "singleton" Warning "a table of generation 2 that can hold one row only";
    NULLABLE_WITHOUT_EFFECT = "DJ0341" "nullable-without-effect" Warning "`[nullable]` where nothing can become nullable";
    TYPE_SPELLING = "DJ0342" "type-spelling" Warning "a spelling of a core type that datajoint 2 cannot declare";
    FUNCTION_DEFAULT = "DJ0343" "function-default" Warning "a default that looks like a function";
    BOOL_DEFAULT = "DJ0344" "bool-default" Warning "`true` or `false` as a default";
    INVALID_DEFAULT = "DJ0345" "invalid-default" Error "a default that its type cannot hold";
    DUPLICATE_INDEX = "DJ0346" "duplicate-index" Warning "the same index twice";
    SERVER_ONLY_INDEX = "DJ0347" "server-only-index" Note "an index that not every server has";
    AUTO_INCREMENT = "DJ0348" "auto-increment" Error "a counter that the server does not accept";
}
