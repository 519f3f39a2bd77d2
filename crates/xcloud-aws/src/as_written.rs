//! Whether the cloud is as a call wrote it: one look at what the call is about, and what of it differs.
//!
//! It is asked twice. After a lost answer: has the call had its effect, and which id has what it made? Before an undo:
//! is everything still as the call left it, so that the undo takes nothing away that others put there?

use std::collections::BTreeSet;
use std::future::Future;

use xcloud_core::op::AwsOp;
use xcloud_core::provider::{Effect, ErrorKind, Left, Performed, ProviderError};

use crate::answer::done;
use crate::clients::Api;
use crate::tags::Tags;

/// What is not as a call leaves it, in one sentence; `None` if everything is.
pub(crate) type Difference = Option<String>;

/// Why a call is compared with what is live. The second question is the stricter one, where the two differ; each
/// place where they do says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// After a lost answer: has the call had its effect? What is made is known by name and mark.
    Effect,
    /// Before an undo: does the effect hold exactly, with nothing added? What was made is known by its id.
    Undo,
}

impl Asked {
    /// Compares where an undo must not go wrong, and a lost answer is found all the same.
    pub(crate) fn before_undo(self, differs: impl FnOnce() -> Difference) -> Difference {
        match self {
            Self::Effect => None,
            Self::Undo => differs(),
        }
    }
}

/// A call that can be compared with what is live.
pub(crate) trait Written: Sync {
    /// What one look shows.
    type Seen: Send + Sync;

    /// Reads what the call is about, in the detail that the question needs.
    fn look(&self, api: &Api, asked: Asked) -> impl Future<Output = Result<Self::Seen, ProviderError>> + Send;

    /// Reads what is compared before `undo` takes the call back: what the undo is about, since it alone has the id of
    /// what was made.
    fn look_before(&self, undo: &Self, api: &Api) -> impl Future<Output = Result<Self::Seen, ProviderError>> + Send {
        undo.look(api, Asked::Undo)
    }

    /// Tells what is not as the call leaves it.
    fn differs(&self, seen: &Self::Seen, asked: Asked) -> Difference;

    /// Returns what the call has made if it had its effect; the id, where it makes an object.
    fn effect(&self, seen: &Self::Seen) -> Option<Performed> {
        self.differs(seen, Asked::Effect).is_none().then(Performed::default)
    }
}

/// Looks whether a call had its effect. What cannot be seen now may still come into sight.
pub(crate) async fn find(api: &Api, op: &impl Written) -> Result<Effect, ProviderError> {
    let seen = op.look(api, Asked::Effect).await?;
    Ok(op.effect(&seen).map_or(Effect::NotSeen, Effect::Happened))
}

/// Looks whether what `undo` is about is as `op` left it, or already as `undo` would leave it.
pub(crate) async fn left<C: Written>(api: &Api, op: &C, undo: &C) -> Result<Left, ProviderError> {
    let seen = op.look_before(undo, api).await?;
    Ok(match (op.differs(&seen, Asked::Undo), undo.differs(&seen, Asked::Undo)) {
        (None, _) => Left::AsLeft,
        (Some(_), None) => Left::Back,
        (Some(what), Some(_)) => Left::Changed(what),
    })
}

/// To remove what was removed already is refused as invalid: if everything is as it should be, that is success.
pub(crate) async fn settled(
    api: &Api,
    op: &impl Written,
    result: Result<Performed, ProviderError>,
) -> Result<Performed, ProviderError> {
    match result {
        Err(error) if error.kind == ErrorKind::Invalid => {
            let seen = op.look(api, Asked::Effect).await?;
            if op.effect(&seen).is_some() { Ok(done(error.request_id.into_iter().collect())) } else { Err(error) }
        }
        other => other,
    }
}

/// Returns the failure of an undo that is of another kind than its call.
pub(crate) fn of_another_kind(api: &Api, op: &AwsOp, undo: &AwsOp) -> ProviderError {
    api.error(op.name(), ErrorKind::Invalid, &format!("{} is no undo of this call", undo.name()))
}

/// The look is not about what the call writes: the undo is not one of this call.
pub(crate) fn not_its_undo() -> Difference {
    Some("what the undo is about is not what the call wrote".to_owned())
}

/// Compares something that the call changes. One that is gone is not as the call left it.
pub(crate) fn there<T>(live: Option<&T>, id: &str, differs: impl FnOnce(&T) -> Difference) -> Difference {
    live.map_or_else(|| Some(format!("{id} is gone")), differs)
}

/// Compares something that the call deletes.
pub(crate) fn gone<T>(live: Option<&T>, id: &str) -> Difference {
    live.map(|_| format!("{id} is there"))
}

/// Our tags are there as they were written. Tags that others put beside them (many organisations tag everything by
/// machine) are no part of the object.
pub(crate) fn tags_differ(id: &str, live: &Tags, wanted: &Tags) -> Difference {
    wanted.iter().find(|(key, value)| live.get(*key) != Some(*value)).map(|(key, value)| match live.get(key) {
        Some(now) => format!("the tag {key} of {id} is `{now}`, not `{value}`"),
        None => format!("{id} has no tag {key}"),
    })
}

/// Compares a set of which a call adds and removes members; those of others do not count.
pub(crate) fn members_differ(
    id: &str,
    what: &str,
    live: &BTreeSet<String>,
    added: &BTreeSet<String>,
    removed: &BTreeSet<String>,
) -> Difference {
    let missing = added.difference(live).next().map(|one| format!("{id} does not have {what} {one} any more"));
    missing.or_else(|| removed.intersection(live).next().map(|one| format!("{id} has {what} {one} again")))
}

/// Compares a set that a call writes whole.
pub(crate) fn sets_differ(id: &str, what: &str, live: &BTreeSet<String>, wanted: &BTreeSet<String>) -> Difference {
    (live != wanted).then(|| format!("{id} has the {what} {}, not {}", list(live), list(wanted)))
}

fn list(set: &BTreeSet<String>) -> String {
    if set.is_empty() { "none".to_owned() } else { set.iter().cloned().collect::<Vec<_>>().join(", ") }
}
