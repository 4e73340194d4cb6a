//! What becomes of a link when its DHCP client has news? The address and the router of the lease come, change and go.

use super::dhcp::{Applicant, Client, Lease, News, Taken};
use super::facts::{AddressKey, Presence};
use super::refused::Refused;
use super::task::Task;
use netsession_fsm::words::Cause;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// The kernel takes a leased address away by itself so much later than the lease runs out: only if nobody else does any more.
pub(super) const SPARE: Duration = Duration::from_secs(10);

impl Task {
    /// Ends raises that a router was to answer and none did.
    pub(super) async fn give_up_on_routers(&mut self) {
        let now = Instant::now();
        for at in 0..self.links.len() {
            let overdue = self.links[at].raising.filter(|raising| raising.until.is_some_and(|until| until <= now));
            if let Some(raising) = overdue {
                self.fail(at, raising.op, Cause::NoLease).await;
            }
        }
    }

    /// When the next of them is due.
    pub(super) fn next_to_give_up(&self) -> Option<Instant> {
        self.links.iter().filter_map(|link| link.raising?.until).min()
    }

    /// Starts the link's DHCP client, or goes on with the lease it holds.
    pub(super) async fn apply_for_lease(&mut self, at: usize, index: u32) -> Result<(), Refused> {
        if let (Some(_), Some(lease)) = (&self.links[at].client, self.links[at].lease.clone()) {
            return self.install(at, index, &lease).await;
        }
        self.start_client(at, index, self.options.lease_timeout, None)
    }

    /// Starts a DHCP client for a link, with a lease it takes over or without.
    pub(super) fn start_client(&mut self, at: usize, index: u32, patience: Duration, taken: Option<Taken>) -> Result<(), Refused> {
        let interface = self.links[at].profile.interface.clone();
        let device = self.facts.device(index).filter(|device| device.hardware.is_ethernet());
        let address = device.map(|device| device.hardware.address.clone()).unwrap_or_default();
        let hardware = <[u8; 6]>::try_from(address).map_err(|_| Refused::no_ethernet(&interface))?;
        self.serial += 1;
        let applicant = Applicant { index, hardware };
        let client = Client::start(self.serial, &interface, applicant, patience, taken, self.news.clone());
        let link = &mut self.links[at];
        (link.lost, link.client) = (false, Some(client.map_err(|error| Refused::packet_socket(&interface, error))?));
        Ok(())
    }

    /// Takes in what a client told. Of clients that were replaced or released, nothing (a cancelled raise sends no stale lease).
    pub(super) async fn hear_of_lease(&mut self, serial: u64, news: News) {
        let of = |link: &super::link::Link| link.client.as_ref().is_some_and(|client| client.serial == serial);
        let Some(at) = self.links.iter().position(of) else { return };
        let Some(index) = self.links[at].touched() else { return };
        let raising = self.links[at].raising.map(|raising| raising.op);
        match (news, raising) {
            (News::Held(lease), raising) => {
                if let Err(refused) = self.hold(at, index, lease).await {
                    match raising {
                        Some(op) => return self.give_up(at, op, &refused).await,
                        None => self.warn(Err(refused)),
                    }
                }
            }
            (News::Lost | News::GaveUp, Some(op)) => return self.fail(at, op, Cause::NoLease).await,
            (News::Lost | News::GaveUp, None) => self.lose_lease(at, index).await,
        }
        if raising.is_none() {
            self.set_policy(at).await;
            self.follow_gateways(at).await;
        }
        self.absorb(Some(at));
        self.note();
        self.tell_news(at);
    }

    /// A lease was given, renewed or changed. A changed address is there before the old one goes.
    async fn hold(&mut self, at: usize, index: u32, lease: Lease) -> Result<(), Refused> {
        let before = self.links[at].lease.replace(lease.clone());
        self.links[at].lost = false;
        match before {
            Some(before) if (before.key(), before.gateway) == (lease.key(), lease.gateway) => {
                // nothing is put back against others: only what is still there is renewed
                if self.links[at].addresses.contains(&lease.key()) {
                    self.kernel.add_address(index, lease.key(), lifetime(&lease), true).await?;
                }
                Ok(())
            }
            Some(before) => {
                if before.gateway != lease.gateway {
                    self.remove_routes(at, false).await;
                }
                self.install(at, index, &lease).await?;
                if before.key() != lease.key() {
                    self.remove_leased(at, index, &before).await;
                    // the address took the routes of its network along
                    self.absorb(Some(at));
                    self.install(at, index, &lease).await?;
                }
                Ok(())
            }
            None => self.install(at, index, &lease).await,
        }
    }

    async fn install(&mut self, at: usize, index: u32, lease: &Lease) -> Result<(), Refused> {
        self.add_address(at, index, lease.key(), lifetime(lease)).await?;
        match lease.gateway {
            Some(gateway) => self.add_route(at, index, gateway.into()).await,
            None => Ok(()),
        }
    }

    /// The lease is lost: its address must not be used any more (RFC 2131 §4.4.5). The client asks for a new one.
    async fn lose_lease(&mut self, at: usize, index: u32) {
        self.links[at].lost = true;
        let Some(lease) = self.links[at].lease.take() else { return };
        let preferred: Vec<_> = self.preferred.extract_if(.., |route| route.index == index).collect();
        for route in preferred {
            self.warn(self.kernel.remove_default(route).await);
        }
        self.remove_routes(at, false).await;
        self.remove_leased(at, index, &lease).await;
    }

    async fn remove_routes(&mut self, at: usize, v6: bool) {
        let routes: Vec<_> = self.links[at].routes.extract_if(.., |own| own.route.v6 == v6).collect();
        for own in routes {
            self.warn(self.kernel.remove_default(own.route).await);
        }
    }

    async fn remove_leased(&mut self, at: usize, index: u32, lease: &Lease) {
        let (address, prefix) = lease.key();
        if self.links[at].addresses.extract_if(.., |ours| *ours == lease.key()).count() > 0 {
            self.warn(self.kernel.remove_address(index, address, prefix).await);
        }
    }

    /// Whether a leased address is still on the interface though what was ours is gone: then somebody else's client has it too.
    pub(super) fn is_shared(&self, index: u32, (address, prefix): (IpAddr, u8)) -> bool {
        self.facts.presence(AddressKey { index, address, prefix }) != Presence::Missing
    }
}

fn lifetime(lease: &Lease) -> Option<Duration> {
    lease.lifetime.map(|lifetime| lifetime + SPARE)
}
