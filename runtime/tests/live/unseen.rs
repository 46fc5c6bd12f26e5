//! What an account with few rights is told about what it may not see.

use djc_runtime::inspect::{Hidden, Referrer};
use djc_runtime::{ConnectOptions, Db, InspectOptions, Inspection};

use crate::account::Account;
use crate::support::{On, Place};

/// Two schemas, a key from one to the other in each direction, and `~lineage`.
const TABLES: &str = "CREATE SCHEMA $Sour
;
CREATE SCHEMA $Sother
;
CREATE TABLE $Sother.parent (id int NOT NULL PRIMARY KEY)
;
CREATE TABLE $Sour.child (id int NOT NULL PRIMARY KEY, more int NOT NULL,
  FOREIGN KEY (id) REFERENCES $Sother.parent (id) ON UPDATE CASCADE ON DELETE CASCADE)
;
CREATE TABLE $Sother.grandchild (id int NOT NULL PRIMARY KEY, FOREIGN KEY (id) REFERENCES $Sour.child (id))";

fn tables(on: On) -> String {
    let name = if on == On::Postgres { "$Sour.\"~lineage\"" } else { "$Sour.`~lineage`" };
    let lineage = format!("CREATE TABLE {name} (table_name varchar(64), attribute_name varchar(64), lineage varchar(255))");
    format!("{TABLES}\n;\n{lineage}")
}

fn hidden(inspection: &Inspection, place: &Place) -> Vec<(Hidden, String)> {
    let mut out = Vec::new();
    for unseen in &inspection.unseen {
        let plain = |text: &str| text.replace("\\_", "_").replace(&place.prefix, "$S");
        let what = match unseen.what.clone() {
            Hidden::Schema { schema } => Hidden::Schema { schema: plain(&schema) },
            Hidden::Tables { schema } => Hidden::Tables { schema: plain(&schema) },
            Hidden::Columns { schema, table } => Hidden::Columns { schema: plain(&schema), table },
            Hidden::Actions { schema } => Hidden::Actions { schema: plain(&schema) },
            Hidden::Lineage { schema } => Hidden::Lineage { schema: plain(&schema) },
            all @ (Hidden::Schemas | Hidden::Referrers) => all,
        };
        out.push((what, plain(&unseen.grant)));
    }
    out
}

fn both(place: &Place) -> InspectOptions {
    InspectOptions { referrers: true, ..InspectOptions::of(vec![place.schema("our"), place.schema("other")]) }
}

#[tokio::test]
async fn least_account_of_the_mysql_family_sees_its_schema_and_is_told_of_the_rest() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        place.run(&tables(on)).await;
        let least = Account::new(&place, "least", &["GRANT SELECT, SHOW VIEW ON $Sour.* TO $A"]).await;
        let inspection = least.inspect(&both(&place)).await;
        let child = inspection.catalog.table(&place.schema("our"), "child").expect("it may be read");
        assert_eq!(child.foreign_keys[0].parent_schema, place.schema("other"), "{on:?}");
        assert_eq!(child.foreign_keys[0].on_delete, djc_core::catalog::Action::Cascade, "{on:?}");
        assert_eq!(inspection.catalog.schemas[&place.schema("our")].lineage, Some(Default::default()), "{on:?}");
        assert!(inspection.may_hide_tables_of(&place.schema("our")).is_none(), "{on:?}");
        assert!(inspection.may_hide_tables_of(&place.schema("other")).is_some(), "{on:?}");
        let expected = [
            (Hidden::Schema { schema: "$Sother".into() }, "GRANT SELECT, SHOW VIEW ON `$Sother`.* TO '$Sleast'@'%'".to_string()),
            (Hidden::Referrers, "GRANT PROCESS ON *.* TO '$Sleast'@'%'".to_string()),
        ];
        assert_eq!(hidden(&inspection, &place), expected, "{on:?}");
        // Nothing that was not asked for is complained about.
        assert_eq!(least.inspect(&InspectOptions::of(vec![place.schema("our")])).await.unseen, [], "{on:?}");
        let all = least.inspect(&InspectOptions::default()).await;
        assert_eq!(hidden(&all, &place)[0].0, Hidden::Schemas, "{on:?}");
        least.drop().await;
        place.clean().await;
    }
}

#[tokio::test]
async fn rights_by_role_column_and_process_are_understood() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        place.run(&tables(on)).await;
        let role = place.schema("reader");
        let switch = if on == On::MariaDb { "SET DEFAULT ROLE $R FOR $A" } else { "SET DEFAULT ROLE $R TO $A" };
        let grants = [
            "CREATE ROLE $R",
            "GRANT SELECT, SHOW VIEW ON $Sour.* TO $R",
            "GRANT $R TO $A",
            switch,
            "GRANT SELECT (id) ON $Sother.parent TO $A",
            "GRANT PROCESS ON *.* TO $A",
        ]
        .map(|grant| grant.replace("$R", &role));
        let account = Account::new(&place, "role", &grants.each_ref().map(String::as_str)).await;
        let inspection = account.inspect(&both(&place)).await;
        let hidden = hidden(&inspection, &place);
        let what: Vec<&Hidden> = hidden.iter().map(|(what, _)| what).collect();
        let other = || "$Sother".to_string();
        assert_eq!(what, [&Hidden::Tables { schema: other() }, &Hidden::Columns { schema: other(), table: "parent".into() }], "{on:?}");
        let alone = account.inspect(&InspectOptions { referrers: true, ..InspectOptions::of(vec![place.schema("our")]) }).await;
        let referrer = Referrer {
            schema: place.schema("other"),
            table: "grandchild".into(),
            parent_schema: place.schema("our"),
            parent_table: "child".into(),
        };
        assert_eq!((alone.referrers, alone.unseen), (vec![referrer], Vec::new()), "{on:?}");
        account.drop().await;
        place.run(&format!("DROP ROLE {role}")).await;
        place.clean().await;
    }
}

