//! Does a property of your own hold in every reachable state of a world?

use crate::counterexample::names;
use crate::engine::{Options, Outcome, Search, Why};
use crate::state::State;
use crate::story::Story;
use crate::world::World;

/// What a complete search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holds {
    /// Unique states, all of them.
    pub states: usize,
    /// How many of them the property spoke of.
    pub witnesses: usize,
}

/// Why it is not so that a property always holds.
#[derive(Debug, thiserror::Error)]
pub enum Fails {
    /// The shortest story that leads to a state where it, or one of S1 to S19, does not hold.
    #[error("{0}")]
    Broken(Box<Story>),
    /// Nothing is known: the search was cut short.
    #[error("not known: {0}")]
    Unknown(Why),
}

/// Looks at every reachable state of a world. `property` says of a state whether it holds there; `None`: it does not speak of this state.
/// What is said to hold was seen to hold in each of them.
///
/// The model's own safety properties, S1 to S19, are judged along with it, for nothing that follows their violation says anything.
/// Liveness is not: [`crate::check::run`] does that.
///
/// # Errors
///
/// [`Fails::Broken`] with the shortest story, or [`Fails::Unknown`] if the world is too large for the search.
pub fn always(world: &World, name: &str, property: impl Fn(&State) -> Option<bool>) -> Result<Holds, Fails> {
    let search = Search::run(world, &Options { edges: false, ..Options::default() }, &mut |_| {});
    let story = |number: u32, broken: &str| {
        let path = search.path(number);
        let title = format!("The shortest counterexample to {broken} in world {}, {} steps", world.name, path.len());
        Fails::Broken(Box::new(Story::of(world, &path, title)))
    };
    let mut witnesses = 0;
    // States are numbered by their distance: the first that breaks something is a nearest one.
    for number in 0..search.states() as u32 {
        let state = search.state(number);
        if state.violated != 0 {
            return Err(story(number, &names(state.violated).join(", ")));
        }
        match property(&state) {
            None => {}
            Some(true) => witnesses += 1,
            Some(false) => return Err(story(number, name)),
        }
    }
    match search.outcome {
        Outcome::Complete { states, .. } => Ok(Holds { states, witnesses }),
        Outcome::Truncated { why } => Err(Fails::Unknown(why)),
    }
}
