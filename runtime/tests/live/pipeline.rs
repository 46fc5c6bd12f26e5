//! A small pipeline of either generation, built by hand: this crate cannot parse.

use djc_core::dialect::{Options, Target, lower};
use djc_core::ir::type_text::{self, TypeContext};
use djc_core::ir::{
    Annotations, Attribute, Charset, ColumnMap, ContentRow, ForeignKey, Generation, Heading, Index, IndexPart, Lineage, Origin, Pipeline,
    ReferenceId, Schema, SchemaId, SchemaName, Table, TableId, Tier,
};
use djc_core::source::Span;
use djc_core::value::Value;
use djc_runtime::deploy::Desired;

/// Builds a pipeline table by table, parents first.
pub struct Build {
    pub pipeline: Pipeline,
    generation: Generation,
    types: TypeContext,
}

impl Build {
    pub fn new(generation: Generation, modules: &[&str]) -> Build {
        Build::with_types(generation, modules, TypeContext::default())
    }

    /// As [`Build::new`], for a project with adapters.
    pub fn with_types(generation: Generation, modules: &[&str], types: TypeContext) -> Build {
        let schemas = modules.iter().map(|module| Schema {
            module: module.to_string(),
            name: SchemaName::new(*module),
            generation,
            owned: true,
            charset: Charset::default(),
            doc: None,
            tables: Vec::new(),
            span: Span::default(),
        });
        Build { pipeline: Pipeline { schemas: schemas.collect(), ..Pipeline::default() }, generation, types }
    }

    /// Adds a table. Lines are `name[=default] : type # comment`, `---`, `[unique ]index a, b`, and `-> N` for the table with that number:
    /// `-> [nullable, unique] N (child=parent)` in full.
    pub fn table(&mut self, schema: u32, tier: Tier, class: &str, comment: &str, lines: &str) -> TableId {
        let id = TableId(self.pipeline.tables.len() as u32);
        let word = djc_core::ir::snake_case(class, self.generation).expect("a class name");
        let mut heading = Heading::default();
        let mut references = Vec::new();
        let mut indexes = Vec::new();
        let mut key = true;
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line == "---" {
                key = false;
            } else if let Some(rest) = line.strip_prefix("-> ") {
                self.reference(&mut heading, &mut references, Arrow::read(rest), key);
            } else if let Some(rest) = line.strip_prefix("index ").or_else(|| line.strip_prefix("unique index ")) {
                let parts = rest.split(", ").map(|name| IndexPart::Attribute { name: name.into(), length: None, descending: false });
                indexes.push(Index { unique: line.starts_with("unique"), parts: parts.collect(), span: Span::default() });
            } else {
                heading.attributes.push(self.attribute(id, line, key));
                if key {
                    heading.key.push(heading.attributes.len() - 1);
                }
            }
        }
        let schema_id = SchemaId(schema);
        self.pipeline.tables.push(Table {
            schema: schema_id,
            class: class.to_string(),
            stored: djc_core::ir::stored_name(&tier, None, &word),
            tier,
            comment: comment.to_string(),
            doc: None,
            heading,
            references,
            indexes,
            contents: Vec::new(),
            annotations: Annotations::default(),
            span: Span::default(),
            name_span: Span::default(),
        });
        self.pipeline.schemas[schema as usize].tables.push(id);
        self.pipeline.order.push(id);
        id
    }

    fn attribute(&self, table: TableId, line: &str, key: bool) -> Attribute {
        let (head, comment) = line.split_once(" # ").unwrap_or((line, ""));
        let (name, ty) = head.split_once(" : ").expect("a colon");
        let (name, default) = name.split_once('=').unwrap_or((name, ""));
        let declared = type_text::parse(ty.trim(), self.generation, &self.types).expect("a type");
        let default = match default {
            "" => djc_core::ir::Default::Required,
            text => type_text::parse_default(text, self.generation).expect("a default"),
        };
        let name = name.trim().to_string();
        let lineage = key.then(|| Lineage { table, attribute: name.clone() });
        Attribute {
            name,
            ty: declared.ty,
            type_text: declared.text,
            marker: declared.marker,
            default,
            comment: comment.to_string(),
            origin: Origin::Own,
            lineage,
            hidden: false,
            renamed_from: None,
            span: Span::default(),
            type_span: Span::default(),
        }
    }

    fn reference(&self, heading: &mut Heading, references: &mut Vec<ForeignKey>, arrow: Arrow<'_>, key: bool) {
        let reference = ReferenceId(references.len() as u32);
        let owner = self.pipeline.table(arrow.parent);
        let mut columns = Vec::new();
        for at in &owner.heading.key {
            let attribute = &owner.heading.attributes[*at];
            let renamed = arrow.renamed.iter().find(|(_, parent)| *parent == attribute.name);
            let name = renamed.map_or(attribute.name.clone(), |(child, _)| child.to_string());
            columns.push(ColumnMap { child: name.clone(), parent: attribute.name.clone() });
            if heading.get(&name).is_some() {
                continue;
            }
            heading.attributes.push(Attribute {
                name,
                default: if arrow.nullable { djc_core::ir::Default::Null } else { djc_core::ir::Default::Required },
                origin: Origin::Reference { reference, parent_attribute: *at },
                ..attribute.clone()
            });
            if key {
                heading.key.push(heading.attributes.len() - 1);
            }
        }
        references.push(ForeignKey {
            parent: arrow.parent,
            columns,
            nullable: arrow.nullable,
            unique: arrow.unique,
            primary: key,
            part_of: false,
            span: Span::default(),
            target_span: Span::default(),
        });
    }

    /// Gives a table its contents.
    pub fn contents(&mut self, table: TableId, rows: Vec<Vec<(&str, Value)>>) {
        self.pipeline.tables[table.0 as usize].contents = rows
            .into_iter()
            .map(|row| ContentRow {
                values: row.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
                span: Span::default(),
            })
            .collect();
    }

    /// Lowers it for a server; the schemas have the names that they have.
    pub fn desired_as_named(&self, target: &Target) -> Desired {
        let names: Vec<String> = self.pipeline.schemas.iter().map(|schema| schema.name.template().to_string()).collect();
        let lowered = lower(&self.pipeline, &names, target, &Options::default());
        assert!(lowered.problems.is_empty(), "{:?}", lowered.problems);
        Desired::new(&self.pipeline, &names, lowered)
    }

    /// Lowers it for a server; the schemas get the prefix.
    pub fn desired(&self, prefix: &str, target: &Target) -> Desired {
        let names: Vec<String> = self.pipeline.schemas.iter().map(|schema| format!("{prefix}{}", schema.module)).collect();
        let lowered = lower(&self.pipeline, &names, target, &Options::default());
        assert!(lowered.problems.is_empty(), "{:?}", lowered.problems);
        Desired::new(&self.pipeline, &names, lowered)
    }
}

