//! Hosted zones and record sets.

use crate::client::{Estate, PRODUCT, REGION, Reply, estate, send};

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn get(estate: &Estate, path: &str) -> Reply {
    let path = format!("/2013-04-01/{path}");
    send(&estate.cloud, "GET", &path, ("PRODUCT", "route53"), String::new()).await.expect("no fault is set")
}

async fn submit(estate: &Estate, zone: &str, changes: &str) -> Reply {
    let body = format!(
        "<ChangeResourceRecordSetsRequest><ChangeBatch><Changes>{changes}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    );
    let path = format!("/2013-04-01/hostedzone/{zone}/rrset/");
    send(&estate.cloud, "POST", &path, ("PRODUCT", "route53"), body).await.expect("no fault is set")
}

fn change(action: &str, name: &str, kind: &str, value: &str) -> String {
    format!(
        "<Change><Action>{action}</Action><ResourceRecordSet><Name>{name}</Name><Type>{kind}</Type><TTL>60</TTL>\
         <ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change>"
    )
}

#[tokio::test(start_paused = true)]
async fn a_vpcs_zone_is_found_and_changed_as_a_whole() -> Outcome {
    let estate = estate()?;
    let vpcs = [(REGION.to_owned(), estate.product.vpc.clone())];
    let zone = estate.cloud.change(|world, _| world.aws.add_private_zone(PRODUCT, "bank.example", &vpcs));
    let found = get(&estate, &format!("hostedzonesbyvpc?vpcid={}&vpcregion={REGION}", estate.product.vpc)).await;
    assert_eq!((found.text("HostedZoneId"), found.text("Name")), (zone.as_str(), "bank.example."));

    let mark = "&quot;xcloud&quot;";
    let both =
        change("CREATE", "api.bank.example", "A", "10.0.0.1") + &change("CREATE", "_m.api.bank.example", "TXT", mark);
    let made = submit(&estate, &zone, &both).await;
    assert_eq!((made.status, made.text("Status")), (200, "PENDING"));
    let id = made.text("Id").trim_start_matches("/change/").to_owned();
    estate.wait(31.0).await;
    assert_eq!(get(&estate, &format!("change/{id}")).await.text("Status"), "INSYNC");

    let mixed =
        change("UPSERT", "api.bank.example", "A", "10.0.0.2") + &change("CREATE", "api.bank.example", "A", "10.0.0.3");
    let refused = submit(&estate, &zone, &mixed).await;
    assert_eq!((refused.status, refused.code()), (400, "InvalidChangeBatch"));
    let records = get(&estate, &format!("hostedzone/{zone}/rrset")).await;
    assert_eq!(records.all("Type"), ["NS", "SOA", "A", "TXT"]);
    assert!(records.body.contains("<Value>10.0.0.1</Value>"), "the batch changed nothing: {}", records.body);
    assert!(records.body.contains("<Value>&quot;xcloud&quot;</Value>"), "{}", records.body);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn routing_policies_are_refused_not_ignored() -> Outcome {
    let estate = estate()?;
    let zone = estate.cloud.change(|world, _| world.aws.add_private_zone(PRODUCT, "bank.example", &[]));
    let weighted = change("CREATE", "api.bank.example", "A", "10.0.0.1").replace("<TTL>", "<Weight>1</Weight><TTL>");
    assert_eq!(submit(&estate, &zone, &weighted).await.code(), "InvalidInput");
    assert_eq!(submit(&estate, &zone, "<Change").await.code(), "MalformedInput");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_console_changes_records() -> Outcome {
    let estate = estate()?;
    let zone = estate.cloud.change(|world, _| world.aws.add_private_zone(PRODUCT, "bank.example", &[]));
    let set = |value: &'static str| {
        estate.cloud.change(|world, _| world.aws.set_record(&zone, "api.bank.example", "A", 60, &[value]))
    };
    set("10.0.0.9")?;
    assert!(set("nowhere").is_err());
    assert!(get(&estate, &format!("hostedzone/{zone}/rrset")).await.body.contains("<Value>10.0.0.9</Value>"));
    assert!(estate.cloud.change(|world, _| world.aws.remove_record(&zone, "api.bank.example", "A")));
    assert!(!estate.cloud.change(|world, _| world.aws.remove_record(&zone, "api.bank.example", "A")));
    Ok(())
}
