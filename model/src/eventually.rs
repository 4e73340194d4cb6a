//! What must happen in the end: the liveness properties of SPEC §14, each with its sentence, its form, and the fairness it needs.
//!
//! Nobody is made to do anything but the executor and the clock: reports arrive, operations end well or badly, a daemon that is gone
//! comes back, a timer that stays armed fires. Clients may fall silent, access points may come and go for ever, faults may happen or not.

use crate::action::Action;
use crate::graph::{is_quiet, is_settled};
use crate::liveness::{Course, Edges, Fairness, Labels, Lasso, Restless, fair_lasso, rest, turning};
use crate::state::{State, Told};
use crate::world::World;
use netsession_fsm::hub::Timer;
use netsession_fsm::link::LinkState;
use netsession_fsm::roaming::{Old, RoamState};
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, ConfigurationId, ConfigurationState, Mode, Preference, Requirements, SessionId, SessionState};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A liveness property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// L1 to L8.
    pub name: &'static str,
    /// What is promised.
    pub sentence: &'static str,
    /// In which form it is checked.
    pub form: &'static str,
}

const fn promise(name: &'static str, sentence: &'static str, form: &'static str) -> Promise {
    Promise { name, sentence, form }
}

const WHATEVER: &str = "no fair run stays there for ever, whatever clients and the world do";
const STILL: &str =
    "no fair run stays there for ever once the world stands still, whatever clients do; reports arrive before deadlines pass";
const SILENT: &str = "no fair run stays there for ever once clients and the world stand still; reports arrive before deadlines pass, \
                      suppressions outlast the offers made meanwhile";

/// L1 to L8, in order.
pub const ALL: [Promise; 8] = [
    promise("L1", "an open that waits comes to an end, and so does a scan", WHATEVER),
    promise("L2", "a link that is lowered comes down, with an executor that can lower it", STILL),
    promise("L3", "an offer is answered, withdrawn, or expires", WHATEVER),
    promise("L4", "roaming comes to an end", SILENT),
    promise("L5", "when all sessions are closed, every link we raised comes down", STILL),
    promise("L6", "a better access point that stays and may be used becomes the active one, or was declined, or failed", SILENT),
    promise(
        "L7",
        "by itself, with executors that do what they can, the service comes to rest, and switches no session for ever",
        "clients and world frozen, timers fire when nothing else is to be done: no cycle before a suppression ends, none at all on \
         which a session changes its access point; where it ends nothing is pending",
    ),
    promise("L8", "an open session does not stay without carrier while an access point could be used", SILENT),
];

const LINKS: u8 = 3;
const SESSIONS: u8 = 3;

/// Clients.
const CLIENT: u8 = 0;
/// The world outside: access points come and go, others interfere, faults.
const WORLD: u8 = 1;
const WELL: u8 = 2;
const ILL: u8 = WELL + LINKS;
const ARRIVES: u8 = ILL + LINKS;
const RESYNC: u8 = ARRIVES + LINKS;
const ROUTED_WELL: u8 = RESYNC + 1;
const ROUTED_ILL: u8 = ROUTED_WELL + 1;
const SESSION: u8 = ROUTED_ILL + 1;
const SUPPRESSION: u8 = SESSION + SESSIONS;
const WINDOW: u8 = SUPPRESSION + SESSIONS * LINKS;
const SETTLE: u8 = WINDOW + SESSIONS;
const LOWER: u8 = SETTLE + LINKS;
const ROUTE: u8 = LOWER + LINKS;
const GRACE: u8 = ROUTE + 1;
const REFRESH: u8 = GRACE + 1;
const END: u8 = REFRESH + 1;

