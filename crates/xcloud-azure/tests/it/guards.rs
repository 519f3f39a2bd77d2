//! What must hold before a write, and what is refused without one.

use serde_json::{Value, json};
use xcloud_core::op::{AzureOp, Handle, NetworkSecurityGroupOp, PrivateLinkServiceOp, WriteGuard};
use xcloud_core::provider::ErrorKind;

use crate::fake::{Canned, Fake, id, refused};
use crate::writing::{
    GROUP, RULE, delete_endpoint, delete_group, delete_service, marked, put_endpoint, put_group, put_record, put_rule,
    put_service,
};

fn live(etag: &str, state: &str) -> Canned {
    Canned::json(
        200,
        &json!({"id": "/x", "name": "x", "etag": etag,
        "properties": {"provisioningState": state, "priority": 300, "ruleCollections": []}}),
    )
}

fn unchanged<C>() -> WriteGuard<C> {
    WriteGuard::Unchanged("W/\"1\"".to_owned())
}

/// The guard of an object that was seen at an `ETag`, or of one that was not.
fn seen<C>(by_etag: bool) -> WriteGuard<C> {
    if by_etag { unchanged() } else { WriteGuard::None }
}

fn ok() -> Canned {
    Canned::json(200, &json!({"etag": "new", "properties": {"provisioningState": "Succeeded"}}))
}

#[tokio::test(start_paused = true)]
async fn what_must_be_absent_is_not_overwritten() {
    let kinds = [
        (GROUP, put_group(WriteGuard::Absent)),
        ("privateLinkServices/xc-p-s", put_service(WriteGuard::Absent)),
        ("privateEndpoints/xc-p-e", put_endpoint(true, WriteGuard::Absent)),
        ("privateDnsZones/aws.bank.example/A/pay.prod", put_record(WriteGuard::Absent)),
    ];
    for (path, op) in kinds {
        let fake = Fake::new([(&format!("GET {path}"), live("e", "Succeeded"))]);
        assert_eq!(refused(fake.perform(op).await).kind, ErrorKind::Conflict, "{path}");
        assert_eq!(fake.names(), [format!("GET {path}")], "nothing is written");
    }
}

