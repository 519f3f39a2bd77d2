//! Clouds that refuse, fail, lose answers and fall silent: every call of a whole estate meets every fault. The run
//! ends, says what happened, and the next plain run makes the same estate as a run on good clouds.

mod reads;
pub(crate) mod shape;
mod writes;
