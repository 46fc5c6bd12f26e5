//! `djc status` says on one page how a database is doing, on every server, and touches nothing.

use djc_runtime::DatabaseUrl;
use serde_json::Value;

use crate::support::{TestProject, drop_schema, run_sql, server, snapshot};

const LAB: &str = "schema lab as \"$P_lab\"

manual Subject {
    # animals
    subject : int  # number
}

lookup Method {
    # ways to sort
    method : varchar(16)  # name
    contents [
        ('fast',),
        ('slow',),
    ]
}

manual Session {
    # visits
    -> Subject
    session : int  # number
}

imported Scan {
    # what the scanner gave
    -> Session
    ---
    depth : int  # in um
}

computed Sorting {
    # units
    -> Scan
    -> Method

    part Unit {
        # one of them
        -> Sorting
        unit : int  # number
    }
}

@key_source(Session & 'session > 1')
computed Summary {
    # of later sessions
    -> Session
}
";

/// Rows, jobs, a log, and tables that no source declares; `[schema.table]` is a table, `<name>` a column.
const WORLD: &[&str] = &[
    "INSERT INTO [lab.subject] VALUES (1), (2)",
    "INSERT INTO [lab.session] VALUES (1, 1), (1, 2), (2, 1)",
    "INSERT INTO [lab._scan] VALUES (1, 1, 100), (1, 2, 90)",
    "INSERT INTO [lab.__sorting] VALUES (1, 1, 'fast')",
    "CREATE TABLE [lab.~jobs] (<table_name> varchar(64) NOT NULL, <key_hash> char(32) NOT NULL, <status> varchar(10), \
     <error_message> varchar(2047), <timestamp> timestamp NULL, PRIMARY KEY (<table_name>, <key_hash>))",
    "INSERT INTO [lab.~jobs] VALUES ('__sorting', 'a', 'reserved', '', '2026-01-02 03:04:05'), \
     ('__sorting', 'b', 'error', 'ValueError: no spikes in the window that was asked for, and none in any other one either', '2026-01-03 00:00:00')",
    "CREATE TABLE [lab.~log] (<id> int NOT NULL, <timestamp> timestamp NULL, <user> varchar(255), <event> varchar(255), PRIMARY KEY (<id>))",
    "INSERT INTO [lab.~log] VALUES (1, '2026-01-01 00:00:00', 'ana@lab', 'Declared $Q$P_lab$Q.$Qleftover$Q'), (2, '2035-01-05 00:00:00', 'ben@lab', 'created')",
    "CREATE TABLE [lab.leftover] (<subject> int NOT NULL, PRIMARY KEY (<subject>), FOREIGN KEY (<subject>) REFERENCES [lab.subject] (<subject>))",
    "CREATE TABLE [lab.note_2] (<subject> int NOT NULL, PRIMARY KEY (<subject>), FOREIGN KEY (<subject>) REFERENCES [lab.leftover] (<subject>))",
    "CREATE VIEW [lab.look] AS SELECT * FROM [lab.subject]",
];

/// A project deployed on a server and filled; names that nobody else uses stand for `$P`.
struct World {
    project: TestProject,
    url: String,
    prefix: String,
}

impl World {
    fn new(url: String, name: &str) -> World {
        // A file of SQLite is nobody else's, and a name without a number is always as wide.
        let own = if url.starts_with("sqlite") { String::new() } else { crate::support::run_id() };
        let prefix = format!("djcs{own}_{name}");
        let project = TestProject::with(&[("lab.dj", &LAB.replace("$P", &prefix)), ("djc.toml", "[pipeline]\nsources = [\"*.dj\"]\n")]);
        project.djc(&["deploy", "--database", &url]).exits(0);
        let world = World { project, url, prefix };
        world.run(WORLD);
        world
    }

    fn on_all_servers(name: &str) -> Vec<World> {
        let urls = ["DJC_TEST_MARIADB", "DJC_TEST_MYSQL", "DJC_TEST_POSTGRES"].into_iter().filter_map(server);
        urls.map(|url| World::new(url, name)).collect()
    }

