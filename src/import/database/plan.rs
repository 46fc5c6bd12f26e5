//! What is written of a database, and under which names: modules, classes, tiers, and what becomes of everything else.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Fate, Finding, Options, Place};
use crate::core::catalog::{Action, Catalog, Column, ForeignKey, Schema, Table, TableKind, evidence};
use crate::core::dialect::Server;
use crate::core::dialect::declared::Adapters;
use crate::core::ir::{Generation, StoredTier, camel_case, parse_stored, snake_case};
use crate::diag::codes;

/// One `.dj` file in the making.
#[derive(Debug)]
pub(super) struct Module {
    pub name: String,
    pub physical: String,
    pub generation: Generation,
    /// Only what others refer to is written, for them to refer to.
    pub external: bool,
    /// Its tables, masters and parts.
    pub tables: Vec<TableAt>,
}

/// Position of a table in [`Plan::tables`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TableAt(pub usize);

/// A table that will be written.
#[derive(Debug)]
pub(super) struct Planned {
    pub live: Table,
    pub module: usize,
    pub class: String,
    pub tier: StoredTier,
    pub master: Option<TableAt>,
    /// Foreign keys that an arrow says, in order.
    pub links: Vec<Link>,
}

/// A foreign key that an arrow says.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub parent: TableAt,
    pub key: ForeignKey,
}

/// Everything that will be written.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub modules: Vec<Module>,
    pub tables: Vec<Planned>,
    /// What became of every table that was found in the schemas that were asked for.
    pub fates: BTreeMap<(String, String), Fate>,
    pub findings: Vec<Finding>,
    by_name: HashMap<(String, String), TableAt>,
}

impl Plan {
    pub fn table(&self, at: TableAt) -> &Planned {
        &self.tables[at.0]
    }

    pub fn module_of(&self, at: TableAt) -> &Module {
        &self.modules[self.table(at).module]
    }

    pub fn find(&self, schema: &str, table: &str) -> Option<TableAt> {
        self.by_name.get(&(schema.to_string(), table.to_string())).copied()
    }

    /// Returns how a table is called from inside a module: `Class`, `Master.Part`, `module.Class`.
    pub fn name_from(&self, at: TableAt, module: usize) -> String {
        let table = self.table(at);
        let class = match table.master {
            Some(master) => format!("{}.{}", self.table(master).class, table.class),
            None => table.class.clone(),
        };
        if table.module == module { class } else { format!("{}.{class}", self.modules[table.module].name) }
    }

