//! The `djc` command: arguments in, exit code out.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A compile is some millions of small allocations on several threads, which the system's allocator takes longer over.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    djc::commands::main()
}
