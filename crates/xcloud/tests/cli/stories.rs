//! Stories: terminal scripts under `tests/stories`, each played in a folder of its own and compared line by line.
//!
//! ```text
//! ## What an operator should know of the next command.
//! $ xcloud apply --sandbox     # types: payments-edge
//! ... the screen, 80 columns wide: stdout and stderr as they come ...
//! [exit 3]                     (where it is not 0)
//! ```
//!
//! A command is run by `sh`, with `xcloud` on its path; what stands behind `# types:` is typed when it asks. What is
//! random or of this machine is masked. `STORIES=1 cargo test -p xcloud --test cli stories::` writes the screens anew.
#![cfg(unix)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::mask::masked;
use crate::place::{Place, TestResult};
use crate::terminal::screen;

macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        /// Every story.
        const ALL: &[&str] = &[$(stringify!($name)),+];
        $(
            #[test]
            fn $name() -> TestResult {
                hold(stringify!($name))
            }
        )+
    };
}

stories!(first_apply, saved_plan, failed_apply, kill_and_resume, rollback, drift, failover, failback, two_operators,);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/stories")
}

fn file(name: &str) -> PathBuf {
    folder().join(format!("{}.txt", name.replace('_', "-")))
}

/// Plays a story and compares it with its file.
fn hold(name: &str) -> TestResult {
    let file = file(name);
    let written = std::fs::read_to_string(&file)?;
    let played = play(name, &written)?;
    if std::env::var_os("STORIES").is_some() {
        return Ok(std::fs::write(file, played)?);
    }
    let differs = written.lines().zip(played.lines()).take_while(|(one, other)| one == other).count();
    let part = |text: &str| text.lines().skip(differs).take(8).collect::<Vec<_>>().join("\n");
    let (line, file) = (differs + 1, file.display());
    assert!(written == played, "{file}:{line} says\n{}\nand it was\n{}", part(&written), part(&played));
    Ok(())
}

/// Returns the story with the screens as they are now.
fn play(name: &str, written: &str) -> TestResult<String> {
    let place = Place::empty(&format!("story-{name}"))?;
    let mut played = String::new();
    for line in written.lines() {
        if line.starts_with("##") {
            writeln!(played, "{line}")?;
        } else if let Some(command) = line.strip_prefix("$ ") {
            let answer = command.split_once("# types: ").map(|(_, answer)| answer.trim());
            let (seen, code) = screen(shell(&place, command)?, answer)?;
            writeln!(played, "{line}")?;
            played.push_str(&masked(&seen));
            match code {
                Some(0) if seen.is_empty() => continue,
                Some(0) => {}
                Some(code) => writeln!(played, "[exit {code}]")?,
                None => writeln!(played, "[killed]")?,
            }
            played.push('\n');
        }
    }
    Ok(played.trim_end().to_owned() + "\n")
}

fn shell(place: &Place, command: &str) -> TestResult<Command> {
    let program = Path::new(env!("CARGO_BIN_EXE_xcloud"));
    let elsewhere = std::env::var_os("PATH").unwrap_or_default();
    let folders = program.parent().map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&elsewhere));
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(place.path()).env_clear();
    shell.env("HOME", place.path()).env("PATH", std::env::join_paths(folders)?).env("USER", "anna").env("LC_ALL", "C");
    shell.env("EXAMPLES", Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config"));
    Ok(shell)
}

#[test]
fn every_file_is_a_story() -> TestResult {
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        assert!(ALL.iter().any(|name| file(name).file_name() == path.file_name()), "{} is not played", path.display());
    }
    Ok(())
}
