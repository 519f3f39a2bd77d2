//! The active-region record, and its form as the text of a TXT record.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the active-region record of an environment says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveRecord {
    /// Counts the failovers; a run that began under a lower one stops.
    pub epoch: u64,
    /// The active region.
    pub region: String,
    /// The region to which a failover is under way.
    pub to: Option<String>,
    /// What is expected of the other region's rules.
    pub old: OldRegion,
    /// The run that wrote the record.
    pub run: String,
}

/// What is expected of the rules of the region that is not active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OldRegion {
    /// They are as the config says.
    Open,
    /// They are, and a deny stands before them.
    Fenced,
    /// They are gone, and the deny stays.
    Closed,
}

/// A text that is no active-region record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an active-region record: {why}")]
pub struct InvalidRecord {
    /// The text.
    pub text: String,
    /// What is wrong.
    pub why: String,
}

impl OldRegion {
    /// Returns the word of the record.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Fenced => "fenced",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for ActiveRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, region, to, old, run } = self;
        let to = to.as_deref().unwrap_or_default();
        write!(f, "v=1;epoch={epoch};region={region};to={to};old={};run={run}", old.word())
    }
}

impl FromStr for ActiveRecord {
    type Err = InvalidRecord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |why: &str| InvalidRecord { text: text.to_owned(), why: why.to_owned() };
        let fields: Vec<(&str, &str)> = text.split(';').filter_map(|part| part.split_once('=')).collect();
        let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let need = |name: &str| field(name).ok_or_else(|| wrong(&format!("it has no `{name}`")));
        if need("v")? != "1" {
            return Err(wrong("this program reads version 1"));
        }
        let region = need("region")?;
        if region.is_empty() {
            return Err(wrong("it names no region"));
        }
        Ok(Self {
            epoch: need("epoch")?.parse().map_err(|_| wrong("its epoch is not a number"))?,
            region: region.to_owned(),
            to: Some(need("to")?).filter(|to| !to.is_empty()).map(str::to_owned),
            old: match need("old")? {
                "open" => OldRegion::Open,
                "fenced" => OldRegion::Fenced,
                "closed" => OldRegion::Closed,
                _ => return Err(wrong("`old` is none of open, fenced, closed")),
            },
            run: field("run").unwrap_or_default().to_owned(),
        })
    }
}
