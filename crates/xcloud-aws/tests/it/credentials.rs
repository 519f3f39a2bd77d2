//! Roles, and what happens without them.

use std::sync::Arc;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use xcloud_aws::AwsClouds;
use xcloud_core::live::{AwsQuery, Query};
use xcloud_core::model::{Place, Selector};
use xcloud_core::provider::{Clouds as _, ErrorKind};

use crate::support::{Canned, Open, Reply, TestResult, identity, place, settings};

const GIVEN: &str = "<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>\
                     <SessionToken>role-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>";

fn query() -> Query {
    Query::Aws(AwsQuery {
        product: "bank".to_owned(),
        vpcs: [Selector::Id("vpc-1".to_owned())].into(),
        groups: true,
        services: true,
        ..AwsQuery::default()
    })
}

fn empty_region() -> Canned {
    Canned::default()
        .ec2("DescribeVpcs", "<vpcSet/>")
        .ec2("DescribeSubnets", "<subnetSet/>")
        .ec2("DescribeSecurityGroups", "<securityGroupInfo/>")
        .ec2("DescribeVpcEndpointServiceConfigurations", "<serviceConfigurationSet/>")
}

#[tokio::test]
async fn a_role_is_assumed_once_through_the_regional_endpoint_and_counted() -> TestResult {
    let cloud = empty_region().query("AssumeRole", GIVEN);
    let gate = Open::default();
    let clouds = AwsClouds::new(settings(cloud.clone()), Arc::new(gate.clone()));
    let adapter = clouds.provider(&place(Some("xcloud-apply")));
    adapter.observe(&query()).await?;
    adapter.observe(&query()).await?;
    let assumed = cloud.seen("AssumeRole");
    assert_eq!(assumed.len(), 1);
    assert_eq!(assumed[0].fields["RoleArn"], "arn:aws:iam::111122223333:role/xcloud-apply");
    assert_eq!(assumed[0].fields["RoleSessionName"], "xcloud");
    assert!(assumed[0].uri.starts_with("https://sts.eu-north-1.amazonaws.com"), "{}", assumed[0].uri);
    assert_eq!(gate.calls().len(), 1 + 2 * 4);
    assert_eq!(gate.calls()[0].operation, "AssumeRole");
    Ok(())
}

#[tokio::test]
async fn reading_uses_the_read_role() -> TestResult {
    let cloud = empty_region().query("AssumeRole", GIVEN);
    let mut reading = settings(cloud.clone());
    reading.read_only = true;
    let Place::Aws { account, region, .. } = place(None) else { return Err("not AWS".into()) };
    let place = Place::Aws { account, region, role: Some("apply".into()), read_role: Some("read".into()) };
    AwsClouds::new(reading, Arc::new(Open::default())).provider(&place).observe(&query()).await?;
    assert_eq!(cloud.seen("AssumeRole")[0].fields["RoleArn"], "arn:aws:iam::111122223333:role/read");
    Ok(())
}

#[tokio::test]
async fn two_estates_in_one_account_work_each_under_its_own_role() -> TestResult {
    let cloud = empty_region().query("AssumeRole", GIVEN);
    let clouds = AwsClouds::new(settings(cloud.clone()), Arc::new(Open::default()));
    clouds.provider(&place(Some("one"))).observe(&query()).await?;
    clouds.provider(&place(Some("other"))).observe(&query()).await?;
    let assumed: Vec<_> = cloud.seen("AssumeRole").iter().map(|call| call.fields["RoleArn"].clone()).collect();
    assert_eq!(assumed, ["arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/other"]);
    Ok(())
}

