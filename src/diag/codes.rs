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
    HASH_AT_COMMENT_END = "DJ0029" "hash-at-comment-end" Note "a `#` at the end of a comment, which datajoint removes";
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
    CONTENTS_VALUE = "DJ0133" "contents-value" Error "a value of contents that does not fit its type";

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

    // Lints: one file each in src/check/rules. `cargo xtask new-rule` adds a line at their end.
    FLOAT_IN_KEY = "DJ0301" "float-in-key" Warning "a floating-point number in a key";
    WIDE_KEY = "DJ0302" "wide-key" Note "a key of many attributes";
    PART_WITHOUT_MASTER = "DJ0303" "part-without-master" Warning "a part that does not refer to its master";
    LONG_NAME = "DJ0304" "long-name" Warning "a stored name that leaves no room for its job table";
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
    INTEGER_ALIAS = "DJ0338" "integer-alias" Warning "an integer of 0.14 whose name means another size elsewhere";
    SINGLETON = "DJ0340" "singleton" Warning "a table of generation 2 that can hold one row only";
    NULLABLE_WITHOUT_EFFECT = "DJ0341" "nullable-without-effect" Warning "`[nullable]` where nothing can become nullable";
    TYPE_SPELLING = "DJ0342" "type-spelling" Warning "a spelling of a core type that datajoint 2 cannot declare";
    FUNCTION_DEFAULT = "DJ0343" "function-default" Warning "a default that looks like a function";
    BOOL_DEFAULT = "DJ0344" "bool-default" Warning "`true` or `false` as a default";
    DUPLICATE_INDEX = "DJ0346" "duplicate-index" Warning "the same index twice";
    SERVER_ONLY_INDEX = "DJ0347" "server-only-index" Note "an index that not every server has";

    // Dialect and generation: types, as src/resolve reads them; what a server or datajoint cannot hold, src/problems.rs.
    UNSUPPORTED_TYPE = "DJ0401" "unsupported-type" Error "a type that this generation of DataJoint does not have";
    CORE_TYPE_SPELLING = "DJ0402" "core-type-spelling" Error "a type that datajoint 2 recognises and then fails on";
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

    // Why a change cannot be planned: src/migrate/refusal.rs.
    NEEDS_FILL = "DJ0510" "needs-fill" Error "a new attribute without a value for rows that are there";
    UNCONVERTIBLE = "DJ0511" "unconvertible" Error "a type that the old values cannot become";
    FOREIGN_REFERRER = "DJ0512" "foreign-referrer" Error "a table of somebody else that refers to what changes";
    GENERATION_CHANGED = "DJ0513" "generation-changed" Error "a table that goes over to the other generation of DataJoint";
    RELATION_CHANGED = "DJ0514" "relation-changed" Error "a table that becomes a view, or the reverse";

    // The files of migrations: src/migrate.
    SUSPECTED_RENAME = "DJ0530" "suspected-rename" Error "something new that looks like something that is gone";
    RENAME_UNKNOWN = "DJ0531" "rename-unknown" Error "a rename of something that was not there, or is not there";
    HISTORY_UNREADABLE = "DJ0540" "history-unreadable" Error "a file of a migration that cannot be read";
    HISTORY_NEWER = "DJ0541" "history-newer" Error "a file of a migration that a newer djc wrote";
    HISTORY_EDITED = "DJ0542" "history-edited" Error "a file of a migration that is not as it was sealed";
    HISTORY_MISSING = "DJ0543" "history-missing" Error "a migration, or a file of one, that is not there";
    HISTORY_REORDERED = "DJ0544" "history-reordered" Error "migrations whose names say another order than the chain";
    HISTORY_HEADS = "DJ0545" "history-heads" Error "two migrations that follow one: branches that were merged";
    HISTORY_NUMBER = "DJ0546" "history-number" Error "one number before two migrations";
    HISTORY_SQL_EDITED = "DJ0547" "history-sql-edited" Error "SQL of a migration that somebody edited";
    HISTORY_SQL_STALE = "DJ0548" "history-sql-stale" Warning "SQL of a migration that djc would write otherwise now";
    HISTORY_STATE = "DJ0549" "history-state" Error "a migration whose steps do not lead to its state";
    HAND_STEP = "DJ0550" "hand-step" Error "a hand-written step that cannot run";
    HISTORY_USED = "DJ0551" "history-used" Error "a history below that is not as a migration knew it";
    REBASE_CONFLICT = "DJ0552" "rebase-conflict" Error "two branches that change one thing";

    // Migrations on a server: src/commands/migrate.
    MIGRATION_EDITED = "DJ0560" "migration-edited" Error "a migration that is not the one that was applied";
    DATABASE_AHEAD = "DJ0561" "database-ahead" Error "a database with migrations that the files do not have";
    LEDGER_BROKEN = "DJ0562" "ledger-broken" Error "a ledger that says what cannot be";
    TABLES_DRIFTED = "DJ0563" "tables-drifted" Error "tables that are not as a migration expects them";
    ROWS_IN_THE_WAY = "DJ0564" "rows-in-the-way" Error "rows that break a migration";
    STEP_NOT_ALLOWED = "DJ0565" "step-not-allowed" Error "a step that runs only when it is allowed by name";
    MISSING_GRANTS = "DJ0566" "missing-grants" Error "rights that a migration needs and the account lacks";
    UNSEEN_REFERENCES = "DJ0567" "unseen-references" Error "a table that changes, and references to it that the account may not see";
    OUTSIDE_DEPENDANTS = "DJ0568" "outside-dependants" Error "tables outside of the history that depend on what changes";
    LEDGER_LOCKED = "DJ0569" "ledger-locked" Error "another run that works with the same ledger";
    LOCK_NOT_HAD = "DJ0570" "lock-not-had" Error "a step that did not get its lock";
    RUN_CUT_OFF = "DJ0571" "run-cut-off" Error "a connection that broke in the middle of a migration";
    SERVER_FULL = "DJ0572" "server-full" Error "a server without room for a step";
    HAND_STEP_FAILED = "DJ0573" "hand-step-failed" Error "a hand-written step that failed, or that its check does not find done";
    STEP_REFUSED = "DJ0574" "step-refused" Error "a step that the server refused";
    NO_WAY_BACK = "DJ0575" "no-way-back" Error "a rollback over what cannot be undone";
    BASELINE_DIFFERS = "DJ0576" "baseline-differs" Error "a database that is not what its baseline says";
    RUN_UNFINISHED = "DJ0577" "run-unfinished" Error "a migration that stopped halfway";
    NO_LEDGER = "DJ0578" "no-ledger" Error "tables without a record of the migrations that made them";
    SCRATCH_DIFFERS = "DJ0580" "scratch-differs" Error "a migration that does not lead to its state";
    SCRATCH_FAILED = "DJ0581" "scratch-failed" Error "a migration that fails on an empty database";

    // Migrations: rows of contents and fills, src/migrate/contents.rs and src/resolve/annotation.rs.
    CONTENTS_UNWRITABLE = "DJ0590" "contents-unwritable" Error "a row of contents that a migration cannot write on the server";
    FILL_VALUE = "DJ0591" "fill-value" Error "a value of @fill that does not fit its type";

    // Drift: src/drift, except for the first, which `djc deploy` reports.
    TABLE_DIFFERS = "DJ0601" "table-differs" Warning "a table that exists and is not as declared";
    SCHEMA_MISSING = "DJ0602" "schema-missing" Error "a schema that the database lacks";
    TABLE_MISSING = "DJ0603" "table-missing" Error "a table that the database lacks";
    UNDECLARED_TABLE = "DJ0604" "undeclared-table" Warning "a table of the database that no source declares";
    TABLE_TIER = "DJ0605" "table-tier" Error "a table that has another tier in the database";
    TABLE_RENAMED = "DJ0606" "table-renamed" Error "a table that probably has another name in the database";
    STRAY_PART = "DJ0607" "stray-part" Error "parts in the database without their master";
    TABLE_KIND = "DJ0608" "table-kind" Error "a view in the place of a table";
    UNDECLARED_SCHEMA = "DJ0609" "undeclared-schema" Warning "a schema of the database that no source declares";
    ATTRIBUTE_MISSING = "DJ0610" "attribute-missing" Error "an attribute that the database lacks";
    UNDECLARED_ATTRIBUTE = "DJ0611" "undeclared-attribute" Warning "an attribute of the database that is not declared";
    ATTRIBUTE_RENAMED = "DJ0612" "attribute-renamed" Error "an attribute that probably has another name in the database";
    ATTRIBUTE_SECTION = "DJ0613" "attribute-section" Error "an attribute that is in the primary key on one side only";
    ATTRIBUTE_ORDER = "DJ0614" "attribute-order" Warning "attributes that stand in another order in the database";
    ATTRIBUTE_TYPE = "DJ0615" "attribute-type" Error "an attribute that has another type in the database";
    ATTRIBUTE_NARROWED = "DJ0616" "attribute-narrowed" Error "an attribute that holds less in the database than declared";
    TYPE_MARKER = "DJ0617" "type-marker" Error "an attribute whose marker says another type";
    ENUM_VALUES = "DJ0618" "enum-values" Warning "an enum that has other values in the database";
    ATTRIBUTE_NULLABLE = "DJ0619" "attribute-nullable" Warning "an attribute that may be NULL on one side only";
    DEFAULT_DIFFERS = "DJ0620" "default-differs" Warning "an attribute that has another default in the database";
    ATTRIBUTE_COMMENT = "DJ0621" "attribute-comment" Note "an attribute that has another comment in the database";
    AUTO_INCREMENT = "DJ0622" "auto-increment" Warning "an attribute that the server numbers on one side only";
    ON_UPDATE = "DJ0623" "on-update" Warning "an attribute that changes otherwise when its row is updated";
    KEY_ORDER = "DJ0624" "key-order" Warning "a primary key that has another order in the database";
    PRIMARY_KEY = "DJ0625" "primary-key" Error "a table without its primary key";
    REFERENCE_MISSING = "DJ0630" "reference-missing" Error "a reference without its foreign key in the database";
    UNDECLARED_REFERENCE = "DJ0631" "undeclared-reference" Warning "a foreign key of the database that is not declared";
    REFERENCE_TARGET_DIFFERS = "DJ0632" "reference-target-differs" Error "a foreign key that refers to another table";
    VESTIGIAL_REFERENCE = "DJ0633" "vestigial-reference" Error "a foreign key that refers to a table no source declares";
    REFERENCE_ACTIONS = "DJ0634" "reference-actions" Warning "a foreign key that acts otherwise on delete or update";
    REFERENCE_ATTRIBUTES = "DJ0635" "reference-attributes" Error "a foreign key over other attributes";
    INDEX_MISSING = "DJ0636" "index-missing" Warning "an index that the database lacks";
    UNDECLARED_INDEX = "DJ0637" "undeclared-index" Warning "an index of the database that is not declared";
    INDEX_DIFFERS = "DJ0638" "index-differs" Warning "an index that differs in the database";
    TABLE_COMMENT = "DJ0640" "table-comment" Note "a table that has another comment in the database";
    COMMENT_ENCODING = "DJ0641" "comment-encoding" Warning "comments that were encoded twice";
    SCHEMA_CHARSET = "DJ0642" "schema-charset" Warning "a schema that has another charset in the database";
    COLUMN_CHARSET = "DJ0643" "column-charset" Warning "a table or attribute that has another charset in the database";
    TABLE_ENGINE = "DJ0644" "table-engine" Error "a table that has another storage engine";
    LINEAGE_MISSING = "DJ0646" "lineage-missing" Warning "a schema of generation 2 without lineage";
    LINEAGE_DIFFERS = "DJ0647" "lineage-differs" Warning "rows of `~lineage` that are missing or wrong";
    GENERATION_MIX = "DJ0650" "generation-mix" Warning "a table that belongs to the other generation of datajoint";
    GENERATION_CASCADE = "DJ0651" "generation-cascade" Error "a table whose deletes fail on a child of datajoint 2";
    NOT_SEEN = "DJ0652" "not-seen" Error "something that the account may not see";
    DRIFT_SETTLED = "DJ0653" "drift-settled" Note "known drift that is no more";
    UNRECORDED_TABLE = "DJ0654" "unrecorded-table" Warning "a table of an SQLite file that djc has no record of";

    // Pull: src/import/database.
    NOT_DATAJOINT = "DJ0660" "not-datajoint" Note "a view, or a table that is none of DataJoint's, in a database that is read";
    TABLE_LEFT_OUT = "DJ0661" "table-left-out" Error "a table of a database that no file can declare";
    UNSAYABLE_COLUMN = "DJ0662" "unsayable-column" Error "a column of a database that no attribute line can say";
    UNSAYABLE_REFERENCE = "DJ0663" "unsayable-reference" Error "a foreign key of a database that no arrow can say";
    INEXACT_TABLE = "DJ0664" "inexact-table" Error "a table of a database that a file can only say nearly";
    INEXACT_DETAIL = "DJ0665" "inexact-detail" Note "a comment, engine or collation of a database that no file carries over";
    MIXED_GENERATIONS = "DJ0666" "mixed-generations" Warning "a schema with tables of both generations";
    UNSEEN_PARENT = "DJ0667" "unseen-parent" Warning "a table that others refer to and that the account may not see";
    UNSEEN = "DJ0668" "unseen" Warning "something that the account may not see, and the grant that shows it";

    // Import.
    PYTHON_SYNTAX = "DJ0701" "python-syntax" Error "a Python file, or a notebook, that cannot be read whole";
    RUN_TIME_DEFINITION = "DJ0702" "run-time-definition" Error "a definition that only running the code can tell";
    TABLE_WITHOUT_SCHEMA = "DJ0703" "table-without-schema" Error "a table class whose schema cannot be told";
    TABLE_CLASS_PLACE = "DJ0704" "table-class-place" Error "a table class in a place where it cannot be read";
    CLASS_TWICE = "DJ0705" "class-twice" Error "two table classes of one name in one schema";
    RUN_TIME_CONTENTS = "DJ0706" "run-time-contents" Warning "contents that only running the code can tell";
    RUN_TIME_ATTRIBUTE = "DJ0707" "run-time-attribute" Note "a key source, or a file table, that only running the code can tell";
    ASSUMED_SCHEMA_NAME = "DJ0708" "assumed-schema-name" Warning "a schema name that is known when the code runs";
    UNREAD_TABLE = "DJ0709" "unread-table" Error "a reference to a table that the sources do not declare";
    LINKED_TABLE = "DJ0710" "linked-table" Note "a name that only a linking module knows";
    LEGACY_TRANSLATED = "DJ0711" "legacy-translated" Note "a reference of old DataJoint, written as a projection";
    NO_TABLE_CLASSES = "DJ0712" "no-table-classes" Warning "sources without a table class";
    UNKNOWN_BASE = "DJ0713" "unknown-base" Error "a class in a schema of which no base is known to be a table";
    RUN_TIME_ANNOTATIONS = "DJ0714" "run-time-annotations" Error "annotations that only running the code can tell";
    UNUSED_DECISION = "DJ0715" "unused-decision" Warning "a decision on the command line that decides nothing";
    MATLAB_TIER = "DJ0720" "matlab-tier" Error "a MATLAB class whose tier cannot be told";
    MATLAB_JOBS = "DJ0721" "matlab-jobs" Note "a table of reserved jobs, which datajoint makes itself";
    MATLAB_BLOCK = "DJ0722" "matlab-block" Error "a definition in a MATLAB comment that has no end";
    MATLAB_ENCODING = "DJ0723" "matlab-encoding" Note "a MATLAB file that is not UTF-8";

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

    // The settings of datajoint: core/src/settings, runtime/src/config.
    SETTINGS_SYNTAX = "DJ0811" "settings-syntax" Warning "settings of datajoint that are no JSON object";
    SETTINGS_KEY = "DJ0812" "settings-key" Note "a setting that datajoint does not know";
    SETTINGS_VALUE = "DJ0813" "settings-value" Warning "a setting of datajoint with a value that does not fit";
    SETTINGS_EXPOSED = "DJ0814" "settings-exposed" Warning "a password that other users of the machine can read";
    SETTINGS_SHADOWED = "DJ0815" "settings-shadowed" Note "settings of both generations of datajoint";
    SETTINGS_VARIABLE = "DJ0816" "settings-variable" Note "a variable that this generation of datajoint does not read";
    SETTINGS_UNREADABLE = "DJ0817" "settings-unreadable" Warning "settings of datajoint that cannot be read";
    STORE_PREFIXES = "DJ0818" "store-prefixes" Warning "sections of a store that lie in each other";

    // What is generated: src/codegen.
    PYTHON_GENERATIONS = "DJ0820" "python-generations" Error "one Python package for two generations of DataJoint";
    PYTHON_NAME = "DJ0821" "python-name" Error "a name that Python does not allow";
    MODULE_CYCLE = "DJ0822" "module-cycle" Error "schemas whose Python modules would import each other";
    CLASS_CYCLE = "DJ0823" "class-cycle" Error "tables whose Python classes would need each other";
    // Patches: src/patch.
    PATCH_PLACE = "DJ0830" "patch-place" Warning "an edit of a text that does not stand in one literal";
    PATCH_SHARED = "DJ0831" "patch-shared" Warning "an edit of a text that other tables share";
    PATCH_SPELLING = "DJ0832" "patch-spelling" Warning "an edit that the kind of its literal cannot express";
    PATCH_NOTEBOOK = "DJ0833" "patch-notebook" Warning "an edit of a definition in a notebook";
    PATCH_THROWN_AWAY = "DJ0834" "patch-thrown-away" Error "a patch that would bring an error or another meaning";
    RENAME_CONFLICT = "DJ0835" "rename-conflict" Error "a rename that the tables below do not allow";
    RENAME_BY_HAND = "DJ0836" "rename-by-hand" Note "a place outside of definitions that says the old name";
    RENAME_CLASS = "DJ0837" "rename-class" Error "a rename of a class in Python, which a person must do";

    // Deletes: src/commands/delete.
    DELETE_TABLE = "DJ0840" "delete-table" Error "a table that `djc delete` does not find";
    DELETE_RESTRICTION = "DJ0841" "delete-restriction" Error "a restriction that says nothing of the table";
    DELETE_PART = "DJ0842" "delete-part" Error "rows of a part that would go without their master's";
    DELETE_UNASKED = "DJ0843" "delete-unasked" Error "a delete that nobody can be asked about";
    DELETE_HELD = "DJ0844" "delete-held" Error "rows that others hold which the account may not delete";
    DELETE_CHANGED = "DJ0845" "delete-changed" Error "rows that came or went since they were counted";
    DELETE_ALL = "DJ0846" "delete-all" Error "a delete without a restriction";
    DELETE_UNSEEN = "DJ0847" "delete-unseen" Warning "tables below that the account does not see";
    DELETE_CIRCLE = "DJ0848" "delete-circle" Error "a delete that has no right order";
    DELETE_LOCKED = "DJ0849" "delete-locked" Error "rows that another session works on";
    // Rust: src/codegen/rust.
    RUST_FIELD_TYPE = "DJ0850" "rust-field-type" Error "a type of your own for an attribute that cannot have one";
}