    /// Returns the adapters and codecs of a project's own that the tables use.
    pub fn used_adapters(&self, server: Server) -> Adapters {
        let columns = self.tables.iter().flat_map(|table| {
            let generation = self.modules[table.module].generation;
            table.live.columns.iter().map(move |column| (column, generation))
        });
        Adapters::read(columns, server)
    }

    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

impl Planned {
    /// Returns the columns of the key that are attributes, in the order of the key.
    pub fn key(&self) -> Vec<&Column> {
        self.live.primary_key.iter().filter_map(|name| self.live.column(name)).filter(|column| !is_hidden(&column.name)).collect()
    }
}

/// Returns whether a column is datajoint's own.
pub(super) fn is_hidden(column: &str) -> bool {
    column.starts_with('_')
}

/// Returns whether datajoint takes the name for an attribute.
pub(super) fn is_attribute_name(name: &str, generation: Generation) -> bool {
    let word = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    // datajoint 0.14 takes such a line for an index.
    word && !(generation == Generation::Classic && name.starts_with("index"))
}

/// Decides what is written. `type_of` says whether a column has a type that its generation can write.
pub(super) fn plan(catalog: &Catalog, options: &Options, can_write: impl Fn(&Column, Generation) -> bool) -> Plan {
    let mut plan = Plan::default();
    let mut drafts: BTreeMap<(String, String), Draft> = BTreeMap::new();
    let mut generations: BTreeMap<String, Generation> = BTreeMap::new();
    for schema in catalog.schemas.values() {
        let wanted = options.schemas.contains(&schema.name);
        let generation = generation_of(schema, wanted, options, &mut plan);
        generations.insert(schema.name.clone(), generation);
        for table in schema.tables.values() {
            let fate = match draft(table, schema, generation, options, &can_write) {
                Ok(draft) => {
                    drafts.insert((schema.name.clone(), table.name.clone()), draft);
                    Fate::Written
                }
                Err(fate) => fate,
            };
            if wanted {
                plan.fates.insert((schema.name.clone(), table.name.clone()), fate);
            }
        }
    }
    adopt_parts(&mut drafts, &mut plan);
    let chosen = choose(catalog, options, &mut drafts, &generations, &mut plan);
    name_modules(&chosen, &drafts, options, &mut plan);
    link(&mut plan);
    report_fates(&mut plan);
    plan
}

/// A table that could be written.
struct Draft {
    live: Table,
    class: String,
    tier: StoredTier,
    master: Option<String>,
    generation: Generation,
}

fn generation_of(schema: &Schema, wanted: bool, options: &Options, plan: &mut Plan) -> Generation {
    if let Some(generation) = options.generation {
        return generation;
    }
    let (generation, evidence) = evidence::of_schema(schema, options.target.server);
    let other = |trace: &&evidence::Evidence| trace.generation != generation;
    if wanted && let Some(first) = evidence.iter().find(other) {
        let tables: BTreeSet<&str> = evidence.iter().filter(other).map(|trace| trace.table.as_str()).collect();
        let what = crate::diag::counted(tables.len(), "table");
        let own = evidence.iter().find(|trace| trace.generation == generation);
        let mut finding = Finding::new(
            &codes::MIXED_GENERATIONS,
            Place::Schema(schema.name.clone()),
            format!("schema `{}` belongs to datajoint {generation}, and {what} in it to the other one", schema.name),
        )
        .help(format!("`{}` has {}", first.table, first.trace));
        if let Some(own) = own {
            finding = finding.help(format!("of datajoint {generation} is, for example, {} (`{}`)", own.trace, own.table));
        }
        plan.report(finding);
    }
    generation
}

/// Where a file of SQLite has the tables whose names have no dot.
const SQLITE_MAIN: &str = "main";

/// Reads one table; its own generation is that of the schema unless all its traces are the other's.
fn draft(
    table: &Table,
    schema: &Schema,
    generation: Generation,
    options: &Options,
    can_write: &impl Fn(&Column, Generation) -> bool,
) -> Result<Draft, Fate> {
    if table.name.starts_with('~') {
        return Err(Fate::Service);
    }
    if table.kind == TableKind::View {
        return Err(Fate::View);
    }
    if options.target.server == Server::Sqlite && schema.name == SQLITE_MAIN {
        return Err(Fate::NotDataJoint("its name says no schema"));
    }
    let Some(name) = parse_stored(&table.name) else { return Err(Fate::NotDataJoint("its name is none that datajoint gives")) };
    let class = camel_case(&name.base);
    if snake_case(&class, Generation::Modern).ok().as_deref() != Some(&name.base) {
        return Err(Fate::NotDataJoint("its name is none that datajoint gives"));
    }
    let evidence = if options.generation.is_some() { Vec::new() } else { evidence::of_table(table, schema) };
    let decided = !evidence.is_empty() && evidence.iter().all(|trace| trace.generation != generation);
    let splits = decided && options.target.server != Server::Postgres;
    let generation = match evidence.first() {
        Some(trace) if splits => trace.generation,
        Some(_) | None => generation,
    };
    if table.primary_key.is_empty() {
        return Err(Fate::NotDataJoint("it has no primary key"));
    }
    for name in &table.primary_key {
        let Some(column) = table.column(name) else { continue };
        let singleton = name == "_singleton" && table.primary_key.len() == 1 && generation == Generation::Modern;
        if !singleton && (is_hidden(name) || !is_attribute_name(name, generation)) {
            return Err(Fate::KeyName(name.clone()));
        }
        if !singleton && !can_write(column, generation) {
            return Err(Fate::KeyType(name.clone()));
        }
    }
    Ok(Draft { live: table.clone(), class, tier: name.tier, master: name.master, generation })
}

/// Parts go where their master is, and nowhere without one.
fn adopt_parts(drafts: &mut BTreeMap<(String, String), Draft>, plan: &mut Plan) {
    let parts: Vec<(String, String)> = drafts.iter().filter(|(_, draft)| draft.master.is_some()).map(|(name, _)| name.clone()).collect();
    for name in parts {
        let master = drafts[&name].master.clone().unwrap_or_default();
        match drafts.get(&(name.0.clone(), master.clone())).map(|master| master.generation) {
            Some(generation) => drafts.get_mut(&name).expect("it was listed").generation = generation,
            None => {
                drafts.remove(&name);
                if let Some(fate) = plan.fates.get_mut(&name) {
                    *fate = Fate::Orphan(master);
                }
            }
        }
    }
}

/// Returns the tables that are written, each with whether it is somebody else's: all that are wanted, and what they refer to.
fn choose(
    catalog: &Catalog,
    options: &Options,
    drafts: &mut BTreeMap<(String, String), Draft>,
    generations: &BTreeMap<String, Generation>,
    plan: &mut Plan,
) -> BTreeMap<(String, String), bool> {
    let is_wanted =
        |name: &(String, String)| options.schemas.contains(&name.0) && options.only.as_ref().is_none_or(|only| only.contains(name));
    let mut chosen: BTreeMap<(String, String), bool> = BTreeMap::new();
    let mut open: Vec<(String, String)> = drafts.keys().filter(|name| is_wanted(name)).cloned().collect();
    while let Some(name) = open.pop() {
        if chosen.contains_key(&name) {
            continue;
        }
        let external = options.external || !is_wanted(&name);
        chosen.insert(name.clone(), external);
        let draft = &drafts[&name];
        open.extend(draft.master.iter().map(|master| (name.0.clone(), master.clone())));
        let generation = draft.generation;
        let live = draft.live.clone();
        for key in &live.foreign_keys {
            let parent = (key.parent_schema.clone(), key.parent_table.clone());
            let in_key = key.columns.iter().all(|column| live.primary_key.contains(column));
            if external && !in_key || key.parent_table.starts_with('~') || parent == name {
                continue;
            }
            if drafts.contains_key(&parent) {
                open.push(parent);
            } else if !catalog.schemas.contains_key(&parent.0)
                && let Some(draft) = imagined(key, &live, generations.get(&parent.0).copied().unwrap_or(generation))
            {
                let message = format!("`{}.{}` cannot be seen and is written as `{}.{}` shows it", parent.0, parent.1, name.0, name.1);
                plan.report(
                    Finding::new(&codes::UNSEEN_PARENT, Place::Table(parent.0.clone(), parent.1.clone()), message)
                        .help("with rights on its schema the real table is read"),
                );
                drafts.insert(parent.clone(), draft);
                open.push(parent);
            }
        }
    }
    chosen
}

/// Returns a parent that the account may not see, as far as a foreign key shows it: its name and the columns of its key.
fn imagined(key: &ForeignKey, child: &Table, generation: Generation) -> Option<Draft> {
    let name = parse_stored(&key.parent_table)?;
    // A part would need a master, of which nothing is known.
    if name.master.is_some() || key.on_update != Action::Cascade {
        return None;
    }
    let columns: Option<Vec<Column>> = key
        .columns
        .iter()
        .zip(&key.parent_columns)
        .map(|(own, theirs)| {
            let column = child.column(own)?;
            let default = crate::core::catalog::ColumnDefault::None;
            Some(Column { name: theirs.clone(), nullable: false, default, auto_increment: false, ..column.clone() })
        })
        .collect();
    let live = Table {
        schema: key.parent_schema.clone(),
        name: key.parent_table.clone(),
        columns: columns?,
        primary_key: key.parent_columns.clone(),
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
        comment: String::new(),
        ..child.clone()
    };
    Some(Draft { live, class: camel_case(&name.base), tier: name.tier, master: None, generation })
}

/// Makes a module for each schema, and a second one for its tables of the other generation or of somebody else.
fn name_modules(chosen: &BTreeMap<(String, String), bool>, drafts: &BTreeMap<(String, String), Draft>, options: &Options, plan: &mut Plan) {
    let mut groups: BTreeMap<(String, bool, Generation), Vec<(String, String)>> = BTreeMap::new();
    for (name, external) in chosen {
        // A part stands inside of its master, whoever asked for it.
        let owner = drafts[name].master.as_ref().map_or(external, |master| &chosen[&(name.0.clone(), master.clone())]);
        groups.entry((name.0.clone(), *owner, drafts[name].generation)).or_default().push(name.clone());
    }
    // The larger part of a schema has its name.
    let mut order: Vec<_> = groups.into_iter().collect();
    order.sort_by(|((a, _, _), x), ((b, _, _), y)| a.cmp(b).then(y.len().cmp(&x.len())));
    let mut taken = BTreeSet::new();
    for ((physical, external, generation), names) in order {
        let module = plan.modules.len();
        let name = module_name(&physical, options, &mut taken);
        plan.modules.push(Module { name, physical, generation, external, tables: Vec::new() });
        for name in names {
            let draft = &drafts[&name];
            let at = TableAt(plan.tables.len());
            plan.tables.push(Planned {
                live: draft.live.clone(),
                module,
                class: draft.class.clone(),
                tier: draft.tier,
                master: None,
                links: Vec::new(),
            });
            plan.modules[module].tables.push(at);
            plan.by_name.insert(name, at);
        }
    }
    for at in 0..plan.tables.len() {
        let Planned { live: Table { schema, name, .. }, .. } = &plan.tables[at];
        let master = drafts[&(schema.clone(), name.clone())].master.clone();
        plan.tables[at].master = master.and_then(|master| plan.find(schema, &master));
    }
}

/// Returns a name for a module that nothing else has: the physical one where it is a word.
fn module_name(physical: &str, options: &Options, taken: &mut BTreeSet<String>) -> String {
    let plain = options.modules.get(physical).map_or(physical, String::as_str);
    let mut word: String = plain.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if !word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        word.insert_str(0, "s_");
    }
    let mut name = word.clone();
    let mut number = 2;
    // Files of some systems do not look at letter case.
    while !taken.insert(name.to_lowercase()) {
        name = format!("{word}_{number}");
        number += 1;
    }
    name
}

