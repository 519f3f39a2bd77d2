//! Whether a run may go on: the records still have the epochs under which it was planned.
//!
//! The condition goes out with the plan, an adapter reads the records and answers it as any other condition, and the
//! answer is read back here.

use std::collections::BTreeMap;

use crate::active::{ActiveRecord, record_name};
use crate::model::{Desired, Place};
use crate::plan::{Condition, Plan};
use crate::provider::{Facts, Progress, ProviderError};

/// Why a run may not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotHeld {
    /// A failover has begun since it was planned.
    Overtaken(String),
    /// Nobody can tell.
    Unreadable(String),
}

impl std::fmt::Display for NotHeld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Overtaken(why) => f.write_str(why),
            Self::Unreadable(why) => write!(f, "the active-region records cannot be read: {why}"),
        }
    }
}

/// Returns what must hold for a run to go on, and where that is seen; `None` if its plan depends on no record.
#[must_use]
pub fn epochs_of(desired: &Desired, plan: &Plan, run: &str) -> Option<(Place, Condition)> {
    let home = desired.record_home().filter(|_| !plan.active.is_empty())?;
    let epoch = |(env, record): (&String, &ActiveRecord)| (record_name(&desired.product, env), record.epoch);
    let epochs = plan.active.iter().map(epoch).collect();
    Some((home.place, Condition::EpochsHold { zone: home.zone, epochs, run: run.to_owned() }))
}

/// Answers the condition: every record has its epoch, or was written by the run itself. `text_of` answers a record by
/// its name, or why it cannot be read; `refused` makes the error of a run that was overtaken.
pub fn epochs_hold(
    epochs: &BTreeMap<String, u64>,
    run: &str,
    text_of: impl Fn(&str) -> Option<Result<String, String>>,
    refused: impl FnOnce(String) -> ProviderError,
) -> Progress {
    match judge(epochs, run, text_of) {
        Ok(()) => Progress::Done(Facts::default()),
        Err(NotHeld::Overtaken(why)) => Progress::Never(refused(why)),
        // Not an error: DNS may be slow. Who waits decides how long, and makes no call until then.
        Err(NotHeld::Unreadable(why)) => Progress::NotYet(why),
    }
}

/// Reads the answer to the condition.
///
/// # Errors
/// [`NotHeld`]: a failover has begun since, or nobody can tell.
pub fn may_go_on(answer: Result<Progress, ProviderError>) -> Result<(), NotHeld> {
    match answer {
        Ok(Progress::Done(_)) => Ok(()),
        Ok(Progress::Never(error)) => Err(NotHeld::Overtaken(error.message)),
        Ok(Progress::NotYet(why)) => Err(NotHeld::Unreadable(why)),
        Err(error) => Err(NotHeld::Unreadable(error.to_string())),
    }
}

fn judge(
    epochs: &BTreeMap<String, u64>,
    run: &str,
    text_of: impl Fn(&str) -> Option<Result<String, String>>,
) -> Result<(), NotHeld> {
    for (name, epoch) in epochs {
        let record = match text_of(name) {
            None if *epoch == 0 => continue,
            // Epochs only rise, so a record that was there and is gone was deleted by hand, and nobody knows who is active.
            None => return Err(NotHeld::Unreadable(format!("the active-region record {name} is gone"))),
            Some(text) => text.map_err(NotHeld::Unreadable)?.parse::<ActiveRecord>(),
        };
        let record = record.map_err(|why| NotHeld::Unreadable(why.to_string()))?;
        // A failover raises the epoch itself, in its first step: its own record does not overtake it. A target
        // means that a failover is under way, whatever the epoch.
        if record.run == run || (record.epoch == *epoch && record.to.is_none()) {
            continue;
        }
        let to = record.to.as_ref().unwrap_or(&record.region);
        return Err(NotHeld::Overtaken(format!(
            "a failover to {to} has begun since (epoch {}, this run has {epoch})",
            record.epoch
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a run of epoch 2 (or of the given one) finds in a record; `None`: there is none.
    fn found(epoch: u64, text: Option<Result<&str, &str>>) -> Result<(), NotHeld> {
        let answer = text.map(|text| text.map(str::to_owned).map_err(str::to_owned));
        judge(&BTreeMap::from([("_active.p-prod".to_owned(), epoch)]), "r1", |_| answer.clone())
    }

    #[test]
    fn a_run_goes_on_only_under_the_epoch_that_it_was_planned_under() {
        assert_eq!(found(0, None), Ok(()), "there was no record, and there is none");
        assert_eq!(found(2, Some(Ok("v=1;epoch=2;region=a;to=;old=open;run=r0"))), Ok(()));
        assert_eq!(found(2, Some(Ok("v=1;epoch=3;region=a;to=b;old=open;run=r1"))), Ok(()), "it wrote that itself");
        assert!(matches!(found(2, None), Err(NotHeld::Unreadable(why)) if why.contains("is gone")));
        assert_eq!(found(2, Some(Err("no answer"))), Err(NotHeld::Unreadable("no answer".to_owned())));
        assert!(matches!(found(2, Some(Ok("hello"))), Err(NotHeld::Unreadable(_))));
        for (epoch, text, to) in [
            (2, "v=1;epoch=2;region=a;to=b;old=open;run=r0", "to b"),
            (2, "v=1;epoch=3;region=a;to=;old=open;run=r0", "to a"),
            (0, "v=1;epoch=1;region=a;to=b;old=open;run=r0", "to b"),
        ] {
            assert!(matches!(found(epoch, Some(Ok(text))), Err(NotHeld::Overtaken(why)) if why.contains(to)), "{text}");
        }
    }
}
