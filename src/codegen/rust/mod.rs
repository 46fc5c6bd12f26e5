//! Rust of a pipeline: a module per schema, a type per table with its row, its key and what is inserted.
//!
//! `package` says which modules there are and how everything is called, `name` what Rust takes for a name, `field` what an attribute is in Rust, `key`
//! how keys flow along references, `table` makes the views, `doc` the documentation. Templates show the shape; `prettyplease` gives the form.
//!
//! What a module declares for its user (rows, keys, enums, constants) stands in front, without a name that it did not ask for. Impls stand in a private
//! module of their own: there no constant of an attribute is in the way of an argument, and no part of a type of the language.

mod doc;
mod field;
mod key;
mod name;
mod package;
mod table;

use std::collections::BTreeMap;

use askama::Template;

use super::{Input, MARK, Target};
use crate::config::{self, Config};
use crate::core::ir::SchemaId;
use crate::core::state::{Lowering, State};
use crate::diag::{Sink, counted};
use crate::output::Files;
use key::Ancestors;
use package::Package;
use table::literal;

/// Typed tables for `djc-runtime`.
#[derive(Debug, Clone, Copy)]
pub struct Rust;

/// What the user wants to be otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Types of the user's own for blobs and json: `module.Class.attribute` to a path of Rust. serde reads and writes them.
    pub field_types: BTreeMap<String, String>,
}

impl Options {
    /// Returns what `[generate.rust]` of djc.toml says.
    pub fn of(config: &Config) -> Self {
        Options { field_types: config.generate.rust_field_types.clone() }
    }
}

impl Target for Rust {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn out<'c>(&self, settings: &'c config::Generate) -> Option<&'c str> {
        settings.rust.as_deref()
    }

    fn needs_variables(&self) -> bool {
        // They are read when the program connects.
        false
    }

    fn generate(&self, input: &Input<'_>, sink: &mut Sink) -> Files {
        let mut files = Files::new();
        let Some(package) = Package::new(input, &Options::of(input.config), sink) else { return files };
        let whole = Whole::new(input, &package);
        for (id, module) in &package.schemas {
            let body = format!("{}\n{}", UNFORMATTED, whole.module(*id));
            files.add(format!("{}.rs", name::plain(module)), formatted(&body, &format!("{}.dj", input.pipeline.schema(*id).module)));
        }
        files.add("_model.rs", formatted(&whole.state_module(), "djc.toml"));
        let name = input.config.name.as_deref().unwrap_or("the pipeline");
        let head = format!("//! The tables of {}, a module for each schema.\n{UNFORMATTED}", doc::plain(name));
        files.add("mod.rs", formatted(&format!("{head}\n{}", whole.root(false)), "djc.toml"));
        files
    }
}

/// `cargo fmt` and djc would not leave the same.
const UNFORMATTED: &str = "#![cfg_attr(rustfmt, rustfmt_skip)]";

/// Returns everything as one file that is included; `None` when an option is wrong, which is reported.
pub fn one_file(input: &Input<'_>, options: &Options, sink: &mut Sink) -> Option<String> {
    let package = Package::new(input, options, sink)?;
    Some(formatted(&Whole::new(input, &package).root(true), "djc.toml"))
}

#[derive(Template)]
#[template(path = "codegen/rust/root.rs.jinja", escape = "none")]
struct RootView {
    schemas: Vec<SchemaView>,
    /// The module with the state, or that it is a file.
    state: String,
    fingerprint: String,
    variables: Vec<(String, String)>,
}

struct SchemaView {
    module: String,
    /// Nothing where it is a file of its own.
    body: Option<String>,
}

#[derive(Template)]
#[template(path = "codegen/rust/module.rs.jinja", escape = "none")]
struct ModuleView {
    doc: Vec<String>,
    tables: Vec<String>,
}

/// All that is written.
struct Whole<'w> {
    input: &'w Input<'w>,
    package: &'w Package<'w>,
    ancestors: Ancestors,
    /// The tables as the runtime reads them.
    state: String,
}

