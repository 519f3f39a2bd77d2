//! A terminal of 80 columns: what an operator sees of a command, and what is typed when it asks.
#![cfg(unix)]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Command;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::place::TestResult;

/// How a question ends.
const ASKED: &str = "to go on: ";

/// Runs a command to its end; answers the screen, stdout and stderr as they came, and the exit code.
pub(crate) fn screen(mut command: Command, answer: Option<&str>) -> TestResult<(String, Option<i32>)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = ptsname(&ours, Vec::new())?;
    let theirs = File::from(rustix::fs::open(&*name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?);
    tcsetwinsize(&theirs, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 })?;
    let mut child =
        command.stdin(theirs.try_clone()?).stdout(theirs.try_clone()?).stderr(theirs).env("NO_COLOR", "1").spawn()?;
    // Whoever reads hears the end only once nobody holds the other side.
    drop(command);
    let (mut ours, mut seen, mut answer) = (File::from(ours), Vec::new(), answer);
    let mut some = [0; 4096];
    // Linux says EIO where the others say that there is no more.
    while let Ok(count @ 1..) = ours.read(&mut some) {
        seen.extend_from_slice(&some[..count]);
        if seen.ends_with(ASKED.as_bytes())
            && let Some(answer) = answer.take()
        {
            writeln!(ours, "{answer}")?;
        }
    }
    Ok((String::from_utf8(seen)?.replace('\r', ""), child.wait()?.code()))
}
