//! Writes each schema as `.dj` text, with the `use` lines that its references need.
//!
//! What the author wrote between the quotes is copied, so that every byte leads back to the Python file; only names that mean
//! nothing outside of their Python module (`self.source`, an alias of a module) are written anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use djc_core::arrow::{Uses, arrows};
use djc_core::source::Span;

use crate::sources::{ClassRef, Found, Sources};
use crate::survey::{Options, Schema, Survey, Table, clean, known_words, said_name};
use crate::tree::{Expr, Kind, keyword};
use crate::{Finding, FindingKind, annotation, evaluate};
use djc_core::text::Text;

/// What makes a module of the tables of a database, by the names of all generations.
const VIRTUAL: [&str; 3] = ["create_virtual_module", "VirtualModule", "virtual_schema"];

/// Returns the text of each schema, in the order of [`Survey::schemas`]; what its references lack joins `findings`.
pub fn write(sources: &Sources<'_>, survey: &Survey<'_>, options: &Options, findings: &mut Vec<Finding>) -> Vec<Text> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, schema) in survey.schemas.iter().enumerate() {
        for table in &schema.tables {
            by_name.entry(&table.class.class.name.value).or_default().push(at);
        }
    }
    let schemas = survey.schemas.iter().enumerate();
    schemas
        .map(|(at, schema)| {
            let mut writer =
                Writer { sources, survey, options, by_name: &by_name, at, module: 0, class: "", brought: Brought::default(), findings };
            writer.schema(schema)
        })
        .collect()
}

/// What one file brings in.
#[derive(Default)]
struct Brought {
    uses: Uses,
    /// Where the code brings in a schema that only the database has.
    external: BTreeMap<String, Span>,
    /// What each name means: module and table.
    bound: HashMap<String, (String, String)>,
    /// Names that were reported.
    reported: BTreeSet<String>,
}

struct Writer<'s, 't, 'f> {
    sources: &'s Sources<'t>,
    survey: &'s Survey<'t>,
    options: &'s Options,
    by_name: &'s BTreeMap<&'s str, Vec<usize>>,
    at: usize,
    /// The Python module of the table that is written.
    module: usize,
    /// The name of that table's class.
    class: &'t str,
    brought: Brought,
    findings: &'f mut Vec<Finding>,
}

impl<'t> Writer<'_, 't, '_> {
    fn schema(&mut self, schema: &Schema<'t>) -> Text {
        let mut body = Text::default();
        for table in &schema.tables {
            body.push_glue("\n", table.class.id());
            self.table(table, &mut body);
        }
        let mut out = Text::default();
        for line in schema.doc.iter().flat_map(doc_lines) {
            out.push_glue("## ", schema.span);
            out.push(&line);
            out.push_glue("\n", schema.span);
        }
        out.push_glue("schema ", schema.span);
        out.push_str(&schema.module, schema.span);
        if schema.physical.text != schema.module {
            out.push_glue(" as \"", schema.span);
            out.push(&schema.physical);
            out.push_glue("\"", schema.span);
        }
        out.push_glue("\n\n", schema.span);
        for line in self.brought.uses.lines().split_inclusive('\n') {
            let module = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').nth(1).unwrap_or_default();
            match self.brought.external.get(module) {
                Some(span) => out.push_str(line, *span),
                None => out.push_glue(line, schema.span),
            }
        }
        out.push(&body);
        out
    }

