//! What a change costs, tried out: a patch that adds a dummy is applied to a copy of the tree, which must then hold.
//!
//! An experiment is one file, `tests/experiments/NAME.patch`. What stands before its first `diff` says what it is about:
//!
//! ```text
//! files: 5                      at most so many files are edited by hand
//! production: 3                 at most so many of them are part of the product
//! $ cargo xtask gen             a command that must succeed in the copy
//! > {"kinds":                   a line of its stdout begins so
//! ```
//!
//! A test applies each one and counts; `cargo xtask experiment NAME [TARGET-DIR]` also runs the commands, which builds,
//! and `cargo xtask experiment --sample NAME [TARGET-DIR]` the first of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::Context as _;

use crate::workspace;

/// Where the experiments are.
const FOLDER: &str = "tests/experiments";

/// One experiment.
struct Experiment {
    patch: String,
    /// Files that are edited by hand, at most.
    files: usize,
    /// Those among them that are part of the product, at most.
    production: usize,
    runs: Vec<Run>,
}

/// A command of an experiment, and how lines of its stdout begin.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    command: String,
    prints: Vec<String>,
}

/// A copy of the tree with the patch applied; gone when it is dropped.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        let _left_over = std::fs::remove_dir_all(&self.0);
    }
}

/// Applies an experiment to a copy of the tree and runs its commands there, or the first `most` of them, in `target` if
/// it is given.
///
/// # Errors
/// If it does not apply, touches too many files, or a command does not do what it should.
pub(crate) fn run(name: &str, target: Option<&str>, most: usize) -> anyhow::Result<()> {
    let mut experiment = read(name)?;
    experiment.runs.truncate(most);
    let copy = apply(name, &experiment)?;
    let target = target.map_or_else(|| Ok(copy.0.join("target")), std::path::absolute)?;
    let done = carry_out(&experiment, &copy, &target);
    // Cargo would take them for what another tree is made of: a crate's place is no part of what it is known by.
    in_copy(Command::new("cargo").args(["clean", "--quiet", "--workspace"]).env("CARGO_TARGET_DIR", &target), &copy.0)?;
    done?;
    println!("{name}: every command did what it should");
    Ok(())
}

fn carry_out(experiment: &Experiment, copy: &Copy, target: &Path) -> anyhow::Result<()> {
    for run in &experiment.runs {
        println!("$ {}", run.command);
        let words: Vec<&str> = run.command.split(' ').collect();
        let (program, arguments) = words.split_first().context("a command is empty")?;
        let mut command = Command::new(program);
        command.args(arguments).env("CARGO_TARGET_DIR", target).stderr(std::process::Stdio::inherit());
        let stdout = in_copy(&mut command, &copy.0)?;
        print!("{stdout}");
        for begin in &run.prints {
            let printed = stdout.lines().any(|line| line.starts_with(begin));
            anyhow::ensure!(printed, "no line begins with `{begin}`");
        }
    }
    Ok(())
}

fn read(name: &str) -> anyhow::Result<Experiment> {
    parse(&workspace::read(&format!("{FOLDER}/{name}.patch"))?)
}

fn parse(text: &str) -> anyhow::Result<Experiment> {
    let (head, _) = text.split_once("\ndiff ").context("an experiment without a patch")?;
    let (mut files, mut production, mut runs) = (None, None, Vec::<Run>::new());
    let number = |line: &str, text: &str| text.parse().with_context(|| format!("`{line}` is no count"));
    for line in head.lines() {
        if let Some(count) = line.strip_prefix("files: ") {
            files = Some(number(line, count)?);
        } else if let Some(count) = line.strip_prefix("production: ") {
            production = Some(number(line, count)?);
        } else if let Some(command) = line.strip_prefix("$ ") {
            runs.push(Run { command: command.to_owned(), prints: Vec::new() });
        } else if let Some(begin) = line.strip_prefix("> ") {
            let run = runs.last_mut().with_context(|| format!("`{line}` stands after no command"))?;
            run.prints.push(begin.to_owned());
        }
    }
    let (files, production) =
        (files.context("`files: N` is missing")?, production.context("`production: N` is missing")?);
    Ok(Experiment { patch: text.to_owned(), files, production, runs })
}

