//! Texts without a cloud of their own: names, durations, URLs.

use super::Format;
use crate::code::ProblemCode;
use crate::config::raw::Fault;

pub(crate) static REASON: Format = Format {
    what: "a reason in words",
    pattern: None,
    check: |text| {
        not_blank(text, "the reason")?;
        if text.chars().count() < 5 {
            return Err(Fault::new(ProblemCode::Reason, "the reason is too short to tell a reviewer anything"));
        }
        at_most(text, 255, "the reason")
    },
};

/// At most 20 characters.
const SHORT_NAME: &str = "^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$";

/// Part of names with 80 (Azure rules) and 32 (load balancers) characters: short on purpose.
pub(crate) static PRODUCT: Format =
    Format { what: "a product name", pattern: Some(SHORT_NAME), check: |text| name(text, "product", 20) };

/// AWS and Azure tag values have at most 256 characters; the owner also stands in Azure rule descriptions, which have 140.
pub(crate) static OWNER: Format = Format {
    what: "an owner",
    pattern: Some(r"^[^\x00-\x20!-/:-@\[-`{-~][^\x00-\x1f!-*,;<>?\[-\^`{-~]{0,63}$"),
    check: |text| {
        not_blank(text, "the owner")?;
        at_most(text, 64, "the owner")?;
        let allowed = |c: char| c.is_alphanumeric() || " ._@+:/=-".contains(c);
        match text.chars().find(|c| !allowed(*c)) {
            Some(c) => Err(Fault::new(ProblemCode::Name, format!("the owner holds `{c}`, which AWS tags do not take"))
                .hint("letters, digits, spaces and . _ @ + : / = -")),
            None => Ok(()),
        }
    },
};

/// Azure takes 512 characters, AWS 128: what each cloud takes is checked where it is known which.
pub(crate) static NEW_TAG_KEY: Format = Format {
    what: "a tag key",
    pattern: None,
    check: |text| {
        not_blank(text, "the tag key")?;
        at_most(text, 512, "the tag key")
    },
};

pub(crate) static NEW_TAG_VALUE: Format =
    Format { what: "a tag value", pattern: None, check: |text| at_most(text, 256, "the tag value") };

pub(crate) static ENVIRONMENT: Format = Format {
    what: "an environment's name",
    pattern: Some(SHORT_NAME),
    check: |text| {
        not_shared(text)?;
        name(text, "environment", 20)
    },
};

pub(crate) static FLOW: Format = Format {
    what: "a flow's name",
    pattern: Some("^[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?$"),
    check: |text| {
        if text == "to-azure" {
            return Err(Fault::new(ProblemCode::Name, "`to-azure` is the name of what all aws-to-azure flows share")
                .hint("choose another name"));
        }
        name(text, "flow", 24)
    },
};

pub(crate) static NAME: Format = Format {
    what: "a name",
    pattern: Some("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"),
    check: |text| name(text, "resource", 80),
};

fn not_shared(text: &str) -> Result<(), Fault> {
    if text == "shared" {
        let why = "`shared` is the environment part of addresses that all environments share";
        return Err(Fault::new(ProblemCode::Name, why).hint("choose another name"));
    }
    Ok(())
}

/// The environment part of addresses: an environment, or by default an account's name.
pub(crate) static ACCOUNT_NAME: Format = Format {
    what: "a name",
    pattern: Some("^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"),
    check: |text| {
        not_shared(text)?;
        name(text, "account", 64)
    },
};

pub(crate) static REFERENCE: Format =
    Format { what: "a name in this file or an address", pattern: None, check: |text| not_blank(text, "the reference") };

pub(crate) static GROUP: Format = Format {
    what: "a security group: a name in this file, or sg-...",
    pattern: None,
    check: |text| not_blank(text, "the group"),
};

pub(crate) static PEER: Format = Format {
    what: "a range, a prefix list (pl-...) or a group (sg-... or a name in this file)",
    pattern: None,
    check: |text| not_blank(text, "the peer"),
};

pub(crate) static ADDRESS: Format = Format {
    what: "an address",
    pattern: Some("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$"),
    check: |text| {
        at_most(text, 120, "the address")?;
        let part =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
        if text.split('/').count() == 4 && text.split('/').all(part) {
            return Ok(());
        }
        Err(Fault::new(ProblemCode::Address, format!("`{text}` is not an address"))
            .hint("<environment>/<region or azure>/<kind>/<name>, of letters, digits, `_`, `.` and `-`"))
    },
};

pub(crate) static DURATION: Format =
    Format {
        what: "a duration such as 30s, 15m or 24h",
        pattern: Some("^[0-9]+[smhd]$"),
        check: |text| match seconds(text) {
            Some(_) => Ok(()),
            None => Err(Fault::new(ProblemCode::Duration, format!("`{text}` is not a duration"))
                .hint("write 30s, 15m, 24h or 2d")),
        },
    };

pub(crate) static API_VERSION: Format = Format {
    what: "`xcloud/v1`",
    pattern: Some("^xcloud/v1$"),
    check: |text| match text {
        "xcloud/v1" => Ok(()),
        other => Err(Fault::new(ProblemCode::ApiVersion, format!("`{other}` is not a version that this xcloud reads"))
            .hint("write xcloud/v1")),
    },
};