    fn table(&mut self, table: &Table<'t>, out: &mut Text) {
        let class = table.class.class;
        let near = class.name.span;
        self.module = table.class.module;
        self.class = &class.name.value;
        for comment in &class.comments {
            match comment {
                Some(comment) => match annotation::of_comment(comment) {
                    Some(found) => annotate(&found, near, out),
                    None => {
                        // `##` would be documentation.
                        let hashes = comment.text.len() - comment.text.trim_start_matches('#').len();
                        out.push_glue("#", near);
                        out.push(&comment.slice(hashes..comment.text.len()));
                        out.push_glue("\n", near);
                    }
                },
                None => out.push_glue("\n", near),
            }
        }
        for line in class.doc.iter().flat_map(doc_lines) {
            out.push_glue("## ", near);
            out.push(&line);
            out.push_glue("\n", near);
        }
        for found in class.notes.iter().filter_map(annotation::of_comment).chain(table.annotations.iter().cloned()) {
            annotate(&found, near, out);
        }
        if table.role.spyglass {
            out.push_glue("@mixin(spyglass)\n", near);
        }
        // An annotation of the author says it better.
        let said = |found: &(Text, Option<Text>)| found.0.text == "mixin";
        let by_comment = class.comments.iter().flatten().chain(&class.notes).filter_map(annotation::of_comment);
        if !by_comment.chain(table.annotations.iter().cloned()).any(|found| said(&found)) {
            for name in &table.mixins {
                annotate(&(Text::new("mixin", name.segments[0].origin), Some(name.clone())), near, out);
            }
        }
        if table.role.merge {
            out.push_glue("@merge\n", near);
        }
        if let Some((module, value)) = table.nwb_table {
            match self.name_of(module, value) {
                Some(name) => {
                    out.push_glue("@nwb_table(", value.span);
                    out.push_str(&name, value.span);
                    out.push_glue(")\n", value.span);
                }
                None => {
                    let message = format!("the file table of `{}` is not among the sources; it is left out", class.name.value);
                    self.findings.push(Finding::new(FindingKind::Attribute, value.span, message));
                }
            }
        }
        if let Some(key_source) = &table.key_source {
            let key_source = self.key_source(table.class.module, key_source);
            out.push_glue("@key_source(", near);
            out.push(&key_source);
            out.push_glue(")\n", near);
        }
        if table.parallel_make {
            out.push_glue("@parallel_make\n", near);
        }
        if table.no_transaction {
            out.push_glue("@no_transaction\n", near);
        }
        out.push_glue(table.tier.word(), near);
        out.push_glue(" ", near);
        out.push_str(&class.name.value, near);
        out.push_glue(" {\n", near.after());
        out.push(&self.definition(table));
        out.push_glue("\n", near);
        for part in &table.parts {
            out.push_glue("\n", near);
            self.table(part, out);
        }
        if let Some(rows) = &table.contents {
            out.push_glue("\ncontents [", near);
            out.push(rows);
            if !rows.text.trim_end_matches([' ', '\t']).ends_with('\n') {
                out.push_glue("\n", near);
            }
            out.push_glue("]\n", near);
        }
        out.push_glue("}\n", near);
    }

    /// Returns the definition with its references as they are written here.
    fn definition(&mut self, table: &Table<'t>) -> Text {
        let mut text = table.definition.clone();
        let arrows = arrows(&text.text);
        for path in arrows.into_iter().rev() {
            let words: Vec<String> = text.text[path.clone()].split('.').map(|word| word.trim().to_string()).collect();
            let span = text.origin(path.clone()).unwrap_or(table.class.id());
            if let Some(new) = self.reference(table, &words, span) {
                text.replace(path, &Text::new(new, span));
            }
        }
        text
    }

