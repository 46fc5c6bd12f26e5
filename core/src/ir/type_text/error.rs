//! Why a type text was refused, and what to write instead.

use super::Generation;
use crate::nearest::nearest;

/// What to write instead of a refused type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The type text.
    pub text: String,
    /// Whether it means the same, so that a tool may put it in by itself.
    pub same_meaning: bool,
}

/// Why a type text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// No generation has this type.
    #[error("`{text}` is not a type of DataJoint")]
    Unsupported {
        /// As written.
        text: String,
        /// The nearest type, if there is one.
        replacement: Option<Replacement>,
    },
    /// The other generation has it.
    #[error("`{text}` is a type of datajoint {knows} only")]
    OtherGeneration {
        /// As written.
        text: String,
        /// The generation that has it.
        knows: Generation,
        /// What this generation calls it.
        replacement: Option<Replacement>,
    },
    /// datajoint 2 recognises the word and then has no type for it (`jsonb`).
    #[error("datajoint 2 recognises `{text}` and then fails on it")]
    CoreSpelling {
        /// As written.
        text: String,
        /// What to write instead.
        replacement: Replacement,
    },
    /// `char` or `varchar` alone.
    #[error("`{word}` needs a length")]
    LengthMissing {
        /// `char` or `varchar`.
        word: String,
    },
    /// Something in the parentheses that no server accepts.
    #[error("`{word}({arguments})`: expected {expected}")]
    Arguments {
        /// The word of the type.
        word: String,
        /// What stands in the parentheses.
        arguments: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// Something behind a complete type.
    #[error("`{rest}` behind the type means nothing")]
    TextAfter {
        /// The whole type text.
        text: String,
        /// What is too much.
        rest: String,
    },
    /// No codec of that name, generation 2.
    #[error("no codec is named `{name}`")]
    CodecUnknown {
        /// The name.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
    },
    /// The codec has no form without `@`, generation 2.
    #[error("the codec `{name}` keeps its data in a store")]
    CodecNeedsStore {
        /// The name; write `<name@>` or `<name@store>`.
        name: String,
    },
    /// Adapters are switched off, classic.
    #[error("adapted types such as `<{name}>` are switched off in datajoint 0.14")]
    AdaptedDisabled {
        /// The name.
        name: String,
        /// The classic spelling, when the name is that of a codec.
        replacement: Option<Replacement>,
    },
    /// No adapter of that name, classic.
    #[error("no adapter is named `{name}`")]
    AdapterUnknown {
        /// The name.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
        /// The classic spelling, when the name is that of a codec.
        replacement: Option<Replacement>,
    },
    /// An adapter or codec is stored as itself.
    #[error("`<{name}>` is stored as itself in the end")]
    AdapterCycle {
        /// One of the names.
        name: String,
    },
    /// `filepath@store` is switched off, classic.
    #[error("`{text}` is switched off in datajoint 0.14")]
    FilepathDisabled {
        /// As written.
        text: String,
    },
}

impl TypeError {
    /// Returns the word under which `definition-cases.json` knows this refusal.
    pub fn kind(&self) -> &'static str {
        match self {
            TypeError::Unsupported { .. }
            | TypeError::OtherGeneration { .. }
            | TypeError::LengthMissing { .. }
            | TypeError::Arguments { .. }
            | TypeError::TextAfter { .. } => "unsupported_type",
            TypeError::CoreSpelling { .. } => "core_type_spelling",
            TypeError::CodecUnknown { .. } | TypeError::AdapterUnknown { .. } | TypeError::AdapterCycle { .. } => "codec_unknown",
            TypeError::CodecNeedsStore { .. } => "codec_needs_store",
            TypeError::AdaptedDisabled { .. } => "adapted_disabled",
            TypeError::FilepathDisabled { .. } => "filepath_disabled",
        }
    }

    /// Returns what to write instead, if that is known.
    pub fn replacement(&self) -> Option<Replacement> {
        let likely = |text: String| Some(Replacement { text, same_meaning: false });
        match self {
            TypeError::Unsupported { replacement, .. }
            | TypeError::OtherGeneration { replacement, .. }
            | TypeError::AdaptedDisabled { replacement, .. } => replacement.clone(),
            TypeError::CoreSpelling { replacement, .. } => Some(replacement.clone()),
            TypeError::LengthMissing { word } => likely(format!("{word}(255)")),
            TypeError::CodecUnknown { nearest, .. } => nearest.as_ref().and_then(|name| likely(format!("<{name}>"))),
            TypeError::AdapterUnknown { nearest, replacement, .. } => {
                replacement.clone().or_else(|| nearest.as_ref().and_then(|name| likely(format!("<{name}>"))))
            }
            TypeError::CodecNeedsStore { name } => likely(format!("<{name}@>")),
            TypeError::Arguments { .. } | TypeError::AdapterCycle { .. } | TypeError::FilepathDisabled { .. } => None,
            // It only lacks its blank.
            TypeError::TextAfter { text, rest } if rest.eq_ignore_ascii_case("unsigned") && !text.contains(' ') && is_number(text) => {
                text.strip_suffix(rest.as_str()).and_then(|kept| likely(format!("{kept} {rest}")))
            }
            TypeError::TextAfter { text, rest } => text.strip_suffix(rest.as_str()).and_then(|kept| likely(kept.trim_end().to_string())),
        }
    }
}

