//! The tiny AWS: endpoint services, their principals and connections, and endpoints.

use std::collections::{BTreeMap, BTreeSet};

use super::cloud::{Cloud, Refused};
use crate::live::{EndpointState, LiveConnection, LiveEndpoint, LiveRule, LiveService};
use crate::model::PlaceKey;
use crate::op::{AwsOp, EndpointOp, EndpointServiceOp, Handle, PrivateZoneRecordOp, SecurityGroupOp, SubnetPin, TagOp};

type Made = Result<BTreeMap<String, String>, Refused>;

pub(crate) fn one(key: &str, value: String) -> BTreeMap<String, String> {
    BTreeMap::from([(key.to_owned(), value)])
}

fn ids(handles: &BTreeSet<Handle>) -> BTreeSet<String> {
    handles.iter().map(|handle| handle.id().to_owned()).collect()
}

impl Cloud {
    pub(crate) fn perform(&mut self, place: &PlaceKey, op: &AwsOp) -> Made {
        match op {
            AwsOp::SecurityGroup(SecurityGroupOp::Create { name, description, vpc, tags }) => {
                return self.create_group(place, (name, description, vpc), tags);
            }
            AwsOp::SecurityGroup(SecurityGroupOp::Authorize { group, egress, rules, tags }) => {
                self.authorize(place, group.id(), *egress, rules, tags)?;
            }
            AwsOp::SecurityGroup(SecurityGroupOp::Revoke { group, egress, rule_ids }) => {
                let goes = |rule: &LiveRule| rule.egress == *egress && rule_ids.contains(&rule.id);
                self.revoke(place, group.id(), rule_ids.len(), goes)?;
            }
            AwsOp::SecurityGroup(SecurityGroupOp::RevokeByContent { group, egress, rules }) => {
                let same = |live: &LiveRule| rules.iter().any(|rule| super::cloud_groups::same(live, rule));
                self.revoke(place, group.id(), rules.len(), |rule| rule.egress == *egress && same(rule))?;
            }
            AwsOp::SecurityGroup(SecurityGroupOp::RevokeDefaultEgress { group }) => {
                self.revoke(place, group.id(), 1, |rule| rule.egress)?
            }
            AwsOp::SecurityGroup(SecurityGroupOp::ModifyRules { group, rules }) => {
                self.modify_rules(place, group.id(), rules)?
            }
            AwsOp::SecurityGroup(SecurityGroupOp::Delete { group }) => self.delete_group(place, group.id())?,
            AwsOp::Tag(TagOp::CreateTags { resources, tags }) | AwsOp::Tag(TagOp::AddTags { resources, tags }) => {
                resources.iter().try_for_each(|id| self.tables(place).tag(id, tags))?;
            }
            AwsOp::Tag(TagOp::DeleteTags { resources, tags } | TagOp::RemoveTags { resources, tags }) => {
                resources.iter().try_for_each(|id| self.tables(place).untag(id, tags))?;
            }
            AwsOp::PrivateZoneRecord(PrivateZoneRecordOp::Change { zone, changes }) => {
                self.change_records(place, zone, changes)?
            }
            AwsOp::EndpointService(EndpointServiceOp::Create { load_balancers, acceptance_required, tags }) => {
                return self.create_service(place, &ids(load_balancers), *acceptance_required, tags);
            }
            AwsOp::EndpointService(EndpointServiceOp::Modify { .. })
            | AwsOp::EndpointService(EndpointServiceOp::ModifyPermissions { .. })
            | AwsOp::EndpointService(EndpointServiceOp::Delete { .. }) => self.modify_service(place, op)?,
            AwsOp::EndpointService(EndpointServiceOp::AcceptConnections { service, endpoints }) => {
                self.answer(place, service.id(), endpoints, "available")?
            }
            AwsOp::EndpointService(EndpointServiceOp::RejectConnections { service, endpoints }) => {
                self.answer(place, service.id(), endpoints, "rejected")?
            }
            AwsOp::Endpoint(EndpointOp::Create { service_name, vpc, subnets, groups, tags }) => {
                return self.create_endpoint(place, (service_name.id(), vpc), subnets, &ids(groups), tags);
            }
            AwsOp::Endpoint(EndpointOp::Modify { .. }) => self.modify_endpoint(place, op)?,
            AwsOp::Endpoint(EndpointOp::Delete { endpoints }) => {
                endpoints.iter().try_for_each(|endpoint| self.delete_endpoint(place, endpoint.id()))?;
            }
            balancing => return self.balancing(place, balancing),
        }
        Ok(BTreeMap::new())
    }