pub(crate) static LEDGER: Format = Format {
    what: "a ledger URL",
    pattern: Some("^(file:|s3://|az://)."),
    check: |text| {
        let rest = ["file:", "s3://", "az://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        match rest {
            Some(rest) if !rest.is_empty() => Ok(()),
            _ => Err(Fault::new(ProblemCode::Ledger, format!("`{text}` is not a ledger"))
                .hint("file:DIR, s3://bucket/prefix or az://account/container/prefix")),
        }
    },
};

pub(crate) static WEBHOOK: Format = Format {
    what: "an https URL, or a reference to it: env:NAME, file:PATH",
    pattern: Some("^(https://|env:|file:)"),
    check: |text| match text.strip_prefix("https://") {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') => Ok(()),
        None if stands_elsewhere(text) => Ok(()),
        _ => Err(Fault::new(ProblemCode::Url, format!("`{text}` is not an https URL"))
            .hint("keep a secret URL outside of the config: env:NAME or file:PATH")),
    },
};

pub(crate) static KEPT_ELSEWHERE: Format = Format {
    what: "a reference to a secret: env:NAME, file:PATH",
    pattern: Some("^(env|file):."),
    check: |text| match stands_elsewhere(text) {
        true => Ok(()),
        false => Err(Fault::new(ProblemCode::Secret, "this is not a reference to a secret")
            .hint("name a variable or a file: env:NAME or file:PATH; the secret itself does not belong in the config")),
    },
};

fn stands_elsewhere(text: &str) -> bool {
    let name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    text.strip_prefix("env:").is_some_and(name) || text.strip_prefix("file:").is_some_and(|path| !path.is_empty())
}

pub(crate) static DATE: Format = Format {
    what: "a day, as 2027-01-31",
    pattern: Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    check: |text| {
        let part = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u8>().ok());
        let shaped = text.len() == 10
            && text.char_indices().all(|(at, c)| if at == 4 || at == 7 { c == '-' } else { c.is_ascii_digit() });
        match (part(5, 7), part(8, 10)) {
            (Some(1..=12), Some(1..=31)) if shaped => Ok(()),
            _ => Err(Fault::new(ProblemCode::Date, format!("`{text}` is not a day, as 2027-01-31"))),
        }
    },
};

pub(crate) static GLOB: Format =
    Format { what: "an address, globs allowed", pattern: None, check: |text| not_blank(text, "the address") };

pub(crate) static OPERATION: Format = Format {
    what: "an AWS operation such as CreateVpcEndpoint",
    pattern: Some("^[A-Z][A-Za-z0-9]+$"),
    check: |text| {
        if text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(|c| c.is_ascii_alphanumeric()) {
            Ok(())
        } else {
            Err(Fault::new(ProblemCode::Name, format!("`{text}` is not the name of an AWS operation"))
                .hint("for example CreateVpcEndpoint"))
        }
    },
};

/// Reads `30s`, `15m`, `24h`, `2d` as seconds.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let number = text.strip_suffix(unit)?;
    if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

pub(crate) fn not_blank(text: &str, what: &str) -> Result<(), Fault> {
    if text.trim().is_empty() { Err(Fault::new(ProblemCode::Empty, format!("{what} is empty"))) } else { Ok(()) }
}

pub(crate) fn at_most(text: &str, most: usize, what: &str) -> Result<(), Fault> {
    let length = text.chars().count();
    if length > most {
        return Err(Fault::new(
            ProblemCode::TooLong,
            format!("{what} has {length} characters; at most {most} are allowed"),
        ));
    }
    Ok(())
}

/// Names that go into the names of both clouds.
pub(crate) fn name(text: &str, what: &str, most: usize) -> Result<(), Fault> {
    at_most(text, most, &format!("the {what} name"))?;
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !text.is_empty() && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-') {
        return Ok(());
    }
    let fault = Fault::new(ProblemCode::Name, format!("`{text}` cannot be part of names in both clouds"));
    let better: String = text.to_ascii_lowercase().replace(['_', ' ', '.'], "-");
    let better = better.trim_matches('-');
    if better != text && !better.is_empty() && better.chars().all(inner) {
        return Err(fault.hint(format!("write `{better}`")));
    }
    Err(fault.hint("lower-case letters, digits and dashes"))
}

#[cfg(test)]
mod tests {
    use super::{name, seconds};

    #[test]
    fn durations_have_one_unit() {
        assert_eq!(seconds("30s"), Some(30));
        assert_eq!(seconds("15m"), Some(900));
        assert_eq!(seconds("24h"), Some(86_400));
        assert_eq!(seconds("2d"), Some(172_800));
        for bad in ["", "s", "30", "-1s", "1.5h", "30 s", "99999999999999999999d", "1é"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_fit_both_clouds() {
        assert!(name("open-api", "product", 20).is_ok());
        for bad in ["", "-a", "a-", "Open", "a_b", "a.b", "é"] {
            assert!(name(bad, "product", 20).is_err(), "{bad}");
        }
    }
}