/// Returns whether a type text begins with a word for numbers, which may be `unsigned`.
fn is_number(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let word = text[..end].to_ascii_lowercase();
    word.ends_with("int") || ["integer", "decimal", "numeric", "dec", "fixed", "float", "double", "real"].contains(&word.as_str())
}

/// What other words people write, per generation: word, the classic type, the type of generation 2.
const OTHER_WORDS: &[(&str, &str, &str)] = &[
    ("string", "varchar(255)", "varchar(255)"),
    ("str", "varchar(255)", "varchar(255)"),
    ("character", "char", "char"),
    ("nvarchar", "varchar", "varchar"),
    ("uint8", "tinyint unsigned", "int16"),
    ("uint16", "smallint unsigned", "int32"),
    ("uint32", "int unsigned", "int64"),
    ("uint64", "bigint unsigned", "int64"),
    ("int24", "mediumint", "int32"),
    ("int128", "bigint", "int64"),
    ("tinyinteger", "tinyint", "int8"),
    ("smallinteger", "smallint", "int16"),
    ("biginteger", "bigint", "int64"),
    ("bigserial", "serial", "serial"),
    ("double precision", "double", "float64"),
    ("timestamptz", "timestamp", "timestamp"),
    ("bytea", "longblob", "bytes"),
    ("binary", "longblob", "bytes"),
    ("varbinary", "longblob", "bytes"),
    ("set", "enum", "enum"),
    ("number", "double", "float64"),
    ("array", "longblob", "<blob>"),
    ("ndarray", "longblob", "<blob>"),
    ("guid", "uuid", "uuid"),
    ("file", "attach", "<attach>"),
];

/// Types of generation 2 that classic lacks: word, what classic calls it, whether that means the same.
const MODERN_ONLY: &[(&str, &str, bool)] = &[
    ("int16", "smallint", true),
    ("int32", "int", true),
    ("int64", "bigint", true),
    ("float32", "float", true),
    ("float64", "double", true),
    ("dec", "decimal", true),
    ("fixed", "decimal", true),
    ("bytes", "longblob", false),
    ("text", "varchar(255)", false),
    ("tinytext", "varchar(255)", false),
    ("mediumtext", "varchar(1000)", false),
    ("longtext", "varchar(1000)", false),
];

/// Types of classic that generation 2 lacks.
const CLASSIC_ONLY: &[(&str, &str, bool)] = &[
    ("boolean", "bool", true),
    ("int1", "int8", true),
    ("int2", "int16", true),
    ("int3", "mediumint", true),
    ("int4", "int32", true),
    ("attach", "<attach>", true),
];

/// Words that a mistyped type is compared with.
const WORDS: &[&str] = &[
    "tinyint",
    "smallint",
    "mediumint",
    "int",
    "bigint",
    "integer",
    "serial",
    "bool",
    "float",
    "double",
    "real",
    "decimal",
    "numeric",
    "char",
    "varchar",
    "enum",
    "date",
    "datetime",
    "time",
    "timestamp",
    "year",
    "json",
    "uuid",
    "tinyblob",
    "blob",
    "mediumblob",
    "longblob",
];

