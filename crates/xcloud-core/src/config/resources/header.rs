//! What every resource has: kind, name, place, address.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::config::names::{AZURE, SHARED};
use crate::config::raw::{At, Fault, Node, Problems, did_you_mean};
use crate::kinds::AddressFrom;
use crate::model::{Addr, Kind, Place};

use super::Accounts;

/// A declared resource before its body is read.
pub(crate) struct Header<'n> {
    pub(crate) at: At,
    pub(crate) node: &'n Node,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// The environment: what its rules serve unless they say otherwise.
    pub(crate) env: String,
    pub(crate) addr: Addr,
    pub(crate) place: Place,
    pub(crate) flow: Option<String>,
}

/// Reads the headers of all resources that are complete enough to have an address.
pub(crate) fn headers<'n>(file: &'n Node, accounts: &Accounts, problems: &mut Problems<'_>) -> Vec<Header<'n>> {
    let mut headers: Vec<Header<'n>> = Vec::new();
    let mut seen: BTreeMap<Addr, At> = BTreeMap::new();
    for node in file.get("resources").map(Node::items).unwrap_or_default() {
        let Some(header) = header(node, accounts, problems) else { continue };
        match seen.get(&header.addr) {
            Some(first) => {
                let fault = Fault::new(
                    ProblemCode::DuplicateAddress,
                    format!("{} is declared twice; first in line {}", header.addr, first.line),
                )
                .hint("give it another `name` or `env`");
                problems.error(header.at, fault);
            }
            None => {
                seen.insert(header.addr.clone(), header.at);
                headers.push(header);
            }
        }
    }
    headers
}

fn header<'n>(node: &'n Node, accounts: &Accounts, problems: &mut Problems<'_>) -> Option<Header<'n>> {
    let written = node.text_of("kind")?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.full() == written)?;
    let name_node = node.get("name")?;
    let name = name_node.text()?.to_owned();
    let account_node = node.get("in")?;
    let account = account_node.text()?;
    let Some(place) = accounts.get(account).map(|place| place.value.clone()) else {
        let mut fault = Fault::new(ProblemCode::UnknownAccount, format!("`{account}` is not one of `accounts`"));
        fault.hint = did_you_mean(account, accounts.keys().map(String::as_str));
        problems.error(account_node.at, fault);
        return None;
    };
    if place.key().cloud != kind.cloud() {
        let message = format!("`{account}` is an account of another cloud than an {kind} needs");
        let fault = Fault::new(ProblemCode::WrongCloud, message);
        problems.error(account_node.at, fault);
        return None;
    }
    let env = node.text_of("env").unwrap_or(account).to_owned();
    let by_default = default_address(node, kind, &env, &name, &place)?;
    let addr = address(node, kind, by_default, problems)?;
    let env = if addr.env() == SHARED || node.get("address").is_none() { env } else { addr.env().to_owned() };
    let flow = node.text_of("flow").map(str::to_owned);
    Some(Header { at: name_node.at, node, kind, name, env, addr, place, flow })
}

fn default_address(node: &Node, kind: Kind, env: &str, name: &str, place: &Place) -> Option<Addr> {
    let region = match place {
        Place::Aws { region, .. } => region,
        Place::Azure { .. } | Place::Ledger { .. } => AZURE,
    };
    Some(match kind.rules().address {
        AddressFrom::Group => Addr::new(SHARED, region, kind, node.text_of("group")?),
        AddressFrom::Name => Addr::new(env, region, kind, name),
    })
}

/// An `address` says the environment and the name again; region and kind follow from the resource.
fn address(node: &Node, kind: Kind, by_default: Addr, problems: &mut Problems<'_>) -> Option<Addr> {
    let Some(written) = node.get("address") else { return Some(by_default) };
    let addr = Addr::parse(written.text()?).ok()?;
    let from = kind.rules().address;
    let fault = |message: String| Fault::new(ProblemCode::Address, message).hint(format!("for example {by_default}"));
    if addr.kind() != kind.short() {
        problems.error(
            written.at,
            fault(format!("an {kind} has `{}` in its address, not `{}`", kind.short(), addr.kind())),
        );
        return None;
    }
    if addr.region() != by_default.region() {
        problems.error(written.at, fault(format!("it lives in {}, not in `{}`", by_default.region(), addr.region())));
        return None;
    }
    if from == AddressFrom::Name && addr.env() == SHARED {
        problems.error(written.at, fault(format!("an {kind} belongs to one environment, not to `{SHARED}`")));
        return None;
    }
    if from == AddressFrom::Group && addr != by_default {
        problems.error(written.at, fault("the address of a rule collection group follows from its name".to_owned()));
        return None;
    }
    if let Some(env) = node.get("env")
        && env.text() != Some(addr.env())
        && addr.env() != SHARED
    {
        problems.error(
            env.at,
            fault(format!("`env` and `address` name two environments, and the address says `{}`", addr.env())),
        );
    }
    Some(addr)
}
