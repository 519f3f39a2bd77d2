//! The command line by which a person makes a call that xcloud could not make.
//!
//! Option names as in the AWS CLI 2 and the Azure CLI. Values are quoted for a POSIX shell. Where the Azure CLI has no
//! command for a whole object, `az rest` names the object, and the body is what xcloud would have sent.

use std::collections::BTreeSet;

use super::{
    AwsOp, AzureOp, GroupRule, Handle, LedgerOp, Op, PeerHandle, RecordAction, RecordChange, RecordValue, SubnetPin,
};
use crate::model::{Access, Addresses, ArmName, Direction, PlaceKey, Protocol, Target};

/// The API version of Microsoft.Network that the adapter speaks.
const NETWORK_API: &str = "2024-03-01";

impl Op {
    /// Returns the command line that makes this call in `place`. What is not known is named in angle brackets.
    #[must_use]
    pub fn by_hand(&self, place: &PlaceKey) -> String {
        match self {
            Self::Aws(op) => aws(op, &place.region),
            Self::Azure(op) => azure(op, &place.account),
            Self::Ledger(op) => ledger(op),
        }
    }
}

/// No command line writes it: the object and what it holds.
fn ledger(op: &LedgerOp) -> String {
    let LedgerOp::PutActiveRecord { env, text, .. } = op;
    let body = serde_json::json!({"version": 1, "entries": [text]});
    format!("put {body} into the ledger as active/{env}/<the next number in eight digits>.json")
}

/// A command line in the making.
struct Line(String);

impl Line {
    fn new(start: &str) -> Self {
        Self(start.to_owned())
    }

    fn with(mut self, option: &str, value: &str) -> Self {
        self.0 = format!("{} {option} {}", self.0, quoted(value));
        self
    }

    fn all<'v>(mut self, option: &str, values: impl IntoIterator<Item = &'v str>) -> Self {
        let values: Vec<String> = values.into_iter().map(quoted).collect();
        if !values.is_empty() {
            self.0 = format!("{} {option} {}", self.0, values.join(" "));
        }
        self
    }

    fn flag(mut self, on: bool, option: &str) -> Self {
        if on {
            self.0 = format!("{} {option}", self.0);
        }
        self
    }
}

fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

fn id(handle: &Handle) -> String {
    match handle {
        Handle::Known(id) => id.clone(),
        Handle::Made(object) => format!("<{}>", object.0),
    }
}

fn ids(handles: &BTreeSet<Handle>) -> Vec<String> {
    handles.iter().map(id).collect()
}

fn strs(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().map(String::as_str)
}

fn aws(op: &AwsOp, region: &str) -> String {
    let service = match op {
        AwsOp::ChangeRecords { .. } => return records(op),
        _ if is_of_load_balancing(op) => "elbv2",
        _ => "ec2",
    };
    let line = Line::new(&format!("aws {service} {}", command(op.name()))).with("--region", region);
    match op {
        _ if service == "elbv2" => balancing(op, line),
        _ => ec2(op, line),
    }
}

/// `DeleteSecurityGroup` is `delete-security-group`.
fn command(name: &str) -> String {
    let mut command = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && at > 0 {
            command.push('-');
        }
        command.push(letter.to_ascii_lowercase());
    }
    command
}

fn is_of_load_balancing(op: &AwsOp) -> bool {
    matches!(
        op,
        AwsOp::CreateLoadBalancer { .. }
            | AwsOp::SetLoadBalancerGroups { .. }
            | AwsOp::SetSubnets { .. }
            | AwsOp::DeleteLoadBalancer { .. }
            | AwsOp::CreateTargetGroup { .. }
            | AwsOp::ModifyTargetGroup { .. }
            | AwsOp::RegisterTargets { .. }
            | AwsOp::DeregisterTargets { .. }
            | AwsOp::DeleteTargetGroup { .. }
            | AwsOp::CreateListener { .. }
            | AwsOp::ModifyListener { .. }
            | AwsOp::DeleteListener { .. }
            | AwsOp::AddTags { .. }
    )
}

