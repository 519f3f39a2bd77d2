//! Mutating calls: what they send, and what their answers mean.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::marks::{TAG_ADDRESS, TAG_PRODUCT};
use xcloud_core::model::{PortRange, Protocol, Target};
use xcloud_core::op::{
    EndpointOp, EndpointServiceOp, GroupRule, Handle, LoadBalancerOp, Op, PeerHandle, SecurityGroupOp, SubnetPin,
};
use xcloud_core::provider::{Effect, ErrorKind, Performed, ProviderError};

use crate::support::{Canned, Reply, TestResult, adapter};

fn known(id: &str) -> Handle {
    Handle::Known(id.to_owned())
}

fn tags() -> BTreeMap<String, String> {
    BTreeMap::from([
        (TAG_PRODUCT.to_owned(), "bank".to_owned()),
        (TAG_ADDRESS.to_owned(), "dev/eu-north-1/endpoint/to-azure".to_owned()),
    ])
}

async fn perform(cloud: &Canned, op: impl Into<Op>) -> Result<Performed, ProviderError> {
    adapter(cloud).perform(&op.into(), "token-1").await
}

fn create_endpoint() -> EndpointOp {
    EndpointOp::Create {
        service_name: known("com.amazonaws.vpce.eu-north-1.vpce-svc-1"),
        vpc: "vpc-1".to_owned(),
        subnets: vec![
            SubnetPin { subnet: "subnet-1".to_owned(), ip: Some("10.1.0.9".parse().expect("an address")) },
            SubnetPin { subnet: "subnet-2".to_owned(), ip: None },
        ],
        groups: [known("sg-1")].into(),
        tags: tags(),
    }
}

#[tokio::test]
async fn an_endpoint_is_made_with_token_tags_pins_and_private_dns_off() -> TestResult {
    let cloud =
        Canned::default().ec2("CreateVpcEndpoint", "<vpcEndpoint><vpcEndpointId>vpce-1</vpcEndpointId></vpcEndpoint>");
    let performed = perform(&cloud, create_endpoint()).await?;
    assert_eq!(performed.made[""], "vpce-1");
    assert_eq!(performed.request_ids, ["request-1"]);
    let fields = &cloud.seen("CreateVpcEndpoint")[0].fields;
    assert_eq!(fields["ClientToken"], "token-1");
    assert_eq!(fields["PrivateDnsEnabled"], "false");
    assert_eq!(fields["VpcEndpointType"], "Interface");
    assert_eq!((fields["SubnetId.1"].as_str(), fields["SubnetId.2"].as_str()), ("subnet-1", "subnet-2"));
    assert_eq!(fields["SubnetConfiguration.1.SubnetId"], "subnet-1");
    assert_eq!(fields["SubnetConfiguration.1.Ipv4"], "10.1.0.9");
    assert!(!fields.contains_key("SubnetConfiguration.2.SubnetId"), "only pins are configured");
    assert_eq!(fields["TagSpecification.1.ResourceType"], "vpc-endpoint");
    assert_eq!(fields["TagSpecification.1.Tag.2.Value"], "bank");
    Ok(())
}

#[tokio::test]
async fn a_service_that_is_too_fresh_is_busy_and_not_broken() {
    for code in ["Unavailable", "InvalidServiceName"] {
        let cloud = Canned::default().ec2_error("CreateVpcEndpoint", 503, code);
        let error = perform(&cloud, create_endpoint()).await.expect_err("the service is not ready");
        assert_eq!(error.kind, ErrorKind::Busy, "{code}");
        assert_eq!(cloud.operations().len(), 1, "one attempt: the engine repeats");
    }
}

#[tokio::test]
async fn a_service_is_made_with_token_and_tells_its_name() -> TestResult {
    let cloud = Canned::default().ec2(
        "CreateVpcEndpointServiceConfiguration",
        "<serviceConfiguration><serviceId>vpce-svc-1</serviceId><serviceName>name-1</serviceName>\
         </serviceConfiguration>",
    );
    let op =
        EndpointServiceOp::Create { load_balancers: [known("arn:lb")].into(), acceptance_required: true, tags: tags() };
    let performed = perform(&cloud, op).await?;
    assert_eq!((performed.made[""].as_str(), performed.made["service-name"].as_str()), ("vpce-svc-1", "name-1"));
    let fields = &cloud.seen("CreateVpcEndpointServiceConfiguration")[0].fields;
    assert_eq!(fields["ClientToken"], "token-1");
    assert_eq!(fields["AcceptanceRequired"], "true");
    assert_eq!(fields["TagSpecification.1.ResourceType"], "vpc-endpoint-service");
    Ok(())
}

