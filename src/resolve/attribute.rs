//! One attribute line: name, type, default, comment.

use crate::core::ir::type_text::{self, DefaultError, TypeContext, TypeError};
use crate::core::ir::{Attribute, AttributeType, Default, Generation, Origin};
use crate::core::nearest::nearest;
use crate::diag::{Code, Fix, Sink, codes};
use crate::parser::ast;

/// Returns the attribute that a line declares; its lineage is for the caller, who knows the table.
pub(super) fn read(line: &ast::Attribute, in_key: bool, generation: Generation, types: &TypeContext, sink: &mut Sink) -> Attribute {
    check_name(line, generation, sink);
    let (ty, type_text, marker) = read_type(line, generation, types, sink);
    let default = read_default(line, in_key, generation, &ty, sink);
    let written = line.comment.as_ref().map_or("", |comment| comment.value.as_str());
    let (renamed_from, comment) = split_rename(written);
    Attribute {
        name: line.name.value.clone(),
        ty,
        type_text,
        marker,
        default,
        comment: comment.to_string(),
        origin: Origin::Own,
        lineage: None,
        hidden: false,
        renamed_from: renamed_from.map(str::to_string),
        span: line.span,
        type_span: line.ty.span,
    }
}

fn check_name(line: &ast::Attribute, generation: Generation, sink: &mut Sink) {
    let name = line.name.value.as_str();
    let span = line.name.span;
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let found = match generation {
        Generation::Modern if name.starts_with('_') => codes::RESERVED_UNDERSCORE
            .at(span, format!("`{name}` begins with `_`, which datajoint 2 keeps for its own columns"))
            .help("give the attribute a name that begins with a letter"),
        Generation::Classic if starts_with_index(name) => codes::INDEX_ATTRIBUTE
            .at(span, format!("datajoint 0.14 takes the line of `{name}` for an index"))
            .help("give the attribute a name that does not begin with `index`"),
        Generation::Classic | Generation::Modern if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_word) => {
            let mut found = codes::ATTRIBUTE_NAME
                .at(span, format!("`{name}` is no name for an attribute"))
                .help("a name is a lower-case letter, then lower-case letters, digits and `_`");
            let lower = name.to_ascii_lowercase();
            if lower.starts_with(|c: char| c.is_ascii_lowercase()) && lower.chars().all(is_word) {
                found = found.fix(Fix::likely(format!("write `{lower}`"), span, lower));
            }
            found
        }
        Generation::Classic | Generation::Modern => return,
    };
    sink.report(found.attribute(name));
}

fn starts_with_index(name: &str) -> bool {
    name.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("index"))
}

fn read_type(line: &ast::Attribute, generation: Generation, types: &TypeContext, sink: &mut Sink) -> (AttributeType, String, bool) {
    let error = match type_text::parse(&line.ty.value, generation, types) {
        Ok(declared) => return (declared.ty, declared.text, declared.marker),
        Err(error) => error,
    };
    let mut found = code_of(&error).at(line.ty.span, error.to_string()).attribute(&line.name.value);
    if let Some(replacement) = error.replacement() {
        let title = format!("write `{}`", replacement.text);
        found = found.fix(match replacement.same_meaning {
            true => Fix::safe(title, line.ty.span, replacement.text),
            false => Fix::likely(title, line.ty.span, replacement.text),
        });
    }
    if let Some(help) = help_for(&error, generation, types) {
        found = found.help(help);
    }
    sink.report(found);
    (AttributeType::Invalid, line.ty.value.clone(), false)
}

