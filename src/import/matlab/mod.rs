//! DataJoint tables in MATLAB sources, read without running them.
//!
//! `scan` makes tokens of a file, `read` finds its class and its definition, `survey` the tables with their schemas and parts, and [`write`]
//! puts each schema into `.dj` text of which every byte leads back into an `.m` file. What cannot be known without MATLAB is a finding.

mod contents;
mod expression;
mod read;
mod scan;
mod schema_name;
mod survey;
mod write;

use std::collections::BTreeMap;

use super::decisions;
use super::files::MatlabFile;
use super::front::{Declared, Derived, Imported, Layout, Reading};
use crate::core::ir::Generation;
use crate::core::source::SourceMap;
use crate::diag::{Diagnostic, Sink, codes, counted};
use read::Unit;

/// What the command line decides.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the project.
    pub name: String,
    /// Schema names of packages.
    pub schemas: Vec<(String, String)>,
    /// Which file a table goes to.
    pub layout: Layout,
}

/// Imports MATLAB packages; what a person should know or decide joins the sink, with its place in the `.m` files.
///
/// The tables belong to generation 0.14: datajoint-matlab knows no other.
pub fn import(files: &[MatlabFile], options: &Options, sources: &mut SourceMap, sink: &mut Sink) -> Imported {
    decisions::of_matlab(files, &options.schemas, sink);
    let reading = read_all(files, &options.schemas, options.layout, sources, sink);
    reading.declare(sources, sink).import(Generation::Classic, &options.name, sources, sink)
}

/// Reads MATLAB packages as sources of a project: what they declare is resolved with all else.
pub fn sources(files: &[MatlabFile], names: &[(String, String)], sources: &mut SourceMap, sink: &mut Sink) -> Declared {
    let mut found = Sink::new();
    let declared = read_all(files, names, Layout::Schema, sources, &mut found).declare(sources, &mut found);
    // Names are resolved with those of the `.dj` files, and reported then.
    let here = |diagnostic: &Diagnostic| diagnostic.code.id != codes::UNREAD_TABLE.id;
    found.into_sorted().into_iter().filter(here).for_each(|diagnostic| sink.report(diagnostic));
    declared
}

fn read_all(files: &[MatlabFile], schemas: &[(String, String)], layout: Layout, sources: &SourceMap, sink: &mut Sink) -> Reading {
    let unit = |file: &MatlabFile| Unit::read(file.file, file.package.clone(), file.name.clone(), sources);
    let mut units: Vec<Unit> = files.iter().map(unit).collect();
    // As people list them: the classes of a package before the packages in it.
    units.sort_by(|a, b| (&a.package, &a.name).cmp(&(&b.package, &b.name)));
    let survey = survey::survey(&units, schemas, layout);
    let written = write::write(&survey);
    if survey.found == 0 {
        let found = codes::NO_TABLE_CLASSES.anywhere(format!("no table class in {}", counted(files.len(), "MATLAB file")));
        sink.report(found.help("table classes inherit from `dj.Manual` and its like, and stand in a package: a folder `+name`"));
    }
    let modules = survey.modules.iter().zip(written.texts);
    let reading = Reading {
        modules: modules.map(|(module, text)| Derived { module: module.name.clone(), text, span: module.span }).collect(),
        variables: survey.variables.iter().map(|variable| (variable.name.clone(), None)).collect(),
        adapters: BTreeMap::new(),
        mixins: BTreeMap::new(),
        found: survey.found,
        converted: survey.homes.len(),
        left_out: survey.left_out,
        unread: written.unread,
    };
    survey.findings.into_iter().chain(written.findings).for_each(|finding| sink.report(finding));
    reading
}
