//! Long-running operations: one look at a time.

use serde_json::{Value, json};
use xcloud_core::op::{AzureOp, Handle, NetworkSecurityGroupOp, PrivateEndpointOp};
use xcloud_core::provider::{ErrorKind, Operation, Polled, ProviderError};

use crate::fake::{Canned, Fake, id, refused, status_url};
use crate::writing::{RULE, put_rule};

const STATUS: &str = "GET locations/norwayeast/operations/op1";
const RESULT: &str = "GET locations/norwayeast/operationResults/op1";

fn operation(location_style: bool) -> Operation {
    let name = if location_style { "operationResults" } else { "operations" };
    let status_url = Some(status_url(&format!("locations/norwayeast/{name}/op1")));
    Operation { status_url, location_style, retry_after_secs: 1 }
}

/// An operation and the call that has started it.
fn put(location_style: bool) -> (AzureOp, Operation) {
    (put_rule(), operation(location_style))
}

fn delete(location_style: bool) -> (AzureOp, Operation) {
    let (group, name) = (id("networkSecurityGroups/n"), "xc-p-prod-a".to_owned());
    (NetworkSecurityGroupOp::DeleteRule { group, name }.into(), operation(location_style))
}

/// An operation that named no status URL.
fn unnamed((op, operation): (AzureOp, Operation)) -> (AzureOp, Operation) {
    (op, Operation { status_url: None, ..operation })
}

fn status(body: &Value) -> Canned {
    Canned::json(200, body)
}

async fn look<const N: usize>(
    (op, operation): &(AzureOp, Operation),
    answers: [(&str, Canned); N],
) -> Result<Polled, ProviderError> {
    Fake::new(answers).provider().poll(&op.clone().into(), operation).await
}

/// The rule as [`put_rule`] writes it.
fn rule(state: &str) -> Canned {
    rule_with(state, 2000)
}

fn rule_with(state: &str, priority: u16) -> Canned {
    Canned::json(
        200,
        &json!({"name": "xc-p-prod-a", "etag": "W/\"2\"", "properties": {"provisioningState": state,
            "description": "xcloud:p prod/azure/x/a me", "protocol": "TCP", "sourcePortRange": "*",
            "destinationPortRange": "443", "sourceAddressPrefix": "10.0.0.1",
            "destinationAddressPrefixes": ["10.1.0.0/16", "10.2.0.0/16"],
            "access": "Allow", "priority": priority, "direction": "Inbound"}}),
    )
}

#[tokio::test(start_paused = true)]
async fn a_running_operation_says_when_to_look_again() {
    let running = status(&json!({"status": "InProgress"}));
    assert_eq!(look(&put(false), [(STATUS, running.clone())]).await, Ok(Polled::Wait(10)));
    assert_eq!(look(&put(false), [(STATUS, running.clone().with("retry-after", "4"))]).await, Ok(Polled::Wait(4)));
    assert_eq!(look(&put(false), [(STATUS, running.with("retry-after", "900"))]).await, Ok(Polled::Wait(60)));
    let accepted = Canned::raw(202, "").with("retry-after", "5");
    assert_eq!(look(&put(true), [(RESULT, accepted)]).await, Ok(Polled::Wait(5)));
}

