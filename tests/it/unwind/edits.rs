//! What a person does at a console while a run is under way.

use serde_json::Value;
use xcloud_sim::{Millis, World};

const HERE: (&str, &str) = ("100000000001", "eu-north-1");

/// One deed of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    /// Lets somebody into a security group of ours.
    OpenGroup,
    /// Takes our rule out of the Azure security group.
    RemoveRule,
    /// Writes another time to live into a record of ours.
    ChangeRecord,
    /// Closes a rule of ours to other ports.
    ChangeRule,
}

pub(super) const EDITS: [Edit; 4] = [Edit::OpenGroup, Edit::RemoveRule, Edit::ChangeRecord, Edit::ChangeRule];

/// The rule that a person adds: SSH from a test network.
const ADDED: [(&str, &str); 4] = [
    ("IpPermissions.1.IpProtocol", "tcp"),
    ("IpPermissions.1.FromPort", "22"),
    ("IpPermissions.1.ToPort", "22"),
    ("IpPermissions.1.IpRanges.1.CidrIp", "192.0.2.0/24"),
];

/// Does it to object number `choice`; answers what was touched, or `None` if nothing of that kind is there yet.
pub(super) fn edit(world: &mut World, now: Millis, edit: Edit, choice: usize) -> Option<String> {
    match edit {
        Edit::OpenGroup => {
            let groups = ours(world);
            let group = groups.get(choice % groups.len().max(1))?.clone();
            let rule: Vec<(&str, &str)> = std::iter::once(("GroupId", group.as_str())).chain(ADDED).collect();
            world.aws.perform(now, HERE, "ec2", "AuthorizeSecurityGroupIngress", &rule).ok()?;
            Some(group)
        }
        Edit::RemoveRule => {
            let id = azure(world, "/securityrules/xc-", choice)?;
            world.azure.remove(&id).then_some(id)
        }
        Edit::ChangeRecord => {
            let id = azure(world, "/a/", choice)?;
            world.azure.edit(&id, |properties| {
                properties.insert("ttl".to_owned(), Value::from(7));
            });
            Some(id)
        }
        Edit::ChangeRule => {
            let id = azure(world, "/securityrules/xc-", choice)?;
            world.azure.edit(&id, |properties| {
                properties.insert("destinationPortRange".to_owned(), Value::from("9999"));
            });
            Some(id)
        }
    }
}

fn ours(world: &World) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for object in world.aws.objects() {
        if object.kind == "security-group" && object.region == HERE.1 && object.tags.contains_key("xcloud:address") {
            groups.push(object.id);
        }
    }
    groups
}

fn azure(world: &World, part: &str, choice: usize) -> Option<String> {
    let ids: Vec<&String> = world.azure.resources.keys().filter(|id| id.to_lowercase().contains(part)).collect();
    ids.get(choice % ids.len().max(1)).map(|id| (*id).clone())
}

/// Returns true if a group that still is there holds no rule of the person any more.
pub(super) fn closed_again(world: &World, group: &str) -> bool {
    let state = serde_json::to_value(&world.aws).expect("the state is JSON");
    let group = &state["regions"][HERE.1]["groups"][group];
    !group.is_null() && !group.to_string().contains("192.0.2.0/24")
}
