//! A plan in the making: the planners of the kinds add changes, notes and steps; ordering comes afterwards.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde_json::Value;

use super::drain::Drain;
use super::rule_sets::RuleSet;
use super::{Action, Await, Change, DerivedRule, FieldChange, Note, Obstacle, Path, Phase, PlanOptions, Shown, Undo};
use crate::code::{NoteCode, ProblemCode};
use crate::diag::Diagnostics;
use crate::live::{AzureLive, Observed};
use crate::model::{Addr, AddressKind, AddressSource, Addresses, Desired, Kind, Place, PlaceKey, Resource};
use crate::op::{Handle, Object, Op};

/// A plan in the making.
pub(crate) struct Draft<'a> {
    pub(crate) desired: &'a Desired,
    pub(crate) observed: &'a Observed,
    pub(crate) options: &'a PlanOptions,
    pub(crate) problems: Diagnostics,
    pub(crate) obstacles: Vec<Obstacle>,
    pub(crate) sets: Vec<RuleSet>,
    pub(crate) notes: Vec<Note>,
    pub(crate) changes: Vec<Change>,
    pub(crate) rules: Vec<DerivedRule>,
    pub(crate) before_commit: Vec<Await>,
    pub(crate) settle: Vec<Await>,
    pub(crate) depends: BTreeMap<String, Value>,
    pub(crate) steps: Vec<DraftStep>,
    /// Whose addresses are known or expected: filled by the AWS planners, read by the Azure ones.
    pub(crate) book: BTreeMap<(Addr, AddressKind), BookEntry>,
    /// Steps that give a live endpoint more addresses.
    pub(crate) grown: BTreeMap<(Addr, AddressKind), usize>,
    /// The active region of each environment that has a record.
    pub(crate) active: BTreeMap<String, String>,
    /// Environments whose ways lead through a rule collection group of ours.
    pub(crate) walled: BTreeSet<String>,
    /// Environments whose fence does not hold, or may not.
    pub(crate) breaches: BTreeMap<String, Breach>,
}

/// How a fence fails to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Breach {
    /// What decides before it is not known, or may let its traffic pass.
    Possible,
    /// A rule of it is not there yet.
    Missing,
    /// A rule that decides before it lets some of its traffic pass.
    Certain,
}

/// A step before ordering. `needs` come from handles, from `uses`, from `after` and from what it releases.
pub(crate) struct DraftStep {
    pub(crate) addr: Addr,
    pub(crate) place: PlaceKey,
    pub(crate) op: Op,
    pub(crate) makes: Option<Object>,
    /// Indices of steps that must be done before.
    pub(crate) after: Vec<usize>,
    pub(crate) awaits: Vec<Await>,
    pub(crate) undo: Undo,
    pub(crate) phase: Phase,
    /// Whose addresses the operation names, pinned or late.
    pub(crate) uses: Vec<(Addr, AddressKind)>,
    /// Whose addresses must be open in Azure first: this follows every step before the commit point that uses them.
    pub(crate) follows: Vec<(Addr, AddressKind)>,
    /// Whose addresses a step after the commit point is the first to let through: nothing may use them before.
    pub(crate) opens_late: Vec<(Addr, AddressKind)>,
    /// Addresses that carry no new connections once this is done: rules that name them are closed afterwards.
    pub(crate) drains: BTreeSet<IpNet>,
    /// How long what this step leaves still carries connections; `None` where it carried none, or goes as a whole.
    pub(crate) drain: Option<Drain>,
    /// Networks to or from which less is let through once this is done after the commit point, in Azure or in the same
    /// AWS place: only after every step that ends the use of an address in them.
    pub(crate) cuts: BTreeSet<IpNet>,
    /// Whether it lets a load balancer reach more.
    pub(crate) lets_out: bool,
    /// What is healthy before this sends connections elsewhere; what lets the checks through is opened before.
    pub(crate) health: Vec<Await>,
    /// Addresses that no rule of the object names any more once this is done.
    pub(crate) closes: BTreeSet<IpNet>,
    /// Addresses that the cloud may give to others once this is done: only after every step that closes them.
    pub(crate) releases: BTreeSet<IpNet>,
}

impl DraftStep {
    /// Returns a step before the commit point with nothing else said.
    pub(crate) fn build(addr: &Addr, place: &PlaceKey, op: impl Into<Op>, undo: Undo) -> Self {
        Self {
            addr: addr.clone(),
            place: place.clone(),
            op: op.into(),
            makes: None,
            after: Vec::new(),
            awaits: Vec::new(),
            undo,
            phase: Phase::Build,
            uses: Vec::new(),
            follows: Vec::new(),
            opens_late: Vec::new(),
            drains: BTreeSet::new(),
            drain: None,
            cuts: BTreeSet::new(),
            lets_out: false,
            health: Vec::new(),
            closes: BTreeSet::new(),
            releases: BTreeSet::new(),
        }
    }

    /// Returns a step after the commit point.
    pub(crate) fn commit(addr: &Addr, place: &PlaceKey, op: impl Into<Op>, undo: Undo) -> Self {
        Self { phase: Phase::Commit, ..Self::build(addr, place, op, undo) }
    }

    pub(crate) fn makes(mut self, object: Object) -> Self {
        self.makes = Some(object);
        self
    }

    pub(crate) fn after(mut self, steps: impl IntoIterator<Item = usize>) -> Self {
        self.after.extend(steps);
        self
    }

    pub(crate) fn awaits(mut self, awaits: impl IntoIterator<Item = Await>) -> Self {
        self.awaits.extend(awaits);
        self
    }
}

