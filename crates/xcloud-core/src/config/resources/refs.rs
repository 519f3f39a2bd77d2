//! References between resources: a name that is unique in the file, or a full address.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::config::parsed_resource::Draft;
use crate::config::raw::{Fault, Node, Problems, did_you_mean};
use crate::model::{Addr, Kind, Place};

use super::Header;

/// Everything that a reference can name.
#[derive(Debug, Default)]
pub(crate) struct Refs {
    by_addr: BTreeMap<Addr, Known>,
    by_name: BTreeMap<(Kind, String), Vec<Addr>>,
}

#[derive(Debug)]
struct Known {
    kind: Kind,
    place: Place,
}

impl Refs {
    /// Collects the names of declared resources and of what flows expand to.
    pub(crate) fn new(headers: &[Header<'_>], drafts: &[Draft]) -> Self {
        let mut refs = Self::default();
        for header in headers {
            refs.add(header.kind, &header.name, &header.addr, &header.place);
        }
        for Draft { resource, .. } in drafts {
            refs.add(resource.spec.kind(), resource.addr.name(), &resource.addr, &resource.place);
        }
        refs
    }

    fn add(&mut self, kind: Kind, name: &str, addr: &Addr, place: &Place) {
        self.by_name.entry((kind, name.to_owned())).or_default().push(addr.clone());
        self.by_addr.insert(addr.clone(), Known { kind, place: place.clone() });
    }

    /// Returns where a resource lives.
    pub(crate) fn place(&self, addr: &Addr) -> Option<&Place> {
        self.by_addr.get(addr).map(|known| &known.place)
    }

    /// Resolves a reference to a resource of a kind.
    pub(crate) fn resolve(&self, node: &Node, wanted: Kind, problems: &mut Problems<'_>) -> Option<Addr> {
        let text = node.text()?;
        let found = if text.contains('/') { self.by_address(text, wanted) } else { self.by_name(text, wanted) };
        match found {
            Ok(addr) => Some(addr),
            Err(fault) => {
                problems.error(node.at, fault);
                None
            }
        }
    }

    fn by_address(&self, text: &str, wanted: Kind) -> Result<Addr, Fault> {
        let addr = Addr::parse(text).map_err(|error| Fault::new(ProblemCode::Address, error.to_string()))?;
        match self.by_addr.get(&addr) {
            Some(known) if known.kind == wanted => Ok(addr),
            Some(known) => Err(wrong_kind(text, known.kind, wanted)),
            None => {
                let mut fault = Fault::new(ProblemCode::UnknownReference, format!("`{text}` is not in this file"));
                let near = self.by_addr.iter().filter(|(_, known)| known.kind == wanted).map(|(addr, _)| addr.as_str());
                fault.hint = did_you_mean(text, near).filter(|hint| hint.len() < 400);
                Err(fault)
            }
        }
    }

    fn by_name(&self, name: &str, wanted: Kind) -> Result<Addr, Fault> {
        match self.by_name.get(&(wanted, name.to_owned())).map(Vec::as_slice) {
            Some([addr]) => Ok(addr.clone()),
            Some(several) if !several.is_empty() => {
                let addresses: Vec<&str> = several.iter().take(6).map(Addr::as_str).collect();
                Err(Fault::new(
                    ProblemCode::AmbiguousReference,
                    format!("{} {wanted} are named `{name}`", several.len()),
                )
                .hint(format!("write the address: {}", addresses.join(" or "))))
            }
            _ => match Kind::ALL.into_iter().find(|kind| self.by_name.contains_key(&(*kind, name.to_owned()))) {
                Some(kind) => Err(wrong_kind(name, kind, wanted)),
                None => {
                    let mut fault = Fault::new(ProblemCode::UnknownReference, format!("no {wanted} is named `{name}`"));
                    let known = self.by_name.keys().filter(|(kind, _)| *kind == wanted).map(|(_, name)| name.as_str());
                    fault.hint = did_you_mean(name, known);
                    Err(fault)
                }
            },
        }
    }
}

fn wrong_kind(text: &str, found: Kind, wanted: Kind) -> Fault {
    Fault::new(ProblemCode::WrongKind, format!("`{text}` is an {found}; an {wanted} is needed here"))
}