#[tokio::test(start_paused = true)]
async fn a_status_url_that_fails_says_nothing_about_the_operation() {
    for canned in [
        Canned::error(404, "NotFound"),
        Canned::error(429, "TooManyRequests"),
        Canned::raw(503, ""),
        Canned::error(500, "InternalServerError"),
    ] {
        let shown = format!("{canned:?}");
        assert_eq!(look(&put(false), [(STATUS, canned.clone())]).await, Ok(Polled::Wait(10)), "{shown}");
        assert_eq!(look(&put(true), [(RESULT, canned.clone())]).await, Ok(Polled::Wait(10)), "{shown}");
        assert_eq!(look(&delete(false), [(STATUS, canned)]).await, Ok(Polled::Wait(10)), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn success_is_followed_by_a_look_at_the_resource() {
    let get = format!("GET {RULE}");
    for (operation, url, done) in
        [(put(false), STATUS, status(&json!({"status": "Succeeded"}))), (put(true), RESULT, Canned::raw(200, ""))]
    {
        let polled = look(&operation, [(url, done.clone()), (&get, rule("Succeeded"))]).await;
        let Ok(Polled::Done(facts)) = polled else { panic!("{polled:?}") };
        assert_eq!((facts["etag"].as_str(), facts[""].as_str()), ("W/\"2\"", id(RULE).0.as_str()));
        assert_eq!(
            look(&operation, [(url, done.clone()), (&get, rule("Updating"))]).await,
            Ok(Polled::Wait(10)),
            "the operation can end before the resource does"
        );
        assert_eq!(look(&operation, [(url, done.clone()), (&get, Canned::absent())]).await, Ok(Polled::Wait(10)));
        let polled = look(&operation, [(url, done), (&get, rule("Failed"))]).await;
        assert!(matches!(&polled, Ok(Polled::Failed(error)) if error.message.contains("Failed")), "{polled:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_does_not_hold_what_was_written_is_told() {
    let done = status(&json!({"status": "Succeeded"}));
    let polled = look(&put(false), [(STATUS, done), (&format!("GET {RULE}"), rule_with("Succeeded", 2001))]).await;
    let Ok(Polled::Unseen(error)) = polled else { panic!("{polled:?}") };
    assert_eq!((error.kind, error.operation.as_str()), (ErrorKind::NotKept, "PUT securityRules"));
}

/// Azure/azure-cli, network recordings, `test_network_private_endpoints.yaml`: 200, `Updating`, `Azure-AsyncOperation`.
#[tokio::test(start_paused = true)]
async fn an_approval_is_done_when_its_service_shows_it() {
    let endpoint = id("privateEndpoints/pe");
    let op: AzureOp = PrivateEndpointOp::SetConnection {
        service: Handle::Known(id("privateLinkServices/svc").0),
        endpoint: endpoint.clone(),
        approve: true,
    }
    .into();
    let service = |status: &str, state: &str| {
        let connection = json!({"name": "pe.1", "properties": {"privateEndpoint": {"id": endpoint.0},
            "provisioningState": state, "privateLinkServiceConnectionState": {"status": status}}});
        let properties = json!({"privateEndpointConnections": [connection]});
        Canned::json(200, &json!({"id": id("privateLinkServices/svc").0, "properties": properties}))
    };
    let succeeded = || status(&json!({"status": "Succeeded"}));
    let (get, approval) = ("GET privateLinkServices/svc", (op, operation(false)));
    let polled = look(&approval, [(STATUS, status(&json!({"status": "InProgress"})))]).await;
    assert_eq!(polled, Ok(Polled::Wait(10)));
    let polled = look(&approval, [(STATUS, succeeded()), (get, service("Pending", "Updating"))]).await;
    assert_eq!(polled, Ok(Polled::Wait(10)));
    let polled = look(&approval, [(STATUS, succeeded()), (get, service("Pending", "Succeeded"))]).await;
    assert!(matches!(&polled, Ok(Polled::Unseen(error)) if error.message.contains("is Pending")), "{polled:?}");
    let polled = look(&approval, [(STATUS, succeeded()), (get, service("Approved", "Succeeded"))]).await;
    let Ok(Polled::Done(facts)) = polled else { panic!("{polled:?}") };
    assert!(facts[""].ends_with("/privateLinkServices/svc/privateEndpointConnections/pe.1"), "{facts:?}");
}

#[tokio::test(start_paused = true)]
async fn without_a_status_url_the_resource_itself_is_watched() {
    let get = format!("GET {RULE}");
    let operation = unnamed(put(false));
    assert_eq!(look(&operation, [(&get, rule("Updating"))]).await, Ok(Polled::Wait(10)));
    assert!(matches!(look(&operation, [(&get, rule("Succeeded"))]).await, Ok(Polled::Done(_))));
    let deletion = unnamed(delete(false));
    assert!(matches!(look(&deletion, [(&get, Canned::absent())]).await, Ok(Polled::Done(_))));
    assert_eq!(look(&deletion, [(&get, rule("Deleting"))]).await, Ok(Polled::Wait(10)));
    assert!(matches!(look(&deletion, [(&get, rule("Succeeded"))]).await, Ok(Polled::Failed(_))), "it is still there");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_done_when_its_result_is() {
    for canned in [Canned::raw(204, ""), Canned::raw(200, ""), Canned::error(404, "NotFound")] {
        let polled = look(&delete(true), [(RESULT, canned)]).await;
        assert!(matches!(polled, Ok(Polled::Done(_))), "{polled:?}");
    }
    let polled = look(&delete(false), [(STATUS, status(&json!({"status": "Succeeded"})))]).await;
    assert!(matches!(polled, Ok(Polled::Done(_))), "{polled:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_operation_keeps_code_message_and_details() {
    let failed = |status: &str, code: &str, detail: &str| {
        Canned::json(
            200,
            &json!({"status": status, "error": {"code": code, "message": "it went wrong",
            "details": [{"code": detail, "message": "because"}]}}),
        )
    };
    let cases = [
        ("Failed", "RetryableError", "", ErrorKind::Busy),
        ("Canceled", "Canceled", "CanceledAndSupersededDueToAnotherOperation", ErrorKind::Conflict),
        ("Failed", "StorageAccountOperationInProgress", "", ErrorKind::Busy),
        ("Failed", "InUseSubnetCannotBeDeleted", "", ErrorKind::InUse),
        ("Failed", "PrivateLinkServiceBroken", "", ErrorKind::Invalid),
        ("Failed", "InternalServerError", "", ErrorKind::Faltered),
        ("Failed", "FirewallPolicyUpdateFailed", "", ErrorKind::Faltered),
        ("Failed", "ScopeLocked", "", ErrorKind::Locked),
    ];
    for (state, code, detail, kind) in cases {
        let polled = look(&put(false), [(STATUS, failed(state, code, detail))]).await;
        let Ok(Polled::Failed(error)) = polled else { panic!("{polled:?}") };
        assert_eq!((error.kind, error.code.as_deref()), (kind, Some(code)));
        assert!(error.message.contains("it went wrong") && error.message.contains("because"), "{error}");
        assert_eq!(error.operation, "PUT securityRules", "the failure is the write's");
        assert_eq!(error.request_id.as_deref(), Some("req-1"));
    }
    let polled = look(&put(false), [(STATUS, status(&json!({"status": "Failed"})))]).await;
    assert!(matches!(&polled, Ok(Polled::Failed(error)) if error.message.contains("does not say why")), "{polled:?}");
    let polled = look(&put(true), [(RESULT, Canned::error(409, "AnotherOperationInProgress"))]).await;
    assert!(matches!(&polled, Ok(Polled::Failed(error)) if error.kind == ErrorKind::Busy), "{polled:?}");
}

#[tokio::test(start_paused = true)]
async fn a_status_that_cannot_be_read_is_an_error_of_the_look() {
    assert_eq!(refused(look(&put(false), [(STATUS, Canned::raw(200, "{\"stat"))]).await).kind, ErrorKind::Malformed);
    assert_eq!(refused(look(&put(false), [(STATUS, status(&json!({})))]).await).kind, ErrorKind::Malformed);
    assert_eq!(refused(look(&put(false), [(STATUS, Canned::error(403, "Denied"))]).await).kind, ErrorKind::Denied);
}

#[tokio::test(start_paused = true)]
async fn a_status_url_of_another_host_is_neither_kept_nor_asked() {
    let fake = Fake::new([
        (&format!("GET {RULE}"), Canned::absent()),
        (
            &format!("PUT {RULE}"),
            Canned::json(201, &json!({"properties": {"provisioningState": "Updating"}}))
                .with("azure-asyncoperation", "https://evil.example/operations/1"),
        ),
    ]);
    let performed = fake.perform(put_rule()).await.expect("the write is accepted");
    let pending = performed.pending.expect("it goes on");
    assert_eq!(pending.status_url, None, "the resource itself is watched instead");
    let status_url = Some("https://evil.example/operations/1".to_owned());
    let stored = Operation { status_url, ..operation(false) };
    let fake = Fake::new([]);
    assert_eq!(refused(fake.provider().poll(&put_rule().into(), &stored).await).kind, ErrorKind::Other);
    assert_eq!(fake.names(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_headers_of_a_write_say_what_to_poll() {
    let put = format!("PUT {RULE}");
    let updating = || Canned::json(201, &json!({"properties": {"provisioningState": "Updating"}}));
    let written = json!({"description": "xcloud:p prod/azure/x/a me", "protocol": "Tcp", "sourcePortRange": "*",
        "destinationPortRange": "443", "sourceAddressPrefix": "10.0.0.1/32", "access": "Allow", "priority": 2000,
        "destinationAddressPrefixes": ["10.1.0.0/16", "10.2.0.0/16"], "direction": "Inbound",
        "provisioningState": "Succeeded"});
    let succeeded = || Canned::json(200, &json!({"etag": "e", "name": "xc-p-prod-a", "properties": written}));
    let (status, result) =
        (status_url("locations/norwayeast/operations/op1"), status_url("locations/norwayeast/operationResults/op1"));
    let cases = [
        (updating().with("azure-asyncoperation", &status).with("location", &result), Some((&status, false))),
        (updating().with("location", &result), Some((&result, true))),
        (Canned::raw(202, "").with("location", &result), Some((&result, true))),
        (succeeded().with("azure-asyncoperation", &status), Some((&status, false))),
        (succeeded().with("location", &result), None),
    ];
    for (canned, expected) in cases {
        let shown = format!("{canned:?}");
        let fake = Fake::new([(&format!("GET {RULE}"), Canned::absent()), (&put, canned)]);
        let performed = fake.perform(put_rule()).await.expect("the write is accepted");
        let polled = performed.pending.map(|pending| (pending.status_url, pending.location_style));
        assert_eq!(polled, expected.map(|(url, style)| (Some(url.clone()), style)), "{shown}");
    }
    let other = Canned::json(200, &json!({"name": "xc-p-prod-a", "properties": {"priority": 2001}}));
    let fake = Fake::new([(&format!("GET {RULE}"), Canned::absent()), (&put, other)]);
    let pending = fake.perform(put_rule()).await.expect("the write ends at once").pending;
    assert_eq!(pending.map(|pending| pending.status_url), Some(None), "what it does not hold is looked for");
    let failed = Canned::json(200, &json!({"properties": {"provisioningState": "Failed"}}));
    let fake = Fake::new([(&format!("GET {RULE}"), Canned::absent()), (&put, failed)]);
    assert_eq!(refused(fake.perform(put_rule()).await).kind, ErrorKind::Other);
}
