//! Private link services and private endpoints: in place, replaced, approved, and deleted in order.

use super::cloud::{Cloud, content};
use super::converges::converges_and_unwinds_before_commit;
use super::fixture::*;
use crate::code::NoteCode;
use crate::drift::{self, Severity};
use crate::live::{AzureLive, LiveLinkConnection, LiveLoadBalancerAz, LiveSubnetAz};
use crate::model::{
    Addr, Approval, Desired, Kind, LinkServiceRef, PrivateEndpoint, PrivateLinkService, Resource, Spec,
};
use crate::op::{AzureOp, Op, PrivateEndpointOp, PrivateLinkServiceOp, WriteGuard};
use crate::plan::{Action, Await, Condition, Filter, Patience, Phase, PlanOptions, Undo, compare};

const FRONTEND: &str =
    "/subscriptions/sub-1/resourceGroups/rg/providers/Microsoft.Network/loadBalancers/lb/frontendIPConfigurations/f";
const NAT: &str = "/subscriptions/sub-1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/pls";
const SUBNET: &str = "/subscriptions/sub-1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/pe";

fn service_addr() -> Addr {
    Addr::new("prod", "azure", Kind::PrivateLinkService, "events")
}

fn endpoint_addr() -> Addr {
    Addr::new("prod", "azure", Kind::PrivateEndpoint, "events")
}

fn service_spec() -> PrivateLinkService {
    PrivateLinkService {
        name: "xc-pay-events".to_owned(),
        resource_group: "rg".to_owned(),
        frontend: arm(FRONTEND),
        nat_subnet: arm(NAT),
        visibility: texts(&["sub-a", "sub-b"]),
        auto_approval: texts(&[]),
    }
}

fn endpoint_spec() -> PrivateEndpoint {
    PrivateEndpoint {
        name: "xc-pay-events".to_owned(),
        resource_group: "apps".to_owned(),
        subnet: arm(SUBNET),
        service: LinkServiceRef::Declared(service_addr()),
        approval: Approval::Managed,
    }
}

fn pair(service: PrivateLinkService, endpoint: PrivateEndpoint) -> Desired {
    desired(vec![
        resource(&service_addr(), Spec::PrivateLinkService(service)),
        resource(&endpoint_addr(), Spec::PrivateEndpoint(endpoint)),
    ])
}

fn wanted() -> Desired {
    pair(service_spec(), endpoint_spec())
}

fn ground() -> AzureLive {
    let subnet = |id: &str| LiveSubnetAz {
        id: arm(id),
        cidrs: std::collections::BTreeSet::new(),
        link_service_policies: "Disabled".to_owned(),
    };
    let mut frontends = std::collections::BTreeSet::from([arm(FRONTEND)]);
    frontends.insert(arm(&FRONTEND.replace("/f", "/f2")));
    AzureLive {
        frontends,
        subnets: vec![subnet(NAT), subnet(SUBNET), subnet(&format!("{NAT}-2")), subnet(&format!("{SUBNET}-2"))],
        ..AzureLive::default()
    }
}

/// The ground with both made as declared.
fn made() -> AzureLive {
    let live = ground();
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan(&wanted(), &live).expect("a plan"), None).expect("made");
    cloud.live
}

fn names(plan: &crate::plan::Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.op.name()).collect()
}

#[test]
fn both_are_made_and_the_connection_is_approved() {
    let plan = plan(&wanted(), &ground()).expect("a plan");
    assert_eq!(names(&plan), ["PUT privateLinkServices", "PUT privateEndpoints", "PUT privateEndpointConnections"]);
    assert_eq!(plan.steps[2].undo, Undo::Nothing);
    assert!(matches!(&plan.steps[2].awaits[0].condition, Condition::LinkConnectionListed { .. }));
    assert!(plan.settle.iter().any(|watch| matches!(watch.condition, Condition::LinkConnectionApproved { .. })));
    let Op::Azure(AzureOp::PrivateEndpoint(PrivateEndpointOp::Put { manual, location, guard, .. })) = &plan.steps[1].op
    else {
        panic!("the endpoint comes second")
    };
    assert_eq!((*manual, location.as_str(), guard), (true, "northeurope", &WriteGuard::Absent));
    let fields: Vec<String> = plan.changes[0].fields.iter().map(|field| field.path.to_string()).collect();
    assert_eq!(fields, ["name", "resource_group", "subnet", "service", "approval"]);
    converges_and_unwinds_before_commit(&wanted(), &ground(), "create");
}

