//! Random edits of the pipelines of `random`, as a person makes them in the files, with what that person would say about them.
//!
//! An edit is made of numbers as the pipelines are: fewer and smaller ones make a simpler edit. Those after which the files have errors are taken back, so that
//! what comes out compiles.

use std::collections::BTreeSet;

use djc::config::Config;
use djc::core::dialect::{Lowered, Options, Server, Target, lower};
use djc::core::ir::{Fill, Generation, Pipeline};
use djc::core::source::SourceMap;
use djc::core::value::Value;
use djc::diag::Sink;
use djc::migrate::Intent;
use djc::{parser, resolve};

use crate::random::Choices;

/// Files that compile, lowered for a server.
pub struct Compiled {
    /// What they say.
    pub pipeline: Pipeline,
    /// Physical names of the schemas.
    pub names: Vec<String>,
    /// Their tables.
    pub lowered: Lowered,
}

impl Compiled {
    /// Compiles files; `None` where they have errors, or the server cannot hold what they say. The prefix stands before the names of the schemas.
    pub fn of(files: &[(String, String)], generation: Generation, prefix: &str, target: &Target) -> Option<Compiled> {
        let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
        let config = Config { generation, ..Config::default() };
        let mut parse = |(module, text): &(String, String)| {
            let file = sources.add(format!("{module}.dj"), text.as_str());
            parser::parse(file, text, &mut sink)
        };
        let trees: Vec<_> = files.iter().map(&mut parse).collect();
        let pipeline = resolve::resolve(&trees, &config, &mut sink);
        if sink.has_errors() {
            return None;
        }
        let names: Vec<String> = pipeline.schemas.iter().map(|schema| format!("{prefix}{}", schema.module)).collect();
        let lowered = lower(&pipeline, &names, target, &Options::default());
        lowered.problems.is_empty().then_some(Compiled { pipeline, names, lowered })
    }
}

/// Edited files.
#[derive(Debug, Clone)]
pub struct Edited {
    /// `(module, text)`.
    pub files: Vec<(String, String)>,
    /// What the files alone do not say: names that changed, values for rows that are there.
    pub intent: Intent,
    /// What was done, for a message.
    pub said: Vec<String>,
}

/// Edits a pipeline; `compiles` says whether files have no errors.
pub fn edited(
    files: &[(String, String)],
    numbers: &[u16],
    generation: Generation,
    compiles: impl Fn(&[(String, String)]) -> bool,
) -> Edited {
    let mut choices = Choices::new(numbers);
    let mut draft = Draft::read(files, generation);
    // One number decides how many, so that a shorter list still means one edit.
    let wanted = 1 + choices.below(5);
    let mut attempts = 0;
    while draft.said.len() < wanted && attempts < 4 * wanted {
        attempts += 1;
        let mut next = draft.clone();
        let said = next.edit(&mut choices);
        if let Some(said) = said
            && compiles(&next.files())
        {
            next.said.push(said);
            draft = next;
        }
    }
    Edited { files: draft.files(), intent: draft.intent, said: draft.said }
}

/// The texts, cut into tables.
#[derive(Clone)]
struct Draft {
    generation: Generation,
    /// Module and the lines before its first table.
    heads: Vec<(String, String)>,
    tables: Vec<Block>,
    intent: Intent,
    said: Vec<String>,
    /// Names that have had their edit: one each, so that what is said stays simple.
    used: BTreeSet<String>,
    /// Counts what is new, for its name.
    fresh: usize,
}

/// A table or a part.
#[derive(Clone)]
struct Block {
    module: String,
    /// The tier's word; `None` for a part.
    tier: Option<String>,
    class: String,
    /// Its lines, trimmed, between the braces.
    lines: Vec<String>,
}

/// The tiers that a table of the random pipelines can have.
const TIERS: &[&str] = &["manual", "lookup", "imported", "computed"];

