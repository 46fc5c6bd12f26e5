//! What a compile costs: parse, resolve, check and DDL of generated pipelines of 10 to 10 000 tables.
//!
//! `cargo bench -p djc --no-default-features --bench compile` runs it. Linear means time(10 000) ≤ 12 × time(1 000), to be read
//! off the medians of one run. `docs/book/benchmarks.md` has figures.

mod generate;
mod phases;

use djc::core::dialect::Server;
use mimalloc::MiMalloc;

/// The one of the `djc` binary.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    divan::main();
}

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

/// From texts to the DDL of MySQL, all phases. Trees are not taken apart within the time: `djc sql` ends without.
#[divan::bench(args = SIZES, sample_count = 10)]
fn compile(bencher: divan::Bencher, tables: usize) {
    let texts = generate::pipeline(tables);
    bencher.bench_local(|| phases::compile(&texts, Server::MySql));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn phase_1_parse(bencher: divan::Bencher, tables: usize) {
    let (sources, ids) = phases::sources(&generate::pipeline(tables));
    bencher.bench_local(|| phases::parse(&sources, &ids));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn phase_2_resolve(bencher: divan::Bencher, tables: usize) {
    let (sources, ids) = phases::sources(&generate::pipeline(tables));
    let files = phases::parse(&sources, &ids);
    bencher.bench_local(|| phases::resolve(&files));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn phase_3_check(bencher: divan::Bencher, tables: usize) {
    let (sources, ids) = phases::sources(&generate::pipeline(tables));
    let files = phases::parse(&sources, &ids);
    let pipeline = phases::resolve(&files);
    bencher.bench_local(|| phases::check(&pipeline, &files));
}

#[divan::bench(args = SIZES, consts = [0, 1, 2], sample_count = 10)]
fn phase_4_ddl<const SERVER: usize>(bencher: divan::Bencher, tables: usize) {
    let server = [Server::MySql, Server::Postgres, Server::Sqlite][SERVER];
    let (sources, ids) = phases::sources(&generate::pipeline(tables));
    let pipeline = phases::resolve(&phases::parse(&sources, &ids));
    bencher.bench_local(|| {
        let lowered = phases::lower(&pipeline, server);
        (phases::render(&lowered, server), lowered)
    });
}

/// From one state of the tables to another that changes three attributes of every table: one gets a longer type, one goes, one is new.
#[divan::bench(args = SIZES, consts = [0, 1, 2], sample_count = 10)]
fn plan<const SERVER: usize>(bencher: divan::Bencher, tables: usize) {
    let server = [Server::MySql, Server::Postgres, Server::Sqlite][SERVER];
    let lowered = |texts: &[(String, String)]| {
        let (sources, ids) = phases::sources(texts);
        phases::lower(&phases::resolve(&phases::parse(&sources, &ids)), server)
    };
    let before = generate::pipeline(tables);
    let change = |text: &str| text.replace("varchar(255)", "varchar(500)").replace("value = null : float ", "reading = null : double ");
    let after: Vec<(String, String)> = before.iter().map(|(name, text)| (name.clone(), change(text))).collect();
    let (from, to) = (lowered(&before), lowered(&after));
    bencher.bench_local(|| phases::plan(&from, &to, server));
}
