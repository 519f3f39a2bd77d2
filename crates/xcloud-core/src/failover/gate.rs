//! The gates of a failover: what each asks, and what it says.

use std::collections::BTreeSet;

use serde::Serialize;

/// Makes the list of gates. A line is what red means, then `Gate "name" when "what to do";`.
macro_rules! gates {
    ($($(#[doc = $red:literal])+ $gate:ident $name:literal $when:ident $todo:literal;)+) => {
        /// One question about a failover; all of them in the order in which they are judged and shown.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum GateName {
            $($(#[doc = $red])+ #[serde(rename = $name)] $gate,)+
        }

        impl GateName {
            /// Every gate.
            pub const ALL: &'static [Self] = &[$(Self::$gate),+];

            /// Returns its stable name.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$gate => $name,)+ }
            }

            /// Returns when it is judged.
            #[must_use]
            pub fn when(self) -> When {
                match self { $(Self::$gate => When::$when,)+ }
            }

            /// Returns what it means that it is red, and what to do then: its line of the reference.
            #[must_use]
            pub fn about(self) -> (&'static str, &'static str) {
                match self { $(Self::$gate => (concat!($($red),+).trim_start(), $todo),)+ }
            }
        }
    };
}

gates! {
    /// The active region is not known, or a failover is under way.
    Record "record" Always "`xcloud resume`; else repair the TXT record. This gate cannot be overridden";
    /// The regions are declared differently, or the target does not answer. For a failback also: anything in the region
    /// is not as declared.
    Parity "parity" Always "declare both alike; what differs live (a warning, unless for a failback): `xcloud apply --region`";
    /// An endpoint is missing or not available.
    Endpoints "endpoints" Always "apply; then look at its connection";
    /// A connection is missing or not accepted.
    Connections "connections" Always "apply accepts it where acceptance is `managed`; else its owner must";
    /// A load balancer, ours or the product's own, has no healthy target. Where a fence or closed rules are in the way,
    /// that is a warning: the failover opens them, then checks the targets.
    Targets "targets" Always "the way to Azure is closed, or the application is down";
    /// A rule is missing, or something before it denies its traffic, or will once the failover opens it (an example packet
    /// is shown).
    Rules "rules" Always "apply; move or narrow the other rule";
    /// A record is missing, carries no mark, or its new addresses are not known.
    Names "names" Always "apply; pin the addresses";
    /// Never red: little room only warns; the clouds' default limits are assumed.
    Quotas "quotas" Always "ask for more before the day";
    /// Azure does not answer, or both regions' targets are unhealthy: a failover would not help.
    Helps "helps" Always "look at Azure, the firewall and the way between the clouds";
    /// The missing resources take longer to create than the objective allows, a lock refuses a call, or there is no plan.
    Rto "rto" Always "apply beforehand; have the lock lifted; the lines under it say why there is no plan";
    /// The ledger is on one machine, or in a region of the product.
    Ledger "ledger" Readiness "keep it in Azure or in a third region";
    /// A debt of an earlier failover is open.
    Debts "debts" Failback "`xcloud settle`";
    /// Less than `close_after` has passed since the environment's last failover (not judged in the sandbox).
    Stable "stable" Failback "wait";
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Whoever asks.
    Always,
    /// `readiness`.
    Readiness,
    /// `failback`, and a failover to the primary region without an incident.
    Failback,
}

impl GateName {
    /// Every gate that can be overridden: a record that cannot be read stops everybody.
    pub fn passable() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|name| *name != Self::Record)
    }
}

/// What a gate says. The worse one is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Light {
    /// Nothing stands in the way.
    Ok,
    /// A failover passes, and somebody should look.
    Warn,
    /// A failover does not pass without an override.
    Red,
}

impl Light {
    /// Returns the word of the contract.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Red => "red",
        }
    }
}

/// One question about a failover, answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// The question.
    pub name: GateName,
    /// The answer.
    pub light: Light,
    /// The answer in one line: `3/3 targets healthy in eu-west-1 (euw1-az1, euw1-az2, euw1-az3)`.
    pub text: String,
    /// The objects with their ids, what is wrong with them, and what to do; one line each.
    pub details: Vec<String>,
}

impl Gate {
    pub(super) fn new(name: GateName, light: Light, text: impl Into<String>) -> Self {
        Self { name, light, text: text.into(), details: Vec::new() }
    }

    /// Adds a line.
    pub(super) fn saying(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// Turns one light into another, and says why.
    pub(super) fn turned(self, from: Light, to: Light, why: &str) -> Self {
        if self.light == from { Self { light: to, ..self }.saying(why) } else { self }
    }
}

/// The gates of one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The environment.
    pub env: String,
    /// The active region; the primary one where that is not known.
    pub from: String,
    /// The region that would take over.
    pub to: String,
    /// The gates in their order.
    pub gates: Vec<Gate>,
}

/// Returns the worst of the lights; of no gate at all: red, since nothing was proven.
#[must_use]
pub fn verdict(gates: &[Gate]) -> Light {
    gates.iter().map(|gate| gate.light).max().unwrap_or(Light::Red)
}

/// Returns the gates that are red, with their environments.
pub fn red(judged: &[Judged]) -> impl Iterator<Item = (&str, &Gate)> {
    let all = judged.iter().flat_map(|one| one.gates.iter().map(|gate| (one.env.as_str(), gate)));
    all.filter(|(_, gate)| gate.light == Light::Red)
}

/// Returns the names of those that are red and that an operator passes.
pub(super) fn passed(judged: &[Judged], overrides: &[String]) -> BTreeSet<String> {
    let names = red(judged).map(|(_, gate)| gate.name.word());
    names.filter(|name| overrides.iter().any(|one| one == name)).map(str::to_owned).collect()
}