#[tokio::test]
async fn all_changes_of_an_endpoint_go_into_one_call() -> TestResult {
    let cloud = Canned::default().ec2("ModifyVpcEndpoint", "<return>true</return>");
    let op = EndpointOp::Modify {
        endpoint: known("vpce-1"),
        add_subnets: vec![SubnetPin { subnet: "subnet-3".to_owned(), ip: None }],
        remove_subnets: ["subnet-1".to_owned()].into(),
        add_groups: [known("sg-2")].into(),
        remove_groups: [known("sg-1")].into(),
        private_dns: Some(true),
    };
    perform(&cloud, op).await?;
    assert_eq!(cloud.operations(), ["ModifyVpcEndpoint"]);
    let fields = &cloud.seen("ModifyVpcEndpoint")[0].fields;
    for (key, value) in [
        ("AddSubnetId.1", "subnet-3"),
        ("RemoveSubnetId.1", "subnet-1"),
        ("AddSecurityGroupId.1", "sg-2"),
        ("RemoveSecurityGroupId.1", "sg-1"),
        ("PrivateDnsEnabled", "true"),
    ] {
        assert_eq!(fields[key], value, "{key}");
    }
    Ok(())
}

fn unsuccessful(code: &str) -> String {
    format!(
        "<unsuccessful><item><resourceId>id-1</resourceId><error><code>{code}</code><message>why</message></error>\
         </item></unsuccessful>"
    )
}

#[tokio::test]
async fn a_refusal_inside_a_successful_answer_is_an_error() -> TestResult {
    let cloud = Canned::default()
        .ec2("DeleteVpcEndpointServiceConfigurations", &unsuccessful("ExistingVpcEndpointConnections"));
    let op = EndpointServiceOp::Delete { service: known("id-1") };
    let error = perform(&cloud, op.clone()).await.expect_err("it was refused");
    assert_eq!(error.kind, ErrorKind::InUse);
    assert_eq!(error.request_id.as_deref(), Some("request-1"));
    assert!(error.message.contains("id-1: why"), "{error}");

    let gone = Canned::default()
        .ec2("DeleteVpcEndpointServiceConfigurations", &unsuccessful("InvalidVpcEndpointService.NotFound"));
    perform(&gone, op).await?;
    let cloud = Canned::default().ec2("DeleteVpcEndpoints", &unsuccessful("InvalidVpcEndpoint.NotFound"));
    perform(&cloud, EndpointOp::Delete { endpoints: [known("id-1")].into() }).await?;
    Ok(())
}

#[tokio::test]
async fn accepting_what_is_accepted_is_done_and_what_waits_is_refused() -> TestResult {
    let op = EndpointServiceOp::AcceptConnections { service: known("svc-1"), endpoints: [known("vpce-1")].into() };
    let with_state = |state: &str| {
        let connection = format!(
            "<vpcEndpointConnectionSet><item><serviceId>svc-1</serviceId><vpcEndpointId>vpce-1</vpcEndpointId>\
             <vpcEndpointState>{state}</vpcEndpointState></item></vpcEndpointConnectionSet>"
        );
        Canned::default()
            .ec2("AcceptVpcEndpointConnections", &unsuccessful("InvalidState"))
            .ec2("DescribeVpcEndpointConnections", &connection)
    };
    perform(&with_state("available"), op.clone()).await?;
    perform(&with_state("pending"), op.clone()).await?;
    let error = perform(&with_state("pendingAcceptance"), op).await.expect_err("it still waits");
    assert_eq!(error.code.as_deref(), Some("InvalidState"));
    Ok(())
}