    /// A service may be told again of a load balancer that it has.
    fn free_balancers(&mut self, place: &PlaceKey, arns: &BTreeSet<String>, own: &str) -> Result<(), Refused> {
        let tables = self.tables(place);
        if arns.iter().any(|arn| !tables.balancers.contains_key(arn)) {
            return Err("LoadBalancerNotFound".to_owned());
        }
        if tables.services.values().any(|live| live.id != own && !live.load_balancers.is_disjoint(arns)) {
            return Err("InvalidParameter: the load balancer is in another service".to_owned());
        }
        Ok(())
    }

    fn create_service(
        &mut self,
        place: &PlaceKey,
        arns: &BTreeSet<String>,
        acceptance_required: bool,
        tags: &BTreeMap<String, String>,
    ) -> Made {
        self.free_balancers(place, arns, "")?;
        let id = self.id("vpce-svc-");
        let service_name = format!("com.amazonaws.vpce.{}.{id}", place.region);
        let live = LiveService {
            zones: Default::default(),
            beyond: Vec::new(),
            id: id.clone(),
            service_name: service_name.clone(),
            state: "Available".into(),
            acceptance_required,
            load_balancers: arns.clone(),
            tags: tags.clone(),
            principals: Some(BTreeSet::new()),
            connections: Some(Vec::new()),
        };
        self.tables(place).services.insert(id.clone(), live);
        Ok(BTreeMap::from([(String::new(), id), ("service-name".to_owned(), service_name)]))
    }

    fn modify_service(&mut self, place: &PlaceKey, op: &AwsOp) -> Result<(), Refused> {
        match op {
            AwsOp::EndpointService(EndpointServiceOp::Modify { service, acceptance_required, add, remove }) => {
                self.free_balancers(place, &ids(add), service.id())?;
                let live = self.tables(place).services.get_mut(service.id()).ok_or("no such service")?;
                live.acceptance_required = acceptance_required.unwrap_or(live.acceptance_required);
                live.load_balancers.extend(ids(add));
                if !ids(remove).iter().all(|arn| live.load_balancers.remove(arn)) || live.load_balancers.is_empty() {
                    return Err("InvalidParameter: not there, or the last one".to_owned());
                }
            }
            AwsOp::EndpointService(EndpointServiceOp::ModifyPermissions { service, add, remove }) => {
                let live = self.tables(place).services.get_mut(service.id()).ok_or("no such service")?;
                let principals = live.principals.get_or_insert_default();
                principals.extend(add.iter().cloned());
                principals.retain(|one| !remove.contains(one));
            }
            AwsOp::EndpointService(EndpointServiceOp::Delete { service }) => {
                let tables = self.tables(place);
                let live = tables.services.get(service.id()).ok_or("no such service")?;
                if live.connections.iter().flatten().any(|one| one.state != EndpointState::Rejected) {
                    return Err("ExistingVpcEndpointConnections".to_owned());
                }
                tables.services.remove(service.id());
            }
            _ => return Err("not a matter of services".to_owned()),
        }
        Ok(())
    }

    /// The provider's answer to waiting connections; the consumer's endpoint follows.
    fn answer(
        &mut self,
        place: &PlaceKey,
        service: &str,
        endpoints: &BTreeSet<Handle>,
        state: &str,
    ) -> Result<(), Refused> {
        for endpoint in endpoints {
            let live = self.tables(place).services.get_mut(service).ok_or("no such service")?;
            let mut connections = live.connections.iter_mut().flatten();
            let one = connections.find(|one| one.endpoint == endpoint.id()).ok_or("no such connection")?;
            if one.state == EndpointState::Rejected {
                return Err("a rejected connection never comes back".to_owned());
            }
            one.state = state.into();
            for tables in self.places.values_mut() {
                if let Some(live) = tables.endpoints.get_mut(endpoint.id()) {
                    live.state = state.into();
                }
            }
        }
        Ok(())
    }