    fn on_sqlite(name: &str) -> World {
        World::new("sqlite:lab.db".to_string(), name)
    }

    fn run(&self, statements: &[&str]) {
        let (quote, between) = match self.url.split(':').next() {
            Some("sqlite") => ('"', "."),
            Some("postgres") => ('"', "\".\""),
            _ => ('`', "`.`"),
        };
        let url = match self.url.strip_prefix("sqlite:") {
            Some(file) => DatabaseUrl::SqliteFile(self.project.path().join(file)),
            None => DatabaseUrl::parse(&self.url).expect("a URL"),
        };
        let sql = |sql: &&str| {
            let sql = sql.replace("[lab.", &format!("{quote}{}_lab{between}", self.prefix));
            sql.replace(['<', '>', ']'], &quote.to_string()).replace("$Q", "`").replace("$P", &self.prefix)
        };
        run_sql(&url, &statements.iter().map(sql).collect::<Vec<_>>());
    }

    fn status(&self, arguments: &[&str]) -> String {
        let lab = format!("{}_*", self.prefix);
        let said = self.project.djc(&[&["status", "--database", &self.url, "--schema", &lab], arguments].concat()).exits(0);
        assert_eq!(said.stderr, "", "{}", said.text());
        // In a snapshot the columns stand as they are printed.
        if self.url.starts_with("sqlite") { said.stdout } else { said.stdout.replace(&self.prefix, "$P") }
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.status(&[&["--format", "json"], arguments].concat())).expect("JSON")
    }

    fn clean(self) {
        drop_schema(&self.url, &format!("{}_lab", self.prefix));
    }
}

#[test]
fn one_page_for_a_morning() {
    let world = World::on_sqlite("x");
    snapshot("status", "page", &world.status(&[]));
    snapshot("status", "exact", &world.status(&["--exact"]));
    snapshot("status", "tables", &world.status(&["--tables"]));
    snapshot("status", "unused", &world.status(&["--unused"]));
    snapshot("status", "json", &world.status(&["--unused", "--format", "json"]));
}

#[test]
fn counts_are_the_same_on_every_server() {
    let sqlite = World::on_sqlite("counted");
    let facts = |world: &World| {
        let page = world.status(&["--exact", "--unused", "--format", "json"]).replace(&world.prefix, "$P");
        let page: Value = serde_json::from_str(&page).expect("JSON");
        let tables = page["schemas"][0]["tables"].as_array().expect("tables").clone();
        let tables: Vec<String> = tables
            .iter()
            .map(|table| {
                let jobs = &table["jobs"];
                format!("{} {} {} {} {} {jobs}", table["name"], table["tier"], table["rows"], table["rows_exact"], table["progress"])
            })
            .collect();
        let unused = page["unused"].as_array().expect("a list").iter().map(|it| format!("{} {}", it["table"], it["referred_to_by"]));
        let unused: Vec<String> = unused.collect();
        // What only SQLite keeps beside, and the hidden tables of datajoint, are not compared.
        let tables: Vec<String> = tables.into_iter().filter(|line| !line.starts_with("\"~")).collect();
        let schema = &page["schemas"][0];
        (tables, unused, schema["last_event"].clone(), schema["generation"].clone(), page["drift"].clone())
    };
    let wanted = facts(&sqlite);
    for world in World::on_all_servers("counted") {
        assert_eq!(facts(&world), wanted, "{}", world.url);
        let estimated = world.json(&[]);
        let sizes = estimated["schemas"][0]["tables"].as_array().expect("tables");
        assert!(sizes.iter().any(|table| table["data_bytes"].as_u64().is_some_and(|bytes| bytes > 0)), "{estimated}");
        let page = world.status(&["--tables", "--exact"]);
        assert!(page.contains("$P_lab.Sorting") && page.contains("of 4"), "{page}");
        world.clean();
    }
}