/// Turns foreign keys into arrows where an arrow says them.
fn link(plan: &mut Plan) {
    for at in 0..plan.tables.len() {
        let at = TableAt(at);
        let module = plan.module_of(at);
        let (external, generation) = (module.external, module.generation);
        let live = &plan.table(at).live;
        let mut links = Vec::new();
        let mut refused = Vec::new();
        for key in &live.foreign_keys {
            // A key onto the tracking table of a store comes with the type of its attribute.
            let stored = key.parent_table.starts_with("~external_") && key.parent_schema == live.schema;
            let in_key = key.columns.iter().all(|column| live.primary_key.contains(column));
            if stored || external && !in_key {
                continue;
            }
            match target(plan, at, key, generation) {
                Ok(parent) => links.push(Link { parent, key: key.clone() }),
                Err(reason) => refused.push((key.clone(), reason)),
            }
        }
        plan.tables[at.0].links = links;
        for (key, reason) in refused {
            plan.report(unsayable(&plan.table(at).live, &key, &reason));
        }
    }
    break_circles(plan);
}

fn unsayable(table: &Table, key: &ForeignKey, reason: &str) -> Finding {
    let columns = key.columns.join(", ");
    let message =
        format!("the foreign key ({columns}) onto `{}.{}` cannot be said with an arrow: {reason}", key.parent_schema, key.parent_table);
    let place = match key.columns.first() {
        Some(column) => Place::Attribute(table.schema.clone(), table.name.clone(), column.clone()),
        None => Place::Table(table.schema.clone(), table.name.clone()),
    };
    Finding::new(&codes::UNSAYABLE_REFERENCE, place, message).help("its columns are written as attributes, and the key itself is lost")
}

