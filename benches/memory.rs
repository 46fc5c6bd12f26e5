//! How much memory a compile has in use at its peak, in bytes asked of the allocator; the same on every machine.
//!
//! `cargo bench -p djc --no-default-features --bench memory` prints one line for each size. What the process itself occupies is a
//! little more: `/usr/bin/time -v djc sql DIR` tells.

mod generate;
mod phases;

use std::alloc::System;

use cap::Cap;
use djc::core::dialect::Server;

/// Counts what is in use; never refuses.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

fn main() {
    println!("{:>8} {:>12} {:>12}", "tables", "text, MB", "peak, MB");
    for tables in [10, 100, 1_000, 10_000] {
        let texts = generate::pipeline(tables);
        let text: usize = texts.iter().map(|(_, text)| text.len()).sum();
        phases::compile(&texts, Server::MySql);
        // Sizes rise, so the peak of the process is that of the last one.
        let peak = ALLOCATOR.max_allocated();
        println!("{tables:>8} {:>12.2} {:>12.2}", text as f64 / 1e6, peak as f64 / 1e6);
    }
}
