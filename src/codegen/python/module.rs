//! One module: its imports, its schema object, and a class for every table.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use askama::Template;

use super::literal::{self, literal};
use super::names::{Names, own_path};
use super::package::{Package, in_order, parts_in_order};
use super::text::{self, WIDTH, pad, quoted, width};
use super::{METHODS, header, variable_name};
use crate::core::ir::{Fill, Generation, Schema, SchemaId, TableId, Tier};
use crate::core::source::Span;
use crate::diag::Sink;
use crate::parser::ast::{self, BodyItem, ContentsItem, Item};

#[derive(Template)]
#[template(path = "codegen/python/module.py", escape = "none")]
struct ModuleView {
    header: String,
    doc: Option<String>,
    /// Groups with a blank line behind each.
    imports: Vec<Vec<String>>,
    /// The names that definitions use, as a tuple, so that no tool takes them for unused.
    referenced: Option<String>,
    /// The lines that make the schema object.
    schema: Vec<String>,
    classes: Vec<String>,
}

#[derive(Template)]
#[template(path = "codegen/python/class.py", escape = "none")]
struct ClassView {
    pad: String,
    comments: Vec<String>,
    decorated: bool,
    head: String,
    doc: Option<String>,
    definition: String,
    /// Attributes of the class that are one line each.
    switches: Vec<String>,
    contents: Option<String>,
    key_source: Option<String>,
    parts: Vec<String>,
}

/// Returns the module of a schema whose tables are the project's own.
pub(super) fn module(package: &Package<'_>, id: SchemaId, file: &ast::File, sink: &mut Sink) -> String {
    let pipeline = package.input.pipeline;
    let schema = pipeline.schema(id);
    let mut writer = Writer { package, id, names: Names::new(package, id, file), library: BTreeSet::new(), methods: false };
    let mut classes = Vec::new();
    for table in in_order(package.input, id, sink).unwrap_or_default() {
        let class = &pipeline.table(table).class;
        let Some((ast, comments)) = with_comments(file).find(|(ast, _)| ast.name.value == *class) else { continue };
        classes.push(writer.class(table, ast, comments, 0));
    }
    let argument = writer.schema_name(schema);
    let mut lines = Vec::new();
    lines.extend(said_name(package, schema));
    lines.push(text::wrapped("schema = dj.Schema(", &[argument], ")", 0));
    let referenced = writer.names.referenced();
    let view = ModuleView {
        header: header(&source_name(package, file)),
        doc: schema.doc.as_deref().and_then(|doc| text::docstring(doc, 0)),
        imports: writer.imports(),
        referenced: (!referenced.is_empty()).then(|| tuple("_referenced = ", &referenced)),
        schema: lines,
        classes,
    };
    rendered(&view)
}

/// Returns the module of a schema whose tables are somebody else's: datajoint reads them from the database.
pub(super) fn virtual_module(package: &Package<'_>, id: SchemaId, file: Option<&ast::File>) -> String {
    let schema = package.input.pipeline.schema(id);
    let source = file.map_or_else(|| "djc.toml".to_string(), |file| source_name(package, file));
    let mut imports = vec![vec!["import datajoint as dj".to_string()]];
    let (argument, variables) = name_argument(schema, variable_name);
    if !variables.is_empty() {
        imports.push(vec![text::wrapped("from ._variables import ", &variables, "", 0)]);
    }
    let module = &schema.module;
    let line = match package.generation {
        Generation::Classic => text::wrapped(&format!("{module} = dj.VirtualModule("), &[quoted(module), argument], ")", 0),
        Generation::Modern => text::wrapped(&format!("{module} = dj.virtual_schema("), &[argument], ")", 0),
    };
    let mut lines = vec!["# Its tables belong to somebody else and are read from the database.".to_string()];
    lines.extend(said_name(package, schema));
    lines.push(line);
    rendered(&ModuleView {
        header: header(&source),
        doc: schema.doc.as_deref().and_then(|doc| text::docstring(doc, 0)),
        imports,
        referenced: None,
        schema: lines,
        classes: Vec::new(),
    })
}

