//! Resource ids taken apart, and names checked before they become part of a URL.
//!
//! The request builders put names into the path as they are: a name with `/` or `..` would address another
//! resource. So every name passes here first. Rules: Microsoft's "Naming rules and restrictions for Azure
//! resources", section Microsoft.Network.

use xcloud_core::model::ArmName;

/// A resource id of Microsoft.Network, taken apart and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourcePath {
    pub(crate) subscription: String,
    pub(crate) group: String,
    /// The names, one for each type of the path.
    pub(crate) names: Vec<String>,
}

impl ResourcePath {
    /// Returns the name at `index`; the first is the outermost resource's.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.names.get(index).map(String::as_str).unwrap_or_default()
    }
}

/// Takes an id of exactly the types `types` apart (`["loadBalancers", "frontendIPConfigurations"]`).
pub(crate) fn parse(id: &ArmName, types: &[&str]) -> Result<ResourcePath, String> {
    let (path, found) = take_apart(id)?;
    let same = found.len() == types.len() && found.iter().zip(types).all(|(a, b)| a.eq_ignore_ascii_case(b));
    if !same {
        return Err(format!("`{id}` is not the id of {}", types.join("/")));
    }
    Ok(path)
}

/// Returns true if this is an id of exactly these types.
pub(crate) fn is_of(id: &ArmName, types: &[&str]) -> bool {
    parse(id, types).is_ok()
}

/// Returns the types of an id, joined (`privateDnsZones/A`), in the spelling of the id.
pub(crate) fn types_of(id: &ArmName) -> Result<String, String> {
    take_apart(id).map(|(_, types)| types.join("/"))
}

fn take_apart(id: &ArmName) -> Result<(ResourcePath, Vec<&str>), String> {
    let wrong = || format!("`{id}` is not a resource id of Microsoft.Network");
    let parts: Vec<&str> = id.0.strip_prefix('/').ok_or_else(wrong)?.split('/').collect();
    let [subscriptions, subscription, groups, group, providers, provider, rest @ ..] = parts.as_slice() else {
        return Err(wrong());
    };
    let fixed = [
        (subscriptions, "subscriptions"),
        (groups, "resourceGroups"),
        (providers, "providers"),
        (provider, "Microsoft.Network"),
    ];
    if fixed.iter().any(|(found, wanted)| !found.eq_ignore_ascii_case(wanted))
        || rest.is_empty()
        || !rest.len().is_multiple_of(2)
    {
        return Err(wrong());
    }
    subscription_id(subscription)?;
    resource_group(group)?;
    let types: Vec<&str> = rest.iter().step_by(2).copied().collect();
    let names: Vec<String> = rest.iter().skip(1).step_by(2).map(|name| (*name).to_owned()).collect();
    let is_dns = types.first().is_some_and(|first| first.eq_ignore_ascii_case("privateDnsZones"));
    for (index, name) in names.iter().enumerate() {
        match (is_dns, index) {
            (true, 0) => zone_name(name)?,
            (true, _) => record_name(name)?,
            (false, _) => resource_name(name)?,
        }
    }
    Ok((ResourcePath { subscription: (*subscription).to_owned(), group: (*group).to_owned(), names }, types))
}

/// Checks a subscription id: letters, digits and hyphens.
pub(crate) fn subscription_id(text: &str) -> Result<(), String> {
    let fits = (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    check(fits, text, "a subscription id")
}

/// Checks a resource group's name: 1-90 letters, digits, `_.-()`, not ending with a dot.
pub(crate) fn resource_group(text: &str) -> Result<(), String> {
    let fits = (1..=90).contains(&text.chars().count())
        && text.chars().all(|c| c.is_alphanumeric() || "_.-()".contains(c))
        && !text.ends_with('.');
    check(fits, text, "the name of a resource group")
}

/// Checks the name of a network resource or rule: 1-80 of `[A-Za-z0-9_.-]`, starts with a letter or digit, ends
/// with one or `_`.
pub(crate) fn resource_name(text: &str) -> Result<(), String> {
    let fits = (1..=80).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    check(fits, text, "the name of a network resource (1-80 letters, digits, `_.-`)")
}

/// Checks a zone's name: 2-34 labels of letters, digits, `_` and `-`.
pub(crate) fn zone_name(text: &str) -> Result<(), String> {
    let labels: Vec<&str> = text.split('.').collect();
    let fits = (2..=34).contains(&labels.len()) && text.len() <= 253 && labels.iter().all(|label| is_label(label));
    check(fits, text, "the name of a private DNS zone")
}

/// Checks a record set's name relative to its zone: `@`, or labels, the first of which may be `*`.
pub(crate) fn record_name(text: &str) -> Result<(), String> {
    let labels = text.strip_prefix("*.").unwrap_or(text);
    let fits = text == "@" || text == "*" || (text.len() <= 253 && labels.split('.').all(is_label));
    check(fits, text, "the name of a record set")
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

fn check(fits: bool, text: &str, what: &str) -> Result<(), String> {
    if fits { Ok(()) } else { Err(format!("`{text}` is not {what}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NSG: &str =
        "/subscriptions/1111-22/resourcegroups/rg-hub/providers/microsoft.network/NetworkSecurityGroups/n";

    #[test]
    fn an_id_is_taken_apart_whatever_its_case() {
        let path = parse(&ArmName(NSG.to_owned()), &["networkSecurityGroups"]).expect("the id is valid");
        assert_eq!((path.subscription.as_str(), path.group.as_str(), path.name(0)), ("1111-22", "rg-hub", "n"));
        assert!(parse(&ArmName(NSG.to_owned()), &["privateEndpoints"]).is_err());
        assert!(parse(&ArmName(format!("{NSG}/securityRules")), &["networkSecurityGroups"]).is_err());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for name in ["..", "a/b", "a?b", "a#b", "a%2f", "", "-a", "a-", ".a", "a b", &"a".repeat(81)] {
            assert!(resource_name(name).is_err(), "{name}");
            let id = NSG.replace("/n", &format!("/{name}"));
            assert!(parse(&ArmName(id), &["networkSecurityGroups"]).is_err(), "{name}");
        }
        for name in ["xc-open-api-prod_1.x", "a", "a_", &"a".repeat(80)] {
            assert_eq!(resource_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn resource_groups_zones_and_records_have_their_own_rules() {
        assert!(resource_group("rg (nord)").is_err());
        assert_eq!(resource_group("rg-(nord)_ø"), Ok(()));
        assert!(resource_group("rg.").is_err() && resource_group("..").is_err());
        assert_eq!(zone_name("aws.bank.example"), Ok(()));
        assert!(zone_name("example").is_err() && zone_name("a..b").is_err());
        for name in ["@", "*", "*.dev", "_active.open-api-prod", "a.b"] {
            assert_eq!(record_name(name), Ok(()), "{name}");
        }
        for name in ["", "a.*", "a..b", ".", "a/b", "a b", "**"] {
            assert!(record_name(name).is_err(), "{name}");
        }
    }
}
