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
