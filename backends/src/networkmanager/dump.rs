//! How is the kernel asked how everything stands? By dumps, when its events were lost, and before the default route is moved.

use super::kernel::Facts;
use super::sync::{Presence, Sync};
use super::task::Task;
use crate::netlink::request::{Kernel, Refused};
use crate::netlink::watch::{DefaultRoute, address};

impl Task {
    /// Asks the kernel for everything; what NetworkManager's links make of it is told anew if it was told before.
    pub(super) async fn ask_kernel(&mut self) {
        const ATTEMPTS: usize = 8;
        for _ in 0..ATTEMPTS {
            self.absorb();
            self.overrun = false;
            match everything(self.kernel.clone()).await {
                Ok(facts) => self.facts = facts,
                Err(refused) => {
                    tracing::error!(%refused, "networkmanager: the kernel does not say how its links stand; what is reported may be out of date");
                    break;
                }
            }
            self.absorb();
            if !self.overrun {
                break;
            }
        }
        self.overrun = false;
        self.routing.keep_existing(&self.facts.routes);
        if self.presence == Presence::Here && self.sync == Sync::Done {
            self.resync();
        }
    }

    /// Asks the kernel for the default routes: it does not tell of every one that goes with an address or an interface.
    pub(super) async fn ask_routes(&mut self) {
        self.absorb();
        match default_routes(self.kernel.clone()).await {
            Ok(routes) => self.facts.routes = routes,
            Err(refused) => tracing::warn!(%refused, "networkmanager: the kernel does not say which default routes there are"),
        }
        self.absorb();
        self.routing.keep_existing(&self.facts.routes);
    }
}

/// Everything the kernel has.
async fn everything(kernel: Kernel) -> Result<Facts, Refused> {
    let mut facts = Facts::default();
    for told in kernel.links().await? {
        facts.apply(&told);
    }
    for message in kernel.addresses().await? {
        if let Some(told) = address(&message) {
            facts.apply(&told);
        }
    }
    facts.routes = default_routes(kernel).await?;
    Ok(facts)
}

/// The default routes of both families.
async fn default_routes(kernel: Kernel) -> Result<Vec<DefaultRoute>, Refused> {
    let mut routes = kernel.default_routes(false).await?;
    routes.extend(kernel.default_routes(true).await?);
    Ok(routes)
}