#[tokio::test]
async fn reading_alone_does_not_show_what_keys_do_on_mariadb() {
    let Some(place) = Place::new(On::MariaDb) else { return };
    place.run(&tables(On::MariaDb)).await;
    let account = Account::new(&place, "select", &["GRANT SELECT ON $Sour.* TO $A"]).await;
    let inspection = account.inspect(&InspectOptions::of(vec![place.schema("our")])).await;
    let grant = "GRANT SELECT, SHOW VIEW ON `$Sour`.* TO '$Sselect'@'%'".to_string();
    assert_eq!(hidden(&inspection, &place), [(Hidden::Actions { schema: "$Sour".into() }, grant)]);
    account.drop().await;
    place.clean().await;
}

#[tokio::test]
async fn catalog_of_postgres_hides_nothing_but_rows() {
    let Some(place) = Place::new(On::Postgres) else { return };
    place.run(&tables(On::Postgres)).await;
    let account = Account::new(&place, "none", &[]).await;
    let inspection = account.inspect(&both(&place)).await;
    assert_eq!(inspection.catalog.tables().count(), 4);
    let hidden_ones = hidden(&inspection, &place);
    assert_eq!(hidden_ones.len(), 1);
    assert_eq!(hidden_ones[0].0, Hidden::Lineage { schema: "$Sour".into() });
    // The statement that it names is the one that helps.
    place.run(&inspection.unseen[0].grant.replace("; ", "\n;\n")).await;
    assert_eq!(account.inspect(&both(&place)).await.unseen, []);
    let alone = account.inspect(&InspectOptions { referrers: true, ..InspectOptions::of(vec![place.schema("our")]) }).await;
    assert_eq!(alone.referrers.len(), 1);
    account.drop().await;
    place.clean().await;
}

#[tokio::test]
async fn read_only_sessions_read_and_do_not_write() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let (schema, table) = (place.schema("our"), if on == On::Sqlite { "t".to_string() } else { place.schema("our") + ".t" });
        place.run(&if on == On::Sqlite { "CREATE TABLE x (a int)".to_string() } else { format!("CREATE SCHEMA {schema}") }).await;
        let options = ConnectOptions { read_only: true, ..ConnectOptions::default() };
        let mut db = Db::connect(&place.url, &options).await.expect("a connection");
        db.inspect(&InspectOptions::default()).await.expect("an inspection");
        let error = db.execute(&format!("CREATE TABLE {table} (a int)")).await.expect_err("nothing is written").to_string();
        assert!(error.to_lowercase().replace('-', " ").contains("read only") || error.contains("readonly"), "{on:?}: {error}");
        db.close().await;
        place.clean().await;
    }
}

#[tokio::test]
async fn broken_lineage_is_read_as_far_as_it_goes() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let name = |schema: &str| match on {
            On::Sqlite => format!("\"$S{schema}.~lineage\""),
            On::Postgres => format!("$S{schema}.\"~lineage\""),
            On::MariaDb | On::MySql => format!("$S{schema}.`~lineage`"),
        };
        let bytes = if on == On::Postgres { "bytea" } else { "blob" };
        let mut script = Vec::new();
        for schema in ["odd", "lacking", "good"] {
            let charset = if schema == "odd" && matches!(on, On::MariaDb | On::MySql) { " CHARACTER SET latin1" } else { "" };
            script.extend((on != On::Sqlite).then(|| format!("CREATE SCHEMA $S{schema}{charset}")));
        }
        script.push(format!("CREATE TABLE {} (table_name varchar(9), attribute_name {bytes}, lineage int)", name("odd")));
        script.push(format!("INSERT INTO {} VALUES ('t', NULL, 3), (NULL, 'b', NULL)", name("odd")));
        script.push(format!("CREATE TABLE {} (table_name varchar(9))", name("lacking")));
        script.push(format!("CREATE TABLE {} (table_name varchar(9), attribute_name varchar(9), lineage varchar(9))", name("good")));
        script.push(format!("INSERT INTO {} VALUES ('t', 'a', 's.t.a')", name("good")));
        place.run(&script.join("\n;\n")).await;
        let mut db = place.connect().await;
        let schemas = ["odd", "lacking", "good"].map(|name| place.schema(name)).to_vec();
        let catalog = db.inspect(&InspectOptions::of(schemas)).await.unwrap_or_else(|error| panic!("{on:?}: {error}")).catalog;
        let rows = |schema: &str| catalog.schemas[&place.schema(schema)].lineage.as_ref().map(|rows| rows.len());
        assert_eq!((rows("odd"), rows("lacking"), rows("good")), (Some(2), None, Some(1)), "{on:?}");
        db.close().await;
        place.clean().await;
    }
}
