//! Does a property of your own hold in every reachable state of a world?

use crate::counterexample::names;
use crate::search::{Found, Search};
use crate::state::State;
use crate::story::Story;
use crate::world::World;
use std::ops::ControlFlow;

/// What a complete search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holds {
    /// Unique states, all of them.
    pub states: usize,
    /// How many of them the property spoke of.
    pub witnesses: usize,
}

/// Looks at every reachable state of a world. `property` says of a state whether it holds there; `None`: it does not speak of this state.
/// The search is complete or ends at a state where it does not hold: it is never cut short.
///
/// The model's own safety properties, S1 to S19, are judged along with it, for nothing that follows their violation says anything.
/// Liveness is not: [`crate::check::run`] does that.
///
/// # Errors
///
/// The shortest story that leads to a state where it, or one of S1 to S19, does not hold.
pub fn always(world: &World, name: &str, property: impl Fn(&State) -> Option<bool>) -> Result<Holds, Box<Story>> {
    let (mut witnesses, mut violation) = (0, None);
    let search = Search::run(world, |_, found| {
        let Found::State { number, state, .. } = found else { return ControlFlow::Continue(()) };
        if state.violated != 0 {
            violation = Some((number, names(state.violated).join(", ")));
            return ControlFlow::Break(());
        }
        match property(state) {
            None => ControlFlow::Continue(()),
            Some(true) => {
                witnesses += 1;
                ControlFlow::Continue(())
            }
            Some(false) => {
                violation = Some((number, name.to_owned()));
                ControlFlow::Break(())
            }
        }
    });
    match violation {
        None => Ok(Holds { states: search.states(), witnesses }),
        Some((number, broken)) => {
            let path = search.path(number);
            let title = format!("The shortest counterexample to {broken} in world {}, {} steps", world.name, path.len());
            Err(Box::new(Story::of(world, &path, title)))
        }
    }
}
