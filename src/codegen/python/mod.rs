//! Python classes of a pipeline: one module per schema, as a lab would write them for datajoint.
//!
//! Definitions are the author's text, comments and blank lines included; only the names of tables are those that the module has. What
//! Python cannot say in a class stands in `# djc:` comments, so that `djc import python` reads the same pipeline back. The text is as `black`
//! leaves it.
//!
//! `package` says which modules there are and in which order classes stand, `names` what is imported, `module` makes the classes, `text` and
//! `literal` write strings and values. Templates show the shape.

mod expression;
mod literal;
mod module;
mod names;
mod package;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use super::{Input, MARK, Target};
use crate::config;
use crate::core::ir::SchemaId;
use crate::diag::Sink;
use crate::output::Files;
use package::{Kind, Package};

/// The folder of hand-written methods, inside of the package.
pub const METHODS: &str = "methods";

/// Python classes for datajoint.
#[derive(Debug, Clone, Copy)]
pub struct Python;

/// Hand-written classes that generated ones inherit from: by module, `Table` or `Table.Part`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Methods(pub BTreeMap<String, BTreeSet<String>>);

impl Target for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn out<'c>(&self, settings: &'c config::Generate) -> Option<&'c str> {
        settings.python.as_deref()
    }

    fn needs_variables(&self) -> bool {
        // They are read when the module is imported.
        false
    }

    fn generate(&self, input: &Input<'_>, sink: &mut Sink) -> Files {
        let mut files = Files::new();
        let Some(package) = Package::new(input, sink) else { return files };
        let trees: BTreeMap<SchemaId, _> = package
            .schemas
            .keys()
            .filter_map(|id| Some((*id, input.files.iter().find(|file| file.file == input.pipeline.schema(*id).span.file)?)))
            .collect();
        let mut variables = BTreeSet::new();
        for (id, kind) in &package.schemas {
            let schema = input.pipeline.schema(*id);
            variables.extend(schema.name.variables().into_iter().map(str::to_string));
            let text = match kind {
                Kind::Classes => module::module(&package, *id, trees[id], sink),
                Kind::Virtual => module::virtual_module(&package, *id, trees.get(id).copied()),
            };
            files.add(format!("{}.py", schema.module), text);
        }
        if !variables.is_empty() {
            files.add("_variables.py", variables_module(input, &variables));
        }
        files.add("__init__.py", init_module(&package));
        files
    }
}

/// Returns the first line of a file.
fn header(source: &str) -> String {
    format!("# {MARK} from {source}; do not edit.")
}

/// Returns the name that Python has for a variable of schema names.
fn variable_name(variable: &str) -> String {
    let mut name: String = variable.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) || package::is_keyword(&name) {
        name.insert(0, '_');
    }
    name
}

fn variables_module(input: &Input<'_>, variables: &BTreeSet<String>) -> String {
    let mut out = header("djc.toml");
    out.push_str("\n\"\"\"What the names of schemas are made of: the environment says it, or djc.toml.\"\"\"\n\nimport os\n\n");
    for variable in variables {
        let (name, quoted) = (variable_name(variable), text::quoted(variable));
        let line = match input.defaults.get(variable) {
            Some(default) => text::wrapped(&format!("{name} = os.getenv("), &[quoted, text::quoted(default)], ")", 0),
            None => format!("{name} = os.environ[{quoted}]"),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn init_module(package: &Package<'_>) -> String {
    let modules: Vec<String> = package.schemas.keys().map(|id| text::quoted(&package.input.pipeline.schema(*id).module)).collect();
    let name = package.input.config.name.as_deref().unwrap_or("the pipeline");
    let doc = text::docstring(&format!("The tables of {name}, a module for each schema."), 0).unwrap_or_default();
    format!("{}\n{doc}\n\n{}\n", header("djc.toml"), text::listed("__all__ = [", &modules, "]", 0))
}
