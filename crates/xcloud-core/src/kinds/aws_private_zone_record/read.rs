//! From a node of the file to the kind.

use crate::code::ProblemCode;
use crate::config::raw::Fault;
use crate::config::resources::{Header, Reading};
use crate::config::values::{check_selector, selector};
use crate::model::{Kind, PrivateZoneRecord};

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<PrivateZoneRecord> {
    let node = header.node;
    check_selector(node.get("vpc"), reading.problems);
    let endpoint_node = node.get("endpoint")?;
    let endpoint = reading.refs.resolve(endpoint_node, Kind::Endpoint, reading.problems)?;
    if reading.refs.place(&endpoint).is_some_and(|place| place.key().region != header.place.key().region) {
        let fault = Fault::new(ProblemCode::OtherPlace, format!("{endpoint} is in another region"));
        reading.problems.error(endpoint_node.at, fault);
    }
    Some(PrivateZoneRecord {
        vpc: selector(node.get("vpc"), &header.env)?,
        record: node.text_of("record")?.to_ascii_lowercase(),
        endpoint,
    })
}