/// A type, one that holds more, and whether generation 2 knows both.
const WIDER: &[(&str, &str, Generation)] = &[
    ("varchar(12)", "varchar(40)", Generation::Classic),
    ("int", "bigint", Generation::Classic),
    ("smallint unsigned", "int unsigned", Generation::Classic),
    ("char(4)", "char(8)", Generation::Classic),
    ("decimal(6,2)", "decimal(9,3)", Generation::Classic),
    ("float", "double", Generation::Classic),
    ("date", "datetime", Generation::Classic),
    ("bool", "smallint", Generation::Classic),
    ("enum('left', 'right', 'it''s {neither}')", "enum('left', 'middle', 'right', 'it''s {neither}')", Generation::Classic),
    ("char(4)", "varchar(9)", Generation::Classic),
    ("int", "varchar(20)", Generation::Classic),
    ("varchar(12)", "varchar(40)", Generation::Modern),
    ("int32", "int64", Generation::Modern),
    ("char(4)", "char(8)", Generation::Modern),
    ("decimal(6,2)", "decimal(9,3)", Generation::Modern),
    ("bool", "int32", Generation::Modern),
    ("enum('left', 'right', 'it''s {neither}')", "enum('left', 'middle', 'right', 'it''s {neither}')", Generation::Modern),
];

/// A type and one that holds less.
const NARROWER: &[(&str, &str, Generation)] = &[
    ("varchar(12)", "varchar(4)", Generation::Classic),
    ("bigint", "int", Generation::Classic),
    ("int", "smallint", Generation::Classic),
    ("decimal(6,2)", "decimal(4,1)", Generation::Classic),
    ("datetime", "date", Generation::Classic),
    ("enum('left', 'right', 'it''s {neither}')", "enum('left', 'right')", Generation::Classic),
    ("varchar(12)", "int", Generation::Classic),
    ("longblob", "blob", Generation::Classic),
    ("varchar(12)", "varchar(4)", Generation::Modern),
    ("int64", "int32", Generation::Modern),
    ("int32", "int16", Generation::Modern),
    ("decimal(6,2)", "decimal(4,1)", Generation::Modern),
    ("enum('left', 'right', 'it''s {neither}')", "enum('left', 'right')", Generation::Modern),
];

impl Draft {
    fn read(files: &[(String, String)], generation: Generation) -> Draft {
        let (mut heads, mut tables) = (Vec::new(), Vec::<Block>::new());
        for (module, text) in files {
            let mut head = String::new();
            let mut open: Vec<usize> = Vec::new();
            for line in text.lines().map(str::trim) {
                let words: Vec<&str> = line.split(' ').collect();
                match (words.as_slice(), open.last()) {
                    ([tier, class, "{"], None) if TIERS.contains(tier) => {
                        open.push(tables.len());
                        tables.push(Block::new(module, Some(tier), class));
                    }
                    (["part", class, "{"], Some(master)) => {
                        let class = format!("{}.{class}", tables[*master].class);
                        open.push(tables.len());
                        tables.push(Block::new(module, None, &class));
                    }
                    (["}"], _) => drop(open.pop()),
                    (_, Some(at)) if !line.is_empty() => tables[*at].lines.push(line.to_string()),
                    (_, Some(_)) => {}
                    (_, None) => head.extend([line, "\n"]),
                }
            }
            heads.push((module.clone(), format!("{}\n\n", head.trim())));
        }
        Draft { generation, heads, tables, intent: Intent::default(), said: Vec::new(), used: BTreeSet::new(), fresh: 0 }
    }

    fn files(&self) -> Vec<(String, String)> {
        let text = |(module, head): &(String, String)| {
            let mut text = head.clone();
            for table in self.tables.iter().filter(|table| table.module == *module) {
                let Some(tier) = &table.tier else { continue };
                text.push_str(&format!("{tier} {} {{\n{}", table.class, table.body()));
                let prefix = format!("{}.", table.class);
                for part in self.tables.iter().filter(|part| part.class.starts_with(&prefix)) {
                    text.push_str(&format!("\npart {} {{\n{}}}\n", part.own_name(), part.body()));
                }
                text.push_str("}\n\n");
            }
            (module.clone(), text)
        };
        self.heads.iter().map(text).collect()
    }

