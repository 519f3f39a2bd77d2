//! Answers that are wrong, odd or missing.

use std::sync::Arc;

use xcloud_core::live::{Answer, AwsQuery, Query};
use xcloud_core::model::Selector;
use xcloud_core::provider::{Clouds as _, ErrorKind, ProviderError};

use crate::support::{Canned, Open, Reply, TestResult, adapter, place, settings};

fn vpcs() -> Query {
    Query::Aws(AwsQuery {
        product: "bank".to_owned(),
        vpcs: [Selector::Id("vpc-1".to_owned())].into(),
        ..AwsQuery::default()
    })
}

async fn error_of(cloud: Canned) -> ProviderError {
    let cloud = cloud.ec2("DescribeSubnets", "<subnetSet/>");
    adapter(&cloud).observe(&vpcs()).await.expect_err("this answer must be an error")
}

const VPCS: &str = "<vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.1.0.0/16</cidrBlock></item>\
                    <item><vpcId>vpc-2</vpcId><cidrBlock>10.2.0.0/16</cidrBlock></item></vpcSet>";

#[tokio::test]
async fn every_cut_of_an_answer_is_an_error_and_never_a_shorter_list() -> TestResult {
    let whole = format!("<DescribeVpcsResponse><requestId>r</requestId>{VPCS}</DescribeVpcsResponse>");
    for cut in (0..whole.len()).step_by(7) {
        let cloud = Canned::default().reply("DescribeVpcs", Reply::Answer(200, whole[..cut].to_owned()));
        let error = error_of(cloud).await;
        assert_eq!(error.kind, ErrorKind::Malformed, "cut at {cut}: {error}");
        assert_eq!(error.operation, "DescribeVpcs");
        assert_eq!(error.request_id.as_deref(), Some("request-1"), "cut at {cut}");
    }
    let cloud = Canned::default().reply("DescribeVpcs", Reply::Answer(200, whole)).ec2("DescribeSubnets", "");
    let Answer::Aws(live) = adapter(&cloud).observe(&vpcs()).await? else { return Err("not AWS".into()) };
    assert_eq!(live.vpcs.len(), 1, "the whole answer is read, and only the selected VPC is kept");
    Ok(())
}

#[tokio::test]
async fn an_html_error_page_is_told_by_operation_and_status_and_not_repeated() {
    let page = "<!doctype html><html><p>traceback with SECRET</p></html>".to_owned();
    let error = error_of(Canned::default().reply("DescribeVpcs", Reply::Answer(500, page))).await;
    assert_eq!(error.kind, ErrorKind::OutcomeUnknown);
    let text = error.to_string();
    assert!(text.contains("DescribeVpcs in aws/111122223333/eu-north-1: HTTP 500"), "{text}");
    assert!(!text.contains("SECRET") && !text.contains("html"), "{text}");
}

#[tokio::test]
async fn a_page_token_that_comes_twice_ends_the_reading() {
    let page = format!("{VPCS}<nextToken>again</nextToken>");
    let cloud = Canned::default().ec2("DescribeVpcs", &page);
    let error = error_of(cloud.clone()).await;
    assert_eq!(error.kind, ErrorKind::Malformed);
    assert!(error.message.contains("token came twice"), "{error}");
    assert_eq!(cloud.seen("DescribeVpcs").len(), 2);
}

#[tokio::test]
async fn codes_and_request_ids_are_told() {
    let error = error_of(Canned::default().ec2_error("DescribeVpcs", 403, "UnauthorizedOperation")).await;
    assert_eq!(error.kind, ErrorKind::Denied);
    assert_eq!(error.code.as_deref(), Some("UnauthorizedOperation"));
    assert_eq!(error.request_id.as_deref(), Some("request-1"));
    let error = error_of(Canned::default().ec2_error("DescribeVpcs", 503, "RequestLimitExceeded")).await;
    assert_eq!(error.kind, ErrorKind::Throttled);
}

#[tokio::test]
async fn a_refused_connection_had_no_effect_and_a_broken_one_may_have() {
    assert_eq!(error_of(Canned::default().reply("DescribeVpcs", Reply::Refused)).await.kind, ErrorKind::Unreachable);
    assert_eq!(error_of(Canned::default().reply("DescribeVpcs", Reply::Reset)).await.kind, ErrorKind::OutcomeUnknown);
}

#[tokio::test(start_paused = true)]
async fn a_silent_cloud_costs_one_attempt_and_no_more() {
    let start = tokio::time::Instant::now();
    let error = error_of(Canned::default().reply("DescribeVpcs", Reply::Silence)).await;
    assert_eq!(error.kind, ErrorKind::OutcomeUnknown);
    assert_eq!(start.elapsed().as_secs(), 20, "the attempt timeout, once: the SDK repeats nothing");
}

#[tokio::test]
async fn nobody_listening_on_a_real_socket_is_unreachable() -> TestResult {
    let socket = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", socket.local_addr()?);
    drop(socket);
    let mut real = settings(Canned::default());
    real.http_client = None;
    real.endpoints = xcloud_aws::Endpoints::from_variables([("XCLOUD_AWS_ENDPOINT_EU_NORTH_1", url.as_str())])?;
    let clouds = xcloud_aws::AwsClouds::new(real, Arc::new(Open::default()));
    let error = clouds.provider(&place(None)).observe(&vpcs()).await.expect_err("nobody listens");
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    Ok(())
}
