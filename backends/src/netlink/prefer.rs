//! How does the system default route move to a link without a moment without one? (C10, SPEC §7.4)

use super::metric;
use super::request::Refused;
use super::task::Task;
use super::watch::DefaultRoute;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState};

impl Task {
    /// Moves the additional default route to a link, or takes it away.
    ///
    /// A link without a gateway cannot be preferred (`Cause::Route`): a default route to everybody on the device itself is never what
    /// a broadcast network can serve. On failure the route stays where it is.
    pub(super) async fn prefer(&mut self, access_point: Option<AccessPointId>) -> Result<(), Cause> {
        let result = match access_point {
            Some(access_point) => self.prefer_link(access_point).await,
            None => self.keep_only(&[]).await.map_err(|refused| self.refused(&refused)),
        };
        if let (Err(cause), Some(access_point)) = (&result, access_point) {
            tracing::warn!(%access_point, %cause, "netlink: the default route stays where it is");
        }
        result
    }

    async fn prefer_link(&mut self, access_point: AccessPointId) -> Result<(), Cause> {
        let link = self.links.iter().find(|link| link.profile.access_point == access_point).ok_or(Cause::Route)?;
        match link.state(&self.facts) {
            (ConfigurationState::Active, _) => {}
            (_, Cause::Unknown) => return Err(Cause::Route),
            (_, cause) => return Err(cause),
        }
        let gateway = link.profile.gateway.ok_or(Cause::Route)?;
        let (index, _) = self.facts.by_name(&link.profile.interface).ok_or(Cause::Vanished)?;
        let route = self.put_before(index, gateway).await.map_err(|refused| self.refused(&refused))?;
        self.keep_only(&[route]).await.map_err(|refused| self.refused(&refused))
    }

    /// Puts a default route before all others. If it gets the metric of the one `Prefer` made last, it takes its place in one step
    /// (`NLM_F_REPLACE`); else both are there until the old one is removed. There is no moment without one.
    async fn put_before(&mut self, index: u32, gateway: std::net::IpAddr) -> Result<DefaultRoute, Refused> {
        let v6 = gateway.is_ipv6();
        let all = self.kernel.default_routes(v6).await?;
        self.preferred.retain(|ours| ours.v6 != v6 || all.contains(ours));
        let others: Vec<u32> = all.iter().filter(|route| !self.preferred.contains(route)).map(|route| route.metric).collect();
        let metric = metric::before(self.options.prefer_metric, &others, v6).ok_or_else(|| Refused::crowded(index))?;
        let route = DefaultRoute { v6, index, gateway: Some(gateway), metric };
        if !self.preferred.contains(&route) {
            self.kernel.add_default(route, true).await?;
            self.preferred.retain(|ours| (ours.v6, ours.metric) != (v6, metric));
            self.preferred.push(route);
        }
        Ok(route)
    }

    /// Removes the routes `Prefer` made, but for some.
    async fn keep_only(&mut self, keep: &[DefaultRoute]) -> Result<(), Refused> {
        while let Some(old) = self.preferred.iter().copied().find(|route| !keep.contains(route)) {
            self.kernel.remove_default(old).await?;
            self.preferred.retain(|ours| *ours != old);
        }
        Ok(())
    }

    fn refused(&self, refused: &Refused) -> Cause {
        tracing::warn!(%refused, "netlink: the default route could not be switched");
        match refused.cause {
            cause @ (Cause::NotAuthorised | Cause::Vanished) => cause,
            _ => Cause::Route,
        }
    }
}
