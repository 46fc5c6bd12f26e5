//! What a history has come to: the pipeline as text, so that a migration is made without any server.
//!
//! A state holds the modules that the history owns, and of other modules the tables that theirs stand on. Each table is one line,
//! and tables refer to each other by name, so that a change of one table is a change of few lines. Physical names stay templates; places in
//! sources are left out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::catalog;
use crate::dialect::{self, Lowered, Target};
use crate::graph::Graph;
use crate::ir::{Annotations, Charset, ContentRow, ForeignKey, Generation, Heading, Index, Pipeline, Schema, SchemaId, SchemaName, Table};
use crate::ir::{TableId, Tier};
use crate::source::Span;

/// The format that is written; newer ones are refused.
const VERSION: u64 = 1;

/// A pipeline as a migration leaves it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The modules; those that the history does not own hold only what others need.
    pub pipeline: Pipeline,
    /// What else decides about tables.
    pub lowering: Lowering,
}

/// What decides about tables beside their definitions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lowering {
    /// The hidden timestamp of datajoint 0.14.
    #[serde(default, skip_serializing_if = "is_false")]
    pub add_hidden_timestamp: bool,
    /// The hidden job columns of datajoint 2.
    #[serde(default, skip_serializing_if = "is_false")]
    pub add_job_metadata: bool,
    /// The hidden `_prov` column of datajoint 2.
    #[serde(default, skip_serializing_if = "is_false")]
    pub provenance: bool,
    /// Tables that may have children of the other generation.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mixed_parents: BTreeSet<String>,
}

/// Why a text is no state that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The text ends too early.
    #[error("it ends in the middle")]
    Truncated {
        /// Line, counted from 1.
        line: usize,
    },
    /// git has left both sides of a merge in it.
    #[error("it holds both sides of a merge that git could not settle")]
    Conflict {
        /// Line, counted from 1.
        line: usize,
    },
    /// Something else.
    #[error("it cannot be read: {message}")]
    Foreign {
        /// Line, counted from 1; 0 where it is about the whole.
        line: usize,
        /// Why.
        message: String,
    },
    /// A newer djc has written it.
    #[error("its format is {found}, and this djc reads formats up to {known}")]
    Newer {
        /// The format.
        found: u64,
        /// The newest that is known.
        known: u64,
    },
}

impl StateError {
    /// Returns the line that it is about, counted from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            StateError::Truncated { line } | StateError::Conflict { line } | StateError::Foreign { line, .. } => {
                Some(*line).filter(|line| *line > 0)
            }
            StateError::Newer { .. } => None,
        }
    }

    fn of_json(error: &serde_json::Error) -> Self {
        if error.is_eof() {
            return StateError::Truncated { line: error.line() };
        }
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_string();
        StateError::Foreign { line: error.line(), message }
    }

    fn foreign(message: impl Into<String>) -> Self {
        StateError::Foreign { line: 0, message: message.into() }
    }
}

/// Reads JSON of djc whose format stands behind `key`.
pub fn read_json(text: &str, key: &str, version: u64, what: &str) -> Result<Json, StateError> {
    if let Some(at) = text.lines().position(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
        return Err(StateError::Conflict { line: at + 1 });
    }
    let json: Json = serde_json::from_str(text).map_err(|error| StateError::of_json(&error))?;
    match json.get(key).and_then(Json::as_u64) {
        Some(found) if found > version => Err(StateError::Newer { found, known: version }),
        Some(_) => Ok(json),
        None => Err(StateError::foreign(format!("`{key}` does not say that it is {what} of djc"))),
    }
}

/// A schema as the file has it.
#[derive(Debug, Serialize, Deserialize)]
struct SchemaLine {
    module: String,
    name: SchemaName,
    generation: Generation,
    owned: bool,
    charset: Charset,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doc: Option<String>,
}

/// A table as the file has it; where the model has the position of a table, its name stands.
#[derive(Debug, Serialize, Deserialize)]
struct TableLine {
    table: String,
    tier: String,
    stored: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    comment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doc: Option<String>,
    heading: Json,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<Json>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    indexes: Vec<Index>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    contents: Vec<ContentRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    annotations: Option<Json>,
}

impl State {
    /// Returns the state of a pipeline: the modules that are owned, and the tables that theirs stand on.
    pub fn new(pipeline: &Pipeline, owned: &BTreeSet<String>, lowering: Lowering) -> Self {
        let keep = stood_on(pipeline, |schema| owned.contains(&schema.module));
        // Whoever has the tables, the history changes those of its own modules only. The others are named all the same, so that a module which
        // is another's from now on is not taken for one that is gone.
        let line = |schema: &Schema| SchemaLine { owned: owned.contains(&schema.module), ..schema_line(schema) };
        let schemas = pipeline.schemas.iter().map(line).collect();
        State { pipeline: kept(pipeline, schemas, &keep), lowering }
    }

