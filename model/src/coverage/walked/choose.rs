//! Which paths are chosen? Greedily, what brings most for its length; those that more executors can play come first.

use super::deed::{Deed, Reach, Verb};
use super::quiet::{Kind, Quiet, Waited};
use super::stage::{Stage, Start};
use super::text;
use super::walk::{Path, Places, Set, walk};
use super::Walked;
use crate::action::Ask;
use crate::coverage::{Item, possible};
use rayon::prelude::*;
use std::time::Duration;

/// A path is worth what it brings over its length and this.
const START: u32 = 30;

/// Where links are real, nobody waits longer than this in one run.
const WAIT: Duration = Duration::from_secs(3);
/// What is waited for there.
const SHORT: Duration = Duration::from_secs(1);

pub(super) fn choose(stages: &[Stage]) -> (Vec<Walked>, Vec<Item>) {
    let items = possible();
    let places = Places::of(&items);
    let mut paths: Vec<(usize, Path)> = Vec::new();
    let walks: Vec<Vec<Path>> = stages.par_iter().map(|stage| walk(stage, &places)).collect();
    paths.extend(walks.into_iter().enumerate().flat_map(|(place, walk)| walk.into_iter().map(move |path| (place, path))));
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut reached = Set::default();
    for reach in [Reach::Links, Reach::Daemon, Reach::Script] {
        // what only a script reaches, one thing at a time, orders of reports reach as well
        let least = if reach == Reach::Script { 2 } else { 1 };
        loop {
            let brings = |path: &Path| path.reached.without(reached).len();
            let worth = |path: &Path| if brings(path) < least { 0 } else { brings(path) * 1000 / (path.deeds.len() as u32 + START) };
            let playable = paths.iter().enumerate().filter(|(_, (_, path))| path.reach <= reach);
            let best = playable.map(|(best, (_, path))| (best, worth(path))).min_by_key(|(_, worth)| u32::MAX - worth);
            let Some((best, _)) = best.filter(|(_, worth)| *worth > 0) else { break };
            let (place, path) = &paths[best];
            let Some(played) = played(&stages[*place], path, path.reached.without(reached), &places, reach) else {
                paths[best].1.reach = Reach::Script;
                continue;
            };
            reached = reached.with(played.reached);
            chosen.push(Chosen { reach, start: stages[*place].starts[path.start].clone(), played });
        }
    }
    needed(&mut chosen);
    let named = |set: Set, has: bool| items.iter().enumerate().filter(move |(place, _)| set.has(*place) == has).map(|(_, item)| item.clone());
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

/// The path, with short times if it is to be played where links are real; `None` if then it is another one, or still takes long.
fn played(stage: &Stage, path: &Path, wanted: Set, places: &Places, reach: Reach) -> Option<Played> {
    let played = Played::of(stage, path, places);
    if played.steps.iter().all(|done| done.waits.is_none()) {
        return Some(played);
    }
    let shortened = Played::of(&played.shorter(), path, places);
    let fits = wanted.without(shortened.reached).len() == 0 && shortened.waits() <= WAIT && shortened.in_time;
    if fits { Some(shortened) } else { (reach == Reach::Script).then_some(played) }
}

/// A path, to its end: everybody has the answers.
pub(super) struct Played {
    /// The deeds, how long each waits, which answers come with it, and whether the deed itself is answered at once.
    pub(super) steps: Vec<Done>,
    /// The world's times, and what waits for them.
    pub(super) stage: Stage,
    pub(super) reached: Set,
    /// Nothing with a short time is left waiting while something else is done.
    in_time: bool,
}

/// A deed that was done.
pub(super) struct Done {
    pub(super) deed: Deed,
    pub(super) waits: Option<Waited>,
    /// How long it takes then until all is quiet.
    pub(super) rests: Duration,
    /// The answer to it does not come at once.
    pub(super) begins: bool,
    /// Answers that came to what was begun before.
    pub(super) answers: Vec<(u8, Verb)>,
}

impl Played {
    fn of(stage: &Stage, path: &Path, places: &Places) -> Self {
        let mut played = Self { steps: Vec::new(), stage: stage.clone(), reached: Set::default(), in_time: true };
        let Ok(mut quiet) = Quiet::initial(stage, &stage.starts[path.start]) else { return played };
        for deed in &path.deeds {
            played.step(&mut quiet, *deed, places);
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
        let hurry = |timer: &_| quiet.pending(SHORT).any(|other| other == *timer);
        self.in_time &= deed == Deed::Waits || !led.to.pending(SHORT).any(|timer| hurry(&timer));
        let begins = led.to.begun.iter().any(|one| !quiet.begun.contains(one));
        self.reached = self.reached.with(places.set(led.desk.noted));
        self.steps.push(Done { deed, waits: led.waited, rests: led.rests, begins, answers });
        *quiet = led.to;
    }

    /// How long all of it waits.
    fn waits(&self) -> Duration {
        self.steps.iter().map(|done| done.rests + done.waits.map_or(Duration::ZERO, |waited| waited.time)).sum()
    }

    /// Where it is done, with short times for what it waits for.
    fn shorter(&self) -> Stage {
        let mut stage = self.stage.clone();
        let settings = &mut stage.world.settings;
        for waited in self.steps.iter().filter_map(|done| done.waits) {
            match waited.timer {
                Kind::Connect => stage.world.access_points.iter_mut().for_each(|point| point.connect_timeout = SHORT),
                Kind::Offer => settings.offer_deadline = SHORT,
                Kind::Trial => settings.trial_deadline = SHORT,
                Kind::Commit => settings.commit_timeout = SHORT,
                Kind::Suppression => (settings.suppression, settings.back_off) = (SHORT, SHORT),
                Kind::Settle => settings.settle = SHORT,
                Kind::Grace => settings.grace = SHORT,
                Kind::Other => {}
            }
        }
        stage
    }
}
