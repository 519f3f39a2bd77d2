//! Names in AWS: replacement suffixes, and the 32 characters of a load balancer.

use sha2::{Digest as _, Sha256};

use crate::marks;
use crate::model::Addr;

/// A load balancer's or target group's name has at most 32 characters (`ELBv2` API); three are kept for a suffix.
const BALANCER_NAME: usize = 32 - 3;

/// Returns the name of generation `generation`: the first has no suffix, the second `-2`.
pub(crate) fn with_generation(base: &str, generation: u32) -> String {
    if generation <= 1 { base.to_owned() } else { format!("{base}-{generation}") }
}

/// Returns the first name of this generation or a later one that is not taken.
pub(crate) fn free(base: &str, mut generation: u32, taken: impl Fn(&str) -> bool) -> String {
    loop {
        let name = with_generation(base, generation);
        if !taken(&name) {
            return name;
        }
        generation += 1;
    }
}

/// Returns the generation of a live name, or `None` if it is not of this base.
pub(crate) fn generation(base: &str, name: &str) -> Option<u32> {
    let rest = name.get(..base.len()).filter(|start| start.eq_ignore_ascii_case(base)).map(|_| &name[base.len()..])?;
    if rest.is_empty() {
        return Some(1);
    }
    rest.strip_prefix('-')?.parse().ok().filter(|generation| *generation >= 2)
}

/// Returns the base name of a load balancer: `xc-`, a short hash, a label.
pub(crate) fn balancer(product: &str, addr: &Addr, name: &str) -> String {
    hashed(product, addr.as_str(), label(product, name))
}

/// Returns the base name of the target group behind a listener: the target port is part of its identity, since AWS
/// cannot change it.
pub(crate) fn target_group(product: &str, addr: &Addr, port: u16, target_port: u16) -> String {
    hashed(product, &format!("{addr}#{port}/{target_port}"), &format!("{port}-to-{target_port}"))
}

fn hashed(product: &str, identity: &str, label: &str) -> String {
    let digest = Sha256::digest(format!("{product} {identity}").as_bytes());
    let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let room = BALANCER_NAME - "xc-".len() - hash.len() - 1;
    let label: String = label.chars().take(room).collect();
    format!("xc-{hash}-{}", label.trim_end_matches('-'))
}

fn label<'n>(product: &str, name: &'n str) -> &'n str {
    name.strip_prefix(&marks::name_prefix(product)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_told_from_names() {
        assert_eq!(generation("xc-a-edge", "xc-a-edge"), Some(1));
        assert_eq!(generation("xc-a-edge", "xc-a-edge-3"), Some(3));
        assert_eq!(generation("xc-a-edge", "xc-a-edge-lb"), None);
        assert_eq!(with_generation("xc-a-edge", 2), "xc-a-edge-2");
    }

    #[test]
    fn balancer_names_fit_with_a_suffix() {
        let addr =
            Addr::parse("prod/eu-north-1/load-balancer/a-very-long-name-of-a-load-balancer").expect("an address");
        let name = with_generation(&balancer("product", &addr, "xc-product-a-very-long-name-of-a-load-balancer"), 99);
        assert!(name.len() <= 32, "{name}");
    }
}