/// Returns whether a type text of either generation begins with this word, in any letter case.
pub fn is_type_word(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let of_one_generation = MODERN_ONLY.iter().chain(CLASSIC_ONLY).any(|(own, _, _)| *own == word);
    // `int8` is a type in both, and `filepath` is one with `@store` only.
    of_one_generation || WORDS.contains(&word.as_str()) || ["int8", "filepath"].contains(&word.as_str())
}

/// Returns the error for a text that the generation does not have as a type.
pub(super) fn suggestion(text: &str, generation: Generation) -> TypeError {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let word = text[..end].to_ascii_lowercase();
    let tail = text[end..].trim_start();
    let unsupported = |replacement| TypeError::Unsupported { text: text.to_string(), replacement };

    let (only_there, knows) = match generation {
        Generation::Classic => (MODERN_ONLY, Generation::Modern),
        Generation::Modern => (CLASSIC_ONLY, Generation::Classic),
    };
    if generation == Generation::Modern && word == "jsonb" && tail.is_empty() {
        return TypeError::CoreSpelling {
            text: text.to_string(),
            replacement: Replacement { text: "json".to_string(), same_meaning: true },
        };
    }
    if let Some((kind, store)) = text.split_once('@') {
        let kind = kind.trim().to_ascii_lowercase();
        if generation == Generation::Modern && matches!(kind.as_str(), "blob" | "attach" | "filepath") {
            let replacement = Replacement { text: format!("<{kind}@{}>", store.trim()), same_meaning: true };
            return TypeError::OtherGeneration { text: text.to_string(), knows, replacement: Some(replacement) };
        }
        let replacement = kind.ends_with("blob").then(|| match generation {
            Generation::Classic => format!("blob@{}", store.trim()),
            Generation::Modern => format!("<blob@{}>", store.trim()),
        });
        return unsupported(replacement.map(|text| Replacement { text, same_meaning: false }));
    }
    if let Some((_, replacement, same_meaning)) = only_there.iter().find(|(known, ..)| *known == word) {
        let text_of =
            if replacement.contains(['(', '<']) || tail.is_empty() { replacement.to_string() } else { format!("{replacement}{tail}") };
        let replacement = Replacement { text: text_of, same_meaning: *same_meaning };
        return TypeError::OtherGeneration { text: text.to_string(), knows, replacement: Some(replacement) };
    }

    let whole = text.to_ascii_lowercase().split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let found = OTHER_WORDS.iter().find(|(other, ..)| *other == whole || (*other == word && (tail.is_empty() || tail.starts_with('('))));
    if let Some((_, classic, modern)) = found {
        let replacement = match generation {
            Generation::Classic => classic,
            Generation::Modern => modern,
        };
        let text = if tail.starts_with('(') && matches!(*replacement, "char" | "varchar" | "enum") {
            format!("{replacement}{tail}")
        } else {
            replacement.to_string()
        };
        return unsupported(Some(Replacement { text, same_meaning: false }));
    }
    if let Some(length) = whole.strip_prefix("character varying") {
        return unsupported(Some(Replacement { text: format!("varchar{}", length.trim()), same_meaning: true }));
    }
    if let Some(store) = whole.strip_prefix("external-") {
        let text = match generation {
            Generation::Classic => format!("blob@{store}"),
            Generation::Modern => format!("<blob@{store}>"),
        };
        return unsupported(Some(Replacement { text, same_meaning: false }));
    }
    let near = nearest(&word, WORDS.iter().copied()).filter(|near| *near != word);
    unsupported(near.map(|near| Replacement { text: format!("{near}{tail}"), same_meaning: false }))
}

/// Returns the classic spelling of a codec of generation 2 by what stands between its brackets.
pub(super) fn classic_of_codec(inner: &str) -> Option<Replacement> {
    let text = match inner.split_once('@') {
        None if inner == "blob" => "longblob".to_string(),
        None if inner == "attach" => "attach".to_string(),
        Some((kind @ ("blob" | "attach" | "filepath"), store)) if !store.is_empty() => format!("{kind}@{store}"),
        _ => return None,
    };
    Some(Replacement { text, same_meaning: true })
}
