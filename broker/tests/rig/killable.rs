//! How does a broker of these tests die? With its runtime, wherever its tasks are; the next one has its bus, its network and its state.

use super::{PrivateBus, eventually, everyone, hub, network, settings};
use netsession_backends::sim::Network;
use netsession_broker::service::{Broker, Bus, Keeping, Limits};
use netsession_broker::store::Store;
use netsession_fsm::words::AccessPointId;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A broker in a runtime of its own, which can end at once, wherever its tasks are.
pub(crate) struct Killable {
    runtime: Option<tokio::runtime::Runtime>,
    broker: Option<Broker>,
}

impl Killable {
    async fn start(bus: &PrivateBus, network: &Network, directory: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (network, address, directory) = (network.clone(), bus.address.clone(), directory.to_owned());
        let starting = runtime.spawn(async move {
            let bus = Bus::Address(address);
            let keeping = Keeping::open(&directory, &bus).await.unwrap();
            let (client, feed) = hub(&network, settings(), Some(keeping)).await;
            Broker::start(client, feed, &bus, Arc::new(everyone()), Limits::default()).await.unwrap()
        });
        Self { broker: Some(starting.await.unwrap()), runtime: Some(runtime) }
    }

    /// Nothing is said, nothing put back: as far as others see, as by SIGKILL.
    pub(crate) async fn kill(mut self) {
        // the runtime goes first: a broker that is dropped alone lets its hub end in order
        let runtime = self.runtime.take().unwrap();
        let broker = self.broker.take();
        tokio::task::spawn_blocking(move || {
            runtime.shutdown_timeout(std::time::Duration::from_secs(5));
            drop(broker);
        })
        .await
        .unwrap();
    }

    pub(crate) async fn end(mut self) {
        let broker = self.broker.take().unwrap();
        let runtime = self.runtime.take().unwrap();
        runtime.spawn(broker.shutdown()).await.unwrap();
        tokio::task::spawn_blocking(move || drop(runtime)).await.unwrap();
    }
}

/// A bus, a network, and where the broker keeps its state.
pub(crate) struct Scene {
    pub(crate) bus: PrivateBus,
    pub(crate) network: Network,
    pub(crate) directory: PathBuf,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let bus = PrivateBus::start();
        drop(bus.connect().await);
        let directory = PathBuf::from(bus.address.trim_start_matches("unix:path=")).with_file_name("state");
        Self { bus, network: network(), directory }
    }

    pub(crate) async fn broker(&self) -> Killable {
        Killable::start(&self.bus, &self.network, &self.directory).await
    }

    pub(crate) async fn raised(&self, links: &[AccessPointId]) {
        eventually("links", || self.network.raised() == links).await;
    }

    /// The file says that there is nothing to go on with.
    pub(crate) fn is_clean(&self) {
        let (_, found) = Store::open(&self.directory).unwrap();
        assert!(found.is_empty(), "{found:?}");
    }
}
