//! Tags of EC2 and of Elastic Load Balancing, and what they say about ownership.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};
use aws_sdk_elasticloadbalancingv2::types::Tag as BalancerTag;
use xcloud_core::marks::{TAG_ADDRESS, TAG_PRODUCT};

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Returns EC2 tags by key.
pub(crate) fn from_ec2(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}

/// Returns load balancing tags by key.
pub(crate) fn from_balancing(tags: Option<Vec<BalancerTag>>) -> Tags {
    tags.unwrap_or_default().into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}

/// Returns tags in EC2's form.
pub(crate) fn to_ec2(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Returns tags for a create call of EC2; none if there are no tags, because an empty list is refused.
pub(crate) fn specification(resource: ResourceType, tags: &Tags) -> Option<Vec<TagSpecification>> {
    (!tags.is_empty())
        .then(|| vec![TagSpecification::builder().resource_type(resource).set_tags(Some(to_ec2(tags))).build()])
}

/// Returns tags in the form of load balancing; none if there are no tags.
pub(crate) fn to_balancing(tags: &Tags) -> Option<Vec<BalancerTag>> {
    let list: Vec<BalancerTag> =
        tags.iter().map(|(key, value)| BalancerTag::builder().key(key).value(value).build()).collect();
    (!list.is_empty()).then_some(list)
}

/// Returns true if the tags say that the object belongs to the product.
pub(crate) fn belongs(tags: &Tags, product: &str) -> bool {
    tags.get(TAG_PRODUCT).is_some_and(|value| value == product)
}

/// Returns true if an object carries the mark that a call would have written: product and address.
pub(crate) fn marked(live: &Tags, wanted: &Tags) -> bool {
    [TAG_PRODUCT, TAG_ADDRESS].iter().all(|key| wanted.contains_key(*key) && live.get(*key) == wanted.get(*key))
}

/// Returns true if all wanted tags are there.
pub(crate) fn contain(live: &Tags, wanted: &Tags) -> bool {
    wanted.iter().all(|(key, value)| live.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_product_and_address_together() {
        let tags = |address: &str| {
            Tags::from([(TAG_PRODUCT.to_owned(), "bank".to_owned()), (TAG_ADDRESS.to_owned(), address.to_owned())])
        };
        assert!(marked(&tags("a"), &tags("a")));
        assert!(!marked(&tags("b"), &tags("a")));
        assert!(!marked(&Tags::new(), &Tags::new()), "two objects without any mark are not ours");
    }
}
