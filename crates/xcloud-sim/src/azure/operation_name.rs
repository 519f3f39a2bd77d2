//! The name of the operation that a request asks for.

use super::ids::Target;
use crate::Request;

/// Returns the operation's name without executing it: the method and the last type name of the path.
///
/// Reading one resource and listing many have the same name: `GET networkSecurityGroups`.
#[must_use]
pub fn operation_of(request: &Request) -> String {
    let path = request.uri.path();
    let type_name = match Target::parse(path) {
        Some(target) => target.type_name(),
        None => path.rsplit('/').next().unwrap_or_default(),
    };
    format!("{} {type_name}", request.method)
}
