//! The `.dj` text of one module, before the formatter.

use std::collections::{BTreeMap, BTreeSet};

use super::arrange::{Body, Line, arrange, whole_columns};
use super::plan::{Module, Plan, Planned, TableAt, is_attribute_name, is_hidden};
use super::{Finding, Place, Rows};
use crate::core::catalog::{Column, ColumnType, Index, IndexPart};
use crate::core::dialect::Server;
use crate::core::dialect::declared::Speller;
use crate::core::ir::type_text::TypeContext;
use crate::core::ir::{Generation, StoredTier};
use crate::diag::codes;

/// What writing needs beside the plan.
pub(super) struct Context<'a> {
    pub plan: &'a Plan,
    pub server: Server,
    pub types: &'a TypeContext,
    /// Indexes that look like the server's own and are not: places in the live table's list.
    pub declared: &'a BTreeSet<(TableAt, usize)>,
    /// Rows of lookup tables that are written.
    pub rows: &'a BTreeMap<(String, String), Rows>,
}

/// Returns the text of a module; what is lost on the way joins `findings`.
pub(super) fn write(context: &Context, at: usize, findings: &mut Vec<Finding>) -> String {
    let module = &context.plan.modules[at];
    let mut writer = Writer { context, module, at, used: BTreeSet::new(), findings, out: String::new() };
    for table in writer.in_order() {
        writer.table(table, 0);
    }
    let Writer { used, out: body, .. } = writer;
    let mut out = schema_line(module);
    for other in used {
        out.push_str(&format!("use {}\n", context.plan.modules[other].name));
    }
    out.push('\n');
    out.push_str(&body);
    out
}

fn schema_line(module: &Module) -> String {
    let external = if module.external { "extern " } else { "" };
    let quote = if module.physical.contains('"') { '\'' } else { '"' };
    let physical = if module.physical == module.name { String::new() } else { format!(" as {quote}{}{quote}", module.physical) };
    format!("{external}schema {}{physical}\n\n", module.name)
}

struct Writer<'a, 'f> {
    context: &'a Context<'a>,
    module: &'a Module,
    at: usize,
    /// Modules that arrows lead to.
    used: BTreeSet<usize>,
    findings: &'f mut Vec<Finding>,
    out: String,
}