#[tokio::test]
async fn estates_of_one_pass_share_what_they_all_read_under_the_same_role() -> TestResult {
    let cloud = empty_region().query("AssumeRole", GIVEN);
    let mut shared = settings(cloud.clone());
    shared.share_reads = true;
    let clouds = AwsClouds::new(shared, Arc::new(Open::default()));
    for product in ["bank", "card", "fund"] {
        let Query::Aws(query) = query() else { return Err("not AWS".into()) };
        let query = Query::Aws(AwsQuery { product: product.to_owned(), ..query });
        clouds.provider(&place(Some("one"))).observe(&query).await?;
    }
    clouds.provider(&place(Some("other"))).observe(&query()).await?;
    let counts = ["DescribeVpcs", "DescribeSubnets", "DescribeVpcEndpointServiceConfigurations"];
    assert_eq!(counts.map(|operation| cloud.seen(operation).len()), [2, 2, 2], "once for each role");
    assert_eq!(cloud.seen("DescribeSecurityGroups").len(), 4, "each product's own");
    Ok(())
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_is_one_call_and_its_own_name() {
    let cloud = empty_region().query_error("AssumeRole", 403, "AccessDenied");
    let clouds = AwsClouds::new(settings(cloud.clone()), Arc::new(Open::default()));
    let error = clouds.provider(&place(Some("nobody"))).observe(&query()).await.expect_err("it is denied");
    assert_eq!((error.kind, error.operation.as_str()), (ErrorKind::Denied, "AssumeRole"));
    assert_eq!(cloud.operations(), ["AssumeRole"]);
}

#[tokio::test]
async fn expired_credentials_are_got_anew_with_the_next_look() -> TestResult {
    let expired =
        Canned::default().ec2_error("DescribeSecurityGroups", 400, "RequestExpired").query("AssumeRole", GIVEN);
    let query = Query::Aws(AwsQuery { product: "bank".to_owned(), groups: true, ..AwsQuery::default() });
    let clouds = AwsClouds::new(settings(expired.clone()), Arc::new(Open::default()));
    let adapter = clouds.provider(&place(Some("role")));
    let error = adapter.observe(&query).await.expect_err("the credentials have expired");
    assert_eq!(error.kind, ErrorKind::Credentials);
    adapter.observe(&query).await.expect_err("they are still refused");
    assert_eq!(expired.seen("AssumeRole").len(), 2);
    Ok(())
}

/// A credential source whose failure text holds a secret, as an external process may print one.
#[derive(Debug)]
struct Leaky;

impl ProvideCredentials for Leaky {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::provider_error("stderr: my-SECRET")))
    }
}

#[tokio::test]
async fn missing_credentials_are_told_without_what_their_source_said() {
    let mut leaky = settings(empty_region());
    leaky.base_credentials = Some(SharedCredentialsProvider::new(Leaky));
    let debug = format!("{leaky:?}");
    let clouds = AwsClouds::new(leaky, Arc::new(Open::default()));
    let error = clouds.provider(&place(Some("role"))).observe(&query()).await.expect_err("there are none");
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert!(!format!("{error} {error:?} {debug}").contains("SECRET"), "{error:?}");
}

#[test]
fn settings_do_not_show_credentials() {
    let shown = format!("{:?}", settings(Canned::default()));
    assert!(!shown.contains("own-secret-key"), "{shown}");
}

#[tokio::test]
async fn an_azure_place_is_refused_by_name() {
    let place = Place::Azure { subscription: "s".to_owned(), location: None };
    let clouds = AwsClouds::new(settings(empty_region()), Arc::new(Open::default()));
    let error = clouds.provider(&place).observe(&query()).await.expect_err("it is not AWS");
    assert_eq!(error.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn the_callers_own_credentials_must_be_those_of_the_declared_account() {
    let answer = Reply::Answer(200, identity("999988887777"));
    let cloud = empty_region().reply("GetCallerIdentity", answer);
    let clouds = AwsClouds::new(settings(cloud.clone()), Arc::new(Open::default()));
    let error = clouds.provider(&place(None)).observe(&query()).await.expect_err("another account's credentials");
    assert_eq!((error.kind, error.operation.as_str()), (ErrorKind::Credentials, "GetCallerIdentity"));
    assert!(error.message.contains("999988887777"), "{}", error.message);
    assert!(cloud.seen("DescribeVpcs").is_empty(), "nothing of the other account is read");
}
