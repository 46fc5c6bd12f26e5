//! The arguments of `cargo xtask`, read by hand: four commands do not pay for a parser.

use std::ffi::OsString;

use crate::error::{Error, Result};

/// What is printed for `--help` and after a wrong argument.
pub const USAGE: &str = "\
Usage: cargo xtask COMMAND

  test [--mysql[=require]] [--no-servers] [-- ARGS]
        starts a private MariaDB and PostgreSQL, runs `cargo test --workspace ARGS`, stops them;
        --mysql also starts the real MySQL (fetched once into target/servers/mysql)
  conformance [-- PACKAGE==VERSION...]
        holds the tables of public packages against those of the real datajoint (docs/book/conformance.md);
        with packages from PyPI: those, together, instead of conformance/packages.toml
  servers [--mysql[=require]] [-- CMD...]
        starts the same servers and runs CMD with DJC_TEST_MARIADB, DJC_TEST_POSTGRES and DJC_TEST_MYSQL set;
        without CMD prints the URLs and stays until Ctrl-C
  regen [--check]
        writes again what is committed under generated/; --check only compares (exit 3 when something differs)
  new-rule NAME
        writes the files of a new lint: rule, code, page, cases
  ci [--mysql[=require]]
        the gate: format, lints, documentation, generated files, the build without servers, every test";

/// One command with its options.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// Print the usage.
    Help,
    /// Run every test.
    Test(TestOptions),
    /// Hold public packages against datajoint.
    Conformance {
        /// Instead of those that are listed.
        packages: Vec<OsString>,
    },
    /// Start servers for a command or for a person.
    Servers(ServerOptions),
    /// Write or compare generated files.
    Regen {
        /// Only compare.
        check: bool,
    },
    /// Write the files of a new lint.
    NewRule {
        /// Its name: `float-in-key`.
        name: String,
    },
    /// Run the gate.
    Ci {
        /// What is wanted of MySQL.
        mysql: MySql,
    },
}

/// Options of `test`.
#[derive(Debug, PartialEq, Default)]
pub struct TestOptions {
    /// What is wanted of MySQL.
    pub mysql: MySql,
    /// Start nothing; tests see only what the environment already names.
    pub no_servers: bool,
    /// Handed to `cargo test`.
    pub cargo_args: Vec<OsString>,
    /// Variables for the tests.
    pub variables: Vec<(&'static str, OsString)>,
}

/// Options of `servers`.
#[derive(Debug, PartialEq, Default)]
pub struct ServerOptions {
    /// What is wanted of MySQL.
    pub mysql: MySql,
    /// The command to run; empty means: stay until Ctrl-C.
    pub command: Vec<OsString>,
}

/// What is wanted of the real MySQL, which a bare machine does not have.
#[derive(Debug, PartialEq, Default, Clone, Copy)]
pub enum MySql {
    /// Not asked for.
    #[default]
    Absent,
    /// Start it; say so when it cannot be had.
    Wanted,
    /// Start it; fail when it cannot be had.
    Required,
}

/// Reads the arguments behind `cargo xtask`.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Command> {
    let mut words = words.into_iter();
    let Some(name) = words.next() else { return Ok(Command::Help) };
    let name = name.to_string_lossy().into_owned();
    let mut flags = Vec::new();
    let mut behind = Vec::new();
    while let Some(word) = words.next() {
        if word == "--" {
            behind.extend(words.by_ref());
        } else {
            flags.push(word.to_string_lossy().into_owned());
        }
    }
    if flags.iter().any(|flag| flag == "--help" || flag == "-h") {
        return Ok(Command::Help);
    }
    let mut command = match name.as_str() {
        "help" | "--help" | "-h" => return Ok(Command::Help),
        "test" => Command::Test(TestOptions { cargo_args: std::mem::take(&mut behind), ..TestOptions::default() }),
        "conformance" => Command::Conformance { packages: std::mem::take(&mut behind) },
        "servers" => Command::Servers(ServerOptions { command: std::mem::take(&mut behind), ..ServerOptions::default() }),
        "regen" => Command::Regen { check: false },
        "new-rule" => Command::NewRule { name: String::new() },
        "ci" => Command::Ci { mysql: MySql::Absent },
        other => return Err(Error::Usage(format!("there is no command `{other}`"))),
    };
    for flag in flags {
        apply(&mut command, &flag).ok_or_else(|| Error::Usage(format!("`{name}` does not know `{flag}`")))?;
    }
    match behind.first() {
        None => Ok(command),
        Some(word) => Err(Error::Usage(format!("`{name}` takes nothing behind `--`, got `{}`", word.to_string_lossy()))),
    }
}

/// Sets what a flag says; `None` when the command has no such flag.
fn apply(command: &mut Command, flag: &str) -> Option<()> {
    let wanted = match flag {
        "--mysql" => Some(MySql::Wanted),
        "--mysql=require" => Some(MySql::Required),
        _ => None,
    };
    match (command, wanted) {
        (
            Command::Test(TestOptions { mysql, .. }) | Command::Servers(ServerOptions { mysql, .. }) | Command::Ci { mysql },
            Some(wanted),
        ) => *mysql = wanted,
        (Command::Test(options), None) if flag == "--no-servers" => options.no_servers = true,
        (Command::Regen { check }, None) if flag == "--check" => *check = true,
        (Command::NewRule { name }, None) if name.is_empty() && !flag.starts_with('-') => *name = flag.to_string(),
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn words_behind_two_dashes_go_to_cargo_untouched() {
        let options = TestOptions {
            mysql: MySql::Wanted,
            no_servers: false,
            variables: Vec::new(),
            cargo_args: vec!["-p".into(), "djc".into(), "--".into(), "--mysql".into()],
        };
        assert_eq!(parsed("test --mysql -- -p djc -- --mysql").expect("is right"), Command::Test(options));
    }

    #[test]
    fn flags_of_another_command_are_refused() {
        for line in ["ci --check", "regen --mysql", "servers --no-servers", "regen -- x", "test extra", "tset"] {
            let error = parsed(line).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn conformance_takes_packages() {
        let packages = vec!["element-lab==0.3.0".into(), "element-animal==0.1.8".into()];
        assert_eq!(parsed("conformance -- element-lab==0.3.0 element-animal==0.1.8").expect("is right"), Command::Conformance { packages });
    }

    #[test]
    fn mysql_can_be_required() {
        assert_eq!(parsed("ci --mysql=require").expect("is right"), Command::Ci { mysql: MySql::Required });
    }

    #[test]
    fn a_new_rule_has_one_name() {
        assert_eq!(parsed("new-rule late-key").expect("is right"), Command::NewRule { name: "late-key".to_string() });
        assert!(parsed("new-rule late key").is_err());
    }

    #[test]
    fn no_command_means_help() {
        assert_eq!(parsed("").expect("is right"), Command::Help);
        assert_eq!(parsed("ci --help").expect("is right"), Command::Help);
    }
}
