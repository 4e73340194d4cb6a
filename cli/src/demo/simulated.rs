//! How are the scenes played where there are no namespaces? On a network in memory, in real time.

use super::stage::{LTE, MEMBERS, Probed, Stage, name};
use super::way::Way;
use super::{Backend, DemoError};
use netsession::executor::{Carrier, Executor};
use netsession::sim::{Behaviour, Network};
use netsession::{AccessPointId, Candidate, ConfigurationState, ExecutorId};
use std::time::{Duration, Instant};

/// About as quick as a static profile on a real link.
const BEHAVIOUR: Behaviour = Behaviour {
    state: ConfigurationState::Defined,
    raise: netsession::sim::Outcome::Succeeds,
    raise_delay: Duration::from_millis(3),
    lower: netsession::sim::Outcome::Succeeds,
    lower_delay: Duration::from_millis(2),
    prefer: netsession::sim::Outcome::Succeeds,
    prefer_delay: Duration::from_millis(1),
    reachable: true,
    radio: None,
};

/// The simulated network with the access points of the demo.
#[derive(Debug)]
pub(super) struct Simulated {
    network: Network,
}

impl Simulated {
    /// Makes it.
    pub(super) fn build() -> Self {
        let network = Network::new(1);
        for member in MEMBERS {
            network.add(member.id, BEHAVIOUR);
        }
        network.add(LTE, Behaviour { state: ConfigurationState::Discovered, ..BEHAVIOUR });
        Self { network }
    }
}

impl Stage for Simulated {
    const BACKEND: Backend = Backend::Sim;
    const TELLS: &'static str = "the simulator's event";

    fn executor(&mut self) -> Result<Box<dyn Executor>, DemoError> {
        Ok(Box::new(self.network.executor(ExecutorId(0))))
    }

    async fn appear(&self, id: AccessPointId, portal: bool) -> Result<(), DemoError> {
        self.network.reachable(id, !portal);
        self.network.appear(id);
        Ok(())
    }

    async fn probe(&self, candidate: &Candidate) -> Probed {
        let fine = self.network.probe(candidate.access_point).await;
        let answer = if fine { "204 No Content (simulated)" } else { "302 Found (simulated)" };
        Probed { fine, answer: answer.to_owned() }
    }

    fn way(&self, id: AccessPointId, _: Carrier) -> Way {
        Way::Simulated { network: self.network.clone(), id }
    }

    async fn cut(&self, id: AccessPointId) -> Result<Instant, DemoError> {
        let asked = Instant::now();
        self.network.cut(id);
        Ok(asked)
    }

    async fn told(&self, _: AccessPointId, asked: Instant) -> Option<Instant> {
        // there is no kernel between
        Some(asked)
    }

    async fn left_behind(&self) -> Option<String> {
        let raised: Vec<_> = self.network.raised().into_iter().map(name).collect();
        let route = self.network.default_route().map(name);
        if raised.is_empty() && route.is_none() { None } else { Some(format!("raised: {raised:?}, default route: {route:?}")) }
    }
}
