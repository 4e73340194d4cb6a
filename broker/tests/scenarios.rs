//! Is everything so that the scenarios say, through a broker? Each session that is to be apart is a client of its own on the bus.

mod rig;

use futures::stream::{self, StreamExt as _};
use netsession_backends::client::Client;
use netsession_broker::client::{Bus, connect};
use netsession_broker::service::{self, Broker};
use netsession_conformance::judge::Recorder;
use netsession_conformance::rig::Trouble;
use netsession_conformance::scenario::words::{Event, Fate, Look, What};
use netsession_conformance::scenario::{Scenario, Simulated, World, play};
use netsession_fsm::words::{Cause, ExecutorId};
use rig::{Limits, PrivateBus, everyone};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// None of them takes longer than this, and so many are played side by side.
const WAIT: Duration = Duration::from_secs(3);
const AT_A_TIME: usize = 16;

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

    fn lacks(scenario: &Scenario) -> Vec<String> {
        let waits = scenario.waits();
        let mut lacks: Vec<_> = (waits > WAIT).then(|| format!("{waits:?} of real time")).into_iter().collect();
        for step in &scenario.steps {
            lacks.extend(match &step.what {
                What::Is(_, looks) if looks.iter().any(|look| matches!(look, Look::Bytes(1..))) => {
                    Some("bytes that are told without another change".to_owned())
                }
                What::Scans(_) => Some("scans that are nobody else's".to_owned()),
                _ => None,
            });
        }
        lacks.sort();
        lacks.dedup();
        lacks
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

/// Every file: its path, and what it says.
fn files() -> Result<Vec<(PathBuf, String)>, Trouble> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/scenarios");
    let mut files = Vec::new();
    for below in [folder.clone(), folder.join("walked")] {
        for entry in std::fs::read_dir(below)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "scenario") {
                files.push((path.clone(), std::fs::read_to_string(path)?));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether it was played.
async fn played(scenario: &Scenario) -> Result<bool, Trouble> {
    if scenario.excused::<Brokered>().is_some() {
        return Ok(false);
    }
    let bus = PrivateBus::start();
    drop(bus.connect().await);
    let simulated = Simulated::new(scenario);
    simulated.network().scan_delay(Duration::from_millis(1));
    play(scenario, Brokered { simulated, bus, broker: None }).await?;
    Ok(true)
}

#[tokio::test]
async fn scenarios() -> Result<(), Trouble> {
    let mut scenarios = Vec::new();
    for (path, text) in files()? {
        scenarios.push(Scenario::read(&path.display().to_string(), &text)?);
    }
    let results: Vec<_> = stream::iter(&scenarios).map(played).buffered(AT_A_TIME).collect().await;
    let wrong: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), results.len(), wrong.join("\n"));
    let several = |scenario: &Scenario| !Simulated::lacks(scenario).is_empty();
    let apart = scenarios.iter().zip(&results).filter(|(scenario, result)| several(scenario) && matches!(result, Ok(true))).count();
    assert!(apart > 0, "there is none of several processes");
    Ok(())
}
