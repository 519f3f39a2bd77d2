//! Calls about the tags of what stands.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::limits::Quota;
use crate::model::PlaceKey;
use crate::op::bind::Late;
use crate::op::by_hand::{Line, strs};
use crate::op::call::Call;
use crate::op::{SubnetPin, Writes};

/// A call about tags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the AWS API of the same call")]
pub enum TagOp {
    /// EC2 `CreateTags`; overwrites the values of these keys.
    CreateTags { resources: BTreeSet<String>, tags: BTreeMap<String, String> },
    /// `ELBv2` `AddTags`; overwrites the values of these keys.
    AddTags { resources: BTreeSet<String>, tags: BTreeMap<String, String> },
}

impl Call for TagOp {
    fn name(&self) -> &'static str {
        match self {
            Self::CreateTags { .. } => "CreateTags",
            Self::AddTags { .. } => "AddTags",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::CreateTags { .. } | Self::AddTags { .. } => Late::default(),
        }
    }

    fn takes(&self) -> &[SubnetPin] {
        &[]
    }

    fn writes(&self) -> Writes<'_> {
        Writes::Other
    }

    fn quota(&self) -> Quota {
        match self {
            Self::CreateTags { .. } => Quota::Tags,
            Self::AddTags { .. } => Quota::LoadBalancing,
        }
    }

    fn deletes(&self) -> bool {
        match self {
            Self::CreateTags { .. } | Self::AddTags { .. } => false,
        }
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        let (service, option, resources, tags) = match self {
            Self::CreateTags { resources, tags } => ("ec2", "--resources", resources, tags),
            Self::AddTags { resources, tags } => ("elbv2", "--resource-arns", resources, tags),
        };
        let words: Vec<String> = tags.iter().map(|(key, value)| format!("Key={key},Value={value}")).collect();
        Line::aws(service, self.name(), place).all(option, strs(resources)).all("--tags", strs(&words)).text()
    }
}
