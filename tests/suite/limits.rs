//! What djc refuses before it touches a server, against what servers refuse.
//!
//! Each case is lowered for each server; whether there are problems must agree with whether the server takes the SQL, which is
//! rendered in spite of them. Cases stand at the border: the last that fits and the first that does not. Where djc refuses more
//! than the server, because datajoint would fail later, the case says so.

use std::fmt::Write as _;

use djc::config::{Config, SchemaConfig};
use djc::core::dialect::{Options, Server, Target, lower};
use djc::core::ir::{Charset, Generation, Pipeline};
use djc::core::source::SourceMap;
use djc::diag::{Level, Sink};
use djc::{parser, resolve};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db};

use crate::replay::{drop_schemas, server_url};

/// A definition at the border of what servers take.
struct Case {
    name: String,
    generation: Generation,
    charset: &'static str,
    source: String,
    /// Servers on which djc refuses although the server would not.
    stricter: &'static [Server],
}

const POSTGRES: &[Server] = &[Server::Postgres];
const NONE: &[Server] = &[];

/// Classic lines that PostgreSQL takes, because its column is only the nearest one: wider numbers, words such as `today`,
/// names that it cuts in silence, clauses that are left out there.
const TAKEN_BY_POSTGRES: [&str; 10] = [
    "= 128 : tinyint",
    "= -1 : int unsigned",
    "= 18446744073709551616 :",
    "= 100 : decimal",
    "= today",
    "= 1800 : year",
    "ON UPDATE",
    "index (v, v)",
    "unique index (v(100))",
    "index ((v + 1))",
];

/// Collects cases.
struct Cases(Vec<Case>);

impl Cases {
    fn add(&mut self, name: &str, generation: Generation, charset: &'static str, source: String, stricter: &'static [Server]) {
        self.0.push(Case { name: name.to_string(), generation, charset, source, stricter });
    }

    /// A table with these lines, classic.
    fn table(&mut self, charset: &'static str, body: &str) {
        self.add(body, Generation::Classic, charset, format!("manual Probe {{\n{body}\n}}\n"), NONE);
    }

    /// A table with these lines, generation 2.
    fn modern(&mut self, body: &str, stricter: &'static [Server]) {
        self.add(body, Generation::Modern, "utf8mb4", format!("manual Probe {{\n{body}\n}}\n"), stricter);
    }

    /// One dependent attribute, classic.
    fn attribute(&mut self, line: &str) {
        let cut = line.ends_with("a : int") && line.len() - " : int".len() > 63;
        let stricter = if cut || TAKEN_BY_POSTGRES.iter().any(|part| line.contains(part)) { POSTGRES } else { NONE };
        let body = format!("probe_id : int\n---\n{line}");
        self.add(&body, Generation::Classic, "utf8mb4", format!("manual Probe {{\n{body}\n}}\n"), stricter);
    }

    /// One dependent attribute, generation 2.
    fn modern_attribute(&mut self, line: &str, stricter: &'static [Server]) {
        self.modern(&format!("probe_id : int\n---\n{line}"), stricter);
    }

    /// A table of many attributes of one type.
    fn many(&mut self, charset: &'static str, count: usize, ty: &str) {
        let mut body = "probe_id : int\n---\n".to_string();
        (0..count).for_each(|at| writeln!(body, "a{at} : {ty}").expect("a string"));
        self.add(&format!("{count} × {ty} in {charset}"), Generation::Classic, charset, format!("manual Probe {{\n{body}}}\n"), NONE);
    }

