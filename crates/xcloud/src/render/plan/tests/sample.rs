//! A plan with one of everything that a page can show.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use xcloud_core::code::NoteCode;
use xcloud_core::model::{
    Addr, AddressKind, Addresses, ArmName, Cloud, Kind, LateAddresses, Place, PlaceKey, PortRange, Protocol,
};
use xcloud_core::op::{EndpointServiceOp, FirewallRulesOp, Handle, Object, Op, SecurityGroupOp, WriteGuard};
use xcloud_core::plan::{
    Action, Change, DerivedRule, FieldChange, Note, NoteLevel, Path, Phase, Plan, Shown, Step, StepId, Undo,
};
use xcloud_engine::CallCounts;

const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";
const HUB: &str = "100000000001";

pub(crate) fn addr(text: &str) -> Addr {
    Addr::parse(text).expect("the sample's address is valid")
}

pub(crate) fn hub() -> PlaceKey {
    PlaceKey { cloud: Cloud::Aws, account: HUB.to_owned(), region: "eu-north-1".to_owned() }
}

fn azure() -> PlaceKey {
    PlaceKey { cloud: Cloud::Azure, account: SUBSCRIPTION.to_owned(), region: "azure".to_owned() }
}

fn field(path: &str, before: Value, after: Value) -> FieldChange {
    FieldChange { path: Path::Recorded(path.to_owned()), before, after: Shown::recorded(after) }
}

fn change(address: &str, kind: Kind, action: Action, fields: Vec<FieldChange>) -> Change {
    let place = if kind.cloud() == Cloud::Aws { hub() } else { azure() };
    Change {
        addr: addr(address),
        kind,
        cloud: place.cloud,
        account: place.account,
        region: place.region,
        action,
        fields,
        reasons: Vec::new(),
        id: None,
    }
}

fn changes() -> Vec<Change> {
    let create = vec![
        field("service", Value::Null, json!("(dev/eu-north-1/endpoint-service/to-azure.service-name)")),
        field("subnets[subnet-0a1b2c3d4e5f60718]", Value::Null, json!(true)),
        field("private_dns", Value::Null, json!(false)),
    ];
    let update = vec![
        field("acceptance", json!("automatic"), json!("managed")),
        field(
            "principals",
            json!(["arn:aws:iam::200000000001:root", "arn:aws:iam::200000000009:root"]),
            json!(["arn:aws:iam::200000000001:root", "arn:aws:iam::200000000002:root"]),
        ),
        field("ingress[tcp 22 from 0.0.0.0/0]", json!("opened by hand"), Value::Null),
    ];
    let replace = vec![field("description", json!("old\u{1b}[2J text"), json!("new text"))];
    let zone = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/aws.bank.example"
    );
    let mut changes = vec![
        change("dev/eu-north-1/endpoint/to-azure", Kind::Endpoint, Action::Create, create),
        change("dev/eu-north-1/endpoint-service/to-azure", Kind::EndpointService, Action::Update, update),
        change("dev/eu-north-1/security-group/to-azure-lb", Kind::SecurityGroup, Action::Replace, replace),
        change("dev/eu-north-1/load-balancer/to-azure", Kind::LoadBalancer, Action::Same, Vec::new()),
        change("prod/eu-north-1/private-zone-record/old", Kind::PrivateZoneRecord, Action::Delete, Vec::new()),
        change(
            "dev/azure/private-dns-record/payment-events",
            Kind::PrivateDnsRecord,
            Action::Create,
            vec![field("zone", Value::Null, json!(zone)), field("ttl", Value::Null, json!(30))],
        ),
        change(
            "shared/azure/firewall-rules/rcg-xcloud-open-api",
            Kind::FirewallRules,
            Action::Update,
            vec![
                field("rules[xc-open-api-dev-core-banking-eu-north-1]", Value::Null, json!("allow tcp 443")),
                field("rules[xc-open-api-dev-payment-events-eu-north-1]", json!("allow tcp 9443"), Value::Null),
            ],
        ),
    ];
    "200000000001".clone_into(&mut changes[0].account);
    changes[1].id = Some("vpce-svc-0123456789abcdef0".to_owned());
    changes[2].reasons = vec!["the description of a group cannot change in place".to_owned()];
    changes
}

