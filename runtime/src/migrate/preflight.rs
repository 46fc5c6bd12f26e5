//! What an account needs for a plan, and what hangs on the tables from outside.

use std::collections::{BTreeMap, BTreeSet};

use djc_core::catalog::Catalog;
use djc_core::dialect::Server;
use djc_core::plan::{Action, Plan, TableName};

use super::error::MigrateError;
use super::ledger::{self, Ledger, Place};
use super::needs::{self, Need, Right};
use super::position::Course;
use crate::db::Db;
use crate::error::SqlError;
use crate::inspect::{Hidden, InspectOptions, Inspection, Referrer, Unseen, grants};
use crate::run::account;

/// What is to be known before the first statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preflight {
    /// Grants that the account lacks; it would be refused at some step.
    pub missing: Vec<MissingGrant>,
    /// What keeps the account from seeing all foreign keys onto the tables that change so that a key notices. A plan that does not know a child
    /// breaks it.
    pub unseen: Vec<Unseen>,
    /// Foreign keys from schemas outside of the plan onto tables that change so that a key notices.
    pub outside: Vec<Referrer>,
    /// Triggers on tables that the plan changes.
    pub triggers: Vec<Trigger>,
}

/// A grant that the account lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingGrant {
    /// The schema; `None` for the whole server or database.
    pub schema: Option<String>,
    /// The statement that an administrator would run.
    pub grant: String,
}

/// A trigger on a table that a plan changes. It stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trigger {
    /// The table.
    pub table: TableName,
    /// The trigger.
    pub name: String,
    /// The step that the server refuses because of it: the MySQL family moves no table with a trigger to another schema.
    pub in_the_way_of: Option<usize>,
}

/// Finds out what the account lacks and what hangs on the tables from outside; with a ledger, what that needs too.
///
/// # Errors
/// What the server says when it is read.
pub async fn preflight(db: &mut Db, ledger: Option<&Ledger>, plan: &Plan, from: &Catalog) -> Result<Preflight, MigrateError> {
    let course = Course::new(plan, from, db.server());
    let options = InspectOptions { referrers: true, ..InspectOptions::of(course.schemas()) };
    let live = db.inspect(&options).await?;
    let mut rights = needs::of_plan(plan);
    if let Some(Place::Table(table)) = ledger.map(|ledger| &ledger.place) {
        needs::add(&mut rights, table, &[Right::Insert, Right::Select, Right::Update]);
        if !ledger::exists(db, table).await? {
            needs::add(&mut rights, table, &[Right::Create]);
        }
    }
    let noticed = needs::noticed(plan, &course.catalogs);
    let missing = match db.server() {
        Server::MySql | Server::MariaDb => missing_of_mysql(db, &rights).await?,
        Server::Postgres => missing_of_postgres(db, &rights).await?,
        Server::Sqlite => Vec::new(),
    };
    let Inspection { unseen, referrers, .. } = live;
    let hides_children = |unseen: &Unseen| match &unseen.what {
        Hidden::Referrers | Hidden::Tables { .. } | Hidden::Columns { .. } => true,
        Hidden::Schemas | Hidden::Schema { .. } | Hidden::Actions { .. } | Hidden::Lineage { .. } => false,
    };
    let is_noticed = |referrer: &Referrer| noticed.contains(&TableName::new(&referrer.parent_schema, &referrer.parent_table));
    Ok(Preflight {
        missing,
        unseen: if noticed.is_empty() { Vec::new() } else { unseen.into_iter().filter(hides_children).collect() },
        // A child that the definitions know is the plan's to look after, in whatever schema.
        outside: referrers.into_iter().filter(|it| is_noticed(it) && from.table(&it.schema, &it.table).is_none()).collect(),
        triggers: triggers(db, plan, &course).await?,
    })
}

/// Returns a grant for each schema on which rights are missing.
async fn missing_of_mysql(db: &mut Db, rights: &BTreeSet<Need>) -> Result<Vec<MissingGrant>, SqlError> {
    let grants = grants::read(db).await?;
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for need in rights {
        if !grants.has(need.right.privilege(), &need.schema, need.table.as_deref()) {
            missing.entry(&need.schema).or_default().insert(need.right.privilege());
        }
    }
    let grant = |(schema, privileges): (&str, BTreeSet<&str>)| MissingGrant {
        schema: Some(schema.to_string()),
        grant: grants.grant_on_schema(&privileges.into_iter().collect::<Vec<_>>().join(", "), schema),
    };
    Ok(missing.into_iter().map(grant).collect())
}

