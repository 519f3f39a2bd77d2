//! STS: who a key is, and keys for other accounts' roles.

use serde::{Deserialize, Serialize};

use super::failure::{Failure, ensure};
use super::operation::{Answer, Call, Operation};
use super::partition::partition;
use super::world::AwsWorld;
use super::xml::Xml;
use crate::Millis;

/// Whose an access key is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) account: String,
    /// Role and session names, for keys that AssumeRole made.
    pub(super) session: Option<(String, String)>,
    pub(super) expires: Option<Millis>,
}

/// The account of keys that nobody registered.
pub(super) const DEFAULT_ACCOUNT: &str = "999999999999";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::read(
        "AssumeRole",
        &["RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "Policy", "SourceIdentity", "Tags"],
        assume,
    ),
    Operation::read("GetCallerIdentity", &[], identity),
];

/// Returns the account of a key, or nothing if it has expired.
pub(super) fn account_of(world: &AwsWorld, access_key: &str, now: Millis) -> Result<String, ()> {
    match world.keys.get(access_key) {
        Some(key) if key.expires.is_some_and(|expires| expires <= now) => Err(()),
        Some(key) => Ok(key.account.clone()),
        None => Ok(DEFAULT_ACCOUNT.to_owned()),
    }
}

/// Makes a key for the account of the role: 15 minutes to 12 hours, an hour by default
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>).
fn assume(call: &mut Call<'_>) -> Answer {
    let role = call.query.required("RoleArn")?.to_owned();
    let session = call.query.required("RoleSessionName")?.to_owned();
    let seconds = call.query.parsed::<u32>("DurationSeconds")?.unwrap_or(3600);
    ensure((900..=43200).contains(&seconds), "ValidationError", || {
        format!("1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint")
    })?;
    let allowed = |char: char| char.is_ascii_alphanumeric() || "_+=,.@-".contains(char);
    ensure((2..=64).contains(&session.len()) && session.chars().all(allowed), "ValidationError", || {
        format!("1 validation error detected: Value '{session}' at 'roleSessionName' failed to satisfy constraint")
    })?;
    let partition = partition(&call.region);
    let parts: Vec<&str> = role.splitn(6, ':').collect();
    let (account, name) = match parts.as_slice() {
        ["arn", of, "iam", "", account, resource]
            if *of == partition && account.len() == 12 && account.chars().all(|digit| digit.is_ascii_digit()) =>
        {
            let name = resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next());
            ((*account).to_owned(), name.unwrap_or_default().to_owned())
        }
        _ => (String::new(), String::new()),
    };
    ensure(!name.is_empty(), "ValidationError", || format!("{role} is invalid"))?;
    let id = format!("ASIA{}", call.world.new_digits(16).to_uppercase());
    let expires = call.now.plus_secs(f64::from(seconds) * call.world.speed);
    let key = Key { account: account.clone(), session: Some((name.clone(), session.clone())), expires: Some(expires) };
    call.world.keys.insert(id.clone(), key);
    let credentials = Xml::new()
        .text("AccessKeyId", &id)
        .text("SecretAccessKey", call.world.new_digits(40))
        .text("SessionToken", call.world.new_digits(64))
        .text("Expiration", expires.iso8601());
    let user = Xml::new()
        .text("AssumedRoleId", format!("AROA{}:{session}", &id[4..]))
        .text("Arn", format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"));
    Ok(Xml::new().nest("Credentials", &credentials).nest("AssumedRoleUser", &user))
}

fn identity(call: &mut Call<'_>) -> Answer {
    let (account, partition) = (call.account.clone(), partition(&call.region));
    let arn = match &call.caller_session() {
        Some((role, session)) => format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}"),
        None => format!("arn:{partition}:iam::{account}:root"),
    };
    Ok(Xml::new().text("Arn", arn).text("UserId", &account).text("Account", &account))
}

/// Refuses to register what is no account id.
pub(super) fn check_account(account: &str) -> Result<(), Failure> {
    ensure(account.len() == 12 && account.chars().all(|digit| digit.is_ascii_digit()), "ValidationError", || {
        format!("'{account}' is no account id")
    })
}
