//! Record sets: their form, their order, and listing them.

use serde::{Deserialize, Serialize};

use super::failure::{Failure, ensure};
use super::hosted_zones::find;
use super::operation::{Answer, Call};
use super::route53::Route;
use super::xml::{Element, Xml};

/// A record set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordSet {
    /// With the dot at the end, in lower case.
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) content: Content,
}

/// What a record set answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Content {
    /// Values with a time to live.
    Values {
        /// Seconds.
        ttl: u32,
        /// As sent.
        values: Vec<String>,
    },
    /// Another name's answer.
    Alias {
        /// The hosted zone of the target.
        zone: String,
        /// The target's name, with the dot at the end.
        name: String,
        /// Whether its health counts.
        evaluates_health: bool,
    },
}

/// The name servers of every zone.
pub(super) const NAME_SERVERS: [&str; 2] = ["ns-0.awsdns-00.com", "ns-512.awsdns-00.net"];

/// Returns a name in lower case with the dot at the end; `*` is written as Route 53 returns it.
pub(super) fn full_name(name: &str) -> String {
    let mut full = name.trim().to_ascii_lowercase().replace('*', "\\052");
    if !full.ends_with('.') {
        full.push('.');
    }
    full
}

/// Returns the key that sorts record sets as Route 53 does: by reversed labels, then by type
/// (<https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html>).
pub(super) fn key(name: &str, kind: &str) -> String {
    let mut labels: Vec<&str> = name.trim_end_matches('.').split('.').collect();
    labels.reverse();
    format!("{}. {kind}", labels.join("."))
}

/// The records that every zone has.
pub(super) fn of_new_zone(name: &str) -> [RecordSet; 2] {
    let servers = NAME_SERVERS.iter().map(|server| format!("{server}.")).collect();
    let soa = format!("{}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", NAME_SERVERS[0]);
    let record = |kind: &str, content| RecordSet { name: name.to_owned(), kind: kind.to_owned(), content };
    [
        record("NS", Content::Values { ttl: 172_800, values: servers }),
        record("SOA", Content::Values { ttl: 900, values: vec![soa] }),
    ]
}

impl RecordSet {
    /// Reads a `ResourceRecordSet`; routing policies are not simulated and refused.
    pub(super) fn read(element: &Element) -> Result<Self, Failure> {
        let known = ["Name", "Type", "TTL", "ResourceRecords", "AliasTarget"];
        if let Some(other) = element.children.iter().find(|child| !known.contains(&child.name.as_str())) {
            return Err(Failure::new("InvalidInput", format!("The element {} is not simulated", other.name)));
        }
        let required = |name: &str| {
            element
                .child_text(name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| Failure::new("InvalidInput", format!("{name} is required")))
        };
        let (name, kind) = (full_name(required("Name")?), required("Type")?.to_owned());
        let content = match element.child("AliasTarget") {
            Some(target) => {
                let text = |name: &str| target.child_text(name).unwrap_or_default().to_owned();
                ensure(
                    element.child("TTL").is_none() && element.child("ResourceRecords").is_none(),
                    "InvalidInput",
                    || "Invalid request: an alias target excludes TTL and resource records".to_owned(),
                )?;
                Content::Alias {
                    zone: text("HostedZoneId"),
                    name: full_name(&text("DNSName")),
                    evaluates_health: text("EvaluateTargetHealth") == "true",
                }
            }
            None => {
                let ttl = required("TTL")?;
                let ttl = ttl.parse().map_err(|_| Failure::new("InvalidInput", format!("TTL {ttl} is invalid")))?;
                let records = element.child("ResourceRecords").map(|records| records.children.as_slice());
                let values = records.unwrap_or_default().iter().filter_map(|record| record.child_text("Value"));
                Content::Values { ttl, values: values.map(str::to_owned).collect() }
            }
        };
        Ok(Self { name, kind, content })
    }

    /// Says what is wrong with the values, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        let Content::Values { values, .. } = &self.content else { return None };
        if values.is_empty() {
            return Some(format!("Invalid Resource Record: {} {} has no values", self.name, self.kind));
        }
        let wrong = values.iter().find(|value| match self.kind.as_str() {
            "A" => value.parse::<std::net::Ipv4Addr>().is_err(),
            "AAAA" => value.parse::<std::net::Ipv6Addr>().is_err(),
            "TXT" => value.len() < 2 || !value.starts_with('"') || !value.ends_with('"') || value.len() > 4000,
            _ => value.is_empty(),
        })?;
        let reason = match self.kind.as_str() {
            "A" => "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)",
            "AAAA" => "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)",
            "TXT" => "InvalidCharacterString (Value should be enclosed in quotation marks)",
            _ => "EmptyValue",
        };
        Some(format!("Invalid Resource Record: 'FATAL problem: {reason} encountered with '{wrong}''"))
    }

    fn xml(&self) -> Xml {
        let head = Xml::new().text("Name", &self.name).text("Type", &self.kind);
        match &self.content {
            Content::Values { ttl, values } => head.text("TTL", ttl).list(
                "ResourceRecords",
                "ResourceRecord",
                values.iter().map(|value| Xml::new().text("Value", value)),
            ),
            Content::Alias { zone, name, evaluates_health } => head.nest(
                "AliasTarget",
                &Xml::new()
                    .text("HostedZoneId", zone)
                    .text("DNSName", name)
                    .text("EvaluateTargetHealth", evaluates_health),
            ),
        }
    }
}

/// Answers ListResourceRecordSets.
pub(super) fn list(call: &mut Call<'_>, route: &Route) -> Answer {
    let most = route.max_items(300)?;
    let zone = find(call.world, &call.account, &route.id)?;
    let start = match (route.parameter("name"), route.parameter("type")) {
        (Some(name), kind) => key(&full_name(name), kind.unwrap_or_default()),
        (None, None) => String::new(),
        (None, Some(_)) => return Err(Failure::new("InvalidInput", "type is specified without name")),
    };
    let mut found: Vec<&RecordSet> = zone.records.range(start..).map(|(_, record)| record).take(most + 1).collect();
    let next = if found.len() > most { found.pop() } else { None };
    Ok(Xml::new()
        .list("ResourceRecordSets", "ResourceRecordSet", found.into_iter().map(RecordSet::xml))
        .text("IsTruncated", next.is_some())
        .maybe("NextRecordName", next.map(|record| &record.name))
        .maybe("NextRecordType", next.map(|record| &record.kind))
        .text("MaxItems", most))
}

#[cfg(test)]
mod tests {
    use super::{full_name, key};

    #[test]
    fn record_sets_sort_by_reversed_labels() {
        let mut names =
            ["b.example.com", "example.com", "a.b.example.com", "a.example.com"].map(|name| key(&full_name(name), "A"));
        names.sort();
        assert_eq!(names, ["com.example. A", "com.example.a. A", "com.example.b. A", "com.example.b.a. A"]);
        assert_eq!(full_name("*.Example.com"), "\\052.example.com.");
    }
}
