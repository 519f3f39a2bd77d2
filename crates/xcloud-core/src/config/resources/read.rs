//! From a header and its node to a resource.

use crate::config::parsed_resource::Draft;
use crate::config::raw::{Node, Problems};
use crate::config::tags::{Said, tags};
use crate::config::values::drain;
use crate::model::Resource;

use super::{Header, Reading, Refs};

/// Reads the bodies of declared resources. One that is not complete is left out; why was reported.
pub(crate) fn read(
    file: &Node,
    headers: &[Header<'_>],
    product: &str,
    refs: &Refs,
    problems: &mut Problems<'_>,
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for header in headers {
        let mut reading = Reading { product, refs, problems };
        let Some(spec) = (header.kind.rules().read)(header, &mut reading) else { continue };
        let resource =
            Resource { addr: header.addr.clone(), place: header.place.clone(), flow: header.flow.clone(), spec };
        let drain_secs = drain(header.node.get("drain"), problems);
        let account = header.node.text_of("in").and_then(|name| file.get("accounts")?.get(name));
        let tags = Said { account: tags(account), own: tags(Some(header.node)) };
        drafts.push(Draft { at: header.at, resource, drain_secs, tags });
    }
    drafts
}