    /// Makes one edit and returns what it was; `None` where the place that was chosen does not have it.
    fn edit(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        type Edit = fn(&mut Draft, &mut Choices<'_>) -> Option<String>;
        const EDITS: &[Edit] = &[
            Draft::add_attribute,
            Draft::drop_attribute,
            Draft::rename_attribute,
            Draft::rename_table,
            Draft::change_tier,
            |draft, choices| draft.retype(choices, WIDER),
            |draft, choices| draft.retype(choices, NARROWER),
            Draft::toggle_null,
            Draft::change_default,
            Draft::change_comment,
            Draft::add_key_attribute,
            Draft::drop_key_attribute,
            Draft::move_across_the_separator,
            Draft::add_reference,
            Draft::drop_reference,
            Draft::toggle_option,
            Draft::add_index,
            Draft::drop_index,
            Draft::reorder,
            Draft::add_table,
            Draft::drop_table,
            Draft::move_table,
        ];
        EDITS[choices.below(EDITS.len())](self, choices)
    }

    fn any_table(&self, choices: &mut Choices<'_>) -> usize {
        choices.below(self.tables.len())
    }

    /// Returns the name by which an intent calls a table.
    fn called(&self, table: usize) -> String {
        format!("{}.{}", self.tables[table].module, self.tables[table].class)
    }

    /// Returns whether the name has not had its edit yet, and notes it.
    fn first_time(&mut self, name: &str) -> Option<()> {
        self.used.insert(name.to_string()).then_some(())
    }

    fn name(&mut self, prefix: &str) -> String {
        self.fresh += 1;
        format!("{prefix}{}", self.fresh)
    }

    /// Returns whether nothing has been said yet about a table and its parts, by the names that they have now.
    fn not_said(&self, class: &str) -> Option<()> {
        let (end, inside) = (format!(".{class}"), format!(".{class}."));
        let Intent { tables, attributes, fill, .. } = &self.intent;
        let mut names = tables.keys().chain(attributes.keys()).chain(fill.keys());
        (!names.any(|name| name.ends_with(&end) || name.contains(&inside))).then_some(())
    }

    /// Replaces a word wherever it stands.
    fn replace_word(&mut self, old: &str, new: &str) {
        for line in self.tables.iter_mut().flat_map(|table| &mut table.lines) {
            *line = replaced(line, old, new);
        }
    }

    /// Chooses an attribute line, below or above the separator, and returns table and line.
    fn attribute(&mut self, choices: &mut Choices<'_>, in_key: bool) -> Option<(usize, usize)> {
        let table = self.any_table(choices);
        let block = &self.tables[table];
        let all: Vec<usize> = (0..block.lines.len()).filter(|at| block.is_attribute(*at) && (*at < block.separator()) == in_key).collect();
        let at = *all.get(choices.below(all.len()))?;
        let name = attribute_name(&block.lines[at]).to_string();
        self.first_time(&name)?;
        Some((table, at))
    }

    /// Returns the line of a new attribute that existing rows can have, and what they get where the line does not say.
    fn new_attribute(&mut self, choices: &mut Choices<'_>, name: &str, in_key: bool) -> (String, Option<Fill>) {
        let whole = match self.generation {
            Generation::Classic => "int",
            Generation::Modern => "int32",
        };
        let value = |value: Value| Some(Fill::Value(value));
        let all = [
            (whole, "7", value(Value::from(7))),
            ("varchar(12)", "\"it''s\"", value(Value::Text("it's \\ 50%".to_string()))),
            ("enum('left', 'right')", "\"left\"", value(Value::Text("right".to_string()))),
            ("date", "\"2020-02-29\"", value(Value::Text("2021-03-04".to_string()))),
            ("decimal(6,2)", "7", value(Value::from(12))),
        ];
        let (ty, default, fill) = all[choices.below(all.len())].clone();
        match if in_key { 2 } else { choices.below(5) } {
            0 => (format!("{name} = null : {ty}"), None),
            1 => (format!("{name} = {default} : {ty}  # new, with a default"), None),
            2 | 3 => (format!("{name} : {ty}  # new"), fill),
            _ => (format!("{name} = null : {ty}"), fill),
        }
    }

    fn add_attribute(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let table = self.any_table(choices);
        let name = self.name("n");
        self.first_time(&name)?;
        let (line, fill) = self.new_attribute(choices, &name, false);
        let from = self.tables[table].separator() + 1;
        let at = from + choices.below(self.tables[table].lines.len() - from + 1);
        self.tables[table].lines.insert(at, line.clone());
        let called = self.called(table);
        if let Some(fill) = fill
            && !self.tables[table].is_new()
        {
            self.intent.fill.entry(called.clone()).or_default().insert(name, fill);
        }
        Some(format!("{called}: new attribute {line}"))
    }

    fn add_key_attribute(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let table = self.any_table(choices);
        let name = self.name("n");
        self.first_time(&name)?;
        let (line, fill) = self.new_attribute(choices, &name, true);
        let at = self.tables[table].separator();
        self.tables[table].lines.insert(at, line.clone());
        let called = self.called(table);
        if !self.tables[table].is_new() {
            self.intent.fill.entry(called.clone()).or_default().insert(name, fill?);
        }
        Some(format!("{called}: new attribute of the key {line}"))
    }

    /// Takes a line away, and indexes that name what it brought.
    fn remove(&mut self, table: usize, at: usize) -> String {
        let line = self.tables[table].lines.remove(at);
        if !line.starts_with("->") {
            let name = attribute_name(&line).to_string();
            self.tables[table].lines.retain(|line| !(is_index(line) && words(line).any(|word| word == name)));
        }
        line
    }

    fn drop_attribute(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let (table, at) = self.attribute(choices, false)?;
        let line = self.remove(table, at);
        Some(format!("{}: attribute goes: {line}", self.called(table)))
    }

    fn drop_key_attribute(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let (table, at) = self.attribute(choices, true)?;
        let line = self.remove(table, at);
        Some(format!("{}: attribute of the key goes: {line}", self.called(table)))
    }

    fn rename_attribute(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let in_key = choices.once_in(2);
        let (table, at) = self.attribute(choices, in_key)?;
        let old = attribute_name(&self.tables[table].lines[at]).to_string();
        let new = self.name("r");
        self.first_time(&new)?;
        self.replace_word(&old, &new);
        let called = self.called(table);
        self.intent.attributes.entry(called.clone()).or_default().insert(new.clone(), old.clone());
        Some(format!("{called}: attribute {old} is called {new}"))
    }

    fn rename_table(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let table = self.any_table(choices);
        let old = self.called(table);
        let class = self.tables[table].class.clone();
        self.not_said(&class)?;
        self.first_time(&class)?;
        let below = format!("{class}.");
        let new = match class.split_once('.') {
            Some((master, _)) => format!("{master}.{}", self.name("Q")),
            None => self.name("R"),
        };
        self.first_time(&new)?;
        self.replace_word(&class, &new);
        for block in &mut self.tables {
            if block.class == class {
                block.class.clone_from(&new);
            } else if let Some(part) = block.class.strip_prefix(&below) {
                block.class = format!("{new}.{part}");
            }
        }
        self.intent.tables.insert(self.called(table), old.clone());
        Some(format!("{old} is called {new}"))
    }

    fn change_tier(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let table = self.any_table(choices);
        let tier = choices.of(TIERS);
        let called = self.called(table);
        let old = self.tables[table].tier.replace(tier.to_string())?;
        (old != tier).then(|| format!("{called}: {old} becomes {tier}"))
    }

    fn retype(&mut self, choices: &mut Choices<'_>, pairs: &[(&str, &str, Generation)]) -> Option<String> {
        let in_key = choices.once_in(2);
        let (table, at) = self.attribute(choices, in_key)?;
        let line = self.tables[table].lines[at].clone();
        let own = |(old, _, generation): &&(&str, &str, Generation)| {
            *generation == self.generation && (line.ends_with(&format!(" : {old}")) || line.contains(&format!(" : {old}  #")))
        };
        let all: Vec<_> = pairs.iter().filter(own).collect();
        let (old, new, _) = all.get(choices.below(all.len()))?;
        self.tables[table].lines[at] = line.replacen(&format!(" : {old}"), &format!(" : {new}"), 1);
        Some(format!("{}: {line} becomes {new}", self.called(table)))
    }

    fn toggle_null(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let (table, at) = self.attribute(choices, false)?;
        let line = self.tables[table].lines[at].clone();
        let (head, ty) = line.split_once(" : ")?;
        let name = attribute_name(&line);
        let new = if head.ends_with("= null") { format!("{name} : {ty}") } else { format!("{name} = null : {ty}") };
        self.tables[table].lines[at].clone_from(&new);
        Some(format!("{}: {line} becomes {new}", self.called(table)))
    }

    fn change_default(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let (table, at) = self.attribute(choices, false)?;
        let line = self.tables[table].lines[at].clone();
        let (head, ty) = line.split_once(" : ")?;
        let default = match ty.split(['(', ' ']).next()? {
            "int" | "smallint" | "bigint" | "int32" | "int64" | "decimal" | "float" | "float64" => "12",
            "varchar" => "\"y''\"",
            "date" => "\"2019-01-01\"",
            "bool" => "1",
            "enum" => "\"right\"",
            _ => return None,
        };
        let name = attribute_name(&line);
        let new =
            if head.contains('=') && !head.ends_with("null") { format!("{name} : {ty}") } else { format!("{name} = {default} : {ty}") };
        self.tables[table].lines[at].clone_from(&new);
        Some(format!("{}: {line} becomes {new}", self.called(table)))
    }

    fn change_comment(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let in_key = choices.once_in(2);
        let (table, at) = self.attribute(choices, in_key)?;
        let line = self.tables[table].lines[at].clone();
        let plain = line.split_once("  # ").map_or(line.as_str(), |(plain, _)| plain);
        let new = if choices.once_in(3) { plain.to_string() } else { format!("{plain}  # it's a \\ new: 50% {{comment}}") };
        self.tables[table].lines[at].clone_from(&new);
        Some(format!("{}: {line} becomes {new}", self.called(table)))
    }

    fn move_across_the_separator(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let in_key = choices.once_in(2);
        let (table, at) = self.attribute(choices, in_key)?;
        let line = self.tables[table].lines.remove(at);
        let separator = self.tables[table].separator();
        self.tables[table].lines.insert(if in_key { separator + 1 } else { separator }, line.clone());
        Some(format!("{}: across the separator goes {line}", self.called(table)))
    }

    /// Adds an arrow whose columns rows may leave empty.
    fn add_reference(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let (child, parent) = (self.any_table(choices), self.any_table(choices));
        if self.family(child) == self.family(parent) {
            return None;
        }
        let name = self.reference_name(child, parent);
        let line = format!("-> [nullable] {name}");
        self.tables[child].lines.push(line.clone());
        Some(format!("{}: new {line}", self.called(child)))
    }

    /// Returns the master's name, which tables have in common with their parts.
    fn family(&self, table: usize) -> &str {
        let class = &self.tables[table].class;
        class.split_once('.').map_or(class, |(master, _)| master)
    }

    fn reference_name(&self, child: usize, parent: usize) -> String {
        let parent = &self.tables[parent];
        if parent.module == self.tables[child].module { parent.class.clone() } else { format!("{}.{}", parent.module, parent.class) }
    }

    fn reference(&self, choices: &mut Choices<'_>) -> Option<(usize, usize)> {
        let table = self.any_table(choices);
        let lines = &self.tables[table].lines;
        let all: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("->") && lines[*at] != "-> master").collect();
        Some((table, *all.get(choices.below(all.len()))?))
    }

