//! Texts that AWS defines: accounts, regions, ids, principals.

use super::Format;
use super::format::{at_most, not_blank};
use crate::code::ProblemCode;
use crate::config::raw::{Fault, nearest};
use crate::model::AWS_REGIONS;

pub(crate) static ACCOUNT: Format = Format {
    what: "an AWS account id: twelve digits, quoted",
    pattern: Some("^[0-9]{12}$"),
    check: |text| {
        let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        if digits && text.len() == 12 {
            return Ok(());
        }
        let fault = Fault::new(ProblemCode::AccountId, format!("`{text}` is not twelve digits"));
        Err(if digits && text.len() < 12 {
            fault.hint(format!("it has {} digits: did it lose a leading zero? \"{text:0>12}\"", text.len()))
        } else {
            fault.hint("an AWS account id is twelve digits without dashes")
        })
    },
};

/// An area of two letters (the European Sovereign Cloud: `eusc`), perhaps a word between, a direction, a number. A region
/// that AWS opens tomorrow has this form, too; a slip in the direction has not.
pub(crate) static REGION: Format = Format {
    what: "an AWS region",
    pattern: Some("^([a-z]{2}|eusc)(-[a-z]+)?-(north|south|east|west|central|(north|south)(east|west))-[0-9]{1,2}$"),
    check: |text| {
        if is_region(text) {
            return Ok(());
        }
        let fault = Fault::new(ProblemCode::Region, format!("`{text}` is not the name of an AWS region"));
        let zone = text.strip_suffix(|c: char| c.is_ascii_lowercase()).filter(|rest| is_region(rest));
        Err(match (zone, nearest(text, AWS_REGIONS)) {
            (Some(region), _) => fault.hint(format!("that is an availability zone; write {region}")),
            (None, Some(region)) => fault.hint(format!("did you mean `{region}`?")),
            (None, None) => fault.hint("for example eu-north-1"),
        })
    },
};

/// Returns true for what can be the name of an AWS region.
pub(crate) fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let ([area, direction, number] | [area, _, direction, number]) = parts.as_slice() else { return false };
    let letters = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    (area.len() == 2 || *area == "eusc")
        && parts[..parts.len() - 1].iter().all(letters)
        && DIRECTIONS.contains(direction)
        && (1..=2).contains(&number.len())
        && number.chars().all(|c| c.is_ascii_digit())
}

const DIRECTIONS: [&str; 9] =
    ["north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"];

/// IAM: role names have at most 64 characters of `A-Za-z0-9+=,.@_-`; a path may stand before.
pub(crate) static ROLE: Format = Format {
    what: "a role name",
    pattern: Some("^[A-Za-z0-9+=,.@_/-]{1,64}$"),
    check: |text| {
        not_blank(text, "the role")?;
        if text.starts_with("arn:") {
            return Err(Fault::new(ProblemCode::Role, "give the role's name alone, the account has a key of its own")
                .hint(format!("write {}", text.rsplit('/').next().unwrap_or_default())));
        }
        at_most(text, 64, "the role name")?;
        match text.chars().find(|c| !c.is_ascii_alphanumeric() && !"+=,.@_/-".contains(*c)) {
            Some(c) => Err(Fault::new(ProblemCode::Role, format!("a role name does not hold `{c}`"))),
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
            Some(_) => Err(Fault::new(ProblemCode::Substitution, format!("`{text}` holds an unknown substitution"))
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
    Err(Fault::new(ProblemCode::Id, format!("`{text}` is not an id of the form {start}..."))
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
        let fault = Fault::new(ProblemCode::Arn, format!("`{text}` is not the ARN of a network load balancer"));
        Err(if text.contains(":loadbalancer/app/") {
            fault.hint("an endpoint service takes network load balancers only")
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
            return Err(Fault::new(ProblemCode::Principal, "`*` would open the service to every AWS account")
                .hint("list the accounts: arn:aws:iam::<account>:root"));
        }
        if (ACCOUNT.check)(text).is_ok() {
            return Err(Fault::new(ProblemCode::Principal, format!("`{text}` is an account, not a principal"))
                .hint(format!("write arn:aws:iam::{text}:root")));
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, entity] = parts.as_slice() else {
            return Err(Fault::new(ProblemCode::Principal, format!("`{text}` is not a principal"))
                .hint("arn:aws:iam::<account>:root, ...:role/<name> or ...:user/<name>"));
        };
        if !partition.starts_with("aws") {
            return Err(Fault::new(ProblemCode::Principal, format!("`{partition}` is not an AWS partition")));
        }
        (ACCOUNT.check)(account)?;
        match entity.split('/').collect::<Vec<_>>().as_slice() {
            ["root"] => Ok(()),
            ["role" | "user", name] if !name.is_empty() && *name != "*" => Ok(()),
            ["role" | "user", _, _, ..] => Err(Fault::new(
                ProblemCode::Principal,
                format!("`{text}` has a path, which endpoint services do not support"),
            )
            .hint("use a role without a path, or the account's root")),
            _ => Err(Fault::new(ProblemCode::Principal, format!("`{entity}` is not a principal"))
                .hint("root, role/<name> or user/<name>")),
        }
    },
};

/// EC2: descriptions have at most 255 characters of this set.
pub(crate) static AWS_DESCRIPTION: Format = Format {
    what: "a description",
    pattern: Some("^[A-Za-z0-9. _:/()#,@\\[\\]+=&;{}!$*-]{1,255}$"),
    check: |text| {
        not_blank(text, "the description")?;
        at_most(text, 255, "the description")?;
        match text.chars().find(|c| !c.is_ascii_alphanumeric() && !". _-:/()#,@[]+=&;{}!$*".contains(*c)) {
            Some(c) => Err(Fault::new(ProblemCode::Description, format!("EC2 does not take `{c}` in a description"))
                .hint("letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *")),
            None => Ok(()),
        }
    },
};

#[cfg(test)]
mod tests {
    use super::{ACCOUNT, AWS_REGIONS, NLB_ARN, PRINCIPAL, REGION};

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
        for good in AWS_REGIONS.into_iter().chain(["ap-southeast-12", "nz-north-1"]) {
            assert!((REGION.check)(good).is_ok(), "{good}");
        }
        for bad in ["norwayeast", "eu-north", "eu--1", "", "mars-east-1", "eu-north-one", "eu-a-b-north-1"] {
            assert!((REGION.check)(bad).is_err(), "{bad}");
        }
        for slip in ["eu-nort-1", "eu-north1", "EU-NORTH-1", "eu-north-1a", "eunorth-1"] {
            let fault = (REGION.check)(slip).expect_err(slip);
            assert!(fault.hint.is_some_and(|hint| hint.contains("eu-north-1")), "{slip}");
        }
    }

    #[test]
    fn only_network_load_balancers_stand_behind_a_service() {
        let arn = |kind: &str| {
            format!("arn:aws:elasticloadbalancing:eu-north-1:200000000003:loadbalancer/{kind}/a/0123456789abcdef")
        };
        assert!((NLB_ARN.check)(&arn("net")).is_ok());
        assert!((NLB_ARN.check)(&arn("app")).is_err());
        assert!((NLB_ARN.check)("arn:aws:elasticloadbalancing:eu-north-1:2000:loadbalancer/net/a/01").is_err());
    }
}
