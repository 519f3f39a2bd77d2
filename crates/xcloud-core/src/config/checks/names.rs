//! Names in the clouds: their limits, and that no two resources get the same.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::config::grammar::azure_name;
use crate::config::parsed_resource::Draft;
use crate::config::raw::{Fault, Problems};
use crate::kinds::{RulesIn, Scope};
use crate::model::{Addr, Cloud, PlaceKey};

pub(super) fn check(drafts: &[&Draft], product: &str, problems: &mut Problems<'_>) {
    let mut taken: BTreeMap<(PlaceKey, &str, Scope, String), &Addr> = BTreeMap::new();
    for draft in drafts {
        limits(draft, product, problems);
        let resource = &draft.resource;
        let Some((scope, name)) = resource.spec.declared().name() else { continue };
        let kind = resource.spec.kind().full();
        let key = (resource.place.key(), kind, scope, name.to_ascii_lowercase());
        if let Some(first) = taken.insert(key, &resource.addr) {
            let fault = Fault::new(ProblemCode::NameTaken, format!("{first} is named {name} too"))
                .hint("names of one kind are unique in an account and region; give it another `name`");
            problems.error(draft.at, fault);
        }
    }
}

/// Azure network objects have at most 80 characters, EC2 groups and tag values 255 and 256.
fn limits(draft: &Draft, product: &str, problems: &mut Problems<'_>) {
    let declared = draft.resource.spec.declared();
    let kind = draft.resource.spec.kind();
    let name = declared.name().map(|(_, name)| name);
    let (aws, azure) = match kind.cloud() {
        Cloud::Aws => (name, None),
        Cloud::Azure => (None, name),
        Cloud::Ledger => (None, None),
    };
    for name in declared.rules().iter().map(|rule| rule.name).chain(azure) {
        if let Err(mut fault) = azure_name(name) {
            fault.message = format!("the name in Azure would be {name}: {}", fault.message);
            fault.hint = Some("shorten the names that it is made of".to_owned());
            problems.error(draft.at, fault);
        }
    }
    mark_fits(draft, product, problems);
    let Some(aws) = aws else { return };
    // Two characters are left for the suffix of a replacement.
    if aws.len() > 253 {
        let fault = Fault::new(
            ProblemCode::TooLong,
            format!("the name in AWS would have {} characters; at most 253 are allowed", aws.len()),
        );
        problems.error(draft.at, fault);
    }
}

/// The description of an Azure rule, at most 140 characters, is its mark: it names the product and the whole address.
fn mark_fits(draft: &Draft, product: &str, problems: &mut Problems<'_>) {
    if draft.resource.spec.kind().rules().rules == RulesIn::None {
        return;
    }
    let length = "xcloud:".len() + product.len() + 1 + draft.resource.addr.as_str().len();
    if length > 140 {
        let message = format!("the mark in its rules' descriptions would have {length} characters; Azure takes 140");
        problems.error(draft.at, Fault::new(ProblemCode::TooLong, message).hint("shorten the names of the address"));
    }
}