/// What stands behind `->`.
struct Arrow<'a> {
    parent: TableId,
    nullable: bool,
    unique: bool,
    /// Name in the child, name in the parent.
    renamed: Vec<(&'a str, &'a str)>,
}

impl<'a> Arrow<'a> {
    fn read(text: &'a str) -> Arrow<'a> {
        let (options, rest) = text.strip_prefix('[').and_then(|rest| rest.split_once("] ")).unwrap_or(("", text));
        let (number, renamed) = rest.split_once(" (").unwrap_or((rest, ""));
        Arrow {
            parent: TableId(number.parse().expect("the number of a table")),
            nullable: options.contains("nullable"),
            unique: options.contains("unique"),
            renamed: renamed.trim_end_matches(')').split(", ").filter_map(|pair| pair.split_once('=')).collect(),
        }
    }
}

/// Two schemas, a lookup with contents, a reference across schemas, an enum, an index.
pub fn lab(generation: Generation) -> Build {
    let mut build = Build::new(generation, &["lab", "ephys"]);
    let (blob, number, float) = match generation {
        Generation::Classic => ("longblob", "int", "float"),
        Generation::Modern => ("<blob>", "int32", "float64"),
    };
    let kind = format!(
        "kind : varchar(16) # größer, 'quoted'\n---\nnote='none' : varchar(100)\nparams=null : {blob}\nweight=null : {float}\n\
         since=null : date\ncode=null : uuid\nflag=1 : bool\nprice=null : decimal(6,2)\ninfo=null : json\nsize='s' : enum('s','it''s')"
    );
    let kind = build.table(0, Tier::Lookup, "Kind", "kinds of things", &kind);
    let row = |name: &str| vec![("kind", Value::from(name))];
    let mut full = row("größe 'x' \\");
    full.extend([
        ("note", Value::from("ä – 5 €")),
        ("params", Value::Map(vec![(Value::from("window"), Value::from(0.5))])),
        ("weight", Value::from(1.5)),
        ("since", Value::from("2024-02-29")),
        ("code", Value::Uuid(uuid::Uuid::from_u128(1))),
        ("flag", Value::from(false)),
        ("price", Value::from("12.50")),
        ("info", Value::List(vec![Value::from(1), Value::Null])),
        ("size", Value::from("it's")),
    ]);
    let mut nan = row("nan");
    nan.push(("weight", Value::from(f64::NAN)));
    build.contents(kind, vec![full, row("b"), row("c"), nan]);
    let subject =
        build.table(0, Tier::Manual, "Subject", "", &format!("subject_id : {number} # the animal\n---\n-> 0\nborn=null : datetime(3)"));
    let analysis = format!("-> {}\nrun : {number}\n---\nscore : {float}\nnote='' : varchar(30)\nindex note, score", subject.0);
    build.table(1, Tier::Computed, "Analysis", "what was found", &analysis);
    build
}
