//! The `xcloud` command; everything is in the library.

use std::process::ExitCode;

/// Plans are millions of small texts (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    xcloud::main()
}
