//! Which steps of a run of a world does what it breaks need?

use crate::action::Action;
use crate::counterexample::{Counterexample, names};
use crate::fewest::fewest;
use crate::next;
use crate::observe::Facts;
use crate::possible;
use crate::state::State;
use crate::story::Story;
use crate::trace::Trace;
use crate::world::World;

/// The shortest run found that breaks the same safety properties, with the hub of this program; `None` if the run breaks none with it.
#[must_use]
pub fn shorter(trace: &Trace, world: &World) -> Option<Trace> {
    let wanted: Vec<&str> = trace.breaks.iter().map(String::as_str).filter(|name| name.starts_with('S')).collect();
    let actions: Vec<Action> = trace.steps.iter().map(|step| step.action).collect();
    let taken = |parts: &[usize]| taken(world, &actions, parts).filter(|(_, broken)| *broken == wanted).map(|(taken, _)| taken);
    let all: Vec<usize> = (0..actions.len()).collect();
    if wanted.is_empty() {
        return None;
    }
    let path: Vec<Action> = fewest(taken(&all)?, taken).into_iter().map(|part| actions[part]).collect();
    let (_, properties) = self::taken(world, &path, &(0..path.len()).collect::<Vec<_>>())?;
    Some(Trace::of(world, &Counterexample { properties, story: Story::of(world, &path, trace.title.clone()) }))
}

/// Takes those of these steps that can be taken, until something is broken; which they were, and what is broken.
fn taken(world: &World, actions: &[Action], parts: &[usize]) -> Option<(Vec<usize>, Vec<&'static str>)> {
    let mut state = State::initial(world);
    let (mut taken, mut possible) = (Vec::new(), Vec::new());
    for part in parts {
        let action = *actions.get(*part)?;
        possible.clear();
        possible::actions(world, &state, &mut possible);
        if !possible.contains(&action) {
            continue;
        }
        let Some((reached, _)) = next::apply(world, &state, action, &mut Facts::default()) else { continue };
        taken.push(*part);
        state = reached;
        if state.violated != 0 {
            return Some((taken, names(state.violated)));
        }
    }
    None
}
