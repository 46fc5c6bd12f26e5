//! What a plan needs of an account, and which tables it changes so that others notice.

use std::collections::BTreeSet;

use djc_core::catalog::{Catalog, Change, Column, ForeignKey, IndexPart, Table};
use djc_core::plan::{Action, Alteration, Plan, TableName};

use super::position::table;

/// One right that a plan needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Need {
    /// The table, or the whole schema where there is none.
    pub schema: String,
    /// The table.
    pub table: Option<String>,
    /// What is done with it.
    pub right: Right,
}

/// What is done with a table or schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Right {
    Alter,
    Create,
    CreateSchema,
    Delete,
    Drop,
    Insert,
    References,
    Select,
    Update,
}

impl Right {
    /// Returns the privilege of the MySQL family.
    pub fn privilege(self) -> &'static str {
        match self {
            Right::Alter => "ALTER",
            Right::Create | Right::CreateSchema => "CREATE",
            Right::Delete => "DELETE",
            Right::Drop => "DROP",
            Right::Insert => "INSERT",
            Right::References => "REFERENCES",
            Right::Select => "SELECT",
            Right::Update => "UPDATE",
        }
    }
}

/// Returns the rights that the steps and checks of a plan need, in order.
pub(super) fn of_plan(plan: &Plan) -> BTreeSet<Need> {
    let mut out = BTreeSet::new();
    for step in &plan.steps {
        of_action(&step.action, &mut |table, rights| add(&mut out, table, rights));
        if let Action::Create(Change::CreateSchema { name, .. }) = &step.action {
            out.insert(Need { schema: name.clone(), table: None, right: Right::CreateSchema });
        }
    }
    for check in &plan.checks {
        add(&mut out, &check.table, &[Right::Select]);
    }
    out
}

pub(super) fn add(out: &mut BTreeSet<Need>, table: &TableName, rights: &[Right]) {
    out.extend(rights.iter().map(|right| Need { schema: table.schema.clone(), table: Some(table.table.clone()), right: *right }));
}

fn of_action(action: &Action, need: &mut impl FnMut(&TableName, &[Right])) {
    let parent = |key: &ForeignKey| TableName::new(&key.parent_schema, &key.parent_table);
    let lineage = |schema: &str| TableName::new(schema, "~lineage");
    match action {
        Action::Create(Change::CreateTable(table)) => {
            need(&TableName::new(&table.schema, &table.name), &[Right::Create]);
            for key in &table.foreign_keys {
                need(&parent(key), &[Right::References]);
            }
        }
        Action::Create(Change::AddForeignKey { schema, table, foreign_key }) => {
            need(&TableName::new(schema, table), &[Right::Alter]);
            need(&parent(foreign_key), &[Right::References]);
        }
        Action::Create(Change::SetLineage { schema, .. }) => need(&lineage(schema), &[Right::Delete, Right::Insert]),
        Action::ClearLineage(table) => need(&lineage(&table.schema), &[Right::Delete, Right::Select]),
        Action::DropTable(table) => need(table, &[Right::Drop]),
        Action::RenameTable { from, to } => {
            need(from, &[Right::Alter, Right::Drop]);
            need(to, &[Right::Create, Right::Insert]);
        }
        Action::AlterTable { table, alterations } => {
            need(table, &[Right::Alter, Right::Create, Right::Insert]);
            for alteration in alterations {
                if let Alteration::AddForeignKey(key) = alteration {
                    need(&parent(key), &[Right::References]);
                }
            }
        }
        Action::Fill(fill) => {
            for read in action.reads() {
                need(&read, &[Right::Select]);
            }
            need(&fill.table, &[Right::Update]);
        }
        Action::InsertRows { table, .. } => need(table, &[Right::Insert, Right::Select, Right::Update]),
        Action::UpdateRow { table, .. } => need(table, &[Right::Select, Right::Update]),
        Action::DeleteRow { table, .. } => need(table, &[Right::Delete, Right::Select]),
        Action::Create(Change::CreateSchema { .. } | Change::CreateEnum { .. })
        | Action::DropSchema { .. }
        | Action::AlterEnum { .. }
        | Action::DropEnum { .. }
        | Action::Hand(_) => {}
    }
}

/// Returns the tables that change so that foreign keys onto them notice: they go or get another name, or a column that a key may refer to does
/// or becomes another type.
pub(super) fn noticed(plan: &Plan, catalogs: &[Catalog]) -> BTreeSet<TableName> {
    let mut out = BTreeSet::new();
    for (step, before) in plan.steps.iter().zip(catalogs) {
        match &step.action {
            Action::DropTable(table) | Action::RenameTable { from: table, .. } => drop(out.insert(table.clone())),
            Action::AlterTable { table: name, alterations }
                if table(before, name).is_some_and(|table| alterations.iter().any(|it| is_noticed(it, table))) =>
            {
                out.insert(name.clone());
            }
            _ => {}
        }
    }
    out
}

fn is_noticed(alteration: &Alteration, table: &Table) -> bool {
    let referable = |column: &str| {
        let in_index = |part: &IndexPart| matches!(part, IndexPart::Column { name, .. } if name == column);
        table.primary_key.iter().any(|it| it == column) || table.indexes.iter().any(|index| index.parts.iter().any(in_index))
    };
    let differs = |column: &Column| {
        table
            .column(&column.name)
            .is_some_and(|old| (&old.ty, old.nullable, &old.charset) != (&column.ty, column.nullable, &column.charset))
    };
    match alteration {
        Alteration::DropColumn(column) | Alteration::RenameColumn { from: column, .. } => referable(column),
        Alteration::ModifyColumn { column, .. } => referable(&column.name) && differs(column),
        Alteration::SetPrimaryKey(columns) => *columns != table.primary_key,
        Alteration::DropIndex(index) => index.unique,
        Alteration::AddColumn { .. }
        | Alteration::AddForeignKey(_)
        | Alteration::DropForeignKey(_)
        | Alteration::AddIndex(_)
        | Alteration::SetComment(_)
        | Alteration::SetGeneration(_) => false,
    }
}
