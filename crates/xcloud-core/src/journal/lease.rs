//! The lease on a product, as its log tells it: one run at a time.

use super::words::Verb;
use serde::{Deserialize, Serialize};

/// Who holds a lease: a process on a host since its start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user.
    pub user: String,
    /// The host's name.
    pub host: String,
    /// What tells this start of the host, and this group of processes on it, from every other; empty if not known.
    pub boot: String,
    /// The process.
    pub pid: u32,
    /// When the process was started, as the host counts; tells it from a later one with the same number.
    pub started: String,
    /// What it was started for.
    pub command: Verb,
    /// The version of the program.
    pub version: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{} (process {}, `xcloud {}`)", self.user, self.host, self.pid, self.command)
    }
}

/// One line of the lease log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseEntry {
    /// A run takes the lease.
    Acquired {
        /// Counts the holders; higher is newer.
        epoch: u64,
        /// The run.
        run: String,
        /// Who.
        holder: Holder,
        /// Seconds without a heartbeat after which a waiter may take it over.
        length_secs: u64,
    },
    /// The holder is alive.
    Beat {
        /// Of which holder.
        epoch: u64,
    },
    /// The holder has ended.
    Released {
        /// Of which holder.
        epoch: u64,
    },
    /// A person ended it.
    Broken {
        /// Of which holder.
        epoch: u64,
        /// Who did.
        by: String,
        /// Why.
        reason: String,
    },
    /// A failover asks the holder to stop before its next call, without unwinding.
    Preempt {
        /// Of which holder.
        epoch: u64,
        /// Who asks.
        by: String,
        /// The failover's run.
        run: String,
    },
}

/// A lease that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Counts the holders.
    pub epoch: u64,
    /// The run.
    pub run: String,
    /// Who.
    pub holder: Holder,
    /// Seconds without a heartbeat after which a waiter may take it over.
    pub length_secs: u64,
    /// Heartbeats so far.
    pub beats: u64,
    /// Who asked the holder to stop, and for which run.
    pub preempted: Option<(String, String)>,
}

/// How the lease stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseState {
    /// The highest epoch that was ever taken.
    pub epoch: u64,
    /// Who holds it; `None`: nobody.
    pub held: Option<Held>,
    /// Who broke it last, and why, if nobody has taken it since.
    pub broken: Option<(String, String)>,
}

impl LeaseState {
    /// Takes one more entry. One that speaks of an older holder says nothing any more.
    pub fn apply(&mut self, entry: &LeaseEntry) {
        match entry {
            LeaseEntry::Acquired { epoch, run, holder, length_secs } if *epoch > self.epoch => {
                let held = Held {
                    epoch: *epoch,
                    run: run.clone(),
                    holder: holder.clone(),
                    length_secs: *length_secs,
                    beats: 0,
                    preempted: None,
                };
                *self = Self { epoch: *epoch, held: Some(held), broken: None };
            }
            LeaseEntry::Beat { epoch } => {
                if let Some(held) = self.held.as_mut().filter(|held| held.epoch == *epoch) {
                    held.beats += 1;
                }
            }
            LeaseEntry::Released { epoch } if *epoch == self.epoch => self.held = None,
            LeaseEntry::Broken { epoch, by, reason } if *epoch == self.epoch => {
                (self.held, self.broken) = (None, Some((by.clone(), reason.clone())));
            }
            LeaseEntry::Preempt { epoch, by, run } => {
                if let Some(held) = self.held.as_mut().filter(|held| held.epoch == *epoch) {
                    held.preempted = Some((by.clone(), run.clone()));
                }
            }
            LeaseEntry::Acquired { .. } | LeaseEntry::Released { .. } | LeaseEntry::Broken { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Holder, LeaseEntry, LeaseState};
    use crate::journal::Verb;

    fn acquired(epoch: u64) -> LeaseEntry {
        let holder = Holder { user: format!("u{epoch}"), ..Holder::default() };
        LeaseEntry::Acquired { epoch, run: format!("r{epoch}"), holder, length_secs: 60 }
    }

    fn after(entries: &[LeaseEntry]) -> LeaseState {
        let mut state = LeaseState::default();
        entries.iter().for_each(|entry| state.apply(entry));
        state
    }

    #[test]
    fn the_last_one_that_took_it_holds_it_until_it_ends() {
        let held = |entries: &[LeaseEntry]| after(entries).held.map(|held| (held.epoch, held.beats));
        assert_eq!(held(&[]), None);
        assert_eq!(held(&[acquired(1), LeaseEntry::Beat { epoch: 1 }]), Some((1, 1)));
        assert_eq!(held(&[acquired(1), acquired(2), LeaseEntry::Beat { epoch: 1 }]), Some((2, 0)));
        assert_eq!(held(&[acquired(1), acquired(2), LeaseEntry::Released { epoch: 1 }]), Some((2, 0)));
        assert_eq!(held(&[acquired(1), LeaseEntry::Released { epoch: 1 }]), None);
        assert_eq!(held(&[acquired(2), acquired(1)]), Some((2, 0)), "an older epoch takes nothing");
        let again = [acquired(1), LeaseEntry::Beat { epoch: 1 }, acquired(1)];
        assert_eq!(held(&again), Some((1, 1)), "an epoch is taken once");
    }

    #[test]
    fn a_holder_is_told_in_words() {
        let holder = Holder {
            user: "ops".to_owned(),
            host: "bastion".to_owned(),
            pid: 7,
            command: Verb::Apply,
            ..Holder::default()
        };
        assert_eq!(holder.to_string(), "ops@bastion (process 7, `xcloud apply`)");
    }

    #[test]
    fn a_broken_lease_says_by_whom_until_it_is_taken_again() {
        let broken = LeaseEntry::Broken { epoch: 1, by: "ops".to_owned(), reason: "host lost".to_owned() };
        let state = after(&[acquired(1), broken.clone()]);
        assert_eq!((state.held, state.epoch), (None, 1));
        assert_eq!(state.broken, Some(("ops".to_owned(), "host lost".to_owned())));
        assert_eq!(after(&[acquired(1), broken.clone(), acquired(2)]).broken, None);
        let late = after(&[acquired(1), acquired(2), broken]);
        assert_eq!(
            (late.held.map(|held| held.epoch), late.broken),
            (Some(2), None),
            "an older one is not held any more"
        );
    }

    #[test]
    fn a_preempted_holder_knows_by_whom() {
        let ask = |epoch| LeaseEntry::Preempt { epoch, by: "ops".to_owned(), run: "f".to_owned() };
        let preempted = |entries: &[LeaseEntry]| after(entries).held.and_then(|held| held.preempted);
        assert_eq!(preempted(&[acquired(1), ask(1)]), Some(("ops".to_owned(), "f".to_owned())));
        assert_eq!(preempted(&[acquired(1), acquired(2), ask(1)]), None);
    }
}
