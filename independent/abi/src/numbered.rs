//! Which number has a state, and which states does it lead to?

use indexmap::IndexSet;
use netsession_model::observe::Facts;
use netsession_model::state::State;
use netsession_model::world::World;
use netsession_model::{next, possible};

/// The states of a world found so far, by number.
pub(crate) struct Numbered {
    world: World,
    known: IndexSet<State, ahash::RandomState>,
    /// What each state leads to, once somebody asked.
    steps: Vec<Option<Box<[u32]>>>,
}

impl Numbered {
    /// The world the environment names, and its first state.
    pub(crate) fn begin() -> Self {
        let name = std::env::var("NETSESSION_WORLD").unwrap_or_default();
        let world = World::every().into_iter().find(|world| world.name == name);
        Self::of(mistaken(world.unwrap_or_else(|| panic!("NETSESSION_WORLD={name} is no world of the model"))))
    }

    fn of(world: World) -> Self {
        let mut known = IndexSet::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
        known.insert(State::initial(&world));
        Self { world, known, steps: vec![None] }
    }

    fn state(&self, number: u32) -> &State {
        self.known.get_index(number as usize).expect("numbers come from here")
    }

    /// The numbers of the states it leads to, one for each action that changes something.
    pub(crate) fn steps(&mut self, number: u32) -> &[u32] {
        let place = number as usize;
        if self.steps[place].is_none() {
            let reached = self.reached(number);
            let reached: Box<[u32]> = reached.into_iter().map(|state| self.known.insert_full(state).0 as u32).collect();
            self.steps.resize(self.known.len(), None);
            self.steps[place] = Some(reached);
        }
        self.steps[place].as_deref().unwrap_or_default()
    }

    fn reached(&self, number: u32) -> Vec<State> {
        let state = self.state(number);
        if state.violated != 0 {
            return Vec::new();
        }
        let mut actions = Vec::new();
        possible::actions(&self.world, state, &mut actions);
        let lead = |action| Some(next::apply(&self.world, state, action, &mut Facts::default())?.0);
        actions.into_iter().filter_map(lead).collect()
    }

    /// The properties a state violates.
    pub(crate) fn violated(&self, number: u32) -> u32 {
        self.state(number).violated
    }
}

#[cfg(not(feature = "mutants"))]
fn mistaken(world: World) -> World {
    world
}

#[cfg(feature = "mutants")]
fn mistaken(world: World) -> World {
    use netsession_fsm::hub::Mutant;
    let Ok(name) = std::env::var("NETSESSION_MUTANT") else { return world };
    let mutant = Mutant::ALL.into_iter().map(|(mutant, _)| mutant).find(|mutant| format!("{mutant:?}") == name);
    World { mutant: Some(mutant.unwrap_or_else(|| panic!("NETSESSION_MUTANT={name} is no mistake there is"))), ..world }
}
