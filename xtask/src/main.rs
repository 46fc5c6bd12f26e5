//! `cargo xtask`; see the library, which tests use for servers of their own.

fn main() -> std::process::ExitCode {
    xtask::main()
}
