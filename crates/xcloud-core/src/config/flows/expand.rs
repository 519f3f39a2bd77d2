//! From flows to resources: for each environment and region the AWS objects, for all of them the Azure rules.

use crate::config::parsed_resource::Draft;
use crate::config::raw::Problems;
use crate::config::settings::Settings;

use super::environment::Env;
use super::flow_layer::{Azure, Story};
use super::stack::Stack;
use super::{aws_to_azure, azure_rules, azure_to_aws, checks};

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
