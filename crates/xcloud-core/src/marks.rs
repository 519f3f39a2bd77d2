//! Ownership marks: how an object says that it is ours, and for which address.

use std::collections::BTreeMap;

use crate::model::{Addr, Desired};

/// Tag key of the product mark.
pub const TAG_PRODUCT: &str = "xcloud:product";
/// Tag key of the address mark.
pub const TAG_ADDRESS: &str = "xcloud:address";
/// Tag key of the owner mark.
pub const TAG_OWNER: &str = "xcloud:owner";

/// Tag key of the name that the consoles of AWS show.
pub const TAG_NAME: &str = "Name";
/// How many tags mark an object.
pub const COUNT: usize = 3;

/// Returns true if tags of this key are ours alone.
#[must_use]
pub fn is_reserved(key: &str) -> bool {
    key.to_ascii_lowercase().starts_with("xcloud:")
}

/// Metadata keys of an Azure record set, which allow fewer characters than tags (facts/azure 4.3).
const METADATA: [(&str, &str); 3] =
    [(TAG_PRODUCT, "xcloud-product"), (TAG_ADDRESS, "xcloud-address"), (TAG_OWNER, "xcloud-owner")];

/// Azure's limit for the description of a rule, in characters.
const DESCRIPTION_LIMIT: usize = 140;

/// Returns the tags of what a resource makes: those that are declared, and over them the marks that say it is ours.
#[must_use]
pub fn tags(desired: &Desired, addr: &Addr) -> BTreeMap<String, String> {
    let mut tags = desired.tags.get(addr).cloned().unwrap_or_default();
    tags.extend([
        (TAG_PRODUCT.to_owned(), desired.product.clone()),
        (TAG_ADDRESS.to_owned(), addr.to_string()),
        (TAG_OWNER.to_owned(), desired.owner.clone()),
    ]);
    tags
}

/// Returns the address that an object's tags name, if they carry this product's mark.
#[must_use]
pub fn marked_address(tags: &BTreeMap<String, String>, product: &str) -> Option<Addr> {
    if tags.get(TAG_PRODUCT).map(String::as_str) != Some(product) {
        return None;
    }
    Addr::parse(tags.get(TAG_ADDRESS)?).ok()
}

/// Returns the metadata that marks an Azure record set as ours.
#[must_use]
pub fn metadata(desired: &Desired, addr: &Addr) -> BTreeMap<String, String> {
    let mut tags = tags(desired, addr);
    METADATA.iter().filter_map(|(tag, key)| Some(((*key).to_owned(), tags.remove(*tag)?))).collect()
}

/// Returns the address that an Azure record set's metadata names, if it carries this product's mark.
#[must_use]
pub fn metadata_address(metadata: &BTreeMap<String, String>, product: &str) -> Option<Addr> {
    let tags: BTreeMap<String, String> =
        METADATA.iter().filter_map(|(tag, key)| Some(((*tag).to_owned(), metadata.get(*key)?.clone()))).collect();
    marked_address(&tags, product)
}

/// Returns the description that, with the name prefix, marks an Azure rule as ours; at most 140 characters.
#[must_use]
pub fn rule_description(desired: &Desired, addr: &Addr) -> String {
    let text = format!("xcloud:{} {} {}", desired.product, addr, desired.owner);
    text.chars().take(DESCRIPTION_LIMIT).collect()
}

/// Returns true if an Azure rule that is ours says that it belongs to this address. A description that was cut at
/// the limit inside the address still counts.
#[must_use]
pub fn rule_belongs_to(description: &str, addr: &Addr) -> bool {
    let Some(named) = description.split(' ').nth(1) else { return false };
    let cut = description.chars().count() == DESCRIPTION_LIMIT && description.ends_with(named);
    named == addr.as_str() || (cut && addr.as_str().starts_with(named))
}

/// Returns the address that the description of an Azure rule of ours names.
#[must_use]
pub fn rule_address(description: &str) -> Option<Addr> {
    Addr::parse(description.split(' ').nth(1)?).ok()
}

/// Returns true if an Azure rule's name and description carry this product's mark.
#[must_use]
pub fn rule_is_ours(name: &str, description: &str, product: &str) -> bool {
    name.starts_with(&name_prefix(product)) && description.starts_with(&format!("xcloud:{product} "))
}

/// Returns the prefix of every name of the product.
#[must_use]
pub fn name_prefix(product: &str) -> String {
    format!("xc-{product}-")
}
