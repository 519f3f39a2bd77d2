//! Conditions: what is waited for, and what never comes.

use std::collections::BTreeSet;

use xcloud_core::model::{Addr, AddressKind, Kind, Target};
use xcloud_core::op::Handle;
use xcloud_core::plan::Condition;
use xcloud_core::provider::{Progress, ProviderError};

use crate::support::{Canned, TestResult, adapter};

fn known(id: &str) -> Handle {
    Handle::Known(id.to_owned())
}

async fn check(cloud: Canned, condition: Condition) -> Result<Progress, ProviderError> {
    adapter(&cloud).check(&condition).await
}

async fn endpoint_in(state: &str, more: &str) -> Result<Progress, ProviderError> {
    let endpoint = format!(
        "<vpcEndpointSet><item><vpcEndpointId>vpce-1</vpcEndpointId><state>{state}</state>{more}</item></vpcEndpointSet>"
    );
    let cloud = Canned::default().ec2("DescribeVpcEndpoints", &endpoint);
    check(cloud, Condition::EndpointAvailable { endpoint: known("vpce-1") }).await
}

#[tokio::test]
async fn states_are_read_as_they_are_on_the_wire() -> TestResult {
    let dns = "<dnsEntrySet><item><dnsName>vpce-1.svc.example</dnsName><hostedZoneId>Z1</hostedZoneId></item>\
               <item><dnsName>zonal.svc.example</dnsName><hostedZoneId>Z2</hostedZoneId></item></dnsEntrySet>";
    for spelling in ["available", "Available"] {
        let Progress::Done(facts) = endpoint_in(spelling, dns).await? else {
            return Err(format!("{spelling} must count as available").into());
        };
        assert_eq!(facts.facts["dns-name"], "vpce-1.svc.example");
        assert_eq!(facts.facts["dns-zone"], "Z1");
    }
    for between in ["pendingAcceptance", "pending", "partial", "somethingNew"] {
        assert_eq!(endpoint_in(between, "").await?, Progress::NotYet(format!("state {between}")));
    }
    Ok(())
}

