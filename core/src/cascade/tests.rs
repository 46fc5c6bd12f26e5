//! Cascades over catalogs made by hand.

use std::sync::Arc;

use super::*;
use crate::catalog::{Action, Catalog, Column, ColumnDefault, ColumnType, ForeignKey as Key, Schema, Table, TableKind};
use crate::dialect::Server;
use crate::model::Scope;
use crate::query::Restriction;

/// Adds a table of schema `lab`: columns of whole numbers (`?` behind one that may be NULL), how many are the key, and keys `(columns, parent, columns)`.
fn table(catalog: &mut Catalog, name: &str, columns: &[&str], key: usize, keys: &[(&[&str], &str, &[&str])]) {
    let owned = |names: &[&str]| names.iter().map(|name| name.trim_end_matches('?').to_string()).collect::<Vec<_>>();
    let column = |name: &&str| Column {
        name: name.trim_end_matches('?').to_string(),
        ty: ColumnType::Integer { bits: 32, unsigned: false, display_width: None },
        nullable: name.ends_with('?'),
        default: ColumnDefault::None,
        comment: String::new(),
        auto_increment: false,
        on_update: None,
        charset: None,
        declared: None,
    };
    let foreign = |(columns, parent, parents): &(&[&str], &str, &[&str])| Key {
        name: None,
        columns: owned(columns),
        parent_schema: "lab".to_string(),
        parent_table: parent.to_string(),
        parent_columns: owned(parents),
        on_update: Action::Cascade,
        on_delete: Action::Restrict,
    };
    let made = Table {
        schema: "lab".to_string(),
        name: name.to_string(),
        kind: TableKind::Base,
        columns: columns.iter().map(column).collect(),
        primary_key: owned(&columns[..key]),
        foreign_keys: keys.iter().map(foreign).collect(),
        indexes: Vec::new(),
        comment: String::new(),
        engine: None,
        charset: None,
        generation: None,
    };
    let schema = catalog.schemas.entry("lab".to_string()).or_insert_with(|| Schema { name: "lab".to_string(), ..Schema::default() });
    schema.tables.insert(name.to_string(), Arc::new(made));
}

/// Returns a model with the rows of a table that satisfy a predicate.
fn seed(catalog: &Catalog, name: &str, predicate: &str) -> (Arc<Model>, Query) {
    let (model, _) = Model::lift(catalog, Server::MariaDb);
    let id = model.find(&format!("lab.{name}")).expect("the table is there");
    let rows = Query::table(&model, id).restrict(&Restriction::Predicate(predicate.to_string())).expect("a predicate");
    (model, rows)
}

/// Returns the stored names in order, each with the SQL that counts.
fn counted(model: &Arc<Model>, cascade: &Cascade) -> Vec<(String, String)> {
    let scope = Scope::new(Server::MariaDb);
    let of = |affected: &Affected| {
        let sql = affected.rows.count(&scope).expect("it can be counted");
        (model.table(affected.table).stored.clone(), sql.text)
    };
    cascade.affected().iter().map(of).collect()
}

#[test]
fn a_restriction_of_the_key_is_the_same_ten_levels_below() {
    let mut catalog = Catalog::default();
    table(&mut catalog, "t0", &["a"], 1, &[]);
    for level in 1..=10 {
        let (name, parent) = (format!("t{level}"), format!("t{}", level - 1));
        let above: &[&str] = if level == 1 { &["a"] } else { &["a", "b"] };
        table(&mut catalog, &name, &["a", "b"], 2, &[(above, &parent, above)]);
    }
    let (model, rows) = seed(&catalog, "t0", "a = 1");
    let cascade = Cascade::new(&model, &[rows]).expect("a chain");
    let counted = counted(&model, &cascade);
    assert_eq!(counted.first().map(|(name, _)| name.as_str()), Some("t10"));
    assert_eq!(counted.len(), 11);
    for (name, sql) in counted {
        assert_eq!(sql.matches("SELECT").count(), 1, "{name}: {sql}");
    }
}

#[test]
fn renamed_nullable_and_dependent_references_match_the_rows_of_the_parent() {
    let mut catalog = Catalog::default();
    table(&mut catalog, "a", &["a"], 1, &[]);
    table(&mut catalog, "renamed", &["x"], 1, &[(&["x"], "a", &["a"])]);
    table(&mut catalog, "nullable", &["n", "a?"], 1, &[(&["a"], "a", &["a"])]);
    table(&mut catalog, "dependent", &["d", "a"], 1, &[(&["a"], "a", &["a"])]);
    let (model, rows) = seed(&catalog, "a", "a = 1");
    let cascade = Cascade::new(&model, &[rows]).expect("no circle");
    for (name, sql) in counted(&model, &cascade) {
        let nested = matches!(name.as_str(), "renamed" | "nullable");
        assert_eq!(sql.matches("SELECT").count() > 1, nested, "{name}: {sql}");
    }
}

#[test]
fn every_way_counts_and_children_stand_before_all_of_their_parents() {
    let mut catalog = Catalog::default();
    table(&mut catalog, "a", &["a"], 1, &[]);
    table(&mut catalog, "b", &["b", "x", "y"], 1, &[(&["x"], "a", &["a"]), (&["y"], "a", &["a"])]);
    table(&mut catalog, "c", &["c", "b", "a"], 1, &[(&["b"], "b", &["b"]), (&["a"], "a", &["a"])]);
    let (model, rows) = seed(&catalog, "a", "a = 1");
    let cascade = Cascade::new(&model, &[rows]).expect("no circle");
    let names: Vec<String> = counted(&model, &cascade).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["c", "b", "a"]);
    let b = &cascade.affected()[1];
    assert_eq!(b.by.len(), 2);
    assert!(counted(&model, &cascade)[1].1.contains(" OR "), "{:?}", counted(&model, &cascade));
}

#[test]
fn only_parts_that_are_reached_past_their_master_are_asked_about() {
    let mut catalog = Catalog::default();
    table(&mut catalog, "a", &["a"], 1, &[]);
    table(&mut catalog, "m", &["a", "m"], 2, &[(&["a"], "a", &["a"])]);
    table(&mut catalog, "m__p", &["a", "m", "p"], 3, &[(&["a", "m"], "m", &["a", "m"])]);
    table(&mut catalog, "m__q", &["a", "m", "q", "b"], 3, &[(&["a", "m"], "m", &["a", "m"]), (&["b"], "a", &["a"])]);
    let (model, rows) = seed(&catalog, "a", "a = 1");
    let seeds = [rows];
    let cascade = Cascade::new(&model, &seeds).expect("no circle");
    let strays = cascade.strays(&seeds).expect("they can be asked for");
    let parts: Vec<&str> = strays.iter().map(|stray| model.table(stray.part).stored.as_str()).collect();
    assert_eq!(parts, ["m__q"]);
}

#[test]
fn a_circle_is_named() {
    let mut catalog = Catalog::default();
    table(&mut catalog, "a", &["a", "b?"], 1, &[(&["b"], "b", &["b"])]);
    table(&mut catalog, "b", &["b", "a?"], 1, &[(&["a"], "a", &["a"])]);
    let (model, rows) = seed(&catalog, "a", "a = 1");
    let error = Cascade::new(&model, &[rows]).expect_err("a circle");
    assert_eq!(error.to_string(), "lab.A → lab.B → lab.A refer to each other in a circle, so that no order of deletes is right");
}