    /// Makes the path of a reference known in this file; returns the path that it must have here, if another.
    fn reference(&mut self, table: &Table<'t>, words: &[String], span: Span) -> Option<String> {
        let (first, rest) = words.split_first()?;
        if first == "master" || first == "self" && rest.is_empty() {
            return None;
        }
        let module = table.class.module;
        let (found, behind, held) = if first == "self" {
            let found = self.sources.member(&Found::Class(table.class), &rest[0]);
            (found, &rest[1..], true)
        } else {
            // What the module does not know itself is in the module that activates it.
            let own = self.sources.look_up(module, first);
            let here = || self.same_schema(first).is_some();
            let linked = || self.survey.linking.get(&module).and_then(|linking| self.sources.look_up(*linking, first));
            let decided = self.options.links.iter().any(|(name, _)| name == first);
            let found = if own.is_none() && !decided && !here() { linked() } else { own };
            (found, rest, false)
        };
        match found {
            Some(Found::Class(class)) => match self.survey.home.get(&class.id()) {
                Some(home) => {
                    let path = if behind.is_empty() { home.path.clone() } else { format!("{}.{}", home.path, behind.join(".")) };
                    let new = self.bring(home.schema, &path, (!held && !home.path.contains('.')).then_some(first));
                    (new != words.join(".")).then_some(new)
                }
                None => self.missing(words, span, "a class that is not converted", Some(class)),
            },
            Some(Found::Module(inner)) if !behind.is_empty() => match self.sources.member(&Found::Module(inner), &behind[0]) {
                Some(Found::Class(class)) => match self.survey.home.get(&class.id()) {
                    Some(home) => {
                        let tail = if behind.len() > 1 { format!(".{}", behind[1..].join(".")) } else { String::new() };
                        let new = if home.schema == self.at {
                            format!("{}{tail}", home.path)
                        } else {
                            let name = self.survey.schemas[home.schema].module.clone();
                            self.brought.uses.modules.insert(name.clone());
                            format!("{name}.{}{tail}", home.path)
                        };
                        (new != words.join(".")).then_some(new)
                    }
                    None => self.missing(words, span, "a class that is not converted", Some(class)),
                },
                _ => self.linked(words, span, "no class of that module"),
            },
            Some(Found::Value(home, value)) if is_virtual(self.sources, home, value) => self.of_virtual(words, behind, home, value, span),
            Some(Found::Value(home, Expr { kind: Kind::Attribute(value, table), .. }))
                if let Some((home, value)) = self.virtual_module(home, value) =>
            {
                let path: Vec<String> = std::iter::once(table.clone()).chain(behind.iter().cloned()).collect();
                self.of_virtual(words, &path, home, value, span)
            }
            None | Some(Found::Value(..)) if held => self.unset(words, span),
            Some(Found::Foreign(dotted)) => {
                let known = self.options.links.iter().any(|(name, _)| name == first);
                if known {
                    self.linked(words, span, "linked")
                } else {
                    self.missing(words, span, &format!("imported from `{dotted}`, which was not read"), None)
                }
            }
            Some(Found::Module(_) | Found::Function(..) | Found::Value(..)) => self.linked(words, span, "set when the code runs"),
            None => match self.same_schema(first) {
                // datajoint finds the tables of the schema that other files declare, too.
                Some(home) => {
                    let new = self.bring(home, &words.join("."), None);
                    (new != words.join(".")).then_some(new)
                }
                None => match self.survey.spawned.get(&module).map(Vec::as_slice) {
                    Some([physical]) if rest.is_empty() && !self.by_name.contains_key(first.as_str()) => {
                        let physical = physical.clone();
                        self.external(words, words, Some(&physical), span, span)
                    }
                    _ => self.linked(words, span, "declared by none of the sources"),
                },
            },
        }
    }

    /// Returns the module with a table of this schema.
    fn same_schema(&self, table: &str) -> Option<usize> {
        let schema = &self.survey.schemas[self.at];
        if schema.tables.iter().any(|other| other.class.class.name.value == table) {
            return Some(self.at);
        }
        self.survey.module_of(&schema.physical.text, table)
    }

    /// Makes a table known and returns how it is written here.
    fn bring(&mut self, schema: usize, path: &str, alias: Option<&String>) -> String {
        if schema == self.at {
            return path.to_string();
        }
        let module = self.survey.schemas[schema].module.clone();
        let (class, tail) = path.split_once('.').map_or((path, None), |(class, tail)| (class, Some(tail)));
        let name = alias.map_or(class, String::as_str);
        self.bring_as(&module, class, name, tail)
    }

    fn bring_as(&mut self, module: &str, class: &str, name: &str, tail: Option<&str>) -> String {
        let meaning = (module.to_string(), class.to_string());
        let own = self.survey.schemas[self.at].tables.iter().any(|table| table.class.class.name.value == name);
        let free = !own && self.brought.bound.get(name).is_none_or(|bound| *bound == meaning);
        let head = if free {
            self.brought.bound.insert(name.to_string(), meaning);
            self.brought.uses.tables.entry(module.to_string()).or_default().insert((class.to_string(), name.to_string()));
            name.to_string()
        } else {
            // The name means something else in this file.
            self.brought.uses.modules.insert(module.to_string());
            format!("{module}.{class}")
        };
        tail.map_or(head.clone(), |tail| format!("{head}.{tail}"))
    }

