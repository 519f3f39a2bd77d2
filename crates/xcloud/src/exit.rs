//! How a command ends: the exit codes that scripts depend on.

use std::process::ExitCode;

use xcloud_core::journal::Outcome;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or no difference.
    Done,
    /// An unexpected error: a bug, or a machine that is broken.
    Unexpected,
    /// There are differences.
    Differences,
    /// Refused or invalid; nothing was changed.
    Refused,
    /// The run failed and was undone completely.
    Unwound,
    /// The run failed, or parts were unknown, and something is left.
    Left,
    /// Another run holds the lock.
    Locked,
    /// The command line is wrong.
    Usage,
}

impl Exit {
    /// Returns the number that the process answers.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unexpected => 1,
            Self::Differences => 2,
            Self::Refused => 3,
            Self::Unwound => 4,
            Self::Left => 5,
            Self::Locked => 6,
            Self::Usage => 64,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done | Outcome::Replanned => Self::Done,
            Outcome::Unwound => Self::Unwound,
            Outcome::Left => Self::Left,
        }
    }
}
