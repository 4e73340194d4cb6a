//! How is a law played through the broker? A hub over the executor of another rig, served on a bus of its own; the law has its client.
//!
//! Hub, broker and client are in one process, with the bus between them: what the hub did is recorded and judged as everywhere.

use super::bus::PrivateBus;
use super::{Excused, Maker, Place, Rig, Trouble};
use crate::lab::Script;
use crate::lab::daemons::Program;
use netsession_backends::client::{Builder, Client};
use netsession_broker::authority::Everyone;
use netsession_broker::client::connect;
use netsession_broker::service::{Broker, Bus, Limits, feed};
use netsession_fsm::words::{Capabilities, Cause};
use std::sync::Arc;
use std::time::Duration;

/// Another rig, with a broker between its executor and the law.
#[derive(Debug)]
pub struct Brokered<R> {
    rig: R,
    broker: Option<Broker>,
    bus: PrivateBus,
}

impl<R: Rig> Rig for Brokered<R> {
    type Ground = R::Ground;
    type Found = R::Found;

    const CAN: Capabilities = R::CAN;
    const FAILS: Cause = R::FAILS;
    const CONNECT_TIMEOUT: Duration = R::CONNECT_TIMEOUT;
    const KEEPS_LINKS: bool = R::KEEPS_LINKS;

    fn name() -> String {
        format!("broker-{}", R::name())
    }

    fn needs() -> Vec<Program> {
        std::iter::once(Program::DbusDaemon).chain(R::needs()).collect()
    }

    fn excused() -> Vec<Excused> {
        let executor = Excused { law: "contract::", reason: "a broker is no executor; the one behind it is shown by itself" };
        std::iter::once(executor).chain(R::excused()).collect()
    }

    async fn build(ground: R::Ground, places: &[Place]) -> Result<Self, Trouble> {
        Ok(Self { rig: R::build(ground, places).await?, broker: None, bus: PrivateBus::start().await? })
    }

    fn maker(&self) -> Maker {
        self.rig.maker()
    }

    async fn client(&mut self, builder: Builder) -> Result<Client, Trouble> {
        let (witness, feed) = feed(None);
        let hub = self.rig.client(builder.witness(Box::new(witness))).await?;
        let bus = Bus::Address(self.bus.address.clone());
        let authority = Everyone { uid: nix::unistd::getuid().as_raw() };
        self.broker = Some(Broker::start(hub, feed, &bus, Arc::new(authority), Limits::default()).await?);
        Ok(connect(bus).await?)
    }

    async fn end(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.shutdown().await;
        }
        self.rig.end().await;
    }

    fn interface(&self, place: usize) -> String {
        self.rig.interface(place)
    }

    async fn is_up(&self, place: usize) -> Result<bool, Trouble> {
        self.rig.is_up(place).await
    }

    async fn default_route(&self) -> Result<Option<usize>, Trouble> {
        self.rig.default_route().await
    }

    async fn found(&self) -> Result<R::Found, Trouble> {
        self.rig.found().await
    }

    async fn becomes(&self, found: &R::Found) -> Result<(), Trouble> {
        self.rig.becomes(found).await
    }

    async fn cut(&self, place: usize) -> Result<(), Trouble> {
        self.rig.cut(place).await
    }

    async fn unplug(&self, place: usize) -> Result<(), Trouble> {
        self.rig.unplug(place).await
    }

    fn leases(&self, place: usize, script: Script) -> Result<(), Trouble> {
        self.rig.leases(place, script)
    }

    async fn mend(&self, place: usize) -> Result<(), Trouble> {
        self.rig.mend(place).await
    }

    async fn take_down(&self, place: usize) -> Result<(), Trouble> {
        self.rig.take_down(place).await
    }

    async fn nail_route(&self) -> Result<(), Trouble> {
        self.rig.nail_route().await
    }

    async fn free_route(&self) -> Result<(), Trouble> {
        self.rig.free_route().await
    }

    fn freeze(&mut self) -> Result<(), Trouble> {
        self.rig.freeze()
    }

    fn thaw(&mut self) -> Result<(), Trouble> {
        self.rig.thaw()
    }

    async fn kill_daemon(&mut self) -> Result<(), Trouble> {
        self.rig.kill_daemon().await
    }

    async fn start_daemon(&mut self) -> Result<(), Trouble> {
        self.rig.start_daemon().await
    }
}
