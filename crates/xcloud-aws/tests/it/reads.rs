//! What a look at a whole region reads and makes of it.

use xcloud_core::live::{Answer, AwsLive, AwsQuery, Query};
use xcloud_core::model::Selector;

use crate::support::{Canned, TestResult, adapter};

async fn observe(cloud: &Canned, query: AwsQuery) -> Result<Box<AwsLive>, Box<dyn std::error::Error>> {
    let query = Query::Aws(AwsQuery { product: "bank".to_owned(), ..query });
    match adapter(cloud).observe(&query).await? {
        Answer::Aws(live) => Ok(live),
        other => Err(format!("not AWS: {other:?}").into()),
    }
}

#[tokio::test]
async fn an_empty_query_calls_nothing() -> TestResult {
    let cloud = Canned::default();
    assert_eq!(*observe(&cloud, AwsQuery::default()).await?, AwsLive::default());
    assert!(cloud.operations().is_empty(), "{:?}", cloud.operations());
    Ok(())
}

const SERVICES: &str = "<serviceConfigurationSet>\
    <item><serviceId>svc-1</serviceId><serviceName>name-1</serviceName><serviceState>Available</serviceState>\
    <tagSet><item><key>xcloud:product</key><value>bank</value></item></tagSet></item>\
    <item><serviceId>svc-2</serviceId><serviceName>name-2</serviceName><serviceState>BrandNewState</serviceState></item>\
    <item><serviceId>svc-3</serviceId><serviceName>name-3</serviceName><serviceState>Deleted</serviceState></item>\
    </serviceConfigurationSet>";

#[tokio::test]
async fn principals_and_connections_are_read_of_our_services_alone() -> TestResult {
    let cloud = Canned::default()
        .ec2("DescribeVpcEndpointServiceConfigurations", SERVICES)
        .ec2(
            "DescribeVpcEndpointServicePermissions",
            "<allowedPrincipals><item><principal>arn:aws:iam::1:root</principal></item></allowedPrincipals>",
        )
        .ec2(
            "DescribeVpcEndpointConnections",
            "<vpcEndpointConnectionSet><item><serviceId>svc-2</serviceId><vpcEndpointId>vpce-9</vpcEndpointId></item>\
             </vpcEndpointConnectionSet>",
        );
    let live = observe(&cloud, AwsQuery { services: true, ..AwsQuery::default() }).await?;
    assert_eq!(cloud.seen("DescribeVpcEndpointServicePermissions").len(), 1);
    assert!(cloud.seen("DescribeVpcEndpointConnections").is_empty(), "not asked for");
    assert_eq!(live.services.len(), 2, "a deleted service is gone");
    assert_eq!(live.services[0].principals.as_ref().map(|all| all.len()), Some(1));
    assert_eq!(live.services[0].connections, None);
    assert_eq!(live.services[1].principals, None, "a foreign service");
    assert_eq!(live.services[1].state.as_str(), "BrandNewState", "an unknown state does not fail");

    let live = observe(&cloud, AwsQuery { services: true, connections: true, ..AwsQuery::default() }).await?;
    assert_eq!(live.services[0].connections.as_deref(), Some([].as_slice()));
    Ok(())
}

/// Whoever is connected to our service is told, also what is no endpoint.
#[tokio::test]
async fn a_connection_without_an_endpoint_is_seen_by_its_own_id() -> TestResult {
    let cloud = Canned::default()
        .ec2("DescribeVpcEndpointServiceConfigurations", SERVICES)
        .ec2("DescribeVpcEndpointServicePermissions", "<allowedPrincipals/>")
        .ec2(
            "DescribeVpcEndpointConnections",
            "<vpcEndpointConnectionSet><item><serviceId>svc-1</serviceId><vpcEndpointOwner>2</vpcEndpointOwner>\
             <vpcEndpointState>available</vpcEndpointState>\
             <vpcEndpointConnectionId>vpce-svc-conn-1</vpcEndpointConnectionId></item></vpcEndpointConnectionSet>",
        );
    let live = observe(&cloud, AwsQuery { services: true, connections: true, ..AwsQuery::default() }).await?;
    let connections = live.services[0].connections.as_deref().unwrap_or_default();
    let seen: Vec<(&str, &str)> =
        connections.iter().map(|connection| (connection.endpoint.as_str(), connection.owner.as_str())).collect();
    assert_eq!(seen, [("vpce-svc-conn-1", "2")]);
    Ok(())
}

