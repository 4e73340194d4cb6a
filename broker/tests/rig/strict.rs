//! Who denies some acts, to everybody, and takes its time for one client.

use netsession_broker::authority::{Act, Authority, Subject, Verdict};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Denies some acts, to everybody; the verdicts on others can be held back for one client.
#[derive(Debug, Default)]
pub(crate) struct Strict {
    pub(crate) denied: Vec<Act>,
    pub(crate) slow: Mutex<Option<Arc<str>>>,
    pub(crate) released: Notify,
    pub(crate) asked: Mutex<Vec<(Act, bool)>>,
}

impl Authority for Strict {
    fn check(&self, subject: &Subject, act: Act, interactive: bool) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>> {
        self.asked.lock().unwrap().push((act, interactive));
        let waits = self.slow.lock().unwrap().as_deref() == Some(&*subject.bus_name);
        let denied = self.denied.contains(&act);
        Box::pin(async move {
            if waits {
                self.released.notified().await;
            }
            if denied { Verdict::Denied(format!("{} is not for you", act.name())) } else { Verdict::Allowed }
        })
    }
}
