//! What may happen in a scenario nobody thought of? Access points, sessions, and any deeds and faults, as values that shrink.

use netsession_conformance::scenario::words::{Deed, Ends, Event, Fate, Name, SessionTrait, Standing, Step, What};
use netsession_conformance::scenario::{Place, Scenario};
use netsession_fsm::words::{Bearer, Mode, RadioId};
use proptest::prelude::*;
use proptest::sample::select;
use std::time::Duration;

const POINTS: [&str; 3] = ["lan", "wlan", "phone"];
const NETWORK: &str = "internet";
const SESSIONS: [&str; 3] = ["anna", "bert", "carl"];

/// Longer than any suppression or back-off: 5 min.
const HEALED: Duration = Duration::from_secs(660);

/// Time for whatever is under way to end. No deadline of the hub is a small multiple of it: what is done next does not coincide with one.
const ENOUGH: Duration = Duration::from_millis(2137);

/// Any scenario of deeds. The simplest one has two access points in reach, and one session on their service network.
pub(crate) fn scenario() -> impl Strategy<Value = Scenario> {
    let points = prop::collection::vec(point(), 2..=POINTS.len());
    let sessions = prop::collection::vec(session(), 1..=SESSIONS.len());
    let acts = prop::collection::vec(act(), 0..24);
    (points, sessions, acts, any::<bool>()).prop_map(|(points, sessions, acts, heals)| {
        let mut scenario =
            Scenario::new("found.scenario", "Found by the property tests: what the reference says otherwise is in the error.");
        for (name, mut place) in POINTS.iter().zip(points) {
            let radio = place.attributes.radio;
            // two on one radio cannot be up
            if scenario.access_points.iter().any(|other| other.attributes.radio == radio && radio.is_some()) {
                place.standing = Standing::Usable;
            }
            scenario.access_points.push(Place { name: Name::new(*name), ..place });
        }
        let members: Vec<Name> = scenario.access_points.iter().map(|place| place.name.clone()).collect();
        scenario.service_networks.push((Name::new(NETWORK), members.clone()));
        let known = sessions.len();
        for (name, (on, mode)) in SESSIONS.iter().zip(sessions) {
            let on = on.and_then(|place| members.get(place).cloned()).unwrap_or_else(|| Name::new(NETWORK));
            let options = if mode == Mode::Forced { Vec::new() } else { vec![SessionTrait::Mode(mode)] };
            put(&mut scenario, What::Session { name: Name::new(*name), on, options });
        }
        for act in acts {
            act.into_iter().filter_map(|act| act.of(known, &members)).for_each(|what| put(&mut scenario, what));
        }
        if heals {
            heal(&mut scenario, &members);
        }
        scenario
    })
}

/// Everything is in reach, works, and there is time for what was declined or failed to be tried again.
fn heal(scenario: &mut Scenario, members: &[Name]) {
    put(scenario, What::Daemon(Fate::Back));
    for name in members {
        put(scenario, What::Happens(name.clone(), Event::Raise(Ends::Well)));
        put(scenario, What::Happens(name.clone(), Event::Mended));
    }
    put(scenario, What::After(HEALED, Duration::ZERO));
}

fn put(scenario: &mut Scenario, what: What) {
    let line = scenario.steps.len() + 1;
    scenario.steps.push(Step { line, what });
}

fn point() -> impl Strategy<Value = Place> {
    let standing = prop_oneof![4 => Just(Standing::Usable), 3 => Just(Standing::Away), 1 => Just(Standing::FoundUp)];
    let bearer = select(vec![Bearer::Ethernet, Bearer::Wlan, Bearer::Lte]);
    let radio = prop_oneof![3 => Just(None), 1 => Just(Some(RadioId(0)))];
    (standing, bearer, radio).prop_map(|(standing, bearer, radio)| {
        let mut place = Place { standing, ..Place::new(Name::new("")) };
        (place.attributes.bearer, place.attributes.radio) = (bearer, radio);
        place
    })
}

/// On what, `None` being the service network, and who answers offers.
fn session() -> impl Strategy<Value = (Option<usize>, Mode)> {
    let on = prop_oneof![4 => Just(None), 1 => (0..POINTS.len()).prop_map(Some)];
    (on, select(vec![Mode::Forced, Mode::Application, Mode::Application, Mode::Off]))
}

/// Something that is done or happens; who and what by number, of those there are.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Does(usize, Deed),
    Begins(usize, Deed),
    Happens(usize, Event),
    Daemon(Fate),
    After(Duration),
}

impl Act {
    fn of(self, sessions: usize, points: &[Name]) -> Option<What> {
        use netsession_conformance::scenario::words::Answer;
        let who = |place: usize| (place < sessions).then(|| Name::new(SESSIONS[place]));
        Some(match self {
            Self::Does(place, deed) => What::Does(who(place)?, deed, Answer::Well),
            Self::Begins(place, deed) => What::Begins(who(place)?, deed),
            Self::Happens(place, event) => What::Happens(points.get(place)?.clone(), event),
            Self::Daemon(fate) => What::Daemon(fate),
            Self::After(time) => What::After(time, Duration::ZERO),
        })
    }
}

/// One or two things, mostly with time for them to end.
fn act() -> impl Strategy<Value = Vec<Act>> {
    let ends = prop_oneof![3 => Just(vec![Act::After(ENOUGH)]), 1 => Just(Vec::new())];
    (one(), ends).prop_map(|(act, ends)| [vec![act], ends].concat())
}

fn one() -> impl Strategy<Value = Act> {
    let who = || 0..SESSIONS.len();
    let answers = select(vec![Deed::Migrate(None), Deed::Migrate(None), Deed::Accept, Deed::Accept, Deed::Reject, Deed::Ignore(None)]);
    let others = select(vec![
        Deed::Close,
        Deed::Close,
        Deed::Stop,
        Deed::Roam,
        Deed::Suppress(Duration::from_secs(30)),
        Deed::Mode(Mode::Application),
        Deed::Mode(Mode::Forced),
        Deed::Mode(Mode::Off),
        Deed::Leave,
    ]);
    let events = select(vec![
        Event::Mended,
        Event::Mended,
        Event::Cut,
        Event::LosesCarrier,
        Event::TakenDown,
        Event::BroughtUp,
        Event::LosesCredentials,
        Event::Raise(Ends::Badly),
        Event::Raise(Ends::Well),
        Event::Duplicate,
        Event::Late,
    ]);
    let times = select(vec![50u64, 400, 41_003, 361_007]).prop_map(Duration::from_millis);
    prop_oneof![
        6 => who().prop_map(|who| Act::Does(who, Deed::Open(None))),
        6 => (who(), answers).prop_map(|(who, deed)| Act::Does(who, deed)),
        3 => (who(), others).prop_map(|(who, deed)| Act::Does(who, deed)),
        2 => (who(), select(vec![Deed::Open(None), Deed::Migrate(None), Deed::Close])).prop_map(|(who, deed)| Act::Begins(who, deed)),
        8 => (0..POINTS.len(), events).prop_map(|(point, event)| Act::Happens(point, event)),
        1 => select(vec![Fate::Resync, Fate::Killed, Fate::Back]).prop_map(Act::Daemon),
        2 => times.prop_map(Act::After),
    ]
}
