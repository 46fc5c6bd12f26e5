//! What is said of a workflow: the numbers of each package, every difference, and the table at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use djc::core::ir::Generation;
use djc::diag::counted;
use djc::import::Imported;

use super::compare::{Difference, Exception, Outcome, Refused, compare};
use super::compiled::{Compiled, NEED};
use super::declared::Declared;
use super::packages::{Workflow, modules_of};

/// What came of one workflow under one datajoint.
pub struct Verdict {
    datajoint: String,
    rows: Vec<Row>,
    /// What is told beside the numbers.
    notes: Vec<String>,
    /// Differences that nobody knows of.
    unknown: Vec<String>,
    /// Exceptions that no longer differ.
    gone: Vec<String>,
    times: Times,
}

/// The numbers of one package.
#[derive(Default)]
struct Row {
    package: String,
    /// Its tables, as djc reads them.
    tables: usize,
    /// Those that both refuse.
    refused: usize,
    /// Those of which this datajoint cannot tell.
    untold: usize,
    /// Those that were compared: all others.
    compared: usize,
    identical: usize,
    /// Those in which nothing differs under the classes that djc generates.
    generated: usize,
    exceptions: usize,
}

/// How long things took.
#[derive(Clone, Copy)]
pub struct Times {
    pub import: Duration,
    pub deploy: Duration,
    pub python: Duration,
}

/// What `djc` and the two runs of datajoint gave.
pub struct Evidence<'a> {
    pub workflow: &'a Workflow,
    pub generation: Generation,
    pub imported: &'a Imported,
    pub whole: &'a Compiled,
    /// Datajoint on djc's tables, with the classes of the packages,
    pub bound: &'a Declared,
    /// with those that djc generates,
    pub generated: &'a Declared,
    /// and on its own tables.
    pub declared: &'a Declared,
    pub times: Times,
}

impl Verdict {
    /// Counts, and tells the differences that are known from those that are not.
    pub fn new(evidence: &Evidence) -> Verdict {
        let Evidence { workflow, whole, bound, generated, declared, times, .. } = *evidence;
        let outcome = compare(whole, bound, declared);
        let packages = Packages::new(evidence);
        let version = evidence.generation.as_str();
        let known: Vec<Exception> = Exception::known()
            .into_iter()
            .filter(|known| known.datajoint == version && workflow.packages.contains(&known.package))
            .collect();
        let mut rows: Vec<Row> = packages.names.iter().map(|name| Row { package: name.clone(), ..Row::default() }).collect();
        let is_known = |difference: &Difference| known.iter().any(|known| known.is(difference));
        let mut unknown = Vec::new();
        for (name, found) in &outcome.differing {
            let row = &mut rows[packages.of(name)];
            let (expected, new): (Vec<&Difference>, Vec<&Difference>) = found.iter().partition(|difference| is_known(difference));
            row.compared += 1;
            row.exceptions += usize::from(new.is_empty() && !expected.is_empty());
            unknown.extend(new.into_iter().map(ToString::to_string));
        }
        for name in &outcome.identical {
            let row = &mut rows[packages.of(name)];
            row.compared += 1;
            row.identical += 1;
        }
        outcome.refused.keys().for_each(|name| rows[packages.of(name)].refused += 1);
        outcome.untold.keys().for_each(|name| rows[packages.of(name)].untold += 1);
        rows.iter_mut().for_each(|row| row.tables = row.compared + row.refused + row.untold);
        rows.retain(|row| row.tables > 0);
        let again = compare(whole, generated, declared);
        again.identical.iter().for_each(|name| rows[packages.of(name)].generated += 1);
        for (name, found) in &again.differing {
            // `describe()` says parents as Python calls them, which is no fact of a table; what differs under the classes of the package as well
            // has been told.
            let of_table: Vec<&Difference> = found.iter().filter(|difference| difference.what != "describe").collect();
            let told = outcome.differing.get(name).map_or(&[][..], Vec::as_slice);
            let new = of_table.iter().filter(|difference| !told.contains(difference) && !is_known(difference));
            unknown.extend(new.map(|difference| format!("generated Python: {difference}")));
            rows[packages.of(name)].generated += usize::from(of_table.is_empty());
        }
        for (whose, run) in [("the package's Python", bound), ("the generated Python", generated)] {
            unknown.extend(run.declared.iter().map(|table| format!("{table}: {whose} declares it in a schema that djc has deployed")));
        }
        unknown.extend(generated.failed.iter().map(|(module, error)| format!("the generated module {module} cannot be imported: {error}")));
        let all: Vec<&Difference> = outcome.differing.values().chain(again.differing.values()).flatten().collect();
        let gone = known.iter().filter(|known| !all.iter().any(|difference| known.is(difference)));
        let expected = known.iter().map(|known| format!("known: {}, {}: {}", known.table, known.what, known.reason));
        Verdict {
            datajoint: declared.datajoint.clone(),
            rows,
            notes: notes(declared, &outcome).into_iter().chain(expected).collect(),
            unknown,
            gone: gone.map(|known| format!("{}: {} no longer differs: take it off the list", known.table, known.what)).collect(),
            times,
        }
    }