    fn drop_reference(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let (table, at) = self.reference(choices)?;
        let line = self.remove(table, at);
        Some(format!("{}: arrow goes: {line}", self.called(table)))
    }

    fn toggle_option(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let (table, at) = self.reference(choices)?;
        let line = self.tables[table].lines[at].clone();
        let rest = line.strip_prefix("-> ")?;
        let (options, rest) = rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")).unwrap_or(("", rest));
        let mut options: Vec<&str> = options.split(", ").filter(|option| !option.is_empty()).collect();
        let option = choices.of(&["nullable", "unique"]);
        match options.iter().position(|it| *it == option) {
            Some(at) => drop(options.remove(at)),
            None => options.push(option),
        }
        let options = if options.is_empty() { String::new() } else { format!("[{}] ", options.join(", ")) };
        let new = format!("-> {options}{rest}");
        self.tables[table].lines[at].clone_from(&new);
        Some(format!("{}: {line} becomes {new}", self.called(table)))
    }

    fn add_index(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let table = self.any_table(choices);
        let block = &self.tables[table];
        let indexable = |at: &usize| {
            let line = &block.lines[*at];
            block.is_attribute(*at) && !["blob", "json", "bytes"].iter().any(|word| line.contains(word))
        };
        let all: Vec<usize> = (block.separator()..block.lines.len()).filter(indexable).collect();
        let first = attribute_name(&block.lines[*all.get(choices.below(all.len()))?]).to_string();
        let unique = if choices.once_in(3) { "unique " } else { "" };
        let line = format!("{unique}index ({first})");
        self.tables[table].lines.push(line.clone());
        Some(format!("{}: new {line}", self.called(table)))
    }