impl<'a> Writer<'a, '_> {
    /// Returns the masters of the module, each behind what it and its parts refer to where that can be.
    fn in_order(&self) -> Vec<TableAt> {
        let plan = self.context.plan;
        let master = |at: TableAt| plan.table(at).master.unwrap_or(at);
        let mut parents: BTreeMap<TableAt, BTreeSet<TableAt>> = BTreeMap::new();
        for at in &self.module.tables {
            let own = parents.entry(master(*at)).or_default();
            let links = plan.table(*at).links.iter().map(|link| master(link.parent));
            own.extend(links.filter(|parent| *parent != master(*at) && plan.table(*parent).module == self.at));
        }
        let mut out = Vec::new();
        let mut done = BTreeSet::new();
        while out.len() < parents.len() {
            let open = || parents.iter().filter(|(at, _)| !done.contains(*at));
            let ready = open().find(|(_, parents)| parents.iter().all(|parent| done.contains(parent)));
            // Two masters may each have a part that refers to the other.
            let Some((at, _)) = ready.or_else(|| open().next()) else { break };
            done.insert(*at);
            out.push(*at);
        }
        out
    }

    fn speller(&self) -> Speller<'a> {
        Speller { server: self.context.server, generation: self.module.generation, types: self.context.types }
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.out.push_str(&"    ".repeat(depth));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn table(&mut self, at: TableAt, depth: usize) {
        let plan = self.context.plan;
        let table = plan.table(at);
        let body = arrange(plan, at, self.context.server);
        let parts: Vec<TableAt> = self.module.tables.iter().copied().filter(|part| plan.table(*part).master == Some(at)).collect();
        let merge = self.is_merge(table, &body, &parts);
        let allowed = self.between_generations(table);
        if merge {
            self.line(depth, "@merge");
        }
        if !allowed.is_empty() {
            self.line(depth, &format!("@allow({})", allowed.join(", ")));
        }
        let tier = match (table.master, table.tier) {
            (Some(_), _) => "part",
            (None, StoredTier::Manual) => "manual",
            (None, StoredTier::Lookup) => "lookup",
            (None, StoredTier::Imported) => "imported",
            (None, StoredTier::Computed) => "computed",
        };
        self.line(depth, &format!("{tier} {} {{", table.class));
        let comment = self.speller().table_comment(&table.live.comment);
        if !comment.trim().is_empty() {
            self.line(depth + 1, &format!("# {comment}"));
        }
        if !merge {
            self.body(table, &body, depth + 1);
            self.indexes(at, table, &body, depth + 1);
        }
        self.contents(table, depth + 1);
        for part in parts {
            self.out.push('\n');
            self.table(part, depth + 1);
        }
        self.line(depth, "}");
        if depth == 0 {
            self.out.push('\n');
        }
    }

    fn body(&mut self, table: &Planned, body: &Body, depth: usize) {
        for line in &body.lines {
            match line {
                Line::Separator => self.line(depth, "---"),
                Line::Arrow { link, nullable, unique } => {
                    let text = self.arrow(table, *link, *nullable, *unique);
                    self.line(depth, &text);
                }
                Line::Attribute(name) => {
                    let column = table.live.column(name).expect("a line is about a column of its table");
                    self.attribute(table, column, depth);
                }
            }
        }
        // What stood below may all be left out.
        let separator = format!("{}---\n", "    ".repeat(depth));
        if self.out.ends_with(&separator) {
            self.out.truncate(self.out.len() - separator.len());
        }
    }

    fn attribute(&mut self, table: &Planned, column: &Column, depth: usize) {
        let generation = self.module.generation;
        let spelled = if is_attribute_name(&column.name, generation) { self.speller().attribute(column) } else { None };
        let Some(spelled) = spelled else {
            let reason = if is_attribute_name(&column.name, generation) {
                let ty = self.context.server.dialect().type_sql(&column.ty);
                format!("datajoint {generation} has no type for `{ty}`")
            } else {
                format!("datajoint {generation} does not take its name")
            };
            let message = format!("the column `{}` is left out: {reason}", column.name);
            let place = Place::Table(table.live.schema.clone(), table.live.name.clone());
            let finding = Finding::new(&codes::UNSAYABLE_COLUMN, place, message);
            self.findings.push(finding.help("datajoint sees it all the same; a table made anew from the file would lack it"));
            return;
        };
        let default = spelled.default.map(|text| format!(" = {text}")).unwrap_or_default();
        let comment = if spelled.comment.trim().is_empty() { String::new() } else { format!("  # {}", spelled.comment) };
        self.line(depth, &format!("{}{default} : {}{comment}", column.name, spelled.type_text));
    }

    fn arrow(&mut self, table: &Planned, link: usize, nullable: bool, unique: bool) -> String {
        let plan = self.context.plan;
        let Some(link) = table.links.get(link) else { return String::new() };
        let parent = plan.table(link.parent);
        if parent.module != self.at {
            self.used.insert(parent.module);
        }
        let options: Vec<&str> =
            [("nullable", nullable), ("unique", unique)].into_iter().filter(|(_, on)| *on).map(|(word, _)| word).collect();
        let options = if options.is_empty() { String::new() } else { format!("[{}] ", options.join(", ")) };
        let name = if table.master == Some(link.parent) { "master".to_string() } else { plan.name_from(link.parent, self.at) };
        // In the order of the parent's key, so that the text depends on nothing else.
        let mut renames = Vec::new();
        for old in &parent.live.primary_key {
            let place = link.key.parent_columns.iter().position(|known| known == old);
            if let Some(new) = place.map(|place| &link.key.columns[place]).filter(|new| *new != old) {
                renames.push(format!("{new}='{old}'"));
            }
        }
        let projection = if renames.is_empty() { String::new() } else { format!(".proj({})", renames.join(", ")) };
        format!("-> {options}{name}{projection}")
    }

    /// Writes the indexes that nothing else makes.
    fn indexes(&mut self, at: TableAt, table: &Planned, body: &Body, depth: usize) {
        let live = &table.live;
        if self.module.external {
            return;
        }
        for (place, index) in live.indexes.iter().enumerate() {
            let said = body.indexes.contains(&place) || self.is_of_serial(table, index);
            let implied = !index.unique
                && !self.context.declared.contains(&(at, place))
                && whole_columns(index).is_some_and(|names| live.foreign_keys.iter().any(|key| key.columns == names));
            if said || implied {
                continue;
            }
            // What cannot be said is found missing when the result is held against the database.
            if let Some(arguments) = self.index_arguments(table, index) {
                let unique = if index.unique { "unique " } else { "" };
                self.line(depth, &format!("{unique}index ({})", arguments.join(", ")));
            }
        }
    }

    /// A `serial` of the MySQL family brings a unique index of its own.
    fn is_of_serial(&self, table: &Planned, index: &Index) -> bool {
        let family = self.context.server.is_mysql_family();
        let numbered = |name: &str| {
            table.live.column(name).is_some_and(|column| {
                column.auto_increment
                    && self.speller().attribute(column).is_some_and(|spelled| spelled.type_text.eq_ignore_ascii_case("serial"))
            })
        };
        family && index.unique && matches!(whole_columns(index).as_deref(), Some([name]) if numbered(name))
    }

    fn index_arguments(&self, table: &Planned, index: &Index) -> Option<Vec<String>> {
        let family = self.context.server.is_mysql_family();
        let modern_postgres = self.context.server == Server::Postgres && self.module.generation == Generation::Modern;
        index
            .parts
            .iter()
            .map(|part| match part {
                IndexPart::Column { name, length, descending } => {
                    let known = table.live.column(name).is_some_and(|column| !is_hidden(&column.name));
                    if !known || !is_attribute_name(name, self.module.generation) || *descending && modern_postgres {
                        return None;
                    }
                    let length = length.filter(|_| family).map(|length| format!("({length})")).unwrap_or_default();
                    Some(format!("{name}{length}{}", if *descending { " DESC" } else { "" }))
                }
                IndexPart::Expression(text) if self.context.server == Server::MySql => Some(format!("({})", text.replace("\\'", "'"))),
                IndexPart::Expression(_) => None,
            })
            .collect()
    }

    fn contents(&mut self, table: &Planned, depth: usize) {
        let name = (table.live.schema.clone(), table.live.name.clone());
        let Some(rows) = self.context.rows.get(&name).filter(|rows| !rows.lines.is_empty()) else { return };
        if self.module.external {
            return;
        }
        self.out.push('\n');
        self.line(depth, "contents [");
        for row in &rows.lines {
            self.line(depth + 1, &format!("{row},"));
        }
        self.line(depth, "]");
    }

    /// Returns whether the table is exactly what `@merge` means.
    fn is_merge(&self, table: &Planned, body: &Body, parts: &[TableAt]) -> bool {
        let live = &table.live;
        let column = |name: &str, text: &str| {
            live.column(name).is_some_and(|column| {
                let plain = |text: String, default: Option<String>, comment: String| {
                    default.is_none() && comment.is_empty() && text == text.to_lowercase()
                };
                let spelled = self.speller().attribute(column);
                spelled.is_some_and(|spelled| spelled.type_text == text && plain(spelled.type_text, spelled.default, spelled.comment))
            })
        };
        let names: Vec<&str> = live.columns.iter().map(|column| column.name.as_str()).filter(|name| !is_hidden(name)).collect();
        let alone =
            names == ["merge_id", "source"] && live.primary_key == ["merge_id"] && live.indexes.is_empty() && table.links.is_empty();
        let sourced = |part: &TableAt| {
            let part = self.context.plan.table(*part);
            let key = part.key();
            key.len() == 1 && key[0].name == "merge_id" && part.links.len() == 2
        };
        table.master.is_none()
            && table.tier == StoredTier::Manual
            && body.lines.len() == 3
            && alone
            && column("merge_id", "uuid")
            && column("source", "varchar(32)")
            && !parts.is_empty()
            && parts.iter().all(sourced)
    }

    /// Returns the codes that say what this table is: one generation under the other. It exists, so that it is wanted.
    fn between_generations(&self, table: &Planned) -> Vec<&'static str> {
        let parents = || table.links.iter().map(|link| (link, self.context.plan.module_of(link.parent).generation));
        match self.module.generation {
            Generation::Modern if parents().any(|(_, parent)| parent == Generation::Classic) => vec![codes::MODERN_UNDER_CLASSIC.id],
            Generation::Classic if parents().any(|(_, parent)| parent == Generation::Modern) => vec![codes::CLASSIC_UNDER_MODERN.id],
            Generation::Modern | Generation::Classic => Vec::new(),
        }
    }
}

/// Returns whether a column has a type that a line of its generation can say.
pub(super) fn can_write(column: &Column, generation: Generation, server: Server, types: &TypeContext) -> bool {
    let sayable = Speller { server, generation, types }.attribute(column).is_some();
    // A hash in a key refers to a parent that keeps it; the arrow brings it.
    sayable || matches!(column.ty, ColumnType::Binary(16))
}