    /// Returns what must not be.
    pub fn wrong(&self) -> Vec<String> {
        self.unknown.iter().chain(&self.gone).cloned().collect()
    }

    /// Returns the verdict as lines.
    pub fn told(&self) -> String {
        let mut out = String::new();
        for row in &self.rows {
            let Row { package, compared, identical, .. } = row;
            let _ = writeln!(out, "{package}, datajoint {}: {identical} of {compared} tables identical", self.datajoint);
        }
        for note in self.notes.iter().chain(&self.unknown).chain(&self.gone) {
            let _ = writeln!(out, "    {note}");
        }
        out
    }
}

/// Which package a schema belongs to.
struct Packages {
    names: Vec<String>,
    by_schema: BTreeMap<String, usize>,
}

impl Packages {
    fn new(evidence: &Evidence) -> Packages {
        let mut names = evidence.workflow.packages.clone();
        let mut by_schema = BTreeMap::new();
        for (at, package) in names.iter().enumerate() {
            let modules = modules_of(evidence.imported, package);
            let schemas = evidence.whole.pipeline.schemas.iter().zip(&evidence.whole.names);
            by_schema.extend(schemas.filter(|(schema, _)| modules.contains(&schema.module)).map(|(_, name)| (name.clone(), at)));
        }
        names.push("(linking module)".to_string());
        Packages { names, by_schema }
    }

    fn of(&self, table: &str) -> usize {
        let schema = table.split('.').next().unwrap_or_default();
        self.by_schema.get(schema).copied().unwrap_or(self.names.len() - 1)
    }
}

fn notes(declared: &Declared, outcome: &Outcome) -> Vec<String> {
    let mut out = vec![format!(
        "{} imported, with stand-ins for {}",
        counted(declared.modules, "module"),
        counted(declared.stand_ins.len(), "package")
    )];
    let raised = declared.failed.iter().map(|(module, error)| format!("module {module} raises {error}"));
    // The rest of such a message is advice.
    let said = |error: &str| error.split(". ").next().unwrap_or_default().to_string();
    let empty = declared.contents.iter().map(|one| format!("contents of {} fail with {}", one.table, said(&one.error)));
    out.extend(raised.chain(empty));
    if !outcome.service.is_empty() {
        out.push(format!("{} of datajoint's own (~external_…, ~lineage) identical", counted(outcome.service.len(), "table")));
    }
    let of = |all: usize, others: usize| format!("{}, {others} of them for lack of another", counted(all, "table"));
    if !outcome.refused.is_empty() {
        // Those that only lack another are counted, the others told by reason.
        let mut reasons: BTreeMap<&str, Vec<&Refused>> = BTreeMap::new();
        for refused in outcome.refused.values().filter(|refused| refused.ours != NEED) {
            reasons.entry(&refused.ours).or_default().push(refused);
        }
        let others = outcome.refused.len() - reasons.values().map(Vec::len).sum::<usize>();
        out.push(format!("refused by both: {}", of(outcome.refused.len(), others)));
        for (reason, all) in reasons {
            // What datajoint says of a table that lacks another as well is about that other.
            let own = all.iter().find(|refused| !refused.theirs.contains("is not defined")).unwrap_or(&all[0]);
            out.push(format!("  {}: djc says {reason}; datajoint says {}", counted(all.len(), "table"), own.theirs));
        }
    }
    if !outcome.untold.is_empty() {
        let roots: Vec<_> = outcome.untold.iter().filter(|(_, why)| !why.starts_with("needs ")).collect();
        out.push(format!("nothing to compare with: {}", of(outcome.untold.len(), outcome.untold.len() - roots.len())));
        out.extend(roots.iter().map(|(table, why)| format!("  {table}: the package's own code fails with {why}")));
    }
    out
}

/// Returns the numbers of all packages as one table.
pub fn table<'a>(verdicts: impl Iterator<Item = &'a Verdict>) -> String {
    let head =
        ["package", "version", "datajoint", "tables", "compared", "identical", "generated", "exceptions", "import", "deploy", "python"];
    let mut lines: Vec<Vec<String>> = vec![head.iter().map(ToString::to_string).collect()];
    for verdict in verdicts {
        let times = [verdict.times.import, verdict.times.deploy, verdict.times.python];
        for (at, row) in verdict.rows.iter().enumerate() {
            let (package, version) = row.package.split_once("==").unwrap_or((&row.package, ""));
            let numbers = [row.tables, row.compared, row.identical, row.generated, row.exceptions].map(|number| number.to_string());
            // Packages of one workflow are imported, deployed and declared together.
            let times = times.map(|time| if at == 0 { format!("{:.1} s", time.as_secs_f64()) } else { String::new() });
            let words = [package.to_string(), version.to_string(), verdict.datajoint.clone()];
            lines.push(words.into_iter().chain(numbers).chain(times).collect());
        }
    }
    let widths: Vec<usize> = (0..head.len()).map(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0)).collect();
    let mut out = String::from("\n");
    for line in &lines {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(at, (cell, width))| if at < 3 { format!("{cell:<width$}") } else { format!("{cell:>width$}") })
            .collect();
        let _ = writeln!(out, "{}", cells.join("  ").trim_end());
    }
    out
}