fn ec2(op: &AwsOp, line: Line) -> String {
    let line = match op {
        AwsOp::CreateSecurityGroup { name, description, vpc, .. } => {
            line.with("--group-name", name).with("--description", description).with("--vpc-id", vpc)
        }
        AwsOp::AuthorizeSecurityGroupRules { group, rules, .. }
        | AwsOp::RevokeSecurityGroupPermissions { group, rules, .. } => {
            line.with("--group-id", &id(group)).with("--ip-permissions", &permissions(rules))
        }
        AwsOp::RevokeSecurityGroupRules { group, rule_ids, .. } => {
            line.with("--group-id", &id(group)).all("--security-group-rule-ids", rule_ids.iter().map(String::as_str))
        }
        AwsOp::RevokeDefaultEgress { group } => line
            .with("--group-id", &id(group))
            .with("--ip-permissions", r#"[{"IpProtocol":"-1","IpRanges":[{"CidrIp":"0.0.0.0/0"}]}]"#),
        AwsOp::ModifySecurityGroupRules { group, rules } => {
            let updates: Vec<serde_json::Value> = rules.iter().map(|(id, rule)| update(id, rule)).collect();
            line.with("--group-id", &id(group))
                .with("--security-group-rules", &serde_json::Value::from(updates).to_string())
        }
        AwsOp::DeleteSecurityGroup { group } => line.with("--group-id", &id(group)),
        AwsOp::CreateTags { resources, tags } => {
            line.all("--resources", resources.iter().map(String::as_str)).all("--tags", strs(&tag_words(tags)))
        }
        other => return private_link(other, line),
    };
    line.0
}

fn private_link(op: &AwsOp, line: Line) -> String {
    let line = match op {
        AwsOp::CreateEndpointService { load_balancers, acceptance_required, .. } => line
            .all("--network-load-balancer-arns", strs(&ids(load_balancers)))
            .flag(true, if *acceptance_required { "--acceptance-required" } else { "--no-acceptance-required" }),
        AwsOp::ModifyEndpointService { service, acceptance_required, add, remove } => line
            .with("--service-id", &id(service))
            .all("--add-network-load-balancer-arns", strs(&ids(add)))
            .all("--remove-network-load-balancer-arns", strs(&ids(remove)))
            .flag(*acceptance_required == Some(true), "--acceptance-required")
            .flag(*acceptance_required == Some(false), "--no-acceptance-required"),
        AwsOp::ModifyServicePermissions { service, add, remove } => line
            .with("--service-id", &id(service))
            .all("--add-allowed-principals", add.iter().map(String::as_str))
            .all("--remove-allowed-principals", remove.iter().map(String::as_str)),
        AwsOp::DeleteEndpointService { service } => line.with("--service-ids", &id(service)),
        AwsOp::AcceptConnections { service, endpoints } | AwsOp::RejectConnections { service, endpoints } => {
            line.with("--service-id", &id(service)).all("--vpc-endpoint-ids", strs(&ids(endpoints)))
        }
        AwsOp::CreateEndpoint { service_name, vpc, subnets, groups, .. } => line
            .with("--vpc-endpoint-type", "Interface")
            .with("--service-name", &id(service_name))
            .with("--vpc-id", vpc)
            .all("--subnet-ids", subnets.iter().map(|pin| pin.subnet.as_str()))
            .all("--security-group-ids", strs(&ids(groups)))
            .flag(true, "--no-private-dns-enabled"),
        AwsOp::ModifyEndpoint { endpoint, add_subnets, remove_subnets, add_groups, remove_groups, private_dns } => line
            .with("--vpc-endpoint-id", &id(endpoint))
            .all("--add-subnet-ids", add_subnets.iter().map(|pin| pin.subnet.as_str()))
            .all("--remove-subnet-ids", remove_subnets.iter().map(String::as_str))
            .all("--add-security-group-ids", strs(&ids(add_groups)))
            .all("--remove-security-group-ids", strs(&ids(remove_groups)))
            .flag(*private_dns == Some(true), "--private-dns-enabled")
            .flag(*private_dns == Some(false), "--no-private-dns-enabled"),
        AwsOp::DeleteEndpoints { endpoints } => line.all("--vpc-endpoint-ids", strs(&ids(endpoints))),
        _ => line,
    };
    line.0
}

fn balancing(op: &AwsOp, line: Line) -> String {
    let line = match op {
        AwsOp::CreateLoadBalancer { name, subnets, groups, .. } => line
            .with("--name", name)
            .with("--type", "network")
            .with("--scheme", "internal")
            .all("--subnet-mappings", strs(&mappings(subnets)))
            .all("--security-groups", strs(&ids(groups))),
        AwsOp::SetLoadBalancerGroups { load_balancer, groups, enforce_private_link } => {
            let line =
                line.with("--load-balancer-arn", &id(load_balancer)).all("--security-groups", strs(&ids(groups)));
            match enforce_private_link {
                Some(on) => line.with(
                    "--enforce-security-group-inbound-rules-on-private-link-traffic",
                    if *on { "on" } else { "off" },
                ),
                None => line,
            }
        }
        AwsOp::SetSubnets { load_balancer, subnets } => {
            line.with("--load-balancer-arn", &id(load_balancer)).all("--subnet-mappings", strs(&mappings(subnets)))
        }
        AwsOp::DeleteLoadBalancer { load_balancer } => line.with("--load-balancer-arn", &id(load_balancer)),
        AwsOp::CreateTargetGroup { name, port, vpc, .. } => line
            .with("--name", name)
            .with("--protocol", "TCP")
            .with("--port", &port.to_string())
            .with("--target-type", "ip")
            .with("--vpc-id", vpc),
        AwsOp::ModifyTargetGroup { target_group, health } => line
            .with("--target-group-arn", &id(target_group))
            .with("--health-check-interval-seconds", &health.interval_secs.to_string())
            .with("--healthy-threshold-count", &health.threshold.to_string()),
        AwsOp::RegisterTargets { target_group, targets, .. } | AwsOp::DeregisterTargets { target_group, targets } => {
            line.with("--target-group-arn", &id(target_group)).all("--targets", strs(&target_words(targets)))
        }
        AwsOp::DeleteTargetGroup { target_group } => line.with("--target-group-arn", &id(target_group)),
        AwsOp::CreateListener { load_balancer, port, target_group, .. } => line
            .with("--load-balancer-arn", &id(load_balancer))
            .with("--protocol", "TCP")
            .with("--port", &port.to_string())
            .with("--default-actions", &format!("Type=forward,TargetGroupArn={}", id(target_group))),
        AwsOp::ModifyListener { listener, target_group } => line
            .with("--listener-arn", &id(listener))
            .with("--default-actions", &format!("Type=forward,TargetGroupArn={}", id(target_group))),
        AwsOp::DeleteListener { listener } => line.with("--listener-arn", &id(listener)),
        AwsOp::AddTags { resources, tags } => {
            line.all("--resource-arns", resources.iter().map(String::as_str)).all("--tags", strs(&tag_words(tags)))
        }
        _ => line,
    };
    line.0
}

fn records(op: &AwsOp) -> String {
    let AwsOp::ChangeRecords { zone, changes } = op else { return String::new() };
    let batch = serde_json::json!({ "Changes": changes.iter().map(record).collect::<Vec<_>>() });
    Line::new("aws route53 change-resource-record-sets")
        .with("--hosted-zone-id", zone)
        .with("--change-batch", &batch.to_string())
        .0
}

fn record(change: &RecordChange) -> serde_json::Value {
    let action = match change.action {
        RecordAction::Create => "CREATE",
        RecordAction::Upsert => "UPSERT",
        RecordAction::Delete => "DELETE",
    };
    let set = match &change.value {
        RecordValue::Alias { dns_name, zone } => serde_json::json!({
            "Name": change.name, "Type": "A",
            "AliasTarget": {"DNSName": id(dns_name), "HostedZoneId": id(zone), "EvaluateTargetHealth": false},
        }),
        RecordValue::Txt { ttl_secs, text } => serde_json::json!({
            "Name": change.name, "Type": "TXT", "TTL": ttl_secs, "ResourceRecords": [{"Value": format!("\"{text}\"")}],
        }),
    };
    serde_json::json!({ "Action": action, "ResourceRecordSet": set })
}

fn permissions(rules: &[GroupRule]) -> String {
    serde_json::Value::from(rules.iter().map(permission).collect::<Vec<_>>()).to_string()
}

fn permission(rule: &GroupRule) -> serde_json::Value {
    let mut permission = serde_json::json!({ "IpProtocol": protocol(rule) });
    if let Some(ports) = rule.ports {
        permission["FromPort"] = ports.from.into();
        permission["ToPort"] = ports.to.into();
    }
    let described = |key: &str, value: String| match &rule.description {
        Some(text) => serde_json::json!([{ key: value, "Description": text }]),
        None => serde_json::json!([{ key: value }]),
    };
    let (field, peer) = match &rule.peer {
        PeerHandle::Cidr(net @ ipnet::IpNet::V4(_)) => ("IpRanges", described("CidrIp", net.to_string())),
        PeerHandle::Cidr(net) => ("Ipv6Ranges", described("CidrIpv6", net.to_string())),
        PeerHandle::PrefixList(list) => ("PrefixListIds", described("PrefixListId", list.clone())),
        PeerHandle::Group(group) => ("UserIdGroupPairs", described("GroupId", id(group))),
    };
    permission[field] = peer;
    permission
}

fn update(rule_id: &str, rule: &GroupRule) -> serde_json::Value {
    let mut written = serde_json::json!({ "IpProtocol": protocol(rule) });
    if let Some(ports) = rule.ports {
        written["FromPort"] = ports.from.into();
        written["ToPort"] = ports.to.into();
    }
    if let Some(text) = &rule.description {
        written["Description"] = text.as_str().into();
    }
    let (field, peer) = match &rule.peer {
        PeerHandle::Cidr(net @ ipnet::IpNet::V4(_)) => ("CidrIpv4", net.to_string()),
        PeerHandle::Cidr(net) => ("CidrIpv6", net.to_string()),
        PeerHandle::PrefixList(list) => ("PrefixListId", list.clone()),
        PeerHandle::Group(group) => ("ReferencedGroupId", id(group)),
    };
    written[field] = peer.into();
    serde_json::json!({ "SecurityGroupRuleId": rule_id, "SecurityGroupRule": written })
}

/// The word of the Azure CLI.
fn protocol_word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "Tcp",
        Protocol::Udp => "Udp",
        Protocol::Icmp | Protocol::Icmpv6 => "Icmp",
        Protocol::All => "*",
    }
}

