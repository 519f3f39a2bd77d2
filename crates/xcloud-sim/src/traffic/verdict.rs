//! The answers.

use std::fmt;

/// Whether a connection comes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every hop lets it through.
    Passes,
    /// A hop refuses it.
    Refused {
        /// What kind of hop: `firewall`, `endpoint`, ...
        hop: &'static str,
        /// Which object, and what about it.
        why: String,
    },
}

impl Verdict {
    /// Tells whether the connection comes through.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Passes)
    }

    /// Returns the hop that refuses, if one does.
    #[must_use]
    pub fn hop(&self) -> Option<&'static str> {
        match self {
            Self::Passes => None,
            Self::Refused { hop, .. } => Some(hop),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passes => formatter.write_str("passes"),
            Self::Refused { hop, why } => write!(formatter, "refused by {hop}: {why}"),
        }
    }
}

/// Whether a connection comes through whichever way it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// `Passes` if every way passes, else the first refusal.
    pub verdict: Verdict,
    /// Each way that connections take, with its own verdict: at least one.
    pub ways: Vec<(String, Verdict)>,
}

impl Judgement {
    /// Judges a connection by its ways, of which there is at least one.
    pub(super) fn of(ways: Vec<(String, Verdict)>) -> Self {
        let refusal = ways.iter().map(|(_, verdict)| verdict).find(|verdict| !verdict.passes());
        Self { verdict: refusal.cloned().unwrap_or(Verdict::Passes), ways }
    }

    /// Tells whether the connection comes through whichever way it takes.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.verdict.passes()
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (way, verdict)) in self.ways.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            write!(formatter, "{gap}{way}: {verdict}")?;
        }
        Ok(())
    }
}

/// A hop's refusal.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    hop: &'static str,
    why: String,
}

/// What a hop lets through, or its refusal.
pub(super) type Hop<T> = Result<T, Refusal>;

/// Returns a hop's refusal.
pub(super) fn refusal(hop: &'static str, why: impl Into<String>) -> Refusal {
    Refusal { hop, why: why.into() }
}

/// Refuses unless `holds`.
pub(super) fn require(holds: bool, hop: &'static str, why: impl FnOnce() -> String) -> Hop<()> {
    if holds { Ok(()) } else { Err(refusal(hop, why())) }
}

impl From<Refusal> for Verdict {
    fn from(Refusal { hop, why }: Refusal) -> Self {
        Self::Refused { hop, why }
    }
}

impl From<Hop<()>> for Verdict {
    fn from(hop: Hop<()>) -> Self {
        hop.map_or_else(Self::from, |()| Self::Passes)
    }
}
