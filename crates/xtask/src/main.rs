//! What a Makefile cannot say: generated files, the rules of the tree, the demonstration, experiments.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for developers prints")]

mod demo;
mod experiment;
mod gen_files;
mod tidy;
mod workspace;

use std::process::ExitCode;

const USAGE: &str =
    "usage: cargo xtask gen [--check] | tidy [--list|--shrink] | demo | experiment [--sample] NAME [TARGET-DIR]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["gen"] => gen_files::write(),
        ["gen", "--check"] => gen_files::check(),
        ["tidy"] => tidy::check(),
        ["tidy", "--list"] => tidy::list(),
        ["tidy", "--shrink"] => tidy::shrink(),
        ["demo"] => demo::run(),
        ["experiment", "--sample", name] => experiment::run(name, None, 1),
        ["experiment", "--sample", name, target] => experiment::run(name, Some(target), 1),
        ["experiment", name] => experiment::run(name, None, usize::MAX),
        ["experiment", name, target] => experiment::run(name, Some(target), usize::MAX),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(64);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
