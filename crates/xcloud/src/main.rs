//! The `xcloud` command; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    xcloud::main()
}
