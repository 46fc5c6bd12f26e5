//! The `djc.toml` that goes with what was pulled.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Options;
use super::plan::{Plan, is_hidden};
use crate::core::catalog::{Catalog, Charset, Column};
use crate::core::dialect::declared::Adapters;
use crate::core::dialect::{Server, split_marker};
use crate::core::ir::{AttributeType, CodecStore, Generation, type_text};

/// Returns the text of `djc.toml`.
pub(super) fn write(plan: &Plan, catalog: &Catalog, adapters: &Adapters, options: &Options) -> String {
    let generation = most(plan.modules.iter().filter(|module| !module.external).chain(&plan.modules).map(|module| module.generation));
    let generation = generation.unwrap_or(options.generation.unwrap_or_default());
    let family = options.target.server.is_mysql_family();
    let charset_of = |physical: &str| catalog.schemas.get(physical).and_then(|schema| schema.charset.clone()).filter(|_| family);
    let collations = plan.modules.iter().filter_map(|module| charset_of(&module.physical)).map(|charset| charset.collation);
    let collation = most(collations).filter(|collation| *collation != usual_collation());

    let mut out = String::from("[pipeline]\n");
    let mut key = |name: &str, value: String| writeln!(out, "{name} = {value}").expect("a String takes all that is written");
    key("name", text(&options.name));
    key("sources", "[\"*.dj\"]".to_string());
    key("datajoint", text(generation.as_str()));
    if let Some(collation) = &collation {
        key("charset", text(collation));
    }

    for module in &plan.modules {
        let charset = charset_of(&module.physical).map(|charset: Charset| charset.collation);
        let differs = |own: &String| *own != collation.clone().unwrap_or_else(|| usual_collation().to_string());
        let charset = charset.filter(differs);
        if module.generation == generation && charset.is_none() {
            continue;
        }
        writeln!(out, "\n[schemas.{}]", module.name).expect("a String takes all that is written");
        if module.generation != generation {
            writeln!(out, "datajoint = {}", text(module.generation.as_str())).expect("a String takes all that is written");
        }
        if let Some(collation) = charset {
            writeln!(out, "charset = {}", text(&collation)).expect("a String takes all that is written");
        }
    }
    switches(plan, options, &mut out);
    for (name, type_text) in &adapters.types {
        write!(out, "\n[adapters.{}]\ntype = {}\n", toml_key(name), text(type_text)).expect("a String takes all that is written");
    }
    for store in stores(plan, adapters, options.target.server) {
        write!(
            out,
            "\n[stores.{}]\n# protocol = \"file\"  # what `stores` of DataJoint's own settings says; a database does not know it\n# location = \"…\"\n",
            toml_key(&store)
        )
        .expect("a String takes all that is written");
    }
    if let Some(url) = &options.url {
        write!(out, "\n[database.live]\nurl = {}\n", text(url)).expect("a String takes all that is written");
    }
    out
}

/// What datajoint's hidden columns show to be switched on.
fn switches(plan: &Plan, options: &Options, out: &mut String) {
    let hidden = |wanted: fn(&str) -> bool, generation: Generation| {
        let mut tables =
            plan.modules.iter().filter(|module| module.generation == generation && !module.external).flat_map(|module| &module.tables);
        tables.any(|at| plan.table(*at).live.columns.iter().any(|column| is_hidden(&column.name) && wanted(&column.name)))
    };
    let filepath = plan.tables.iter().flat_map(|table| &table.live.columns).any(|column| {
        let text = match options.target.server {
            Server::Sqlite => column.declared.as_deref(),
            Server::MySql | Server::MariaDb | Server::Postgres => split_marker(&column.comment).0,
        };
        text.is_some_and(|text| text.starts_with("filepath@"))
    });
    let switches = [
        ("add_hidden_timestamp", hidden(|name| name.len() > 40 && name.ends_with("_timestamp"), Generation::Classic)),
        ("add_job_metadata", hidden(|name| name == "_job_start_time", Generation::Modern)),
        ("provenance", hidden(|name| name == "_prov", Generation::Modern)),
        ("support_filepath_management", filepath),
    ];
    if switches.iter().any(|(_, on)| *on) {
        out.push_str("\n[datajoint]\n");
        for (name, _) in switches.iter().filter(|(_, on)| *on) {
            writeln!(out, "{name} = true").expect("a String takes all that is written");
        }
    }
}

/// Returns the stores that attributes are kept in.
fn stores(plan: &Plan, adapters: &Adapters, server: Server) -> BTreeSet<String> {
    let context = adapters.context();
    let mut out = BTreeSet::new();
    for table in &plan.tables {
        let generation = plan.modules[table.module].generation;
        let text = |column: &Column| match server {
            Server::Sqlite => column.declared.clone(),
            Server::MySql | Server::MariaDb | Server::Postgres => split_marker(&column.comment).0.map(str::to_string),
        };
        for text in table.live.columns.iter().filter_map(text) {
            if let Ok(declared) = type_text::parse(&text, generation, &context) {
                out.extend(store_of(&declared.ty).map(str::to_string));
            }
        }
    }
    out
}

/// Returns the store that a type names.
fn store_of(ty: &AttributeType) -> Option<&str> {
    match ty {
        AttributeType::External(external) => Some(&external.store),
        AttributeType::Codec(codec) => match &codec.store {
            CodecStore::Named(store) => Some(store),
            CodecStore::Inline | CodecStore::Default => None,
        },
        _ => None,
    }
}

/// What djc writes for a new schema when nothing else is said.
fn usual_collation() -> &'static str {
    "utf8mb4_general_ci"
}

/// Returns what there is most of.
fn most<T: Ord + Clone>(items: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts.into_iter().max_by(|(a, x), (b, y)| x.cmp(y).then(b.cmp(a))).map(|(item, _)| item)
}

fn text(text: &str) -> String {
    toml::Value::String(text.to_string()).to_string()
}

fn toml_key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_string() } else { text(name) }
}