fn rendered(view: &impl Template) -> String {
    let mut out = view.render().expect("a template of texts cannot fail");
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Returns the name of a source without its folder, which is another one on every machine.
fn source_name(package: &Package<'_>, file: &ast::File) -> String {
    let name = &package.input.sources.file(file.file).name;
    name.rsplit('/').next().unwrap_or(name).to_string()
}

/// Returns the tables of a file with the comments above them, those behind the table before included.
fn with_comments(file: &ast::File) -> impl Iterator<Item = (&ast::Table, Vec<String>)> {
    let mut comments = Vec::new();
    file.items.iter().filter_map(move |item| match item {
        Item::Comment(comment) => {
            comments.push(remark(&comment.value));
            None
        }
        Item::Schema(_) | Item::Use(_) => {
            comments.clear();
            None
        }
        Item::Table(table) => Some((table.as_ref(), std::mem::take(&mut comments))),
        Item::Blank(_) | Item::Error(_) => None,
    })
}

/// Returns the parts of a table with the comments directly above them.
fn parts_with_comments(table: &ast::Table) -> impl Iterator<Item = (&ast::Table, Vec<String>)> {
    let mut comments = Vec::new();
    table.body.iter().filter_map(move |item| {
        match item {
            BodyItem::Comment(comment) => comments.push(remark(&comment.value)),
            BodyItem::Part(part) => return Some((part.as_ref(), std::mem::take(&mut comments))),
            _ => comments.clear(),
        }
        None
    })
}

/// Returns the comments that [`parts_with_comments`] gives to parts.
fn comments_of_parts(table: &ast::Table) -> Vec<Span> {
    let (mut spans, mut above) = (Vec::new(), Vec::new());
    for item in &table.body {
        match item {
            BodyItem::Comment(comment) => above.push(comment.span),
            BodyItem::Part(_) => spans.append(&mut above),
            _ => above.clear(),
        }
    }
    spans
}

/// Returns a comment as `black` leaves it.
fn remark(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() { "#".to_string() } else { format!("# {text}") }
}

/// Returns an assignment of a tuple of names.
fn tuple(head: &str, names: &[String]) -> String {
    match names {
        [one] => format!("{head}({one},)"),
        names => text::listed(&format!("{head}("), names, ")", 0),
    }
}

/// Returns the argument that names a schema, and the variables in it.
fn name_argument(schema: &Schema, mut variable: impl FnMut(&str) -> String) -> (String, Vec<String>) {
    let template = schema.name.template();
    let variables = schema.name.variables();
    if variables.is_empty() {
        return (quoted(template), Vec::new());
    }
    let mut names = BTreeSet::new();
    let mut pieces = String::new();
    let mut rest = template;
    let mut alone = None;
    for word in variables {
        let (before, behind) = rest.split_once(&format!("${{{word}}}")).expect("the template holds its variables");
        pieces.push_str(&before.replace('{', "{{").replace('}', "}}"));
        let name = variable(word);
        write!(pieces, "{{{name}}}").expect("a String takes all that is written");
        alone = (before.is_empty() && behind.is_empty()).then(|| name.clone());
        names.insert(name);
        rest = behind;
    }
    pieces.push_str(&rest.replace('{', "{{").replace('}', "}}"));
    let argument = match alone.filter(|name| pieces == format!("{{{name}}}")) {
        Some(name) => name,
        None => format!("f{}", quoted(&pieces)),
    };
    (argument, names.into_iter().collect())
}

/// Returns the comment that tells the import the name of a module, where that of the database does not.
fn said_name(package: &Package<'_>, schema: &Schema) -> Option<String> {
    let shares = |other: &&Schema| other.name == schema.name && other.module != schema.module;
    let unclear = schema.name.template() != schema.module || package.input.pipeline.schemas.iter().any(|other| shares(&other));
    unclear.then(|| format!("# djc: schema {}", schema.module))
}

struct Writer<'a> {
    package: &'a Package<'a>,
    id: SchemaId,
    names: Names<'a>,
    /// Modules of Python's library that literals need.
    library: BTreeSet<&'static str>,
    /// Whether a class inherits from the hand-written methods.
    methods: bool,
}

