//! How does an executor whose links a daemon keeps hear the kernel? The same sockets and the same facts, to look on with.

use super::facts::{AddressKey, Facts, Presence};
use super::request::Kernel;
use super::watch::{self, Told, Watch};
use netsession_fsm::hub::Counters;
use rtnetlink::Handle;
use std::io;
use std::net::IpAddr;

/// How a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Device {
    /// Its index.
    pub(crate) index: u32,
    /// Administratively up.
    pub(crate) up: bool,
    /// Something at the other end.
    pub(crate) carrier: bool,
}

/// The kernel's links and addresses, kept up to date by its own events.
pub(crate) struct Onlooker {
    watch: Watch,
    kernel: Kernel,
    facts: Facts,
    /// Events were lost: ask again.
    overrun: bool,
    /// Something was told since that was last asked.
    news: bool,
    /// Names of devices that lost their carrier, or went, since that was last asked.
    lost: Vec<String>,
}

impl Onlooker {
    /// Opens the socket for events and the one for requests; the future works the latter and has to be run.
    ///
    /// # Errors
    /// If the kernel gives no socket.
    pub(crate) fn open(receive_buffer: usize) -> io::Result<(Self, impl Future<Output = ()> + use<>)> {
        let watch = Watch::open(receive_buffer)?;
        let (connection, handle, _) = rtnetlink::new_connection()?;
        Ok((Self { watch, kernel: Kernel(handle), facts: Facts::default(), overrun: true, news: true, lost: Vec::new() }, connection))
    }

    /// Waits until the kernel told something. May be cancelled: nothing is lost.
    ///
    /// # Errors
    /// If the socket cannot be read any more.
    pub(crate) async fn heard(&mut self) -> io::Result<()> {
        let told = self.watch.next().await?;
        self.take_in(&told);
        Ok(())
    }

    /// Takes in what the kernel told up to now, without waiting.
    pub(crate) fn absorb(&mut self) {
        // an error will be met again, and dealt with, by whoever waits for the next event
        while let Ok(Some(told)) = self.watch.at_once() {
            self.take_in(&told);
        }
    }

    /// Whether events were lost, or nothing was asked yet.
    pub(crate) fn is_behind(&self) -> bool {
        self.overrun
    }

    /// Asks how everything stands; events told meanwhile are newer than the answer. Tells whether the kernel answered.
    pub(crate) async fn ask_everything(&mut self) -> bool {
        const ATTEMPTS: usize = 8;
        for _ in 0..ATTEMPTS {
            self.absorb();
            self.overrun = false;
            let answers = (self.kernel.links().await, self.kernel.addresses().await, self.kernel.default_routes(false).await);
            let (links, addresses, routes) = match answers {
                (Ok(links), Ok(addresses), Ok(routes)) => (links, addresses, routes),
                (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => {
                    tracing::error!(%error, "the kernel does not say how its links stand; what is reported may be out of date");
                    return false;
                }
            };
            let mut facts = Facts::default();
            links.iter().for_each(|told| facts.apply(told));
            addresses.iter().filter_map(watch::address).for_each(|told| facts.apply(&told));
            routes.into_iter().for_each(|route| facts.apply(&Told::Default { route, replaced: false }));
            self.facts = facts;
            self.absorb();
            if !self.overrun {
                return true;
            }
        }
        self.overrun = false;
        false
    }

    /// Names of the devices that lost their carrier, or went, since this was last asked; also of those that have it again.
    pub(crate) fn lost(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lost)
    }

    /// Whether the kernel told anything since this was last asked.
    pub(crate) fn has_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }

    /// The device that has this name now.
    pub(crate) fn device(&self, name: &str) -> Option<Device> {
        self.facts.by_name(name).map(|(index, device)| Device { index, up: device.up, carrier: device.carrier })
    }

    /// Whether an address is on a device and can be used.
    pub(crate) fn has(&self, index: u32, address: IpAddr, prefix: u8) -> bool {
        self.facts.presence(AddressKey { index, address, prefix }) == Presence::Usable
    }

    /// What went through a device since it exists; nothing if it is gone.
    pub(crate) async fn counters(&self, index: u32) -> Option<Counters> {
        self.kernel.counters(index).await
    }

    /// Index of the device the system's IPv4 default route goes through, if there is one.
    pub(crate) async fn default_device(&self) -> Option<u32> {
        let routes = self.kernel.default_routes(false).await.ok()?;
        routes.iter().min_by_key(|route| route.metric).map(|route| route.index)
    }

    /// Next hop of the main table's default route through a device, as far as the kernel told.
    pub(crate) fn gateway(&self, index: u32) -> Option<IpAddr> {
        self.facts.gateway(index, false)
    }

    /// For requests of other kinds.
    pub(crate) fn handle(&self) -> &Handle {
        &self.kernel.0
    }

    fn take_in(&mut self, told: &[Told]) {
        self.news |= !told.is_empty();
        for told in told {
            self.overrun |= *told == Told::Overrun;
            let before = self.with_carrier(told);
            self.facts.apply(told);
            if self.with_carrier(told).is_none() {
                self.lost.extend(before);
            }
        }
    }

    /// Name of the device something was told of, if it has a carrier.
    fn with_carrier(&self, told: &Told) -> Option<String> {
        let (Told::Link { index, .. } | Told::LinkGone { index }) = told else { return None };
        self.facts.device(*index).filter(|device| device.carrier).map(|device| device.name.clone())
    }
}
