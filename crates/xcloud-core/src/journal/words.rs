//! The words of a record that decide something: which command a run is of, and how it ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The command that a run is of, or that a lease was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// `xcloud apply`.
    Apply,
    /// `xcloud destroy`.
    Destroy,
    /// `xcloud rollback`.
    Rollback,
    /// `xcloud failover`.
    Failover,
    /// `xcloud failback`.
    Failback,
    /// `xcloud close`.
    Close,
    /// `xcloud resume`.
    Resume,
    /// `xcloud settle`.
    Settle,
    /// `xcloud lock break`.
    #[serde(rename = "lock break")]
    LockBreak,
    /// As another version wrote it.
    #[serde(untagged)]
    Other(String),
}

impl Verb {
    /// Returns the word that is typed and recorded.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Apply => "apply",
            Self::Destroy => "destroy",
            Self::Rollback => "rollback",
            Self::Failover => "failover",
            Self::Failback => "failback",
            Self::Close => "close",
            Self::Resume => "resume",
            Self::Settle => "settle",
            Self::LockBreak => "lock break",
            Self::Other(word) => word,
        }
    }

    /// Returns true for what makes another region the active one: it goes before other runs.
    #[must_use]
    pub fn switches(&self) -> bool {
        matches!(self, Self::Failover | Self::Failback)
    }
}

impl Default for Verb {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Everything was done.
    Done,
    /// It failed and was undone completely.
    Unwound,
    /// It failed and something is left: `resume` goes on with it.
    Left,
    /// A failover overtook it, and what it still had to do is planned again.
    Replanned,
}

impl Outcome {
    /// Returns the word of the contract.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unwound => "unwound",
            Self::Left => "left",
            Self::Replanned => "replanned",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Verb};

    #[test]
    fn words_are_recorded_as_they_are_typed_and_read_back() {
        let verbs = ["apply", "destroy", "rollback", "failover", "failback", "close", "resume", "settle", "lock break"];
        for word in verbs.into_iter().chain(["teleport"]) {
            let verb: Verb = serde_json::from_value(word.into()).expect("read");
            assert_eq!(verb == Verb::Other(word.to_owned()), word == "teleport");
            assert_eq!((verb.word(), serde_json::to_value(&verb).expect("written")), (word, word.into()));
        }
        for word in ["done", "unwound", "left", "replanned"] {
            let outcome: Outcome = serde_json::from_value(word.into()).expect("read");
            assert_eq!((outcome.word(), serde_json::to_value(outcome).expect("written")), (word, word.into()));
        }
    }
}