#[tokio::test]
async fn every_spelling_of_absent_is_a_finished_delete() -> TestResult {
    let cases: [(&str, &str, Op); 6] = [
        ("DeleteSecurityGroup", "InvalidGroup.NotFound", SecurityGroupOp::Delete { group: known("sg-1") }.into()),
        ("DeleteLoadBalancer", "LoadBalancerNotFound", LoadBalancerOp::Delete { load_balancer: known("a") }.into()),
        (
            "DeleteTargetGroup",
            "TargetGroupNotFound",
            LoadBalancerOp::DeleteTargetGroup { target_group: known("a") }.into(),
        ),
        ("DeleteListener", "ListenerNotFound", LoadBalancerOp::DeleteListener { listener: known("a") }.into()),
        (
            "DeleteVpcEndpointServiceConfigurations",
            "InvalidVpcEndpointServiceId.NotFound",
            EndpointServiceOp::Delete { service: known("a") }.into(),
        ),
        (
            "DeleteVpcEndpoints",
            "InvalidVpcEndpointId.NotFound",
            EndpointOp::Delete { endpoints: [known("a")].into() }.into(),
        ),
    ];
    for (operation, code, op) in cases {
        let cloud = Canned::default();
        let cloud = match operation.contains("Vpc") || operation.contains("Security") {
            true => cloud.ec2_error(operation, 400, code),
            false => cloud.query_error(operation, 400, code),
        };
        perform(&cloud, op).await.map_err(|error| format!("{operation} {code}: {error}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_group_in_use_names_its_holders() {
    let cloud = Canned::default()
        .ec2_error("DeleteSecurityGroup", 400, "DependencyViolation")
        .ec2(
            "DescribeNetworkInterfaces",
            "<networkInterfaceSet><item><networkInterfaceId>eni-7</networkInterfaceId>\
             <description>ELB net/xc-abc/1</description></item></networkInterfaceSet>",
        )
        .ec2(
            "DescribeSecurityGroups",
            "<securityGroupInfo><item><groupId>sg-1</groupId><groupName>self</groupName></item>\
             <item><groupId>sg-9</groupId><groupName>web</groupName></item></securityGroupInfo>",
        );
    let error = perform(&cloud, SecurityGroupOp::Delete { group: known("sg-1") }).await.expect_err("it is in use");
    assert_eq!(error.kind, ErrorKind::InUse);
    assert!(error.message.contains("held by eni-7 (ELB net/xc-abc/1), a rule of sg-9 (web)"), "{error}");
}

#[tokio::test]
async fn targets_outside_the_vpc_say_all_zones() -> TestResult {
    let cloud = Canned::default().query("RegisterTargets", "");
    let target = |ip: &str| Target { ip: ip.parse().expect("an address"), port: 443 };
    let op = LoadBalancerOp::RegisterTargets {
        target_group: known("arn:tg"),
        targets: [target("10.1.0.5"), target("172.16.9.4")].into(),
        vpc_cidrs: ["10.1.0.0/16".parse()?].into(),
    };
    perform(&cloud, op).await?;
    let fields = &cloud.seen("RegisterTargets")[0].fields;
    assert_eq!(fields["Targets.member.1.Id"], "10.1.0.5");
    assert!(!fields.contains_key("Targets.member.1.AvailabilityZone"));
    assert_eq!(fields["Targets.member.2.Id"], "172.16.9.4");
    assert_eq!(fields["Targets.member.2.AvailabilityZone"], "all");
    Ok(())
}

#[tokio::test]
async fn pinned_load_balancers_are_placed_by_mapping_and_internal() -> TestResult {
    let answer = "<LoadBalancers><member><LoadBalancerArn>arn:lb</LoadBalancerArn></member></LoadBalancers>";
    let cloud = Canned::default().query("CreateLoadBalancer", answer);
    let op = |ip: Option<&str>| LoadBalancerOp::Create {
        name: "xc-1".to_owned(),
        subnets: vec![SubnetPin { subnet: "subnet-1".to_owned(), ip: ip.map(|ip| ip.parse().expect("an address")) }],
        groups: [known("sg-1")].into(),
        tags: tags(),
    };
    assert_eq!(perform(&cloud, op(Some("10.1.0.7"))).await?.made[""], "arn:lb");
    perform(&cloud, op(None)).await?;
    let seen = cloud.seen("CreateLoadBalancer");
    assert_eq!(seen[0].fields["SubnetMappings.member.1.PrivateIPv4Address"], "10.1.0.7");
    assert!(!seen[0].fields.contains_key("Subnets.member.1"));
    assert_eq!(seen[1].fields["Subnets.member.1"], "subnet-1");
    assert_eq!((seen[0].fields["Scheme"].as_str(), seen[0].fields["Type"].as_str()), ("internal", "network"));
    Ok(())
}

fn rule() -> GroupRule {
    GroupRule {
        protocol: Protocol::Tcp,
        ports: Some(PortRange::single(443)),
        peer: PeerHandle::Cidr("10.1.0.0/16".parse().expect("a range")),
        description: Some("from Azure".to_owned()),
    }
}

fn authorize() -> SecurityGroupOp {
    SecurityGroupOp::Authorize { group: known("sg-1"), egress: false, rules: vec![rule()], tags: tags() }
}

fn live_rule(tagged: bool) -> String {
    let tags: String = tags()
        .iter()
        .filter(|_| tagged)
        .map(|(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>"))
        .collect();
    format!(
        "<securityGroupRuleSet><item><securityGroupRuleId>sgr-1</securityGroupRuleId><groupId>sg-1</groupId>\
         <isEgress>false</isEgress><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort>\
         <cidrIpv4>10.1.0.0/16</cidrIpv4><tagSet>{tags}</tagSet></item></securityGroupRuleSet>"
    )
}

#[tokio::test]
async fn a_rule_that_is_there_already_is_adopted_only_with_our_mark() -> TestResult {
    let duplicate = || Canned::default().ec2_error("AuthorizeSecurityGroupIngress", 400, "InvalidPermission.Duplicate");
    perform(&duplicate().ec2("DescribeSecurityGroupRules", &live_rule(true)), authorize()).await?;
    let foreign = duplicate().ec2("DescribeSecurityGroupRules", &live_rule(false));
    let error = perform(&foreign, authorize()).await.expect_err("it is not ours");
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.starts_with("sgr-1 is there already"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_group_of_the_same_name_is_a_conflict_that_names_it() {
    let cloud = Canned::default().ec2_error("CreateSecurityGroup", 400, "InvalidGroup.Duplicate").ec2(
        "DescribeSecurityGroups",
        "<securityGroupInfo><item><groupId>sg-9</groupId><groupName>xc-bank-a</groupName></item></securityGroupInfo>",
    );
    let op = SecurityGroupOp::Create {
        name: "xc-bank-a".to_owned(),
        description: "d".to_owned(),
        vpc: "vpc-1".to_owned(),
        tags: tags(),
    };
    let error = perform(&cloud, op).await.expect_err("the name is taken");
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.starts_with("sg-9 is there already"), "{error}");
}

#[tokio::test]
async fn default_egress_goes_by_rule_and_blindly_only_while_no_rule_is_visible() -> TestResult {
    let op = || SecurityGroupOp::RevokeDefaultEgress { group: known("sg-1") };
    let all = |cidr: &str, id: &str| {
        format!(
            "<item><securityGroupRuleId>{id}</securityGroupRuleId><groupId>sg-1</groupId><isEgress>true</isEgress>\
             <ipProtocol>-1</ipProtocol><fromPort>-1</fromPort><toPort>-1</toPort>{cidr}</item>"
        )
    };
    let v4 = all("<cidrIpv4>0.0.0.0/0</cidrIpv4>", "sgr-4");
    let v6 = all("<cidrIpv6>::/0</cidrIpv6>", "sgr-6");
    let cloud = Canned::default()
        .ec2("DescribeSecurityGroupRules", &format!("<securityGroupRuleSet>{v4}{v6}</securityGroupRuleSet>"))
        .ec2("RevokeSecurityGroupEgress", "<return>true</return>");
    perform(&cloud, op()).await?;
    let fields = &cloud.seen("RevokeSecurityGroupEgress")[0].fields;
    assert_eq!(
        (fields["SecurityGroupRuleId.1"].as_str(), fields["SecurityGroupRuleId.2"].as_str()),
        ("sgr-4", "sgr-6")
    );

    let fresh = Canned::default()
        .ec2("DescribeSecurityGroupRules", "<securityGroupRuleSet/>")
        .ec2("RevokeSecurityGroupEgress", "<return>true</return>");
    perform(&fresh, op()).await?;
    assert_eq!(fresh.seen("RevokeSecurityGroupEgress")[0].fields["IpPermissions.1.IpRanges.1.CidrIp"], "0.0.0.0/0");

    // An inbound rule says nothing about the outbound ones of a new group.
    let inbound = Canned::default()
        .ec2("DescribeSecurityGroupRules", &live_rule(true))
        .ec2("RevokeSecurityGroupEgress", "<return>true</return>");
    perform(&inbound, op()).await?;
    assert_eq!(inbound.seen("RevokeSecurityGroupEgress").len(), 1);

    let outbound = live_rule(true).replace("<isEgress>false</isEgress>", "<isEgress>true</isEgress>");
    let clean = Canned::default().ec2("DescribeSecurityGroupRules", &outbound);
    perform(&clean, op()).await?;
    assert_eq!(clean.operations(), ["DescribeSecurityGroupRules"], "nothing to revoke, nothing called");
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_is_looked_up() -> TestResult {
    let cloud = Canned::default()
        .reply("AuthorizeSecurityGroupIngress", Reply::Reset)
        .ec2("DescribeSecurityGroupRules", "<securityGroupRuleSet/>")
        .ec2("DescribeSecurityGroupRules", &live_rule(true));
    let error = perform(&cloud, authorize()).await.expect_err("the connection broke");
    assert_eq!(error.kind, ErrorKind::OutcomeUnknown);
    let adapter = adapter(&cloud);
    assert_eq!(adapter.find(&Op::from(authorize()), "token-1").await?, Effect::NotSeen);
    assert!(matches!(adapter.find(&Op::from(authorize()), "token-1").await?, Effect::Happened(_)));
    Ok(())
}

#[tokio::test]
async fn a_lost_endpoint_is_found_by_all_its_tags_and_never_its_predecessor() -> TestResult {
    let endpoint = |id: &str, state: &str, tags: BTreeMap<String, String>| {
        let tags: String =
            tags.iter().map(|(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>")).collect();
        format!(
            "<item><vpcEndpointId>{id}</vpcEndpointId><vpcId>vpc-1</vpcId><state>{state}</state>\
             <serviceName>com.amazonaws.vpce.eu-north-1.vpce-svc-1</serviceName>\
             <subnetIdSet><item>subnet-1</item><item>subnet-2</item></subnetIdSet>\
             <groupSet><item><groupId>sg-1</groupId></item></groupSet><tagSet>{tags}</tagSet></item>"
        )
    };
    let list = |items: &str| {
        Canned::default().ec2("DescribeVpcEndpoints", &format!("<vpcEndpointSet>{items}</vpcEndpointSet>"))
    };
    let op = Op::from(create_endpoint());
    let old = endpoint("vpce-0", "deleting", tags());
    let foreign = endpoint("vpce-8", "available", BTreeMap::new());
    assert_eq!(adapter(&list(&format!("{old}{foreign}"))).find(&op, "t").await?, Effect::NotSeen);
    let new = endpoint("vpce-1", "pendingAcceptance", tags());
    let Effect::Happened(found) = adapter(&list(&format!("{old}{new}"))).find(&op, "t").await? else {
        return Err("the endpoint is there".into());
    };
    assert_eq!(found.made[""], "vpce-1");
    Ok(())
}

#[tokio::test]
async fn an_operation_with_an_unknown_id_is_never_sent() {
    let cloud = Canned::default();
    let op = EndpointServiceOp::RejectConnections {
        service: known("svc-1"),
        endpoints: BTreeSet::from([Handle::Made(xcloud_core::op::Object("later".to_owned()))]),
    };
    let error = perform(&cloud, op).await.expect_err("it is not bound");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(cloud.operations().is_empty());
}

#[tokio::test]
async fn what_is_removed_already_may_be_called_invalid_and_is_done() -> TestResult {
    let target = |port| Target { ip: "10.1.0.5".parse().expect("an address"), port };
    let op = |port| LoadBalancerOp::DeregisterTargets { target_group: known("arn:tg"), targets: [target(port)].into() };
    let left = "<TargetHealthDescriptions><member><Target><Id>10.1.0.5</Id><Port>443</Port></Target><TargetHealth>\
                <State>healthy</State></TargetHealth></member></TargetHealthDescriptions>";
    let cloud =
        Canned::default().query_error("DeregisterTargets", 400, "InvalidTarget").query("DescribeTargetHealth", left);
    perform(&cloud, op(8443)).await?;
    let error = perform(&cloud, op(443)).await.expect_err("it is still there");
    assert_eq!(error.code.as_deref(), Some("InvalidTarget"));
    Ok(())
}