#[tokio::test]
async fn endpoints_of_ours_and_strangers_on_our_service_are_seen() -> TestResult {
    let endpoint = |id: &str, service: &str, state: &str, tags: &str| {
        format!(
            "<item><vpcEndpointId>{id}</vpcEndpointId><serviceName>{service}</serviceName><state>{state}</state>\
             <networkInterfaceIdSet><item>eni-{id}</item></networkInterfaceIdSet><tagSet>{tags}</tagSet></item>"
        )
    };
    let ours = "<item><key>xcloud:product</key><value>bank</value></item>";
    let all = [
        endpoint("vpce-1", "s3", "available", ours),
        endpoint("vpce-2", "name-1", "pendingAcceptance", ""),
        endpoint("vpce-3", "name-2", "available", ""),
        endpoint("vpce-4", "name-1", "deleted", ours),
    ]
    .concat();
    let cloud = Canned::default()
        .ec2("DescribeVpcEndpointServiceConfigurations", SERVICES)
        .ec2("DescribeVpcEndpointServicePermissions", "<allowedPrincipals/>")
        .ec2("DescribeVpcEndpoints", &format!("<vpcEndpointSet>{all}</vpcEndpointSet>"))
        .ec2(
            "DescribeNetworkInterfaces",
            "<networkInterfaceSet><item><networkInterfaceId>eni-vpce-1</networkInterfaceId><subnetId>subnet-1</subnetId>\
             <privateIpAddressesSet><item><privateIpAddress>10.1.0.8</privateIpAddress></item></privateIpAddressesSet>\
             </item></networkInterfaceSet>",
        );
    let live = observe(&cloud, AwsQuery { services: true, endpoints: true, ..AwsQuery::default() }).await?;
    let ids: Vec<&str> = live.endpoints.iter().map(|endpoint| endpoint.id.as_str()).collect();
    assert_eq!(ids, ["vpce-1", "vpce-2"]);
    assert_eq!(live.endpoints[1].state.as_str(), "pendingAcceptance");
    assert_eq!(live.endpoints[0].interfaces.len(), 1);
    assert!(live.endpoints[1].interfaces.is_empty(), "an interface that is not readable is left out");
    let looks = cloud.seen("DescribeNetworkInterfaces");
    assert_eq!(looks[0].fields["Filter.2.Value.1"], "VPC Endpoint Interface vpce-1");
    assert_eq!(looks[1].fields["Filter.1.Name"], "network-interface-id", "what was not described is asked for by id");
    Ok(())
}

#[tokio::test]
async fn found_load_balancers_come_by_tag_with_listeners_groups_and_rules() -> TestResult {
    let balancer = |name: &str, kind: &str| {
        format!(
            "<member><LoadBalancerArn>arn:{name}</LoadBalancerArn><LoadBalancerName>{name}</LoadBalancerName>\
             <Type>{kind}</Type><State><Code>active</Code></State>\
             <SecurityGroups><member>sg-{name}</member></SecurityGroups></member>"
        )
    };
    let all = balancer("app", "network") + &balancer("web", "application") + &balancer("other", "network");
    let tagged = "<TagDescriptions><member><ResourceArn>arn:app</ResourceArn><Tags><member><Key>app</Key>\
                  <Value>ledger</Value></member></Tags></member></TagDescriptions>";
    let listener = "<Listeners><member><ListenerArn>arn:l</ListenerArn><Port>443</Port><Protocol>TCP</Protocol>\
                    <DefaultActions><member><Type>forward</Type><TargetGroupArn>arn:tg</TargetGroupArn></member>\
                    </DefaultActions></member></Listeners>";
    let cloud = Canned::default()
        .query("DescribeLoadBalancers", &format!("<LoadBalancers>{all}</LoadBalancers>"))
        .query("DescribeTags", tagged)
        .query("DescribeListeners", listener)
        .ec2("DescribeNetworkInterfaces", "<networkInterfaceSet/>")
        .ec2(
            "DescribeSecurityGroups",
            "<securityGroupInfo><item><groupId>sg-app</groupId><groupName>app</groupName></item></securityGroupInfo>",
        )
        .ec2("DescribeSecurityGroupRules", "<securityGroupRuleSet/>");
    let wanted = Selector::Tag([("app".to_owned(), "ledger".to_owned())].into());
    let live = observe(&cloud, AwsQuery { found_load_balancers: [wanted].into(), ..AwsQuery::default() }).await?;
    assert_eq!(live.load_balancers.len(), 1);
    let found = &live.load_balancers[0];
    assert_eq!((found.name.as_str(), found.enforce_private_link), ("app", None));
    let listeners = found.listeners.as_deref().unwrap_or_default();
    assert_eq!(listeners.len(), 1);
    assert_eq!(listeners[0].target_group.as_deref(), Some("arn:tg"));
    assert_eq!(live.groups[0].id, "sg-app");
    let tagged = &cloud.seen("DescribeTags")[0].fields;
    assert!(tagged.values().any(|arn| arn == "arn:other") && !tagged.values().any(|arn| arn == "arn:web"));
    assert!(live.target_groups.is_empty() && cloud.seen("DescribeTargetGroups").is_empty(), "nobody asked for them");
    Ok(())
}