#[test]
fn the_load_balancer_before_a_service_must_be_fit() {
    let balancer = |sku: &str, location: &str, pools: &[&str]| LiveLoadBalancerAz {
        id: arm(FRONTEND.split("/frontend").next().unwrap_or_default()),
        location: location.to_owned(),
        sku: sku.to_owned(),
        address_pools: texts(pools),
    };
    let with = |balancer| plan(&wanted(), &AzureLive { load_balancers: vec![balancer], ..ground() });
    let codes = |balancer| -> Vec<String> {
        let refused = with(balancer).expect_err("it is not fit");
        refused.0.iter().map(|problem| problem.code.as_str().to_owned()).collect()
    };
    assert_eq!(codes(balancer("Basic", "northeurope", &[])), ["load-balancer-sku"]);
    assert_eq!(codes(balancer("Gateway", "westeurope", &[])), ["load-balancer-sku", "load-balancer-elsewhere"]);
    let fit = with(balancer("standard", "North Europe", &["ips"])).expect("a plan");
    assert!(fit.notes.iter().any(|note| note.code == NoteCode::AddressPool), "{:?}", fit.notes);
    let bare = with(balancer("Standard", "northeurope", &[])).expect("a plan");
    assert!(bare.notes.iter().all(|note| note.code != NoteCode::AddressPool), "{:?}", bare.notes);
}

#[test]
fn each_field_of_the_service_is_the_only_one_shown() {
    type Edit = fn(&mut PrivateLinkService);
    let edits: [(&str, Edit, Action); 3] = [
        ("visibility", |spec| spec.visibility = texts(&["sub-a", "sub-c"]), Action::Update),
        ("auto_approval", |spec| spec.auto_approval = texts(&["sub-a"]), Action::Update),
        ("frontend", |spec| spec.frontend = arm(&FRONTEND.replace("/f", "/f2")), Action::Replace),
    ];
    for (path, edit, action) in edits {
        let mut spec = service_spec();
        edit(&mut spec);
        let desired = pair(spec, endpoint_spec());
        let plan = plan(&desired, &made()).expect(path);
        let change = plan.changes.iter().find(|change| change.addr == service_addr()).expect("its change");
        let fields: Vec<String> = change.fields.iter().map(|field| field.path.to_string()).collect();
        assert_eq!((change.action, fields), (action, vec![path.to_owned()]));
        converges_and_unwinds_before_commit(&desired, &made(), path);
    }
}

#[test]
fn a_second_service_cannot_share_the_frontend_of_the_first() {
    let mut spec = service_spec();
    spec.nat_subnet = arm(&format!("{NAT}-2"));
    let problems = plan(&pair(spec, endpoint_spec()), &made()).expect_err("Azure would refuse it half-way");
    assert_eq!(super::fixture::codes(&problems), ["replacement-keeps-frontend"]);
}

#[test]
fn visibility_widens_first_and_narrows_last() {
    let mut spec = service_spec();
    spec.visibility = texts(&["sub-a", "sub-c"]);
    let desired = pair(spec, endpoint_spec());
    let live = made();
    let plan = plan(&desired, &live).expect("a plan");
    assert_eq!(plan.steps.iter().map(|step| step.phase).collect::<Vec<_>>(), [Phase::Build, Phase::Commit]);
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan, Some(Phase::Build)).expect("the first write");
    assert_eq!(cloud.live.link_services[0].visibility, texts(&["sub-a", "sub-b", "sub-c"]));
}

#[test]
fn each_field_of_the_endpoint_is_the_only_one_shown() {
    type Edit = fn(&mut PrivateEndpoint);
    let edits: [(&str, Edit); 3] = [
        ("subnet", |spec| spec.subnet = arm(&format!("{SUBNET}-2"))),
        ("approval", |spec| spec.approval = Approval::Automatic),
        ("resource_group", |spec| spec.resource_group = "other".to_owned()),
    ];
    for (path, edit) in edits {
        let mut spec = endpoint_spec();
        edit(&mut spec);
        let desired = pair(service_spec(), spec);
        let plan = plan(&desired, &made()).expect(path);
        let change = plan.changes.iter().find(|change| change.addr == endpoint_addr()).expect("its change");
        let fields: Vec<String> = change.fields.iter().map(|field| field.path.to_string()).collect();
        assert_eq!((change.action, fields), (Action::Replace, vec![path.to_owned()]));
        converges_and_unwinds_before_commit(&desired, &made(), path);
    }
}

