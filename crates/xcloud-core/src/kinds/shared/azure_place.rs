//! What a resource of Azure takes from its account.

use crate::code::ProblemCode;
use crate::config::raw::Fault;
use crate::config::resources::{Header, Reading};
use crate::model::Place;

/// The subscription that a resource lives in.
pub(crate) fn subscription<'h>(header: &'h Header<'_>) -> &'h str {
    match &header.place {
        Place::Azure { subscription, .. } => subscription,
        Place::Aws { .. } | Place::Ledger { .. } => "",
    }
}

/// What is made whole needs a location.
pub(crate) fn has_location(header: &Header<'_>, reading: &mut Reading<'_, '_>) {
    let missing = match &header.place {
        Place::Azure { location, .. } => location.is_none(),
        Place::Aws { .. } | Place::Ledger { .. } => false,
    };
    if missing {
        let fault = Fault::new(
            ProblemCode::MissingLocation,
            format!("an {} is made in a location, and its account names none", header.kind),
        )
        .hint("add `location: norwayeast` to the account");
        reading.problems.error(header.node.key_at("in"), fault);
    }
}
