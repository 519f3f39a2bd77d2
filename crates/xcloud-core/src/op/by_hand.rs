//! The command line by which a person makes a call that xcloud could not make: how such a line is written.
//!
//! Option names as in the AWS CLI 2 and the Azure CLI. Values are quoted for a POSIX shell. Where the Azure CLI has no
//! command for a whole object, `az rest` names the object, and the body is what xcloud would have sent.

use std::collections::BTreeSet;

use super::Handle;
use crate::model::{Addresses, ArmName, PlaceKey};

/// The API version of Microsoft.Network that the adapter speaks.
const NETWORK_API: &str = "2024-03-01";

/// A command line in the making.
pub(crate) struct Line(String);

impl Line {
    /// Begins with these words.
    pub(crate) fn new(start: &str) -> Self {
        Self(start.to_owned())
    }

    /// Begins an AWS operation: `DeleteSecurityGroup` is `delete-security-group`.
    pub(crate) fn aws(service: &str, operation: &str, place: &PlaceKey) -> Self {
        let mut line = format!("aws {service} ");
        for (at, letter) in operation.chars().enumerate() {
            if letter.is_ascii_uppercase() && at > 0 {
                line.push('-');
            }
            line.push(letter.to_ascii_lowercase());
        }
        Self(line).with("--region", &place.region)
    }

    /// Begins a command of the Azure CLI about an object, or what is in it, in its own subscription and resource group:
    /// a firewall policy or a zone often is in another subscription than the account's.
    pub(crate) fn az(command: &str, place: &PlaceKey, object: &ArmName) -> Self {
        Self::new(&format!("az {command}"))
            .with("--subscription", object.segment("subscriptions").unwrap_or(&place.account))
            .with("--resource-group", object.segment("resourceGroups").unwrap_or_default())
    }

    pub(crate) fn with(mut self, option: &str, value: &str) -> Self {
        self.0 = format!("{} {option} {}", self.0, quoted(value));
        self
    }

    pub(crate) fn all<'v>(mut self, option: &str, values: impl IntoIterator<Item = &'v str>) -> Self {
        let values: Vec<String> = values.into_iter().map(quoted).collect();
        if !values.is_empty() {
            self.0 = format!("{} {option} {}", self.0, values.join(" "));
        }
        self
    }

    pub(crate) fn id(self, option: &str, handle: &Handle) -> Self {
        self.with(option, &id(handle))
    }

    pub(crate) fn ids(self, option: &str, handles: &BTreeSet<Handle>) -> Self {
        let ids: Vec<String> = handles.iter().map(id).collect();
        self.all(option, strs(&ids))
    }

    pub(crate) fn flag(mut self, on: bool, option: &str) -> Self {
        if on {
            self.0 = format!("{} {option}", self.0);
        }
        self
    }

    pub(crate) fn text(self) -> String {
        self.0
    }
}

/// A whole object is written with its body, of which `show --format json` of the run holds what is xcloud's.
pub(crate) fn rest_put(id: &str, what: &str) -> String {
    let url = format!("https://management.azure.com{id}?api-version={NETWORK_API}");
    Line::new("az rest --method put")
        .with("--url", &url)
        .with("--body", &format!("<the {what}, see `xcloud show --format json`>"))
        .text()
}

fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// The id, or in angle brackets what it will be of.
pub(crate) fn id(handle: &Handle) -> String {
    match handle {
        Handle::Known(id) => id.clone(),
        Handle::Made(object) => format!("<{}>", object.0),
    }
}

/// The texts as borrowed ones.
pub(crate) fn strs<'t>(texts: impl IntoIterator<Item = &'t String>) -> impl Iterator<Item = &'t str> {
    texts.into_iter().map(String::as_str)
}

/// The addresses, single ones without their length.
pub(crate) fn nets(addresses: &Addresses) -> Vec<String> {
    let bare = |net: String| net.strip_suffix("/32").map_or(net.clone(), str::to_owned);
    match addresses {
        Addresses::Known(set) => set.iter().map(|net| bare(net.to_string())).collect(),
        Addresses::Late(late) => vec![format!("<addresses of {}>", late.of)],
    }
}

#[cfg(test)]
#[path = "by_hand_tests.rs"]
mod tests;