#[test]
fn a_replaced_service_takes_its_endpoint_along_and_goes_last() {
    let mut spec = service_spec();
    spec.frontend = arm(&FRONTEND.replace("/f", "/f2"));
    let plan = plan(&pair(spec, endpoint_spec()), &made()).expect("a plan");
    assert_eq!(
        names(&plan),
        [
            "PUT privateLinkServices",
            "PUT privateEndpoints",
            "PUT privateEndpointConnections",
            "DELETE privateEndpoints",
            "DELETE privateLinkServices",
        ]
    );
    assert!(
        matches!(&plan.steps[0].op, Op::Azure(AzureOp::PrivateLinkService(PrivateLinkServiceOp::Put { id, .. })) if id.name() == "xc-pay-events-2")
    );
    assert!(matches!(&plan.steps[4].awaits[0].condition, Condition::ArmGone { .. }));
    assert_eq!(plan.steps[3].needs, [plan.steps[2].id.clone()], "the old endpoint goes after the new connection");
    assert!(matches!(&plan.steps[3].awaits[0].condition, Condition::LinkConnectionApproved { .. }));
    assert!(plan.changes.iter().all(|change| change.action == Action::Replace));
}

#[test]
fn an_endpoint_that_carries_stays_until_another_is_approved() {
    let wanted = |approval, subnet: &str| {
        let subnet = arm(&format!("{SUBNET}{subnet}"));
        pair(service_spec(), PrivateEndpoint { approval, subnet, ..endpoint_spec() })
    };
    let made = |approval| {
        let mut cloud = Cloud::new(&ground());
        cloud.apply(&plan(&wanted(approval, ""), &ground()).expect("a plan"), None).expect("made");
        cloud.live.private_endpoints[0].status = "Approved".into();
        cloud
    };
    let mut cloud = made(Approval::ByOwner);
    let desired = wanted(Approval::ByOwner, "-2");
    let replaced = plan(&desired, &cloud.live).expect("a plan");
    assert_eq!((names(&replaced), notes(&replaced)), (vec!["PUT privateEndpoints"], vec!["still-used"]));
    cloud.apply(&replaced, None).expect("the new one is made");
    let new = cloud.live.private_endpoints.iter().position(|one| one.subnet == arm(&format!("{SUBNET}-2")));
    let new = new.expect("the new one");
    cloud.live.private_endpoints[new].status = "Pending".into();
    let waits = plan(&desired, &cloud.live).expect("a plan");
    assert_eq!((waits.steps.len(), notes(&waits)), (0, vec!["pending-approval", "still-used"]));
    assert!(waits.changes.iter().all(|change| change.action == Action::Same), "{:?}", waits.changes);
    cloud.live.private_endpoints[new].status = "Approved".into();
    assert_eq!(names(&plan(&desired, &cloud.live).expect("a plan")), ["DELETE privateEndpoints"]);

    let other = PrivateLinkService { frontend: arm(&FRONTEND.replace("/f", "/f2")), ..service_spec() };
    let other = pair(other, PrivateEndpoint { approval: Approval::ByOwner, ..endpoint_spec() });
    let replaced = plan(&other, &made(Approval::ByOwner).live).expect("a plan");
    assert_eq!(names(&replaced), ["PUT privateLinkServices", "PUT privateEndpoints"]);
    assert_eq!(notes(&replaced), ["still-used", "still-used"]);

    let replaced = plan(&wanted(Approval::Automatic, "-2"), &made(Approval::Automatic).live).expect("a plan");
    let seen = |one: &Await| {
        matches!(
            (&one.condition, one.patience),
            (Condition::LinkConnectionApproved { endpoint }, Patience::Fail(_)) if endpoint.name() == "xc-pay-events-2"
        )
    };
    assert_eq!(names(&replaced), ["PUT privateEndpoints", "DELETE privateEndpoints"]);
    assert!(replaced.before_commit.iter().any(seen), "a service that approves nobody fails the run before it");
    assert!(replaced.steps[1].awaits.iter().any(seen), "{:?}", replaced.steps[1]);
}

#[test]
fn dead_connections_are_replaced_and_waiting_ones_approved() {
    for status in ["Rejected", "Disconnected"] {
        let mut live = made();
        live.private_endpoints[0].status = status.into();
        let plan = plan(&wanted(), &live).expect("a plan");
        let change = plan.changes.iter().find(|change| change.addr == endpoint_addr()).expect("its change");
        assert_eq!((change.action, change.fields.len()), (Action::Replace, 1), "{status}");
        assert_eq!(change.fields[0].path.to_string(), "connection");
        converges_and_unwinds_before_commit(&wanted(), &live, status);
    }
    let mut live = made();
    live.private_endpoints[0].status = "Pending".into();
    live.link_services[0].connections[0].status = "Pending".into();
    let plan = plan(&wanted(), &live).expect("a plan");
    assert_eq!(names(&plan), ["PUT privateEndpointConnections"]);
    assert!(matches!(&plan.steps[0].undo, Undo::Impossible(_)));
}

