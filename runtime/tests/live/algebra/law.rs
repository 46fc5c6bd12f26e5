//! Random queries over small random tables give what the naive relations give.

use std::collections::BTreeSet;

use djc_core::query::{Comparison, Keep, Matching, Order, Projection, Query, QueryError, Restriction, Top};
use djc_core::value::Value;

use super::naive::{Relation, Row};
use super::world::{World, map, not};
use crate::support::On;

const TABLES: [(&str, &str); 3] = [
    ("Base", "a : int32\nb : int32\n---\nx=null : int32\ny=null : int32"),
    ("Leaf", "-> 0\nc : int32\n---\nz=null : int32"),
    ("Side", "a : int32\n---\nz=null : int32\nw=null : int32"),
];

/// Numbers that are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % end as u64) as usize
    }

    fn value(&mut self) -> Option<i64> {
        self.below(4).checked_sub(1).map(|value| value as i64)
    }

    fn name(&mut self, names: &BTreeSet<String>) -> String {
        names.iter().nth(self.below(names.len())).expect("a name").clone()
    }
}

struct Pair {
    query: Query,
    relation: Relation,
}

/// Makes random rows, and inserts them.
async fn filled(world: &World, chance: &mut Chance) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for (at, (class, _)) in TABLES.iter().enumerate() {
        let query = world.table(class);
        let attributes: BTreeSet<String> = query.heading().names().map(str::to_string).collect();
        let key: BTreeSet<String> = query.heading().primary_key().map(|attribute| attribute.name.clone()).collect();
        let mut rows: Vec<Row> = Vec::new();
        for _ in 0..7 {
            let mut row = Row::new();
            if at == 1 {
                let parents = &pairs[0].relation.rows;
                let parent = &parents[chance.below(parents.len())];
                row.extend(["a", "b"].map(|name| (name.to_string(), parent[name])));
            }
            for name in &attributes {
                let value = if key.contains(name) { Some(chance.below(3) as i64) } else { chance.value() };
                row.entry(name.clone()).or_insert(value);
            }
            if !rows.iter().any(|other| key.iter().all(|name| other[name] == row[name])) {
                rows.push(row);
            }
        }
        let value = |value: &Option<i64>| value.map_or(Value::Null, Value::from);
        let maps = rows.iter().map(|row| map(&row.iter().map(|(name, found)| (name.as_str(), value(found))).collect::<Vec<_>>()));
        world.put(class, maps.collect()).await;
        pairs.push(Pair { query, relation: Relation { attributes, key, rows } });
    }
    pairs
}

/// Makes a random query and the relation that it means. An operator that is refused leaves out what it would have done.
fn random(base: &[Pair], depth: usize, chance: &mut Chance) -> Pair {
    if depth == 0 {
        let Pair { query, relation } = &base[chance.below(base.len())];
        return Pair { query: query.clone(), relation: relation.clone() };
    }
    let one = random(base, depth - 1, chance);
    let changed = match chance.below(12) {
        0 | 1 => compared(&one, chance),
        2 => told(&one, chance),
        3 | 4 => {
            let other = random(base, depth - 1, chance);
            let wanted = chance.below(2) == 0;
            let restriction = Restriction::Query(other.query);
            let restriction = if wanted { restriction } else { not(restriction) };
            one.query.restrict(&restriction).map(|query| (query, one.relation.matching(&other.relation, wanted)))
        }
        5 => projected(&one, chance),
        6 | 7 => {
            let other = random(base, depth - 1, chance);
            let matching = if chance.below(3) == 0 { Matching::Natural } else { Matching::Semantic };
            one.query.join(&other.query, matching, Keep::Matching).map(|query| (query, one.relation.join(&other.relation, false)))
        }
        8 => {
            let other = random(base, depth - 1, chance);
            one.query.join(&other.query, Matching::Semantic, Keep::Left).map(|query| (query, one.relation.join(&other.relation, true)))
        }
        9 => grouped(base, &one, depth, chance),
        10 => {
            let other = random(base, depth - 1, chance);
            one.query.union(&other.query).map(|query| (query, one.relation.union(&other.relation)))
        }
        _ => topped(&one, chance),
    };
    match changed {
        Ok((query, relation)) => Pair { query, relation },
        Err(QueryError::Lineage { .. } | QueryError::Refused(_)) => one,
        Err(error) => panic!("{error}"),
    }
}

type Changed = Result<(Query, Relation), QueryError>;

fn compared(one: &Pair, chance: &mut Chance) -> Changed {
    let (name, value) = (chance.name(&one.relation.attributes), chance.below(3) as i64);
    let constant = Value::from(value);
    let kind = chance.below(5);
    let comparison = match kind {
        0 => Comparison::Eq(constant),
        1 => Comparison::Ne(constant),
        2 => Comparison::Ge(constant),
        3 => Comparison::In(vec![constant, Value::Null]),
        _ => Comparison::Null,
    };
    let negated = chance.below(3) == 0;
    let restriction = Restriction::Compare { attribute: name.clone(), comparison };
    let restriction = if negated { not(restriction) } else { restriction };
    let relation = one.relation.restrict(|row| {
        let found = row[&name];
        let truth = match kind {
            0 => found.map(|found| found == value),
            1 => found.map(|found| found != value),
            2 => found.map(|found| found >= value),
            3 => Some(found.is_none_or(|found| found == value)),
            _ => Some(found.is_none()),
        };
        truth.map(|truth| truth != negated)
    });
    Ok((one.query.restrict(&restriction)?, relation))
}

