//! How does the system default route move to a link without a moment without one? (C10, SPEC §7.4)

use super::link::Link;
use super::map;
use super::metric;
use super::refused::Refused;
use super::task::Task;
use super::watch::DefaultRoute;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState};
use std::net::IpAddr;

impl Task {
    /// Moves the additional default route to a link, or takes it away; of both families if the link has routers of both.
    ///
    /// A link without a gateway cannot be preferred (`Cause::Route`): a default route to everybody on the device itself is never what
    /// a broadcast network can serve. On failure the routes stay where they are.
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
        let at = self.links.iter().position(|link| link.profile.access_point == access_point).ok_or(Cause::Route)?;
        match self.links[at].state(&self.facts) {
            (ConfigurationState::Active, _) => {}
            (_, Cause::Unknown) => return Err(Cause::Route),
            (_, cause) => return Err(cause),
        }
        let (index, gateways) = self.gateways(at).ok_or(Cause::Vanished)?;
        if gateways.is_empty() {
            return Err(Cause::Route);
        }
        let before = self.preferred.clone();
        match self.put_all_before(at, index, &gateways).await {
            Ok(routes) => self.keep_only(&routes).await.map_err(|refused| self.refused(&refused)),
            Err(refused) => {
                let cause = self.refused(&refused);
                for route in &before {
                    let back = self.kernel.add_default(*route, true, false).await.map(drop);
                    self.warn(back);
                }
                self.preferred.retain(|route| before.iter().all(|old| (old.v6, old.metric) != (route.v6, route.metric)));
                self.preferred.extend_from_slice(&before);
                let kept = self.keep_only(&before).await;
                self.warn(kept);
                Err(cause)
            }
        }
    }

    /// The device of a link, and its next hops now.
    fn gateways(&self, at: usize) -> Option<(u32, Vec<IpAddr>)> {
        let link = &self.links[at];
        let (index, _) = self.facts.by_name(&link.profile.interface)?;
        Some((index, map::gateways(&self.facts, &link.profile, link.standing(), index)))
    }

    /// Moves the default route along when the preferred link gets another router, or one of the other family.
    pub(super) async fn follow_gateways(&mut self, at: usize) {
        let Some((index, gateways)) = self.gateways(at) else { return };
        let has = |gateway: &IpAddr| self.preferred.iter().any(|route| route.index == index && route.gateway == Some(*gateway));
        let active = self.links[at].state(&self.facts).0 == ConfigurationState::Active;
        if !active || !self.preferred.iter().any(|route| route.index == index) || gateways.iter().all(has) {
            return;
        }
        let moved = match self.put_all_before(at, index, &gateways).await {
            Ok(routes) => self.keep_only(&routes).await,
            Err(refused) => Err(refused),
        };
        self.warn(moved);
    }

    /// A preferred link that left Active is preferred no more (C10): the kernel keeps the routes of a link that only lost its cable.
    pub(super) async fn let_go_of_lost(&mut self) {
        let facts = &self.facts;
        let active = |index: u32| {
            let of = |link: &&Link| facts.by_name(&link.profile.interface).is_some_and(|(its, _)| its == index);
            self.links.iter().find(of).is_some_and(|link| link.state(facts).0 == ConfigurationState::Active)
        };
        if self.preferred.iter().all(|route| active(route.index)) {
            return;
        }
        let keep: Vec<_> = self.preferred.iter().copied().filter(|route| active(route.index)).collect();
        let kept = self.keep_only(&keep).await;
        self.warn(kept);
    }

    async fn put_all_before(&mut self, at: usize, index: u32, gateways: &[IpAddr]) -> Result<Vec<DefaultRoute>, Refused> {
        let mut routes = Vec::new();
        for gateway in gateways {
            routes.push(self.put_before(at, index, *gateway).await?);
        }
        Ok(routes)
    }

    /// Puts a default route before all others. If it gets the metric of the one `Prefer` made last, it takes its place in one step
    /// (`NLM_F_REPLACE`); else both are there until the old one is removed. There is no moment without one.
    async fn put_before(&mut self, at: usize, index: u32, gateway: IpAddr) -> Result<DefaultRoute, Refused> {
        let v6 = gateway.is_ipv6();
        let all = self.kernel.default_routes(v6).await?;
        self.preferred.retain(|ours| ours.v6 != v6 || all.contains(ours));
        let others: Vec<u32> = all.iter().filter(|route| !self.preferred.contains(route)).map(|route| route.metric).collect();
        let metric = metric::before(self.options.prefer_metric, &others, v6).ok_or_else(|| Refused::crowded(index))?;
        let route = DefaultRoute { v6, index, gateway: Some(gateway), metric };
        if !self.preferred.contains(&route) {
            self.note_preferred(route);
            self.kernel.add_default(route, true, self.links[at].is_off_link(gateway)).await?;
            self.preferred.retain(|ours| (ours.v6, ours.metric) != (v6, metric));
            self.preferred.push(route);
        }
        Ok(route)
    }

    /// Removes the routes `Prefer` made, but for some.
    pub(super) async fn keep_only(&mut self, keep: &[DefaultRoute]) -> Result<(), Refused> {
        while let Some(old) = self.preferred.iter().copied().find(|route| !keep.contains(route)) {
            self.kernel.remove_default(old).await?;
            self.preferred.retain(|ours| *ours != old);
        }
        self.note();
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