#[test]
fn tags_are_put_right_and_those_of_others_stay() {
    let mut live = made();
    live.link_services[0].tags.insert("xcloud:owner".to_owned(), "x".to_owned());
    live.link_services[0].tags.insert("cost".to_owned(), "42".to_owned());
    live.private_endpoints[0].tags.remove("xcloud:owner");
    let plan = plan(&wanted(), &live).expect("a plan");
    let fields: Vec<String> =
        plan.changes.iter().flat_map(|change| &change.fields).map(|field| field.path.to_string()).collect();
    assert_eq!(fields, ["tags[xcloud:owner]", "tags[xcloud:owner]"]);
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan, None).expect("applied");
    assert_eq!(cloud.live.link_services[0].tags.get("cost").map(String::as_str), Some("42"));
    converges_and_unwinds_before_commit(&wanted(), &live, "tags");
}

#[test]
fn strangers_wait_and_hold_the_service() {
    let mut live = made();
    let endpoint = arm("/subscriptions/x/resourceGroups/x/providers/Microsoft.Network/privateEndpoints/theirs");
    let connection = LiveLinkConnection { name: "theirs".to_owned(), endpoint, status: "Pending".into() };
    live.link_services[0].connections.push(connection);
    let kept = plan(&wanted(), &live).expect("a plan");
    assert_eq!((kept.steps.len(), notes(&kept)), (0, vec!["stranger"]));
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    let problems = plan_with(&wanted(), &live, &options, &Book::new()).expect_err("held");
    assert_eq!(codes(&problems), ["service-in-use"]);
    assert!(problems.0[0].message.contains("theirs"));
}

#[test]
fn a_stranger_who_asks_pages_nobody_and_one_who_is_in_does() {
    for (status, severity) in [("Pending", Severity::Medium), ("Approved", Severity::Critical)] {
        let mut live = made();
        let endpoint = arm("/subscriptions/x/resourceGroups/x/providers/Microsoft.Network/privateEndpoints/theirs");
        let connection = LiveLinkConnection { name: "theirs".to_owned(), endpoint, status: status.into() };
        live.link_services[0].connections.push(connection);
        let seen = observed(&live);
        let compared = compare(&wanted(), &seen, &PlanOptions::default());
        let report = drift::report(&wanted(), &seen, &compared, &Filter::default(), "2026-11-22");
        let found: Vec<_> = report.findings.iter().map(|one| (one.severity, one.widens_access)).collect();
        assert_eq!(found, [(severity, severity == Severity::Critical)], "{status}");
    }
}

#[test]
fn what_must_be_there_is_checked() {
    let wants = |edit: fn(&mut AzureLive)| {
        let mut live = ground();
        edit(&mut live);
        plan(&wanted(), &live).map(|_| ()).map_err(|problems| codes(&problems).join(" "))
    };
    assert_eq!(wants(|live| live.frontends.clear()), Err("frontend-missing".to_owned()));
    assert_eq!(
        wants(|live| live.subnets[0].link_service_policies = "Enabled".to_owned()),
        Err("subnet-policies".to_owned())
    );
    assert_eq!(wants(|live| live.subnets.retain(|subnet| subnet.id != arm(NAT))), Err("subnet-missing".to_owned()));
    assert_eq!(wants(|live| live.subnets.retain(|subnet| subnet.id != arm(SUBNET))), Err("subnet-missing".to_owned()));
    let mut live = made();
    live.link_services[0].tags.clear();
    live.private_endpoints.clear();
    assert_eq!(codes(&plan(&wanted(), &live).expect_err("a clash")), ["clash"]);
    let mut spec = endpoint_spec();
    spec.service = LinkServiceRef::Id(format!("{}x", made().link_services[0].id));
    let one = |spec| desired(vec![resource(&endpoint_addr(), Spec::PrivateEndpoint(spec))]);
    assert_eq!(codes(&plan(&one(spec.clone()), &ground()).expect_err("no service")), ["service-missing"]);
    spec.service = LinkServiceRef::Id("events.guid.northeurope.azure.privatelinkservice".to_owned());
    assert_eq!(codes(&plan(&one(spec), &ground()).expect_err("an alias")), ["approval-unreachable"]);
    let mut nowhere: Resource = resource(&service_addr(), Spec::PrivateLinkService(service_spec()));
    nowhere.place = crate::tests::subscription("sub-1");
    assert_eq!(codes(&plan(&desired(vec![nowhere]), &ground()).expect_err("nowhere")), ["location-missing"]);
}

