//! From flows to resources: for each environment and region the AWS objects, for all of them the Azure rules.

use crate::config::draft::Draft;
use crate::config::raw::{At, Problems};
use crate::config::settings::Settings;
use crate::model::{Addr, Place, Resource, Spec};

use super::environment::{Env, Region};
use super::story::{Azure, Flow, Side, Story};
use super::{aws_to_azure, azure_rules, azure_to_aws, checks};

/// One (environment, region) with everything around it.
pub(super) struct Stack<'a> {
    pub(super) product: &'a str,
    pub(super) hub: &'a Side<'a>,
    pub(super) hub_account: &'a str,
    /// Absent where only azure-to-aws flows exist.
    pub(super) member: Option<&'a Side<'a>>,
    pub(super) account: &'a str,
    pub(super) env: &'a Env,
    pub(super) region: &'a Region,
}

impl Stack<'_> {
    pub(super) fn hub_place(&self) -> Place {
        self.hub.place(self.hub_account, &self.region.name)
    }

    pub(super) fn member_place(&self) -> Place {
        match self.member {
            Some(member) => member.place(self.account, &self.region.name),
            None => Place::Aws {
                account: self.account.to_owned(),
                region: self.region.name.clone(),
                role: None,
                read_role: None,
            },
        }
    }

    pub(super) fn draft(&self, at: At, place: Place, flow: Option<&str>, name: &str, spec: Spec) -> Draft {
        let addr = Addr::new(&self.env.name, &self.region.name, spec.kind(), name);
        Draft { at, resource: Resource { addr, place, flow: flow.map(str::to_owned), spec } }
    }
}

/// Expands all flows.
pub(crate) fn expand(story: &Story<'_>, settings: &Settings, problems: &mut Problems<'_>) -> Vec<Draft> {
    if story.flows.is_empty() {
        return Vec::new();
    }
    checks::check(story, problems);
    let mut drafts = Vec::new();
    let (Some(hub), Some(azure)) = (&story.hub, &story.azure) else { return drafts };
    let Some(hub_account) = hub.account.as_deref() else { return drafts };
    for env in &story.environments {
        let Some(account) = &env.account else { continue };
        for region in &env.regions {
            let stack = Stack {
                product: &settings.product,
                hub,
                hub_account,
                member: story.product.as_ref(),
                account: &account.value,
                env,
                region,
            };
            drafts.extend(aws_to_azure::expand(&stack, &story.flows));
            drafts.extend(azure_to_aws::expand(&stack, &story.flows));
        }
        azure_of(env, story, azure, settings, &mut drafts, problems);
    }
    drafts.extend(azure_rules::firewall(story, azure, settings));
    drafts
}

fn azure_of(
    env: &Env,
    story: &Story<'_>,
    azure: &Azure,
    settings: &Settings,
    drafts: &mut Vec<Draft>,
    problems: &mut Problems<'_>,
) {
    drafts.extend(azure_rules::network_security_group(env, story, azure, &settings.product));
    for flow in story.flows.iter().filter(|flow| !flow.is_to_azure()) {
        drafts.extend(azure_rules::record(env, flow, azure, settings, problems));
    }
}

/// The aws-to-azure flows that are complete enough to expand.
pub(super) fn to_azure<'a>(flows: &'a [Flow<'a>]) -> impl Iterator<Item = &'a Flow<'a>> {
    flows.iter().filter(|flow| flow.is_to_azure() && flow.port.is_some())
}