/// Returns the code that stands for a refusal of this kind.
fn code_of(error: &TypeError) -> &'static Code {
    match error {
        TypeError::Unsupported { .. }
        | TypeError::OtherGeneration { .. }
        | TypeError::LengthMissing { .. }
        | TypeError::Arguments { .. }
        | TypeError::TextAfter { .. } => &codes::UNSUPPORTED_TYPE,
        TypeError::CoreSpelling { .. } => &codes::CORE_TYPE_SPELLING,
        TypeError::CodecUnknown { .. } | TypeError::AdapterUnknown { .. } | TypeError::AdapterCycle { .. } => &codes::CODEC_UNKNOWN,
        TypeError::CodecNeedsStore { .. } => &codes::CODEC_NEEDS_STORE,
        TypeError::AdaptedDisabled { .. } => &codes::ADAPTED_DISABLED,
        TypeError::FilepathDisabled { .. } => &codes::FILEPATH_DISABLED,
    }
}

fn help_for(error: &TypeError, generation: Generation, types: &TypeContext) -> Option<String> {
    let help = match error {
        TypeError::Unsupported { .. } => match generation {
            Generation::Classic => {
                "datajoint 0.14 has integers, float, double, decimal, char(n), varchar(n), enum, bool, date and time types, json, uuid, blobs and attach"
            }
            Generation::Modern => {
                "datajoint 2 has int8 to int64, float32, float64, decimal(p,s), char(n), varchar(n), enum, bool, date, datetime, json, uuid, bytes and codecs such as <blob>"
            }
        }
        .to_string(),
        TypeError::OtherGeneration { .. } => format!("this schema belongs to datajoint {generation}; the key `datajoint` of djc.toml decides that"),
        TypeError::LengthMissing { word } => format!("write how many characters at most: `{word}(32)`"),
        TypeError::CodecUnknown { name, .. } | TypeError::AdapterUnknown { name, .. } => {
            let known = nearest(name, types.adapters.keys().map(String::as_str));
            match known {
                Some(known) => format!("did you mean `<{known}>`?"),
                None => format!("say in djc.toml what it is stored as: `[adapters.{name}]` with `type = \"longblob\"`"),
            }
        }
        TypeError::CodecNeedsStore { name } => format!("write `<{name}@>` for the default store, or `<{name}@store>`"),
        TypeError::AdaptedDisabled { name, .. } if type_text::is_codec(name) => {
            format!("`<{name}>` is a codec of datajoint 2; this schema belongs to datajoint 0.14, which the key `datajoint` of djc.toml decides")
        }
        TypeError::AdaptedDisabled { name, .. } => {
            format!("name the adapter in djc.toml, `[adapters.{name}]` with `type = …`; Python needs `DJ_SUPPORT_ADAPTED_TYPES=TRUE`")
        }
        TypeError::FilepathDisabled { .. } => {
            "write `support_filepath_management = true` under `[datajoint]` of djc.toml; Python needs `DJ_SUPPORT_FILEPATH_MANAGEMENT=TRUE`".to_string()
        }
        TypeError::TextAfter { rest, .. } => behind_the_type(rest).to_string(),
        TypeError::CoreSpelling { .. } | TypeError::Arguments { .. } | TypeError::AdapterCycle { .. } => return None,
    };
    Some(help)
}

/// Returns what to do about a text behind a complete type. datajoint refuses all of it, 0.14 some of it only on the server.
fn behind_the_type(rest: &str) -> &'static str {
    let rest = rest.to_ascii_lowercase();
    if rest.starts_with(';') || rest.contains(':') {
        "write one attribute to a line; datajoint 0.14 would hand all of it to the server as one type"
    } else if rest.starts_with("unique") || rest.starts_with("primary") || rest.starts_with("key") {
        "write `unique index (…)` on a line of its own; the key is what stands above `---`"
    } else if rest.starts_with("on update") {
        "write `CURRENT_TIMESTAMP(0) ON UPDATE CURRENT_TIMESTAMP(0)` as the default, before the colon"
    } else if rest.starts_with("default") || rest.starts_with("not null") || rest.starts_with("null") {
        "a default stands before the colon: `name = 0 : int`, `name = null : int`; without one a value is required"
    } else if rest.starts_with("comment") {
        "a comment stands behind `#`"
    } else {
        "datajoint reads `name = default : type # comment` and refuses anything behind the type"
    }
}

