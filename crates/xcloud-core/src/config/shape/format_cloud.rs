//! Texts that a cloud defines: accounts, regions, ids.

use super::Format;
use super::format::{at_most, not_blank};
use crate::config::raw::Fault;

pub(crate) static ACCOUNT: Format = Format {
    what: "an AWS account id: twelve digits, quoted",
    pattern: Some("^[0-9]{12}$"),
    check: |text| {
        let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        if digits && text.len() == 12 {
            return Ok(());
        }
        let fault = Fault::new("account-id", format!("`{text}` is not twelve digits"));
        Err(if digits && text.len() < 12 {
            fault.hint(format!("it has {} digits: did it lose a leading zero? \"{text:0>12}\"", text.len()))
        } else {
            fault.hint("an AWS account id is twelve digits without dashes")
        })
    },
};

pub(crate) static REGION: Format = Format {
    what: "an AWS region",
    pattern: Some("^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$"),
    check: |text| {
        let parts: Vec<&str> = text.split('-').collect();
        let good = match parts.as_slice() {
            [partition, middle @ .., number] => {
                partition.len() == 2
                    && !middle.is_empty()
                    && !number.is_empty()
                    && number.len() <= 2
                    && number.chars().all(|c| c.is_ascii_digit())
                    && std::iter::once(partition)
                        .chain(middle)
                        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase()))
            }
            _ => false,
        };
        if good {
            return Ok(());
        }
        let zone = text
            .strip_suffix(|c: char| c.is_ascii_lowercase())
            .filter(|rest| rest.ends_with(|c: char| c.is_ascii_digit()));
        let fault = Fault::new("region", format!("`{text}` is not the name of an AWS region"));
        Err(match zone {
            Some(region) => fault.hint(format!("that is an availability zone; write {region}")),
            None => fault.hint("for example eu-north-1"),
        })
    },
};

/// Azure ignores case and blanks in location names; here they are one spelling.
pub(crate) static LOCATION: Format = Format {
    what: "an Azure location",
    pattern: Some("^[a-z0-9]+$"),
    check: |text| {
        if !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) {
            return Ok(());
        }
        let better: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        Err(Fault::new("location", format!("`{text}` is not the short name of an Azure location"))
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
        Err(Fault::new("subscription", format!("`{text}` is not a subscription id"))
            .hint("a GUID such as 11111111-2222-3333-4444-555555555555"))
    },
};

/// Subscriptions that see a private link service; `*` is everyone.
pub(crate) static SUBSCRIPTION_OR_ALL: Format = Format {
    what: "a subscription id or *",
    pattern: Some("^(\\*|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"),
    check: |text| if text == "*" { Ok(()) } else { (SUBSCRIPTION.check)(text) },
};

/// IAM: role names have at most 64 characters of `A-Za-z0-9+=,.@_-`; a path may stand before.
pub(crate) static ROLE: Format = Format {
    what: "a role name",
    pattern: Some("^[A-Za-z0-9+=,.@_/-]{1,64}$"),
    check: |text| {
        not_blank(text, "the role")?;
        if text.starts_with("arn:") {
            return Err(Fault::new("role", "a role is given by its name, the account stands beside it")
                .hint(format!("write {}", text.rsplit('/').next().unwrap_or_default())));
        }
        at_most(text, 64, "the role name")?;
        match text.chars().find(|c| !c.is_ascii_alphanumeric() && !"+=,.@_/-".contains(*c)) {
            Some(c) => Err(Fault::new("role", format!("a role name does not hold `{c}`"))),
            None => Ok(()),
        }
    },
};

/// AWS: keys have at most 128 characters, and `aws:` is reserved.
pub(crate) static TAG_KEY: Format = Format {
    what: "a tag key",
    pattern: None,
    check: |text| {
        not_blank(text, "the tag key")?;
        at_most(text, 128, "the tag key")
    },
};

/// AWS: values have at most 256 characters. `{env}` is the only substitution.
pub(crate) static TAG_VALUE: Format = Format {
    what: "a tag value",
    pattern: None,
    check: |text| {
        at_most(text, 256, "the tag value")?;
        let rest = text.replace("{env}", "");
        match rest.find(['{', '}']) {
            Some(_) => Err(Fault::new("substitution", format!("`{text}` holds an unknown substitution"))
                .hint("{env}, the environment's name, is the only one")),
            None => Ok(()),
        }
    },
};

