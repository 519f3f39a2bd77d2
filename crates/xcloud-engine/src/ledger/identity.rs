//! Who this process is, so that another one on the same host can tell whether it is still there.

use xcloud_core::journal::{Holder, Verb};

/// Returns this process as the holder of a lease.
#[must_use]
pub fn this_process(user: &str, command: Verb, version: &str) -> Holder {
    let pid = std::process::id();
    Holder {
        user: user.to_owned(),
        host: host(),
        boot: boot(),
        pid,
        started: started(pid).unwrap_or_default(),
        command,
        version: version.to_owned(),
    }
}

/// Returns true if the holder was a process on this host, since the same start of it, and is there no more. Of every
/// other host nothing is known.
#[must_use]
pub fn is_gone(holder: &Holder) -> bool {
    let here = !holder.boot.is_empty() && holder.boot == boot() && holder.host == host();
    here && started(holder.pid).is_none_or(|started| started != holder.started)
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    String::new()
}

/// The start of the host, and the group of processes in which numbers mean something (a container has its own).
fn boot() -> String {
    let start = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let group = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    if start.is_empty() { String::new() } else { format!("{} {}", start.trim(), group.display()) }
}

/// When a process was started, in ticks since the host's start (proc(5): field 22 of `stat`); `None`: it is not there,
/// or only waits to be buried.
fn started(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the name, may hold spaces and parentheses.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    (!matches!(state, "Z" | "X")).then(|| fields.nth(18).map(str::to_owned))?
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use xcloud_core::journal::Verb;

    use super::{is_gone, this_process};

    #[test]
    fn a_process_is_gone_when_its_number_is_free_or_another_ones() {
        let here = this_process("u", Verb::Apply, "0");
        assert!(!is_gone(&here));
        let later = xcloud_core::journal::Holder { started: "1".to_owned(), ..here.clone() };
        assert!(is_gone(&later), "a later process has the same number");
        let elsewhere = xcloud_core::journal::Holder { boot: "another".to_owned(), started: "1".to_owned(), ..here };
        assert!(!is_gone(&elsewhere), "a process on another host cannot be checked");
    }
}
