//! One table: its type, and the module with its row, its key, what is inserted, its enums and its attributes.

use askama::Template;

use super::doc;
use super::field::{Equality, RustType};
use super::key::{self, Ancestors};
use super::name::{Taken, pascal, plain};
use super::package::Package;
use crate::core::ir::{Attribute, AttributeType, ColumnMap, Default, Origin, SqlLiteral, TableId, Tier};

/// More arguments than this are what clippy warns of.
const ARGUMENTS_MAX: usize = 7;

#[derive(Template)]
#[template(path = "codegen/rust/table.rs.jinja", escape = "none")]
struct TableView<'v> {
    doc: Vec<String>,
    class: &'v str,
    module: &'v str,
    /// `module.Class`.
    qualified: String,
    /// What leads from the module of the impls to what holds the schemas.
    top: String,
    tier: TierView,
    aliases: &'v [(&'static str, String)],
    /// Derived beside `Debug, Clone, PartialEq`.
    key_derives: &'static str,
    fields: &'v [FieldView],
    key: Vec<&'v FieldView>,
    /// Fields of a new row that must be given, and those that need not.
    required: Vec<&'v FieldView>,
    optional: Vec<&'v FieldView>,
    many_arguments: bool,
    enums: Vec<EnumView>,
    /// Keys of ancestors that the key holds.
    ancestors: Vec<KeyView>,
    /// Keys of parents that the row holds, and those that the key holds and that no conversion gives.
    of_row: Vec<KeyView>,
    of_key: Vec<KeyView>,
    parts: Vec<String>,
}

/// What the tier makes of the type.
struct TierView {
    /// Whether its rows are the project's to change, and whether people insert them.
    owned: bool,
    insertable: bool,
    populated: bool,
    /// The path of the master's type.
    master: Option<String>,
}

/// An attribute.
struct FieldView {
    ident: String,
    /// The attribute's name as a literal.
    literal: String,
    /// Of the row's field; one line of it, for what else is named after the attribute.
    doc: Vec<String>,
    brief: String,
    /// What it is when nothing is given.
    left_out: String,
    /// The types in the row, in what is inserted, and of the column.
    row: String,
    new: String,
    column: String,
    /// Whether it need not be given, and whether it is NULL then.
    optional: bool,
    nullable: bool,
    /// Read and written by serde.
    custom: bool,
    /// Its value from `self` or `row`, when that is only borrowed.
    borrowed: String,
    /// The type of an argument, its value from there, and the field with it.
    argument: String,
    given: String,
    init: String,
    setter: String,
}

/// An enum.
struct EnumView {
    name: String,
    attribute: String,
    variants: Vec<VariantView>,
}

struct VariantView {
    name: String,
    literal: String,
    doc: String,
}

/// The key of another table.
struct KeyView {
    name: String,
    doc: String,
    path: String,
    optional: bool,
    /// The field there, and the expression here.
    fields: Vec<(String, String)>,
}

/// Returns the type and the module of a table, parts included.
pub(super) fn table(package: &Package<'_>, ancestors: &Ancestors, id: TableId) -> String {
    let writer = Writer { package, id };
    let names = package.names(id);
    let mut setters = Taken::new(["new"]);
    let fields: Vec<FieldView> = package.attributes(id).map(|attribute| writer.field(attribute, &mut setters)).collect();
    let key = package.key(id).filter_map(|attribute| {
        let at = package.attributes(id).position(|other| other.name == attribute.name)?;
        Some(&fields[at])
    });
    let (optional, required): (Vec<&FieldView>, Vec<&FieldView>) = fields.iter().partition(|field| field.optional);
    let (of_row, of_key) = writer.parents(ancestors);
    let view = TableView {
        doc: writer.doc(),
        class: &names.class,
        module: &names.module,
        qualified: literal(&package.pipeline.qualified_name(id)),
        top: "super::".repeat(package.depth(id) + 1),
        tier: writer.tier(),
        aliases: &names.aliases,
        key_derives: writer.key_derives(),
        key: key.collect(),
        many_arguments: required.len() > ARGUMENTS_MAX,
        required,
        optional,
        fields: &fields,
        enums: writer.enums(),
        ancestors: writer.ancestors(ancestors),
        of_row,
        of_key,
        parts: package.parts(id).into_iter().map(|part| table(package, ancestors, part)).collect(),
    };
    view.render().expect("the template has fields and loops only")
}

