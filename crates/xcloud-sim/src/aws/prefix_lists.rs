//! Managed prefix lists.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::failure::{Failure, ensure};
use super::filter::{Filters, Tags};
use super::operation::{Answer, Call, Operation};
use super::page::ec2_page;
use super::tags::{at_creation, tag_set};
use super::world::Region;
use super::xml::Xml;
use crate::Millis;

/// A customer-managed prefix list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PrefixList {
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) ipv6: bool,
    pub(super) max_entries: usize,
    /// CIDR to description.
    pub(super) entries: BTreeMap<String, String>,
    pub(super) created: Millis,
    pub(super) visible: Millis,
    pub(super) tags: Tags,
}

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "CreateManagedPrefixList",
        &["PrefixListName", "Entry", "MaxEntries", "TagSpecification", "AddressFamily", "ClientToken"],
        create,
    ),
    Operation::read("DescribeManagedPrefixLists", &["Filter", "PrefixListId", "MaxResults", "NextToken"], describe),
    Operation::read(
        "GetManagedPrefixListEntries",
        &["PrefixListId", "TargetVersion", "MaxResults", "NextToken"],
        entries,
    ),
    Operation::write("DeleteManagedPrefixList", &["PrefixListId"], delete),
];

/// Puts a prefix list into the call's region.
pub(super) fn place(
    call: &mut Call<'_>,
    id: Option<String>,
    name: &str,
    max_entries: usize,
    entries: &[(IpNet, String)],
    tags: Tags,
) -> Result<String, Failure> {
    let ipv6 = entries.iter().any(|(cidr, _)| matches!(cidr, IpNet::V6(_)));
    let one_family = entries.iter().all(|(cidr, _)| matches!(cidr, IpNet::V6(_)) == ipv6);
    ensure(one_family, "InvalidParameterValue", || "The entries are not of one address family".to_owned())?;
    ensure(entries.len() <= max_entries, "PrefixListMaxEntriesExceeded", || {
        format!("You've reached the maximum number of entries for the prefix list: {max_entries}")
    })?;
    let id = id.unwrap_or_else(|| call.world.new_id("pl"));
    let list = PrefixList {
        owner: call.account.clone(),
        name: name.to_owned(),
        ipv6,
        max_entries,
        entries: entries.iter().map(|(cidr, text)| (cidr.trunc().to_string(), text.clone())).collect(),
        created: call.now,
        visible: call.world.visible_from(call.now, &id),
        tags,
    };
    call.here().prefix_lists.insert(id.clone(), list);
    Ok(id)
}

/// Returns a prefix list that the account can use.
pub(super) fn find<'a>(region: &'a Region, account: &str, now: Millis, id: &str) -> Result<&'a PrefixList, Failure> {
    region.prefix_lists.get(id).filter(|list| list.owner == account && list.visible <= now).ok_or_else(|| {
        Failure::new("InvalidPrefixListID.NotFound", format!("The prefix list ID '{id}' does not exist"))
    })
}

fn create(call: &mut Call<'_>) -> Answer {
    let id = call.once("prefix-list", |region, id| region.prefix_lists.contains_key(id), made)?;
    one(call, &id)
}

fn made(call: &mut Call<'_>) -> Result<String, Failure> {
    let tags = at_creation(&call.query, "prefix-list")?;
    let name = call.query.required("PrefixListName")?.to_owned();
    let family = call.query.required("AddressFamily")?.to_owned();
    ensure(["IPv4", "IPv6"].contains(&family.as_str()), "InvalidParameterValue", || {
        format!("Value ({family}) for parameter addressFamily is invalid")
    })?;
    call.query.required("MaxEntries")?;
    let max_entries = call.query.parsed("MaxEntries")?.unwrap_or_default();
    let mut list = Vec::new();
    for entry in call.query.records("Entry") {
        let cidr = entry.required("Cidr")?;
        let cidr: IpNet = cidr.parse().map_err(|_| entry.invalid("Cidr", cidr))?;
        list.push((cidr, entry.text("Description").unwrap_or_default().to_owned()));
    }
    let ipv6 = family == "IPv6";
    ensure(list.iter().all(|(cidr, _)| matches!(cidr, IpNet::V6(_)) == ipv6), "InvalidParameterValue", || {
        format!("An entry is not of the address family {family}")
    })?;
    let id = place(call, None, &name, max_entries, &list, tags)?;
    if let Some(placed) = call.here().prefix_lists.get_mut(&id) {
        placed.ipv6 = ipv6;
    }
    Ok(id)
}

fn one(call: &mut Call<'_>, id: &str) -> Answer {
    let (arn, now) = (call.arn("ec2", &format!("prefix-list/{id}")), call.now);
    Ok(Xml::new().nest("prefixList", &list_xml(&arn, id, &call.here().prefix_lists[id], now)))
}

fn list_xml(arn: &str, id: &str, list: &PrefixList, now: Millis) -> Xml {
    let state = if now < list.created.plus_secs(2.0) { "create-in-progress" } else { "create-complete" };
    Xml::new()
        .text("prefixListId", id)
        .text("addressFamily", if list.ipv6 { "IPv6" } else { "IPv4" })
        .text("state", state)
        .text("prefixListArn", arn)
        .text("prefixListName", &list.name)
        .text("maxEntries", list.max_entries)
        .text("version", 1)
        .text("ownerId", &list.owner)
        .join(&tag_set(&list.tags))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let filters = Filters::read(&call.query, &["owner-id", "prefix-list-id", "prefix-list-name", "tag", "tag-key"])?;
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let base = call.arn("ec2", "prefix-list");
    let region = call.here();
    let ids = query.list("PrefixListId");
    for id in &ids {
        find(region, &account, now, id)?;
    }
    let own = region.prefix_lists.iter().filter(|(id, list)| {
        list.owner == account
            && list.visible <= now
            && (ids.is_empty() || ids.contains(id))
            && filters.admit(&list.tags, |name| {
                vec![match name {
                    "owner-id" => list.owner.clone(),
                    "prefix-list-name" => list.name.clone(),
                    _ => (*id).clone(),
                }]
            })
    });
    let items = own.map(|(id, list)| (id.clone(), list_xml(&format!("{base}/{id}"), id, list, now))).collect();
    let page = ec2_page(&query, items)?;
    Ok(Xml::new().list("prefixListSet", "item", page.items).maybe("nextToken", page.next))
}

fn entries(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("PrefixListId")?.to_owned();
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let list = find(call.here(), &account, now, &id)?;
    let items = list.entries.iter().map(|(cidr, text)| {
        let text = Some(text).filter(|text| !text.is_empty());
        (cidr.clone(), Xml::new().text("cidr", cidr).maybe("description", text))
    });
    let page = ec2_page(&query, items.collect())?;
    Ok(Xml::new().list("entrySet", "item", page.items).maybe("nextToken", page.next))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("PrefixListId")?.to_owned();
    let (account, now) = (call.account.clone(), call.now);
    find(call.here(), &account, now, &id)?;
    let used = call
        .here()
        .groups
        .values()
        .flat_map(|group| &group.rules)
        .any(|rule| rule.key.source.prefix_list() == Some(&id));
    ensure(!used, "DependencyViolation", || format!("The prefix list '{id}' is in use"))?;
    let answer = one(call, &id)?;
    call.here().prefix_lists.remove(&id);
    Ok(answer)
}