/// Returns the parent that an arrow would mean, or why none can.
fn target(plan: &Plan, at: TableAt, key: &ForeignKey, generation: Generation) -> Result<TableAt, String> {
    let Some(parent_at) = plan.find(&key.parent_schema, &key.parent_table) else {
        return Err("its parent is not written".to_string());
    };
    if parent_at == at {
        return Err("a table cannot refer to itself".to_string());
    }
    let parent = plan.table(parent_at);
    let same = key.parent_columns.len() == parent.live.primary_key.len()
        && parent.live.primary_key.iter().all(|name| key.parent_columns.contains(name));
    if !same || parent.key().is_empty() {
        return Err(format!("it refers to ({}) and not to the whole primary key", key.parent_columns.join(", ")));
    }
    if let Some(name) = key.columns.iter().find(|name| !is_attribute_name(name, generation)) {
        return Err(format!("`{name}` is no name for an attribute"));
    }
    let usual = matches!(key.on_update, Action::Cascade) && matches!(key.on_delete, Action::Restrict);
    if !usual {
        return Err(format!("on update {} on delete {}", key.on_update.as_sql().to_lowercase(), key.on_delete.as_sql().to_lowercase()));
    }
    Ok(parent_at)
}

/// Takes arrows away that would make a circle; DataJoint has none.
fn break_circles(plan: &mut Plan) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Above,
        Done,
    }
    let mut seen = vec![Seen::No; plan.tables.len()];
    for start in 0..plan.tables.len() {
        let mut path: Vec<(usize, usize)> = Vec::new();
        if seen[start] == Seen::No {
            seen[start] = Seen::Above;
            path.push((start, 0));
        }
        while let Some((at, next)) = path.pop() {
            let Some(link) = plan.tables[at].links.get(next) else {
                seen[at] = Seen::Done;
                continue;
            };
            let parent = link.parent.0;
            match seen[parent] {
                Seen::Above => {
                    let link = plan.tables[at].links.remove(next);
                    let finding = unsayable(&plan.tables[at].live, &link.key, "with it the tables would refer to each other in a circle");
                    plan.report(finding);
                    path.push((at, next));
                }
                Seen::Done => path.push((at, next + 1)),
                Seen::No => {
                    path.push((at, next + 1));
                    seen[parent] = Seen::Above;
                    path.push((parent, 0));
                }
            }
        }
    }
}

