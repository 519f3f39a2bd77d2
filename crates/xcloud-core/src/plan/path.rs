//! Which part of a resource a plan or a finding is about.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::live::Extra;
use crate::model::Target;

/// A part of a resource. It is written as its text, and ordered by it.
#[derive(Debug, Clone)]
pub enum Path {
    /// A property that is one value: `acceptance`.
    Of(Property),
    /// A member of a set, or a value under a key: `principals[arn:...]`, `metadata[owner]`.
    Member(Set, String),
    /// A tag in AWS: `tags.owner`.
    Tag(String),
    /// A rule as a whole, or a part of it: `ingress[tcp 443 from 10.0.0.0/16]`, `rules[name].from`.
    Rule(RuleName, Option<RulePart>),
    /// A listener as a whole, or a part of it: `listeners[443].target_port`.
    Listener(u16, Option<ListenerPart>),
    /// A property that no key of the config sets: `supported_regions`.
    Beyond(Extra),
    /// As a record holds it: it is shown, and nothing is judged by it.
    Recorded(String),
}

/// The rules among which a rule has its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleList {
    /// Inbound rules of a group in AWS.
    Ingress,
    /// Outbound rules of a group in AWS.
    Egress,
    /// Rules in Azure, which have names of their own.
    Rules,
}

/// What a rule is called: `ingress[tcp 443 from 10.0.0.0/16]`, `rules[name]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleName {
    /// Among which rules.
    pub list: RuleList,
    /// The name, or what the rule says.
    pub text: String,
}

impl RuleName {
    /// Returns the name of a rule in Azure.
    #[must_use]
    pub fn azure(name: &str) -> Self {
        Self { list: RuleList::Rules, text: name.to_owned() }
    }

    /// Returns the path of the whole rule.
    #[must_use]
    pub fn whole(self) -> Path {
        Path::Rule(self, None)
    }

    /// Returns the path of a part of the rule.
    #[must_use]
    pub fn part(&self, part: RulePart) -> Path {
        Path::Rule(self.clone(), Some(part))
    }
}

/// A part of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListenerPart {
    /// How often health is checked.
    HealthInterval,
    /// How long a health check may take.
    HealthTimeout,
    /// After how many answers health changes.
    HealthThreshold,
    /// How health is asked for.
    HealthProtocol,
    /// A property that no key of the config sets.
    Beyond(Extra),
    /// The protocol.
    Protocol,
    /// The target group that it forwards to.
    TargetGroup,
    /// The port of the targets.
    TargetPort,
    /// A target.
    Target(Target),
}

/// Makes an enum of words with their texts.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($word:ident $text:literal)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`.")] $word,)+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$word => $text,)+
                })
            }
        }
    };
}

words! {
    /// A property that is one value, or one set.
    Property {
        Acceptance "acceptance"
        Accepted "accepted"
        Addresses "addresses"
        Alias "alias"
        Approval "approval"
        AutoApproval "auto_approval"
        Collection "collection"
        Connection "connection"
        Description "description"
        Frontend "frontend"
        Leftover "leftover"
        LoadBalancers "load_balancers"
        Name "name"
        NatSubnet "nat_subnet"
        Principals "principals"
        Priority "priority"
        PrivateDns "private_dns"
        PrivateLinkIngressRules "private_link_ingress_rules"
        Record "record"
        ResourceGroup "resource_group"
        SecurityGroups "security_groups"
        Service "service"
        State "state"
        Subnet "subnet"
        Ttl "ttl"
        Visibility "visibility"
        Vpc "vpc"
        Zone "zone"
        Zones "zones"
    }
}

words! {
    /// A set whose members are told one by one.
    Set {
        Connections "connections"
        Metadata "metadata"
        Principals "principals"
        ServiceIps "service_ips"
        Subnets "subnets"
        Superseded "superseded"
        Tags "tags"
        TargetGroups "target_groups"
        UsedBy "used_by"
    }
}

words! {
    /// A part of a rule.
    RulePart {
        Access "access"
        Description "description"
        Direction "direction"
        From "from"
        Odd "odd"
        Ports "ports"
        Priority "priority"
        Protocol "protocol"
        State "state"
        To "to"
    }
}

impl Path {
    /// Returns the rule that it is about, if it is about one.
    #[must_use]
    pub fn rule(&self) -> Option<(&RuleName, Option<RulePart>)> {
        match self {
            Self::Rule(name, part) => Some((name, *part)),
            Self::Of(_)
            | Self::Member(..)
            | Self::Tag(_)
            | Self::Listener(..)
            | Self::Beyond(_)
            | Self::Recorded(_) => None,
        }
    }

    /// Returns true for what is written beside an object and changes nothing of what it does.
    #[must_use]
    pub fn is_label(&self) -> bool {
        match self {
            Self::Tag(_) | Self::Member(Set::Tags | Set::Metadata, _) => true,
            Self::Rule(_, part) => *part == Some(RulePart::Description),
            Self::Of(_) | Self::Member(..) | Self::Listener(..) | Self::Beyond(_) | Self::Recorded(_) => false,
        }
    }
}

impl From<Property> for Path {
    fn from(property: Property) -> Self {
        Self::Of(property)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(property) => property.fmt(f),
            Self::Member(set, member) => write!(f, "{set}[{member}]"),
            Self::Tag(key) => write!(f, "tags.{key}"),
            Self::Rule(name, None) => name.fmt(f),
            Self::Rule(name, Some(part)) => write!(f, "{name}.{part}"),
            Self::Listener(port, None) => write!(f, "listeners[{port}]"),
            Self::Listener(port, Some(part)) => write!(f, "listeners[{port}].{part}"),
            Self::Beyond(extra) => extra.fmt(f),
            Self::Recorded(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = match self.list {
            RuleList::Ingress => "ingress",
            RuleList::Egress => "egress",
            RuleList::Rules => "rules",
        };
        write!(f, "{list}[{}]", self.text)
    }
}

impl fmt::Display for ListenerPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HealthInterval => f.write_str("health.interval"),
            Self::HealthTimeout => f.write_str("health.timeout"),
            Self::HealthThreshold => f.write_str("health.threshold"),
            Self::HealthProtocol => f.write_str("health.protocol"),
            Self::Beyond(extra) => extra.fmt(f),
            Self::Protocol => f.write_str("protocol"),
            Self::TargetGroup => f.write_str("target_group"),
            Self::TargetPort => f.write_str("target_port"),
            Self::Target(target) => write!(f, "targets[{}:{}]", target.ip, target.port),
        }
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::Recorded)
    }
}

/// A plan that was read is equal to the one that was written, so only the text counts.
impl Ord for Path {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl PartialOrd for Path {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Path {}