    /// Finds a name that only the linking module of a lab would know.
    fn linked(&mut self, words: &[String], span: Span, why: &str) -> Option<String> {
        let (first, rest) = words.split_first()?;
        let tail = (!rest.is_empty()).then(|| rest.join("."));
        if let Some((_, target)) = self.options.links.iter().find(|(name, _)| name == first) {
            let new = match target.split_once('.') {
                Some((module, class)) if self.is_here(module) => {
                    [Some(class.to_string()), tail].into_iter().flatten().collect::<Vec<_>>().join(".")
                }
                Some((module, class)) => self.bring_as(module, class, first, tail.as_deref()),
                None if self.is_here(target) => rest.join("."),
                None => {
                    self.brought.uses.modules.insert(target.clone());
                    [Some(target.clone()), tail].into_iter().flatten().collect::<Vec<_>>().join(".")
                }
            };
            return (new != words.join(".")).then_some(new);
        }
        let wanted = rest.first().unwrap_or(first);
        let homes = self.homes(wanted);
        // A module of that name decides between several.
        let of_module = homes.iter().find(|home| !rest.is_empty() && self.survey.schemas[**home].module == *first);
        match (homes.as_slice(), of_module) {
            (_, Some(home)) | ([home], None) => {
                let home = *home;
                let module = self.survey.schemas[home].module.clone();
                if self.brought.reported.insert(first.clone()) {
                    let message =
                        format!("`{first}` is for a linking module to say; `{module}.{wanted}` is taken, the one table of that name");
                    let finding = Finding::new(FindingKind::Linked, span, message);
                    self.findings.push(finding.help(format!("`--link {first}=MODULE[.Table]` says another")));
                }
                let new = if home == self.at {
                    words[usize::from(!rest.is_empty())..].join(".")
                } else if rest.is_empty() {
                    self.bring_as(&module, wanted, first, None)
                } else {
                    self.brought.uses.modules.insert(module.clone());
                    format!("{module}.{}", rest.join("."))
                };
                (new != words.join(".")).then_some(new)
            }
            _ => self.missing(words, span, why, None),
        }
    }

    /// Returns the schemas with a table of that name, other than the table that is written: none refers to itself.
    fn homes(&self, name: &str) -> Vec<usize> {
        let homes = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        homes.iter().copied().filter(|home| *home != self.at || name != self.class).collect()
    }

    fn is_here(&self, module: &str) -> bool {
        self.survey.schemas[self.at].module == module
    }

    fn of_virtual(&mut self, words: &[String], behind: &[String], home: usize, value: &'t Expr, span: Span) -> Option<String> {
        if self.options.links.iter().any(|(name, _)| *name == words[0]) {
            return self.linked(words, span, "");
        }
        let name = self.physical_of(home, value);
        let module_of = |name: &Text| {
            let holds_it = behind.first().and_then(|table| self.survey.module_of(&name.text, table));
            holds_it.or_else(|| self.survey.schemas.iter().position(|schema| schema.physical.text == name.text))
        };
        let known = name.as_ref().and_then(module_of);
        match known {
            Some(schema) if schema == self.at => Some(behind.join(".")),
            Some(schema) => {
                let module = self.survey.schemas[schema].module.clone();
                self.brought.uses.modules.insert(module.clone());
                let new = format!("{module}.{}", behind.join("."));
                (new != words.join(".")).then_some(new)
            }
            None => self.external(words, behind, name.as_ref().map(|name| name.text.as_str()), span, value.span),
        }
    }

    /// Returns the schema that a virtual module is made of.
    fn physical_of(&self, home: usize, value: &'t Expr) -> Option<Text> {
        let Kind::Call { arguments, keywords, .. } = &value.kind else { return None };
        // `dj.virtual_schema("name")` of generation 2 has no name of a module before it.
        let name = keyword(keywords, "schema_name").or(arguments.get(1)).or(arguments.first())?;
        evaluate::template(self.sources, home, name, &mut Vec::new()).ok()
    }

    /// Returns the virtual module that an expression of names leads to.
    fn virtual_module(&self, module: usize, value: &'t Expr) -> Option<(usize, &'t Expr)> {
        match self.sources.follow(module, value) {
            Some(Found::Value(home, value)) if is_virtual(self.sources, home, value) => Some((home, value)),
            _ => None,
        }
    }

    /// Returns the name of the `extern schema` that a virtual module stands for, made at that place.
    fn external_name(&self, physical: &str, made: Span, first: &str) -> String {
        let text = self.sources.modules.iter().find(|module| module.tree.file == made.file).map(|module| &module.tree.text);
        let said = text.and_then(|text| said_name(text, made));
        said.unwrap_or_else(|| clean(&known_words(physical).unwrap_or_else(|| first.to_string())))
    }

