//! What goes wrong, and as which kind the engine sees it.

use serde_json::json;
use xcloud_azure::TransportError;
use xcloud_core::live::{AzureQuery, Query};
use xcloud_core::op::{AzureOp, PrivateDnsRecordOp, WriteGuard};
use xcloud_core::provider::{ErrorKind, ProviderError};

use crate::fake::{Canned, Fake, TOKEN, id, refused};
use crate::writing::{RULE, put_record, put_rule};

async fn put(canned: Canned) -> ProviderError {
    let fake = Fake::new([(&format!("GET {RULE}"), Canned::absent()), (&format!("PUT {RULE}"), canned)]);
    let error = refused(fake.perform(put_rule()).await);
    // A refused token is replaced and the call sent once more: nothing was done.
    let times = if error.kind == ErrorKind::Credentials { 2 } else { 1 };
    assert_eq!(fake.names().len(), 1 + times, "a write is made once, whatever else comes back");
    error
}

#[tokio::test(start_paused = true)]
async fn each_answer_has_its_kind() {
    let cases = [
        (Canned::error(409, "AnotherOperationInProgress"), ErrorKind::Busy),
        (Canned::error(429, "RetryableErrorDueToAnotherOperation"), ErrorKind::Busy),
        (Canned::error(429, "TooManyRequests").with("retry-after", "17"), ErrorKind::Throttled),
        (Canned::error(412, "PreconditionFailed"), ErrorKind::Conflict),
        (Canned::error(400, "SecurityRuleConflict"), ErrorKind::Conflict),
        (Canned::error(400, "InUseNetworkSecurityGroupCannotBeDeleted"), ErrorKind::InUse),
        (Canned::error(401, "ExpiredAuthenticationToken"), ErrorKind::Credentials),
        (Canned::error(403, "AuthorizationFailed"), ErrorKind::Denied),
        (Canned::error(500, "InternalServerError"), ErrorKind::OutcomeUnknown),
        (Canned::raw(502, "<html>bad gateway</html>"), ErrorKind::OutcomeUnknown),
        (Canned::raw(201, "{\"name\": \"r\", \"prop"), ErrorKind::Malformed),
        (Canned::raw(307, "").with("location", "https://elsewhere.example/"), ErrorKind::Other),
        (Canned::Lost(TransportError::Refused("no route".to_owned())), ErrorKind::Unreachable),
        (Canned::Lost(TransportError::Reset("gone".to_owned())), ErrorKind::OutcomeUnknown),
        (Canned::Never, ErrorKind::OutcomeUnknown),
    ];
    for (canned, kind) in cases {
        let shown = format!("{canned:?}");
        let error = put(canned).await;
        assert_eq!(error.kind, kind, "{shown}");
        assert_eq!(error.operation, "PUT securityRules");
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_costs_the_timeout_and_not_more() {
    let before = tokio::time::Instant::now();
    assert_eq!(put(Canned::Never).await.kind, ErrorKind::OutcomeUnknown);
    let waited = before.elapsed().as_secs();
    assert!((30..=31).contains(&waited), "{waited} s");
}

#[tokio::test(start_paused = true)]
async fn an_error_says_code_message_details_and_request_id() {
    let body = json!({"error": {"code": "RetryableError", "message": "A retryable error occurred.", "details": [
        {"code": "ReferencedResourceNotProvisioned", "message": "subnet is Updating"}]}});
    let error = put(Canned::json(429, &body).with("retry-after", "9")).await;
    assert_eq!(error.kind, ErrorKind::Busy);
    assert_eq!(error.code.as_deref(), Some("RetryableError"));
    assert!(error.message.contains("ReferencedResourceNotProvisioned: subnet is Updating"), "{error}");
    assert_eq!(error.request_id.as_deref(), Some("req-1"));
    assert_eq!(error.retry_after_secs, Some(9));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_echoes_the_token_does_not_get_it_into_a_message() {
    let error = put(Canned::error(400, &format!("Bearer {TOKEN}"))).await;
    assert!(!format!("{error} {error:?}").contains(TOKEN), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn reads_are_repeated_as_the_gate_says_and_writes_never() {
    let fake = Fake::new([
        (&format!("GET {RULE}"), Canned::error(503, "ServiceUnavailable")),
        (&format!("GET {RULE}"), Canned::raw(200, "{\"cut\": ")),
        (&format!("GET {RULE}"), Canned::absent()),
        (&format!("PUT {RULE}"), Canned::error(429, "TooManyRequests")),
    ]);
    *fake.repeats.lock().expect("the lock is not poisoned") = 9;
    assert_eq!(refused(fake.perform(put_rule()).await).kind, ErrorKind::Throttled);
    let get = format!("GET {RULE}");
    assert_eq!(fake.names(), [get.clone(), get.clone(), get, format!("PUT {RULE}")]);
    let admitted = fake.admitted.lock().expect("the lock is not poisoned");
    let mutating: Vec<bool> = admitted.iter().map(|call| call.mutating).collect();
    assert_eq!(mutating, [false, false, false, true], "every attempt passes the gate");
    let settled = fake.settled.lock().expect("the lock is not poisoned");
    let kinds: Vec<Option<ErrorKind>> = settled.iter().map(|(_, error)| error.as_ref().map(|e| e.kind)).collect();
    let expected = [Some(ErrorKind::OutcomeUnknown), Some(ErrorKind::Malformed), None, Some(ErrorKind::Throttled)];
    assert_eq!(kinds, expected);
}

#[tokio::test(start_paused = true)]
async fn a_page_on_another_host_is_not_asked() {
    let zone = "privateDnsZones/aws.bank.example";
    let page = json!({"value": [], "nextLink": "https://evil.example/next"});
    let fake = Fake::new([
        (&format!("GET {zone}/A"), Canned::json(200, &page)),
        (&format!("GET {zone}/TXT"), Canned::json(200, &json!({"value": []}))),
    ]);
    let query = Query::Azure(AzureQuery { zones: [id(zone)].into(), ..AzureQuery::default() });
    let error = refused(fake.provider().observe(&query).await);
    assert_eq!(error.kind, ErrorKind::Other);
    assert!(error.message.contains("evil.example"), "{error}");
    assert!(fake.requests().iter().all(|seen| !seen.name.contains("next")), "the token went nowhere else");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_repeats_a_page_ends() {
    let zone = "privateDnsZones/aws.bank.example";
    let next = format!("{}?page=2", crate::fake::status_url(&format!("{zone}/A")));
    let page = Canned::json(200, &json!({"value": [], "nextLink": next}));
    let fake = Fake::new([
        (&format!("GET {zone}/A"), page),
        (&format!("GET {zone}/TXT"), Canned::json(200, &json!({"value": []}))),
    ]);
    let query = Query::Azure(AzureQuery { zones: [id(zone)].into(), ..AzureQuery::default() });
    let error = refused(fake.provider().observe(&query).await);
    assert_eq!(error.kind, ErrorKind::Malformed);
    assert!(error.message.contains("repeats a page"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_404_that_is_not_resource_managers_does_not_mean_absent() {
    let nsg = "networkSecurityGroups/n";
    for (canned, kind) in [
        (Canned::raw(404, "<html>proxy</html>"), ErrorKind::Malformed),
        (Canned::error(404, "SubscriptionNotFound"), ErrorKind::Invalid),
    ] {
        let fake = Fake::new([(&format!("GET {nsg}"), canned)]);
        let query = Query::Azure(AzureQuery { nsgs: [id(nsg)].into(), ..AzureQuery::default() });
        assert_eq!(refused(fake.provider().observe(&query).await).kind, kind);
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_no_single_address_is_refused() {
    let fake = Fake::new([]);
    let AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { zone, record, ttl_secs, metadata, .. }) =
        put_record(WriteGuard::None)
    else {
        return;
    };
    let addresses = crate::writing::known(&["10.0.0.0/24"]);
    let guard = WriteGuard::None;
    let op = PrivateDnsRecordOp::Put { zone, record, ttl_secs, addresses, metadata, guard };
    assert_eq!(refused(fake.perform(op).await).kind, ErrorKind::Invalid);
}