#[test]
fn destroy_and_prune_remove_ours_in_order() {
    let live = made();
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    let destroy = plan_with(&wanted(), &live, &options, &Book::new()).expect("a plan");
    assert_eq!(names(&destroy), ["DELETE privateEndpoints", "DELETE privateLinkServices"]);
    assert!(destroy.changes.iter().all(|change| change.action == Action::Delete));
    let mut cloud = Cloud::new(&live);
    cloud.apply(&destroy, None).expect("destroyed");
    assert_eq!(content(&cloud.live), content(&ground()));
    let none = desired(Vec::new());
    assert_eq!(notes(&plan(&none, &live).expect("a plan")), ["orphan", "orphan"]);
    let options = PlanOptions { prune: true, ..PlanOptions::default() };
    assert_eq!(plan_with(&none, &live, &options, &Book::new()).expect("a plan").steps.len(), 2);
}

#[test]
fn a_connection_is_approved_only_where_this_product_may_go() {
    let theirs = |subscription: &str| {
        format!("/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Network/privateLinkServices/found")
    };
    let planned = |service: String, approval: Approval| {
        let mut live = ground();
        let mut found = made().link_services.remove(0);
        found.id = arm(&service);
        found.tags.clear();
        found.connections.clear();
        live.link_services.push(found);
        let spec = PrivateEndpoint { service: LinkServiceRef::Id(service), approval, ..endpoint_spec() };
        plan(&desired(vec![resource(&endpoint_addr(), Spec::PrivateEndpoint(spec))]), &live)
    };
    let same = planned(theirs("SUB-1"), Approval::Managed).expect("the same subscription in other letters");
    assert!(same.steps.iter().all(|step| step.place.account == "sub-1"), "{:#?}", same.steps);
    let refused = planned(theirs("sub-9"), Approval::Managed).expect_err("nobody can approve there");
    assert_eq!(codes(&refused), ["approval-unreachable"]);
    for approval in [Approval::Automatic, Approval::ByOwner] {
        assert!(planned(theirs("sub-9"), approval).is_ok(), "its owner approves");
    }
}

/// An alias needs the manual list whoever approves (terraform-provider-azurerm#27134).
#[test]
fn an_endpoint_by_alias_asks_and_nobody_here_approves() {
    for approval in [Approval::Automatic, Approval::ByOwner] {
        let service = LinkServiceRef::Id("events.guid.northeurope.azure.privatelinkservice".to_owned());
        let spec = PrivateEndpoint { service, approval, ..endpoint_spec() };
        let wanted = desired(vec![resource(&endpoint_addr(), Spec::PrivateEndpoint(spec))]);
        let planned = plan(&wanted, &ground()).expect("a plan");
        assert_eq!(names(&planned), ["PUT privateEndpoints"]);
        let put = serde_json::to_value(&planned.steps[0].op).expect("an op");
        assert_eq!(put["manual"], true, "{put}");
        let mut cloud = Cloud::new(&ground());
        cloud.apply(&planned, None).expect("applied");
        let again = plan(&wanted, &cloud.live).expect("a plan");
        assert_eq!(again.steps.len(), 0, "{approval:?}");
        assert!(again.notes.iter().any(|note| note.code == NoteCode::PendingApproval), "{:?}", again.notes);
    }
}

#[test]
fn what_is_being_deleted_is_waited_for_under_its_own_name() {
    let mut live = made();
    let endpoint = live.private_endpoints.remove(0);
    live.deleting = [endpoint.id.clone()].into();
    let planned = plan(&wanted(), &live).expect("a plan");
    let put = planned.steps.iter().find(|step| step.op.name() == "PUT privateEndpoints").expect("it is made again");
    let waits = put.awaits.iter().any(|one| one.condition == Condition::ArmGone { id: endpoint.id.clone() });
    assert!(waits && serde_json::to_string(&put.op).is_ok_and(|op| op.contains(&endpoint.id.0)), "{put:#?}");
    assert!(planned.notes.iter().all(|note| note.code != NoteCode::Stranger), "{:?}", planned.notes);
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    let planned = plan_with(&wanted(), &live, &options, &Book::new()).expect("nobody else is connected");
    assert_eq!(names(&planned), ["DELETE privateLinkServices"]);
    assert!(planned.steps[0].awaits.iter().any(|one| matches!(one.condition, Condition::ArmGone { .. })));
}