#[tokio::test(start_paused = true)]
async fn what_must_be_unchanged_is_compared_and_sent_as_if_match() {
    let kinds = [
        (GROUP, put_group(unchanged())),
        ("privateLinkServices/xc-p-s", put_service(unchanged())),
        ("privateEndpoints/xc-p-e", put_endpoint(true, WriteGuard::After(Handle::Known("W/\"1\"".to_owned())))),
    ];
    for (path, op) in kinds {
        let (get, put) = (format!("GET {path}"), format!("PUT {path}"));
        let fake = Fake::new([(&get, live("W/\"1\"", "Succeeded")), (&put, ok())]);
        assert!(fake.perform(op.clone()).await.is_ok(), "{path}");
        assert_eq!(fake.request(&put).header("if-match"), Some("W/\"1\""), "{path}");

        let fake = Fake::new([(&get, live("W/\"2\"", "Succeeded")), (&put, ok())]);
        assert_eq!(refused(fake.perform(op.clone()).await).kind, ErrorKind::Conflict, "{path}");
        assert_eq!(fake.names().len(), 1, "nothing is written over another's change");

        let fake = Fake::new([(&get, Canned::absent()), (&put, ok())]);
        assert_eq!(refused(fake.perform(op).await).kind, ErrorKind::Conflict, "{path} is gone");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_set_is_guarded_by_azure_itself() {
    let put = "PUT privateDnsZones/aws.bank.example/A/pay.prod";
    let fake = Fake::new([(put, Canned::error(412, "PreconditionFailed"))]);
    let error = refused(fake.perform(put_record(WriteGuard::Unchanged("e1".to_owned()))).await);
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(fake.request(put).header("if-match"), Some("e1"));
    assert_eq!(fake.names().len(), 1, "no look before: If-Match is documented for record sets");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_over_a_running_operation() {
    for (path, op) in [
        (GROUP, put_group(WriteGuard::None)),
        ("privateLinkServices/xc-p-s", put_service(WriteGuard::None)),
        ("privateEndpoints/xc-p-e", put_endpoint(true, WriteGuard::Unchanged("e".to_owned()))),
    ] {
        let fake = Fake::new([(&format!("GET {path}"), live("e", "Updating"))]);
        assert_eq!(refused(fake.perform(op).await).kind, ErrorKind::Busy, "{path}");
        assert_eq!(fake.names().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unbound_guard_is_a_mistake() {
    let made = WriteGuard::After(Handle::Made(xcloud_core::op::Object("s001.etag".to_owned())));
    let fake = Fake::new([(&format!("GET {GROUP}"), live("e", "Succeeded"))]);
    assert_eq!(refused(fake.perform(put_group(made)).await).kind, ErrorKind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_a_link_service_keeps_what_it_does_not_know() {
    let live = json!({"id": "/x", "etag": "e", "location": "norwayeast", "tags": {"cost": "42"}, "properties": {
        "provisioningState": "Succeeded", "enableProxyProtocol": true, "newerThanTheModel": {"a": []},
        "privateEndpointConnections": [], "alias": "a.b"}});
    let fake = Fake::new([
        ("GET privateLinkServices/xc-p-s", Canned::json(200, &live)),
        ("PUT privateLinkServices/xc-p-s", ok()),
    ]);
    assert!(fake.perform(put_service(WriteGuard::Unchanged("e".to_owned()))).await.is_ok());
    let body = fake.request("PUT privateLinkServices/xc-p-s").body;
    assert_eq!(body["tags"], json!({"xcloud:product": "p"}), "the operation names all tags");
    assert_eq!(body["properties"]["newerThanTheModel"], json!({"a": []}));
    assert_eq!(body["properties"]["enableProxyProtocol"], json!(true));
    assert_eq!(
        body["properties"]["loadBalancerFrontendIpConfigurations"][0]["id"],
        Value::from(id("loadBalancers/lb/frontendIPConfigurations/fe").0)
    );
    for read_only in ["alias", "provisioningState", "privateEndpointConnections"] {
        assert_eq!(body["properties"].get(read_only), None, "{read_only}");
    }
    assert_eq!(body.get("etag"), None);
}

#[tokio::test(start_paused = true)]
async fn a_rule_without_our_mark_is_neither_overwritten_nor_deleted() {
    let (get, put, delete) = (format!("GET {RULE}"), format!("PUT {RULE}"), format!("DELETE {RULE}"));
    let rule = |description: &str| {
        Canned::json(200, &json!({"name": "r", "etag": "e", "properties": {"description": description}}))
    };
    let deletion =
        || NetworkSecurityGroupOp::DeleteRule { group: id("networkSecurityGroups/n"), name: "xc-p-prod-a".to_owned() };
    for stranger in ["", "made by hand", "xcloud:other prod/azure/x/a me"] {
        let fake = Fake::new([(&get, rule(stranger)), (&put, ok())]);
        assert_eq!(refused(fake.perform(put_rule()).await).kind, ErrorKind::Conflict, "{stranger}");
        assert_eq!(fake.names(), std::slice::from_ref(&get));
    }
    let fake = Fake::new([(&get, rule("made by hand")), (&delete, Canned::raw(204, ""))]);
    assert_eq!(refused(fake.perform(deletion()).await).kind, ErrorKind::Conflict);
    assert_eq!(fake.names(), std::slice::from_ref(&get));

    let fake =
        Fake::new([(&get, rule("xcloud:p another/address now me")), (&put, ok()), (&delete, Canned::raw(204, ""))]);
    assert!(fake.perform(put_rule()).await.is_ok());
    assert!(fake.perform(deletion()).await.is_ok());
    let fake = Fake::new([(&get, live("e", "Updating"))]);
    assert_eq!(refused(fake.perform(put_rule()).await).kind, ErrorKind::Busy);
}

#[tokio::test(start_paused = true)]
async fn the_failed_trace_of_the_same_write_is_written_again() {
    let (get, put) = (format!("GET {GROUP}"), format!("PUT {GROUP}"));
    let failed = |priority: u16| {
        Canned::json(
            200,
            &json!({"etag": "W/\"9\"", "properties": {"provisioningState": "Failed",
            "priority": priority, "ruleCollections": [{"name": "xcloud", "priority": 1000,
                "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "action": {"type": "Allow"},
                "rules": [{"ruleType": "NetworkRule", "name": "xc-p-prod-a", "description": "xcloud:p x/y me",
                    "ipProtocols": ["TCP"], "sourceAddresses": ["10.0.0.1/32"],
                    "destinationAddresses": ["10.1.0.0/16"], "destinationPorts": ["8000-8100"]}]}]}}),
        )
    };
    for guard in [WriteGuard::Absent, WriteGuard::Unchanged("W/\"1\"".to_owned())] {
        let fake = Fake::new([(&get, failed(300)), (&put, ok())]);
        assert!(fake.perform(put_group(guard.clone())).await.is_ok(), "{guard:?}");
        assert_eq!(fake.request(&put).header("if-match"), Some("W/\"9\""));
        let fake = Fake::new([(&get, failed(301)), (&put, ok())]);
        assert_eq!(refused(fake.perform(put_group(guard)).await).kind, ErrorKind::Conflict, "it is another's");
    }
}

#[tokio::test(start_paused = true)]
async fn whole_objects_are_deleted_only_as_they_were_seen_and_with_our_mark() {
    type Deletion = fn(bool) -> AzureOp;
    let kinds: [(&str, Deletion); 3] = [
        (GROUP, |by_etag| delete_group(seen(by_etag))),
        ("privateLinkServices/xc-p-s", |by_etag| delete_service(seen(by_etag))),
        ("privateEndpoints/xc-p-e", |by_etag| delete_endpoint(seen(by_etag))),
    ];
    for (path, deletion) in kinds {
        let (get, delete) = (format!("GET {path}"), format!("DELETE {path}"));
        let gone = || Canned::raw(204, "");
        for by_etag in [true, false] {
            let fake = Fake::new([(&get, marked("W/\"1\"")), (&delete, gone())]);
            assert!(fake.perform(deletion(by_etag)).await.is_ok(), "{path}");
            assert_eq!(fake.request(&delete).header("if-match"), Some("W/\"1\""), "{path}");
        }
        let refusals = [
            (marked("W/\"2\""), true, "another's change"),
            (live("W/\"1\"", "Succeeded"), true, "no mark"),
            (live("W/\"1\"", "Succeeded"), false, "no mark"),
        ];
        for (there, by_etag, why) in refusals {
            let fake = Fake::new([(&get, there), (&delete, gone())]);
            assert_eq!(refused(fake.perform(deletion(by_etag)).await).kind, ErrorKind::Conflict, "{path}: {why}");
            assert_eq!(fake.names(), std::slice::from_ref(&get), "{path}: {why}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_our_own_failed_write_left_as_it_was_is_written_again() {
    let (get, put) = (format!("GET {GROUP}"), format!("PUT {GROUP}"));
    let there = |etag: &str, state: &str, priority: u16| {
        let properties = json!({"provisioningState": state, "priority": priority, "ruleCollections": []});
        Canned::json(200, &json!({"id": "/x", "etag": etag, "properties": properties}))
    };
    let write = || put_group(WriteGuard::Unchanged("W/\"1\"".to_owned()));
    let started = || Canned::raw(202, "");
    for (now, repeats) in [
        (there("W/\"2\"", "Failed", 301), true),
        (there("W/\"2\"", "Failed", 999), false),
        (there("W/\"2\"", "Succeeded", 301), false),
    ] {
        let fake = Fake::new([(&get, there("W/\"1\"", "Succeeded", 301)), (&get, now), (&put, started())]);
        let provider = fake.provider();
        let write = xcloud_core::op::Op::Azure(write());
        assert!(provider.perform(&write, "t").await.is_ok(), "the first attempt is accepted");
        let again = provider.perform(&write, "t").await;
        assert_eq!(again.is_ok(), repeats, "{again:?}");
        let Some(last) = fake.requests().pop() else { panic!("requests were made") };
        assert_eq!(last.header("if-match"), repeats.then_some("W/\"2\""), "the repeat names what is there now");
    }
}

/// A private link service as [`put_service`] writes it, with a tag of others, after connections have moved its `ETag`.
fn service(state: &str, visibility: &[&str]) -> Canned {
    Canned::json(
        200,
        &json!({"id": id("privateLinkServices/xc-p-s").0, "name": "xc-p-s", "etag": "W/\"9\"", "location": "norwayeast",
            "tags": {"xcloud:product": "p", "cost": "42"}, "properties": {"provisioningState": state,
            "loadBalancerFrontendIpConfigurations": [{"id": id("loadBalancers/lb/frontendIPConfigurations/fe").0}],
            "ipConfigurations": [{"name": "nat-1", "properties": {"subnet": {"id": id("virtualNetworks/v/subnets/nat").0}}}],
            "visibility": {"subscriptions": visibility}, "autoApproval": {"subscriptions": []}}}),
    )
}

#[tokio::test(start_paused = true)]
async fn what_must_hold_the_same_is_compared_by_content_and_keeps_the_tags_of_others() {
    let (get, put, delete) =
        ["GET", "PUT", "DELETE"].map(|method| format!("{method} privateLinkServices/xc-p-s")).into();
    let holds = || {
        let AzureOp::PrivateLinkService(held) = put_service(WriteGuard::None) else { panic!("a service") };
        WriteGuard::holds(held)
    };
    let fake = Fake::new([(&get, service("Succeeded", &[])), (&put, ok())]);
    assert!(fake.perform(put_service(holds())).await.is_ok(), "the ETag moved, what it holds did not");
    assert_eq!(fake.request(&put).header("if-match"), Some("W/\"9\""), "nobody writes in between");
    assert_eq!(fake.request(&put).body["tags"], json!({"xcloud:product": "p", "cost": "42"}));

    let fake = Fake::new([(&get, service("Succeeded", &["somebody"])), (&put, ok())]);
    assert_eq!(refused(fake.perform(put_service(holds())).await).kind, ErrorKind::Conflict);
    assert_eq!(fake.names(), std::slice::from_ref(&get), "nothing is written over another's change");
    let fake = Fake::new([(&get, Canned::absent()), (&put, ok())]);
    assert_eq!(refused(fake.perform(put_service(holds())).await).kind, ErrorKind::Conflict, "it is gone");

    // Azure took a deletion before and failed to carry it out.
    let deletion = || PrivateLinkServiceOp::Delete { id: id("privateLinkServices/xc-p-s"), guard: holds() };
    let fake = Fake::new([(&get, service("Failed", &[])), (&delete, Canned::raw(204, ""))]);
    assert!(fake.perform(deletion()).await.is_ok());
    assert_eq!(fake.request(&delete).header("if-match"), Some("W/\"9\""));
    let fake = Fake::new([(&get, service("Succeeded", &["somebody"])), (&delete, Canned::raw(204, ""))]);
    assert_eq!(refused(fake.perform(deletion()).await).kind, ErrorKind::Conflict);
}
