//! The tags of every resource, merged: those of the file, its account, its environment and its own. A later one of these
//! overrides the same key of an earlier one, and our marks override all.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::marks;
use crate::model::{Addr, Cloud};

use super::parsed_resource::Draft;
use super::raw::{Fault, Node, Problems};
use super::tags::{Tag, Tags, tags};

/// Most tags of one resource, in AWS and in Azure (facts/aws 2.6, facts/azure 4.8).
const MOST: usize = 50;

/// Returns the tags of every resource that carries some, and reports those that its cloud does not take.
pub(super) fn merged(
    file: &Node,
    drafts: &[Draft],
    problems: &mut Problems<'_>,
) -> BTreeMap<Addr, BTreeMap<String, String>> {
    let whole = tags(Some(file));
    let environments = file.get("environments").map(Node::named).unwrap_or_default();
    let environments: BTreeMap<&str, Tags> =
        environments.into_iter().map(|(name, _, node)| (name, tags(Some(node)))).collect();
    let none = Tags::new();
    let mut merged = BTreeMap::new();
    for draft in drafts.iter().filter(|draft| draft.resource.spec.kind().is_tagged()) {
        let addr = &draft.resource.addr;
        let environment = environments.get(addr.env()).unwrap_or(&none);
        let mut own = Tags::new();
        for layer in [&whole, &draft.tags.account, environment, &draft.tags.own] {
            layer.iter().for_each(|(key, tag)| check(draft.resource.spec.kind().cloud(), key, tag, problems));
            own.extend(layer.clone());
        }
        check_all(draft, &own, problems);
        if !own.is_empty() {
            merged.insert(addr.clone(), own.into_iter().map(|(key, tag)| (key, tag.value)).collect());
        }
    }
    merged
}

/// Checks one tag against what its cloud takes.
fn check(cloud: Cloud, key: &str, tag: &Tag, problems: &mut Problems<'_>) {
    let (key_fault, value_fault) = match cloud {
        _ if marks::is_reserved(key) => (Some(ours(key)), None),
        Cloud::Aws => (aws_key(key), aws_text("value", &tag.value, 256)),
        Cloud::Azure => (azure_key(key), None),
        Cloud::Ledger => (None, None),
    };
    for (at, fault) in [(tag.key_at, key_fault), (tag.value_at, value_fault)] {
        if let Some(fault) = fault {
            problems.error(at, fault);
        }
    }
}

fn ours(key: &str) -> Fault {
    let fault = Fault::new(ProblemCode::TagReserved, format!("xcloud writes the tag `{key}` itself"));
    fault.hint("choose another key")
}

/// AWS: `aws:` in any case is reserved.
fn aws_key(key: &str) -> Option<Fault> {
    if key == marks::TAG_NAME {
        return Some(ours(key));
    }
    if starts_with(key, "aws:") {
        let fault = Fault::new(ProblemCode::TagReserved, format!("the tag `{key}`: AWS keeps `aws:` for itself"));
        return Some(fault.hint("choose another key"));
    }
    aws_text("key", key, 128)
}

/// What every service of AWS takes; EC2 would take more than Elastic Load Balancing (facts/aws 2.6).
fn aws_text(what: &str, text: &str, most: usize) -> Option<Fault> {
    let count = text.chars().count();
    if count > most {
        let message = format!("the tag {what} has {count} characters; AWS takes at most {most}");
        return Some(Fault::new(ProblemCode::Tag, message));
    }
    let other = text.chars().find(|c| !c.is_alphanumeric() && !" _.:/=+-@".contains(*c))?;
    let fault = Fault::new(ProblemCode::Tag, format!("AWS does not take `{other}` in a tag {what}"));
    Some(fault.hint("letters, digits, spaces and _ . : / = + - @"))
}

/// Azure: names have at most 512 characters, which the form of the file sees to; some prefixes are reserved
/// (facts/azure 4.8).
fn azure_key(key: &str) -> Option<Fault> {
    if let Some(prefix) = ["microsoft", "azure", "windows"].into_iter().find(|prefix| starts_with(key, prefix)) {
        let message = format!("the tag `{key}`: Azure keeps names that begin with `{prefix}` for itself");
        return Some(Fault::new(ProblemCode::TagReserved, message).hint("choose another key"));
    }
    let other = key.chars().find(|c| "<>%&\\?/".contains(*c))?;
    let fault = Fault::new(ProblemCode::Tag, format!("Azure does not take `{other}` in a tag key"));
    Some(fault.hint("any characters but < > % & \\ ? /"))
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Checks the tags of one resource together: how many they are, and for Azure that none differ by case alone.
fn check_all(draft: &Draft, tags: &Tags, problems: &mut Problems<'_>) {
    let addr = &draft.resource.addr;
    let (ours, is_azure) = match draft.resource.spec.kind().cloud() {
        Cloud::Aws => (marks::COUNT + 1, false),
        Cloud::Azure => (marks::COUNT, true),
        Cloud::Ledger => return,
    };
    let most = MOST - ours;
    if tags.len() > most {
        let message = format!("{addr} has {} tags; there is room for {most} beside those of xcloud", tags.len());
        problems.error(draft.at, Fault::new(ProblemCode::TooManyTags, message).hint("declare fewer tags"));
    }
    let mut seen: BTreeMap<String, &String> = BTreeMap::new();
    for (key, tag) in tags.iter().filter(|_| is_azure) {
        if let Some(other) = seen.insert(key.to_lowercase(), key) {
            let message = format!("`{key}` and `{other}` are one tag in Azure, which does not tell cases apart");
            problems.error(tag.key_at, Fault::new(ProblemCode::Tag, message).hint("write the key in one way"));
        }
    }
}
