//! Frozen results: what each command answers with `--format json`, and the plan files that it writes, as files under
//! `tests/frozen/cli`. `FREEZE=1 cargo test -p xcloud --test cli frozen::` writes them; `tests/it/frozen` freezes the rest.

#[path = "../../../../../tests/it/frozen/golden.rs"]
mod golden;

mod estate;
mod records;
mod shell;
mod story;