    fn create_endpoint(
        &mut self,
        place: &PlaceKey,
        (service_name, vpc): (&str, &str),
        pins: &[SubnetPin],
        groups: &BTreeSet<String>,
        tags: &BTreeMap<String, String>,
    ) -> Made {
        let (id, interface) = (self.id("vpce-"), self.id("eni-"));
        let state = self.connect(place, service_name, &id)?;
        let tables = self.tables(place);
        tables.one_for_each_zone(pins.iter().map(|pin| &pin.subnet))?;
        if groups.iter().any(|group| tables.groups.get(group).is_none_or(|live| live.vpc != vpc)) {
            return Err("InvalidGroup.NotFound".to_owned());
        }
        let mut interfaces = Vec::new();
        for pin in pins {
            interfaces.push(tables.interface(format!("{interface}-{}", pin.subnet), pin)?);
        }
        let live = LiveEndpoint {
            beyond: Vec::new(),
            id: id.clone(),
            service_name: service_name.to_owned(),
            vpc: vpc.to_owned(),
            state: state.into(),
            subnets: pins.iter().map(|pin| pin.subnet.clone()).collect(),
            groups: groups.clone(),
            private_dns: false,
            tags: tags.clone(),
            interfaces,
            dns: Some((format!("{id}.vpce.amazonaws.com"), "Z-VPCE".to_owned())),
        };
        tables.endpoints.insert(id.clone(), live);
        Ok(one("", id))
    }

    fn connect(&mut self, place: &PlaceKey, service_name: &str, endpoint: &str) -> Result<String, Refused> {
        if !service_name.contains(".vpce-svc-") {
            return Ok("available".to_owned());
        }
        let id = service_name.rsplit('.').next().unwrap_or_default();
        let found = self.places.iter_mut().find_map(|(key, tables)| Some((key, tables.services.get_mut(id)?)));
        let (owner, service) = found.ok_or("InvalidServiceName")?;
        let allowed = service.principals.iter().flatten().any(|arn| arn.contains(&place.account));
        if owner.account != place.account && !allowed {
            return Err("InvalidServiceName: no principal of the account".to_owned());
        }
        let state = if service.acceptance_required { "pendingAcceptance" } else { "available" };
        service.connections.get_or_insert_default().push(LiveConnection {
            endpoint: endpoint.to_owned(),
            owner: place.account.clone(),
            state: state.into(),
        });
        Ok(state.to_owned())
    }

    fn modify_endpoint(&mut self, place: &PlaceKey, op: &AwsOp) -> Result<(), Refused> {
        let AwsOp::Endpoint(EndpointOp::Modify {
            endpoint,
            add_subnets,
            remove_subnets,
            add_groups,
            remove_groups,
            private_dns,
        }) = op
        else {
            return Err("not a matter of endpoints".to_owned());
        };
        let interface = self.id("eni-");
        let tables = self.tables(place);
        let mut live = tables.endpoints.get(endpoint.id()).cloned().ok_or("InvalidVpcEndpointId.NotFound")?;
        live.subnets.extend(add_subnets.iter().map(|pin| pin.subnet.clone()));
        tables.one_for_each_zone(live.subnets.iter())?;
        for pin in add_subnets {
            live.interfaces.push(tables.interface(format!("{interface}-{}", pin.subnet), pin)?);
        }
        live.subnets.retain(|subnet| !remove_subnets.contains(subnet));
        let (go, stay): (Vec<_>, Vec<_>) =
            live.interfaces.into_iter().partition(|one| remove_subnets.contains(&one.subnet));
        live.interfaces = stay;
        tables.free(&go);
        live.groups.extend(ids(add_groups));
        live.groups.retain(|group| !ids(remove_groups).contains(group));
        if live.groups.is_empty() || live.groups.iter().any(|group| !tables.groups.contains_key(group)) {
            return Err("InvalidParameter: groups".to_owned());
        }
        live.private_dns = private_dns.unwrap_or(live.private_dns);
        let rival = |other: &LiveEndpoint| {
            other.id != live.id && other.vpc == live.vpc && other.private_dns && other.service_name == live.service_name
        };
        if live.private_dns && (live.state != EndpointState::Available || tables.endpoints.values().any(rival)) {
            return Err("InvalidParameter: private-dns-enabled conflicts".to_owned());
        }
        tables.endpoints.insert(live.id.clone(), live);
        Ok(())
    }

    fn delete_endpoint(&mut self, place: &PlaceKey, id: &str) -> Result<(), Refused> {
        let tables = self.tables(place);
        let live = tables.endpoints.remove(id).ok_or("InvalidVpcEndpoint.NotFound")?;
        tables.free(&live.interfaces);
        for service in self.places.values_mut().flat_map(|tables| tables.services.values_mut()) {
            if let Some(connections) = &mut service.connections {
                connections.retain(|one| one.endpoint != id);
            }
        }
        Ok(())
    }
}