#[test]
fn generations_are_told_apart_on_every_server() {
    let old = "manual Subject {\n    subject : int\n    ---\n    picture : longblob\n}\n";
    let new = "manual Subject {\n    subject : int32\n    ---\n    picture : <blob>\n}\n";
    let urls = ["DJC_TEST_MARIADB", "DJC_TEST_MYSQL", "DJC_TEST_POSTGRES"].into_iter().filter_map(server);
    for url in urls.chain(["sqlite:lab.db".to_string()]) {
        let names = ["old", "new"].map(|name| format!("djcg{}_{name}", crate::support::run_id()));
        let project = TestProject::with(&[
            ("old.dj", &format!("schema old as \"{}\"\n\n{old}", names[0])),
            ("new.dj", &format!("schema new as \"{}\"\n\n{new}", names[1])),
            ("djc.toml", "[pipeline]\nsources = [\"*.dj\"]\n[schemas.new]\ndatajoint = \"2\"\n"),
        ]);
        project.djc(&["deploy", "--database", &url]).exits(0);
        let said = project.djc(&["status", "--database", &url, "--schema", &names[0], "--schema", &names[1], "--format", "json"]).exits(0);
        let page: Value = serde_json::from_str(&said.stdout).expect("JSON");
        let found: Vec<&Value> = page["schemas"].as_array().expect("schemas").iter().map(|schema| &schema["generation"]).collect();
        assert_eq!(found, ["2", "0.14"], "{url}");
        names.iter().for_each(|name| drop_schema(&url, name));
    }
}

#[test]
fn drift_is_summed_up_and_broken_sources_are_said() {
    let world = World::on_sqlite("drift");
    let original = world.project.read("lab.dj");
    world.project.write("lab.dj", &original.replace("depth : int ", "depth : bigint "));
    let page = world.status(&[]);
    assert!(page.contains("of 7 declared tables 1 differs; 3 tables are declared by no source"), "{page}");
    // What is known of, and what nobody wants to hear of, is left out as by `djc check --database`.
    world.project.djc(&["check", "--database", &world.url, "--accept"]).exits(0);
    assert!(world.status(&[]).contains("7 tables as declared; 4 known differences left out"), "{}", world.status(&[]));
    std::fs::remove_file(world.project.path().join("djc.drift")).expect("it was written");
    world.project.write("djc.toml", &format!("[pipeline]\nsources = [\"*.dj\"]\n[drift]\nignore = [\"{}_lab.*\"]\n", world.prefix));
    assert!(world.status(&[]).contains("7 tables as declared\n"), "{}", world.status(&[]));
    world.project.write("djc.toml", "[pipeline]\nsources = [\"*.dj\"]\n");
    world.project.write("lab.dj", &original.replace("depth : int ", "depth ; int "));
    assert!(world.status(&[]).contains("the sources have errors, so nothing is compared: djc check"));
    world.project.write("lab.dj", &original.replace("_lab\"", "_elsewhere\""));
    assert!(world.status(&[]).contains("the schema of the sources is not here"));
    // Without sources there is nothing to compare with, and nothing to be unused.
    let bare = TestProject::new();
    let url = format!("sqlite:{}", world.project.path().join("lab.db").display());
    let said = bare.djc(&["status", "--database", &url]).exits(0);
    assert!(!said.stdout.contains("source") && said.stdout.contains("10 tables"), "{}", said.text());
    let said = bare.djc(&["status", "--unused", "--database", &url]).exits(2);
    assert!(said.stderr.contains("--unused compares with sources"), "{}", said.text());
}

#[test]
fn what_cannot_be_looked_at_is_said() {
    let project = TestProject::new();
    let said = project.djc(&["status"]).exits(2);
    assert!(said.stderr.contains("no database is named"), "{}", said.text());
    let said = project.djc(&["status", "--database", "sqlite:none.db"]).exits(2);
    assert!(said.stderr.contains("there is no such file") && !project.path().join("none.db").exists(), "{}", said.text());
    let said = project.djc(&["status", "--database", "sqlite:none.db", "--schema", "[a"]).exits(2);
    assert!(said.stderr.contains("`[a` is no pattern of names"), "{}", said.text());
}
