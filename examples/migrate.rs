//! Measures a change of a primary key through ten descendants against the statements that an expert would write by hand.
//!
//! `cargo build --release && cargo run --release --example migrate -- mysql://root@127.0.0.1 1000000 3`
//!
//! Eleven tables, one below the other, hold the rows between them. The first gets one more key attribute, whose value is computed from the row, and the
//! others get it from their parents. `mariadb` runs the statements by hand, djc applies its migration, in turn on tables that were made and filled anew;
//! behind each turn both must have the same rows in the same tables. The schemas are dropped at the end.

mod client;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use client::{Client, djc, run};

/// Tables below the first.
const DESCENDANTS: usize = 10;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = arguments.iter().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (Some(url), [rows, turns]) = (arguments.first(), numbers.as_slice()) else {
        eprintln!("usage: cargo run --release --example migrate -- mysql://USER:PASSWORD@HOST:PORT ROWS TURNS");
        return ExitCode::from(2);
    };
    match measure(url, *rows, *turns) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(url: &str, rows: usize, turns: usize) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("djc_migrate_{}", std::process::id()));
    history(&folder)?;
    let client = Client::new(url)?;
    let each = rows / (DESCENDANTS + 1);
    println!("| turn | by hand | `djc migrate apply` | ratio | peak of djc |\n|---|---|---|---|---|");
    let mut ratios = Vec::new();
    for turn in 1..=turns {
        let schema = |who: &str| format!("djcbench_{}_{who}", std::process::id());
        let sql = |text: String| run(client.command().arg("-e").arg(text));
        for who in ["hand", "djc"] {
            run(djc(&folder).env("LAB", schema(who)).args(["migrate", "apply", "--yes", "--to", "0001", "--database", url]))?;
            sql(filling(&schema(who), each))?;
        }
        let by_hand = |name: &str| sql(by_hand(name));
        let applied = || {
            let mut command = djc(&folder);
            command.env("LAB", schema("djc")).args(["migrate", "apply", "--yes", "--database", url]);
            watched(command)
        };
        // Who goes first changes from turn to turn.
        let (hand, (ours, peak)) = if turn % 2 == 1 {
            let hand = by_hand(&schema("hand"))?;
            (hand, applied()?)
        } else {
            let ours = applied()?;
            (by_hand(&schema("hand"))?, ours)
        };
        let sums: Vec<String> = ["hand", "djc"].iter().map(|who| checksums(&client, &schema(who))).collect::<Result<_, _>>()?;
        if sums[0] != sums[1] {
            return Err(format!("the two ways have come to different rows:\n{}\n{}", sums[0], sums[1]));
        }
        sql(format!("DROP DATABASE {}; DROP DATABASE {}", schema("hand"), schema("djc")))?;
        let ratio = ours.as_secs_f64() / hand.as_secs_f64();
        ratios.push(ratio);
        println!("| {turn} | {:.2} s | {:.2} s | {ratio:.2} | {} |", hand.as_secs_f64(), ours.as_secs_f64(), megabytes(peak));
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2}, {each} rows in each of {} tables", ratios[ratios.len() / 2], DESCENDANTS + 1);
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Own key attribute of a table, here and there.
fn own(table: usize) -> Option<String> {
    (table % 3 == 1).then(|| format!("k{table}"))
}

/// Key attributes of a table, the new one left out.
fn key(table: usize) -> Vec<String> {
    std::iter::once("a".to_string()).chain((1..=table).filter_map(own)).collect()
}

/// Writes the project with its two migrations.
fn history(folder: &Path) -> Result<(), String> {
    let write = |name: &str, text: String| {
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(folder.join(name), text)).map_err(|error| format!("{name}: {error}"))
    };
    let toml = "[pipeline]\nname = \"lab\"\nsources = [\"*.dj\"]\ndatajoint = \"0.14\"\n[pipeline.vars]\nLAB = \"djcbench\"\n";
    write("djc.toml", toml.to_string())?;
    write("lab.dj", definitions(false))?;
    run(djc(folder).args(["migrate", "new", "start"]))?;
    write("lab.dj", definitions(true))?;
    run(djc(folder).args(["migrate", "new", "version"]))?;
    Ok(())
}