impl<'w> Whole<'w> {
    fn new(input: &'w Input<'w>, package: &'w Package<'w>) -> Self {
        let options = &input.lowering;
        let lowering = Lowering {
            add_hidden_timestamp: options.add_hidden_timestamp,
            add_job_metadata: options.add_job_metadata,
            provenance: options.provenance,
            mixed_parents: options.mixed_parents.clone(),
        };
        let state = State::of_modules(input.pipeline, &package.schemas.keys().copied().collect(), lowering);
        Whole { input, package, ancestors: Ancestors::new(input.pipeline), state: escaped(&state.write()) }
    }

    fn root(&self, inline: bool) -> String {
        let view = RootView {
            schemas: self
                .package
                .schemas
                .iter()
                .map(|(id, module)| SchemaView { module: module.clone(), body: inline.then(|| self.module(*id)) })
                .collect(),
            state: if inline { format!("{{ {} }}", self.state_module()) } else { ";".to_string() },
            fingerprint: literal(&blake3::hash(self.state.as_bytes()).to_hex()),
            variables: self.variables(),
        };
        view.render().expect("the template has fields and loops only")
    }

    fn module(&self, id: SchemaId) -> String {
        let schema = self.input.pipeline.schema(id);
        let mut doc = schema.doc.as_deref().map(doc::lines).unwrap_or_default();
        if !doc.is_empty() {
            doc.push(String::new());
        }
        let tables: Vec<_> =
            schema.tables.iter().copied().filter(|id| self.input.pipeline.master(self.input.pipeline.table(*id)).is_none()).collect();
        let whose = if schema.owned { "" } else { ", which somebody else declares and fills" };
        doc.push(format!("{} of schema {}{whose}.", counted(tables.len(), "table"), doc::code(schema.name.template())));
        let tables = tables.into_iter().map(|id| table::table(self.package, &self.ancestors, id)).collect();
        ModuleView { doc, tables }.render().expect("the template has fields and loops only")
    }

    fn state_module(&self) -> String {
        let hashes = "#".repeat(1 + longest_run(&self.state));
        format!("/// The tables as djc keeps them.\npub(super) const STATE: &str = r{hashes}\"{}\"{hashes};\n", self.state)
    }

    /// Returns the variables of schema names that have a value without the environment.
    fn variables(&self) -> Vec<(String, String)> {
        let names = self.package.schemas.keys().flat_map(|id| self.input.pipeline.schema(*id).name.variables());
        let values: BTreeMap<&str, &String> = names.filter_map(|name| Some((name, self.input.defaults.get(name)?))).collect();
        values.into_iter().map(|(name, value)| (literal(name), literal(value))).collect()
    }
}

/// Returns JSON without the characters that the compiler refuses in source; they can stand in texts only.
fn escaped(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut out, c| {
        match doc::is_hidden(c) {
            true => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => out.push(c),
        }
        out
    })
}

/// Returns how many `#` stand behind a quote in a row.
fn longest_run(text: &str) -> usize {
    text.split('"').skip(1).map(|rest| rest.chars().take_while(|c| *c == '#').count()).max().unwrap_or(0)
}

/// Returns the text in its form, with the head of a generated file.
fn formatted(text: &str, source: &str) -> String {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("djc wrote Rust that does not parse, a bug of djc: {error}\n{text}"));
    format!("// {MARK} from {source}; do not edit.\n{}", spaced(&prettyplease::unparse(&file)))
}

/// Sets a blank line between items, which `prettyplease` leaves to none.
fn spaced(text: &str) -> String {
    const HEADS: [&str; 8] = ["///", "#[", "pub ", "impl ", "mod ", "fn ", "const ", "use super::"];
    let mut out = String::with_capacity(text.len() + text.len() / 50);
    let mut before = "";
    for line in text.lines() {
        let begins = HEADS.iter().any(|head| line.trim_start().starts_with(head));
        let ends = before.trim_start().starts_with('}') || before.ends_with(';') || before.starts_with("#![") || before.starts_with("//!");
        // A head behind documentation or an attribute belongs to it; a name that is used again stands by its item.
        if begins && ends && !line.starts_with("pub use ") {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        before = line;
    }
    out
}