fn told(one: &Pair, chance: &mut Chance) -> Changed {
    let (first, second) = (chance.name(&one.relation.attributes), chance.name(&one.relation.attributes));
    let text = format!("{first} > 0 or {second} is null");
    let relation = one.relation.restrict(|row| match (row[&first].map(|value| value > 0), row[&second].is_none()) {
        (Some(true), _) | (_, true) => Some(true),
        (other, false) => other,
    });
    Ok((one.query.restrict(&Restriction::Predicate(text))?, relation))
}

fn projected(one: &Pair, chance: &mut Chance) -> Changed {
    let name = chance.name(&one.relation.attributes);
    let free = |name: &str| !one.relation.attributes.contains(name);
    match chance.below(3) {
        0 => {
            let mut names = one.relation.key.clone();
            names.insert(name.clone());
            let projection = Projection { names: vec![name], ..Projection::default() };
            Ok((one.query.project(&projection)?, one.relation.keep(&names)))
        }
        1 if free("r") => {
            let projection = Projection { all: true, renamed: vec![("r".into(), name.clone())], ..Projection::default() };
            Ok((one.query.project(&projection)?, one.relation.rename("r", &name)))
        }
        _ if free("p") => {
            let projection = Projection { all: true, computed: vec![("p".into(), format!("{name} + 1"))], ..Projection::default() };
            Ok((one.query.project(&projection)?, one.relation.compute("p", |row| row[&name].map(|value| value + 1))))
        }
        _ => Err(QueryError::Refused("the name is taken".into())),
    }
}

fn grouped(base: &[Pair], one: &Pair, depth: usize, chance: &mut Chance) -> Changed {
    let computed = |of: &str| {
        let texts = [("n", "count(*)".to_string()), ("v", format!("count({of})")), ("m", format!("max({of})"))];
        texts.map(|(name, text)| (name.to_string(), text)).to_vec()
    };
    let name = chance.name(&one.relation.attributes);
    match chance.below(3) {
        0 => {
            let by: BTreeSet<String> = if chance.below(4) == 0 { BTreeSet::new() } else { BTreeSet::from([name]) };
            let of = chance.name(&one.relation.attributes);
            let names: Vec<&str> = by.iter().map(String::as_str).collect();
            Ok((one.query.group_by(&names, &computed(&of))?, one.relation.group(&by, &of)))
        }
        1 => {
            let other = random(base, depth - 1, chance);
            let keep_all = chance.below(2) == 0;
            let of = chance.name(&other.relation.attributes);
            let query = one.query.aggregate(&other.query, &computed(&of), keep_all)?;
            Ok((query, one.relation.join(&other.relation, keep_all).group(&one.relation.key, &of)))
        }
        _ => {
            let names = BTreeSet::from([name.clone(), chance.name(&one.relation.attributes)]);
            let list: Vec<&str> = names.iter().map(String::as_str).collect();
            Ok((one.query.distinct(&list)?, one.relation.distinct(&names)))
        }
    }
}

fn topped(one: &Pair, chance: &mut Chance) -> Changed {
    let (name, descending) = (chance.name(&one.relation.attributes), chance.below(2) == 0);
    let (limit, offset) = (chance.below(6), chance.below(3));
    let order = vec![Order { attribute: Some(name.clone()), descending }];
    let query = one.query.top(&Top { limit: Some(limit as u64), offset: offset as u64, order: Some(order) })?;
    let key = one.query.heading().primary_key().map(|attribute| (attribute.name.clone(), false));
    let order: Vec<(String, bool)> = [(name, descending)].into_iter().chain(key).collect();
    Ok((query, one.relation.top(&order, Some(limit), offset)))
}

#[tokio::test]
async fn random_queries_give_what_they_mean() {
    for on in On::ALL {
        let Some(world) = World::new(on, &TABLES).await else { continue };
        let mut chance = Chance(7);
        let base = filled(&world, &mut chance).await;
        let (mut rows, count) = (0, if on == On::Sqlite { 500 } else { 100 });
        for _ in 0..count {
            let depth = 1 + chance.below(3);
            let Pair { query, relation } = random(&base, depth, &mut chance);
            let key: BTreeSet<String> = query.heading().primary_key().map(|attribute| attribute.name.clone()).collect();
            let sql = query.select(world.db.dialect(), &djc_core::query::Columns::All).expect("SQL").to_string();
            assert_eq!(key, relation.key, "{sql}");
            let number = |value: Value| match value {
                Value::Null => None,
                Value::Int(number) => number.to_i64(),
                other => panic!("{on:?}: {other:?}\n{sql}"),
            };
            let maps = world.maps(&query).await;
            let found = maps.into_iter().map(|row| row.into_iter().map(|(name, value)| (name, number(value))).collect::<Row>());
            let (mut found, mut meant) = (found.collect::<Vec<Row>>(), relation.rows);
            found.sort();
            meant.sort();
            assert_eq!(found, meant, "{on:?}\n{sql}");
            rows += found.len();
        }
        assert!(rows > count, "{on:?}: only {rows} rows in {count} queries say little");
        world.clean().await;
    }
}