/// Whose addresses: known (live or pinned), or late.
pub(crate) struct BookEntry {
    pub(crate) addresses: Addresses,
    /// The AWS place of the holders.
    pub(crate) place: PlaceKey,
    /// Load balancers or the endpoint whose interfaces have the addresses.
    pub(crate) holders: Vec<Handle>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(desired: &'a Desired, observed: &'a Observed, options: &'a PlanOptions) -> Self {
        Self {
            desired,
            observed,
            options,
            problems: Diagnostics::default(),
            obstacles: Vec::new(),
            sets: Vec::new(),
            notes: Vec::new(),
            changes: Vec::new(),
            rules: Vec::new(),
            before_commit: Vec::new(),
            settle: Vec::new(),
            depends: BTreeMap::new(),
            steps: Vec::new(),
            book: BTreeMap::new(),
            grown: BTreeMap::new(),
            active: BTreeMap::new(),
            walled: walled(desired),
            breaches: BTreeMap::new(),
        }
    }

    /// Adds a step and returns its index.
    pub(crate) fn step(&mut self, step: DraftStep) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// Returns the live Azure tables of a place, or `None` if it is unknown.
    pub(crate) fn azure(&self, place: &Place) -> Option<&'a AzureLive> {
        self.observed.azure(&place.key())
    }

    /// Returns the desired resources of a kind that this run is about, in the order of addresses.
    pub(crate) fn resources(&self, kind: Kind) -> Vec<&'a Resource> {
        self.desired
            .resources
            .values()
            .filter(|resource| resource.spec.kind() == kind && self.options.filter.includes(&resource.addr))
            .collect()
    }

    /// Refuses the plan: nothing is changed until this is corrected.
    pub(crate) fn problem(&mut self, addr: &Addr, code: ProblemCode, message: impl Into<String>, hint: &str) {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        let message = message.into();
        self.problems.error(None, code, format!("{addr}: {message}"), hint);
        self.obstacles.push(Obstacle { addr: addr.clone(), code, message });
    }

    /// Notes that the fence of an environment does not hold, or may not.
    pub(crate) fn breach(&mut self, env: &str, breach: Breach) {
        let known = self.breaches.entry(env.to_owned()).or_insert(breach);
        *known = breach.max(*known);
    }

    /// Tells the operator something.
    pub(crate) fn note(&mut self, code: NoteCode, addr: Option<&Addr>, text: impl Into<String>) {
        self.notes.push(Note::of(code, addr, text));
    }

    /// Tells the operator something about a part of a resource.
    pub(crate) fn note_on(&mut self, code: NoteCode, addr: &Addr, property: Path, text: impl Into<String>) {
        self.notes.push(Note { property: Some(property), ..Note::of(code, Some(addr), text) });
    }

    /// Adds the change of a resource, also where nothing differs.
    pub(crate) fn change(&mut self, resource: &Resource, action: Action, fields: Vec<FieldChange>, id: Option<String>) {
        self.change_because(resource, action, fields, id, Vec::new());
    }

    /// Adds the change of a resource with the reasons for its action.
    pub(crate) fn change_because(
        &mut self,
        resource: &Resource,
        action: Action,
        fields: Vec<FieldChange>,
        id: Option<String>,
        reasons: Vec<String>,
    ) {
        let change = Change::of(&resource.addr, resource.spec.kind(), &resource.place.key(), action);
        self.changes.push(Change { fields, reasons, id, ..change });
    }

    /// Writes down what the steps of a resource depend on, without the fields that change by themselves.
    pub(crate) fn depends_on(&mut self, addr: &Addr, what: &str, live: impl serde::Serialize, volatile: &[&str]) {
        let mut value = serde_json::to_value(live).unwrap_or(Value::Null);
        strip(&mut value, volatile);
        sort(&mut value);
        self.depends.insert(format!("{addr} {what}"), value);
    }

    /// Returns the addresses of a source: listed, known, or late; `None` if its place is unknown or the source is
    /// not part of this run's knowledge, in which case what is live must be kept as it is.
    pub(crate) fn addresses(&self, source: &AddressSource) -> Option<Addresses> {
        match source {
            AddressSource::Listed(set) => Some(Addresses::Known(set.clone())),
            AddressSource::Of { addr, kind } => {
                self.book.get(&(addr.clone(), *kind)).map(|entry| entry.addresses.clone())
            }
        }
    }
}

/// Returns the environments that a rule collection group of ours serves.
fn walled(desired: &Desired) -> BTreeSet<String> {
    let groups = desired.resources.values().filter_map(|resource| resource.spec.declared().role().wall());
    groups.flat_map(|group| &group.rules).map(|rule| rule.env.clone()).collect()
}

fn strip(value: &mut Value, volatile: &[&str]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| strip(item, volatile)),
        Value::Object(fields) => volatile.iter().for_each(|field| {
            fields.shift_remove(*field);
        }),
        _ => {}
    }
}

/// Lists come in any order from the clouds: no difference.
fn sort(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sort);
            items.sort_by_cached_key(ToString::to_string);
        }
        Value::Object(fields) => fields.values_mut().for_each(sort),
        _ => {}
    }
}

/// Returns whose addresses the sources name.
pub(crate) fn uses_of<'s>(sources: impl IntoIterator<Item = &'s AddressSource>) -> Vec<(Addr, AddressKind)> {
    sources
        .into_iter()
        .filter_map(|source| match source {
            AddressSource::Of { addr, kind } => Some((addr.clone(), *kind)),
            AddressSource::Listed(_) => None,
        })
        .collect()
}

/// Returns a field that differs.
pub(crate) fn field(path: impl Into<Path>, before: impl Into<Value>, after: impl Into<Shown>) -> FieldChange {
    FieldChange { path: path.into(), before: before.into(), after: after.into() }
}