/// Whose doing an action is: the label of its edge. `others` are all actions possible in the state.
#[must_use]
pub fn label(action: Action, others: &[Action]) -> u8 {
    let link = |id: AccessPointId| id.0 as u8 % LINKS;
    let session = |id: SessionId| id.index as u8 % SESSIONS;
    match action {
        Action::Ask(..) | Action::Misuse(_) | Action::Die(_) | Action::Returns(_) => CLIENT,
        // an executor need not end a scan: the hub has a deadline for it
        Action::Becomes(..) | Action::IsLost(..) | Action::Gone | Action::Crash | Action::Removes(_) | Action::Defines(_) => WORLD,
        Action::Refresh | Action::Scanned(_) => WORLD,
        // what cannot go well goes as well as it can
        Action::Finishes(id, false) if others.contains(&Action::Finishes(id, true)) => ILL + link(id),
        Action::Finishes(id, _) => WELL + link(id),
        Action::Arrives(id, _) => ARRIVES + link(id),
        Action::Resync => RESYNC,
        Action::Routed(well) => {
            if well {
                ROUTED_WELL
            } else {
                ROUTED_ILL
            }
        }
        Action::Fires(timer) => match timer {
            Timer::Session(id) => SESSION + session(id),
            Timer::Suppression(id, of) => SUPPRESSION + session(id) * LINKS + link(of),
            Timer::Window(id) => WINDOW + session(id),
            Timer::Settle(id) => SETTLE + link(id),
            Timer::Lower(id) => LOWER + link(id),
            Timer::Route => ROUTE,
            Timer::Grace(_) => GRACE,
            Timer::Refresh => REFRESH,
        },
    }
}

/// Whether nobody has to do it: clients and the world outside.
#[must_use]
pub fn is_free(action: &Action) -> bool {
    label(*action, &[]) <= WORLD
}

fn labels(range: core::ops::Range<u8>) -> Labels {
    range.fold(Labels::default(), |all, label| all.and(Labels::of(label)))
}

/// Everything but the world outside and what it does to executors.
fn world_stands_still() -> Labels {
    labels(0..END).without(labels(ILL..ARRIVES)).without(Labels::of(ROUTED_ILL)).without(Labels::of(WORLD))
}

/// What must happen in the end, each class by itself, as far as it may happen at all.
fn fairness(via: Labels) -> Fairness {
    let mut weak = vec![Labels::of(ROUTED_WELL).and(Labels::of(ROUTED_ILL))];
    weak.extend((ARRIVES..ROUTED_WELL).chain(SESSION..END).map(Labels::of));
    // a world lets an operation end only while no report of the link is under way: a matter of the model, no reason to wait for ever
    let mut strong: Vec<Labels> = (0..LINKS).map(|link| Labels::of(WELL + link).and(Labels::of(ILL + link))).collect();
    weak.retain(|class| class.meets(via));
    strong.retain(|class| class.meets(via));
    Fairness { weak, strong }
}

// Bits of a session in the marks, from its first one.
const WANTING: usize = 0;
const ROAMING: usize = 1;
const BETTER: usize = 2;
const DARK: usize = 3;
/// Two bits: the access point offered, from 1.
const OFFERED: usize = 4;
/// Two bits: the active access point, from 1.
const ACTIVE: usize = 6;
const WIDTH: usize = 8;
// Bits of the rest.
const QUIET: u32 = 1;
const LOWERING: usize = 1 + SESSIONS as usize * WIDTH;
const LEFT_UP: usize = LOWERING + LINKS as usize;
const SCANNING: usize = LEFT_UP + 1;

/// What a state is, as far as the promises speak of it: bits.
pub type Marks = u32;

/// What a state is, as far as the promises speak of it.
#[must_use]
pub fn marks(world: &World, state: &State) -> Marks {
    as_under_way(known_marks(world, state), !is_quiet(state))
}

/// The same, given whether anything is under way.
pub(crate) const fn as_under_way(marks: Marks, under_way: bool) -> Marks {
    if under_way { marks & !QUIET } else { marks }
}

