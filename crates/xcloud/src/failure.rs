//! Why a command did not do what was asked: errors that know their exit code. [`Ui::ended`] alone prints them.
//!
//! [`Ui::ended`]: crate::ui::Ui::ended

use std::error::Error;
use std::fmt::{self, Display};

use xcloud_core::diag::Diagnostics;
use xcloud_core::journal::IllegalEvent;
use xcloud_engine::Broken;
use xcloud_engine::ledger::LedgerError;

use crate::exit::Exit;

/// What follows for the clouds where a command is refused.
pub(crate) const NOTHING_CHANGED: &str = "nothing was changed";

/// Something stands in the way that the operator can mend.
#[derive(Debug)]
pub(crate) struct Refusal {
    exit: Exit,
    message: String,
    lines: Vec<String>,
    hint: Option<String>,
    problems: Diagnostics,
    source: String,
}

impl Refusal {
    /// Refuses with a sentence that is complete.
    pub(crate) fn new(message: impl Display) -> Self {
        Self {
            exit: Exit::Refused,
            message: message.to_string(),
            lines: Vec::new(),
            hint: None,
            problems: Diagnostics::default(),
            source: String::new(),
        }
    }

    /// Refuses with a sentence, punctuation included, after which it says that nothing was changed.
    pub(crate) fn unchanged(message: impl Display) -> Self {
        Self::new(format!("{message} {NOTHING_CHANGED}"))
    }

    /// Refuses a command line.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self { exit: Exit::Usage, ..Self::new(message) }
    }

    /// Says that another one is at work.
    pub(crate) fn locked(self) -> Self {
        Self { exit: Exit::Locked, ..self }
    }

    /// Lists what it is about, a line for each.
    pub(crate) fn lines(self, lines: impl IntoIterator<Item = String>) -> Self {
        Self { lines: lines.into_iter().collect(), ..self }
    }

    /// Says what helps.
    pub(crate) fn hint(self, hint: impl Display) -> Self {
        Self { hint: Some(hint.to_string()), ..self }
    }

    /// Tells every problem of a text; where they are of no text, `source` is empty.
    pub(crate) fn problems(self, problems: Diagnostics, source: &str) -> Self {
        Self { problems, source: source.to_owned(), ..self }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.lines.iter().try_for_each(|line| write!(f, "\n  {line}"))?;
        self.hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl Error for Refusal {}

/// How a command fails.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was refused.
    Refused(Box<Refusal>),
    /// Nobody expects this: a bug, or a machine that is broken.
    Unexpected(anyhow::Error),
}

impl Failure {
    /// Returns the exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Refused(refusal) => refusal.exit,
            Self::Unexpected(_) => Exit::Unexpected,
        }
    }

    /// Returns every problem, with the text that they are of.
    pub(crate) fn problems(&self) -> (&Diagnostics, &str) {
        const NONE: &Diagnostics = &Diagnostics(Vec::new());
        match self {
            Self::Refused(refusal) => (&refusal.problems, &refusal.source),
            Self::Unexpected(_) => (NONE, ""),
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unexpected(error) => write!(f, "{error:#}"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Unexpected(error) => error.source(),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Unexpected(error)
    }
}

/// Errors that no command expects: `?` passes them on.
macro_rules! unexpected {
    ($($error:ty),+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Unexpected(error.into())
            }
        }
    )+};
}

unexpected!(std::io::Error, serde_json::Error, LedgerError, IllegalEvent, Broken);

#[cfg(test)]
mod tests {
    use super::{Failure, Refusal};
    use crate::exit::Exit;

    #[test]
    fn a_refusal_says_what_why_and_what_helps() {
        let refusal = Refusal::unchanged("red gates,").lines(["prod: targets".to_owned()]).hint("look at them");
        let failure = Failure::from(refusal);
        assert_eq!(failure.to_string(), "red gates, nothing was changed\n  prod: targets\nhint: look at them");
        assert_eq!(failure.exit(), Exit::Refused);
        assert_eq!(Failure::from(Refusal::new("busy").locked()).exit(), Exit::Locked);
    }

    #[test]
    fn what_nobody_expects_is_told_with_its_causes() {
        let failure = Failure::from(anyhow::anyhow!("no disk").context("the ledger cannot be written"));
        assert_eq!(failure.to_string(), "the ledger cannot be written: no disk");
        assert_eq!(failure.exit(), Exit::Unexpected);
    }
}