fn rules() -> Vec<DerivedRule> {
    let holder = addr("shared/azure/firewall-rules/rcg-xcloud-open-api");
    let known = |texts: &[&str]| {
        Addresses::Known(texts.iter().map(|text| text.parse().expect("the sample's range is valid")).collect())
    };
    let late = LateAddresses {
        of: addr("dev/eu-north-1/endpoint-service/to-azure"),
        kind: AddressKind::ServiceIps,
        within: BTreeSet::from(["10.60.0.0/26".parse().expect("the sample's range is valid")]),
        kept: BTreeSet::new(),
        count: 3,
    };
    let rule = |action, name: &str, from, to, port| DerivedRule {
        action,
        addr: holder.clone(),
        holder: "firewall".to_owned(),
        name: name.to_owned(),
        effect: "allow".to_owned(),
        protocol: Protocol::Tcp,
        from,
        to,
        ports: BTreeSet::from([PortRange::single(port)]),
    };
    vec![
        rule(
            Action::Create,
            "xc-open-api-dev-core-banking-eu-north-1",
            Addresses::Late(late),
            known(&["10.120.8.10/32"]),
            443,
        ),
        rule(
            Action::Delete,
            "xc-open-api-dev-payment-events-eu-north-1",
            known(&["10.120.16.0/26"]),
            known(&["10.60.0.5/32", "10.60.0.21/32", "10.60.0.37/32"]),
            9443,
        ),
        rule(Action::Same, "xc-open-api-int-core-banking", known(&["10.1.0.0/16"]), known(&["10.121.8.10/32"]), 443),
    ]
}

fn steps() -> Vec<Step> {
    let group = Handle::Known("sg-0123456789abcdef0".to_owned());
    let step = |id: &str, address: &str, op: Op, needs: &[&str], undo, phase| Step {
        id: StepId(id.to_owned()),
        addr: addr(address),
        place: hub(),
        op,
        needs: needs.iter().map(|need| StepId((*need).to_owned())).collect(),
        awaits: Vec::new(),
        makes: None,
        undo,
        phase,
    };
    let create = SecurityGroupOp::Create {
        name: "xc-open-api-dev-to-azure-lb-2".to_owned(),
        description: "new text".to_owned(),
        vpc: "vpc-1".to_owned(),
        tags: BTreeMap::new(),
    };
    let accept = EndpointServiceOp::AcceptConnections {
        service: Handle::Known("vpce-svc-0123456789abcdef0".to_owned()),
        endpoints: BTreeSet::from([Handle::Made(Object("dev/eu-north-1/endpoint/to-azure".to_owned()))]),
    };
    let policy = ArmName(format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-hub/providers/Microsoft.Network/firewallPolicies/afwp-hub"
    ));
    let firewall = FirewallRulesOp::Delete {
        policy,
        group: "rcg-xcloud-open-api".to_owned(),
        guard: WriteGuard::Unchanged("W/\"7\"".to_owned()),
    };
    vec![
        step(
            "s001",
            "dev/eu-north-1/security-group/to-azure-lb",
            create.into(),
            &[],
            Undo::Delete(Box::new(SecurityGroupOp::Delete { group: group.clone() }.into())),
            Phase::Build,
        ),
        step(
            "s002",
            "dev/eu-north-1/endpoint/to-azure",
            accept.into(),
            &["s001"],
            Undo::Impossible("a rejected endpoint never comes back".to_owned()),
            Phase::Build,
        ),
        step(
            "s003",
            "shared/azure/firewall-rules/rcg-xcloud-open-api",
            firewall.into(),
            &["s001", "s002"],
            Undo::Nothing,
            Phase::Build,
        ),
        step(
            "s004",
            "dev/eu-north-1/security-group/to-azure-lb",
            SecurityGroupOp::Delete { group }.into(),
            &["s003"],
            Undo::Recreate(Vec::new()),
            Phase::Commit,
        ),
    ]
}

/// A plan with one of everything.
pub(crate) fn plan() -> Plan {
    let note = |level, code: NoteCode, address: Option<&str>, text: &str| Note {
        level,
        code,
        addr: address.map(addr),
        property: None,
        text: text.to_owned(),
    };
    Plan {
        format_version: Plan::FORMAT_VERSION.to_owned(),
        product: "open-api".to_owned(),
        places: BTreeMap::from([(azure(), (azure_place(), query()))]),
        changes: changes(),
        notes: vec![
            note(
                NoteLevel::Info,
                NoteCode::Orphan,
                Some("dev/eu-north-1/endpoint/gone"),
                "vpce-9 is not in the config",
            ),
            note(NoteLevel::Warning, NoteCode::UnknownPlace, None, "aws/200000000003/eu-west-1 did not answer"),
        ],
        steps: steps(),
        before_commit: Vec::new(),
        settle: Vec::new(),
        rules: rules(),
        depends: BTreeMap::new(),
        active: BTreeMap::new(),
        left_alone: BTreeMap::new(),
        unknown: BTreeMap::from([(hub(), "connection refused".to_owned())]),
    }
}

fn azure_place() -> Place {
    Place::Azure { subscription: SUBSCRIPTION.to_owned(), location: None }
}

fn query() -> xcloud_core::live::Query {
    xcloud_core::live::Query::Azure(xcloud_core::live::AzureQuery::default())
}

/// Calls of an observation.
pub(crate) fn calls() -> CallCounts {
    CallCounts {
        total: 12,
        by_operation: BTreeMap::from([("DescribeVpcs".to_owned(), 5), ("GET networkSecurityGroups".to_owned(), 7)]),
        mutating: 0,
        throttled: 1,
    }
}