    fn drop_index(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let table = self.any_table(choices);
        let at = self.tables[table].lines.iter().position(|line| is_index(line))?;
        let line = self.tables[table].lines.remove(at);
        Some(format!("{}: index goes: {line}", self.called(table)))
    }

    fn reorder(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let table = self.any_table(choices);
        let from = self.tables[table].separator() + 1;
        let lines = &mut self.tables[table].lines;
        let rest = lines.iter().skip(from).take_while(|line| !is_index(line)).count();
        let (one, other) = (from + choices.below(rest), from + choices.below(rest));
        if rest < 2 || one == other {
            return None;
        }
        lines.swap(one, other);
        let (one, other) = (lines[one].clone(), lines[other].clone());
        Some(format!("{}: change places: {one} and {other}", self.called(table)))
    }

    fn add_table(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let class = self.name("N");
        let parent = self.any_table(choices);
        self.first_time(&class)?;
        let module = self.tables[parent].module.clone();
        let mut block = Block::new(&module, Some(choices.of(TIERS)), &class);
        let key = self.name("n");
        self.first_time(&key)?;
        let whole = if self.generation == Generation::Classic { "int" } else { "int32" };
        block.lines = vec![format!("-> {}", self.tables[parent].class), format!("{key} : {whole}"), "---".to_string()];
        self.tables.push(block);
        Some(format!("new table {module}.{class}"))
    }

