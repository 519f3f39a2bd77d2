//! The tiny AWS: security groups, tags and records.

use std::collections::BTreeMap;

use super::cloud::{Cloud, Refused, Tables};
use super::cloud_paths::one;
use crate::live::{LiveGroup, LiveRecord, LiveRule};
use crate::model::{PlaceKey, Protocol};
use crate::op::{GroupRule, PeerHandle, RecordAction, RecordChange, RecordValue};

type Tags = BTreeMap<String, String>;

impl Cloud {
    pub(crate) fn create_group(
        &mut self,
        place: &PlaceKey,
        (name, description, vpc): (&str, &str, &str),
        tags: &Tags,
    ) -> Result<BTreeMap<String, String>, Refused> {
        let (id, rule_id) = (self.id("sg-"), self.id("sgr-"));
        let tables = self.tables(place);
        if tables.groups.values().any(|live| live.vpc == vpc && live.name.eq_ignore_ascii_case(name)) {
            return Err("InvalidGroup.Duplicate".to_owned());
        }
        let default = GroupRule {
            protocol: Protocol::All,
            ports: None,
            peer: PeerHandle::Cidr("0.0.0.0/0".parse().map_err(|_| "a network")?),
            description: None,
        };
        let group = LiveGroup {
            id: id.clone(),
            name: name.to_owned(),
            vpc: vpc.to_owned(),
            description: description.to_owned(),
            tags: tags.clone(),
            rules: vec![live_rule(rule_id, true, &default, &Tags::new())],
        };
        tables.groups.insert(id.clone(), group);
        Ok(one("", id))
    }

    pub(crate) fn authorize(
        &mut self,
        place: &PlaceKey,
        group: &str,
        egress: bool,
        rules: &[GroupRule],
        tags: &Tags,
    ) -> Result<(), Refused> {
        for rule in rules {
            let id = self.id("sgr-");
            let tables = self.tables(place);
            if let PeerHandle::Group(peer) = &rule.peer
                && !tables.groups.contains_key(peer.id())
            {
                return Err("InvalidGroup.NotFound: the peer".to_owned());
            }
            let live = tables.groups.get_mut(group).ok_or("InvalidGroup.NotFound")?;
            if live.rules.iter().any(|there| there.egress == egress && same(there, rule)) {
                return Err("InvalidPermission.Duplicate".to_owned());
            }
            live.rules.push(live_rule(id, egress, rule, tags));
        }
        Ok(())
    }

    pub(crate) fn revoke(
        &mut self,
        place: &PlaceKey,
        group: &str,
        expected: usize,
        goes: impl Fn(&LiveRule) -> bool,
    ) -> Result<(), Refused> {
        let live = self.tables(place).groups.get_mut(group).ok_or("InvalidGroup.NotFound")?;
        let before = live.rules.len();
        live.rules.retain(|rule| !goes(rule));
        if before - live.rules.len() == expected { Ok(()) } else { Err("InvalidPermission.NotFound".to_owned()) }
    }

    pub(crate) fn modify_rules(
        &mut self,
        place: &PlaceKey,
        group: &str,
        rules: &BTreeMap<String, GroupRule>,
    ) -> Result<(), Refused> {
        let live = self.tables(place).groups.get_mut(group).ok_or("InvalidGroup.NotFound")?;
        for (id, rule) in rules {
            let there = live.rules.iter_mut().find(|there| &there.id == id).ok_or("InvalidPermission.NotFound")?;
            let (egress, tags) = (there.egress, there.tags.clone());
            *there = live_rule(id.clone(), egress, rule, &tags);
        }
        Ok(())
    }

    pub(crate) fn delete_group(&mut self, place: &PlaceKey, group: &str) -> Result<(), Refused> {
        let tables = self.tables(place);
        let named = |live: &LiveGroup| live.id != group && live.rules.iter().any(|r| r.group.as_deref() == Some(group));
        if tables.uses_group(group) || tables.groups.values().any(named) {
            return Err(format!("DependencyViolation: {group} is in use"));
        }
        tables.groups.remove(group).map(drop).ok_or_else(|| "InvalidGroup.NotFound".to_owned())
    }

