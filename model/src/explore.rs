//! A world in the browser: stateright's Explorer over the very hub, with the sequence chart of the path so far and states in words.

use crate::action::Action;
use crate::chart::{self, escaped};
use crate::eventually::{self, Outcome};
use crate::graph::Graph;
use crate::observe::Facts;
use crate::properties::{self, bit};
use crate::readable::Readable;
use crate::state::State;
use crate::story::Story;
use crate::trace::described;
use crate::world::World;
use crate::{next, possible};
use stateright::{Model, Path, Property};
use std::convert::Infallible;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, OnceLock};

/// A state as the Explorer shows it: in words.
#[derive(Clone)]
pub struct Shown {
    /// The state.
    pub state: State,
    world: Arc<World>,
    /// Witnesses that a next step from here shows, once somebody asked.
    ahead: OnceLock<Facts>,
}

impl Shown {
    fn new(world: &Arc<World>, state: State) -> Self {
        Self { state, world: Arc::clone(world), ahead: OnceLock::new() }
    }

    fn ahead(&self) -> Facts {
        *self.ahead.get_or_init(|| {
            let mut facts = Facts::default();
            let mut actions = Vec::new();
            possible::actions(&self.world, &self.state, &mut actions);
            for action in actions {
                let _ = next::apply(&self.world, &self.state, action, &mut facts);
            }
            facts
        })
    }
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

impl Eq for Shown {}

impl Hash for Shown {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.state.hash(hasher);
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Readable::of(&self.world, &self.state))
    }
}

/// A world for the Explorer. Its states are those of [`crate::checker::Checked`].
#[derive(Debug, Clone)]
pub struct Explored {
    world: Arc<World>,
    /// The state at which a run that breaks it begins to go on for ever, for each liveness property that is broken; with it the end of
    /// the story. Empty: they were not judged.
    broken: Vec<Option<State>>,
}

impl Explored {
    /// A world whose liveness is not judged.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self { world: Arc::new(world), broken: Vec::new() }
    }

    /// Judges L1 to L8 first, over the whole graph; the progress is that of [`Graph::explore`]. Where a safety property is violated,
    /// there is nothing to judge.
    #[must_use]
    pub fn with_liveness(world: World, progress: crate::graph::Progress<'_>) -> Self {
        let graph = Graph::explore(&world, progress);
        let mut broken = Vec::new();
        if graph.violation.is_none() {
            for outcome in graph.promises() {
                broken.push(match outcome {
                    Outcome::Broken(lasso) => Some(end(&world, &graph.run(&world, &lasso).0)),
                    Outcome::Kept(_) | Outcome::Vacuous => None,
                });
            }
        }
        Self { world: Arc::new(world), broken }
    }

    /// The page of the world's first state.
    #[must_use]
    pub fn url(&self, address: SocketAddr) -> String {
        let first = Shown::new(&self.world, State::initial(&self.world));
        let path = Path::from_actions(self, first, &[]).map_or_else(String::new, |path| path.encode());
        format!("http://{address}/#/steps/{path}")
    }
}

fn end(world: &World, path: &[Action]) -> State {
    let step = |state: State, action: &Action| match next::apply(world, &state, *action, &mut Facts::default()) {
        Some((reached, _)) => reached,
        None => state,
    };
    path.iter().fold(State::initial(world), step)
}

/// What the properties are called in the browser. What they say is in the legend.
struct Names {
    always: Vec<String>,
    sometimes: Vec<String>,
    promises: Vec<String>,
}

/// stateright wants names that live for ever, so they are made once.
fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| Names {
        always: properties::ALL.iter().map(|property| property.name.to_owned()).collect(),
        sometimes: properties::ALL.iter().map(|property| format!("{}: {}", property.name, property.witness)).collect(),
        promises: eventually::ALL.iter().map(|promise| promise.name.to_owned()).collect(),
    })
}