/// The same, as if nothing were under way that the hub does not know of.
pub(crate) fn known_marks(world: &World, state: &State) -> Marks {
    let mut marks = u32::from(is_settled(&state.hub));
    let links = || (0..state.links.len() as u32).map(AccessPointId);
    let mut all_free = true;
    for (place, told) in state.told.iter().enumerate() {
        let Some((id, snapshot, view)) = told.id.and_then(|id| Some((id, state.hub.snapshot(id)?, state.hub.session_view(id)?))) else {
            continue;
        };
        all_free &= view.hold == Hold::Free;
        let up = |id: AccessPointId| state.hub.link_view(id).is_some_and(|link| link.state == LinkState::Up);
        let usable = |other: &AccessPointId| {
            Some(*other) != view.current && state.hub.admits(id, *other).is_ok() && !state.hub.suppresses(id, *other)
        };
        let configuration = snapshot.chosen.unwrap_or(snapshot.configuration);
        let members = world.members(configuration);
        let requirements = asked(world, place, told);
        let rank = |id: AccessPointId| {
            let place = members.iter().position(|member| *member == id)?;
            Some((requirements.fit(&world.access_points[id.0 as usize])?, place))
        };
        let usable = |other: &AccessPointId| members.contains(other) && usable(other);
        // whatever may be used is better than what its requirements exclude
        let beats = |other: AccessPointId, current| rank(current).is_none_or(|current| rank(other).is_some_and(|other| other < current));
        let better = |other: &AccessPointId| usable(other) && view.current.is_some_and(|current| beats(*other, current));
        let roams = state.hub.mode(id) != Some(Mode::Off) && !view.window && view.hold == Hold::Held;
        let member = matches!(configuration, ConfigurationId::ServiceNetwork(_));
        let mut bits = 0;
        bits |= u32::from(view.hold == Hold::Wanting) << WANTING;
        bits |= u32::from(snapshot.open && snapshot.state == SessionState::Roaming) << ROAMING;
        bits |= u32::from(roams && member && view.old == Old::Up && links().any(|other| better(&other))) << BETTER;
        let dark = roams && member && !view.current.is_some_and(up);
        bits |= u32::from(dark && links().any(|other| usable(&other))) << DARK;
        let offered = snapshot.offer.filter(|_| view.roam == RoamState::Offered);
        bits |= offered.map_or(0, |offer| offer.access_point.0 + 1) << OFFERED;
        bits |= snapshot.active.map_or(0, |active| active.0 + 1) << ACTIVE;
        marks |= bits << (1 + place * WIDTH);
    }
    let views = links().filter_map(|id| state.hub.link_view(id));
    for ((place, link), real) in views.enumerate().zip(&state.links) {
        marks |= u32::from(link.state == LinkState::Lowering) << (LOWERING + place);
        // What a hub forgot over a crash is ours all the same.
        let ours = link.ours || world.faults.crash && real.raised;
        let stands = ours && matches!(link.state, LinkState::Raising | LinkState::Up | LinkState::Lowering);
        // of what is removed the hub tells nothing: what is really so counts
        let ours = stands || (link.removed && real.raised && real.state == ConfigurationState::Active);
        marks |= u32::from(all_free && ours) << LEFT_UP;
    }
    marks |= u32::from(state.scans.waiting > 0) << SCANNING;
    marks
}

/// What the session's client asks of access points now.
fn asked(world: &World, place: usize, told: &Told) -> Requirements {
    let requirements = world.sessions[place].requirements;
    if told.prohibits { requirements.bearer(world.access_points[0].bearer, Preference::Prohibit) } else { requirements }
}

/// Whether the marks are those of a quiet state.
#[must_use]
pub const fn is_marked_quiet(marks: u32) -> bool {
    marks & QUIET != 0
}

/// What became of a promise in a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is kept; where it speaks of steps, within so many.
    Kept(Option<usize>),
    /// It is kept, and nothing in this world puts it to the test.
    Vacuous,
    /// It is broken by this run for ever.
    Broken(Lasso),
}

/// Where a run may not stay for ever: the marks under one of these masks have its value. By which edges, with which labels, it would.
type Place<'a> = (Vec<(u32, u32)>, &'a Course<'a>, Labels);

