//! How is the simulator shown? On a network in memory, whose daemon carries on when it is back.

use super::{Ground, Maker, Place, Raise, Rig, Trouble, Virtual};
use crate::lab::Script;
use netsession_backends::sim::{Action, Behaviour, Network, Outcome};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, ExecutorId};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// The simulated network, in time that stands still or is real.
#[derive(Debug)]
pub struct SimRig<G = Virtual> {
    network: Network,
    places: Vec<Behaviour>,
    ground: PhantomData<G>,
}

/// Somebody refuses.
const FAILS: Cause = Cause::Authentication;

fn id(place: usize) -> AccessPointId {
    AccessPointId(u32::try_from(place).unwrap_or(u32::MAX))
}

fn behaviour(place: &Place) -> Behaviour {
    let state = match place {
        Place { away: true, .. } => ConfigurationState::Defined,
        Place { found_up: true, .. } => ConfigurationState::Active,
        Place { .. } => ConfigurationState::Discovered,
    };
    let raise = match place.raise {
        Raise::Works | Raise::Leased => Outcome::Succeeds,
        Raise::Fails => Outcome::Fails(FAILS),
        Raise::Hangs => Outcome::NeverAnswers,
    };
    Behaviour { state, raise, ..Behaviour::default() }
}

impl<G> SimRig<G> {
    /// Links that are up, and which of them the default route goes through.
    fn stands(&self) -> (Vec<AccessPointId>, Option<AccessPointId>) {
        (self.network.up(), self.network.default_route())
    }
}

impl<G: Ground> Rig for SimRig<G> {
    type Ground = G;
    type Found = (Vec<AccessPointId>, Option<AccessPointId>);

    const FAILS: Cause = FAILS;

    fn name() -> String {
        "sim".into()
    }

    async fn build(_: G, places: &[Place]) -> Result<Self, Trouble> {
        let network = Network::new(1);
        network.carries_on(true);
        let places: Vec<_> = places.iter().map(behaviour).collect();
        for (place, behaviour) in places.iter().enumerate() {
            network.add(id(place), *behaviour);
        }
        Ok(Self { network, places, ground: PhantomData })
    }

    fn maker(&self) -> Maker {
        let network = self.network.clone();
        Arc::new(move || Ok(Box::new(network.executor(ExecutorId(0)))))
    }

    fn interface(&self, place: usize) -> String {
        format!("sim{place}")
    }

    async fn is_up(&self, place: usize) -> Result<bool, Trouble> {
        Ok(self.network.up().contains(&id(place)))
    }

    async fn default_route(&self) -> Result<Option<usize>, Trouble> {
        let through = self.network.default_route();
        Ok((0..self.places.len()).find(|place| through == Some(id(*place))))
    }

    async fn found(&self) -> Result<Self::Found, Trouble> {
        Ok(self.stands())
    }

    async fn becomes(&self, found: &Self::Found) -> Result<(), Trouble> {
        // nothing in memory comes later
        let now = self.stands();
        if now == *found { Ok(()) } else { Err(format!("not as it was found: {now:?}, and was {found:?}").into()) }
    }

    async fn cut(&self, place: usize) -> Result<(), Trouble> {
        self.network.unplug(id(place));
        Ok(())
    }

    async fn mend(&self, place: usize) -> Result<(), Trouble> {
        self.network.appear(id(place));
        Ok(())
    }

    async fn take_down(&self, place: usize) -> Result<(), Trouble> {
        self.network.happen(Action::TakeDown(id(place)));
        Ok(())
    }

    async fn nail_route(&self) -> Result<(), Trouble> {
        let others = self.places.len().saturating_sub(1);
        for (place, behaviour) in self.places.iter().enumerate().take(others) {
            self.network.behave(id(place), Behaviour { prefer: Outcome::Fails(Cause::Route), ..*behaviour });
        }
        Ok(())
    }

    async fn free_route(&self) -> Result<(), Trouble> {
        for (place, behaviour) in self.places.iter().enumerate() {
            self.network.behave(id(place), *behaviour);
        }
        Ok(())
    }

    fn leases(&self, place: usize, script: Script) -> Result<(), Trouble> {
        let (raise, late) = match script {
            Script::Lease { .. } => (Outcome::Succeeds, Duration::ZERO),
            Script::Late { by, .. } => (Outcome::Succeeds, by),
            Script::Refuse => (Outcome::Fails(Cause::NoLease), Duration::ZERO),
            Script::Silent => (Outcome::NeverAnswers, Duration::ZERO),
        };
        let usual = self.places[place];
        self.network.behave(id(place), Behaviour { raise, raise_delay: usual.raise_delay + late, ..usual });
        Ok(())
    }

    fn freeze(&mut self) -> Result<(), Trouble> {
        self.network.freeze();
        Ok(())
    }

    fn thaw(&mut self) -> Result<(), Trouble> {
        self.network.thaw();
        Ok(())
    }

    async fn kill_daemon(&mut self) -> Result<(), Trouble> {
        self.network.gone();
        Ok(())
    }

    async fn start_daemon(&mut self) -> Result<(), Trouble> {
        self.network.back();
        Ok(())
    }
}
