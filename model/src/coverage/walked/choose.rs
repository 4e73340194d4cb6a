//! Which paths are chosen? Greedily, what brings most for its length; those that more executors can play come first.

use super::Walked;
use super::deed::{Deed, Event, Reach, Verb};
use super::quiet::Quiet;
use super::stage::{Stage, Start};
use super::text;
use super::walk::{Path, Places, Set, walk};
use crate::action::Ask;
use crate::coverage::{Item, possible};
use crate::state::Task;
use netsession_fsm::words::ConfigurationState;
use rayon::prelude::*;
use std::time::Duration;

/// A path is worth what it brings over its length and this.
const START: u32 = 30;

pub(super) fn choose(stages: &[Stage]) -> (Vec<Walked>, Vec<Item>) {
    let items = possible();
    let places = Places::of(&items);
    let walks: Vec<Vec<Path>> = stages.par_iter().map(|stage| walk(stage, &places)).collect();
    let paths: Vec<(usize, &Path)> =
        walks.iter().enumerate().flat_map(|(place, walk)| walk.iter().map(move |path| (place, path))).collect();
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut reached = Set::default();
    for reach in [Reach::Links, Reach::Daemon, Reach::Time, Reach::Script] {
        // what only a script reaches, one thing at a time, orders of reports reach as well
        let least = if reach == Reach::Script { 2 } else { 1 };
        loop {
            let brings = |path: &Path| path.reached.without(reached).len();
            let worth = |path: &Path| if brings(path) < least { 0 } else { brings(path) * 1000 / (path.deeds.len() as u32 + START) };
            let playable = paths.iter().enumerate().filter(|(_, (_, path))| path.reach <= reach);
            let best = playable.map(|(best, (_, path))| (best, worth(path))).min_by_key(|(_, worth)| u32::MAX - worth);
            let Some((best, _)) = best.filter(|(_, worth)| *worth > 0) else { break };
            let (place, path) = &paths[best];
            let played = Played::of(&stages[*place], path, &places);
            reached = reached.with(played.reached);
            chosen.push(Chosen { reach, start: stages[*place].starts[path.start].clone(), played });
        }
    }
    needed(&mut chosen);
    let named =
        |set: Set, has: bool| items.iter().enumerate().filter(move |(place, _)| set.has(*place) == has).map(|(_, item)| item.clone());
    let mut before = Set::default();
    let walked = chosen.iter().map(|one| {
        let new = one.played.reached.without(before);
        before = before.with(new);
        text::walked(&one.start, &one.played, named(new, true).collect())
    });
    (walked.collect(), named(reached, false).collect())
}

/// A path that was chosen.
struct Chosen {
    reach: Reach,
    start: Vec<Start>,
    played: Played,
}

/// Leaves out, the last first, whose every thing others reach that can be played wherever it can.
fn needed(chosen: &mut Vec<Chosen>) {
    for place in (0..chosen.len()).rev() {
        let one = &chosen[place];
        let others = chosen.iter().enumerate().filter(|(other, they)| *other != place && they.reach <= one.reach);
        let reached = others.fold(Set::default(), |reached, (_, they)| reached.with(they.played.reached));
        if one.played.reached.without(reached).len() == 0 {
            chosen.remove(place);
        }
    }
}

/// A path, to its end: everybody has the answers.
pub(super) struct Played {
    /// The deeds, how long each waits, which answers come with it, and whether the deed itself is answered at once.
    pub(super) steps: Vec<Done>,
    /// The world's times, and what waits for them.
    pub(super) stage: Stage,
    pub(super) reached: Set,
}

/// A deed that was done.
pub(super) struct Done {
    pub(super) deed: Deed,
    pub(super) waits: Option<Duration>,
    /// How long it takes then until all is quiet.
    pub(super) rests: Duration,
    /// The answer to it does not come at once.
    pub(super) begins: bool,
    /// Answers that came to what was begun before.
    pub(super) answers: Vec<(u8, Verb)>,
    /// What executors do not agree in about it.
    pub(super) own: Option<Own>,
}

/// What executors do not agree in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    /// The cable of a link that is down is cut.
    CutWhileDown,
    /// The cable of a link is cut while it is raised.
    CutWhileRaised,
    /// The daemon ends.
    Killed,
}

impl Own {
    fn of(quiet: &Quiet, deed: Deed) -> Option<Self> {
        if deed == Deed::Killed {
            return Some(Self::Killed);
        }
        let Deed::Happens(id, Event::Cut) = deed else { return None };
        let link = quiet.state.link(id);
        if matches!(link.task, Some(Task::Raise(_))) {
            Some(Self::CutWhileRaised)
        } else {
            (link.state != ConfigurationState::Active).then_some(Self::CutWhileDown)
        }
    }

    /// Where that cannot be played, and why.
    pub(super) const fn excuse(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::CutWhileDown => (&["netlink"], "an interface that is down does not notice whether its cable is cut"),
            Self::CutWhileRaised => {
                (&["connman", "netlink", "networkmanager"], "a raise whose cable is cut meanwhile fails, each for a cause of its own")
            }
            Self::Killed => (&["connman"], "its links go with it"),
        }
    }
}

impl Played {
    fn of(stage: &Stage, path: &Path, places: &Places) -> Self {
        let mut played = Self { steps: Vec::new(), stage: stage.clone(), reached: Set::default() };
        let Ok(mut quiet) = Quiet::initial(stage, &stage.starts[path.start]) else { return played };
        for deed in &path.deeds {
            played.step(&mut quiet, *deed, places);
        }
        // the system is left as it was found
        if quiet.state.gone {
            played.step(&mut quiet, Deed::Back, places);
        }
        // who waits is let go of
        while let Some((session, _)) = quiet.begun.first().copied() {
            let waits = quiet.begun.len();
            played.step(&mut quiet, Deed::Asks(session, Ask::Close), places);
            if quiet.begun.len() >= waits {
                break;
            }
        }
        played
    }

    fn step(&mut self, quiet: &mut Quiet, deed: Deed, places: &Places) {
        let Ok(led) = quiet.does(&self.stage, deed) else { return };
        let answers: Vec<_> = quiet.begun.iter().filter(|one| !led.to.begun.contains(one)).copied().collect();
        let begins = led.to.begun.iter().any(|one| !quiet.begun.contains(one));
        self.reached = self.reached.with(places.set(led.desk.noted));
        self.steps.push(Done { deed, waits: led.waited, rests: led.rests, begins, answers, own: Own::of(quiet, deed) });
        *quiet = led.to;
    }
}
