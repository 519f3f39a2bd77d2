//! `xcloud sandbox serve` in another process, and the programs that work on it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::place::{Place, Ran, TestResult};

/// A running `xcloud sandbox serve`, with the variables that it printed; killed when dropped.
pub(crate) struct Served {
    child: Child,
    /// What leads there.
    pub(crate) variables: Vec<(String, String)>,
}

impl Served {
    /// Starts a server on free ports and waits for its variables.
    pub(crate) fn start(place: &Place, speed: &str) -> TestResult<Self> {
        let mut command = place.command(&["sandbox", "serve", "--speed", speed]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut served = Self { child, variables: Vec::new() };
        for line in BufReader::new(output).lines() {
            let line = line?;
            let (name, value) =
                line.strip_prefix("export ").and_then(|pair| pair.split_once('=')).ok_or(line.clone())?;
            served.variables.push((name.to_owned(), value.to_owned()));
            if name == "AWS_SECRET_ACCESS_KEY" {
                return Ok(served);
            }
        }
        Err("the server ended before it printed every variable".into())
    }

    /// Returns the program with the variables set.
    pub(crate) fn command(&self, place: &Place, arguments: &[&str]) -> Command {
        let mut command = place.command(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).env("XCLOUD_PACING", "off");
        command.env("XCLOUD_CONSISTENCY_SECS", "3");
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, place: &Place, arguments: &[&str]) -> TestResult<Ran> {
        Ran::of(&mut self.command(place, arguments))
    }

    /// Runs a mode of `tests/judge/sandbox_estate.py` and expects that every check passes.
    pub(crate) fn judge(&self, place: &Place, mode: &str) -> TestResult {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python = root.join(".venv/bin/python");
        if !python.exists() {
            return Err(format!("{} is missing: run `make test`", python.display()).into());
        }
        let mut command = Command::new(python);
        command.arg(root.join("tests/judge/sandbox_estate.py")).arg(mode).current_dir(place.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        Ran::of(&mut command)?.expect(0)?;
        Ok(())
    }

    /// Ends the server as Ctrl-C does: it saves the clouds.
    #[cfg(unix)]
    pub(crate) fn interrupt(mut self) -> TestResult {
        signal(&self.child, "INT")?;
        assert_eq!(self.child.wait()?.code(), Some(0));
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // After `interrupt` it is gone already, and there is nothing to kill.
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

/// A program that runs, with what it has said on stderr so far.
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    said: String,
}

impl Running {
    /// Starts a program.
    pub(crate) fn start(mut command: Command) -> TestResult<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let stderr = BufReader::new(child.stderr.take().ok_or("no stderr")?);
        Ok(Self { child, stderr, said: String::new() })
    }

    /// Waits until it says something.
    pub(crate) fn until(&mut self, word: &str) -> TestResult {
        loop {
            let mut line = String::new();
            if self.stderr.read_line(&mut line)? == 0 {
                return Err(format!("it ended and never said `{word}`:\n{}", self.said).into());
            }
            self.said.push_str(&line);
            if line.contains(word) {
                return Ok(());
            }
        }
    }

    /// Sends a signal: `INT`, `TERM`.
    pub(crate) fn signal(&self, name: &str) -> TestResult {
        signal(&self.child, name)
    }

    /// Waits for the end; answers what it printed and how long the end took.
    pub(crate) fn end(mut self) -> TestResult<(Ran, Duration)> {
        let start = Instant::now();
        self.stderr.read_to_string(&mut self.said)?;
        let output = self.child.wait_with_output()?;
        let stdout = String::from_utf8(output.stdout)?;
        Ok((Ran { stdout, stderr: self.said, code: output.status.code() }, start.elapsed()))
    }
}

fn signal(child: &Child, name: &str) -> TestResult {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status()?;
    if sent.success() { Ok(()) } else { Err("the signal was not sent".into()) }
}
