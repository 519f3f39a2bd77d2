//! Stock moto on a free loopback port, and the commands that run against it.

use std::error::Error;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub(crate) type TestResult<T = ()> = Result<T, Box<dyn Error>>;

/// A running moto server; killed when dropped.
pub(crate) struct Moto {
    child: Child,
    pub(crate) url: String,
}

/// A folder for one test's config.
pub(crate) struct Workplace(PathBuf);

/// What a command printed and how it ended.
pub(crate) struct Ran {
    pub(crate) stdout: String,
    stderr: String,
    pub(crate) code: Option<i32>,
    command: String,
}

impl Workplace {
    pub(crate) fn new(name: &str) -> TestResult<Self> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("moto-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Ran {
    pub(crate) fn of(command: String, output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
            command,
        }
    }

    pub(crate) fn expect_code(&self, code: i32) -> TestResult {
        if self.code == Some(code) {
            return Ok(());
        }
        let Self { stdout, stderr, command, .. } = self;
        Err(format!("`{command}` ended with {:?}, not {code}\nstdout:\n{stdout}\nstderr:\n{stderr}", self.code).into())
    }

    pub(crate) fn json(&self) -> TestResult<serde_json::Value> {
        Ok(serde_json::from_str(&self.stdout)?)
    }
}

impl Moto {
    pub(crate) fn start() -> TestResult<Self> {
        let mut command = Command::new(venv("moto_server")?);
        command.args(["-H", "127.0.0.1", "-p"]);
        Self::by(command)
    }

    /// Stock moto that answers one request at a time: `tests/judge/moto_serial.py` says why.
    pub(crate) fn one_at_a_time() -> TestResult<Self> {
        let mut command = Command::new(venv("python")?);
        command.arg(root().join("tests/judge/moto_serial.py"));
        Self::by(command)
    }

    fn by(mut command: Command) -> TestResult<Self> {
        let port = free_port()?;
        let child = command.arg(port.to_string()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let moto = Self { child, url: format!("http://127.0.0.1:{port}") };
        listening(port, "moto")?;
        Ok(moto)
    }

    /// Runs a mode of `tests/judge/moto_estate.py` and expects that every check passes.
    pub(crate) fn judge(&self, mode: &str, place: &Workplace) -> TestResult {
        let script = root().join("tests/judge/moto_estate.py");
        let output = Command::new(venv("python")?).arg(script).args([mode, &self.url]).arg(&place.0).output()?;
        Ran::of(format!("moto_estate.py {mode}"), output).expect_code(0)
    }

    /// Runs xcloud against moto, with its own credentials and nothing else of this machine.
    pub(crate) fn xcloud(&self, place: &Workplace, args: &[&str]) -> TestResult<Ran> {
        let output = self.command(place, args).output()?;
        Ok(Ran::of(format!("xcloud {}", args.join(" ")), output))
    }

    /// Runs xcloud against moto and kills it after a while.
    pub(crate) fn killed_after(&self, place: &Workplace, args: &[&str], after: Duration) -> TestResult {
        let mut child = self.command(place, args).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        std::thread::sleep(after);
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    fn command(&self, place: &Workplace, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xcloud"));
        command.args(args).current_dir(&place.0).stdin(Stdio::null());
        command.env("AWS_ENDPOINT_URL", &self.url).env("AWS_ACCESS_KEY_ID", "judge");
        command.env("AWS_SECRET_ACCESS_KEY", "judge").env("XCLOUD_PACING", "off").env("XCLOUD_CONSISTENCY_SECS", "3");
        command
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        drop(killed);
    }
}

pub(crate) fn free_port() -> TestResult<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until somebody listens.
pub(crate) fn listening(port: u16, name: &str) -> TestResult {
    let until = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > until {
            return Err(format!("{name} does not listen after 60 s").into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn venv(tool: &str) -> TestResult<PathBuf> {
    let path = root().join(".venv/bin").join(tool);
    if path.exists() { Ok(path) } else { Err(format!("{} is missing: run `make test`", path.display()).into()) }
}
