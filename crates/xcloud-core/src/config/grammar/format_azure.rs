//! Texts that Azure defines: subscriptions, locations, names, resource ids, priorities.

use super::Format;
use super::format::{at_most, not_blank};
use crate::code::ProblemCode;
use crate::config::raw::Fault;

/// Azure ignores case and blanks in location names; here they are one spelling.
pub(crate) static LOCATION: Format = Format {
    what: "an Azure location",
    pattern: Some("^[a-z0-9]+$"),
    check: |text| {
        if !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) {
            return Ok(());
        }
        let better: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        Err(Fault::new(ProblemCode::Location, format!("`{text}` is not the short name of an Azure location"))
            .hint(format!("write {better}")))
    },
};

pub(crate) static SUBSCRIPTION: Format = Format {
    what: "a subscription id",
    pattern: Some("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    check: |text| {
        if is_guid(text) {
            return Ok(());
        }
        Err(Fault::new(ProblemCode::Subscription, format!("`{text}` is not a subscription id"))
            .hint("a GUID such as 11111111-2222-3333-4444-555555555555"))
    },
};

pub(crate) static TENANT: Format = Format {
    what: "a tenant id",
    pattern: Some("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    check: |text| {
        if is_guid(text) {
            return Ok(());
        }
        Err(Fault::new(ProblemCode::Tenant, format!("`{text}` is not a tenant id"))
            .hint("a GUID such as 11111111-2222-3333-4444-555555555555"))
    },
};

/// Subscriptions that see a private link service; `*` is everyone.
pub(crate) static SUBSCRIPTION_OR_ALL: Format = Format {
    what: "a subscription id or *",
    pattern: Some("^(\\*|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"),
    check: |text| if text == "*" { Ok(()) } else { (SUBSCRIPTION.check)(text) },
};

/// Azure resource groups: at most 90 characters, no final dot.
pub(crate) static RESOURCE_GROUP: Format = Format {
    what: "a resource group",
    pattern: Some("^[A-Za-z0-9._()-]{1,90}$"),
    check: |text| {
        not_blank(text, "the resource group")?;
        at_most(text, 90, "the resource group")?;
        if text.ends_with('.') || !text.chars().all(|c| c.is_alphanumeric() || "._()-".contains(c)) {
            return Err(Fault::new(ProblemCode::AzureName, format!("`{text}` is not the name of a resource group")));
        }
        Ok(())
    },
};

/// Azure network objects: 1-80 of letters, digits, `_.-`; the first a letter or digit, the last also `_`.
pub(crate) static AZURE_NAME: Format = Format {
    what: "an Azure name",
    pattern: Some("^[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$"),
    check: azure_name,
};

/// Checks a name of an Azure network object.
pub(crate) fn azure_name(text: &str) -> Result<(), Fault> {
    at_most(text, 80, "the Azure name")?;
    let good = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    if good {
        return Ok(());
    }
    Err(Fault::new(ProblemCode::AzureName, format!("`{text}` is not a name that Azure takes"))
        .hint("letters, digits, `_`, `.` and `-`; it starts with a letter or digit and does not end with `.` or `-`"))
}

/// `resource-group/name`, or a full resource id.
pub(crate) static ARM_PAIR: Format = Format {
    what: "resource-group/name or a full resource id",
    pattern: Some("^(/subscriptions/.+|[^/]+/[^/]+)$"),
    check: |text| arm(text, 2),
};

/// `resource-group/parent/name`, or a full resource id.
pub(crate) static ARM_TRIPLE: Format = Format {
    what: "resource-group/parent/name or a full resource id",
    pattern: Some("^(/subscriptions/.+|[^/]+/[^/]+/[^/]+)$"),
    check: |text| arm(text, 3),
};

