//! Security groups and what holds them.

use crate::client::{Estate, estate};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn rule(range: &str) -> [(&str, &str); 4] {
    [
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "443"),
        ("IpPermissions.1.ToPort", "443"),
        ("IpPermissions.1.IpRanges.1.CidrIp", range),
    ]
}

async fn authorize(estate: &Estate, group: &str, parameters: &[(&str, &str)]) -> crate::client::Reply {
    let mut all = vec![("GroupId", group)];
    all.extend_from_slice(parameters);
    estate.ec2("HUB", "AuthorizeSecurityGroupIngress", &all).await
}

#[tokio::test(start_paused = true)]
async fn a_new_group_is_invisible_for_half_a_second_to_a_second() -> Outcome {
    let estate = estate()?;
    let parameters = [("GroupName", "a"), ("GroupDescription", "a"), ("VpcId", estate.hub.vpc.as_str())];
    let made = estate.ec2("HUB", "CreateSecurityGroup", &parameters).await;
    let id = made.text("groupId");
    estate.wait(0.4).await;
    assert_eq!(authorize(&estate, id, &rule("10.0.0.0/8")).await.code(), "InvalidGroup.NotFound");
    estate.wait(0.6).await;
    assert_eq!(authorize(&estate, id, &rule("10.0.0.0/8")).await.code(), "200");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rules_are_canonical_and_all_or_nothing() -> Outcome {
    let estate = estate()?;
    let group = estate.group("a").await;
    let made = authorize(&estate, &group, &rule("10.1.2.3/16")).await;
    assert_eq!(made.text("cidrIpv4"), "10.1.0.0/16");
    assert_eq!(authorize(&estate, &group, &rule("10.1.9.9/16")).await.code(), "InvalidPermission.Duplicate");
    let mut two = rule("10.2.0.0/16").to_vec();
    two.push(("IpPermissions.1.IpRanges.2.CidrIp", "10.1.0.0/16"));
    assert_eq!(authorize(&estate, &group, &two).await.code(), "InvalidPermission.Duplicate");
    let rules = [("Filter.1.Name", "group-id"), ("Filter.1.Value.1", group.as_str())];
    let seen = estate.ec2("HUB", "DescribeSecurityGroupRules", &rules).await;
    assert_eq!(seen.all("isEgress").len(), 2, "the default egress rule and ours: {}", seen.body);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn sixty_rules_fit_and_a_prefix_list_counts_with_its_maximum() -> Outcome {
    let estate = estate()?;
    let group = estate.group("a").await;
    let list =
        [("PrefixListName", "p"), ("MaxEntries", "58"), ("AddressFamily", "IPv4"), ("Entry.1.Cidr", "10.0.0.0/8")];
    let list = estate.ec2("HUB", "CreateManagedPrefixList", &list).await.text("prefixListId").to_owned();
    estate.wait(1.0).await;
    let permission = [
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "443"),
        ("IpPermissions.1.ToPort", "443"),
        ("IpPermissions.1.PrefixListIds.1.PrefixListId", list.as_str()),
    ];
    assert_eq!(authorize(&estate, &group, &permission).await.code(), "200");
    assert_eq!(authorize(&estate, &group, &rule("10.1.0.0/16")).await.code(), "200");
    assert_eq!(authorize(&estate, &group, &rule("10.2.0.0/16")).await.code(), "200");
    let full = authorize(&estate, &group, &rule("10.3.0.0/16")).await;
    assert_eq!(full.code(), "RulesPerSecurityGroupLimitExceeded");
    let mut v6 = rule("");
    v6[3] = ("IpPermissions.1.Ipv6Ranges.1.CidrIpv6", "fd00::/8");
    assert_eq!(authorize(&estate, &group, &v6).await.code(), "200", "IPv6 counts apart");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_group_is_held_by_interfaces_and_by_other_groups_rules() -> Outcome {
    let estate = estate()?;
    let (group, other) = (estate.group("a").await, estate.group("b").await);
    let reference = [("IpPermissions.1.IpProtocol", "-1"), ("IpPermissions.1.Groups.1.GroupId", group.as_str())];
    assert_eq!(authorize(&estate, &other, &reference).await.code(), "200");
    let delete = |id: String| {
        let estate = &estate;
        async move { estate.ec2("HUB", "DeleteSecurityGroup", &[("GroupId", &id)]).await.code().to_owned() }
    };
    assert_eq!(delete(group.clone()).await, "DependencyViolation");
    assert_eq!(delete(other).await, "200");
    let balancer = estate.load_balancer("edge", &group).await;
    assert_eq!(delete(group.clone()).await, "DependencyViolation");
    assert_eq!(estate.elb("DeleteLoadBalancer", &[("LoadBalancerArn", &balancer)]).await.code(), "200");
    estate.wait(58.0).await;
    assert_eq!(delete(group.clone()).await, "DependencyViolation", "the interfaces linger");
    estate.wait(3.0).await;
    assert_eq!(delete(group).await, "200");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn unknown_parameters_are_refused_not_ignored() -> Outcome {
    let estate = estate()?;
    let reply = estate.ec2("HUB", "DescribeVpcs", &[("Filtre.1.Name", "x")]).await;
    assert_eq!((reply.status, reply.code()), (400, "UnknownParameter"));
    assert!(!reply.request_id.is_empty() && reply.text("RequestID") == reply.request_id);
    Ok(())
}
