//! What the tests of several rooms build on: the example configs, small desired states, places, and clouds that answer
//! or do not.

mod desired;
mod seen;

pub(crate) use desired::{OPEN_API, account, desired, load, open_api, resources, subscription};
pub(crate) use seen::{azure, place_of, silence, texts, unanswered};