impl Writer<'_> {
    fn schema_name(&mut self, schema: &Schema) -> String {
        name_argument(schema, |word| self.names.variable(&variable_name(word))).0
    }

    fn imports(&self) -> Vec<Vec<String>> {
        let mut foreign = vec!["import datajoint as dj".to_string()];
        let mut own = self.names.own_lines();
        for line in self.names.foreign_lines() {
            if line.starts_with("from .") { own.push(line) } else { foreign.push(line) }
        }
        if self.methods {
            let module = &self.package.input.pipeline.schema(self.id).module;
            own.push(format!("from .{METHODS} import {module} as methods"));
        }
        own.sort();
        let library = self.library.iter().map(|module| format!("import {module}")).collect();
        [library, foreign, own].into_iter().filter(|group: &Vec<String>| !group.is_empty()).collect()
    }

    /// Returns the class of a table, `indent` deep, with its parts.
    fn class(&mut self, id: TableId, ast: &ast::Table, mut comments: Vec<String>, indent: usize) -> String {
        let pipeline = self.package.input.pipeline;
        let table = pipeline.table(id);
        comments.extend(self.annotations(id));
        let bases = self.bases(id);
        let head = text::wrapped(&format!("class {}(", table.class), &bases, "):", indent);
        let definition = format!("{}definition = {}", pad(indent + 4), text::block(&self.definition(id, ast), indent + 4));
        let mut switches = Vec::new();
        let inner = pad(indent + 4);
        if let Some(file_table) = table.annotations.nwb_table {
            let path = self.nwb_path(ast);
            switches.push(format!("{inner}_nwb_table = {}", self.names.table(&path, file_table)));
        }
        if table.annotations.parallel_make {
            switches.push(format!("{inner}_parallel_make = True"));
        }
        if table.annotations.no_transaction {
            switches.push(format!("{inner}_use_transaction = False"));
        }
        let contents = self.contents(ast, indent + 4);
        let key_source = table.annotations.key_source.as_deref();
        let key_source = key_source.map(|written| super::expression::returned(written, &mut self.names, indent + 8));
        let parts: Vec<String> = parts_in_order(self.package.input, id)
            .into_iter()
            .filter_map(|part| {
                let class = &pipeline.table(part).class;
                let (ast, comments) = parts_with_comments(ast).find(|(part, _)| part.name.value == *class)?;
                Some(self.class(part, ast, comments, indent + 4))
            })
            .collect();
        let view = ClassView {
            pad: pad(indent),
            comments,
            decorated: indent == 0,
            head,
            doc: table.doc.as_deref().and_then(|doc| text::docstring(doc, indent + 4)),
            definition,
            switches,
            contents,
            key_source,
            parts,
        };
        let mut out = view.render().expect("a template of texts cannot fail");
        out.truncate(out.trim_end().len());
        out
    }

    /// Returns the annotations that Python has no word for, as the comments that the import reads.
    fn annotations(&self, id: TableId) -> Vec<String> {
        let annotations = &self.package.input.pipeline.table(id).annotations;
        let mut out = Vec::new();
        let mixins: Vec<&str> = annotations.mixins.iter().map(String::as_str).filter(|name| *name != SPYGLASS).collect();
        if !mixins.is_empty() {
            out.push(format!("# djc: mixin {}", mixins.join(", ")));
        }
        if let Some(old) = &annotations.renamed_from {
            out.push(format!("# djc: renamed_from {old}"));
        }
        if !annotations.renamed.is_empty() {
            let renames: Vec<String> = annotations.renamed.iter().map(|(new, old)| format!("{old} -> {new}")).collect();
            out.push(format!("# djc: renamed {}", renames.join(", ")));
        }
        if !annotations.fill.is_empty() {
            let fills: Vec<String> = annotations
                .fill
                .iter()
                .map(|(name, fill)| match fill {
                    Fill::Value(value) => format!("{name} = {}", literal(value, 0, 0).replace('\n', " ")),
                    Fill::Sql(sql) => format!("{name} = sql({})", quoted(sql)),
                })
                .collect();
            // Written as a call, because a value may hold brackets.
            out.push(format!("# djc: fill({})", fills.join(", ")));
        }
        if !annotations.allow.is_empty() {
            out.push(format!("# djc: allow {}", annotations.allow.join(", ")));
        }
        out
    }

    fn bases(&mut self, id: TableId) -> Vec<String> {
        let input = self.package.input;
        let table = input.pipeline.table(id);
        let mut bases = Vec::new();
        let path = own_path(self.package, table).join(".");
        let module = &input.pipeline.schema(self.id).module;
        if input.methods.0.get(module).is_some_and(|classes| classes.contains(&path)) {
            self.methods = true;
            bases.push(format!("methods.{path}"));
        }
        let is_part = matches!(table.tier, Tier::Part { .. });
        let spyglass = table.annotations.mixins.iter().any(|name| name == SPYGLASS);
        for name in &table.annotations.mixins {
            if let Some(mixin) = input.config.mixins.get(name) {
                let class = mixin.part.as_ref().filter(|_| is_part).unwrap_or(&mixin.class);
                let (module, class) = class.rsplit_once('.').unwrap_or((".", class));
                let module = if module.is_empty() { "." } else { module };
                bases.push(self.names.foreign(module, class));
            }
        }
        // Those of Spyglass are tables themselves.
        if table.annotations.merge {
            bases.push(self.names.foreign("spyglass.utils.dj_merge_tables", "_Merge"));
        }
        if spyglass && !input.config.mixins.contains_key(SPYGLASS) {
            if is_part {
                bases.push(self.names.foreign("spyglass.utils", "SpyglassMixinPart"));
                return bases;
            }
            bases.push(self.names.foreign("spyglass.utils", "SpyglassMixin"));
        }
        let base = match table.tier {
            Tier::Manual if table.annotations.merge => return bases,
            Tier::Manual => "dj.Manual",
            Tier::Lookup => "dj.Lookup",
            Tier::Imported => "dj.Imported",
            Tier::Computed => "dj.Computed",
            Tier::Part { .. } => "dj.Part",
        };
        bases.push(base.to_string());
        bases
    }

    fn nwb_path(&self, ast: &ast::Table) -> Vec<ast::Ident> {
        let annotation = ast.annotations.iter().find(|annotation| annotation.name.value == "nwb_table");
        let words = annotation.and_then(|annotation| annotation.arguments.as_ref());
        words.map_or_else(Vec::new, |words| {
            words.value.split('.').map(|word| ast::Ident::new(word.trim().to_string(), words.span)).collect()
        })
    }

    /// Returns the lines of a definition as the author wrote them, with the names that tables have here.
    fn definition(&mut self, id: TableId, ast: &ast::Table) -> Vec<String> {
        let input = self.package.input;
        let table = input.pipeline.table(id);
        let of_parts = comments_of_parts(ast);
        let mut lines: Vec<String> = Vec::new();
        for item in &ast.body {
            let span = match item {
                BodyItem::Blank(_) => {
                    if lines.last().is_some_and(|line| !line.is_empty()) {
                        lines.push(String::new());
                    }
                    continue;
                }
                BodyItem::Reference(reference) => {
                    lines.push(self.reference(table, reference));
                    continue;
                }
                BodyItem::Comment(text) if of_parts.contains(&text.span) => continue,
                BodyItem::Comment(text) => {
                    // As the first line it would be the comment of the table.
                    if lines.is_empty() {
                        lines.push("#".to_string());
                    }
                    text.span
                }
                BodyItem::TableComment(text) => text.span,
                BodyItem::Separator(line) => line.span,
                BodyItem::Attribute(line) => line.span,
                BodyItem::Index(line) => line.span,
                BodyItem::Part(_) | BodyItem::Contents(_) | BodyItem::Error(_) => continue,
            };
            let file = input.sources.file(span.file);
            lines.push(file.line(file.line_column(span.start).line).trim().to_string());
        }
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        let says_attributes = ast.body.iter().any(|item| matches!(item, BodyItem::Attribute(_) | BodyItem::Reference(_)));
        if table.annotations.merge && !says_attributes {
            lines.extend(["merge_id : uuid", "---", "source : varchar(32)"].map(str::to_string));
        }
        lines
    }

    /// Returns the line of a reference.
    fn reference(&mut self, table: &crate::core::ir::Table, reference: &ast::Reference) -> String {
        let file = self.package.input.sources.file(reference.span.file);
        let line = file.line(file.line_column(reference.span.start).line);
        let found = table.references.iter().find(|found| found.span == reference.span);
        let (Some(found), [first, ..]) = (found, reference.target.path.as_slice()) else { return line.trim().to_string() };
        let last = reference.target.path.last().unwrap_or(first);
        let path = self.names.table(&reference.target.path, found.parent);
        let written = first.span.start as usize..last.span.end as usize;
        let start = file.text[..written.start].rfind('\n').map_or(0, |end| end + 1);
        let (from, to) = (written.start - start, written.end - start);
        format!("{}{path}{}", &line[..from], &line[to..]).trim().to_string()
    }

    /// Returns the rows that belong to a definition.
    fn contents(&mut self, ast: &ast::Table, indent: usize) -> Option<String> {
        let contents = ast.body.iter().find_map(|item| match item {
            BodyItem::Contents(contents) => Some(contents),
            _ => None,
        })?;
        let inner = pad(indent + 4);
        let mut lines = String::new();
        for item in &contents.rows {
            match item {
                ContentsItem::Row { value, comment, .. } => {
                    literal::modules(value, &mut self.library);
                    let row = literal(value, indent + 4, 1);
                    let comment = comment.as_ref().map(|comment| remark(&comment.value));
                    match comment {
                        Some(comment) if !row.contains('\n') && width(&row) + indent + 7 + width(&comment) <= WIDTH => {
                            lines.push_str(&format!("{inner}{row},  {comment}\n"));
                        }
                        Some(comment) => lines.push_str(&format!("{inner}{comment}\n{inner}{row},\n")),
                        None => lines.push_str(&format!("{inner}{row},\n")),
                    }
                }
                ContentsItem::Comment(comment) => lines.push_str(&format!("{inner}{}\n", remark(&comment.value))),
                ContentsItem::Blank(_) | ContentsItem::Error(_) => {}
            }
        }
        let pad = pad(indent);
        Some(if lines.is_empty() { format!("{pad}contents = []") } else { format!("{pad}contents = [\n{lines}{pad}]") })
    }
}

/// The mixin that djc knows without djc.toml.
const SPYGLASS: &str = "spyglass";