    /// Returns the state of some modules with all their tables, and of the tables that theirs stand on; what generated code carries. Whose a module is
    /// stays as it is declared. Documentation is left out, since nothing in a database follows from it.
    pub fn of_modules(pipeline: &Pipeline, modules: &BTreeSet<SchemaId>, lowering: Lowering) -> Self {
        let wanted: BTreeSet<&str> = modules.iter().map(|id| pipeline.schema(*id).module.as_str()).collect();
        let keep = stood_on(pipeline, |schema| wanted.contains(schema.module.as_str()));
        let used = |id: SchemaId| pipeline.schema(id).tables.iter().any(|id| keep[id.0 as usize]);
        let schemas = pipeline
            .schemas
            .iter()
            .enumerate()
            .filter(|(at, schema)| wanted.contains(schema.module.as_str()) || used(SchemaId(*at as u32)));
        let schemas = schemas.map(|(_, schema)| SchemaLine { doc: None, ..schema_line(schema) }).collect();
        let mut pipeline = kept(pipeline, schemas, &keep);
        pipeline.tables.iter_mut().for_each(|table| table.doc = None);
        State { pipeline, lowering }
    }

    /// Returns the state that has what both sides changed since `base`, table by table.
    ///
    /// # Errors
    /// The tables that both changed, or that no longer fit the tables they stand on.
    pub fn merged(base: &State, theirs: &State, ours: &State) -> Result<State, Vec<String>> {
        fn lines(state: &State) -> BTreeMap<String, Json> {
            state.pipeline.tables().map(|(id, _)| (state.pipeline.qualified_name(id), json(&table_line(&state.pipeline, id)))).collect()
        }
        let (was, one, other) = (lines(base), lines(theirs), lines(ours));
        let mut both = Vec::new();
        let mut kept: Vec<TableLine> = Vec::new();
        // The order of theirs, and what only ours has behind it.
        let order = theirs.pipeline.tables().map(|(id, _)| theirs.pipeline.qualified_name(id));
        let rest = ours.pipeline.tables().map(|(id, _)| ours.pipeline.qualified_name(id)).filter(|name| !one.contains_key(name));
        for name in order.chain(rest.collect::<Vec<_>>()) {
            let (was, one, other) = (was.get(&name), one.get(&name), other.get(&name));
            let line = if one == was || one == other {
                other
            } else if other == was {
                one
            } else {
                both.push(name.clone());
                one
            };
            kept.extend(line.map(|line| serde_json::from_value(line.clone()).expect("it was just written")));
        }
        let mut schemas: Vec<SchemaLine> = theirs.pipeline.schemas.iter().map(schema_line).collect();
        for schema in &ours.pipeline.schemas {
            if !schemas.iter().any(|line| line.module == schema.module) {
                schemas.push(schema_line(schema));
            }
        }
        schemas.sort_by(|one, other| one.module.cmp(&other.module));
        if !both.is_empty() {
            return Err(both);
        }
        let pipeline = assemble(schemas, kept).map_err(|error| vec![error.to_string()])?;
        let torn = torn(&pipeline);
        if torn.is_empty() { Ok(State { pipeline, lowering: ours.lowering.clone() }) } else { Err(torn) }
    }