fn protocol(rule: &GroupRule) -> String {
    match rule.protocol.to_string().as_str() {
        "all" => "-1".to_owned(),
        other => other.to_owned(),
    }
}

fn tag_words(tags: &std::collections::BTreeMap<String, String>) -> Vec<String> {
    tags.iter().map(|(key, value)| format!("Key={key},Value={value}")).collect()
}

fn mappings(pins: &[SubnetPin]) -> Vec<String> {
    let word = |pin: &SubnetPin| match pin.ip {
        Some(ip) => format!("SubnetId={},PrivateIPv4Address={ip}", pin.subnet),
        None => format!("SubnetId={}", pin.subnet),
    };
    pins.iter().map(word).collect()
}

fn target_words(targets: &BTreeSet<Target>) -> Vec<String> {
    targets.iter().map(|target| format!("Id={},Port={}", target.ip, target.port)).collect()
}

fn azure(op: &AzureOp, subscription: &str) -> String {
    let of_group = |command: &str, id: &ArmName| {
        let line = Line::new(&format!("az {command}")).with("--subscription", subscription);
        line.with("--resource-group", id.segment("resourceGroups").unwrap_or_default())
    };
    let line = match op {
        AzureOp::DeleteSecurityRule { group, name } => {
            of_group("network nsg rule delete", group).with("--nsg-name", group.name()).with("--name", name)
        }
        AzureOp::DeleteRuleGroup { policy, group, .. } => {
            of_group("network firewall policy rule-collection-group delete", policy)
                .with("--policy-name", policy.name())
                .with("--name", group)
                .flag(true, "--yes")
        }
        AzureOp::DeleteLinkService { id, .. } => {
            of_group("network private-link-service delete", id).with("--name", id.name())
        }
        AzureOp::DeletePrivateEndpoint { id, .. } => {
            of_group("network private-endpoint delete", id).with("--name", id.name())
        }
        AzureOp::DeleteRecordSet { zone, record, .. } => of_group("network private-dns record-set a delete", zone)
            .with("--zone-name", zone.name())
            .with("--name", record)
            .flag(true, "--yes"),
        AzureOp::PutRecordSet { zone, record, ttl_secs, addresses, .. } => {
            let line = of_group("network private-dns record-set a create", zone).with("--zone-name", zone.name());
            return put_record(line, record, *ttl_secs, addresses);
        }
        AzureOp::PutTextRecord { zone, record, text, .. } => {
            of_group("network private-dns record-set txt add-record", zone)
                .with("--zone-name", zone.name())
                .with("--record-set-name", record)
                .with("--value", text)
        }
        AzureOp::PutSecurityRule { group, name, rule } => of_group("network nsg rule create", group)
            .with("--nsg-name", group.name())
            .with("--name", name)
            .with("--priority", &rule.priority.to_string())
            .with("--direction", if rule.direction == Direction::Inbound { "Inbound" } else { "Outbound" })
            .with("--access", if rule.access == Access::Allow { "Allow" } else { "Deny" })
            .with("--protocol", protocol_word(rule.protocol))
            .all("--source-address-prefixes", strs(&nets(&rule.from)))
            .all("--destination-address-prefixes", strs(&nets(&rule.to)))
            .all("--destination-port-ranges", strs(&rule.ports.iter().map(ToString::to_string).collect::<Vec<_>>()))
            .with("--description", &rule.description),
        AzureOp::SetLinkConnection { service, endpoint, approve } => {
            let verb = if *approve { "approve" } else { "reject" };
            return Line::new(&format!("az network private-endpoint-connection {verb}"))
                .with(
                    "--id",
                    &format!("{}/privateEndpointConnections/<connection of {}>", id(service), endpoint.name()),
                )
                .0;
        }
        AzureOp::PutRuleGroup { policy, group, .. } => {
            return rest(&format!("{policy}/ruleCollectionGroups/{group}"), "rule collection group");
        }
        AzureOp::PutLinkService { id, .. } => return rest(&id.0, "private link service"),
        AzureOp::PutPrivateEndpoint { id, .. } => return rest(&id.0, "private endpoint"),
    };
    line.0
}