fn definitions(with_version: bool) -> String {
    let mut out = "schema lab as \"${LAB}\"\n".to_string();
    let (fill, version) = match with_version {
        true => ("\n@fill(version = sql(\"a % 3\"))", "    version : int\n"),
        false => ("", ""),
    };
    let _ = write!(out, "{fill}\nmanual T0 {{\n    a : int\n{version}    ---\n    value : double\n    note : varchar(32)\n}}\n");
    for table in 1..=DESCENDANTS {
        let own = own(table).map(|name| format!("    {name} : smallint\n")).unwrap_or_default();
        let parent = table - 1;
        let _ = write!(out, "\nmanual T{table} {{\n    -> T{parent}\n{own}    ---\n    value : double\n    note : varchar(32)\n}}\n");
    }
    out
}

fn filling(schema: &str, rows: usize) -> String {
    let digit = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 \
                 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let (digits, number): (Vec<String>, Vec<String>) =
        (0..7).map(|at| (format!("{digit} AS d{at}"), format!("d{at}.d * {}", 10u64.pow(at)))).unzip();
    let number = number.join(" + ");
    let mut out = format!(
        "USE {schema}; INSERT INTO t0 (a, value, note) SELECT n, n * 0.5, concat('row ', n) FROM (SELECT {number} AS n FROM {}) AS numbers WHERE n < {rows}; ",
        digits.join(" CROSS JOIN ")
    );
    for table in 1..=DESCENDANTS {
        let (inherited, own) = (key(table - 1).join(", "), own(table));
        let (name, value) = own.map(|name| (format!(", {name}"), ", a % 100".to_string())).unwrap_or_default();
        let parent = table - 1;
        let _ = write!(
            out,
            "INSERT INTO t{table} ({inherited}{name}, value, note) SELECT {inherited}{value}, value + 1, note FROM t{parent}; "
        );
    }
    out
}

/// What somebody writes who knows the tables and the server.
fn by_hand(schema: &str) -> String {
    let mut out = format!("USE {schema}; ");
    for table in (1..=DESCENDANTS).rev() {
        let _ = write!(out, "ALTER TABLE t{table} DROP FOREIGN KEY t{table}_ibfk_1, ADD COLUMN version int NULL AFTER a; ");
    }
    out += "ALTER TABLE t0 ADD COLUMN version int NULL AFTER a; UPDATE t0 SET version = a % 3; \
            ALTER TABLE t0 MODIFY version int NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (a, version); ";
    let with_version = |table: usize| {
        let mut key = key(table);
        key.insert(1, "version".to_string());
        key.join(", ")
    };
    for table in 1..=DESCENDANTS {
        let parent = table - 1;
        let on: Vec<String> = key(parent).iter().map(|column| format!("c.{column} = p.{column}")).collect();
        let _ = write!(out, "UPDATE t{table} AS c JOIN t{parent} AS p ON {} SET c.version = p.version; ", on.join(" AND "));
        let (own, inherited) = (with_version(table), with_version(parent));
        let _ = write!(
            out,
            "ALTER TABLE t{table} MODIFY version int NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY ({own}), \
             ADD FOREIGN KEY ({inherited}) REFERENCES t{parent} ({inherited}) ON UPDATE CASCADE ON DELETE RESTRICT; "
        );
    }
    out
}

/// Returns the server's checksum of every table.
fn checksums(client: &Client, schema: &str) -> Result<String, String> {
    let tables: Vec<String> = (0..=DESCENDANTS).map(|table| format!("{schema}.t{table}")).collect();
    let output = client.command().args(["-N", "-B", "-e", &format!("CHECKSUM TABLE {}", tables.join(", "))]).output();
    let output = output.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).replace(schema, ""))
}

/// Runs djc to its end; returns how long it took, and the most memory that it had, in kilobytes, where the system tells.
fn watched(mut command: Command) -> Result<(Duration, Option<u64>), String> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn().map_err(|error| error.to_string())?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        let now = std::fs::read_to_string(&status).ok().and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().trim_end_matches(" kB").parse::<u64>().ok()
        });
        peak = peak.max(now);
        if let Some(ended) = child.try_wait().map_err(|error| error.to_string())? {
            let took = began.elapsed();
            return if ended.success() { Ok((took, peak)) } else { Err("djc has failed".to_string()) };
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn megabytes(peak: Option<u64>) -> String {
    peak.map_or_else(|| "unknown".to_string(), |kilobytes| format!("{:.0} MB", kilobytes as f64 / 1024.0))
}
