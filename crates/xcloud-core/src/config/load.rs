//! The pipe from text to desired state.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::diag::Diagnostics;
use crate::model::{Addr, Desired, Drains, Environment, Protected, Resource};

use super::flows::Env;
use super::grammar::{self, walk};
use super::parsed_resource::Draft;
use super::raw::{Fault, Node, Problems, Value, parse};
use super::resources::{self, Header, Refs};
use super::settings::{Settings, settings};
use super::{checks, flows, merged_tags, places};

/// Reads a config file's text. `file` is the name that diagnostics print.
///
/// Answers the desired state if no diagnostic is an error, and all diagnostics. A diagnostic with the code `secret` is
/// about a line that must not be printed.
#[must_use]
pub fn load(file: &str, text: &str) -> (Option<Desired>, Diagnostics) {
    let mut problems = Problems::new(file);
    let desired = match parse(text) {
        Ok(node) => lower(&node, &mut problems),
        Err(error) => {
            let (at, fault) = *error;
            problems.error(at, fault);
            None
        }
    };
    let refused = problems.has_errors();
    (desired.filter(|_| !refused), problems.finish())
}

fn lower(file: &Node, problems: &mut Problems<'_>) -> Option<Desired> {
    if matches!(file.value, Value::Null) {
        problems.error(
            file.at,
            Fault::new(ProblemCode::Empty, "the file is empty").hint("`xcloud schema` describes the format"),
        );
        return None;
    }
    walk(file, &grammar::FILE, problems);
    if !file.is_map() {
        return None;
    }
    let settings = settings(file, problems);
    let story = flows::story(file, &settings, problems);
    let accounts = resources::accounts(file, &settings);
    let tenants = resources::tenants(file, problems);
    let expanded = flows::expand(&story, &settings, problems);
    let headers = resources::headers(file, &accounts, problems);
    let headers = without_clashes(headers, &expanded, problems);
    let refs = Refs::new(&headers, &expanded);
    let declared = resources::read(file, &headers, &settings.product, &refs, problems);
    checks::check(&expanded, &declared, &settings.product, problems);
    if expanded.is_empty() && declared.is_empty() && !problems.has_errors() {
        problems.warning(
            file.at,
            Fault::new(
                ProblemCode::NothingDeclared,
                "no flow and no resource: everything of this product is an orphan",
            ),
        );
    }
    let record_zone = story.azure.as_ref().and_then(|azure| Some((azure.place(), azure.zone.clone()?)));
    if record_zone.is_none() {
        lone_record(file, &settings, problems);
    }
    let drafts: Vec<Draft> = expanded.into_iter().chain(declared).collect();
    let places = places::places(&story, &accounts, &drafts, &settings, problems);
    let tags = merged_tags::merged(file, &drafts, problems);
    let drains = drains(&story.environments, &drafts);
    let protected = protected(file, &headers);
    let resources: BTreeMap<Addr, Resource> =
        drafts.into_iter().map(|draft| (draft.resource.addr.clone(), draft.resource)).collect();
    let Settings { product, owner, regions, environments, failover, auth, ledger, limits, require_reversible, .. } =
        settings;
    Some(Desired {
        product,
        owner,
        regions,
        environments,
        failover,
        record_zone,
        drains,
        tags,
        protected,
        resources,
        places,
        auth,
        tenants,
        ledger,
        limits,
        require_reversible,
        ignore: settings.ignore,
        notify: settings.notify,
    })
}

/// How long what is left drains, by environment and by resource.
fn drains(environments: &[Env], drafts: &[Draft]) -> Drains {
    let of_env = |env: &Env| Some((env.name.clone(), env.drain_secs?));
    let said = drafts.iter().filter_map(|draft| Some((draft.resource.addr.clone(), draft.drain_secs?)));
    Drains { environments: environments.iter().filter_map(of_env).collect(), resources: said.collect() }
}

/// What no plan deletes or replaces.
fn protected(file: &Node, headers: &[Header<'_>]) -> Protected {
    let says = |node: &Node| node.text_of("protect").is_some_and(|word| word.eq_ignore_ascii_case("true"));
    let environments = file.get("environments").map(Node::named).unwrap_or_default();
    let environments = environments.into_iter().filter(|(_, _, node)| says(node));
    let resources = headers.iter().filter(|header| says(header.node));
    Protected {
        environments: environments.map(|(name, ..)| name.to_owned()).collect(),
        resources: resources.map(|header| header.addr.clone()).collect(),
    }
}

/// Without a zone the ledger holds the active-region records: then every machine must see it.
fn lone_record(file: &Node, settings: &Settings, problems: &mut Problems<'_>) {
    let two_regions =
        |environment: &Environment| settings.regions.dr.as_ref().is_some_and(|dr| environment.regions.contains(dr));
    let seen = settings.ledger.as_ref().is_some_and(|url| !url.starts_with("file:"));
    let azure = file.get("azure");
    let named = azure.is_some_and(|azure| azure.get("private_dns_zone").is_some());
    if seen || named || !settings.environments.values().any(two_regions) {
        return;
    }
    let message = "without a zone the ledger holds the active-region records, and other machines cannot read this one";
    let hint =
        "declare `private_dns_zone` under `azure`, or `ledger: az://account/container`: failover needs one of them";
    let key = if settings.ledger.is_some() { "ledger" } else { "azure" };
    problems.warning(file.key_at(key), Fault::new(ProblemCode::RecordOnOneMachine, message).hint(hint));
}

/// Reports declared resources whose address a flow has.
fn without_clashes<'n>(headers: Vec<Header<'n>>, expanded: &[Draft], problems: &mut Problems<'_>) -> Vec<Header<'n>> {
    let taken: BTreeMap<&Addr, &Draft> = expanded.iter().map(|draft| (&draft.resource.addr, draft)).collect();
    headers
        .into_iter()
        .filter(|header| {
            let clash = taken.get(&header.addr);
            if let Some(draft) = clash {
                let fault = Fault::new(
                    ProblemCode::DuplicateAddress,
                    format!("flows expand to {} already, from line {}", header.addr, draft.at.line),
                )
                .hint("give it another `name` or `env`");
                problems.error(header.at, fault);
            }
            clash.is_none()
        })
        .collect()
}
