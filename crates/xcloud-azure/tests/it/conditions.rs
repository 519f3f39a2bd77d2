//! Conditions: one look each.

use serde_json::json;
use xcloud_core::live::{AwsQuery, Query};
use xcloud_core::op::{AwsOp, Handle, Op, SecurityGroupOp};
use xcloud_core::plan::Condition;
use xcloud_core::provider::{ErrorKind, Progress};

use crate::fake::{Canned, Fake, id, refused};

async fn check(condition: Condition, path: &str, canned: Canned) -> Progress {
    let fake = Fake::new([(&format!("GET {path}"), canned)]);
    fake.provider().check(&condition).await.expect("the look is answered")
}

fn in_state(state: &str) -> Canned {
    Canned::json(200, &json!({"etag": "e", "properties": {"provisioningState": state, "alias": "a.b"}}))
}

#[tokio::test(start_paused = true)]
async fn succeeded_and_gone_are_read_from_the_object() {
    let path = "privateLinkServices/s";
    let succeeded = || Condition::ArmSucceeded { id: id(path) };
    let Progress::Done(facts) = check(succeeded(), path, in_state("Succeeded")).await else { panic!("it succeeded") };
    assert_eq!((facts.facts["etag"].as_str(), facts.facts["alias"].as_str()), ("e", "a.b"));
    assert_eq!(check(succeeded(), path, in_state("Updating")).await, Progress::NotYet("Updating".to_owned()));
    assert_eq!(check(succeeded(), path, Canned::absent()).await, Progress::NotYet("not found".to_owned()));
    assert!(matches!(check(succeeded(), path, in_state("Failed")).await, Progress::Never(_)));

    let gone = || Condition::ArmGone { id: id(path) };
    assert!(matches!(check(gone(), path, Canned::absent()).await, Progress::Done(_)));
    assert_eq!(check(gone(), path, in_state("Deleting")).await, Progress::NotYet("still there, Deleting".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_listed_or_never_will_be() {
    let service = |status: &str| {
        Canned::json(
            200,
            &json!({"id": "/s", "properties": {"privateEndpointConnections": [
            {"name": "c", "properties": {"privateEndpoint": {"id": id("privateEndpoints/e").0.to_uppercase()},
             "privateLinkServiceConnectionState": {"status": status}}}]}}),
        )
    };
    let path = "privateLinkServices/s";
    let listed = |endpoint: &str| Condition::LinkConnectionListed {
        service: Handle::Known(id(path).0),
        endpoint: id(&format!("privateEndpoints/{endpoint}")),
    };
    for status in ["Pending", "Approved"] {
        let Progress::Done(facts) = check(listed("e"), path, service(status)).await else { panic!("it is listed") };
        assert_eq!(facts.facts["connection"], "c");
    }
    assert_eq!(check(listed("other"), path, service("Pending")).await, Progress::NotYet("not listed".to_owned()));
    let never = check(listed("e"), path, service("Rejected")).await;
    assert!(matches!(&never, Progress::Never(error) if error.kind == ErrorKind::Conflict), "{never:?}");
}

#[tokio::test(start_paused = true)]
async fn an_approval_is_read_from_the_endpoint() {
    let endpoint = |status: &str| {
        Canned::json(
            200,
            &json!({"id": "/e", "properties": {"manualPrivateLinkServiceConnections": [
            {"properties": {"privateLinkServiceConnectionState": {"status": status}}}]}}),
        )
    };
    let path = "privateEndpoints/e";
    let approved = || Condition::LinkConnectionApproved { endpoint: id(path) };
    assert!(matches!(check(approved(), path, endpoint("Approved")).await, Progress::Done(_)));
    assert_eq!(check(approved(), path, endpoint("Pending")).await, Progress::NotYet("Pending".to_owned()));
    assert!(matches!(check(approved(), path, endpoint("Rejected")).await, Progress::Never(_)));
    assert!(matches!(check(approved(), path, endpoint("Disconnected")).await, Progress::Never(_)));
    assert_eq!(check(approved(), path, Canned::absent()).await, Progress::NotYet("not found".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_condition_of_aws_is_a_mistake() {
    let condition = Condition::EndpointGone { endpoint: Handle::Known("vpce-1".to_owned()) };
    let fake = Fake::new([]);
    assert_eq!(refused(fake.provider().check(&condition).await).kind, ErrorKind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_of_azure_is_refused_without_a_call() {
    let fake = Fake::new([]);
    let query = Query::Aws(AwsQuery::default());
    assert_eq!(refused(fake.provider().observe(&query).await).kind, ErrorKind::Invalid);
    let op = Op::Aws(AwsOp::SecurityGroup(SecurityGroupOp::Delete { group: Handle::Known("sg-1".to_owned()) }));
    assert_eq!(refused(fake.provider().perform(&op, "t").await).kind, ErrorKind::Invalid);
    assert_eq!(refused(fake.provider().find(&op, "t").await).kind, ErrorKind::Invalid);
    assert_eq!(fake.names(), Vec::<String>::new());
}
