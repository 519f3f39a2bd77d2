//! What a call is, and what an operation is made of.

use super::failure::{Failure, ensure};
use super::partition::partition;
use super::query::Query;
use super::world::{AwsWorld, Issued, Region};
use super::xml::Xml;
use crate::Millis;

/// What an operation answers with: the inside of its response element.
pub(super) type Answer = Result<Xml, Failure>;

/// One operation of a query protocol.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) writes: bool,
    /// The first parts of the parameters that are simulated; any other one is refused, so that no parameter is
    /// silently without effect.
    pub(super) parameters: &'static [&'static str],
    pub(super) run: fn(&mut Call<'_>) -> Answer,
}

impl Operation {
    /// An operation that changes nothing.
    pub(super) const fn read(
        name: &'static str,
        parameters: &'static [&'static str],
        run: fn(&mut Call<'_>) -> Answer,
    ) -> Self {
        Self { name, writes: false, parameters, run }
    }

    /// An operation that changes the state.
    pub(super) const fn write(
        name: &'static str,
        parameters: &'static [&'static str],
        run: fn(&mut Call<'_>) -> Answer,
    ) -> Self {
        Self { name, writes: true, parameters, run }
    }
}

/// One call of one account in one region.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) world: &'a mut AwsWorld,
    pub(super) now: Millis,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) access_key: String,
    pub(super) query: Query,
}

impl Call<'_> {
    /// Returns the region's objects.
    pub(super) fn here(&mut self) -> &mut Region {
        self.world.region(&self.region)
    }

    /// Makes an object, or answers the id that a call with the same client token made, as long as that object exists.
    pub(super) fn once(
        &mut self,
        kind: &str,
        exists: fn(&Region, &str) -> bool,
        make: fn(&mut Self) -> Result<String, Failure>,
    ) -> Result<String, Failure> {
        let token = self.query.text("ClientToken").map(|token| format!("{}/{kind}/{token}", self.account));
        let fingerprint = self.query.fingerprint(&["ClientToken"]);
        let issued = token.as_ref().and_then(|token| self.here().tokens.get(token).cloned());
        if let Some(issued) = issued {
            ensure(issued.fingerprint == fingerprint, "IdempotentParameterMismatch", || {
                "The client token was used with other parameters".to_owned()
            })?;
            if exists(self.here(), &issued.id) {
                return Ok(issued.id);
            }
        }
        let id = make(self)?;
        if let Some(token) = token {
            self.here().tokens.insert(token, Issued { fingerprint, id: id.clone() });
        }
        Ok(id)
    }

    /// Returns role and session of a key that AssumeRole made.
    pub(super) fn caller_session(&self) -> Option<(String, String)> {
        self.world.keys.get(&self.access_key).and_then(|key| key.session.clone())
    }

    /// Returns a new id, and from when on its object is visible.
    pub(super) fn new_id(&mut self, prefix: &str) -> (String, Millis) {
        let id = self.world.new_id(prefix);
        let visible = self.world.visible_from(self.now, &id);
        (id, visible)
    }

    /// Returns an ARN of this account and region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", partition(&self.region), self.region, self.account)
    }
}