/// A whole object goes back with its body, which `show --format json` of the run holds.
fn rest(id: &str, what: &str) -> String {
    let url = format!("https://management.azure.com{id}?api-version={NETWORK_API}");
    Line::new("az rest --method put").with("--url", &url).with("--body", &format!("<the {what} as it was>")).0
}

fn put_record(line: Line, record: &str, ttl_secs: u32, addresses: &Addresses) -> String {
    let zone_options = line.0.replacen("az network private-dns record-set a create", "", 1);
    let create = line.with("--name", record).with("--ttl", &ttl_secs.to_string()).0;
    let add = nets(addresses).into_iter().map(|ip| {
        Line::new(&format!("az network private-dns record-set a add-record{zone_options}"))
            .with("--record-set-name", record)
            .with("--ipv4-address", &ip)
            .0
    });
    std::iter::once(create).chain(add).collect::<Vec<_>>().join(" && ")
}

fn nets(addresses: &Addresses) -> Vec<String> {
    match addresses {
        Addresses::Known(set) => set.iter().map(|net| bare(&net.to_string())).collect(),
        Addresses::Late(late) => vec![format!("<addresses of {}>", late.of)],
    }
}

fn bare(net: &str) -> String {
    net.strip_suffix("/32").unwrap_or(net).to_owned()
}

#[cfg(test)]
#[path = "by_hand_tests.rs"]
mod tests;