    /// Writes a reference to a table that only the database has; an `extern schema` has to declare it.
    fn external(&mut self, words: &[String], tables: &[String], physical: Option<&str>, span: Span, made: Span) -> Option<String> {
        let path = words.join(".");
        let Some(physical) = physical else {
            return self.missing(words, span, "read from a schema of the database, when the code runs", None);
        };
        let module = self.external_name(physical, made, &words[0]);
        if self.brought.reported.insert(path.clone()) {
            let message = format!("`{path}` is read from the schema `{physical}` of the database, when the code runs");
            let finding = Finding::new(FindingKind::UnreadTable, span, message);
            let first = &words[0];
            self.findings.push(if physical.contains("${") {
                finding
                    .help("`djc pull --database URL --schema NAME --extern -o DIR` writes its tables as `extern schema NAME`")
                    .help(format!("then import again with `--link {first}=NAME`"))
            } else {
                finding
                    .help(format!(
                        "`djc pull --database URL --schema {physical} --extern -o DIR` writes its tables as `extern schema {module}`"
                    ))
                    .help("or import its sources as well")
            });
        }
        self.brought.uses.modules.insert(module.clone());
        self.brought.external.entry(module.clone()).or_insert(made);
        let new = format!("{module}.{}", tables.join("."));
        (new != path).then_some(new)
    }

    /// Reports a name that the class does not hold.
    fn unset(&mut self, words: &[String], span: Span) -> Option<String> {
        let path = words.join(".");
        if self.brought.reported.insert(path.clone()) {
            let finding = Finding::new(FindingKind::UnreadTable, span, format!("`{path}` is set when the code runs"));
            self.findings.push(finding.help(format!("set `{}` in the body of the class to the class of a table", words[1])));
        }
        None
    }

    fn missing(&mut self, words: &[String], span: Span, why: &str, class: Option<ClassRef<'t>>) -> Option<String> {
        let path = words.join(".");
        if self.brought.reported.insert(path.clone()) {
            let message = format!("`{path}` is {why}");
            let mut finding = Finding::new(FindingKind::UnreadTable, span, message);
            if let Some(class) = class {
                finding = finding.label(class.id(), "this class");
            }
            let (first, wanted) = (&words[0], words.get(1).unwrap_or(&words[0]));
            let homes = self.homes(wanted);
            let spawned = self.survey.spawned.get(&self.module).cloned().unwrap_or_default();
            finding = match homes.as_slice() {
                _ if class.is_some() => finding.help("what keeps the class out is reported at the class"),
                [] if words.len() == 1 && !spawned.is_empty() => spawned.iter().fold(finding, |finding, physical| {
                    let module = clean(&known_words(physical).unwrap_or_else(|| "schema".to_string()));
                    finding.help(format!(
                        "is it in `{physical}`? `djc pull --database URL --schema {physical} --extern -o DIR` and `--link {first}={module}.{wanted}`"
                    ))
                }),
                [] if words.len() > 1 => finding.help(format!("import its sources as well, or say which module it is: `--link {first}=MODULE`")),
                [] => finding.help(format!("import its sources as well, or say which table it is: `--link {first}=MODULE.Table`")),
                homes => {
                    let target = |home: &usize| {
                        let module = &self.survey.schemas[*home].module;
                        if words.len() > 1 { format!("`--link {first}={module}`") } else { format!("`--link {first}={module}.{wanted}`") }
                    };
                    finding.help(format!("say which is meant: {}", homes.iter().map(target).collect::<Vec<_>>().join(", ")))
                }
            };
            self.findings.push(finding);
        }
        None
    }

