//! The tiny AWS: undoing what a run did before its commit point.

use super::cloud::{Cloud, Refused};
use crate::plan::{Step, Undo};

impl Cloud {
    /// Undoes the steps before the commit point, the last one first.
    pub(crate) fn unwind(&mut self, ran: &[Step]) -> Result<(), Refused> {
        for step in ran.iter().rev() {
            if let Undo::Delete(op) | Undo::Restore(op) = &step.undo {
                let op = op.bind(&self.bindings).map_err(|error| error.to_string())?;
                self.call(&step.place, &op).map_err(|why| format!("undo of {}: {why}", step.op.name()))?;
            }
        }
        Ok(())
    }
}