    /// Returns the text of the file.
    pub fn write(&self) -> String {
        let line = |value: Json| value.to_string();
        let mut out = format!("{{\"djc_state\":{VERSION},\"lowering\":{},\n\"schemas\":[\n", line(json(&self.lowering)));
        let schemas: Vec<String> = self.pipeline.schemas.iter().map(|schema| line(json(&schema_line(schema)))).collect();
        out.push_str(&schemas.join(",\n"));
        out.push_str("\n],\n\"tables\":[\n");
        let tables: Vec<String> = self.pipeline.tables().map(|(id, _)| line(json(&table_line(&self.pipeline, id)))).collect();
        out.push_str(&tables.join(",\n"));
        out.push_str("\n]}\n");
        out
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// When it is cut off, is none of djc's, is of a newer djc, or names what it does not hold.
    pub fn read(text: &str) -> Result<Self, StateError> {
        #[derive(Deserialize)]
        struct Whole {
            lowering: Lowering,
            schemas: Vec<SchemaLine>,
            tables: Vec<TableLine>,
        }
        let json = read_json(text, "djc_state", VERSION, "a state")?;
        let whole: Whole = serde_json::from_value(json).map_err(|error| StateError::of_json(&error))?;
        Ok(State { pipeline: assemble(whole.schemas, whole.tables)?, lowering: whole.lowering })
    }

    /// Returns the tables of the modules for a target, under these physical names of the schemas.
    pub fn lower(&self, names: &[String], owned: &BTreeSet<String>, target: &Target) -> Lowered {
        self.lower_beside(names, owned, target, &BTreeMap::new())
    }

    /// As [`State::lower`], where schemas exist that have these charsets.
    pub fn lower_beside(
        &self,
        names: &[String],
        owned: &BTreeSet<String>,
        target: &Target,
        charsets: &BTreeMap<String, catalog::Charset>,
    ) -> Lowered {
        let wanted = self.pipeline.schemas.iter().enumerate().filter(|(_, schema)| owned.contains(&schema.module));
        let options = dialect::Options {
            add_hidden_timestamp: self.lowering.add_hidden_timestamp,
            add_job_metadata: self.lowering.add_job_metadata,
            provenance: self.lowering.provenance,
            wanted: Some(wanted.map(|(at, _)| SchemaId(at as u32)).collect()),
            stores: None,
            mixed_parents: self.lowering.mixed_parents.clone(),
            live_charsets: charsets.clone(),
        };
        dialect::lower(&self.pipeline, names, target, &options)
    }

    /// Returns the names of the schemas with their variables in them, by position; what SQL files are written with.
    pub fn templates(&self) -> Vec<String> {
        self.pipeline.schemas.iter().map(|schema| schema.name.template().to_string()).collect()
    }
}

/// Tells for each table whether it is of a wanted schema, or one of these stands on it.
fn stood_on(pipeline: &Pipeline, wanted: impl Fn(&Schema) -> bool) -> Vec<bool> {
    let mut keep = vec![false; pipeline.tables.len()];
    let mut open: Vec<TableId> = pipeline.tables().filter(|(_, table)| wanted(pipeline.schema(table.schema))).map(|(id, _)| id).collect();
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut keep[id.0 as usize], true) {
            continue;
        }
        let table = pipeline.table(id);
        open.extend(table.references.iter().map(|reference| reference.parent));
        open.extend(table.annotations.nwb_table);
        open.extend(table.heading.attributes.iter().filter_map(|attribute| attribute.lineage.as_ref().map(|it| it.table)));
        if let Tier::Part { master } = table.tier {
            open.push(master);
        }
    }
    keep
}

/// Returns a pipeline with these schemas and the tables that are kept. It is written and read again, so that it has no spans and no tables that nobody needs.
fn kept(pipeline: &Pipeline, schemas: Vec<SchemaLine>, keep: &[bool]) -> Pipeline {
    let tables = pipeline.tables().filter(|(id, _)| keep[id.0 as usize]).map(|(id, _)| table_line(pipeline, id)).collect();
    assemble(schemas, tables).expect("names of a resolved pipeline lead somewhere")
}

/// Returns the tables whose references are not by the keys of the tables they refer to.
fn torn(pipeline: &Pipeline) -> Vec<String> {
    let mut out = Vec::new();
    for (id, table) in pipeline.tables() {
        let fits = |reference: &ForeignKey| {
            let key: Vec<&str> = pipeline.table(reference.parent).heading.primary_key().map(|it| it.name.as_str()).collect();
            let columns: Vec<&str> = reference.columns.iter().map(|map| map.parent.as_str()).collect();
            let types = reference.columns.iter().all(|map| {
                let parent = pipeline.table(reference.parent).heading.get(&map.parent).map(|it| &it.type_text);
                parent.is_some() && parent == table.heading.get(&map.child).map(|it| &it.type_text)
            });
            key == columns && types
        };
        if !table.references.iter().all(fits) {
            out.push(pipeline.qualified_name(id));
        }
    }
    out
}

fn is_false(value: &bool) -> bool {
    !value
}

fn json(value: &impl Serialize) -> Json {
    let mut json = serde_json::to_value(value).expect("the model has text keys and finite numbers only");
    without_nulls(&mut json);
    json
}