    /// Returns a key source with the names that its tables have here.
    fn key_source(&mut self, module: usize, written: &Text) -> Text {
        let mut out = written.clone();
        for path in names(&written.text).into_iter().rev() {
            let words: Vec<&str> = written.text[path.clone()].split('.').collect();
            let mut found = self.sources.look_up(module, words[0]);
            let mut used = 1;
            // As far as the names are tables: `module.Table.proj` ends at the table.
            while let Some(next) = words.get(used)
                && let Some(inner) = found.as_ref().and_then(|found| self.sources.member(found, next))
                && matches!(inner, Found::Class(_) | Found::Module(_))
            {
                found = Some(inner);
                used += 1;
            }
            if let Some(Found::Value(home, value)) = &found
                && is_virtual(self.sources, *home, value)
                && let Some(physical) = self.physical_of(*home, value)
            {
                let module = self.external_name(&physical.text, value.span, words[0]);
                self.brought.uses.modules.insert(module.clone());
                self.brought.external.entry(module.clone()).or_insert(value.span);
                let range = path.start..path.start + words[..used].join(".").len();
                if written.text[range.clone()] != module {
                    let origin = written.origin(range.clone()).unwrap_or(value.span);
                    out.replace(range, &Text::new(module, origin));
                }
            }
            if let Some(Found::Class(class)) = found
                && let Some(home) = self.survey.home.get(&class.id())
            {
                let (schema, table) = (home.schema, home.path.clone());
                let module = self.survey.schemas[schema].module.clone();
                let bound = self.brought.bound.get(&table).is_some_and(|(known, class)| *known == module && *class == table);
                let new = if schema == self.at || bound {
                    table
                } else {
                    self.brought.uses.modules.insert(module.clone());
                    format!("{module}.{table}")
                };
                let length = words[..used].join(".").len();
                let range = path.start..path.start + length;
                if written.text[range.clone()] != new {
                    let origin = written.origin(range.clone()).unwrap_or(class.id());
                    out.replace(range, &Text::new(new, origin));
                }
            }
        }
        out
    }

    /// Returns how a table that an expression names is written here.
    fn name_of(&mut self, module: usize, value: &'t Expr) -> Option<String> {
        match self.sources.follow(module, value) {
            Some(Found::Class(class)) => {
                let home = self.survey.home.get(&class.id())?;
                let (schema, path) = (home.schema, home.path.clone());
                Some(self.bring(schema, &path, None))
            }
            _ => None,
        }
    }
}

fn is_virtual(sources: &Sources<'_>, module: usize, value: &Expr) -> bool {
    match &value.kind {
        Kind::Call { function, .. } => match sources.follow(module, function) {
            Some(Found::Foreign(dotted)) => {
                dotted.starts_with("datajoint.") && dotted.rsplit('.').next().is_some_and(|name| VIRTUAL.contains(&name))
            }
            _ => false,
        },
        _ => false,
    }
}

/// Returns the dotted names of an expression, those in quotes and those behind other values left out.
fn names(text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut quote = None;
    let mut begun: Option<usize> = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_name = c.is_alphanumeric() || c == '_' || c == '.';
        match quote {
            Some(open) => quote = (c != open).then_some(open),
            None if is_name => begun = begun.or(Some(at)),
            None => {
                if let Some(start) = begun.take().filter(|start| text[*start..].starts_with(|c: char| c.is_alphabetic() || c == '_')) {
                    out.push(start..at);
                }
                quote = matches!(c, '\'' | '"').then_some(c);
            }
        }
    }
    out
}

/// Writes an annotation.
fn annotate((name, arguments): &(Text, Option<Text>), near: Span, out: &mut Text) {
    let at = name.segments.first().map_or(near, |segment| segment.origin);
    out.push_glue("@", at);
    out.push(name);
    if let Some(arguments) = arguments {
        out.push_glue("(", at);
        out.push(arguments);
        out.push_glue(")", at);
    }
    out.push_glue("\n", at);
}

/// Returns the lines of a documentation string, without the indentation that they share.
fn doc_lines(doc: &Text) -> Vec<Text> {
    let trimmed = doc.trimmed();
    let mut lines = Vec::new();
    let mut start = 0;
    for line in trimmed.text.split_inclusive('\n') {
        lines.push(start..start + line.trim_end().len());
        start += line.len();
    }
    let indent = |range: &Range<usize>| {
        let line = &trimmed.text[range.clone()];
        (!line.is_empty()).then(|| line.len() - line.trim_start_matches([' ', '\t']).len())
    };
    let shared = lines.iter().skip(1).filter_map(indent).min().unwrap_or(0);
    // Closing quotes on a line of their own stand as deep as the text.
    let closing = doc.text.rsplit_once('\n').map(|(_, last)| last).filter(|last| last.trim().is_empty());
    let shared = closing.map_or(shared, |last| shared.min(last.len()));
    let cut = |(at, range): (usize, Range<usize>)| {
        let from = if at == 0 { range.start } else { (range.start + shared).min(range.end) };
        trimmed.slice(from..range.end)
    };
    lines.into_iter().enumerate().map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_quotes_are_no_names() {
        let text = "lab.Subject & 'a.b > 1' & (Session.proj() - Other)";
        let found: Vec<&str> = names(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["lab.Subject", "Session.proj", "Other"]);
    }
}
