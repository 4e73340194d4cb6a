//! The handle by which a test, or the author of a demonstration, moves the simulated network and looks at it.

use super::behaviour::{Action, Behaviour, Faults, Tally};
use super::link::Link;
use super::watch::{Sim, lock};
use super::world::{Planned, World};
use crate::executor::{Carrier, Event};
use netsession_fsm::hub::Counters;
use netsession_fsm::words::{AccessPointId, ConfigurationState, ExecutorId};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A network in memory. Clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct Network {
    world: Arc<Mutex<World>>,
}

impl Network {
    /// An empty network; the same seed gives the same jitter and faults.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { world: Arc::new(Mutex::new(World::new(seed))) }
    }

    /// Adds the link of an access point; replaces it if there is one.
    pub fn add(&self, id: AccessPointId, behaviour: Behaviour) {
        self.with(|world| {
            world.links.insert(id, Link::new(id, behaviour));
            world.report(id);
        });
    }

    /// The executor over this network. A network has one: a second one takes the place of the first as in a process after one that
    /// was killed. Links stay as they are, nobody knows any more why, and what was under way is not carried on.
    #[must_use]
    pub fn executor(&self, id: ExecutorId) -> Sim {
        lock(&self.world).begin(id);
        Sim::new(Arc::clone(&self.world), id)
    }

    /// Every delay gets up to this much more, by the seed.
    pub fn jitter(&self, most: Duration) {
        lock(&self.world).jitter = most;
    }

    /// Reports have these faults from now on, by the seed.
    pub fn faults(&self, faults: Faults) {
        lock(&self.world).faults = faults;
    }

    /// How long a scan takes: 500 ms unless set.
    pub fn scan_delay(&self, delay: Duration) {
        lock(&self.world).scan_delay = delay;
    }

    /// Something happens now.
    pub fn happen(&self, action: Action) {
        self.with(|world| world.happen(Planned::Happens(action)));
    }

    /// Things happen later, each after its time from now.
    pub fn script(&self, script: impl IntoIterator<Item = (Duration, Action)>) {
        self.with(|world| {
            for (after, action) in script {
                world.after(after, Planned::Happens(action));
            }
        });
    }

    /// The access point vanishes after one period and comes back after another one, so many times.
    pub fn flap(&self, id: AccessPointId, period: Duration, times: u32) {
        self.script(
            (0..times).flat_map(|time| [(period * (2 * time + 1), Action::Vanish(id)), (period * (2 * time + 2), Action::Appear(id))]),
        );
    }

    /// The access point comes into reach.
    pub fn appear(&self, id: AccessPointId) {
        self.happen(Action::Appear(id));
    }

    /// The access point goes out of reach; its link is lost.
    pub fn vanish(&self, id: AccessPointId) {
        self.happen(Action::Vanish(id));
    }

    /// The link loses its carrier; the access point stays in reach.
    pub fn cut(&self, id: AccessPointId) {
        self.happen(Action::Cut(id));
    }

    /// The daemon is lost.
    pub fn gone(&self) {
        self.happen(Action::Gone);
    }

    /// The daemon is back.
    pub fn back(&self) {
        self.happen(Action::Back);
    }

    /// Whether the daemon, when it is back, carries on with what was under way and with what was asked of it meanwhile; that is abandoned
    /// unless set.
    pub fn carries_on(&self, carries_on: bool) {
        lock(&self.world).carries_on = carries_on;
    }

    /// The daemon is held up: it does nothing and says nothing until [`Network::thaw`].
    pub fn freeze(&self) {
        lock(&self.world).frozen = true;
    }

    /// The daemon goes on.
    pub fn thaw(&self) {
        self.with(|world| {
            world.frozen = false;
            world.resume();
        });
    }

    /// The cable of the access point is pulled out: its link loses the carrier, and it goes out of reach.
    pub fn unplug(&self, id: AccessPointId) {
        self.with(|world| world.unplug(id));
    }

    /// From now on the access point behaves like this; how it stands does not change.
    pub fn behave(&self, id: AccessPointId, behaviour: Behaviour) {
        self.happen(Action::Behave(id, behaviour));
    }

    /// Whether probes through the access point get an answer.
    pub fn reachable(&self, id: AccessPointId, reachable: bool) {
        self.happen(Action::Reachable(id, reachable));
    }

    /// Bytes went through the link.
    pub fn traffic(&self, id: AccessPointId, received: u64, sent: u64) {
        self.happen(Action::Traffic(id, Counters { received, sent }));
    }

    /// The link has other addresses, gateway or name servers from now on.
    pub fn renumber(&self, id: AccessPointId, carrier: Carrier) {
        self.with(|world| {
            let Some(link) = world.links.get_mut(&id) else { return };
            link.carrier = carrier.clone();
            if link.up {
                world.tell(Event::Carrier(id, carrier));
            }
        });
    }

    /// A small transfer there and back through one access point: 10 ms, 64 bytes each way. `true` if an answer came: the link was up
    /// all the time, and reachable.
    pub async fn probe(&self, id: AccessPointId) -> bool {
        let answers = || lock(&self.world).links.get(&id).is_some_and(|link| link.up && link.behaviour.reachable);
        let begun = answers();
        tokio::time::sleep(Duration::from_millis(10)).await;
        let answered = begun && answers();
        if answered {
            self.traffic(id, 64, 64);
        }
        answered
    }

    /// How the link stands, whatever was reported; `Absent` if there is none.
    #[must_use]
    pub fn state(&self, id: AccessPointId) -> ConfigurationState {
        lock(&self.world).links.get(&id).map_or(ConfigurationState::Absent, Link::state)
    }

    /// Links that are up because they were raised by command.
    #[must_use]
    pub fn raised(&self) -> Vec<AccessPointId> {
        lock(&self.world).links.iter().filter(|(_, link)| link.ours).map(|(&id, _)| id).collect()
    }

    /// Links that are up for whatever reason.
    #[must_use]
    pub fn up(&self) -> Vec<AccessPointId> {
        lock(&self.world).links.iter().filter(|(_, link)| link.up).map(|(&id, _)| id).collect()
    }

    /// The link the default route goes through; `None`: as found.
    #[must_use]
    pub fn default_route(&self) -> Option<AccessPointId> {
        lock(&self.world).route
    }

    /// How many commands an access point got.
    #[must_use]
    pub fn tally(&self, id: AccessPointId) -> Tally {
        lock(&self.world).links.get(&id).map(|link| link.tally).unwrap_or_default()
    }

    /// Whether the executor has ended and put everything back.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        lock(&self.world).ended
    }

    /// Changes the world and wakes the executor.
    fn with(&self, change: impl FnOnce(&mut World)) {
        let mut world = lock(&self.world);
        if world.ended {
            return;
        }
        change(&mut world);
        let waker = world.waker.take();
        drop(world);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
