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
    // Syntax: src/parser.
    SYNTAX = "DJ0001" "syntax" Error "text that fits no rule of the language";
    ATTRIBUTE_SYNTAX = "DJ0002" "attribute-syntax" Error "a line that is no attribute: name, perhaps a default, colon, type";
    REFERENCE_SYNTAX = "DJ0003" "reference-syntax" Error "an arrow that does not stand at the head of its line";
    LEGACY_REFERENCE = "DJ0004" "legacy-reference" Error "the reference syntax of old DataJoint: names before the arrow";
    REFERENCE_TARGET = "DJ0005" "reference-target" Error "an arrow that is not followed by a table";
    REFERENCE_EXPRESSION = "DJ0006" "reference-expression" Error "an arrow that points at something other than a table or its projection";
    INDEX_SYNTAX = "DJ0007" "index-syntax" Error "an index line without its list of attributes";
    ATTRIBUTE_COMMENT_COLON = "DJ0008" "attribute-comment-colon" Error "an attribute's comment that begins with a colon";
    TABLE_COMMENT_COLON = "DJ0009" "table-comment-colon" Error "a table's comment that begins with a colon";
    UNCLOSED_BLOCK = "DJ0010" "unclosed-block" Error "a table without its closing brace";
    STRAY_BRACE = "DJ0011" "stray-brace" Error "a closing brace, or text beside one, that belongs to nothing";
    TABLE_HEAD = "DJ0012" "table-head" Error "the first line of a table: tier, name, opening brace";
    TABLE_NAME = "DJ0013" "table-name-case" Error "a table name that does not begin with a capital letter";
    UNKNOWN_TIER = "DJ0014" "unknown-tier" Error "a word that is no tier in front of a table";
    PART_PLACE = "DJ0015" "part-place" Error "a part that does not stand directly inside its master";
    SCHEMA_LINE = "DJ0016" "schema-line" Error "a schema line that cannot be read";
    DUPLICATE_SCHEMA = "DJ0017" "duplicate-schema" Error "a second schema line in one file";
    MISSING_SCHEMA = "DJ0018" "missing-schema" Error "a file that does not say which schema it declares";
    USE_LINE = "DJ0019" "use-line" Error "a use line that cannot be read";
    ANNOTATION_SYNTAX = "DJ0020" "annotation-syntax" Error "an annotation that cannot be read";
    DANGLING_ANNOTATION = "DJ0021" "dangling-annotation" Error "an annotation with no table below it";
    CONTENTS_SYNTAX = "DJ0022" "contents-syntax" Error "brackets, commas or rows of contents that do not fit";
    LITERAL_SYNTAX = "DJ0023" "literal-syntax" Error "a value in contents that is no Python or JSON literal";
    HOST_LANGUAGE_TEXT = "DJ0024" "host-language-text" Error "Python or MATLAB around a pasted definition";
    NOT_TEXT = "DJ0025" "not-text" Error "a file that is no text, or too long to be one";
    NESTING_DEPTH = "DJ0026" "nesting-depth" Error "brackets nested too deeply";
    HASH_IN_DEFAULT = "DJ0027" "hash-in-default" Warning "a `#` that is part of a default instead of beginning a comment";
    TOO_MANY_ERRORS = "DJ0028" "too-many-errors" Error "so many errors in one file that the rest is not listed";
    NOT_FORMATTED = "DJ0090" "not-formatted" Warning "a file that `djc fmt` would change";

    // Declarations: src/resolve.
    CLASS_NAME = "DJ0101" "class-name" Error "a table name that datajoint refuses";
    CLASS_NAME_UNDERSCORE = "DJ0102" "class-name-underscore" Warning "an underscore in a table name, which generation 2 deletes";
    ATTRIBUTE_NAME = "DJ0103" "attribute-name" Error "an attribute name that datajoint refuses";
    RESERVED_UNDERSCORE = "DJ0104" "reserved-underscore" Error "a name or separator that generation 2 keeps for itself";
    INDEX_ATTRIBUTE = "DJ0105" "index-attribute" Error "an attribute that datajoint 0.14 takes for an index line";
    UNDERSCORE_SEPARATOR = "DJ0106" "underscore-separator" Error "a separator of underscores in generation 2";
    DUPLICATE_MODULE = "DJ0107" "duplicate-module" Error "two files that declare one schema";
    DUPLICATE_TABLE = "DJ0108" "duplicate-table" Error "two tables of one name";
    SAME_STORED_TABLE = "DJ0109" "same-stored-table" Error "two tables that would be one table in the database";
    NULLABLE_KEY = "DJ0110" "nullable-key" Error "a key attribute that may be NULL";
    BLOB_DEFAULT = "DJ0111" "blob-default" Error "a blob or attachment with a default";
    NO_PRIMARY_KEY = "DJ0112" "no-primary-key" Error "a table without key attributes in 0.14";
    INVALID_DEFAULT_TEXT = "DJ0113" "default-syntax" Error "a default that cannot be read";
    INDEX_ARGUMENT = "DJ0114" "index-argument" Error "an index over something that the table does not have";
    UNKNOWN_ANNOTATION = "DJ0120" "unknown-annotation" Error "an annotation that does not exist";
    ANNOTATION_ARGUMENT = "DJ0121" "annotation-argument" Error "an annotation with the wrong arguments";
    ANNOTATION_PLACE = "DJ0122" "annotation-place" Error "an annotation on a table that it does not fit";
    MERGE_BODY = "DJ0123" "merge-body" Error "a merge table with a body of its own";
    CONTENTS_ROW = "DJ0130" "contents-row" Error "a row of contents with the wrong number of values";
    CONTENTS_ATTRIBUTE = "DJ0131" "contents-attribute" Error "a row of contents that names an attribute the table lacks, or lacks one that must be given";
    CONTENTS_DUPLICATE = "DJ0132" "contents-duplicate" Error "two rows of contents with one key";

    // Names and references: src/resolve.
    UNKNOWN_TABLE = "DJ0201" "unknown-table" Error "a table that does not exist";
    UNKNOWN_MODULE = "DJ0202" "unknown-module" Error "a module that does not exist";
    MODULE_NOT_USED = "DJ0203" "module-not-used" Error "a table or module that exists and is not brought in";
    SELF_REFERENCE = "DJ0204" "self-reference" Error "a table that refers to itself";
    REFERENCE_CYCLE = "DJ0205" "reference-cycle" Error "tables that refer to each other in a circle";
    REFERENCE_OPTION = "DJ0206" "reference-option" Error "an option of a reference that does not exist";
    NULLABLE_KEY_REFERENCE = "DJ0207" "nullable-key-reference" Error "a nullable reference in the key";
    PROJECTION_ATTRIBUTE = "DJ0208" "projection-attribute" Error "a projection of an attribute that the parent lacks";
    PROJECTION_CLASH = "DJ0209" "projection-clash" Error "a projection that gives two attributes one name, or one attribute two";
    NO_MASTER = "DJ0210" "no-master" Error "`master` outside of a part";
    SINGLETON_PARENT = "DJ0211" "singleton-parent" Error "a reference to a table without key attributes";
    AMBIGUOUS_USE = "DJ0212" "ambiguous-use" Error "one name that is brought in twice";

    // Dialect and generation: types, as src/resolve reads them; what a server or datajoint cannot hold, src/problems.rs.
    UNSUPPORTED_TYPE = "DJ0401" "unsupported-type" Error "a type that this generation of DataJoint does not have";
    CORE_TYPE_SPELLING = "DJ0402" "core-type-spelling" Error "a core type of generation 2 in a spelling that fails";
    CODEC_UNKNOWN = "DJ0403" "codec-unknown" Error "a codec or adapter that nothing defines";
    CODEC_NEEDS_STORE = "DJ0404" "codec-needs-store" Error "a codec that keeps its data in a store, without `@`";
    ADAPTED_DISABLED = "DJ0405" "adapted-disabled" Error "an adapted type while 0.14's switch for them is off";
    FILEPATH_DISABLED = "DJ0406" "filepath-disabled" Error "a `filepath@store` while 0.14's switch for them is off";
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

    // The project around the sources: src/config, src/project.rs.
    UNSET_VARIABLE = "DJ0801" "unset-variable" Error "a variable of a schema name that nothing sets";
    CONFIG_SYNTAX = "DJ0802" "config-syntax" Error "a djc.toml that is not TOML";
    CONFIG_KEY = "DJ0803" "config-key" Error "a key of djc.toml that does not exist";
    CONFIG_VALUE = "DJ0804" "config-value" Error "a value in djc.toml that does not fit its key";
    UNREADABLE_SOURCE = "DJ0805" "unreadable-source" Error "a source file that cannot be read";
    SOURCE_NOT_TEXT = "DJ0806" "source-not-text" Error "a source file that is not UTF-8 text";
    SOURCE_TOO_LARGE = "DJ0807" "source-too-large" Error "a source file that is too large";
    NO_SOURCES = "DJ0808" "no-sources" Warning "a pattern of `sources` that no file matches";
    SOURCE_KIND = "DJ0809" "source-kind" Error "a source file of a kind that is not read here";
    CONFIG_UNUSED_SCHEMA = "DJ0810" "config-unused-schema" Warning "settings of a schema that no file declares";
}
