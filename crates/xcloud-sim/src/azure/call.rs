//! One call on its way through the handlers.

use super::ids::ResourceId;
use super::reply::ArmError;
use super::world::{AzureWorld, Stored};
use crate::{Millis, Request};

/// The state, the time and the request that a handler works on.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) world: &'a mut AzureWorld,
    pub(super) now: Millis,
    pub(super) request: &'a Request,
}

impl Call<'_> {
    /// Returns a query parameter, its name compared without case.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        query(self.request, name)
    }

    /// Returns a request header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the resource, or the 404 that Azure gives for it.
    pub(super) fn existing(&self, id: &ResourceId) -> Result<&Stored, ArmError> {
        self.parent_exists(id)?;
        self.world.resources.get(&id.key()).ok_or_else(|| not_found(id))
    }

    /// Checks that the parent of a child is there.
    pub(super) fn parent_exists(&self, id: &ResourceId) -> Result<(), ArmError> {
        let Some(parent) = id.parent() else { return Ok(()) };
        if self.world.resources.contains_key(&parent.key()) {
            return Ok(());
        }
        let message = format!(
            "Can not perform requested operation on nested resource. Parent resource '{}' not found.",
            parent.names.join("/")
        );
        Err(ArmError::new(404, "ParentResourceNotFound", message))
    }
}

/// Returns a query parameter of a request, its name compared without case.
pub(super) fn query(request: &Request, name: &str) -> Option<String> {
    let query = request.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.into_owned())
}

/// Returns the 404 for a resource whose parent or resource group exists.
fn not_found(id: &ResourceId) -> ArmError {
    if id.parent().is_some() && !id.kind.is_dns() {
        return ArmError::child_not_found(&id.to_string());
    }
    let message = format!(
        "The Resource 'Microsoft.Network/{}/{}' under resource group '{}' was not found. For more details please go \
         to https://aka.ms/ARMResourceNotFoundFix",
        id.type_path,
        id.names.join("/"),
        id.group
    );
    ArmError::new(404, "ResourceNotFound", message)
}