    fn drop_table(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let table = self.any_table(choices);
        let called = self.called(table);
        let class = self.tables[table].class.clone();
        self.not_said(&class)?;
        self.first_time(&class)?;
        let below = format!("{class}.");
        self.tables.retain(|block| block.class != class && !block.class.starts_with(&below));
        if self.tables.is_empty() {
            return None;
        }
        Some(format!("{called} goes"))
    }

    /// Moves a table into the last schema, which sees all others.
    fn move_table(&mut self, choices: &mut Choices<'_>) -> Option<String> {
        let table = self.any_table(choices);
        let to = self.heads.last()?.0.clone();
        let (from, class, called) = (self.tables[table].module.clone(), self.tables[table].class.clone(), self.called(table));
        if from == to || class.contains('.') {
            return None;
        }
        self.not_said(&class)?;
        self.first_time(&class)?;
        let family: Vec<usize> = (0..self.tables.len()).filter(|at| self.family(*at) == class).collect();
        for member in &family {
            for line in &mut self.tables[*member].lines {
                *line = qualified(line, &from, &class);
            }
        }
        for at in (0..self.tables.len()).filter(|at| !family.contains(at)) {
            if self.tables[at].module == to {
                let near = format!(" {from}.{class}");
                self.tables[at].lines.iter_mut().for_each(|line| *line = line.replace(&near, &format!(" {class}")));
            }
        }
        for member in &family {
            self.tables[*member].module.clone_from(&to);
        }
        self.intent.tables.insert(format!("{to}.{class}"), called.clone());
        Some(format!("{called} moves to {to}"))
    }
}

