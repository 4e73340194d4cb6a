//! Is everything so that the scenarios of several processes say? Each session that is to be apart is a client of its own on the bus.

mod rig;

use netsession_backends::client::Client;
use netsession_broker::client::{Bus, connect};
use netsession_broker::service::{self, Broker};
use netsession_conformance::judge::Recorder;
use netsession_conformance::rig::Trouble;
use netsession_conformance::scenario::words::{Event, Fate};
use netsession_conformance::scenario::{Scenario, Simulated, World, play};
use netsession_fsm::words::{Cause, ExecutorId};
use rig::{Limits, PrivateBus, everyone};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The simulator behind a broker, in real time.
struct Brokered {
    simulated: Simulated,
    bus: PrivateBus,
    broker: Option<Broker>,
}

impl Brokered {
    async fn connect(&self) -> Result<Client, Trouble> {
        Ok(connect(Bus::Address(self.bus.address.clone())).await?)
    }
}

impl World for Brokered {
    const LOST: Cause = Simulated::LOST;
    const FAILED: Cause = Simulated::FAILED;

    fn name() -> String {
        "broker".to_owned()
    }

    fn lacks(_: &Scenario) -> Vec<String> {
        Vec::new()
    }

    async fn start(&mut self, scenario: &Scenario, recorder: &Recorder) -> Result<Client, Trouble> {
        let (witness, feed) = service::feed(None);
        let executor = Box::new(self.simulated.network().executor(ExecutorId(0)));
        let hub = scenario.builder(executor, recorder).witness(Box::new(witness)).start().await?;
        let bus = service::Bus::Address(self.bus.address.clone());
        self.broker = Some(Broker::start(hub, feed, &bus, Arc::new(everyone()), Limits::default()).await?);
        self.connect().await
    }

    async fn another(&mut self) -> Result<Client, Trouble> {
        self.connect().await
    }

    async fn happens(&mut self, place: usize, event: Event) -> Result<(), Trouble> {
        self.simulated.happens(place, event).await
    }

    async fn daemon(&mut self, fate: Fate) -> Result<(), Trouble> {
        self.simulated.daemon(fate).await
    }

    async fn is_up(&self, place: usize) -> Result<bool, Trouble> {
        self.simulated.is_up(place).await
    }

    async fn route(&self) -> Result<Option<usize>, Trouble> {
        self.simulated.route().await
    }

    async fn settle(&self, client: &Client) -> Result<(), Trouble> {
        Ok(client.refresh().await?)
    }

    async fn end(self) -> Result<(), Trouble> {
        if let Some(broker) = self.broker {
            broker.shutdown().await;
        }
        self.simulated.end().await
    }
}

#[tokio::test]
async fn scenarios_of_several_processes() -> Result<(), Trouble> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/scenarios");
    let mut played = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "scenario") {
            continue;
        }
        let scenario = Scenario::read(&path.display().to_string(), &std::fs::read_to_string(&path)?)?;
        if Simulated::lacks(&scenario).is_empty() {
            continue;
        }
        let bus = PrivateBus::start();
        drop(bus.connect().await);
        let simulated = Simulated::new(&scenario);
        simulated.network().scan_delay(Duration::from_millis(1));
        play(&scenario, Brokered { simulated, bus, broker: None }).await?;
        played += 1;
    }
    assert!(played > 0, "there is no such scenario");
    Ok(())
}
