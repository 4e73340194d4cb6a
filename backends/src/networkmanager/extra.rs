//! How does an additional default route come and go? One request to the kernel each, without a moment without one (`prefer.rs`).

use super::task::Task;
use crate::netlink::metric::before;
use crate::netlink::refused::Refused;
use crate::netlink::watch::DefaultRoute;
use netsession_fsm::words::Cause;

impl Task {
    /// Puts an additional default route through an interface before all others. If it gets the metric of another one of ours it takes
    /// its place in one step (`NLM_F_REPLACE`); else both are there until the old one is removed.
    pub(super) async fn put_before(&mut self, own: DefaultRoute, others: &[u32]) -> Result<DefaultRoute, Cause> {
        let stands = |route: &&DefaultRoute| {
            (route.v6, route.index, route.gateway) == (own.v6, own.index, own.gateway) && others.iter().all(|other| route.metric < *other)
        };
        if let Some(route) = self.routing.extra.iter().find(stands) {
            return Ok(*route);
        }
        let metric = before(self.options.prefer_metric, others, own.v6).ok_or(Cause::Route)?;
        let route = DefaultRoute { metric, ..own };
        self.note_extra(route);
        self.kernel.add_default(route, true, false).await.map_err(|refused| refusal(&refused))?;
        self.routing.extra.retain(|ours| (ours.v6, ours.metric) != (route.v6, metric));
        self.routing.extra.push(route);
        self.absorb();
        Ok(route)
    }

    /// Removes the routes we added, but for some.
    pub(super) async fn keep_only(&mut self, keep: &[DefaultRoute]) -> Result<(), Cause> {
        while let Some(old) = self.routing.extra.iter().copied().find(|route| !keep.contains(route)) {
            let removed = self.kernel.remove_default(old).await;
            self.routing.extra.retain(|ours| *ours != old);
            self.absorb();
            removed.map_err(|refused| refusal(&refused))?;
        }
        Ok(())
    }
}

/// What the kernel's refusal means for a session.
fn refusal(refused: &Refused) -> Cause {
    tracing::debug!(%refused, "networkmanager: a default route could not be changed");
    match refused.cause {
        cause @ (Cause::NotAuthorised | Cause::Vanished) => cause,
        _ => Cause::Route,
    }
}
