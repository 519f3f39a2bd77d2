//! Lists that several estates of one pass read: asked once, and good for a minute. A subscription's lists are the same
//! for every product, and Azure allows few of some (private DNS: facts/azure 4.2).

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use xcloud_core::provider::ProviderError;

type List = Option<Vec<Value>>;

/// How long an answer is good. Older ones are dropped, so that memory does not grow with the estates of a pass.
const GOOD: Duration = Duration::from_secs(60);

/// A list that was asked for, and when.
struct Asked {
    at: Instant,
    answer: Arc<OnceCell<List>>,
}

/// The lists of one subscription.
#[derive(Default)]
pub(crate) struct PassCache(Mutex<BTreeMap<String, Asked>>);

impl PassCache {
    /// Returns the list, read by whoever asks first; others wait for that answer. A failure is nobody's answer.
    pub(crate) async fn once<F>(&self, key: String, read: impl FnOnce() -> F) -> Result<List, ProviderError>
    where
        F: Future<Output = Result<List, ProviderError>>,
    {
        let cell = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|_, asked| asked.at.elapsed() < GOOD);
            let asked = kept.entry(key).or_insert_with(|| Asked { at: Instant::now(), answer: Arc::default() });
            Arc::clone(&asked.answer)
        };
        cell.get_or_try_init(read).await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_list_is_read_once_a_minute_however_many_ask() {
        let (cache, reads) = (PassCache::default(), AtomicU32::new(0));
        let ask = || {
            cache.once("zone".to_owned(), || async {
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(Some(vec![Value::from(1)]))
            })
        };
        let (one, other) = tokio::join!(ask(), ask());
        assert_eq!((one.expect("read"), reads.load(Ordering::Relaxed)), (other.expect("read"), 1));
        tokio::time::sleep(GOOD).await;
        ask().await.expect("read");
        assert_eq!(reads.load(Ordering::Relaxed), 2);
    }
}