    /// A child that declares the column itself before the reference supplies it.
    fn reference(&mut self, generation: Generation, parent: &str, child: &str, stricter: &'static [Server]) {
        let source = format!("manual Parent {{\nk : {parent}\n}}\nmanual Child {{\nk : {child}\n---\n-> Parent\n}}\n");
        self.add(&format!("{child} refers to {parent}"), generation, "utf8mb4", source, stricter);
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Cases(Vec::new());
    let all = &mut cases;

    for (charset, keys) in [
        ("utf8mb4", ["k : varchar(768)", "k : varchar(769)", "a : varchar(384)\nb : varchar(384)", "a : varchar(384)\nb : varchar(385)"]),
        ("latin1", ["k : varchar(3072)", "k : varchar(3073)", "a : varchar(3000)\nb : char(72)", "a : varchar(3000)\nb : char(73)"]),
    ] {
        keys.iter().for_each(|key| all.table(charset, key));
    }
    for count in [16, 17, 32, 33] {
        let body: Vec<String> = (0..count).map(|at| format!("a{at} : int")).collect();
        all.table("utf8mb4", &body.join("\n"));
    }
    for index in ["index (a)", "unique index (a)", "index (a(768))", "index (a(769))", "index (a, probe_id)"] {
        all.attribute(&format!("a : varchar(769)\n{index}"));
    }
    for line in ["v : varchar(16382)", "v : varchar(16383)", "v : varchar(16384)", "v : char(255)", "v : char(256)", "v : varchar(0)"] {
        all.attribute(line);
    }
    // The last number that fits and the next, on MariaDB or on MySQL.
    for (charset, counts, ty) in [
        ("latin1", &[385, 386][..], "varchar(20)"),
        ("latin1", &[100, 101, 197, 198], "varchar(80)"),
        ("latin1", &[31, 32, 197, 198], "varchar(255)"),
        ("utf8mb4", &[100, 101, 197, 198], "varchar(20)"),
        ("utf8mb4", &[32, 33, 197, 198], "varchar(63)"),
        ("utf8mb4", &[197, 198, 253, 254], "varchar(64)"),
        ("utf8mb4", &[197, 198], "char(10)"),
        ("latin1", &[270, 271], "char(30)"),
        ("utf8mb4", &[197, 198, 385, 386], "longblob"),
        ("utf8mb4", &[700], "varchar(20)"),
    ] {
        counts.iter().for_each(|count| all.many(charset, *count, ty));
    }
    for ty in
        ["decimal(65,30)", "decimal(66,2)", "decimal(60,31)", "decimal(60,38)", "decimal(60,39)", "float(53)", "float(54)", "float(255,30)"]
    {
        all.attribute(&format!("v : {ty}"));
    }
    let long = "x".repeat(255);
    for values in ["'a','A'", "'a','b'", "'a','a '", &format!("'{long}'"), &format!("'{long}x'")] {
        all.attribute(&format!("v : enum({values})"));
    }

    for line in [
        "v = 5.5 : int",
        "v = 1e3 : int",
        "v = 127 : tinyint",
        "v = 128 : tinyint",
        "v = -1 : int unsigned",
        "v = abc : int",
        "v = '' : int",
        "v = 18446744073709551615 : bigint unsigned",
        "v = 18446744073709551616 : bigint unsigned",
        "v = 99.99 : decimal(4,2)",
        "v = 100 : decimal(4,2)",
        "v = 1.239 : decimal(4,2)",
        "v = abc : float",
        "v = 1e400 : double",
        "v = 1e300 : double",
        "v = 'abcd' : varchar(3)",
        "v = 'abc ' : varchar(3)",
        "v = '2020-1-1' : date",
        "v = '2020-02-30' : date",
        "v = '20200101' : date",
        "v = '2020/01/01' : date",
        "v = '0000-00-00' : date",
        "v = today : date",
        "v = '2020-01-01' : datetime",
        "v = '2020-01-01T10:00:00' : datetime",
        "v = '2020-01-01 25:00:00' : datetime",
        "v = '12:30' : time",
        "v = '-12:30:05' : time",
        "v = '12:61:00' : time",
        "v = 2020 : year",
        "v = 1800 : year",
        "v = CURRENT_TIMESTAMP : date",
        "v = CURRENT_TIMESTAMP : time",
        "v = CURRENT_TIMESTAMP : varchar(30)",
        "v = CURRENT_TIMESTAMP : int",
        "v = CURRENT_TIMESTAMP : datetime(3)",
        "v = CURRENT_TIMESTAMP(3) : datetime",
        "v = CURRENT_TIMESTAMP(3) : datetime(3)",
        "v = CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3) : timestamp(3)",
        "v = CURRENT_TIMESTAMP() ON UPDATE CURRENT_TIMESTAMP() : datetime",
        "v = '{}' : json",
        "v = a : enum('a','b')",
        "v = B : enum('a','b')",
        "v = c : enum('a','b')",
        "v = 2 : bool",
        "v = true : bool",
    ] {
        all.attribute(line);
    }
    for line in [
        "v = x : text",
        "v = 5 : int8",
        "v = 40000 : int16",
        "v = now() : timestamp",
        "v = '2020-01-01' : datetime",
        "v = yes : bool",
        "v = '6c0fb7bf-8d2f-4f4a-9d0e-0d9a0f6f2d10' : varchar(36)",
    ] {
        // What PostgreSQL makes of that text is the moment of the declaration.
        all.modern_attribute(line, if line.contains("now()") { POSTGRES } else { NONE });
    }

    for (count, unit) in [(1024, "y"), (1025, "y"), (1024, "ü"), (1025, "ü")] {
        all.attribute(&format!("v : int # {}", unit.repeat(count)));
    }
    for count in [2048, 2049] {
        all.table("utf8mb4", &format!("# {}\nprobe_id : int", "x".repeat(count)));
    }
    for body in [
        "probe_id : int\n---\nn : int auto_increment",
        "probe_id : int\n---\nn : int auto_increment\nindex (n)",
        "a : int\nb : int auto_increment",
        "a : int auto_increment\nb : int",
        "a : int auto_increment\n---\nb : serial",
        "a : int\n---\nb : serial",
    ] {
        all.table("utf8mb4", body);
    }
    for index in ["index (v, v)", "index (v(3))", "index (probe_id(3))", "index (v(5))", "index (v(6))", "index (v DESC)"] {
        all.attribute(&format!("v : varchar(5)\n{index}"));
    }
    for index in ["index (v)", "unique index (v)", "index (v(3072))", "index (v(3073))", "unique index (v(100))"] {
        all.attribute(&format!("v : longblob\n{index}"));
    }
    all.attribute("v : int\nindex ((v + 1))");
    all.attribute("v : json\nindex (v.name:char(20))");
    for length in [63, 64, 65] {
        all.attribute(&format!("{} : int", "a".repeat(length)));
    }

    for (parent, child) in [
        ("int", "int"),
        ("int", "int(5)"),
        ("int", "int unsigned"),
        ("int", "bigint"),
        ("int", "varchar(10)"),
        ("varchar(10)", "varchar(20)"),
        ("varchar(10)", "char(10)"),
        ("decimal(6,2)", "decimal(6,2)"),
        ("decimal(6,2)", "decimal(8,2)"),
        ("float", "double"),
        ("date", "datetime"),
        ("datetime", "timestamp"),
        ("uuid", "uuid"),
        ("bool", "tinyint"),
    ] {
        all.reference(Generation::Classic, parent, child, NONE);
    }
    all.reference(Generation::Modern, "int32", "int64", NONE);
    all.reference(Generation::Modern, "enum('a','b')", "enum('a','b')", NONE);
    all.reference(Generation::Modern, "enum('a','b')", "enum('a','c')", NONE);
    all.reference(Generation::Modern, "float64", "decimal(8,2)", NONE);
    all.modern("j : json", POSTGRES);
    all.modern("b : <blob>", POSTGRES);
    all.modern("t : text", NONE);
    // Names that MySQL makes up for foreign keys must fit too.
    for length in [56, 57, 58] {
        let class: String = std::iter::once('A').chain(std::iter::repeat_n('b', length - 1)).collect();
        let source = format!("manual Parent {{\nk : int\n}}\nmanual {class} {{\n-> Parent\n}}\n");
        all.add(&format!("a child with a name of {length} characters"), Generation::Modern, "utf8mb4", source, NONE);
    }
    cases.0
}

/// Resolves a case; `None` when the resolver refuses it, which no server is asked about.
fn pipeline(case: &Case, schema: &str) -> Option<Pipeline> {
    let charset = Charset::Named { charset: case.charset.to_string(), collation: None };
    let mut config = Config { generation: case.generation, charset, ..Config::default() };
    config.schemas.insert("limits".to_string(), SchemaConfig { name: Some(schema.to_string()), ..SchemaConfig::default() });
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let text = format!("schema limits\n{}", case.source);
    let file = sources.add("limits.dj", text.as_str());
    let tree = parser::parse(file, &text, &mut sink);
    let pipeline = resolve::resolve(&[tree], &config, &mut sink);
    let refused = sink.diagnostics().iter().any(|diagnostic| diagnostic.code.level == Level::Error);
    (!refused).then_some(pipeline)
}

async fn hold_against(server: Server, url: &str) -> (usize, Vec<String>) {
    let schema = format!("djcl{}", crate::support::run_id());
    let url = DatabaseUrl::parse(url).expect("the test URL is one");
    let mut db = Db::connect(&url, &ConnectOptions::default()).await.expect("the server answers");
    let mut failures = Vec::new();
    let (mut taken, mut refused) = (0, 0);
    for case in cases() {
        let Some(pipeline) = pipeline(&case, &schema) else {
            failures.push(format!("{:?}: the resolver refuses it; it belongs to another test", case.name));
            continue;
        };
        let target = Target { server, version: None, charset: case.charset.to_string() };
        let lowered = lower(&pipeline, std::slice::from_ref(&schema), &target, &Options::default());
        // A column without a type cannot be asked about.
        if lowered.problems.iter().any(|problem| problem.kind.to_string().contains("cannot hold the type")) {
            refused += 1;
            continue;
        }
        if server == Server::Sqlite {
            db = Db::connect(&url, &ConnectOptions::default()).await.expect("memory is there");
        }
        drop_schemas(&mut db, std::slice::from_ref(&schema)).await;
        let mut answer = None;
        for change in &lowered.changes {
            for statement in server.dialect().render(change) {
                if answer.is_none() {
                    answer = db.execute(&statement.sql).await.err().map(|error| error.to_string());
                }
            }
        }
        let problems: Vec<String> = lowered.problems.iter().map(|problem| problem.kind.to_string()).collect();
        let agree = match (&answer, problems.is_empty()) {
            (None, true) | (Some(_), false) => !(case.stricter.contains(&server)),
            (None, false) => case.stricter.contains(&server),
            (Some(_), true) => false,
        };
        if !agree {
            let name: String = case.name.chars().take(80).collect();
            failures.push(format!("{} {name:?} ({}): the server says {answer:?}, djc says {problems:?}", server.as_str(), case.generation));
        }
        if answer.is_none() { taken += 1 } else { refused += 1 }
    }
    drop_schemas(&mut db, std::slice::from_ref(&schema)).await;
    db.close().await;
    println!("{}: {taken} definitions taken, {refused} refused", server.as_str());
    (taken, failures)
}

fn hold(server: Server) {
    let Some(url) = server_url(server) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let (taken, failures) = runtime.block_on(hold_against(server, &url));
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
    assert!(taken > 50, "only {taken} definitions were taken");
}

#[test]
fn mariadb_refuses_what_djc_refuses() {
    hold(Server::MariaDb);
}

#[test]
fn mysql_refuses_what_djc_refuses() {
    hold(Server::MySql);
}

#[test]
fn postgres_refuses_what_djc_refuses() {
    hold(Server::Postgres);
}
