//! What shows that something does not hold: the properties it is about, and the shortest story of it.

use crate::eventually::{self, Outcome};
use crate::graph::Graph;
use crate::properties;
use crate::story::Story;
use crate::world::World;

/// The name under which "from every state a quiet one stays reachable" is reported.
pub const QUIET: &str = "quiet";

/// A story that breaks something.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Counterexample {
    /// Names of the properties it breaks: S1 to S19, L1 to L8, or [`QUIET`].
    pub properties: Vec<&'static str>,
    /// The shortest way there.
    pub story: Story,
}

/// Names of the safety properties in a set of them.
#[must_use]
pub fn names(violated: u32) -> Vec<&'static str> {
    let numbered = properties::ALL.iter().zip(1..);
    numbered.filter(|(_, number)| violated & properties::bit(*number) != 0).map(|(property, _)| property.name).collect()
}

/// Everything that does not hold in a world, each with the shortest story found; what ends the search comes first.
///
/// `restless`: a state from which no quiet one can be reached; `outcomes`: those of [`Graph::promises`], empty if they were not asked.
#[must_use]
pub fn all(world: &World, graph: &Graph, restless: Option<u32>, outcomes: &[Outcome]) -> Vec<Counterexample> {
    let shortest = |number: u32, properties: Vec<&'static str>| {
        let path = graph.path(number);
        let title = format!("The shortest counterexample to {} in world {}, {} steps", properties.join(", "), world.name, path.len());
        Counterexample { properties, story: Story::of(world, &path, title) }
    };
    let mut found: Vec<Counterexample> = graph.violation.map(|(number, violated)| shortest(number, names(violated))).into_iter().collect();
    found.extend(restless.map(|number| shortest(number, vec![QUIET])));
    for (promise, outcome) in eventually::ALL.iter().zip(outcomes) {
        let Outcome::Broken(lasso) = outcome else { continue };
        let (mut path, cycle) = graph.run(world, lasso);
        let stem = path.len();
        let title = match cycle.len() {
            0 => format!("{} is broken in world {}: after step {stem} nothing has to happen any more", promise.name, world.name),
            length => {
                let (first, last) = (stem + 1, stem + length);
                format!("{} is broken in world {}: after step {stem}, steps {first} to {last} for ever", promise.name, world.name)
            }
        };
        path.extend(cycle);
        found.push(Counterexample { properties: vec![promise.name], story: Story::of(world, &path, title).for_ever_after(stem) });
    }
    found
}
