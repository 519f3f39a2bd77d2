//! The state as a value: stored and loaded, equal for equal calls, apart for accounts; keys and faults.

use xcloud_sim::{Cloud, Fault, FaultKind, Lost, World};

use crate::client::{Estate, HUB, Network, PRODUCT, REGION, estate};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::test(start_paused = true)]
async fn a_stored_world_goes_on_where_it_stopped() -> Outcome {
    let first = estate()?;
    let group = first.group("edge").await;
    let balancer = first.load_balancer("edge", &group).await;
    let (_, name) = first.service(&balancer, "false").await;
    let id = first.endpoint(&name, &[]).await.text("vpcEndpointId").to_owned();
    first.wait(40.0).await;
    let stored = serde_json::to_string(&first.cloud.world())?;
    let loaded: World = serde_json::from_str(&stored)?;
    assert_eq!(serde_json::to_string(&loaded)?, stored);
    let again = Estate { cloud: Cloud::start(loaded, 1.0), hub: first.hub, product: first.product };
    assert_eq!(again.endpoint_state(&id).await, "pending");
    again.wait(6.0).await;
    assert_eq!(again.endpoint_state(&id).await, "available");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_same_calls_give_the_same_world() -> Outcome {
    let mut worlds = Vec::new();
    for _ in 0..2 {
        let estate = estate()?;
        let group = estate.group("edge").await;
        let balancer = estate.load_balancer("edge", &group).await;
        let (_, name) = estate.service(&balancer, "true").await;
        assert_eq!(estate.endpoint(&name, &[]).await.code(), "200");
        worlds.push(serde_json::to_string(&estate.cloud.world())?);
    }
    assert_eq!(worlds[0], worlds[1]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_role_reaches_its_account_until_the_credentials_expire() -> Outcome {
    let estate = estate()?;
    let role = format!("arn:aws:iam::{PRODUCT}:role/deploy");
    let assume = [("RoleArn", role.as_str()), ("RoleSessionName", "test"), ("DurationSeconds", "900")];
    let made = estate.call("HUB", "sts", "AssumeRole", &assume).await.expect("an answer");
    let key = made.text("AccessKeyId").to_owned();
    let seen = estate.ec2(&key, "DescribeVpcs", &[]).await;
    assert_eq!(seen.text("vpcId"), estate.product.vpc);
    estate.wait(901.0).await;
    assert_eq!(estate.ec2(&key, "DescribeVpcs", &[]).await.code(), "RequestExpired");
    let late = estate.call(&key, "sts", "GetCallerIdentity", &[]).await.expect("an answer");
    assert_eq!((late.status, late.code()), (403, "ExpiredToken"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_console_changes_what_requests_see() -> Outcome {
    let estate = estate()?;
    let before = estate.cloud.world().aws.objects();
    let group = [("GroupName", "stranger"), ("GroupDescription", "x"), ("VpcId", estate.hub.vpc.as_str())];
    estate.cloud.change(|world, now| world.aws.perform(now, (HUB, REGION), "ec2", "CreateSecurityGroup", &group))?;
    estate.wait(1.0).await;
    let filter = [("Filter.1.Name", "group-name"), ("Filter.1.Value.1", "stranger")];
    let seen = estate.ec2("HUB", "DescribeSecurityGroups", &filter).await;
    let id = seen.text("groupId");
    let refused = estate.cloud.change(|world, now| {
        world.aws.perform(now, (PRODUCT, REGION), "ec2", "DeleteSecurityGroup", &[("GroupId", id)])
    });
    assert_eq!(refused.map_err(|error| error.to_string().starts_with("InvalidGroup.NotFound")), Err(true));
    assert_eq!(estate.ec2("HUB", "DeleteSecurityGroup", &[("GroupId", id)]).await.code(), "200");
    assert_eq!(estate.cloud.world().aws.objects(), before);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn faults_meet_their_operation_and_say_so_in_the_services_format() -> Outcome {
    let estate = estate()?;
    let fault =
        |operation: &str, kind| Fault { operation: Some(operation.to_owned()), region: None, skip: 0, times: 1, kind };
    let (code, message) = ("UnauthorizedOperation".to_owned(), "no".to_owned());
    estate.cloud.set_faults(vec![
        fault("DescribeVpcs", FaultKind::Error { status: 403, code, message }),
        fault("CreateSecurityGroup", FaultKind::SilentAfter),
    ]);
    let denied = estate.ec2("HUB", "DescribeVpcs", &[]).await;
    assert_eq!((denied.status, denied.code(), denied.request_id.is_empty()), (403, "UnauthorizedOperation", false));
    assert_eq!(estate.ec2("HUB", "DescribeVpcs", &[]).await.status, 200);
    let group = [("GroupName", "a"), ("GroupDescription", "a"), ("VpcId", estate.hub.vpc.as_str())];
    assert_eq!(estate.call("HUB", "ec2", "CreateSecurityGroup", &group).await, Err(Lost::Silent));
    let again = estate.ec2("HUB", "CreateSecurityGroup", &group).await;
    assert_eq!(again.code(), "InvalidGroup.Duplicate", "the lost call had its effect");
    let calls = estate.cloud.calls();
    let seen: Vec<_> = calls.iter().map(|call| (call.operation.as_str(), call.status, call.mutated)).collect();
    assert_eq!(
        seen,
        [
            ("DescribeVpcs", Some(403), false),
            ("DescribeVpcs", Some(200), false),
            ("CreateSecurityGroup", None, true),
            ("CreateSecurityGroup", Some(400), false),
        ]
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn accounts_and_regions_do_not_see_each_other() -> Outcome {
    let estate = estate()?;
    let Network { vpc, .. } = &estate.hub;
    let foreign = estate.ec2("PRODUCT", "DescribeVpcs", &[("VpcId.1", vpc)]).await;
    assert_eq!(foreign.code(), "InvalidVpcID.NotFound");
    assert_eq!(estate.ec2("NOBODY", "DescribeVpcs", &[]).await.all("vpcId").len(), 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_has_its_effect_at_once() -> Outcome {
    let estate = estate()?;
    let slow = Fault {
        operation: Some("CreateSecurityGroup".to_owned()),
        region: None,
        skip: 0,
        times: 1,
        kind: FaultKind::Slow(60.0),
    };
    estate.cloud.set_faults(vec![slow]);
    let group = [("GroupName", "a"), ("GroupDescription", "a"), ("VpcId", estate.hub.vpc.as_str())];
    let impatient =
        tokio::time::timeout(std::time::Duration::from_secs(5), estate.ec2("HUB", "CreateSecurityGroup", &group));
    assert!(impatient.await.is_err());
    assert_eq!(estate.ec2("HUB", "CreateSecurityGroup", &group).await.code(), "InvalidGroup.Duplicate");
    assert_eq!(estate.cloud.calls().iter().filter(|call| call.mutated).count(), 1);
    Ok(())
}
