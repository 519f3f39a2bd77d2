//! Keys and values that look like secrets. A config holds ids, ranges and names, never credentials.

use super::Fault;
use crate::code::ProblemCode;

const WORDS: [&str; 11] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "credential",
    "private_key",
    "access_key",
    "api_key",
    "client_secret",
    "token",
    "sas",
];

/// Says what is wrong with a key that is named like a secret.
pub(crate) fn secret_key(key: &str) -> Option<Fault> {
    let folded = key.to_ascii_lowercase().replace(['-', '.', ' '], "_");
    let hit = WORDS.iter().any(|word| match *word {
        "sas" | "token" => folded.split('_').any(|part| part == *word),
        word => folded.contains(word) || folded.replace('_', "").contains(&word.replace('_', "")),
    });
    hit.then(|| {
        Fault::new(ProblemCode::Secret, format!("`{key}` is named like a secret"))
            .hint("credentials come from the environment (aws-config, `auth:`), never from this file")
    })
}

/// Says what is wrong with a value that looks like a secret. The value itself is never repeated.
pub(crate) fn secret_value(value: &str) -> Option<Fault> {
    let what = if has_access_key_id(value) {
        "an AWS access key id"
    } else if value.contains("-----BEGIN") {
        "a private key or certificate"
    } else if value.contains("AccountKey=") || value.contains("SharedAccessSignature=") || value.contains("sig=") {
        "an Azure storage credential"
    } else if value.split(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).any(is_web_token) {
        "a token"
    } else if user_info(value) {
        "a URL with a user name or password"
    } else if value.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).any(is_access_token) {
        "an access token"
    } else {
        return None;
    };
    Some(
        Fault::new(ProblemCode::Secret, format!("this looks like {what}"))
            .hint("remove it, and revoke it: it is in the file's history now"),
    )
}

fn is_web_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.matches('.').count() >= 2
}

fn is_access_token(word: &str) -> bool {
    word.len() >= 20 && ["ghp_", "github_pat_", "xoxb-", "xoxp-", "glpat-"].iter().any(|start| word.starts_with(start))
}

/// Returns true if a line of a config file holds what looks like a secret: who shows lines of the file leaves it out.
#[must_use]
pub fn holds_secret(line: &str) -> bool {
    let key_of = |part: &str| part.rsplit(['{', ',', '"', '\'', ' ']).find(|word| !word.is_empty()).map(str::to_owned);
    let mut parts: Vec<&str> = line.split(':').collect();
    parts.pop();
    secret_value(line).is_some() || parts.into_iter().filter_map(key_of).any(|key| secret_key(&key).is_some())
}

/// `AKIA` or `ASIA` and 16 upper-case letters or digits.
fn has_access_key_id(value: &str) -> bool {
    let is_id = |word: &str| {
        word.len() == 20
            && (word.starts_with("AKIA") || word.starts_with("ASIA"))
            && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    value.split(|c: char| !c.is_ascii_alphanumeric()).any(is_id)
}

fn user_info(value: &str) -> bool {
    value
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?', '#']).next())
        .is_some_and(|authority| authority.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::{holds_secret, secret_key, secret_value};

    #[test]
    fn lines_with_secrets_are_known() {
        for line in [
            "  client_secret: hunter2",
            "a: {x: y, \"password\": hunter2}",
            "tag: AKIAIOSFODNN7EXAMPLE",
            "u: https://a:b@c/d",
        ] {
            assert!(holds_secret(line), "{line}");
        }
        for line in ["owner: team@bank.example", "# no token here", "azure: {clients: [10.0.0.0/8]}"] {
            assert!(!holds_secret(line), "{line}");
        }
    }

    #[test]
    fn sees_secrets_and_leaves_names_alone() {
        for key in ["client_secret", "clientSecret", "db-password", "AWS_ACCESS_KEY_ID", "token"] {
            assert!(secret_key(key).is_some(), "{key}");
        }
        for key in ["clients", "name", "nsg", "tokenizer", "key"] {
            assert!(secret_key(key).is_none(), "{key}");
        }
        for value in ["AKIAIOSFODNN7EXAMPLE", "https://user:pw@host/x", "eyJh.bc.de"] {
            assert!(secret_value(value).is_some(), "{value}");
        }
        for value in ["payments@bank.example", "AKIA", "s3://bucket/prefix", "10.0.0.0/16"] {
            assert!(secret_value(value).is_none(), "{value}");
        }
    }
}
