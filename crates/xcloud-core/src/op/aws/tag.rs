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
    /// EC2 `DeleteTags`: of these keys, where they have these values.
    DeleteTags { resources: BTreeSet<String>, tags: BTreeMap<String, String> },
    /// `ELBv2` `AddTags`; overwrites the values of these keys.
    AddTags { resources: BTreeSet<String>, tags: BTreeMap<String, String> },
    /// `ELBv2` `RemoveTags`: of these keys, whatever their values.
    RemoveTags { resources: BTreeSet<String>, tags: BTreeMap<String, String> },
}

impl TagOp {
    /// Returns the call that writes tags of EC2, or of Elastic Load Balancing.
    pub(crate) fn write(resources: BTreeSet<String>, tags: BTreeMap<String, String>, elb: bool) -> Self {
        if elb { Self::AddTags { resources, tags } } else { Self::CreateTags { resources, tags } }
    }

    /// Returns the call that removes them.
    pub(crate) fn remove(resources: BTreeSet<String>, tags: BTreeMap<String, String>, elb: bool) -> Self {
        if elb { Self::RemoveTags { resources, tags } } else { Self::DeleteTags { resources, tags } }
    }
}

impl Call for TagOp {
    fn name(&self) -> &'static str {
        match self {
            Self::CreateTags { .. } => "CreateTags",
            Self::DeleteTags { .. } => "DeleteTags",
            Self::AddTags { .. } => "AddTags",
            Self::RemoveTags { .. } => "RemoveTags",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::CreateTags { .. } | Self::DeleteTags { .. } | Self::AddTags { .. } | Self::RemoveTags { .. } => {
                Late::default()
            }
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
            Self::CreateTags { .. } | Self::DeleteTags { .. } => Quota::Tags,
            Self::AddTags { .. } | Self::RemoveTags { .. } => Quota::LoadBalancing,
        }
    }

    fn deletes(&self) -> bool {
        match self {
            Self::CreateTags { .. } | Self::DeleteTags { .. } | Self::AddTags { .. } | Self::RemoveTags { .. } => false,
        }
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        let (service, option, resources, tags) = match self {
            Self::CreateTags { resources, tags } | Self::DeleteTags { resources, tags } => {
                ("ec2", "--resources", resources, tags)
            }
            Self::AddTags { resources, tags } | Self::RemoveTags { resources, tags } => {
                ("elbv2", "--resource-arns", resources, tags)
            }
        };
        let line = Line::aws(service, self.name(), place).all(option, strs(resources));
        match self {
            Self::RemoveTags { .. } => line.all("--tag-keys", tags.keys().map(String::as_str)).text(),
            Self::CreateTags { .. } | Self::DeleteTags { .. } | Self::AddTags { .. } => {
                let words: Vec<String> = tags.iter().map(|(key, value)| format!("Key={key},Value={value}")).collect();
                line.all("--tags", strs(&words)).text()
            }
        }
    }
}