impl Block {
    fn new(module: &str, tier: Option<&str>, class: &str) -> Block {
        Block { module: module.to_string(), tier: tier.map(str::to_string), class: class.to_string(), lines: Vec::new() }
    }

    /// Returns whether an edit made it: no row of it needs a value.
    fn is_new(&self) -> bool {
        self.class.starts_with('N')
    }

    fn own_name(&self) -> &str {
        self.class.split_once('.').map_or(&self.class, |(_, part)| part)
    }

    fn body(&self) -> String {
        self.lines.iter().map(|line| format!("    {line}\n")).collect()
    }

    /// Returns where the separator stands.
    fn separator(&self) -> usize {
        self.lines.iter().position(|line| line == "---").expect("every table of a random pipeline has a separator")
    }

    fn is_attribute(&self, at: usize) -> bool {
        let line = &self.lines[at];
        line.contains(" : ") && !line.starts_with('#') && !line.starts_with("->") && !is_index(line)
    }
}

fn is_index(line: &str) -> bool {
    line.starts_with("index ") || line.starts_with("unique index ")
}

fn attribute_name(line: &str) -> &str {
    line.split([' ', ':', '=']).next().unwrap_or_default()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Puts the module in front of the class of an arrow that names none, unless it is of the family that moves along.
fn qualified(line: &str, module: &str, family: &str) -> String {
    let Some(rest) = line.strip_prefix("-> ") else { return line.to_string() };
    let (options, target) = match rest.split_once("] ") {
        Some((options, target)) => (format!("{options}] "), target),
        None => (String::new(), rest),
    };
    let first = words(target).next().unwrap_or_default();
    let is_plain = first != "master" && first != family && first.starts_with(char::is_uppercase);
    if is_plain { format!("-> {options}{module}.{target}") } else { line.to_string() }
}

/// Replaces a word, or words with a point between, where it stands alone.
fn replaced(line: &str, old: &str, new: &str) -> String {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(old) {
        let before = rest[..at].chars().last().or_else(|| out.chars().last());
        let after = rest[at + old.len()..].chars().next();
        out.push_str(&rest[..at]);
        out.push_str(if is_word(before) || is_word(after) { old } else { new });
        rest = &rest[at + old.len()..];
    }
    out + rest
}

#[test]
fn edits_of_every_kind_are_made() {
    const KINDS: &[&str] = &[
        ": new attribute n",
        ": new attribute of the key",
        ": attribute goes",
        ": attribute of the key goes",
        "is called r",
        "is called R",
        "is called Ta",
        " becomes manual",
        " : varchar(12) becomes ",
        ": across the separator goes",
        ": new -> [nullable]",
        ": arrow goes",
        " becomes -> [",
        ": new index",
        ": new unique index",
        ": index goes",
        ": change places",
        "new table ",
        " moves to s1",
    ];
    let target = Target::new(Server::MariaDb);
    let (mut missing, mut made) = (KINDS.to_vec(), 0);
    for seed in 0..400_u64 {
        let generation = if seed % 2 == 0 { Generation::Classic } else { Generation::Modern };
        let mut stream = blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof();
        let mut numbers = || {
            let mut bytes = [0; 160];
            stream.fill(&mut bytes);
            bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect::<Vec<u16>>()
        };
        let files = crate::random::pipeline(&numbers(), generation);
        let compiles = |files: &[(String, String)]| Compiled::of(files, generation, "", &target).is_some();
        if !compiles(&files) {
            continue;
        }
        assert_eq!(Draft::read(&files, generation).files().len(), files.len());
        let edited = edited(&files, &numbers(), generation, compiles);
        assert!(compiles(&edited.files), "{:?}", edited.files);
        made += usize::from(edited.files != files);
        missing.retain(|kind| !edited.said.iter().any(|line| line.contains(kind)));
    }
    assert_eq!(missing, [""; 0]);
    assert!(made > 300, "{made} of 400");
}