fn read_default(line: &ast::Attribute, in_key: bool, generation: Generation, ty: &AttributeType, sink: &mut Sink) -> Default {
    let Some(written) = &line.default else { return Default::Required };
    let name = line.name.value.as_str();
    let default = match type_text::parse_default(&written.value, generation) {
        Ok(default) => default,
        // A quote that stands alone is the parser's finding.
        Err(DefaultError::Unterminated) if has_lone_quote(&written.value) => return Default::Required,
        Err(error) => {
            let found = codes::INVALID_DEFAULT_TEXT.at(written.span, error.to_string()).attribute(name);
            sink.report(found.help(match error {
                DefaultError::Unterminated => "close the quote",
                DefaultError::TextAfter { .. } => "a default is one constant: a number, a quoted text, `null` or `CURRENT_TIMESTAMP`",
                DefaultError::OnUpdateWithoutParentheses => {
                    "write `CURRENT_TIMESTAMP(0) ON UPDATE CURRENT_TIMESTAMP(0)`, which the MySQL family understands"
                }
            }));
            return Default::Required;
        }
    };
    if default == Default::Null && in_key {
        let found = codes::NULLABLE_KEY
            .at(written.span, format!("the key attribute `{name}` cannot be NULL"))
            .help("give it another default or none, or move it below `---`")
            .attribute(name);
        sink.report(found);
        return Default::Required;
    }
    let has_value = match default {
        Default::Required | Default::Null => false,
        Default::Literal(_) | Default::CurrentTimestamp { .. } => true,
    };
    if has_value && is_packed(ty) {
        let found = codes::BLOB_DEFAULT
            .at(written.span, format!("`{name}` is stored as a blob, which cannot have a default other than null"))
            .help(match generation {
                Generation::Classic => "write `null`, or no default",
                Generation::Modern => {
                    "write `null`, or no default; datajoint 2 refuses it too, except on PostgreSQL, where it does not notice"
                }
            })
            .attribute(name);
        sink.report(found);
        return Default::Required;
    }
    default
}

fn has_lone_quote(text: &str) -> bool {
    text.chars().next().is_some_and(|quote| text.matches(quote).count() == 1)
}

/// Returns whether values are stored as a blob in the table, as datajoint sees it once the type is substituted.
fn is_packed(ty: &AttributeType) -> bool {
    match ty {
        AttributeType::Blob(_) | AttributeType::Bytes | AttributeType::Attach => true,
        AttributeType::Adapted { stored, .. } => is_packed(stored),
        AttributeType::Codec(codec) => is_packed(&codec.stored),
        AttributeType::Integer(_)
        | AttributeType::Serial
        | AttributeType::CoreInteger(_)
        | AttributeType::CoreFloat(_)
        | AttributeType::Decimal(_)
        | AttributeType::Float(_)
        | AttributeType::Char(_)
        | AttributeType::Varchar(_)
        | AttributeType::Text(_)
        | AttributeType::Enum(_)
        | AttributeType::Bool
        | AttributeType::Date
        | AttributeType::Datetime(_)
        | AttributeType::Time(_)
        | AttributeType::Timestamp(_)
        | AttributeType::Year
        | AttributeType::Json
        | AttributeType::Uuid
        // A hash refers to the store.
        | AttributeType::External(_)
        | AttributeType::Invalid => false,
    }
}

/// Cuts the head `{old_name}` off a comment, datajoint's way of saying that an attribute was renamed.
fn split_rename(comment: &str) -> (Option<&str>, &str) {
    let split = comment.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    match split {
        Some((old, rest))
            if old.starts_with(|c: char| c.is_ascii_lowercase())
                && old.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') =>
        {
            (Some(old), rest.trim_start())
        }
        _ => (None, comment),
    }
}
