//! The example estate as it is declared, and both clouds as they are when all of it stands.

use std::collections::BTreeMap;

use super::live;
use crate::failover::gates::{Gate, Light, Question, gates};
use crate::live::{Answer, AwsLive, AzureLive, LiveFirewallRule, LiveNsgRule, Observed, PlaceState, Query};
use crate::model::{Addr, Cloud, Desired, FailoverRules, Kind, PlaceKey, Spec};
use crate::plan::{Action, Change, Comparison};
use crate::tests::{azure, open_api, place_of, silence, unanswered};

pub(super) const FROM: &str = "eu-north-1";
pub(super) const TO: &str = "eu-west-1";
pub(super) const HUB: &str = "100000000001";
pub(super) const PRODUCT: &str = "200000000003";

/// What is judged, to be spoilt.
#[derive(Clone)]
pub(super) struct World {
    pub(super) desired: Desired,
    pub(super) observed: Observed,
    pub(super) comparison: Comparison,
    pub(super) shut: bool,
}

pub(super) fn addr(region: &str, kind: Kind, name: &str) -> Addr {
    Addr::new("prod", region, kind, name)
}

impl World {
    /// Everything stands as it is declared.
    pub(super) fn good() -> Self {
        let desired = open_api();
        let observed = live::observed(&desired);
        let changes = desired.resources.values().map(|resource| {
            let place = resource.place.key();
            Change {
                addr: resource.addr.clone(),
                kind: resource.spec.kind(),
                cloud: place.cloud,
                account: place.account,
                region: place.region,
                action: Action::Same,
                fields: Vec::new(),
                reasons: Vec::new(),
                id: None,
            }
        });
        let comparison = Comparison {
            changes: changes.collect(),
            notes: Vec::new(),
            sets: Vec::new(),
            obstacles: Vec::new(),
            records: BTreeMap::new(),
            left_alone: BTreeMap::new(),
            unknown: BTreeMap::new(),
        };
        Self { desired, observed, comparison, shut: false }
    }

    pub(super) fn gates(&self) -> Vec<Gate> {
        let Self { desired, observed, comparison, shut } = self;
        gates(&Question { desired, observed, comparison, env: "prod", from: FROM, to: TO, shut: *shut })
    }

    pub(super) fn gate(&self, name: &str) -> Gate {
        self.gates().into_iter().find(|gate| gate.name.word() == name).expect("a gate of this name")
    }

    /// The light and the line of a gate.
    pub(super) fn says(&self, name: &str) -> (Light, String) {
        let gate = self.gate(name);
        (gate.light, gate.text)
    }

    pub(super) fn aws(&mut self, account: &str, region: &str) -> &mut AwsLive {
        match &mut place_of(&mut self.observed, account, region).answer {
            Answer::Aws(live) => live,
            _ => panic!("{account}/{region} is silent"),
        }
    }

    /// The hub in the region that would take over.
    pub(super) fn hub(&mut self) -> &mut AwsLive {
        self.aws(HUB, TO)
    }

    /// The product's account in the region that would take over.
    pub(super) fn product(&mut self) -> &mut AwsLive {
        self.aws(PRODUCT, TO)
    }

    pub(super) fn azure(&mut self) -> &mut AzureLive {
        azure(&mut self.observed)
    }

    /// The live rules of the environment's network security group.
    pub(super) fn nsg(&mut self) -> &mut Vec<LiveNsgRule> {
        let nsg = self.azure().nsgs.iter_mut().find(|nsg| nsg.id.0.contains("rg-prod"));
        &mut nsg.expect("the group of prod").rules
    }

    /// The live rules of our rule collection group.
    pub(super) fn firewall(&mut self) -> &mut Vec<LiveFirewallRule> {
        &mut self.azure().rule_groups.first_mut().expect("our group").rules
    }

    /// Lets no answer come from the places of a region; Azure's is `azure`.
    pub(super) fn silence(&mut self, region: &str) {
        silence(&mut self.observed, region);
        for place in self.observed.places.keys().filter(|place| place.region == region) {
            self.comparison.unknown.insert(place.clone(), unanswered(place).to_string());
            self.comparison
                .changes
                .retain(|change| (&change.account, &change.region) != (&place.account, &place.region));
        }
    }

    /// The change of a resource in the region that would take over.
    pub(super) fn change(&mut self, kind: Kind, name: &str) -> &mut Change {
        let addr = addr(TO, kind, name);
        self.comparison.changes.iter_mut().find(|change| change.addr == addr).expect("a change")
    }

    pub(super) fn spec(&mut self, region: &str, kind: Kind, name: &str) -> &mut Spec {
        &mut self.desired.resources.get_mut(&addr(region, kind, name)).expect("a resource").spec
    }

    pub(super) fn on_failover(&mut self) {
        self.desired.failover.as_mut().expect("a policy").rules = FailoverRules::OnFailover;
    }

    /// Sets the health of every target of a region.
    pub(super) fn health(&mut self, region: &str, state: &str) {
        for account in [HUB, PRODUCT] {
            for group in &mut self.aws(account, region).target_groups {
                group.targets.iter_mut().for_each(|target| target.2 = state.into());
            }
        }
    }

    /// Lets AWS choose the addresses that Azure sees and calls.
    pub(super) fn without_pins(&mut self) {
        for resource in self.desired.resources.values_mut() {
            match &mut resource.spec {
                Spec::LoadBalancer(spec) => spec.service_ips.clear(),
                Spec::Endpoint(spec) => spec.endpoint_ips.clear(),
                _ => {}
            }
        }
    }
}

pub(super) fn state(place: &crate::model::Place, query: Query, answer: Answer) -> PlaceState {
    PlaceState { place: place.clone(), query, answer }
}

pub(super) fn is_aws(key: &PlaceKey) -> bool {
    key.cloud == Cloud::Aws
}