macro_rules! id_format {
    ($name:ident, $what:literal, $start:literal, $example:literal) => {
        pub(crate) static $name: Format = Format {
            what: $what,
            pattern: Some(concat!("^", $start, "[0-9a-f]{8,17}$")),
            check: |text| hex_id(text, $start, $example),
        };
    };
}

id_format!(VPC_ID, "a VPC id", "vpc-", "vpc-0aa11bb22cc33dd44");
id_format!(SUBNET_ID, "a subnet id", "subnet-", "subnet-0a1b2c3d4e5f60718");

/// EC2 ids are a prefix and 8 or 17 hexadecimal digits.
pub(crate) fn hex_id(text: &str, start: &str, example: &str) -> Result<(), Fault> {
    let hex = text.strip_prefix(start).unwrap_or_default();
    if matches!(hex.len(), 8..=17) && hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
        return Ok(());
    }
    Err(Fault::new("id", format!("`{text}` is not an id of the form {start}..."))
        .hint(format!("for example {example}")))
}

/// A load balancer's ARN: `arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/net/<name>/<id>`.
pub(crate) static NLB_ARN: Format = Format {
    what: "the ARN of a network load balancer",
    pattern: Some("^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/net/[^/]+/[0-9a-f]+$"),
    check: |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let good = matches!(parts.as_slice(), ["arn", partition, "elasticloadbalancing", region, account, resource]
            if partition.starts_with("aws")
                && (REGION.check)(region).is_ok()
                && (ACCOUNT.check)(account).is_ok()
                && resource.starts_with("loadbalancer/net/")
                && resource.split('/').count() == 4
                && resource.split('/').all(|part| !part.is_empty()));
        if good {
            return Ok(());
        }
        let fault = Fault::new("arn", format!("`{text}` is not the ARN of a network load balancer"));
        Err(if text.contains(":loadbalancer/app/") {
            fault.hint("an endpoint service stands in front of network load balancers only")
        } else {
            fault.hint("arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/net/<name>/<id>")
        })
    },
};

/// `AllowedPrincipals` of an endpoint service: an account's root, a user or a role; no path and, here, no `*`.
pub(crate) static PRINCIPAL: Format = Format {
    what: "a principal's ARN",
    pattern: Some("^arn:aws[a-z-]*:iam::[0-9]{12}:(root|(user|role)/[A-Za-z0-9+=,.@_-]+)$"),
    check: |text| {
        if text == "*" {
            return Err(Fault::new("principal", "`*` would open the service to every AWS account")
                .hint("list the accounts: arn:aws:iam::<account>:root"));
        }
        if (ACCOUNT.check)(text).is_ok() {
            return Err(Fault::new("principal", format!("`{text}` is an account, not a principal"))
                .hint(format!("write arn:aws:iam::{text}:root")));
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, entity] = parts.as_slice() else {
            return Err(Fault::new("principal", format!("`{text}` is not a principal"))
                .hint("arn:aws:iam::<account>:root, ...:role/<name> or ...:user/<name>"));
        };
        if !partition.starts_with("aws") {
            return Err(Fault::new("principal", format!("`{partition}` is not an AWS partition")));
        }
        (ACCOUNT.check)(account)?;
        match entity.split('/').collect::<Vec<_>>().as_slice() {
            ["root"] => Ok(()),
            ["role" | "user", name] if !name.is_empty() && *name != "*" => Ok(()),
            ["role" | "user", _, _, ..] => {
                Err(Fault::new("principal", format!("`{text}` has a path, which endpoint services do not support"))
                    .hint("use a role without a path, or the account's root"))
            }
            _ => Err(Fault::new("principal", format!("`{entity}` is not a principal"))
                .hint("root, role/<name> or user/<name>")),
        }
    },
};

