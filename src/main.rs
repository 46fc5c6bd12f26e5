//! The `djc` command: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    djc::commands::main()
}
