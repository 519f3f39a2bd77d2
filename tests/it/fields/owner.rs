//! The owner of the product: a mark on everything that can carry one.

use crate::bed::RESOURCES;
use crate::cases::{case, check, edit, must};

#[tokio::test(start_paused = true)]
async fn another_owner() {
    let cases = [case("owner", &[edit("owner:", "banking-platform@bank.example", "payments@bank.example")], "")];
    must(check(RESOURCES, &cases).await);
}