/// L1 to L8 over a complete graph whose nodes have these marks. `done` is told how much of it is done, and of how much.
#[must_use]
pub fn judge(edges: &Edges, marks: &[u32], done: &(dyn Fn(usize, usize) + Sync)) -> Vec<Outcome> {
    let session = |bit: usize| (0..SESSIONS as usize).map(move |place| 1 + place * WIDTH + bit).collect::<Vec<_>>();
    let of = |bits: Vec<usize>| bits.into_iter().map(|bit| (1u32 << bit, 1u32 << bit)).collect::<Vec<_>>();
    let offers = session(OFFERED).into_iter().flat_map(|bit| (1..=u32::from(LINKS)).map(move |offer| (0b11 << bit, offer << bit)));
    let all = Course::all(edges);
    let still = Course::timely(edges, world_stands_still(), labels(ARRIVES..ROUTED_WELL), labels(SESSION..END));
    let silent = Labels::ALL.without(Labels::of(CLIENT)).without(labels(SUPPRESSION..WINDOW));
    let places: [Place<'_>; 7] = [
        (of(session(WANTING).into_iter().chain([SCANNING]).collect()), &all, Labels::ALL),
        (of((LOWERING..LEFT_UP).collect()), &still, Labels::ALL),
        (offers.collect(), &all, Labels::ALL),
        (of(session(ROAMING)), &still, silent),
        (of(vec![LEFT_UP]), &still, Labels::ALL),
        (of(session(BETTER)), &still, silent),
        (of(session(DARK)), &still, silent),
    ];
    let questions: Vec<_> =
        places.iter().enumerate().flat_map(|(place, (all, ..))| all.iter().map(move |question| (place, question))).collect();
    let (answered, count) = (AtomicUsize::new(0), questions.len() + 1);
    let tell = || done(answered.fetch_add(1, Ordering::Relaxed) + 1, count);
    let answer = |(place, (mask, value)): &(usize, &(u32, u32))| {
        let (_, followed, via) = &places[*place];
        let inside = |node: u32| marks[node as usize] & mask == *value;
        let outcome = match marks.iter().any(|marks| marks & mask == *value) {
            false => Outcome::Vacuous,
            true => fair_lasso(followed, edges, *via, &inside, &fairness(*via)).map_or(Outcome::Kept(None), Outcome::Broken),
        };
        tell();
        (*place, outcome)
    };
    let itself = || {
        let outcome = by_itself(edges, marks);
        tell();
        outcome
    };
    let (answers, itself) = rayon::join(|| questions.par_iter().with_max_len(1).map(answer).collect::<Vec<_>>(), itself);
    let worst = |place: usize| {
        let own = || answers.iter().filter(move |(of, _)| *of == place).map(|(_, outcome)| outcome);
        let kept = || own().find(|outcome| matches!(outcome, Outcome::Kept(_)));
        own().find(|outcome| matches!(outcome, Outcome::Broken(_))).or_else(kept).cloned().unwrap_or(Outcome::Vacuous)
    };
    let mut outcomes: Vec<Outcome> = (0..places.len()).map(worst).collect();
    outcomes.insert(6, itself);
    outcomes
}

/// The service alone: see the form of L7.
fn by_itself(edges: &Edges, marks: &[u32]) -> Outcome {
    let clock = labels(SESSION..END);
    let service = labels(WELL..ILL).and(labels(ARRIVES..ROUTED_ILL)).and(clock);
    let soon = service.without(labels(SUPPRESSION..WINDOW));
    let steps = match rest(edges, soon, clock, |node| marks[node as usize] & QUIET != 0) {
        Ok(steps) => steps,
        Err(Restless::Cycle(lasso)) => return Outcome::Broken(lasso),
        Err(Restless::Wrong(node)) => return Outcome::Broken(Lasso { entry: node, cycle: Vec::new() }),
    };
    let actives = (0..SESSIONS as usize).fold(0u32, |mask, place| mask | 0b11 << (1 + place * WIDTH + ACTIVE));
    match turning(&Course::timely(edges, service, service.without(clock), clock), |node| marks[node as usize] & actives) {
        Some(lasso) => Outcome::Broken(lasso),
        None => Outcome::Kept(Some(steps)),
    }
}
