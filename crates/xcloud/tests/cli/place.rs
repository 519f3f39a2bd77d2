//! A folder for one test, and the program that runs in it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) type TestResult<T = ()> = Result<T, Box<dyn Error>>;

/// A folder for one test, removed with it.
pub(crate) struct Place(PathBuf);

/// What a command printed and how it ended.
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Place {
    /// Returns a folder with a copy of an example as `xcloud.yaml`.
    pub(crate) fn with_example(name: &str, example: &str) -> TestResult<Self> {
        let place = Self::empty(name)?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config").join(example);
        std::fs::copy(source, place.0.join("xcloud.yaml"))?;
        Ok(place)
    }

    /// Returns an empty folder.
    pub(crate) fn empty(name: &str) -> TestResult<Self> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}-{}", std::process::id()));
        if path.exists() {
            std::fs::remove_dir_all(&path)?;
        }
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Changes the config's text.
    pub(crate) fn edit(&self, from: &str, to: &str) -> TestResult {
        let file = self.0.join("xcloud.yaml");
        let before = std::fs::read_to_string(&file)?;
        let after = before.replace(from, to);
        if after == before {
            return Err(format!("the config does not hold `{from}`").into());
        }
        Ok(std::fs::write(file, after)?)
    }

    /// Returns the program, without a terminal and without anything of this machine's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xcloud"));
        command.args(arguments).current_dir(&self.0).env_clear().stdin(Stdio::null());
        command.env("HOME", &self.0).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> TestResult<Ran> {
        Ran::of(&mut self.command(arguments))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> TestResult<Self> {
        let output = command.output()?;
        Ok(Self {
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
            code: output.status.code(),
        })
    }

    /// Expects an exit code, and shows everything if it is another.
    pub(crate) fn expect(self, code: i32) -> TestResult<Self> {
        if self.code == Some(code) {
            return Ok(self);
        }
        Err(format!("ended with {:?}, not {code}\nstdout:\n{}\nstderr:\n{}", self.code, self.stdout, self.stderr)
            .into())
    }

    /// Reads the result as JSON.
    pub(crate) fn json(&self) -> TestResult<serde_json::Value> {
        serde_json::from_str(&self.stdout).map_err(|error| format!("{error}\n{}", self.stdout).into())
    }
}