/// Says of every table that is not written why; what is none of DataJoint's in one finding for each schema.
fn report_fates(plan: &mut Plan) {
    let mut others: BTreeMap<&str, (Vec<String>, Vec<String>)> = BTreeMap::new();
    let mut findings = Vec::new();
    for ((schema, table), fate) in &plan.fates {
        let mut left_out = |reason: String, help: &str| {
            let message = format!("`{schema}.{table}` is left out: {reason}");
            findings.push(Finding::new(&codes::TABLE_LEFT_OUT, Place::Schema(schema.clone()), message).help(help));
        };
        match fate {
            Fate::Written | Fate::Service => {}
            Fate::View => others.entry(schema).or_default().0.push(format!("`{table}`")),
            Fate::NotDataJoint(reason) => others.entry(schema).or_default().1.push(format!("`{table}` ({reason})")),
            Fate::Orphan(master) => {
                left_out(format!("it is a part of `{master}`, which is not there"), "drop it if it is a remnant, or make its master");
            }
            Fate::KeyName(column) => left_out(
                format!("`{column}` in its key is no name for an attribute"),
                "an attribute is a lower-case letter, then lower-case letters, digits and `_`",
            ),
            Fate::KeyType(column) => left_out(
                format!("`{column}` in its key has a type that DataJoint lacks"),
                "an attribute of the key cannot be left out alone",
            ),
        }
    }
    for (schema, (views, tables)) in others {
        for (names, what) in [(views, "view"), (tables, "table")] {
            if !names.is_empty() {
                let count = crate::diag::counted(names.len(), what);
                let message = format!("{count} of schema `{schema}` that DataJoint does not declare: {}", listed(&names));
                findings.push(Finding::new(&codes::NOT_DATAJOINT, Place::Schema(schema.to_string()), message).help("left out of the file"));
            }
        }
    }
    plan.findings.extend(findings);
}

/// Names are listed up to here.
const LISTED_MAX: usize = 8;

fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(LISTED_MAX)].join(", ");
    if names.len() > LISTED_MAX { format!("{shown} and {} more", names.len() - LISTED_MAX) } else { shown }
}