    pub(crate) fn change_records(
        &mut self,
        place: &PlaceKey,
        zone: &str,
        changes: &[RecordChange],
    ) -> Result<(), Refused> {
        let zone = self.tables(place).zones.iter_mut().find(|live| live.id == zone).ok_or("NoSuchHostedZone")?;
        let mut records = zone.records.clone();
        for change in changes {
            let wanted = live_record(change);
            let at = records.iter().position(|live| live.name == wanted.name && live.record_type == wanted.record_type);
            match (change.action, at) {
                (RecordAction::Create, Some(_)) => return Err(format!("{} already exists", wanted.name)),
                (RecordAction::Delete, Some(at)) if records[at] == wanted => drop(records.remove(at)),
                (RecordAction::Delete, _) => return Err(format!("{} is not exactly this", wanted.name)),
                (RecordAction::Upsert, Some(at)) => records[at] = wanted,
                (RecordAction::Create | RecordAction::Upsert, None) => records.push(wanted),
            }
        }
        zone.records = records;
        Ok(())
    }
}

impl Tables {
    pub(crate) fn tag(&mut self, id: &str, tags: &Tags) -> Result<(), Refused> {
        self.tags_of(id)?.extend(tags.clone());
        Ok(())
    }

    pub(crate) fn untag(&mut self, id: &str, tags: &Tags) -> Result<(), Refused> {
        self.tags_of(id)?.retain(|key, _| !tags.contains_key(key));
        Ok(())
    }

    fn tags_of(&mut self, id: &str) -> Result<&mut Tags, Refused> {
        if id.starts_with("sgr-") {
            let mut rules = self.groups.values_mut().flat_map(|live| &mut live.rules);
            let rule = rules.find(|rule| rule.id == id);
            return rule.map(|rule| &mut rule.tags).ok_or_else(|| "no rule to tag".into());
        }
        let there = None
            .or_else(|| self.groups.get_mut(id).map(|live| &mut live.tags))
            .or_else(|| self.balancers.get_mut(id).map(|live| &mut live.tags))
            .or_else(|| self.target_groups.get_mut(id).map(|live| &mut live.tags))
            .or_else(|| self.services.get_mut(id).map(|live| &mut live.tags))
            .or_else(|| self.endpoints.get_mut(id).map(|live| &mut live.tags));
        there.ok_or_else(|| "nothing to tag".into())
    }
}

fn live_record(change: &RecordChange) -> LiveRecord {
    let (record_type, ttl_secs, alias, values) = match &change.value {
        RecordValue::Alias { dns_name, zone } => {
            ("A", None, Some((dns_name.id().to_owned(), zone.id().to_owned())), Vec::new())
        }
        RecordValue::Txt { ttl_secs, text } => ("TXT", Some(*ttl_secs), None, vec![text.clone()]),
    };
    LiveRecord { name: change.name.clone(), record_type: record_type.to_owned(), ttl_secs, alias, values }
}

/// Returns true if the rules are one to AWS: the description does not count.
pub(crate) fn same(live: &LiveRule, rule: &GroupRule) -> bool {
    let peer = match &rule.peer {
        PeerHandle::Cidr(net) => live.cidr == Some(*net),
        PeerHandle::PrefixList(id) => live.prefix_list.as_ref() == Some(id),
        PeerHandle::Group(group) => live.group.as_deref() == Some(group.id()),
    };
    peer && live.protocol == rule.protocol && live.ports == rule.ports
}

pub(crate) fn live_rule(id: String, egress: bool, rule: &GroupRule, tags: &Tags) -> LiveRule {
    let mut live = LiveRule {
        id,
        egress,
        protocol: rule.protocol,
        ports: rule.ports,
        cidr: None,
        prefix_list: None,
        group: None,
        description: rule.description.clone(),
        tags: tags.clone(),
        raw: None,
    };
    match &rule.peer {
        PeerHandle::Cidr(net) => live.cidr = Some(*net),
        PeerHandle::PrefixList(list) => live.prefix_list = Some(list.clone()),
        PeerHandle::Group(group) => live.group = Some(group.id().to_owned()),
    }
    live
}
