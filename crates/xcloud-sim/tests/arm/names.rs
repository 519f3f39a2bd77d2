//! Private DNS zones and record sets.

use serde_json::{Value, json};

use crate::support::{Arm, at};

fn a(ttl: i64, addresses: &[&str]) -> Value {
    let records: Vec<Value> = addresses.iter().map(|address| json!({"ipv4Address": address})).collect();
    json!({"properties": {"ttl": ttl, "metadata": {"owner": "me"}, "aRecords": records}})
}

fn path(record_type: &str, name: &str) -> String {
    at(&format!("privateDnsZones/corp.example/{record_type}/{name}"))
}

#[tokio::test(start_paused = true)]
async fn a_record_set_is_written_at_once() {
    let arm = Arm::new();
    let created = arm.put(&path("A", "api"), a(60, &["10.1.0.4"])).await;
    assert_eq!((created.status, created.header("azure-asyncoperation")), (201, ""));
    assert_eq!(created.body["properties"]["fqdn"], "api.corp.example.");
    assert_eq!(created.body["properties"]["metadata"], json!({"owner": "me"}));
    assert_eq!(created.body["type"], "Microsoft.Network/privateDnsZones/A");
    assert!(!created.etag().starts_with("W/"));
    assert_eq!(arm.put(&path("a", "API"), a(60, &["10.1.0.5"])).await.status, 200);
    let read = arm.get(&path("A", "api")).await;
    assert_eq!(read.body["properties"]["aRecords"], json!([{"ipv4Address": "10.1.0.5"}]));
    assert_eq!(read.body["name"], "api");
    assert_eq!(arm.delete(&path("A", "api")).await.status, 200);
    assert_eq!(arm.delete(&path("A", "api")).await.status, 204);
    arm.get(&path("A", "api")).await.refused(404, "ResourceNotFound");
}

#[tokio::test(start_paused = true)]
async fn conditions_guard_every_write() {
    let arm = Arm::new();
    let record = path("TXT", "_active.payments-prod");
    let text = |value: &str| json!({"properties": {"ttl": 30, "txtRecords": [{"value": [value]}]}});
    let first = arm.call("PUT", &record, Some(text("epoch=1")), &[("if-none-match", "*")]).await;
    assert_eq!(first.status, 201);
    let again = arm.call("PUT", &record, Some(text("epoch=2")), &[("if-none-match", "*")]).await;
    again.refused(412, "PreconditionFailed");
    let etag = first.etag().to_owned();
    let won = arm.call("PUT", &record, Some(text("epoch=2")), &[("if-match", &etag)]).await;
    assert_eq!(won.status, 200);
    let lost = arm.call("PUT", &record, Some(text("epoch=3")), &[("if-match", &etag)]).await;
    lost.refused(412, "PreconditionFailed");
    assert_eq!(arm.get(&record).await.body["properties"]["txtRecords"][0]["value"], json!(["epoch=2"]));
    arm.call("DELETE", &record, None, &[("if-match", &etag)]).await.refused(412, "PreconditionFailed");
    let etag = won.etag().to_owned();
    assert_eq!(arm.call("DELETE", &record, None, &[("if-match", &etag)]).await.status, 200);
    let gone = arm.call("PUT", &record, Some(text("epoch=4")), &[("if-match", &etag)]).await;
    gone.refused(412, "PreconditionFailed");
}

#[tokio::test(start_paused = true)]
async fn bad_records_are_refused() {
    let arm = Arm::new();
    let many: Vec<String> = (0..21).map(|n| format!("10.0.0.{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for body in [
        a(0, &["10.1.0.4"]),
        a(60, &["10.1.0"]),
        a(60, &["10.1.0.4", "10.1.0.4"]),
        a(60, &many),
        json!({"properties": {"ttl": 60, "txtRecords": [{"value": ["x"]}]}}),
    ] {
        arm.put(&path("A", "api"), body).await.refused(400, "BadRequest");
    }
    let long = json!({"properties": {"ttl": 60, "txtRecords": [{"value": ["x".repeat(256)]}]}});
    arm.put(&path("TXT", "api"), long).await.refused(400, "BadRequest");
    let unknown = json!({"properties": {"ttl": 60, "aRecords": [{"ipv4Address": "10.1.0.4", "weight": 1}]}});
    arm.put(&path("A", "api"), unknown).await.refused(400, "InvalidRequestFormat");
    arm.put(&path("A", "api"), a(60, &["10.1.0.4"])).await;
    let alias = json!({"properties": {"ttl": 60, "cnameRecord": {"cname": "x.example"}}});
    arm.put(&path("CNAME", "api"), alias).await.refused(400, "BadRequest");
    arm.delete(&path("SOA", "@")).await.refused(400, "BadRequest");
}

#[tokio::test(start_paused = true)]
async fn record_sets_are_listed_by_type_or_all() {
    let arm = Arm::new();
    for name in ["a", "b", "c.x"] {
        arm.put(&path("A", name), a(60, &["10.1.0.4"])).await;
    }
    let text = json!({"properties": {"ttl": 30, "txtRecords": [{"value": ["hello"]}]}});
    arm.put(&path("TXT", "a"), text).await;
    let names = |answer: &crate::support::Answer| -> Vec<String> {
        let values = answer.body["value"].as_array().cloned().unwrap_or_default();
        values.iter().map(|value| value["name"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let zone = at("privateDnsZones/corp.example");
    assert_eq!(names(&arm.get(&format!("{zone}/A")).await), ["a", "b", "c.x"]);
    assert_eq!(names(&arm.get(&format!("{zone}/ALL")).await), ["a", "b", "c.x", "@", "a"]);
    assert_eq!(names(&arm.get(&format!("{zone}/A?$recordsetnamesuffix=.x")).await), ["c.x"]);
    let first = arm.get(&format!("{zone}/A?$top=2")).await;
    assert_eq!(names(&first), ["a", "b"]);
    let next = first.body["nextLink"].as_str().unwrap_or_default();
    assert_eq!(names(&arm.get(next).await), ["c.x"]);
    assert_eq!(arm.get(&zone).await.body["properties"]["numberOfRecordSets"], 5);
}

#[tokio::test(start_paused = true)]
async fn a_zone_is_made_by_an_operation_without_a_body() {
    let arm = Arm::new();
    let zone = at("privateDnsZones/new.example");
    arm.put(&zone, json!({"location": "norwayeast"})).await.refused(400, "BadRequest");
    arm.put(&at("privateDnsZones/single"), json!({"location": "global"})).await.refused(400, "BadRequest");
    let created = arm.put(&zone, json!({"location": "global"})).await;
    assert_eq!((created.status, created.body == Value::Null), (202, true));
    let early = arm.put(&format!("{zone}/A/x"), a(60, &["10.1.0.4"])).await;
    early.refused(409, "AnotherOperationInProgress");
    arm.finish(created).await;
    assert_eq!(arm.get(&zone).await.state(), "Succeeded");
    assert_eq!(arm.get(&at("privateDnsZones")).await.body["value"].as_array().map(Vec::len), Some(2));
}