fn arm(text: &str, parts: usize) -> Result<(), Fault> {
    if text.starts_with('/') {
        return full_id(text);
    }
    let found: Vec<&str> = text.split('/').collect();
    if found.len() == parts && found.iter().all(|part| !part.is_empty()) {
        return (RESOURCE_GROUP.check)(found[0]);
    }
    let form = if parts == 2 { "resource-group/name" } else { "resource-group/parent/name" };
    Err(Fault::new(ProblemCode::AzureId, format!("`{text}` is neither {form} nor a full resource id")))
}

fn full_id(text: &str) -> Result<(), Fault> {
    let parts: Vec<&str> = text.split('/').collect();
    let good = parts.len() >= 9
        && parts.len() % 2 == 1
        && parts[1].eq_ignore_ascii_case("subscriptions")
        && parts[3].eq_ignore_ascii_case("resourceGroups")
        && parts[5].eq_ignore_ascii_case("providers")
        && parts[1..].iter().all(|part| !part.is_empty());
    if !good {
        return Err(Fault::new(ProblemCode::AzureId, format!("`{text}` is not a full resource id"))
            .hint("/subscriptions/<id>/resourceGroups/<group>/providers/<provider>/<type>/<name>"));
    }
    (SUBSCRIPTION.check)(parts[2])
}

/// Returns true for a GUID, which no YAML reader takes for a number.
pub(crate) fn is_guid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// NSG priorities are 100 to 4096 (Azure: numbers outside are refused).
pub(crate) static NSG_PRIORITIES: Format = Format {
    what: "a range of priorities such as 2000-2099",
    pattern: Some("^[0-9]{3,4}-[0-9]{3,4}$"),
    check: |text| {
        let (from, to) = priorities(text)?;
        if to - from < 9 {
            let fault = Fault::new(ProblemCode::Priorities, format!("{text} has fewer than ten numbers"));
            return Err(fault.hint("the first tenth is reserved for the denies of a failover; for example 2000-2099"));
        }
        Ok(())
    },
};

/// The range of one rule: at least one number.
pub(crate) static RULE_PRIORITIES: Format = Format {
    what: "a range of priorities such as 2000-2099",
    pattern: Some("^[0-9]{3,4}-[0-9]{3,4}$"),
    check: |text| priorities(text).map(drop),
};

/// Reads a range of NSG priorities.
pub(crate) fn priorities(text: &str) -> Result<(u16, u16), Fault> {
    let fault = |why: String| Fault::new(ProblemCode::Priorities, why).hint("for example 2000-2099, inside 100-4096");
    let range = text.split_once('-').and_then(|(from, to)| Some((from.parse::<u16>().ok()?, to.parse::<u16>().ok()?)));
    match range {
        None => Err(fault(format!("`{text}` is not a range of priorities"))),
        Some((from, to)) if from > to => Err(fault(format!("{text} is reversed"))),
        Some((from, to)) if from < 100 || to > 4096 => Err(fault(format!("{text} reaches outside 100-4096"))),
        Some(range) => Ok(range),
    }
}

#[cfg(test)]
mod tests {
    use super::{ARM_PAIR, NSG_PRIORITIES, azure_name, priorities};

    #[test]
    fn azure_names_and_ids() {
        assert!(azure_name("xc-a_b.c_").is_ok());
        assert!(azure_name("-a").is_err());
        assert!(azure_name(&"a".repeat(81)).is_err());
        assert!((ARM_PAIR.check)("rg-hub/afwp-hub").is_ok());
        assert!((ARM_PAIR.check)("/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/a/providers/Microsoft.Network/networkSecurityGroups/b").is_ok());
        for bad in ["afwp-hub", "a/b/c", "/subscriptions/x", "rg/", "rg./x"] {
            assert!((ARM_PAIR.check)(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn priorities_leave_room_for_fences() {
        assert_eq!(priorities("2000-2099").ok(), Some((2000, 2099)));
        for bad in ["99-200", "4000-4097", "200-100", "2000", "a-b"] {
            assert!(priorities(bad).is_err(), "{bad}");
        }
        assert!((NSG_PRIORITIES.check)("2000-2008").is_err());
        assert!((NSG_PRIORITIES.check)("2000-2009").is_ok());
    }
}
