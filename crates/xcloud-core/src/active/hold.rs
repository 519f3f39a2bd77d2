//! Whether a run may go on: the records still have the epochs under which it was planned.

use std::collections::BTreeMap;

use super::record::ActiveRecord;

/// Why a run may not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// A failover has begun since it was planned.
    Overtaken(String),
    /// Nobody can tell.
    Unreadable(String),
}

/// Returns whether every record has its epoch, or was written by the run itself. `text_of` answers a record by its name,
/// or why it cannot be read.
///
/// # Errors
/// [`Lost`]: a record is of a later failover, is gone, or cannot be read.
pub fn epochs_hold(
    epochs: &BTreeMap<String, u64>,
    run: &str,
    text_of: impl Fn(&str) -> Option<Result<String, String>>,
) -> Result<(), Lost> {
    for (name, epoch) in epochs {
        let record = match text_of(name) {
            None if *epoch == 0 => continue,
            None => return Err(Lost::Unreadable(format!("the active-region record {name} is gone"))),
            Some(text) => text.map_err(Lost::Unreadable)?.parse::<ActiveRecord>(),
        };
        let record = record.map_err(|why| Lost::Unreadable(why.to_string()))?;
        if record.run == run || (record.epoch == *epoch && record.to.is_none()) {
            continue;
        }
        let to = record.to.as_ref().unwrap_or(&record.region);
        return Err(Lost::Overtaken(format!(
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
    fn found(epoch: u64, text: Option<Result<&str, &str>>) -> Result<(), Lost> {
        let answer = text.map(|text| text.map(str::to_owned).map_err(str::to_owned));
        epochs_hold(&BTreeMap::from([("_active.p-prod".to_owned(), epoch)]), "r1", |_| answer.clone())
    }

    #[test]
    fn a_run_goes_on_only_under_the_epoch_that_it_was_planned_under() {
        assert_eq!(found(0, None), Ok(()), "there was no record, and there is none");
        assert_eq!(found(2, Some(Ok("v=1;epoch=2;region=a;to=;old=open;run=r0"))), Ok(()));
        assert_eq!(found(2, Some(Ok("v=1;epoch=3;region=a;to=b;old=open;run=r1"))), Ok(()), "it wrote that itself");
        assert!(matches!(found(2, None), Err(Lost::Unreadable(why)) if why.contains("is gone")));
        assert_eq!(found(2, Some(Err("no answer"))), Err(Lost::Unreadable("no answer".to_owned())));
        assert!(matches!(found(2, Some(Ok("hello"))), Err(Lost::Unreadable(_))));
        for (epoch, text, to) in [
            (2, "v=1;epoch=2;region=a;to=b;old=open;run=r0", "to b"),
            (2, "v=1;epoch=3;region=a;to=;old=open;run=r0", "to a"),
            (0, "v=1;epoch=1;region=a;to=b;old=open;run=r0", "to b"),
        ] {
            assert!(matches!(found(epoch, Some(Ok(text))), Err(Lost::Overtaken(why)) if why.contains(to)), "{text}");
        }
    }
}