/// Takes out what is absent anyway: a missing option reads as none.
fn without_nulls(json: &mut Json) {
    match json {
        Json::Object(map) => {
            // The only key of a map may be the name of a variant.
            if map.len() > 1 {
                map.retain(|_, value| !value.is_null());
            }
            map.values_mut().for_each(without_nulls);
        }
        Json::Array(items) => items.iter_mut().for_each(without_nulls),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn schema_line(schema: &Schema) -> SchemaLine {
    let Schema { module, name, generation, owned, charset, doc, tables: _, span: _ } = schema.clone();
    SchemaLine { module, name, generation, owned, charset, doc }
}

fn table_line(pipeline: &Pipeline, id: TableId) -> TableLine {
    let Table {
        schema: _,
        class: _,
        stored,
        tier,
        comment,
        doc,
        heading,
        references,
        indexes,
        contents,
        annotations,
        span: _,
        name_span: _,
    } = pipeline.table(id);
    let name = |id: TableId| Json::String(pipeline.qualified_name(id));
    let mut heading_json = json(heading);
    for (attribute, json) in heading.attributes.iter().zip(heading_json["attributes"].as_array_mut().into_iter().flatten()) {
        if let Some(lineage) = &attribute.lineage {
            json["lineage"]["table"] = name(lineage.table);
        }
    }
    let references = references.iter().map(|reference| {
        let mut json = json(reference);
        json["parent"] = name(reference.parent);
        json
    });
    let annotations = (*annotations != Annotations::default()).then(|| {
        let mut json = json(annotations);
        if let Some(table) = annotations.nwb_table {
            json["nwb_table"] = name(table);
        }
        json
    });
    TableLine {
        table: pipeline.qualified_name(id),
        tier: tier.word().to_string(),
        stored: stored.clone(),
        comment: comment.clone(),
        doc: doc.clone(),
        heading: heading_json,
        references: references.collect(),
        indexes: indexes.iter().map(|index| Index { span: Span::default(), ..index.clone() }).collect(),
        contents: contents.iter().map(|row| ContentRow { span: Span::default(), ..row.clone() }).collect(),
        annotations,
    }
}

/// Puts the lines together again: names become positions.
fn assemble(schemas: Vec<SchemaLine>, tables: Vec<TableLine>) -> Result<Pipeline, StateError> {
    let mut pipeline = Pipeline::default();
    let mut modules: HashMap<String, SchemaId> = HashMap::new();
    for SchemaLine { module, name, generation, owned, charset, doc } in schemas {
        modules.insert(module.clone(), SchemaId(pipeline.schemas.len() as u32));
        pipeline.schemas.push(Schema { module, name, generation, owned, charset, doc, tables: Vec::new(), span: Span::default() });
    }
    let ids: HashMap<String, TableId> = tables.iter().enumerate().map(|(at, line)| (line.table.clone(), TableId(at as u32))).collect();
    if ids.len() != tables.len() {
        return Err(StateError::foreign("it holds a table twice"));
    }
    for (at, line) in tables.into_iter().enumerate() {
        let about = |error: serde_json::Error| match StateError::of_json(&error) {
            StateError::Foreign { message, .. } => StateError::foreign(message),
            other => other,
        };
        let unknown = |name: &str| StateError::foreign(format!("`{}` refers to `{name}`, which it does not hold", line.table));
        // An id that is no name fails below, where the model is read.
        let put = |json: &mut Json| match json.as_str().map(|name| (name, ids.get(name))) {
            Some((_, Some(id))) => {
                *json = Json::from(id.0);
                Ok(())
            }
            Some((name, None)) => Err(unknown(name)),
            None => Ok(()),
        };
        let (owner, class) = line.table.rsplit_once('.').ok_or_else(|| unknown(&line.table))?;
        let module = owner.split('.').next().unwrap_or_default();
        let schema = *modules.get(module).ok_or_else(|| unknown(module))?;
        let tier = match line.tier.as_str() {
            "manual" => Tier::Manual,
            "lookup" => Tier::Lookup,
            "imported" => Tier::Imported,
            "computed" => Tier::Computed,
            "part" => Tier::Part { master: *ids.get(owner).ok_or_else(|| unknown(owner))? },
            other => return Err(StateError::foreign(format!("`{other}` is no tier"))),
        };
        let mut heading = line.heading.clone();
        for attribute in heading.get_mut("attributes").and_then(Json::as_array_mut).into_iter().flatten() {
            if let Some(table) = attribute.get_mut("lineage").and_then(|lineage| lineage.get_mut("table")) {
                put(table)?;
            }
        }
        let mut references = line.references.clone();
        for reference in &mut references {
            if let Some(parent) = reference.get_mut("parent") {
                put(parent)?;
            }
        }
        let mut annotations = line.annotations.clone();
        if let Some(table) = annotations.as_mut().and_then(|annotations| annotations.get_mut("nwb_table")) {
            put(table)?;
        }
        let heading: Heading = serde_json::from_value(heading).map_err(about)?;
        let count = heading.attributes.len();
        if heading.key.iter().any(|at| *at >= count) {
            return Err(StateError::foreign(format!("the key of `{}` has an attribute that is not there", line.table)));
        }
        pipeline.schemas[schema.0 as usize].tables.push(TableId(at as u32));
        pipeline.tables.push(Table {
            schema,
            class: class.to_string(),
            stored: line.stored,
            tier,
            comment: line.comment,
            doc: line.doc,
            heading,
            references: references.into_iter().map(serde_json::from_value).collect::<Result<_, _>>().map_err(about)?,
            indexes: line.indexes,
            contents: line.contents,
            annotations: annotations.map(serde_json::from_value).transpose().map_err(about)?.unwrap_or_default(),
            span: Span::default(),
            name_span: Span::default(),
        });
    }
    pipeline.order = Graph::new(&pipeline).order();
    Ok(pipeline)
}