#[tokio::test]
async fn an_end_is_never_with_what_aws_said() -> TestResult {
    for end in ["rejected", "failed", "expired", "deleting"] {
        let said = "<lastError><code>NoRoom</code><message>no address left</message></lastError>";
        let Progress::Never(error) = endpoint_in(end, said).await? else {
            return Err(format!("{end} does not come back").into());
        };
        assert_eq!(error.code.as_deref(), Some("NoRoom"));
        assert!(error.message.contains(end) && error.message.contains("no address left"), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn not_found_after_create_is_not_yet_and_after_delete_is_done() -> TestResult {
    let cloud = || Canned::default().ec2_error("DescribeVpcEndpoints", 400, "InvalidVpcEndpointId.NotFound");
    let endpoint = known("vpce-1");
    let fresh = check(cloud(), Condition::EndpointAvailable { endpoint: endpoint.clone() }).await?;
    assert_eq!(fresh, Progress::NotYet("not visible yet".to_owned()));
    assert!(matches!(check(cloud(), Condition::EndpointGone { endpoint }).await?, Progress::Done(_)));
    Ok(())
}

fn connections(states: &[(&str, &str)]) -> Canned {
    let items: String = states
        .iter()
        .map(|(id, state)| {
            format!(
                "<item><serviceId>svc-1</serviceId><vpcEndpointId>{id}</vpcEndpointId>\
                 <vpcEndpointState>{state}</vpcEndpointState></item>"
            )
        })
        .collect();
    Canned::default()
        .ec2("DescribeVpcEndpointConnections", &format!("<vpcEndpointConnectionSet>{items}</vpcEndpointConnectionSet>"))
}

#[tokio::test]
async fn rejected_connections_count_as_gone() -> TestResult {
    let gone = Condition::ConnectionsGone { service: known("svc-1") };
    let over = connections(&[("vpce-1", "rejected"), ("vpce-2", "expired")]);
    assert!(matches!(check(over, gone.clone()).await?, Progress::Done(_)));
    let left = connections(&[("vpce-1", "rejected"), ("vpce-2", "available")]);
    assert_eq!(check(left, gone).await?, Progress::NotYet("vpce-2 available".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_connection_is_listed_waiting_or_accepted() -> TestResult {
    let listed = || Condition::ConnectionListed { service: known("svc-1"), endpoint: known("vpce-1") };
    for state in ["pendingAcceptance", "PendingAcceptance", "pending", "available"] {
        assert!(matches!(check(connections(&[("vpce-1", state)]), listed()).await?, Progress::Done(_)), "{state}");
    }
    assert!(matches!(check(connections(&[("vpce-9", "available")]), listed()).await?, Progress::NotYet(_)));
    assert!(matches!(check(connections(&[("vpce-1", "rejected")]), listed()).await?, Progress::Never(_)));
    Ok(())
}

#[tokio::test]
async fn a_group_tells_who_still_uses_it() -> TestResult {
    let unused = || Condition::GroupUnused { group: known("sg-1") };
    let cloud = |interfaces: &str| {
        Canned::default()
            .ec2("DescribeNetworkInterfaces", interfaces)
            .ec2("DescribeSecurityGroups", "<securityGroupInfo/>")
    };
    assert!(matches!(check(cloud("<networkInterfaceSet/>"), unused()).await?, Progress::Done(_)));
    let held = "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId>\
                <description>VPC Endpoint Interface vpce-1</description></item></networkInterfaceSet>";
    assert_eq!(
        check(cloud(held), unused()).await?,
        Progress::NotYet("held by eni-1 (VPC Endpoint Interface vpce-1)".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn addresses_count_only_when_all_are_there() -> TestResult {
    let arn = "arn:aws:elasticloadbalancing:eu-north-1:1:loadbalancer/net/xc-a/50dc";
    let interface = |id: u8, text: &str| {
        format!(
            "<item><networkInterfaceId>eni-{id}</networkInterfaceId><description>{text}</description>\
             <privateIpAddress>10.1.0.{id}</privateIpAddress></item>"
        )
    };
    let cloud = |items: String| {
        Canned::default()
            .ec2("DescribeNetworkInterfaces", &format!("<networkInterfaceSet>{items}</networkInterfaceSet>"))
    };
    let known_when = |count| Condition::AddressesKnown {
        of: Addr::new("dev", "eu-north-1", Kind::EndpointService, "to-azure"),
        kind: AddressKind::ServiceIps,
        holders: vec![known(arn)],
        within: std::collections::BTreeSet::from(["10.1.0.0/24".parse().expect("a network")]),
        count,
    };
    let ours = "ELB net/xc-a/50dc";
    let one = cloud(interface(4, ours));
    assert_eq!(check(one.clone(), known_when(2)).await?, Progress::NotYet("1 of 2 addresses".to_owned()));
    let fields = &one.seen("DescribeNetworkInterfaces")[0].fields;
    assert_eq!(fields["Filter.1.Value.1"], "network_load_balancer", "a description alone proves nothing");
    assert_eq!(fields["Filter.2.Value.1"], ours);
    let both = cloud(interface(4, ours) + &interface(5, ours) + &interface(6, "ELB net/other/1"));
    let Progress::Done(facts) = check(both, known_when(2)).await? else { return Err("both are there".into()) };
    let addresses: Vec<String> = facts.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["10.1.0.4/32", "10.1.0.5/32"]);
    Ok(())
}

#[tokio::test]
async fn load_balancers_and_targets() -> TestResult {
    let balancer = |state: &str| {
        let member = format!(
            "<LoadBalancers><member><LoadBalancerArn>arn:lb</LoadBalancerArn><State><Code>{state}</Code></State>\
             </member></LoadBalancers>"
        );
        Canned::default().query("DescribeLoadBalancers", &member)
    };
    let active = || Condition::LoadBalancerActive { load_balancer: known("arn:lb") };
    assert!(matches!(check(balancer("provisioning"), active()).await?, Progress::NotYet(_)));
    assert!(matches!(check(balancer("active"), active()).await?, Progress::Done(_)));
    assert!(matches!(check(balancer("failed"), active()).await?, Progress::Never(_)));
    let target = |ip: &str, state: &str| {
        format!(
            "<member><Target><Id>{ip}</Id><Port>443</Port></Target><TargetHealth><State>{state}</State></TargetHealth>\
             </member>"
        )
    };
    let targets = |members: String| {
        let list = format!("<TargetHealthDescriptions>{members}</TargetHealthDescriptions>");
        Canned::default().query("DescribeTargetHealth", &list)
    };
    let healthy = || Condition::TargetsHealthy { target_group: known("arn:tg"), targets: BTreeSet::new() };
    let mixed = target("10.1.0.1", "healthy") + &target("10.1.0.2", "initial") + &target("10.1.0.3", "draining");
    assert_eq!(check(targets(mixed), healthy()).await?, Progress::NotYet("10.1.0.2:443 initial".to_owned()));
    assert!(matches!(check(targets(target("10.1.0.1", "healthy")), healthy()).await?, Progress::Done(_)));
    assert!(matches!(check(targets(String::new()), healthy()).await?, Progress::NotYet(_)));
    let serves = || Condition::TargetsServe { target_group: known("arn:tg"), targets: BTreeSet::new() };
    let ill = target("10.1.0.2", "initial") + &target("i-1", "unhealthy");
    let told = "10.1.0.2:443 initial, i-1 unhealthy".to_owned();
    assert_eq!(check(targets(ill.clone()), serves()).await?, Progress::NotYet(told));
    assert!(matches!(check(targets(ill + &target("i-2", "healthy")), serves()).await?, Progress::Done(_)));
    assert!(matches!(check(targets(String::new()), serves()).await?, Progress::NotYet(_)));
    Ok(())
}

#[tokio::test]
async fn named_targets_are_looked_at_alone_and_are_gone_when_they_do_not_even_drain() -> TestResult {
    let listed = |state: &str| {
        let target = |ip: &str, state: &str| {
            format!(
                "<member><Target><Id>{ip}</Id><Port>443</Port></Target><TargetHealth><State>{state}</State>\
                 </TargetHealth></member>"
            )
        };
        let members = target("10.1.0.1", "unhealthy") + &target("10.1.0.2", state);
        let list = format!("<TargetHealthDescriptions>{members}</TargetHealthDescriptions>");
        Canned::default().query("DescribeTargetHealth", &list)
    };
    let named = |last: u8| BTreeSet::from([Target { ip: [10, 1, 0, last].into(), port: 443 }]);
    let target_group = || known("arn:tg");
    let healthy = |last| Condition::TargetsHealthy { target_group: target_group(), targets: named(last) };
    assert!(matches!(check(listed("healthy"), healthy(2)).await?, Progress::Done(_)), "the other one is no matter");
    let told = "10.1.0.3:443 not registered".to_owned();
    assert_eq!(check(listed("healthy"), healthy(3)).await?, Progress::NotYet(told));
    let gone = |last| Condition::TargetsGone { target_group: target_group(), targets: named(last) };
    assert_eq!(check(listed("draining"), gone(2)).await?, Progress::NotYet("10.1.0.2:443 draining".to_owned()));
    assert!(matches!(check(listed("draining"), gone(3)).await?, Progress::Done(_)));
    Ok(())
}
