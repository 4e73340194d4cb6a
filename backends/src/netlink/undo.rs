//! How is what we did to links taken back, and nothing else? (C11, C12)

use super::found::{Contents, Found};
use super::refused::Refused;
use super::request::Only;
use super::task::Task;
use super::watch;
use netsession_fsm::words::{Cause, ConfigurationState, OperationId};
use rtnetlink::packet_route::route::{RouteMessage, RouteProtocol};

impl Task {
    /// Takes away what we added and nothing else, and sets the device up or down as found.
    pub(super) async fn undo(&mut self, at: usize) {
        self.absorb(Some(at));
        self.note_lowering(at);
        self.take_apart(at).await;
        self.note();
    }

    async fn take_apart(&mut self, at: usize) {
        let link = &mut self.links[at];
        let (addresses, routes) = (std::mem::take(&mut link.addresses), std::mem::take(&mut link.routes));
        let (advertisements, slaac) = (std::mem::take(&mut link.advertisements), link.profile.slaac);
        let (client, lease, table) = (link.client.take(), link.lease.take(), link.table.take());
        let Some(Found { index, up, contents, .. }) = link.found.take() else { return };
        link.forget();
        if let Some(table) = table {
            let cleared = self.kernel.set_policy(index, table, 0, &Default::default()).await;
            self.warn(cleared);
        }
        let mut metrics = self.preferred_metrics(index);
        metrics.extend(routes.iter().map(|own| (own.route.v6, own.route.metric)));
        if let Some(device) = self.facts.device(index) {
            let asked_for = advertisements.began_to_accept();
            advertisements.put_back(&device.name);
            if slaac && asked_for && up {
                let taken_back = self.take_back_advertised(index, &contents).await;
                self.warn(taken_back);
            }
        }
        // removing an address can take others' addresses and routes along (secondaries, routes through its network)
        let others = Contents::read(&self.kernel, index).await.map(|now| now.without(&addresses, &metrics));
        let preferred: Vec<_> = self.preferred.extract_if(.., |route| route.index == index).collect();
        for route in preferred.into_iter().chain(routes.into_iter().map(|own| own.route)) {
            self.warn(self.kernel.remove_default(route).await);
        }
        for (address, prefix) in addresses {
            self.warn(self.kernel.remove_address(index, address, prefix).await);
        }
        self.absorb(Some(at));
        // only now that nobody can use the address any more
        match (client, lease) {
            (Some(client), Some(lease)) if !self.is_shared(index, lease.key()) => client.release().await,
            // without a lease there is nothing to give back, or it is not known yet: the client knows
            (Some(client), None) => client.release().await,
            (client, _) => drop(client),
        }
        let Some(is_up) = self.facts.device(index).map(|device| device.up) else { return };
        if is_up && !up {
            self.warn(self.kernel.set_up(index, false).await);
            contents.put_back(&self.kernel, index, false).await;
        } else if let Ok(others) = others {
            others.put_back(&self.kernel, index, is_up).await;
        }
        self.absorb(Some(at));
    }

    /// Takes away addresses and routes that the kernel made of advertisements on a device that stays up and took none before.
    async fn take_back_advertised(&self, index: u32, found: &Contents) -> Result<(), Refused> {
        let now = Contents::read(&self.kernel, index).await?;
        for (address, prefix) in now.advertised().filter(|address| !found.advertised().any(|before| before == *address)) {
            self.kernel.remove_address(index, address, prefix).await?;
        }
        let of_advertisements = |route: &RouteMessage| match route.header.protocol {
            RouteProtocol::Ra => true,
            // the network of a prefix: of the kernel's routes only these end by themselves
            RouteProtocol::Kernel => watch::expires(route),
            _ => false,
        };
        for route in self.kernel.routes(true, Only::Through(index)).await?.into_iter().filter(of_advertisements) {
            self.kernel.remove_route(route).await?;
        }
        Ok(())
    }

    /// Puts everything back as found (C12), ends every raise under way.
    pub(super) async fn end(&mut self) {
        self.absorb(None);
        let _ = self.prefer(None).await;
        for at in 0..self.links.len() {
            let cancelled = self.links[at].raising.take().map(|raising| raising.op);
            if self.links[at].state(&self.facts).0 == ConfigurationState::Active {
                self.links[at].forget_stopped();
            }
            match self.links[at].found.clone() {
                Some(found) if found.active => self.bring_back(at, &found).await,
                Some(_) => self.undo(at).await,
                None => {}
            }
            match cancelled {
                Some(op) => self.conclude(at, op, Some(Cause::Cancelled)),
                None => self.conclude(at, OperationId(0), None),
            }
        }
        self.clear_left_tables().await;
        for at in std::mem::take(&mut self.count) {
            self.arrive(at).await;
        }
    }

    /// Starts a link again that was Active before us and was stopped.
    pub(super) async fn bring_back(&mut self, at: usize, found: &Found) {
        self.warn(self.kernel.set_up(found.index, true).await);
        found.contents.put_back(&self.kernel, found.index, true).await;
        self.links[at].forget();
        self.note();
    }

    pub(super) fn preferred_metrics(&self, index: u32) -> Vec<(bool, u32)> {
        self.preferred.iter().filter(|route| route.index == index).map(|route| (route.v6, route.metric)).collect()
    }

    /// Goes on after a refusal nothing can be done about.
    pub(super) fn warn(&self, result: Result<(), Refused>) {
        if let Err(refused) = result
            && refused.cause != Cause::Vanished
        {
            tracing::warn!(%refused, "netlink: something could not be put back");
        }
    }
}