#[tokio::test]
async fn the_targets_of_a_found_load_balancer_are_read_where_they_are_asked_for() -> TestResult {
    let member = |id: &str, port: &str, state: &str| {
        format!(
            "<member><Target><Id>{id}</Id>{port}</Target><TargetHealth><State>{state}</State></TargetHealth></member>"
        )
    };
    let health = [
        member("10.1.0.9", "<Port>9443</Port>", "unhealthy"),
        member("10.1.0.8", "<Port>9443</Port>", "draining"),
        member("i-1", "<Port>9443</Port>", "healthy"),
        member("i-2", "", "draining"),
    ];
    let group = |arn: &str| {
        format!("<member><TargetGroupArn>{arn}</TargetGroupArn><TargetGroupName>app</TargetGroupName></member>")
    };
    let cloud = Canned::default()
        .query(
            "DescribeLoadBalancers",
            "<LoadBalancers><member><LoadBalancerArn>arn:app</LoadBalancerArn><LoadBalancerName>app</LoadBalancerName>\
             <Type>network</Type></member></LoadBalancers>",
        )
        .query("DescribeTags", "<TagDescriptions/>")
        .query(
            "DescribeTargetGroups",
            &format!("<TargetGroups>{}{}</TargetGroups>", group("arn:tg"), group("arn:else")),
        )
        .query(
            "DescribeListeners",
            "<Listeners><member><ListenerArn>arn:l</ListenerArn><Port>9443</Port><Protocol>TCP</Protocol>\
             <DefaultActions><member><Type>forward</Type><TargetGroupArn>arn:tg</TargetGroupArn></member>\
             </DefaultActions></member></Listeners>",
        )
        .query(
            "DescribeTargetHealth",
            &format!("<TargetHealthDescriptions>{}</TargetHealthDescriptions>", health.concat()),
        )
        .ec2("DescribeNetworkInterfaces", "<networkInterfaceSet/>");
    let wanted = Selector::Id("arn:app".to_owned());
    let query = AwsQuery { found_load_balancers: [wanted].into(), found_targets: true, ..AwsQuery::default() };
    let live = observe(&cloud, query).await?;
    let [group] = live.target_groups.as_slice() else { panic!("one group: {:?}", live.target_groups) };
    assert_eq!(group.arn, "arn:tg");
    assert_eq!(group.targets, [([10, 1, 0, 9].into(), 9443, "unhealthy".into())]);
    assert_eq!(group.by_id, [("i-1".to_owned(), "healthy".into())]);
    assert_eq!(cloud.seen("DescribeTargetHealth").len(), 1);
    Ok(())
}

#[tokio::test]
async fn records_are_read_in_the_nearest_zone_with_their_marks() -> TestResult {
    let zones = "<ListHostedZonesByVPCResponse><HostedZoneSummaries>\
        <HostedZoneSummary><HostedZoneId>ZWIDE</HostedZoneId><Name>internal.</Name><Owner/></HostedZoneSummary>\
        <HostedZoneSummary><HostedZoneId>ZNEAR</HostedZoneId><Name>bank.internal.</Name><Owner/></HostedZoneSummary>\
        </HostedZoneSummaries><MaxItems>100</MaxItems></ListHostedZonesByVPCResponse>";
    let records = "<ListResourceRecordSetsResponse><ResourceRecordSets>\
        <ResourceRecordSet><Name>api.bank.internal.</Name><Type>A</Type><AliasTarget><HostedZoneId>Z1</HostedZoneId>\
        <DNSName>vpce-1.example.</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>\
        </ResourceRecordSet>\
        <ResourceRecordSet><Name>_xcloud.api.bank.internal.</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords>\
        <ResourceRecord><Value>&quot;product=bank&quot;</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>\
        <ResourceRecordSet><Name>z.bank.internal.</Name><Type>A</Type><TTL>60</TTL></ResourceRecordSet>\
        </ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>\
        </ListResourceRecordSetsResponse>";
    let listing = "GET /2013-04-01/hostedzone/ZNEAR/rrset";
    let cloud = Canned::default()
        .ec2("DescribeVpcs", "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>")
        .ec2("DescribeSubnets", "<subnetSet/>")
        .reply("GET /2013-04-01/hostedzonesbyvpc", crate::support::Reply::Answer(200, zones.to_owned()))
        .reply(listing, crate::support::Reply::Answer(200, records.to_owned()));
    let record = (Selector::Id("vpc-1".to_owned()), "api.bank.internal".to_owned());
    let live = observe(&cloud, AwsQuery { records: [record].into(), ..AwsQuery::default() }).await?;
    assert_eq!(cloud.seen(listing).len(), 1, "the zone ended, so the mark was seen too");
    let near = live.zones.iter().find(|zone| zone.id == "ZNEAR").ok_or("the near zone is listed")?;
    assert_eq!(near.records.len(), 2);
    assert_eq!(near.records[0].alias, Some(("vpce-1.example".to_owned(), "Z1".to_owned())));
    assert_eq!(near.records[1].values, ["product=bank"]);
    assert_eq!(live.zones.iter().find(|zone| zone.id == "ZWIDE").map(|zone| zone.records.len()), Some(0));
    Ok(())
}
