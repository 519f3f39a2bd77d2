//! Client tokens: a call that is made again answers what the first one made.

use super::failure::{Failure, ensure};
use super::operation::Call;
use super::world::{Issued, Region};

/// Makes an object, or answers the id that a call with the same token made, as long as that object exists.
pub(super) fn once(
    call: &mut Call<'_>,
    kind: &str,
    exists: fn(&Region, &str) -> bool,
    make: fn(&mut Call<'_>) -> Result<String, Failure>,
) -> Result<String, Failure> {
    let token = call.query.text("ClientToken").map(|token| format!("{}/{kind}/{token}", call.account));
    let fingerprint = call.query.fingerprint(&["ClientToken"]);
    let issued = token.as_ref().and_then(|token| call.world.region(&call.region).tokens.get(token)).cloned();
    if let Some(issued) = issued {
        ensure(issued.fingerprint == fingerprint, "IdempotentParameterMismatch", || {
            "The client token was used with other parameters".to_owned()
        })?;
        if exists(call.here(), &issued.id) {
            return Ok(issued.id);
        }
    }
    let id = make(call)?;
    if let Some(token) = token {
        call.here().tokens.insert(token, Issued { fingerprint, id: id.clone() });
    }
    Ok(id)
}