/// Copies the tree, applies the patch to the copy, and counts the files.
fn apply(name: &str, experiment: &Experiment) -> anyhow::Result<Copy> {
    let copy = Copy(std::env::temp_dir().join(format!("xcloud-{name}-{}", std::process::id())));
    for file in workspace::files()? {
        let to = copy.0.join(&file);
        std::fs::create_dir_all(to.parent().unwrap_or(&copy.0))?;
        std::fs::copy(workspace::root().join(&file), to).with_context(|| format!("{file} cannot be copied"))?;
    }
    // A repository of its own, wherever it lies: `git apply` and `tidy` ask for one.
    in_copy(Command::new("git").args(["init", "--quiet"]), &copy.0)?;
    let patch = copy.0.join(".patch");
    std::fs::write(&patch, &experiment.patch)?;
    let touched = in_copy(Command::new("git").args(["apply", "--numstat", "--apply", ".patch"]), &copy.0)
        .context("the tree has changed: apply it by hand in a copy, and write it anew with `git diff -U1`")?;
    std::fs::remove_file(patch)?;
    let touched: Vec<&str> = touched.lines().filter_map(|line| line.rsplit('\t').next()).collect();
    let product: Vec<&str> = touched.iter().copied().filter(|file| is_product(file)).collect();
    for (what, files, most) in
        [("files", touched, experiment.files), ("product's files", product, experiment.production)]
    {
        let count = files.len();
        anyhow::ensure!(count <= most, "it edits {count} {what}, {most} are allowed:\n{}", files.join("\n"));
    }
    Ok(copy)
}

/// The simulator is a cloud and no part of the product, and neither are tests and this tool.
fn is_product(file: &str) -> bool {
    let crates = file.strip_prefix("crates/").and_then(|rest| rest.split_once("/src/"));
    crates.is_some_and(|(name, file)| name != "xcloud-sim" && name != "xtask" && !file.contains("tests"))
}

/// Runs a command in the copy and returns its stdout.
fn in_copy(command: &mut Command, copy: &Path) -> anyhow::Result<String> {
    // The copy belongs to no repository, wherever it lies.
    command.current_dir(copy).env("GIT_CEILING_DIRECTORIES", std::env::temp_dir());
    let Output { status, stdout, stderr } =
        command.output().with_context(|| format!("{command:?} cannot be started"))?;
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    anyhow::ensure!(status.success(), "{command:?} ended with {status}\n{stdout}{}", String::from_utf8_lossy(&stderr));
    Ok(stdout)
}

#[cfg(test)]
mod tests {
    use super::{FOLDER, Run, apply, parse, read};
    use crate::workspace;

    #[test]
    fn every_experiment_applies_and_touches_no_more_files_than_it_says() {
        let files = workspace::files().expect("git lists the tree");
        let name =
            |file: &String| Some(file.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix(".patch")?.to_owned());
        let names: Vec<String> = files.iter().filter_map(name).collect();
        assert!(names.contains(&"new-command".to_owned()), "{names:?}");
        for name in names {
            let applied = read(&name).and_then(|experiment| apply(&name, &experiment));
            let told = applied.err().map(|error| format!("{error:#}"));
            assert_eq!(told, None, "{name}");
        }
    }

    #[test]
    fn too_many_files_are_told() {
        let mut experiment = read("new-command").expect("it can be read");
        experiment.files = 1;
        let told = apply("too-many", &experiment).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.contains("files, 1 are allowed"), "{told}");
        experiment.files = 9;
        experiment.production = 2;
        let told = apply("too-many", &experiment).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.starts_with("it edits 3 product's files, 2 are allowed"), "{told}");
    }

    #[test]
    fn an_experiment_says_what_is_run_and_what_is_printed() {
        let text = "A dummy.\n\nfiles: 2\nproduction: 1\n$ cargo build\n$ cargo run\n> one\n> two\n\ndiff --git a/x b/x\n> three\n";
        let experiment = parse(text).expect("it can be read");
        assert_eq!((experiment.files, experiment.production), (2, 1));
        let run = |command: &str, prints: &[&str]| Run {
            command: command.to_owned(),
            prints: prints.iter().map(|&line| line.to_owned()).collect(),
        };
        assert_eq!(experiment.runs, [run("cargo build", &[]), run("cargo run", &["one", "two"])]);
    }
}