/// The page puts the list of properties before the steps that can be taken; with so many of them those come first. The page is that of
/// the stateright version this crate is pinned to.
const STYLE: &str = "<style>\
    .main-flex-left { display: flex; flex-direction: column; }\
    .main-flex-left > h2, .main-flex-left > ol, .main-flex-left > ul:last-child { order: 1; }\
    .main-flex-left > div:nth-child(3), .main-flex-left > h3, .main-flex-left > ul:not(:last-child):not(:nth-child(2)) { order: 2; }\
    .netsession-legend { font-family: sans-serif; margin-top: 8px; }\
    .netsession-legend td { padding: 1px 8px; vertical-align: top; }\
    </style>";

/// What each property says, to be unfolded below the chart.
fn legend(liveness: bool) -> String {
    let safety = properties::ALL.iter().map(|property| (property.name, property.sentence));
    let promises = eventually::ALL.iter().filter(|_| liveness).map(|promise| (promise.name, promise.sentence));
    let rows: String =
        safety.chain(promises).map(|(name, sentence)| format!("<tr><td>{name}</td><td>{}</td></tr>", escaped(sentence))).collect();
    format!("<details class=\"netsession-legend\"><summary>What the properties say</summary><table>{rows}</table></details>")
}

macro_rules! safety {
    ($($number:literal),+) => {
        vec![$(
            Property::<Explored>::always(&names().always[$number - 1], |_, shown| shown.state.violated & bit($number) == 0),
            Property::<Explored>::sometimes(&names().sometimes[$number - 1], |_, shown| shown.ahead().has($number)),
        )+]
    };
}

macro_rules! liveness {
    ($($place:literal),+) => {
        [$(
            Property::<Explored>::always(&names().promises[$place], |model, shown| model.broken[$place].as_ref() != Some(&shown.state)),
        )+]
    };
}

impl Model for Explored {
    type State = Shown;
    type Action = Action;

    fn init_states(&self) -> Vec<Shown> {
        vec![Shown::new(&self.world, State::initial(&self.world))]
    }

    fn actions(&self, shown: &Shown, actions: &mut Vec<Action>) {
        // Nothing that follows a violation says anything.
        if shown.state.violated == 0 {
            possible::actions(&self.world, &shown.state, actions);
        }
    }

    fn next_state(&self, shown: &Shown, action: Action) -> Option<Shown> {
        next::apply(&self.world, &shown.state, action, &mut Facts::default()).map(|(state, _)| Shown::new(&self.world, state))
    }

    fn format_action(&self, action: &Action) -> String {
        described(&self.world, *action)
    }

    /// The lines of the step, then the state it leads to.
    fn format_step(&self, shown: &Shown, action: Action) -> Option<String> {
        let (reached, exchanges) = next::apply(&self.world, &shown.state, action, &mut Facts::default())?;
        let mut story = Story::of(&self.world, &[], String::new());
        story.tell(&self.world, 1, action, &exchanges);
        let lines: Vec<String> = story.lines.iter().map(|line| format!("{} -> {}: {}", line.from, line.to, line.text)).collect();
        Some(format!("{}\n\n{}", lines.join("\n"), Readable::of(&self.world, &reached)))
    }

    /// The chart of the path, and what else the page shows beside the state.
    fn as_svg(&self, path: Path<Shown, Action>) -> Option<String> {
        let actions = path.into_actions();
        let title = format!("World {}, {} steps", self.world.name, actions.len());
        let chart = chart::svg(&Story::of(&self.world, &actions, title));
        Some(format!("{STYLE}{chart}{}", legend(!self.broken.is_empty())))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut list = safety!(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
        if !self.broken.is_empty() {
            list.extend(liveness!(0, 1, 2, 3, 4, 5, 6, 7));
        }
        list
    }
}

/// Serves the Explorer at an address, for ever.
///
/// # Errors
///
/// If nobody may listen there, or somebody does.
pub fn serve(explored: Explored, address: SocketAddr) -> io::Result<Infallible> {
    // stateright would panic.
    TcpListener::bind(address).map(drop)?;
    // It only comes back when nothing can be served any more.
    drop(explored.checker().serve(address));
    Err(io::Error::other("the server ended"))
}