/// Azure resource groups: at most 90 characters, no final dot.
pub(crate) static RESOURCE_GROUP: Format = Format {
    what: "a resource group",
    pattern: Some("^[A-Za-z0-9._()-]{1,90}$"),
    check: |text| {
        not_blank(text, "the resource group")?;
        at_most(text, 90, "the resource group")?;
        if text.ends_with('.') || !text.chars().all(|c| c.is_alphanumeric() || "._()-".contains(c)) {
            return Err(Fault::new("azure-name", format!("`{text}` is not the name of a resource group")));
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
    Err(Fault::new("azure-name", format!("`{text}` is not a name that Azure takes"))
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
    Err(Fault::new("azure-id", format!("`{text}` is neither {form} nor a full resource id")))
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
        return Err(Fault::new("azure-id", format!("`{text}` is not a full resource id"))
            .hint("/subscriptions/<id>/resourceGroups/<group>/providers/<provider>/<type>/<name>"));
    }
    (SUBSCRIPTION.check)(parts[2])
}

pub(crate) fn is_guid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// EC2: descriptions have at most 255 characters of this set.
pub(crate) static AWS_DESCRIPTION: Format = Format {
    what: "a description",
    pattern: Some("^[A-Za-z0-9. _:/()#,@\\[\\]+=&;{}!$*-]{1,255}$"),
    check: |text| {
        not_blank(text, "the description")?;
        at_most(text, 255, "the description")?;
        match text.chars().find(|c| !c.is_ascii_alphanumeric() && !". _-:/()#,@[]+=&;{}!$*".contains(*c)) {
            Some(c) => Err(Fault::new("description", format!("EC2 does not take `{c}` in a description"))
                .hint("letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *")),
            None => Ok(()),
        }
    },
};

/// NSG priorities are 100 to 4096 (Azure: numbers outside are refused).
pub(crate) static NSG_PRIORITIES: Format = Format {
    what: "a range of priorities such as 2000-2099",
    pattern: Some("^[0-9]{3,4}-[0-9]{3,4}$"),
    check: |text| priorities(text).map(drop),
};

/// Reads a range of NSG priorities. The first tenth is reserved for fences, so a range has at least ten numbers.
pub(crate) fn priorities(text: &str) -> Result<(u16, u16), Fault> {
    let fault = |why: String| Fault::new("priorities", why).hint("for example 2000-2099, inside 100-4096");
    let range = text.split_once('-').and_then(|(from, to)| Some((from.parse::<u16>().ok()?, to.parse::<u16>().ok()?)));
    match range {
        None => Err(fault(format!("`{text}` is not a range of priorities"))),
        Some((from, to)) if from > to => Err(fault(format!("{text} is upside down"))),
        Some((from, to)) if from < 100 || to > 4096 => Err(fault(format!("{text} reaches outside 100-4096"))),
        Some((from, to)) if to - from < 9 => {
            Err(fault(format!("{text} has fewer than ten numbers; the first tenth is reserved for fences")))
        }
        Some(range) => Ok(range),
    }
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNT, ARM_PAIR, NLB_ARN, PRINCIPAL, REGION, azure_name, priorities};

    #[test]
    fn account_ids_keep_their_zero() {
        assert!((ACCOUNT.check)("012345678901").is_ok());
        let fault = (ACCOUNT.check)("12345678901").expect_err("eleven digits");
        assert!(fault.hint.is_some_and(|hint| hint.contains("\"012345678901\"")));
    }

    #[test]
    fn principals_have_no_star_and_no_path() {
        for good in [
            "arn:aws:iam::200000000003:root",
            "arn:aws:iam::200000000003:role/app",
            "arn:aws-us-gov:iam::200000000003:user/ann",
        ] {
            assert!((PRINCIPAL.check)(good).is_ok(), "{good}");
        }
        for bad in [
            "*",
            "200000000003",
            "arn:aws:iam::200000000003:role/team/app",
            "arn:aws:iam::20000000003:root",
            "arn:aws:iam::200000000003:role/",
            "arn:aws:iam::200000000003:*",
            "arn:aws:sts::200000000003:root",
        ] {
            assert!((PRINCIPAL.check)(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn regions_are_not_zones() {
        for good in ["eu-north-1", "us-gov-west-1", "ap-southeast-12"] {
            assert!((REGION.check)(good).is_ok(), "{good}");
        }
        for bad in ["eu-north-1a", "norwayeast", "EU-NORTH-1", "eu-north", "eu--1", ""] {
            assert!((REGION.check)(bad).is_err(), "{bad}");
        }
    }

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
        assert!(
            (NLB_ARN.check)("arn:aws:elasticloadbalancing:eu-north-1:200000000003:loadbalancer/net/a/0123456789abcdef")
                .is_ok()
        );
        assert!(
            (NLB_ARN.check)("arn:aws:elasticloadbalancing:eu-north-1:200000000003:loadbalancer/app/a/0123456789abcdef")
                .is_err()
        );
    }

    #[test]
    fn priorities_leave_room_for_fences() {
        assert_eq!(priorities("2000-2099").ok(), Some((2000, 2099)));
        for bad in ["99-200", "4000-4097", "200-100", "2000-2008", "2000", "a-b"] {
            assert!(priorities(bad).is_err(), "{bad}");
        }
    }
}
