//! Keys flowing along references: which columns an arrow brings, and under which names.
//!
//! An arrow brings the parent's key attributes in the parent's order. What is already there is shared by name; what is not
//! joins the table at this place, and the key too when the line stands in the key section.

use super::columns::Columns;
use super::{Builder, TableId};
use crate::core::ir::{self, Attribute, ColumnMap, Default, ForeignKey, Lineage, Origin, ReferenceId, Tier};
use crate::core::nearest::nearest;
use crate::diag::{Fix, Sink, codes};
use crate::parser::ast::{self, ProjectionArgument};

impl Builder<'_> {
    /// Adds what an arrow brings; returns `false` when something is missing because of a mistake.
    pub(super) fn refer(
        &mut self,
        id: TableId,
        line: &ast::Reference,
        target: Option<TableId>,
        in_key: bool,
        columns: &mut Columns,
        references: &mut Vec<ForeignKey>,
    ) -> bool {
        let Options { nullable, unique } = options(line, in_key, &mut self.sink);
        let Some(parent_id) = target else { return false };
        let parent = self.pipeline.table(parent_id);
        let parent_complete = !self.incomplete[parent_id.0 as usize];
        if parent.heading.primary_key().any(|attribute| attribute.hidden) {
            let found = codes::SINGLETON_PARENT
                .at(line.target.span, format!("`{}` has no key to refer to", self.pipeline.qualified_name(parent_id)))
                .label(parent.name_span, "holds one row only")
                .help("give it a key attribute");
            self.sink.report(found);
            return false;
        }
        let renames = renames(line, parent, parent_complete, &mut self.sink);
        let reference = ReferenceId(references.len() as u32);
        let mut map = Vec::with_capacity(parent.heading.key.len());
        for at in &parent.heading.key {
            let attribute = &parent.heading.attributes[*at];
            let renamed = renames.iter().find(|(old, _)| *old == attribute.name);
            let child = renamed.map_or(attribute.name.as_str(), |(_, new)| new);
            let lineage = attribute.lineage.clone().unwrap_or_else(|| Lineage { table: parent_id, attribute: attribute.name.clone() });
            match columns.position(child) {
                // The last reference that supplies a column says where its values come from.
                Some(known) => columns.get_mut(known).lineage = Some(lineage),
                None => columns.push(
                    Attribute {
                        name: child.to_string(),
                        ty: attribute.ty.clone(),
                        type_text: attribute.type_text.clone(),
                        marker: attribute.marker,
                        default: if nullable { Default::Null } else { Default::Required },
                        comment: attribute.comment.clone(),
                        origin: Origin::Reference { reference, parent_attribute: *at },
                        lineage: Some(lineage),
                        hidden: false,
                        renamed_from: None,
                        span: line.span,
                        type_span: line.span,
                    },
                    in_key,
                ),
            }
            map.push(ColumnMap { child: child.to_string(), parent: attribute.name.clone() });
        }
        if map.is_empty() {
            return false;
        }
        let part_of = match self.pipeline.table(id).tier {
            Tier::Part { master } => master == parent_id,
            Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed => false,
        };
        references.push(ForeignKey {
            parent: parent_id,
            columns: map,
            nullable,
            unique,
            primary: in_key,
            part_of,
            span: line.span,
            target_span: line.target.span,
        });
        parent_complete
    }
}

struct Options {
    nullable: bool,
    unique: bool,
}

fn options(line: &ast::Reference, in_key: bool, sink: &mut Sink) -> Options {
    let mut options = Options { nullable: false, unique: false };
    for option in &line.options {
        let word = option.value.trim();
        if word.eq_ignore_ascii_case("unique") {
            options.unique = true;
        } else if word.eq_ignore_ascii_case("nullable") {
            options.nullable = !in_key;
            if in_key {
                let found = codes::NULLABLE_KEY_REFERENCE
                    .at(option.span, "a reference in the key cannot be nullable")
                    .help("move the line below `---`, or remove the option");
                sink.report(found);
            }
        } else {
            let mut found = codes::REFERENCE_OPTION
                .at(option.span, format!("`{word}` is no option of a reference"))
                .help("the options are `nullable` and `unique`");
            if let Some(near) = nearest(word, ["nullable", "unique"]) {
                found = found.fix(Fix::likely(format!("write `{near}`"), option.span, near));
            }
            sink.report(found);
        }
    }
    options
}

/// Returns which key attributes of the parent get which names: (old, new).
///
/// Arguments that name or rename other attributes, and expressions, have no effect on a reference; a lint says so.
fn renames<'a>(line: &'a ast::Reference, parent: &ir::Table, parent_complete: bool, sink: &mut Sink) -> Vec<(&'a str, &'a str)> {
    let Some(projection) = &line.target.projection else { return Vec::new() };
    let heading = &parent.heading;
    let mut renames: Vec<(&'a str, &'a str)> = Vec::new();
    let mut news: Vec<&ast::Ident> = Vec::new();
    let unknown = |name: &str, span, sink: &mut Sink| {
        if !parent_complete {
            return;
        }
        let mut found = codes::PROJECTION_ATTRIBUTE
            .at(span, format!("`{}` has no attribute `{name}`", parent.class))
            .label(parent.name_span, "declared here");
        if let Some(near) = nearest(name, heading.attributes.iter().map(|attribute| attribute.name.as_str())) {
            found = found.help(format!("did you mean `{near}`?"));
        }
        sink.report(found);
    };
    for argument in &projection.arguments {
        match argument {
            ProjectionArgument::Ellipsis(_) => {}
            ProjectionArgument::Attribute(name) => {
                let plain = name.value.trim().trim_start_matches('-').trim();
                if heading.get(plain).is_none() {
                    unknown(plain, name.span, sink);
                }
            }
            ProjectionArgument::Rename { new, old } => {
                let name = old.value.trim();
                let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                // A number or an expression computes something, which a reference does not see.
                if !is_name || name.starts_with(|c: char| c.is_ascii_digit()) {
                    continue;
                }
                if heading.is_key(name) {
                    if renames.iter().any(|(known, _)| *known == name) {
                        let found = codes::PROJECTION_CLASH.at(old.span, format!("`{name}` is renamed twice"));
                        sink.report(found.help("write a second reference line for the second name"));
                        continue;
                    }
                    news.push(new);
                    renames.push((name, &new.value));
                } else if heading.get(name).is_none() {
                    unknown(name, old.span, sink);
                }
            }
        }
    }
    for (at, new) in news.iter().enumerate() {
        let taken = heading.primary_key().any(|key| key.name == new.value && !renames.iter().any(|(old, _)| *old == key.name));
        if taken || news[..at].iter().any(|other| other.value == new.value) {
            let found = codes::PROJECTION_CLASH.at(new.span, format!("the projection has two attributes named `{}`", new.value));
            sink.report(found.label(parent.name_span, format!("its key is {}", key_names(parent))).help("choose another new name"));
        }
    }
    renames
}

fn key_names(table: &ir::Table) -> String {
    let names: Vec<String> = table.heading.primary_key().map(|attribute| format!("`{}`", attribute.name)).collect();
    names.join(", ")
}
