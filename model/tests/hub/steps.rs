//! What happens in the worlds: steps of every kind, for tests of what no property of a world speaks of.

use netsession_fsm::hub::Hub;
use netsession_model::engine::{Options, Search};
use netsession_model::next::{Exchange, apply};
use netsession_model::observe::Facts;
use netsession_model::possible;
use netsession_model::state::State;
use netsession_model::world::World;
use std::sync::{Arc, LazyLock};

/// The first states of each world, nearest first; and of how many of them, spread evenly, every step is looked at.
const FIRST: usize = 4000;
const STATES: usize = 200;

/// A step: in which world, from what, to what, and what the hub was given and gave.
pub(crate) struct Taken {
    pub(crate) world: Arc<World>,
    pub(crate) before: Hub,
    pub(crate) after: Hub,
    pub(crate) exchanges: Vec<Exchange>,
    /// The executor has lost its daemon, or has not said yet how its links stand.
    pub(crate) lost: bool,
}

pub(crate) static STEPS: LazyLock<Vec<Taken>> = LazyLock::new(|| worlds().into_iter().map(Arc::new).flat_map(steps).collect());

fn worlds() -> Vec<World> {
    vec![
        World::plain(),
        World::late(),
        World::process(),
        World::crash(),
        World::chosen(),
        World::scan(),
        World::deleted(),
        World::band(),
        World::wishes(),
        World::again(),
        World::choice(),
    ]
}

/// Every step from some states of a world, spread over it.
fn steps(world: Arc<World>) -> Vec<Taken> {
    let search = Search::run(&world, &Options { states: Some(FIRST), ..Options::default() }, &mut |_| {});
    let (mut actions, mut taken) = (Vec::new(), Vec::new());
    for number in (0..search.states()).step_by(search.states().div_ceil(STATES)) {
        let before: State = search.state(number as u32);
        actions.clear();
        possible::actions(&world, &before, &mut actions);
        for action in &actions {
            if let Some((after, exchanges)) = apply(&world, &before, *action, &mut Facts::default()) {
                let lost = after.gone;
                taken.push(Taken { world: Arc::clone(&world), before: before.hub.clone(), after: after.hub, exchanges, lost });
            }
        }
    }
    taken
}

impl Taken {
    /// The first step of a kind.
    pub(crate) fn some(wanted: impl Fn(&&Self) -> bool) -> &'static Self {
        STEPS.iter().find(wanted).expect("there is a step of this kind")
    }
}