/// Returns a grant for each schema, table or owner that keeps the account out. To alter a table one has to own it.
async fn missing_of_postgres(db: &mut Db, rights: &BTreeSet<Need>) -> Result<Vec<MissingGrant>, SqlError> {
    let quoting = db.server().dialect().facts().quoting;
    let account = account(db).await;
    let schemas: BTreeSet<&str> = rights.iter().map(|need| need.schema.as_str()).collect();
    let names: Vec<String> = schemas.iter().map(|name| quoting.text(name)).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let names = names.join(", ");
    let mut creatable: BTreeMap<String, bool> = BTreeMap::new();
    let sql = format!(
        "SELECT nspname::text AS a, has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE') AS b \
         FROM pg_catalog.pg_namespace WHERE nspname IN ({names})"
    );
    for row in db.query(&sql, &[]).await? {
        creatable.insert(row.text(0)?, row.flag(1));
    }
    let mut tables: BTreeMap<(String, String), (String, bool, Vec<bool>)> = BTreeMap::new();
    let has: Vec<String> = PRIVILEGES.iter().map(|right| format!("has_table_privilege(c.oid, '{}')", right.privilege())).collect();
    let sql = format!(
        "SELECT n.nspname::text AS a, c.relname::text AS b, pg_get_userbyid(c.relowner)::text AS c, pg_has_role(c.relowner, 'USAGE') AS d, {} \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname IN ({names}) AND c.relkind IN ('r', 'p')",
        has.join(", ")
    );
    for row in db.query(&sql, &[]).await? {
        let privileges = (0..PRIVILEGES.len()).map(|at| row.flag(4 + at)).collect();
        tables.insert((row.text(0)?, row.text(1)?), (row.text(2)?, row.flag(3), privileges));
    }
    let may_make_schemas =
        db.query("SELECT has_database_privilege(current_database(), 'CREATE') AS a, current_database()::text AS b", &[]).await?;
    let mut out = BTreeSet::new();
    for need in rights {
        let known = need.table.as_ref().and_then(|table| tables.get(&(need.schema.clone(), table.clone())));
        let on_schema = || MissingGrant {
            schema: Some(need.schema.clone()),
            grant: format!("GRANT USAGE, CREATE ON SCHEMA {} TO {account}", quoting.name(&need.schema)),
        };
        match (need.right, known) {
            (Right::Alter | Right::Drop, Some((owner, false, _))) => {
                let grant = format!("GRANT {} TO {account}", quoting.name(owner));
                out.insert(MissingGrant { schema: Some(need.schema.clone()), grant });
            }
            (Right::Create, None) => {
                if creatable.get(&need.schema) == Some(&false) {
                    out.insert(on_schema());
                }
            }
            (Right::CreateSchema, _) if !creatable.contains_key(&need.schema) => {
                for row in may_make_schemas.iter().filter(|row| !row.flag(0)) {
                    let grant = format!("GRANT CREATE ON DATABASE {} TO {account}", quoting.name(&row.text(1)?));
                    out.insert(MissingGrant { schema: None, grant });
                }
            }
            (right, Some((_, _, privileges))) => {
                let held = PRIVILEGES.iter().zip(privileges).find(|(it, _)| **it == right).is_none_or(|(_, held)| *held);
                if let (false, Some(table)) = (held, &need.table) {
                    let place = quoting.qualified(&need.schema, table);
                    let grant = format!("GRANT {} ON {place} TO {account}", right.privilege());
                    out.insert(MissingGrant { schema: Some(need.schema.clone()), grant });
                }
            }
            (_, None) => {}
        }
    }
    Ok(out.into_iter().collect())
}

/// The rights on a table that PostgreSQL grants by themselves; an owner has them all.
const PRIVILEGES: [Right; 5] = [Right::Delete, Right::Insert, Right::References, Right::Select, Right::Update];

/// Returns the triggers on the tables that the plan changes.
async fn triggers(db: &mut Db, plan: &Plan, course: &Course<'_>) -> Result<Vec<Trigger>, SqlError> {
    let quoting = db.server().dialect().facts().quoting;
    let names: Vec<String> = course.schemas().iter().map(|name| quoting.text(name)).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let names = names.join(", ");
    let sql = match db.server() {
        Server::MySql | Server::MariaDb => format!(
            "SELECT EVENT_OBJECT_SCHEMA AS a, EVENT_OBJECT_TABLE AS b, TRIGGER_NAME AS c FROM information_schema.TRIGGERS \
             WHERE EVENT_OBJECT_SCHEMA IN ({names})"
        ),
        Server::Postgres => format!(
            "SELECT n.nspname::text AS a, c.relname::text AS b, t.tgname::text AS c FROM pg_catalog.pg_trigger t \
             JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE NOT t.tgisinternal AND n.nspname IN ({names})"
        ),
        Server::Sqlite => "SELECT '' AS a, tbl_name AS b, name AS c FROM sqlite_master WHERE type = 'trigger'".to_string(),
    };
    let moves = |table: &TableName| {
        let moved = |action: &Action| matches!(action, Action::RenameTable { from, to } if from == table && from.schema != to.schema);
        plan.steps.iter().position(|step| moved(&step.action))
    };
    let mut out = Vec::new();
    for row in db.query(&sql, &[]).await? {
        let physical = row.text(1)?;
        let table = match db.server() {
            Server::MySql | Server::MariaDb | Server::Postgres => TableName::new(row.text(0)?, physical),
            Server::Sqlite => {
                let (schema, table) = crate::inspect::split_sqlite(&physical);
                TableName::new(schema, table)
            }
        };
        if course.touched().any(|touched| *touched == table) {
            let in_the_way_of = if db.server().is_mysql_family() { moves(&table) } else { None };
            out.push(Trigger { table, name: row.text(2)?, in_the_way_of });
        }
    }
    out.sort();
    Ok(out)
}