struct Writer<'w> {
    package: &'w Package<'w>,
    id: TableId,
}

impl Writer<'_> {
    fn doc(&self) -> Vec<String> {
        let table = self.package.pipeline.table(self.id);
        let mut out = table.doc.as_deref().map(doc::lines).unwrap_or_default();
        let comment = doc::plain(&table.comment);
        if !comment.is_empty() {
            push_paragraph(&mut out, comment);
        }
        let stored = doc::code(&table.stored);
        let schema = doc::code(self.package.pipeline.schema(table.schema).name.template());
        push_paragraph(
            &mut out,
            match table.tier {
                Tier::Part { master } => {
                    format!("Part of [`{0}`](struct@super::{0}), {stored} in {schema}.", plain(&self.package.names(master).class))
                }
                Tier::Manual => format!("Manual table {stored} in {schema}."),
                Tier::Lookup => format!("Lookup table {stored} in {schema}."),
                Tier::Imported => format!("Imported table {stored} in {schema}."),
                Tier::Computed => format!("Computed table {stored} in {schema}."),
            },
        );
        out
    }

    fn tier(&self) -> TierView {
        let pipeline = self.package.pipeline;
        let table = pipeline.table(self.id);
        let insertable = |tier: Tier| match tier {
            Tier::Manual | Tier::Lookup => true,
            Tier::Imported | Tier::Computed | Tier::Part { .. } => false,
        };
        let owned = pipeline.schema(table.schema).owned;
        match table.tier {
            Tier::Part { master } => TierView {
                owned,
                insertable: owned && insertable(pipeline.table(master).tier),
                populated: false,
                master: Some(format!("super::super::super::{}", self.package.names(master).class)),
            },
            Tier::Manual | Tier::Lookup => TierView { owned, insertable: owned, populated: false, master: None },
            Tier::Imported | Tier::Computed => TierView { owned, insertable: false, populated: owned, master: None },
        }
    }

    fn key_derives(&self) -> &'static str {
        let equality = self.package.key(self.id).map(|attribute| self.package.rust_type(self.id, &attribute.name).equality()).min();
        match equality.unwrap_or(Equality::Ordered) {
            Equality::Ordered => ", Eq, Hash, PartialOrd, Ord",
            Equality::Full => ", Eq, Hash",
            Equality::Partial => "",
        }
    }

    fn field(&self, attribute: &Attribute, setters: &mut Taken) -> FieldView {
        let ident = self.package.names(self.id).fields[&attribute.name].clone();
        let ty = self.package.rust_type(self.id, &attribute.name);
        // In the module of the table a part or an enum may have the name of a type of the language.
        let taken = &self.package.names(self.id).types;
        let plain_type = self.text(&ty, Some(taken));
        let nullable = attribute.nullable();
        let numbered = match &attribute.ty {
            AttributeType::Integer(integer) => integer.auto_increment && attribute.origin == Origin::Own,
            AttributeType::Serial => attribute.origin == Origin::Own,
            _ => false,
        };
        let optional = numbered || attribute.default != Default::Required;
        let option = |inner: &str, taken: Option<&Taken>| format!("{}<{inner}>", word("Option", "::core::option::Option", taken));
        let custom = matches!(ty, RustType::Custom(_));
        let column = if custom { format!("::djc_runtime::field::Typed<{plain_type}>") } else { plain_type.clone() };
        let argument = self.text(&ty, None);
        let comment = doc::plain(&attribute.comment);
        let brief = if comment.is_empty() { format!("{}.", doc::code(&attribute.name)) } else { comment };
        let left_out = match &attribute.default {
            Default::Null => "NULL".to_string(),
            Default::Literal(literal) => doc::code(&default_text(literal)),
            Default::CurrentTimestamp { .. } => "the time of the insert".to_string(),
            Default::Required => "the next number".to_string(),
        };
        let mut doc = vec![brief.clone()];
        push_paragraph(&mut doc, self.type_line(attribute, optional.then_some(left_out.as_str())));
        FieldView {
            literal: literal(&attribute.name),
            doc,
            brief,
            left_out,
            row: if nullable { option(&plain_type, Some(taken)) } else { plain_type.clone() },
            new: if optional { option(&plain_type, Some(taken)) } else { plain_type },
            column: if nullable { option(&column, Some(taken)) } else { column },
            optional,
            nullable,
            custom,
            borrowed: if ty.is_copy() { ident.clone() } else { format!("{ident}.clone()") },
            given: if ty.is_into() { format!("{ident}.into()") } else { ident.clone() },
            init: if ty.is_into() { format!("{ident}: {ident}.into()") } else { ident.clone() },
            argument: if ty.is_into() { format!("impl Into<{argument}>") } else { argument },
            setter: if optional { setters.free(plain(&ident), "_") } else { String::new() },
            ident,
        }
    }

    /// Says the type of an attribute, where it comes from, and what it is when nothing is given.
    fn type_line(&self, attribute: &Attribute, left_out: Option<&str>) -> String {
        let mut out = doc::code(attribute.type_text.trim());
        let pipeline = self.package.pipeline;
        if let Origin::Reference { reference, parent_attribute } = attribute.origin {
            let parent = pipeline.table(self.id).references[reference.0 as usize].parent;
            let origin =
                format!("{}.{}", pipeline.qualified_name(parent), pipeline.table(parent).heading.attributes[parent_attribute].name);
            out.push_str(&format!(", of {}", doc::code(&origin)));
        }
        if let Some(left_out) = left_out {
            out.push_str(&format!(", {left_out} unless given"));
        }
        out.push('.');
        out
    }

    /// Returns a type as it is written in the module of the table (where some names may be taken), or in that of the impls.
    fn text(&self, ty: &RustType, taken: Option<&Taken>) -> String {
        match ty {
            RustType::Primitive(name) => word(name, &format!("::core::primitive::{name}"), taken),
            RustType::Text => word("String", "::std::string::String", taken),
            RustType::Bytes => {
                format!("{}<{}>", word("Vec", "::std::vec::Vec", taken), word("u8", "::core::primitive::u8", taken))
            }
            RustType::Runtime(path) => format!("::djc_runtime::{path}"),
            RustType::External(inner) => format!("::djc_runtime::field::External<{}>", self.text(inner, taken)),
            RustType::Enum(table, attribute) => {
                let inside = usize::from(taken.is_none());
                let name = &self.package.names(*table).enums[attribute];
                match *table == self.id {
                    true => format!("{}{name}", "super::".repeat(inside)),
                    false => format!("{}{}::{name}", "super::".repeat(self.package.depth(self.id) + inside), self.package.path(*table)),
                }
            }
            RustType::Custom(text) => text.clone(),
        }
    }

    fn enums(&self) -> Vec<EnumView> {
        let names = self.package.names(self.id);
        let view = |attribute: &Attribute| {
            let name = names.enums.get(&attribute.name)?.clone();
            let mut taken = Taken::default();
            let variants = enum_values(&attribute.ty).iter().enumerate().map(|(at, value)| {
                // The MySQL family reads escapes; without a backslash in it the value is the same everywhere.
                let text = value.value(true);
                let wanted =
                    pascal(&text).unwrap_or_else(|| if text.is_empty() { "Empty".to_string() } else { format!("Value{}", at + 1) });
                let doc = if text.is_empty() { "The empty text.".to_string() } else { format!("{}.", doc::code(&text)) };
                VariantView { name: taken.free(&wanted, ""), literal: literal(&text), doc }
            });
            Some(EnumView { name, attribute: doc::code(&attribute.name), variants: variants.collect() })
        };
        self.package.attributes(self.id).filter_map(view).collect()
    }

    fn ancestors(&self, ancestors: &Ancestors) -> Vec<KeyView> {
        let view = |(ancestor, map): (TableId, &[ColumnMap])| {
            self.key_view(String::new(), String::new(), ancestor, map, |field, copy| {
                if copy { format!("key.{field}") } else { format!("key.{field}.clone()") }
            })
        };
        ancestors.of(self.id).filter_map(view).collect()
    }

    /// Returns the keys of parents that rows hold, and those that keys hold and no conversion gives.
    fn parents(&self, ancestors: &Ancestors) -> (Vec<KeyView>, Vec<KeyView>) {
        let (mut of_row, mut of_key) = (Vec::new(), Vec::new());
        let heading = &self.package.pipeline.table(self.id).heading;
        let converted: Vec<TableId> = ancestors.of(self.id).map(|(id, _)| id).collect();
        for (reference, name) in key::accessors(self.package, self.id) {
            let by: Vec<String> = reference.columns.iter().map(|map| doc::code(&map.child)).collect();
            let parent = self.package.pipeline.qualified_name(reference.parent);
            let nullable = |name: &str| heading.get(name).is_some_and(Attribute::nullable);
            let optional = reference.columns.iter().any(|map| nullable(&map.child));
            let doc = format!(
                "Returns the key of the row of {} that {} {} to{}.",
                doc::code(&parent),
                by.join(" and "),
                if by.len() == 1 { "refers" } else { "refer" },
                if optional { ", where there is one" } else { "" }
            );
            let expression = |field: &str, copy: bool| if copy { format!("self.{field}") } else { format!("self.{field}.clone()") };
            if reference.primary && !converted.contains(&reference.parent) {
                of_key.extend(self.key_view(name.clone(), doc.clone(), reference.parent, &reference.columns, expression));
            }
            let mut view = self.key_view(name, doc, reference.parent, &reference.columns, expression);
            if let Some(view) = &mut view {
                view.optional = optional;
                for (map, (_, expression)) in reference.columns.iter().zip(&mut view.fields) {
                    if nullable(&map.child) {
                        expression.push('?');
                    }
                }
            }
            of_row.extend(view);
        }
        (of_row, of_key)
    }

    /// Returns the key of another table from attributes of this one; nothing where a shared attribute is of another type here.
    fn key_view(
        &self,
        name: String,
        doc: String,
        other: TableId,
        map: &[ColumnMap],
        expression: impl Fn(&str, bool) -> String,
    ) -> Option<KeyView> {
        let package = self.package;
        let field = |map: &ColumnMap| {
            let ty = package.rust_type(self.id, &map.child);
            if ty != package.rust_type(other, &map.parent) {
                return None;
            }
            let there = package.names(other).fields.get(&map.parent)?.clone();
            let here = package.names(self.id).fields.get(&map.child)?;
            Some((there, expression(here, ty.is_copy())))
        };
        let fields = map.iter().map(field).collect::<Option<Vec<_>>>()?;
        let path = format!("{}{}::Key", "super::".repeat(package.depth(self.id) + 1), package.path(other));
        Some(KeyView { name, doc, path, optional: false, fields })
    }
}

fn push_paragraph(out: &mut Vec<String>, line: String) {
    if !out.is_empty() {
        out.push(String::new());
    }
    out.push(line);
}

/// Returns a name of the language, by its path where something else is called so.
fn word(name: &str, path: &str, taken: Option<&Taken>) -> String {
    if taken.is_some_and(|taken| taken.has(name)) { path.to_string() } else { name.to_string() }
}

/// Returns the values of an attribute that becomes an enum.
fn enum_values(ty: &AttributeType) -> &[SqlLiteral] {
    match ty {
        AttributeType::Enum(values) => values,
        AttributeType::Adapted { stored, .. } => enum_values(stored),
        AttributeType::Codec(codec) => enum_values(&codec.stored),
        _ => &[],
    }
}

/// Returns a default as its author wrote it.
fn default_text(literal: &SqlLiteral) -> String {
    match literal.quote {
        Some(quote) => format!("{quote}{}{quote}", literal.raw),
        None => literal.raw.clone(),
    }
}

/// Returns a text as a literal of Rust.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if doc::is_hidden(c) {
            out.push_str(&c.escape_unicode().to_string());
        } else if c == '\'' {
            out.push(c);
        } else {
            out.extend(c.escape_debug());
        }
    }
    out.push('"');
    out
}
